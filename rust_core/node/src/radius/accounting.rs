//! Accounting-Request: what was used is charged, then answered.

use super::gate::{Gate, SESSIONS_KEPT};
use super::serving::{Account, Continued, Follow, Name, Serving, Step};
use super::subject::{self, Place};
use super::words::{EngineRequest, Outcome, Verdict};
use openmvno_radius::{AcctStatus, AttributeList, Code, Exchange, Packet, Usage};

impl Gate {
    pub(super) fn accounting(&mut self, exchange: Exchange, packet: &Packet<'_>, now: i64) {
        let mut serving = Serving {
            exchange,
            datagram: packet.bytes().into(),
            since: now,
            step: Step::Report,
            account: None,
        };
        let Some(policy) = self.policy(&serving) else {
            return self.unanswered(&serving);
        };
        let Some(status) = AcctStatus::of(packet) else {
            // Tunnels, failed attempts and the like (RFC 2867) are nothing that is charged.
            return self.recorded(&serving, "other", now);
        };
        let origin = subject::origin(packet, policy, serving.exchange.source());
        let named = match status {
            AcctStatus::On | AcctStatus::Off => Some((origin.clone(), false)),
            _ => subject::accounting_session(packet, &origin),
        };
        let Some((session, admitted)) = named else {
            return self.unanswered(&serving);
        };
        serving.account = Some(Account {
            status,
            session,
            usage: Usage::of(packet),
        });
        match status {
            AcctStatus::On | AcctStatus::Off => self.restart(serving, packet, &origin, now),
            AcctStatus::Start if !admitted => self.open(serving, Step::Open(Follow::Nothing)),
            _ => self.first_report(serving),
        }
    }

    /// None of the access server's older sessions goes on.
    fn restart(&mut self, serving: Serving, packet: &Packet<'_>, origin: &str, now: i64) {
        let request = EngineRequest {
            operation: "restarted",
            session: origin,
            origin,
            state: subject::start_number(packet, now),
            ..EngineRequest::default()
        };
        let request = request.encode();
        let step = Step::Restart;
        self.submit(Serving { step, ..serving }, request);
    }

    fn first_report(&mut self, serving: Serving) {
        let session = serving.account.as_ref().map(|account| &account.session);
        let known = session
            .and_then(|session| self.continued.get(session))
            .cloned();
        match known {
            Some(name) => self.report(serving, Step::Continue(Continued { name, next: None })),
            None => self.report(serving, Step::Report),
        }
    }

    /// Sends a report under the Session-Id of the step.
    pub(super) fn report(&mut self, serving: Serving, step: Step) {
        let request = self.policy(&serving).and_then(|policy| {
            let account = serving.account.as_ref()?;
            let packet = serving.packet()?;
            let origin = subject::origin(&packet, policy, serving.exchange.source());
            let (session, base) = match &step {
                Step::Continue(continued) => (&continued.name.session, continued.name.base),
                _ => (&account.session, 0),
            };
            let ends = account.status == AcctStatus::Stop;
            let request = EngineRequest {
                operation: if ends { "commit" } else { "update" },
                session,
                identities: &subject::candidates(&packet, &self.plan),
                service: &policy.service,
                rating_group: policy.rating_group,
                requested: policy.requested().filter(|_| !ends),
                to_date: Some(account.to_date(base)),
                at: Some(subject::happened_at(&packet, serving.since)),
                origin: &origin,
                ..EngineRequest::default()
            };
            Some(request.encode())
        });
        match request {
            Some(request) => self.submit(Serving { step, ..serving }, request),
            None => self.unanswered(&serving),
        }
    }

    /// Opens a session for usage that goes on, or has been, without having been asked for.
    pub(super) fn open(&mut self, serving: Serving, step: Step) {
        let request = self.policy(&serving).and_then(|policy| {
            let account = serving.account.as_ref()?;
            let packet = serving.packet()?;
            let origin = subject::origin(&packet, policy, serving.exchange.source());
            let place = Place::of(&packet, policy);
            let (unpaid, follow) = match &step {
                Step::OpenUnpaid(follow) => (true, follow),
                Step::Open(follow) => (account.status == AcctStatus::Stop, follow),
                _ => return None,
            };
            let session = match follow {
                Follow::Nothing => &account.session,
                Follow::Report(name) => &name.session,
            };
            let requested = if unpaid { Some(0) } else { policy.requested() };
            let request = EngineRequest {
                operation: "reserve",
                session,
                identities: &subject::candidates(&packet, &self.plan),
                service: &policy.service,
                rating_group: policy.rating_group,
                requested,
                at: Some(subject::happened_at(&packet, serving.since)),
                origin: &origin,
                ..EngineRequest::default()
            };
            Some(request.placed(&place).encode())
        });
        match request {
            Some(request) => self.submit(Serving { step, ..serving }, request),
            None => self.unanswered(&serving),
        }
    }

