//! Datagrams and outcomes in; datagrams, charging requests and questions out.

use super::follow::Chain;
use super::policy::{self, Policy};
use super::serving::{Name, Serving, Step};
use super::subject::Candidate;
use super::words::Outcome;
use openmvno_radius::{
    Answered, AttributeList, Authorisations, Code, Discard, Door, Port, Received, Reply,
};
use openmvno_rating::Numbering;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

/// Sessions whose last limits or other Session-Id are kept; more are forgotten, which costs a
/// further message or question.
pub(super) const SESSIONS_KEPT: usize = 200_000;

/// Which socket a datagram leaves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Socket {
    /// The authentication port.
    Authentication,
    /// The accounting port.
    Accounting,
    /// The one Disconnect and `CoA` leave by.
    Dynamic,
}

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// By which socket.
    pub socket: Socket,
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub datagram: Vec<u8>,
}

/// What is to be done next. The number of a request comes back with what was found out.
#[derive(Clone, Debug, Default)]
pub struct Drained {
    /// To be sent.
    pub sends: Vec<Outgoing>,
    /// To be submitted to the engine: back by [`Gate::outcome`].
    pub requests: Vec<(u64, Vec<u8>)>,
    /// Lines whose password is wanted, by the identities the user may have: back by
    /// [`Gate::found`].
    pub lookups: Vec<(u64, Vec<Candidate>)>,
    /// Sessions whose CDRs are wanted: back by [`Gate::chain`].
    pub searches: Vec<(u64, String)>,
}

/// All that is between the sockets and the engine.
#[derive(Debug, Default)]
pub struct Gate {
    pub(super) door: Door,
    pub(super) policies: Vec<Policy>,
    pub(super) plan: Numbering,
    pub(super) authorisations: Authorisations,
    /// By Session-Id: the limit its client was told last, in the service's units.
    pub(super) told: HashMap<String, u64>,
    /// By Session-Id: the one under which the session goes on.
    pub(super) continued: HashMap<String, Name>,
    pub(super) out: Drained,
    serving: BTreeMap<u64, Serving>,
    last: u64,
    counters: HashMap<(String, &'static str, &'static str), u64>,
}

impl Gate {
    /// A gate without clients, which drops everything.
    #[must_use]
    pub fn new(country_code: &str) -> Self {
        Self {
            plan: Numbering::of_country(country_code),
            ..Self::default()
        }
    }

    /// The clients from now on, a JSON array. Requests being served are given up: their clients
    /// send them again.
    ///
    /// # Errors
    /// What is wrong with it; nothing has changed.
    pub fn set_clients(&mut self, json: &[u8]) -> Result<(), String> {
        let (clients, policies) = policy::read(json)?;
        for serving in std::mem::take(&mut self.serving).into_values() {
            self.door.abandon(&serving.exchange);
        }
        self.door.set_clients(clients);
        self.policies = policies;
        Ok(())
    }

    /// A datagram arrived.
    pub fn receive(&mut self, port: Port, source: SocketAddr, datagram: &[u8], now: i64) {
        match self.door.receive(port, source, datagram, now) {
            Received::Nothing(discard) => {
                let name = match discard {
                    Discard::UnknownClient => String::new(),
                    _ => self.name_at(source),
                };
                self.count(name, "datagram", discard.word());
            }
            Received::Answer(reply) => {
                let name = self.name_at(source);
                self.count(name, "datagram", "repeated");
                self.send(port, source, reply);
            }
            Received::Request(exchange, packet) => match port {
                Port::Authentication => self.access(exchange, &packet, now),
                Port::Accounting => self.accounting(exchange, &packet, now),
            },
        }
    }

    /// The engine's outcome of a request.
    pub fn outcome(&mut self, id: u64, json: &[u8], now: i64) {
        let Some(serving) = self.serving.remove(&id) else {
            return;
        };
        let outcome = Outcome::read(json);
        if serving.account.is_none() && matches!(serving.step, Step::Authorise) {
            self.authorised(&serving, &outcome, now);
        } else {
            self.reported(serving, &outcome, now);
        }
    }

    /// The line a user may be: which of the identities asked about is a line's, and its password.
    pub fn found(&mut self, id: u64, line: Option<(usize, Vec<u8>)>, now: i64) {
        if let Some(serving) = self.serving.remove(&id) {
            self.looked_up(serving, line, now);
        }
    }

