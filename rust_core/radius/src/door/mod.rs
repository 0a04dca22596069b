//! What arrives at the authentication and the accounting port.

mod answered;
mod exchange;

pub use exchange::{Exchange, Reply};

use crate::attributes::{MESSAGE_AUTHENTICATOR, PROXY_STATE};
use crate::authenticator::{Signature, check_signature, is_request_authentic};
use crate::client::{Client, Clients};
use crate::codec::{Code, Packet, Writer};
use answered::{Key, Known, Remembered};
use std::net::{IpAddr, SocketAddr};

/// Which of the two ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// Access-Request, by default 1812.
    Authentication,
    /// Accounting-Request, by default 1813.
    Accounting,
}

/// Why a datagram is dropped without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discard {
    /// Its source is none of the clients (RFC 2865 §3).
    UnknownClient,
    /// It is not a packet.
    Malformed,
    /// Not a request for this port.
    UnexpectedCode,
    /// The authenticator does not fit the secret.
    WrongAuthenticator,
    /// The Message-Authenticator does not fit the secret.
    WrongSignature,
    /// There is no Message-Authenticator though there must be one.
    Unsigned,
    /// The request is being served.
    InProgress,
    /// Too many requests are being served.
    Full,
}

impl Discard {
    /// The word for metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnknownClient => "unknown_client",
            Self::Malformed => "malformed",
            Self::UnexpectedCode => "unexpected_code",
            Self::WrongAuthenticator => "wrong_authenticator",
            Self::WrongSignature => "wrong_message_authenticator",
            Self::Unsigned => "message_authenticator_missing",
            Self::InProgress => "in_progress",
            Self::Full => "overloaded",
        }
    }
}

/// What came of a datagram.
#[derive(Debug)]
pub enum Received<'a> {
    /// This leaves at once.
    Answer(Vec<u8>),
    /// A request to be served; [`Door::answer`] or [`Door::abandon`] ends it.
    Request(Exchange, Packet<'a>),
    /// Nothing leaves.
    Nothing(Discard),
}

/// The clients and what is remembered of their requests.
#[derive(Debug, Default)]
pub struct Door {
    clients: Clients,
    remembered: Remembered,
}

impl Door {
    /// Other clients from now on.
    pub fn set_clients(&mut self, clients: Clients) {
        self.clients = clients;
    }

    /// A client by its index.
    #[must_use]
    pub fn client(&self, index: usize) -> Option<&Client> {
        self.clients.get(index)
    }

    /// The client an address belongs to.
    #[must_use]
    pub fn client_at(&self, address: IpAddr) -> Option<&Client> {
        self.clients.get(self.clients.at(address)?)
    }