    /// An outcome of a request about accounting.
    pub(super) fn reported(&mut self, mut serving: Serving, outcome: &Outcome<'_>, now: i64) {
        let verdict = outcome.verdict();
        match std::mem::replace(&mut serving.step, Step::Report) {
            Step::Restart if verdict == Verdict::Done => self.acknowledge(&serving, now),
            Step::Open(follow) => self.opened(serving, follow, outcome, now),
            Step::OpenUnpaid(follow) if matches!(verdict, Verdict::Done | Verdict::Open) => {
                self.proceed(serving, follow, now);
            }
            Step::Report => self.charged(serving, None, outcome, now),
            Step::Continue(continued) => self.charged(serving, Some(continued), outcome, now),
            _ => self.unanswered(&serving),
        }
    }

    fn opened(&mut self, serving: Serving, follow: Follow, outcome: &Outcome<'_>, now: i64) {
        let ends = matches!(&serving.account, Some(account) if account.status == AcctStatus::Stop);
        match outcome.verdict() {
            Verdict::Done | Verdict::Open => {
                if matches!(follow, Follow::Nothing) {
                    self.tell(&serving, 0, outcome, now);
                }
                self.proceed(serving, follow, now);
            }
            // It goes on all the same until it is disconnected, and is charged as far as possible.
            Verdict::NoMoney => {
                self.disconnect(&serving, now);
                self.open(serving, Step::OpenUnpaid(follow));
            }
            Verdict::Denied | Verdict::NotSold if !ends => {
                self.disconnect(&serving, now);
                self.unanswered(&serving);
            }
            _ => self.unanswered(&serving),
        }
    }

    /// A session is open: report, if there is something to.
    fn proceed(&mut self, serving: Serving, follow: Follow, now: i64) {
        match follow {
            Follow::Nothing => self.acknowledge(&serving, now),
            Follow::Report(name) => {
                let next = None;
                self.report(serving, Step::Continue(Continued { name, next }));
            }
        }
    }

    /// The engine has charged a report, or knows no such session.
    fn charged(
        &mut self,
        serving: Serving,
        continued: Option<Continued>,
        outcome: &Outcome<'_>,
        now: i64,
    ) {
        let base = continued.as_ref().map_or(0, |one| one.name.base);
        match outcome.verdict() {
            Verdict::Done => {
                self.tell(&serving, base, outcome, now);
                self.keep_name(&serving, continued.map(|one| one.name));
                self.acknowledge(&serving, now);
            }
            // What was used is charged; nothing further is granted (RFC 8506 §5.7 in other words).
            Verdict::NoMoney | Verdict::Denied | Verdict::NotSold => {
                self.disconnect(&serving, now);
                self.keep_name(&serving, continued.map(|one| one.name));
                self.acknowledge(&serving, now);
            }
            Verdict::NoSession => self.not_open(serving, continued),
            Verdict::Open | Verdict::NoSubscriber | Verdict::Later => self.unanswered(&serving),
        }
    }

    fn not_open(&mut self, serving: Serving, continued: Option<Continued>) {
        let starts =
            matches!(&serving.account, Some(account) if account.status == AcctStatus::Start);
        match continued {
            None if starts => self.open(serving, Step::Open(Follow::Nothing)),
            None => self.search(serving),
            Some(Continued {
                next: Some(name), ..
            }) => self.open(serving, Step::Open(Follow::Report(name))),
            // What was known of it is out of date.
            Some(Continued { next: None, .. }) => {
                if let Some(account) = &serving.account {
                    self.continued.remove(&account.session);
                }
                self.unanswered(&serving);
            }
        }
    }

    fn keep_name(&mut self, serving: &Serving, name: Option<Name>) {
        let Some(account) = &serving.account else {
            return;
        };
        let other = name.filter(|name| name.session != account.session);
        match other {
            Some(name) if account.status != AcctStatus::Stop => {
                if self.continued.len() >= SESSIONS_KEPT {
                    self.continued.clear();
                }
                self.continued.insert(account.session.clone(), name);
            }
            _ => {
                self.continued.remove(&account.session);
            }
        }
    }

    pub(super) fn acknowledge(&mut self, serving: &Serving, now: i64) {
        let word = serving
            .account
            .as_ref()
            .map(|account| account.status.word());
        self.recorded(serving, word.unwrap_or("other"), now);
    }

    fn recorded(&mut self, serving: &Serving, word: &'static str, now: i64) {
        let reply = (Code::ACCOUNTING_RESPONSE, AttributeList::default());
        self.reply(serving, reply, (word, "recorded"), now);
    }
}
