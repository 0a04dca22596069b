//! A request being served, and how far it is.

use super::subject::Candidate;
use crate::running_total::ToDate;
use openmvno_radius::{AcctStatus, Credentials, Exchange, Packet, Usage};

/// Where a request stands.
#[derive(Debug)]
pub(super) enum Step {
    /// The line's password is looked up.
    Password(Credentials, Vec<Candidate>),
    /// The engine opens the session that was asked for.
    Authorise,
    /// A report is on its way.
    Report,
    /// A session is opened for what is reported.
    Open(Follow),
    /// The same without reserving anything.
    OpenUnpaid(Follow),
    /// The database is asked under which Session-Id the session goes on.
    Search,
    /// A report is on its way under that Session-Id.
    Continue(Continued),
    /// The client restarted.
    Restart,
}

/// What to do once a session is open.
#[derive(Clone, Debug)]
pub(super) enum Follow {
    /// Answer: it has only begun.
    Nothing,
    /// Report what was used.
    Report(Name),
}

/// A Session-Id, and the usage that was recorded under earlier ones of the same session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) session: String,
    pub(super) base: u64,
}

/// A report under another Session-Id, and which to open where that is closed, too.
#[derive(Clone, Debug)]
pub(super) struct Continued {
    pub(super) name: Name,
    pub(super) next: Option<Name>,
}

/// The accounting part of a request.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) status: AcctStatus,
    pub(super) session: String,
    pub(super) usage: Usage,
}

/// A request being served.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) exchange: Exchange,
    /// As it came; it is read again where more of it is needed.
    pub(super) datagram: Box<[u8]>,
    pub(super) since: i64,
    pub(super) step: Step,
    pub(super) account: Option<Account>,
}

impl Serving {
    /// The packet; it was one when it came.
    pub(super) fn packet(&self) -> Option<Packet<'_>> {
        Packet::parse(&self.datagram).ok()
    }
}

impl Account {
    /// The counters since `base`.
    pub(super) fn to_date(&self, base: u64) -> ToDate {
        ToDate {
            seconds: self.usage.seconds.saturating_sub(base),
            octets: self.usage.octets.saturating_sub(base),
        }
    }
}