    /// What the CDRs of a session say.
    pub fn chain(&mut self, id: u64, chain: Chain, now: i64) {
        if let Some(serving) = self.serving.remove(&id) {
            self.searched(serving, chain, now);
        }
    }

    /// Nothing could be found out: the client will send the request again.
    pub fn give_up(&mut self, id: u64) {
        if let Some(serving) = self.serving.remove(&id) {
            self.unanswered(&serving);
        }
    }

    /// A datagram came to the socket that Disconnect and `CoA` leave by.
    pub fn answered(&mut self, source: SocketAddr, datagram: &[u8]) {
        let name = self.name_at(source);
        let (request, result) = match self.authorisations.receive(source, datagram) {
            Answered::Acknowledged(code) => (dynamic_word(code), "acknowledged"),
            Answered::Refused(code, _) => (dynamic_word(code), "refused"),
            Answered::Unexpected => ("datagram", "unexpected_reply"),
        };
        self.count(name, request, result);
    }

    /// Sends again what clients have not answered.
    pub fn tick(&mut self, now: i64) {
        let (again, given_up) = self.authorisations.tick(now);
        self.out
            .sends
            .extend(again.into_iter().map(|dispatch| Outgoing {
                socket: Socket::Dynamic,
                to: dispatch.to,
                datagram: dispatch.datagram,
            }));
        for _ in 0..given_up {
            self.count(String::new(), "dynamic", "given_up");
        }
    }

    /// What is to be done next.
    pub fn drain(&mut self) -> Drained {
        std::mem::take(&mut self.out)
    }

    /// Counters and gauges, JSON.
    #[must_use]
    pub fn statistics(&self) -> String {
        let mut counters: Vec<_> = self.counters.iter().collect();
        counters.sort_unstable();
        let requests: Vec<_> = counters
            .into_iter()
            .map(|((client, request, result), count)| {
                json!({"client": client, "request": request, "result": result, "count": count})
            })
            .collect();
        json!({"requests": requests, "serving": self.door.waiting()}).to_string()
    }

    // -- for the modules beside this one ------------------------------------------------------

    /// Keeps a request until what it waits for comes back under the number given.
    pub(super) fn wait(&mut self, serving: Serving) -> u64 {
        self.last += 1;
        self.serving.insert(self.last, serving);
        self.last
    }

    pub(super) fn submit(&mut self, serving: Serving, request: Vec<u8>) {
        let id = self.wait(serving);
        self.out.requests.push((id, request));
    }

    pub(super) fn policy(&self, serving: &Serving) -> Option<&Policy> {
        self.policies.get(serving.exchange.client())
    }

    pub(super) fn reply(
        &mut self,
        serving: &Serving,
        (code, attributes): (Code, AttributeList),
        (request, result): (&'static str, &'static str),
        now: i64,
    ) {
        let reply = Reply { code, attributes };
        let datagram = self.door.answer(&serving.exchange, &reply, now);
        self.send(serving.exchange.port(), serving.exchange.source(), datagram);
        self.count(self.name_of(serving), request, result);
    }

    /// The client gets no answer: what it said is not recorded (RFC 2866 §2), and it will say it
    /// again.
    pub(super) fn unanswered(&mut self, serving: &Serving) {
        self.door.abandon(&serving.exchange);
        let request = match &serving.account {
            None => "access",
            Some(account) => account.status.word(),
        };
        self.count(self.name_of(serving), request, "unanswered");
    }

    pub(super) fn count(&mut self, client: String, request: &'static str, result: &'static str) {
        *self.counters.entry((client, request, result)).or_default() += 1;
    }

    pub(super) fn name_of(&self, serving: &Serving) -> String {
        self.policy(serving)
            .map(|policy| policy.name.clone())
            .unwrap_or_default()
    }

    fn name_at(&self, source: SocketAddr) -> String {
        let client = self.door.client_at(source.ip());
        client
            .map(|client| client.name.to_string())
            .unwrap_or_default()
    }

    fn send(&mut self, port: Port, to: SocketAddr, datagram: Vec<u8>) {
        let socket = match port {
            Port::Authentication => Socket::Authentication,
            Port::Accounting => Socket::Accounting,
        };
        self.out.sends.push(Outgoing {
            socket,
            to,
            datagram,
        });
    }
}

pub(super) fn dynamic_word(code: Code) -> &'static str {
    if code == Code::DISCONNECT_REQUEST {
        "disconnect"
    } else {
        "coa"
    }
}
