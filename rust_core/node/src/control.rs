//! Charging requests in JSON: gRPC, REST and tools speak to the engine in these words.

use crate::running_total::{Report, ToDate};
use openmvno_charging::{
    Context, Direction, Evidence, Identity, IdentityKind, Kind, LineAddress, Request, Requested,
    ServiceName, SessionRef, UnitKey, UnitRequest, Uuid,
};
use serde::Deserialize;
use smallvec::smallvec;
use std::fmt;

/// Why a request was not taken; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not a request: the message says what is wrong.
    Malformed(String),
    /// Too much is waiting, or storage is away: try again.
    Overloaded,
    /// More is asked than is admitted: ask again a little later.
    Busy,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) => write!(formatter, "the request is malformed: {message}"),
            Self::Overloaded => formatter.write_str("the engine cannot take requests now"),
            Self::Busy => formatter.write_str("more is asked of the engine than it admits"),
        }
    }
}

impl std::error::Error for Refused {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Reserve,
    Update,
    Commit,
    Cancel,
    Debit,
    Refund,
    Balance,
    Price,
    /// A client has none of its older sessions any more.
    Restarted,
}

/// A request as JSON holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestJson {
    #[serde(rename = "type")]
    operation: Operation,
    /// Whose line it must be; a network's door leaves it out, since a host network serves several.
    #[serde(default)]
    tenant: Option<Uuid>,
    /// Session-Id; of `restarted`, what names the client.
    session: String,
    #[serde(default)]
    number: u32,
    #[serde(default)]
    msisdn: Option<String>,
    #[serde(default)]
    imsi: Option<String>,
    /// Further identities a network's door takes the subscriber to have, the likeliest first.
    #[serde(default)]
    identities: Vec<(IdentityKind, String)>,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    direction: Option<Direction>,
    #[serde(default)]
    destination: Option<String>,
    #[serde(default)]
    rating_group: Option<u32>,
    #[serde(default)]
    requested: Option<u64>,
    #[serde(default)]
    used: Option<u64>,
    /// Usage since the session began, in place of `used` and `number`.
    #[serde(default)]
    to_date: Option<ToDate>,
    #[serde(default)]
    money: bool,
    #[serde(default)]
    correlation: Option<String>,
    #[serde(default)]
    refund_of: Option<Uuid>,
    #[serde(default)]
    at: Option<i64>,
    #[serde(default)]
    origin: Option<String>,
    /// Of `restarted`: rises with every start of the client.
    #[serde(default)]
    state: u32,
    /// Used after the price changed (Tariff-Change-Usage).
    #[serde(default)]
    used_after_change: Option<u64>,
    #[serde(default)]
    service_identifier: Option<u32>,
    #[serde(default)]
    plmn: String,
    #[serde(default)]
    msc: String,
    #[serde(default)]
    cell: String,
    #[serde(default)]
    apn: String,
    #[serde(default)]
    slice: String,
    #[serde(default)]
    access_network: String,
    #[serde(default)]
    rat_type: Option<u8>,
    #[serde(default)]
    qos_class: Option<u8>,
    #[serde(skip)]
    source: Box<[u8]>,
}

