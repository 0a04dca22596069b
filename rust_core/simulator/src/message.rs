//! What travels between simulated clients and engines.

use crate::catalogue;
use openmvno_charging::{
    Answer, Direction, Evidence, Kind, Request, ResultCode, ServiceName, SessionRef, UnitRequest,
    Uuid,
};

/// A service of the simulated operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Calls, in seconds.
    Voice,
    /// Messages.
    Sms,
    /// Data, in octets by rating group.
    Data,
}

impl Service {
    /// Service-Context-Id.
    #[must_use]
    pub const fn context(self) -> &'static str {
        match self {
            Self::Voice => "32260@3gpp.org",
            Self::Sms => "32274@3gpp.org",
            Self::Data => "32251@3gpp.org",
        }
    }
}

/// What makes two requests the same one: Session-Id, the client's own tag for what it means by it,
/// CC-Request-Number and kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Session-Id.
    pub session: String,
    /// CC-Correlation-Id.
    pub tag: String,
    /// CC-Request-Number.
    pub number: u32,
    /// The kind, as a number.
    pub kind: u8,
}

impl Key {
    /// The key of a request.
    #[must_use]
    pub fn new(session: &str, tag: &str, number: u32, kind: Kind) -> Self {
        Self {
            session: session.to_owned(),
            tag: tag.to_owned(),
            number,
            kind: kind as u8,
        }
    }
}

/// A request as its client made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Session-Id.
    pub session: String,
    /// CC-Correlation-Id.
    pub tag: String,
    /// CC-Request-Number.
    pub number: u32,
    /// Kind.
    pub kind: Kind,
    /// Number of the account.
    pub account: usize,
    /// Line of the account.
    pub line: usize,
    /// Service.
    pub service: Service,
    /// Called party or recipient.
    pub destination: &'static str,
    /// What is reported and asked for.
    pub units: Vec<UnitRequest>,
    /// The units are in MSCCs.
    pub per_service: bool,
    /// Number of the client.
    pub host: usize,
    /// Its Origin-State-Id.
    pub state: u32,
    /// Refund-Information.
    pub refund_of: Option<Uuid>,
    /// T flag.
    pub retransmitted: bool,
    /// When the client first sent this key, simulated milliseconds.
    pub first_sent: i64,
}

impl Ask {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::new(&self.session, &self.tag, self.number, self.kind)
    }

    /// Origin-Host of its client.
    #[must_use]
    pub fn origin_host(&self) -> String {
        host_name(self.host)
    }

    /// Does it mean the same, apart from the T flag?
    #[must_use]
    pub fn is_same_content(&self, other: &Self) -> bool {
        let own = (&self.units, self.per_service, self.refund_of);
        own == (&other.units, other.per_service, other.refund_of)
    }

    /// The request for a line found by the door.
    #[must_use]
    pub fn request<'a>(
        &'a self,
        host: &'a str,
        (account, line): (u32, u16),
        now: i64,
        evidence: Evidence,
    ) -> Request<'a> {
        Request {
            session: SessionRef::Named(&self.session),
            number: self.number,
            kind: self.kind,
            account,
            line,
            service: ServiceName::Context(self.service.context()),
            direction: Direction::Originating,
            destination: self.destination,
            at: now,
            context: None,
            units: self.units.as_slice().into(),
            per_service: self.per_service,
            origin_host: host,
            origin_realm: "example",
            origin_state: self.state,
            correlation: &self.tag,
            refund_of: self.refund_of,
            retransmitted: self.retransmitted,
            evidence,
            conditions_changed: false,
        }
    }
}

/// Origin-Host of a client.
#[must_use]
pub fn host_name(host: usize) -> String {
    format!("gateway-{host}.example")
}

/// What a client reads in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Result-Code.
    pub result: u16,
    /// Result-Code and grant of each set of units.
    pub units: Vec<(u16, Option<u64>)>,
    /// Cost-Information, where the door shows it, micros.
    pub cost: Option<i64>,
    /// Refund-Information.
    pub cdr: Option<Uuid>,
}

impl Seen {
    /// Just a result.
    #[must_use]
    pub const fn of(result: ResultCode) -> Self {
        Self {
            result: result.0,
            units: Vec::new(),
            cost: None,
            cdr: None,
        }
    }
}

impl From<&Answer> for Seen {
    fn from(answer: &Answer) -> Self {
        let units = answer.units.iter();
        Self {
            result: answer.result.0,
            units: units.map(|unit| (unit.result.0, unit.granted)).collect(),
            cost: answer.cost,
            cdr: answer.cdr,
        }
    }
}

/// The shard and slot of an account number's owner.
#[must_use]
pub fn shard_of_account(account: usize, shards: u16) -> u16 {
    openmvno_charging::shard_of(catalogue::TENANT, catalogue::account_id(account), shards)
}
