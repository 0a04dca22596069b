//! An open session as it is this moment, in JSON.

use crate::cdr_json::part_json;
use openmvno_charging::{HoldWords, Session, SessionWords, Shard, UnitState, Uuid};
use serde_json::{Value, json};

use crate::node::Node;

impl Node {
    /// The open sessions of a line, a JSON array, oldest first; `None` when the account is unknown.
    #[must_use]
    pub fn sessions(&self, tenant: Uuid, account: Uuid, line: Uuid) -> Option<String> {
        let shard = openmvno_charging::shard_of(tenant, account, self.config.shards);
        let core = self.shards[usize::from(shard)].lock();
        let account = core.shard.account(tenant, account)?;
        let is_of_line = |session: &&Session| {
            let of = account.lines.get(usize::from(session.line));
            of.is_some_and(|of| of.id == line)
        };
        let sessions = core.shard.open_sessions(account).filter(is_of_line);
        let shown = sessions.map(|session| session_json(&core.shard, session));
        Some(Value::Array(shown.collect()).to_string())
    }
}

/// Amounts are micros, instants Unix milliseconds, units those of the service.
pub(crate) fn session_json(shard: &Shard, session: &Session) -> Value {
    let words = shard.words_of(session);
    let units: Vec<Value> = session
        .units
        .iter()
        .map(|unit| unit_json(&words, unit))
        .collect();
    json!({
        "session_id": &*session.id,
        "service": words.service,
        "direction": session.direction,
        "destination": session.destination.as_str(),
        "origin_host": words.origin_host,
        "catalog_version": session.catalog,
        "since": session.opened_at,
        "last_report": session.last_at,
        "gives_up_at": session.deadline,
        "expired": session.expired,
        "aborted": session.aborted,
        "units": units,
    })
}

fn unit_json(session: &SessionWords<'_>, unit: &UnitState) -> Value {
    let words = session.units(unit);
    let money = words.holds.iter().filter(|hold| hold.money);
    let reserved: i64 = money.map(|hold| hold.amount).sum();
    json!({
        "rating_group": unit.key.rating_group,
        "service_identifier": unit.key.service_identifier,
        "rate": words.rate,
        "table": words.table,
        "granted": unit.granted,
        "used": unit.used,
        "charged_micros": unit.charged,
        "overrun_micros": unit.overrun,
        "reserved_micros": reserved,
        "holds": words.holds.iter().map(hold_json).collect::<Vec<_>>(),
        "parts": words.parts.iter().map(part_json).collect::<Vec<_>>(),
    })
}

fn hold_json(hold: &HoldWords<'_>) -> Value {
    let payer = match hold.bucket {
        "" => "balance".to_owned(),
        code => format!("bucket:{code}"),
    };
    json!({"payer": payer, "money": hold.money, "amount": hold.amount})
}