impl RequestJson {
    /// Reads the JSON.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn parse(json: &[u8]) -> Result<Self, Refused> {
        let mut request: Self =
            serde_json::from_slice(json).map_err(|error| Refused::Malformed(error.to_string()))?;
        request.source = json.into();
        if request.session.is_empty() || request.session.len() > 1_024 {
            return Err(Refused::Malformed(
                "session must have 1 to 1024 characters".into(),
            ));
        }
        let opens = !matches!(
            request.operation,
            Operation::Update | Operation::Commit | Operation::Cancel | Operation::Restarted
        );
        let is_anonymous = request.msisdn.is_none() && request.imsi.is_none();
        if opens && is_anonymous && request.identities.is_empty() {
            return Err(Refused::Malformed("msisdn or imsi is missing".into()));
        }
        if opens && request.service.is_none() {
            return Err(Refused::Malformed("service is missing".into()));
        }
        Ok(request)
    }

    /// The JSON it was read from.
    pub(crate) fn source(&self) -> &[u8] {
        &self.source
    }

    /// Whether a line of this tenant may be meant.
    pub(crate) fn may_be_of(&self, tenant: Uuid) -> bool {
        self.tenant.is_none_or(|own| own == tenant)
    }

    /// The client that lost its sessions, and its new state.
    pub(crate) fn restarted(&self) -> Option<(&str, u32)> {
        (self.operation == Operation::Restarted).then_some((&*self.session, self.state))
    }

    pub(crate) fn to_date(&self) -> Option<ToDate> {
        self.to_date
    }

    pub(crate) fn service(&self) -> &str {
        self.service.as_deref().unwrap_or("")
    }

    pub(crate) fn origin(&self) -> &str {
        self.origin.as_deref().unwrap_or("api")
    }

    /// What names its units.
    pub(crate) fn key(&self) -> UnitKey {
        UnitKey {
            rating_group: self.rating_group,
            service_identifier: self.service_identifier,
        }
    }

    /// What it says of usage by itself.
    pub(crate) fn report(&self) -> Report {
        Report {
            number: self.number,
            used: self.used,
        }
    }

    pub(crate) fn destination(&self) -> &str {
        self.destination.as_deref().unwrap_or("")
    }

    pub(crate) fn access_point(&self) -> &str {
        &self.apn
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    pub(crate) fn identities(&self) -> impl Iterator<Item = Identity> + '_ {
        let msisdn = self
            .msisdn
            .iter()
            .map(|digits| (IdentityKind::Msisdn, digits));
        let imsi = self.imsi.iter().map(|digits| (IdentityKind::Imsi, digits));
        let further = self.identities.iter().map(|(kind, digits)| (*kind, digits));
        msisdn
            .chain(imsi)
            .chain(further)
            .filter_map(|(kind, digits)| Identity::new(kind, digits))
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.operation {
            Operation::Reserve => Kind::Initial,
            Operation::Update => Kind::Update,
            Operation::Commit | Operation::Cancel => Kind::Terminate,
            Operation::Debit => Kind::Debit,
            Operation::Refund => Kind::Refund,
            Operation::Balance => Kind::CheckBalance,
            Operation::Price | Operation::Restarted => Kind::PriceEnquiry,
        }
    }

    /// The charging request for a line.
    pub(crate) fn request<'a>(
        &'a self,
        address: LineAddress,
        now: i64,
        (destination, (on_net, cug)): (&'a str, (bool, bool)),
        (report, origin_state): (Report, u32),
        evidence: Evidence,
    ) -> Request<'a> {
        let goes_on = self.operation == Operation::Update && self.to_date.is_some();
        let requested = match self.requested {
            Some(units) => Requested::Units(units),
            None if self.operation == Operation::Reserve || goes_on => Requested::ServerChooses,
            None => Requested::Nothing,
        };
        let used = report.used.filter(|_| self.operation != Operation::Cancel);
        let context = Context {
            plmn: &self.plmn,
            msc: &self.msc,
            cell: &self.cell,
            apn: &self.apn,
            slice: &self.slice,
            access_network: &self.access_network,
            rat_type: self.rat_type,
            qos_class: self.qos_class,
            on_net,
            cug,
        };
        let unit = UnitRequest {
            key: self.key(),
            requested,
            used,
            used_after_change: self
                .used_after_change
                .filter(|_| self.operation != Operation::Cancel),
            money: self.money,
        };
        Request {
            session: SessionRef::Named(&self.session),
            number: report.number,
            kind: self.kind(),
            account: address.account,
            line: address.line,
            service: ServiceName::Code(self.service()),
            direction: self.direction.unwrap_or(Direction::Originating),
            destination,
            at: self.at.unwrap_or(now),
            context: context.if_known(),
            units: smallvec![unit],
            per_service: false,
            origin_host: self.origin(),
            origin_realm: "",
            origin_state,
            correlation: self.correlation.as_deref().unwrap_or(""),
            refund_of: self.refund_of,
            retransmitted: false,
            evidence,
            conditions_changed: false,
        }
    }
}
