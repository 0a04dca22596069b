//! Gateways that keep a session without credit and report nothing for it again and again.

use hashbrown::HashMap;
use openmvno_charging::{Answer, Kind, Request, Requested, ResultCode, SessionRef};

/// Sessions watched on one shard; beyond them a gateway is left to do as it does.
const SESSIONS_WATCHED: usize = 10_000;

/// A session not heard of for so long is not watched any more, milliseconds. Longer than the
/// answer of its end is remembered.
const FORGOTTEN_AFTER_MS: i64 = 3_600_000;

#[derive(Clone, Copy, Debug)]
struct Depletion {
    /// CC-Request-Number of the last update counted.
    number: u32,
    /// Updates in a row that reported nothing.
    idle: u8,
    /// The update that closed it.
    closed_by: Option<u32>,
    heard: i64,
}

/// The sessions of one shard whose last answer granted nothing for want of credit. It is no part of
/// the engine's state: after a restart a gateway is counted anew.
#[derive(Debug, Default)]
pub(crate) struct Depletions {
    sessions: HashMap<Box<str>, Depletion>,
    swept: i64,
}

impl Depletions {
    /// Counts an update that reports nothing. The `limit`th makes a Termination of it; whether
    /// that is so (also when that very update comes again).
    pub(crate) fn close_when_idle(
        &mut self,
        request: &mut Request<'_>,
        limit: u8,
        now: i64,
    ) -> bool {
        let SessionRef::Named(session) = request.session else {
            return false;
        };
        let Some(known) = self.sessions.get_mut(session) else {
            return false;
        };
        if request.kind != Kind::Update || !reports_nothing(request) {
            return false;
        }
        known.heard = now;
        if known.closed_by.is_none() && request.number > known.number {
            known.number = request.number;
            known.idle = known.idle.saturating_add(1);
            known.closed_by = (known.idle >= limit).then_some(request.number);
        }
        let closes = known.closed_by == Some(request.number);
        if closes {
            request.kind = Kind::Terminate;
            for unit in &mut request.units {
                unit.requested = Requested::Nothing;
            }
        }
        closes
    }

    /// Notes what a request was answered.
    pub(crate) fn note(&mut self, request: &Request<'_>, answer: &Answer, now: i64) {
        let SessionRef::Named(session) = request.session else {
            return;
        };
        let running = matches!(request.kind, Kind::Initial | Kind::Update);
        let granted = answer.units.iter().any(|unit| unit.granted.is_some());
        if !running || granted {
            self.sessions.remove(session);
            return;
        }
        let refused = |result| result == ResultCode::CREDIT_LIMIT_REACHED;
        let without_credit =
            refused(answer.result) || answer.units.iter().any(|unit| refused(unit.result));
        let room = self.sessions.len() < SESSIONS_WATCHED;
        if without_credit && room && !self.sessions.contains_key(session) {
            let depletion = Depletion {
                number: request.number,
                idle: 0,
                closed_by: None,
                heard: now,
            };
            self.sessions.insert(session.into(), depletion);
        }
    }

    /// Forgets, once a minute, the sessions that were not heard of for long.
    pub(crate) fn forget(&mut self, now: i64) {
        const SWEEP_MS: i64 = 60_000;
        if now - self.swept < SWEEP_MS {
            return;
        }
        self.swept = now;
        self.sessions
            .retain(|_, known| now - known.heard < FORGOTTEN_AFTER_MS);
    }
}

fn reports_nothing(request: &Request<'_>) -> bool {
    let none = |used: Option<u64>| used.unwrap_or(0) == 0;
    request
        .units
        .iter()
        .all(|unit| none(unit.used) && none(unit.used_after_change))
}