    /// Requests that are being served.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.remembered.waiting()
    }

    /// A datagram arrived at `now` (Unix milliseconds).
    pub fn receive<'a>(
        &mut self,
        port: Port,
        source: SocketAddr,
        datagram: &'a [u8],
        now: i64,
    ) -> Received<'a> {
        match self.admit(port, source, datagram) {
            Err(discard) => Received::Nothing(discard),
            Ok((client, packet)) => self.take(port, source, client, packet, now),
        }
    }

    fn admit<'a>(
        &self,
        port: Port,
        source: SocketAddr,
        datagram: &'a [u8],
    ) -> Result<(usize, Packet<'a>), Discard> {
        let index = self.clients.at(source.ip()).ok_or(Discard::UnknownClient)?;
        let client = self.clients.get(index).ok_or(Discard::UnknownClient)?;
        let packet = Packet::parse(datagram).map_err(|_| Discard::Malformed)?;
        check(port, client, &packet)?;
        Ok((index, packet))
    }

    fn take<'a>(
        &mut self,
        port: Port,
        source: SocketAddr,
        client: usize,
        packet: Packet<'a>,
        now: i64,
    ) -> Received<'a> {
        let key = Key {
            port,
            source,
            identifier: packet.identifier(),
            authenticator: *packet.authenticator(),
        };
        match self.remembered.find(&key, now) {
            Some(Known::Waiting) => return Received::Nothing(Discard::InProgress),
            Some(Known::Answered(reply)) => return Received::Answer(reply.to_vec()),
            None => {}
        }
        let exchange = Exchange {
            key,
            client,
            signed: packet.find(MESSAGE_AUTHENTICATOR).is_some(),
            proxy_states: proxy_states(&packet),
        };
        if packet.code() == Code::STATUS_SERVER {
            return Received::Answer(self.alive(port, &exchange));
        }
        if !self.remembered.wait(exchange.key.clone(), now) {
            return Received::Nothing(Discard::Full);
        }
        Received::Request(exchange, packet)
    }

    /// The answer to Status-Server (RFC 5997 §3): what a good request gets on this port.
    fn alive(&self, port: Port, exchange: &Exchange) -> Vec<u8> {
        let code = match port {
            Port::Authentication => Code::ACCESS_ACCEPT,
            Port::Accounting => Code::ACCOUNTING_RESPONSE,
        };
        self.written(exchange, Writer::new(code, exchange.key.identifier).sign())
    }

    /// The answer to a request, kept for its retransmissions.
    pub fn answer(&mut self, exchange: &Exchange, reply: &Reply, now: i64) -> Vec<u8> {
        let mut writer = Writer::new(reply.code, exchange.key.identifier);
        // First in every reply to Access-Request, whether or not that had one (CVE-2024-3596).
        if exchange.key.port == Port::Authentication || exchange.signed {
            writer = writer.sign();
        }
        writer.attributes(reply.attributes.as_bytes());
        let bytes = self.written(exchange, writer);
        self.remembered.answered(&exchange.key, &bytes, now);
        bytes
    }

    /// The request will not be answered: its retransmission is served anew.
    pub fn abandon(&mut self, exchange: &Exchange) {
        self.remembered.forget(&exchange.key);
    }

    fn written(&self, exchange: &Exchange, mut writer: Writer) -> Vec<u8> {
        writer.attributes(&exchange.proxy_states);
        let secret = self.clients.get(exchange.client);
        let secret = secret.map_or(&[][..], |client| &client.secret);
        writer.reply(&exchange.key.authenticator, secret)
    }
}

/// Whether a client's packet may be served on this port.
fn check(port: Port, client: &Client, packet: &Packet<'_>) -> Result<(), Discard> {
    let code = packet.code();
    let signature = check_signature(packet, &client.secret);
    if signature == Signature::Bad {
        return Err(Discard::WrongSignature);
    }
    match (port, code) {
        (Port::Authentication, Code::ACCESS_REQUEST)
            if client.must_sign && signature == Signature::Absent =>
        {
            Err(Discard::Unsigned)
        }
        // RFC 5997 §3: Status-Server must be signed.
        (_, Code::STATUS_SERVER) if signature == Signature::Absent => Err(Discard::Unsigned),
        (Port::Accounting, Code::ACCOUNTING_REQUEST)
            if !is_request_authentic(packet, &client.secret) =>
        {
            Err(Discard::WrongAuthenticator)
        }
        (Port::Authentication, Code::ACCESS_REQUEST)
        | (Port::Accounting, Code::ACCOUNTING_REQUEST)
        | (_, Code::STATUS_SERVER) => Ok(()),
        _ => Err(Discard::UnexpectedCode),
    }
}

/// All Proxy-State attributes as they are on the wire (RFC 2865 §5.33).
fn proxy_states(packet: &Packet<'_>) -> Box<[u8]> {
    let mut all = Vec::new();
    for attribute in packet.attributes() {
        if attribute.id == PROXY_STATE {
            let end = attribute.at + attribute.value.len();
            all.extend_from_slice(&packet.bytes()[attribute.at - 2..end]);
        }
    }
    all.into_boxed_slice()
}
