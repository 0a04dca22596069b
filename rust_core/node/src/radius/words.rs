//! Charging requests and outcomes in the engine's JSON.

use super::subject::{Candidate, Place};
use crate::running_total::ToDate;
use openmvno_charging::Measure;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A request.
#[derive(Debug, Default, Serialize)]
pub(super) struct EngineRequest<'a> {
    #[serde(rename = "type")]
    pub(super) operation: &'static str,
    pub(super) session: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) identities: &'a [Candidate],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) service: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rating_group: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requested: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_date: Option<ToDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<i64>,
    pub(super) origin: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) state: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) destination: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) apn: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) plmn: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) cell: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rat_type: Option<u8>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl<'a> EngineRequest<'a> {
    pub(super) fn placed(mut self, place: &'a Place) -> Self {
        self.destination = &place.destination;
        self.apn = &place.apn;
        self.plmn = &place.plmn;
        self.cell = &place.cell;
        self.rat_type = place.rat_type;
        self
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// An outcome; what is not read is left out.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Outcome<'a> {
    #[serde(borrow, default)]
    pub(super) error: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) granted: Option<u64>,
    #[serde(default)]
    pub(super) unit: Option<Measure>,
    #[serde(default)]
    pub(super) validity_time: Option<u32>,
}

/// What an outcome means to an access server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Done.
    Done,
    /// Known under other circumstances: the session is open already.
    Open,
    /// The session is not open.
    NoSession,
    /// No line has the identity.
    NoSubscriber,
    /// The line may not use the service.
    Denied,
    /// The product does not include it, or has no price for it.
    NotSold,
    /// There is no money for it.
    NoMoney,
    /// Not now: nothing is recorded.
    Later,
}

impl<'a> Outcome<'a> {
    pub(super) fn read(json: &'a [u8]) -> Self {
        serde_json::from_slice(json).unwrap_or(Self {
            error: Some(Cow::Borrowed("unreadable")),
            ..Self::default()
        })
    }

    pub(super) fn verdict(&self) -> Verdict {
        match self.error.as_deref() {
            None => Verdict::Done,
            Some("request_conflict") => Verdict::Open,
            Some("session_unknown") => Verdict::NoSession,
            Some("subscriber_unknown") => Verdict::NoSubscriber,
            Some("service_denied") => Verdict::Denied,
            Some("service_not_in_product" | "rating_failed") => Verdict::NotSold,
            Some("insufficient_balance") => Verdict::NoMoney,
            Some(_) => Verdict::Later,
        }
    }
}
