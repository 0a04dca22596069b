//! Requests in the journal: what clients asked for, once, and moved what the prices say.

use super::book::{Account, Applied, Book, Content, Session};
use super::events;
use super::fold::Wanted;
use super::settle::{Cut, Grants, free_all, settle};
use super::violation::{Rule, Verdict, Violation, check};
use crate::message::{Key, Seen};
use openmvno_charging::{
    Answer, Effect, Kind, Record, Request, ServiceName, SessionRef, TOMBSTONE_WINDOW_MS,
};
use std::collections::BTreeMap;

/// A session is recorded at least so often, milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

impl Book {
    pub(super) fn request(
        &mut self,
        account: &mut Account,
        record: &Record<'_>,
        request: &Request<'_>,
        wanted: &Wanted<'_>,
    ) -> Verdict {
        let answer = answer_of(record).ok_or_else(|| Violation {
            rule: Rule::SameAnswer,
            detail: "a request is journaled without its answer".into(),
        })?;
        let seen = Seen::from(answer);
        self.open_session(account, record, request)?;
        let (name, tag) = match request.session {
            SessionRef::Named(name) => (name.to_owned(), request.correlation.to_owned()),
            SessionRef::Open(ordinal) => match account.sessions.get(&ordinal) {
                Some(session) => (session.name.clone(), session.tag.clone()),
                None => (format!("ordinal {ordinal}"), String::new()),
            },
        };
        let key = Key::new(&name, &tag, request.number, request.kind);
        let content = Content {
            units: request.units.to_vec(),
            per_service: request.per_service,
            refund_of: request.refund_of,
        };
        let asked = wanted.asked.get(&key).is_some_and(|asks| {
            asks.iter().any(|ask| {
                let id = crate::catalogue::line_id(ask.account, ask.line);
                let line = account.lines.get(usize::from(request.line));
                line.is_some_and(|line| line.id == id)
                    && (&ask.units, ask.per_service, ask.refund_of)
                        == (&content.units, content.per_service, content.refund_of)
            })
        });
        check(asked, Rule::OnlyWhatWasAsked, || {
            format!("{key:?} {content:?}")
        })?;
        let known = self.applied.get(&key);
        check(
            known.is_none_or(|known| known.is_over(record.now)),
            Rule::ExactlyOnce,
            || format!("{key:?} is applied again"),
        )?;
        self.move_money(account, record, request, &seen)?;
        let nothing = request.kind == Kind::Debit && seen.cost.is_none();
        let applied = Applied {
            content,
            seen,
            anew_from: nothing.then_some(record.now + TOMBSTONE_WINDOW_MS),
        };
        self.fresh.push(key.clone());
        self.applied.insert(key, applied);
        Ok(())
    }

    fn open_session(
        &mut self,
        account: &mut Account,
        record: &Record<'_>,
        request: &Request<'_>,
    ) -> Verdict {
        for effect in &record.effects {
            let Effect::SessionOpened {
                ordinal, catalog, ..
            } = effect
            else {
                continue;
            };
            let due = self.turns.at(request.at);
            check(*catalog == due, Rule::Money, || {
                format!("a session of version {catalog}, due is {due}")
            })?;
            check(account.is_in_service(request.line), Rule::Grants, || {
                format!("a session of line {}, out of service", request.line)
            })?;
            let SessionRef::Named(name) = request.session else {
                continue;
            };
            let session = Session {
                name: name.to_owned(),
                tag: request.correlation.to_owned(),
                context: context(request).to_owned(),
                destination: request.destination.to_owned(),
                version: *catalog,
                line: request.line,
                expired: false,
                aborted: false,
                units: Vec::new(),
                earlier: (0, 0),
                uncut: 0,
                uncut_price: 0,
                uncut_usage: 0,
                uncut_buckets: BTreeMap::new(),
                uncut_wallets: 0,
                cut_at: request.at,
                last_at: request.at,
            };
            account.sessions.insert(*ordinal, session);
        }
        Ok(())
    }

    fn move_money(
        &mut self,
        account: &mut Account,
        record: &Record<'_>,
        request: &Request<'_>,
        seen: &Seen,
    ) -> Verdict {
        let version = self.turns.at(request.at);
        let terms = (version, context(request), request.destination);
        match request.kind {
            Kind::Debit => {
                let by = (request.line, request.at);
                return events::debit(account, &request.units, (terms, by), seen);
            }
            Kind::Refund => {
                for effect in &record.effects {
                    if let Effect::Recorded(cdr) = effect {
                        events::refund(account, &request.units, terms, cdr)?;
                    }
                }
                return Ok(());
            }
            _ => {}
        }
        let opened = record.effects.iter().find_map(|effect| match effect {
            Effect::SessionOpened { ordinal, .. } => Some(*ordinal),
            _ => None,
        });
        let ordinal = match (request.session, opened) {
            (SessionRef::Open(ordinal), _) | (_, Some(ordinal)) => ordinal,
            _ => u32::MAX,
        };
        let mut session = account.sessions.remove(&ordinal).ok_or_else(|| Violation {
            rule: Rule::Records,
            detail: format!("a request of session {ordinal}, which is not open"),
        })?;
        let in_service = account.is_in_service(session.line);
        let ending = request.kind == Kind::Terminate;
        let grants = match (ending, in_service && !session.aborted) {
            (true, _) => Grants::Ending,
            (_, false) => Grants::Denied,
            _ => Grants::Yes,
        };
        let update = request.kind == Kind::Update;
        let day = request.at - session.cut_at >= DAY_MS;
        session.last_at = session.last_at.max(request.at);
        let version = self.turns.at(session.last_at);
        let cut = if session.goes_on_under(version) {
            Some(Cut::Version(version))
        } else {
            day.then_some(Cut::Day)
        };
        let cut = cut.filter(|_| update && !session.aborted);
        let asked = (&*request.units, request.at);
        settle(account, &mut session, asked, seen, (grants, cut))?;
        check_cut(record, cut.map(|_| (session.version, session.earlier.0)))?;
        if ending {
            free_all(account, &mut session);
            let charged: i64 = session.units.iter().map(|units| units.charged).sum();
            let cost = session.earlier.0 + charged;
            check(seen.cost == Some(cost), Rule::Money, || {
                format!(
                    "{} cost {cost}, the answer says {:?}",
                    session.name, seen.cost
                )
            })?;
        }
        account.sessions.insert(ordinal, session);
        Ok(())
    }
}

/// A session is recorded in between when it should be, and only then: the catalogue version from then
/// on and what was charged under others.
fn check_cut(record: &Record<'_>, due: Option<(u64, i64)>) -> Verdict {
    let cuts = record.effects.iter().filter_map(|effect| match effect {
        Effect::SessionCut { catalog, cut, .. } => Some((*catalog, *cut)),
        _ => None,
    });
    let cuts: Vec<_> = cuts.collect();
    check(cuts == Vec::from_iter(due), Rule::Money, || {
        format!("sessions cut (version, charged so far): {cuts:?}, due were {due:?}")
    })
}

fn answer_of<'r>(record: &'r Record<'_>) -> Option<&'r Answer> {
    record.effects.iter().find_map(|effect| match effect {
        Effect::Answered { answer, .. } | Effect::Remembered { answer, .. } => Some(answer),
        _ => None,
    })
}

fn context<'r>(request: &Request<'r>) -> &'r str {
    match request.service {
        ServiceName::Context(text) | ServiceName::Code(text) => text,
    }
}
