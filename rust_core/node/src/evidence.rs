//! Requests that memory cannot decide: parked until the database has been asked.

use openmvno_charging::{Evidence, Uuid};
use serde::{Deserialize, Serialize};

/// A question to the database about a parked request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Lookup {
    /// Is there a CDR of this Session-Id? (T flag set, session not in memory.)
    Session {
        /// Tenant of the line.
        tenant: Uuid,
        /// Session-Id.
        session: String,
        /// CC-Request-Number, when the request is an event: one of several under the Session-Id.
        number: Option<u32>,
    },
    /// The debit a refund names.
    Debit {
        /// Tenant of the line.
        tenant: Uuid,
        /// Account of the line.
        account: Uuid,
        /// Its CDR, when Refund-Information named it.
        cdr: Option<Uuid>,
        /// Its CC-Correlation-Id.
        correlation: String,
    },
    /// Which IMSI is on the SIM card of this number?
    Card {
        /// ICCID.
        iccid: String,
    },
}

/// The database's answer, in JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Finding {
    /// Nothing.
    Nothing,
    /// The session was charged.
    Charged,
    /// The debit.
    Debit {
        /// `cdr_id`.
        cdr: Uuid,
        /// `amount_micros - overrun_micros`.
        refundable: i64,
    },
    /// The SIM card.
    Card {
        /// Its IMSI.
        imsi: String,
    },
}

impl From<Finding> for Evidence {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::Nothing | Finding::Card { .. } => Self::Nothing,
            Finding::Charged => Self::Charged,
            Finding::Debit { cdr, refundable } => Self::Debit { cdr, refundable },
        }
    }
}
