//! A CDR as its table holds it, for explaining it.

use crate::cdr::CdrPart;
use crate::clock::Millis;
use crate::quote_request::{QuoteError, instant};
use crate::request::Context;
use openmvno_rating::Direction;
use serde::{Deserialize, Deserializer};

/// The row; members that explaining does not need are passed over.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) kind: String,
    pub(crate) session_id: String,
    pub(crate) service: String,
    pub(crate) direction: Direction,
    pub(crate) destination: String,
    pub(crate) rating_group: Option<u32>,
    #[serde(deserialize_with = "instant")]
    pub(crate) started_at: Millis,
    #[serde(deserialize_with = "instant")]
    pub(crate) ended_at: Millis,
    pub(crate) usage: u64,
    pub(crate) currency: String,
    pub(crate) amount_micros: i64,
    pub(crate) overrun_micros: i64,
    pub(crate) product: String,
    pub(crate) rate: String,
    pub(crate) parts: Vec<RecordedPart>,
    pub(crate) partners: Vec<RecordedCharge>,
    #[serde(default)]
    pub(crate) inputs: Inputs,
    /// Of a refund: the debit it reverses, a row as this one.
    #[serde(default)]
    pub(crate) debit: Option<Box<Recorded>>,
}

impl Recorded {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, QuoteError> {
        serde_json::from_slice(json).map_err(|error| QuoteError::new("", error.to_string()))
    }

    /// When the usage began, in an earlier CDR perhaps.
    pub(crate) fn began(&self) -> Millis {
        self.inputs
            .earlier
            .map_or(self.started_at, |earlier| earlier.since)
    }

    /// It goes on from earlier CDRs, so that no parts mean no new billed units.
    pub(crate) fn goes_on(&self) -> bool {
        let earlier = self.inputs.earlier;
        earlier.is_some_and(|earlier| earlier.used > 0 || earlier.paid)
    }

    /// Usage of the same units that earlier CDRs hold.
    pub(crate) fn used_before(&self) -> u64 {
        self.inputs.earlier.map_or(0, |earlier| earlier.used)
    }
}

/// What the price depended on beside the row's own columns.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Inputs {
    pub(crate) plmn: String,
    pub(crate) msc: String,
    pub(crate) cell: String,
    pub(crate) apn: String,
    pub(crate) slice: String,
    pub(crate) access_network: String,
    pub(crate) time_zone: String,
    pub(crate) rat_type: Option<u8>,
    pub(crate) qos_class: Option<u8>,
    pub(crate) service_identifier: Option<u32>,
    pub(crate) on_net: bool,
    pub(crate) cug: bool,
    pub(crate) favourite: bool,
    pub(crate) earlier: Option<crate::cdr::Earlier>,
}

impl Inputs {
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            plmn: &self.plmn,
            msc: &self.msc,
            cell: &self.cell,
            apn: &self.apn,
            slice: &self.slice,
            access_network: &self.access_network,
            rat_type: self.rat_type,
            qos_class: self.qos_class,
            on_net: self.on_net,
            cug: self.cug,
        }
    }
}

/// Who paid a stretch; positions are counted from the start of the usage.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RecordedPart {
    pub(crate) payer: String,
    pub(crate) rate: String,
    pub(crate) table: String,
    pub(crate) period: String,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// Micros, or the bucket's units.
    #[serde(deserialize_with = "whole")]
    pub(crate) cost: i64,
    pub(crate) amount_micros: i64,
    #[serde(deserialize_with = "basis_points")]
    pub(crate) discount_percent: u16,
    #[serde(default)]
    pub(crate) bucket: Option<u32>,
    #[serde(default)]
    pub(crate) continuing: bool,
    #[serde(default)]
    pub(crate) origin: u64,
    #[serde(default)]
    pub(crate) since: Option<Millis>,
    #[serde(default)]
    pub(crate) entry: Option<u16>,
    #[serde(default)]
    pub(crate) covered: u64,
}

impl RecordedPart {
    /// The kind of payer, and the bucket's code.
    pub(crate) fn payer(&self) -> (&str, &str) {
        self.payer
            .split_once(':')
            .unwrap_or((self.payer.as_str(), ""))
    }

    /// The same as the CDR was made of. `began`: when the usage did.
    pub(crate) fn as_part(&self, money: bool, began: Millis) -> CdrPart<'_> {
        let (payer, code) = self.payer();
        CdrPart {
            payer,
            code,
            bucket: self.bucket,
            money,
            rate: &self.rate,
            table: &self.table,
            period: &self.period,
            from: self.from.saturating_sub(self.origin),
            to: self.to.saturating_sub(self.origin),
            cost: self.cost,
            discount: self.discount_percent,
            continuing: self.continuing,
            since: self.since.unwrap_or(began),
            origin: self.origin,
            entry: self.entry,
            covered: self.covered,
        }
    }
}

/// What a partner charges for the same usage.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RecordedCharge {
    pub(crate) code: String,
    pub(crate) currency: String,
    pub(crate) amount_micros: i64,
}

fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let refuse = |_| serde::de::Error::custom(format!("{text} is not a whole number"));
    text.parse().map_err(refuse)
}

/// 25, 12.5 or 33.33 in hundredths.
fn basis_points<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let text = String::deserialize(deserializer)?;
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let hundredths = format!("{whole}{rest:0<2}").parse().ok();
    hundredths
        .filter(|_| rest.len() <= 2)
        .ok_or_else(|| serde::de::Error::custom(format!("{text} is not a percentage")))
}
