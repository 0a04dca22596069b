//! Reports of what was used since a session began, as RADIUS counts (RFC 2866): what is charged is
//! the difference to what was, so a report that comes twice or late charges nothing.

use crate::control::RequestJson;
use crate::shard_cell::ShardCore;
use openmvno_charging::{Kind, LineAddress, ServiceName};
use openmvno_rating::Unit;
use serde::{Deserialize, Serialize};

/// Counters of a session since it began; the one that counts is that of the service's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToDate {
    #[serde(default)]
    pub(crate) seconds: u64,
    #[serde(default)]
    pub(crate) octets: u64,
}

/// A report as the engine takes it: since the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// CC-Request-Number.
    pub(crate) number: u32,
    /// Units.
    pub(crate) used: Option<u64>,
}

/// What a request says of a session's usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reported {
    /// This is to be charged.
    Now(Report),
    /// The session ended and its end is remembered.
    Closed,
    /// The session was given up, and this is not its end.
    Expired,
}

/// What a request reports, given where its session stands. The shard is held meanwhile, so that
/// nothing is charged in between.
pub(crate) fn reported(core: &ShardCore, request: &RequestJson, address: LineAddress) -> Reported {
    let given = request.report();
    let Some(to_date) = request.to_date() else {
        return Reported::Now(given);
    };
    let (session, service) = (request.session(), ServiceName::Code(request.service()));
    let total = match core.shard.unit_of(address.account, session, service) {
        Some(Unit::Second) => to_date.seconds,
        Some(Unit::Octet) => to_date.octets,
        Some(Unit::Event) | None => 0,
    };
    let Some(standing) = core.shard.standing(session, request.key()) else {
        if core.shard.remembers(session) {
            return Reported::Closed;
        }
        let used = Some(total);
        return Reported::Now(Report { used, ..given });
    };
    if standing.expired && request.kind() == Kind::Update {
        return Reported::Expired;
    }
    Reported::Now(Report {
        number: standing.number.saturating_add(1),
        used: Some(total.saturating_sub(standing.used)),
    })
}
