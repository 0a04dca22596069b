//! Commands: every change of what charging depends on, other than usage itself.

use crate::account::{LineStatus, OverrunPolicy};
use crate::clock::Millis;
use crate::id::Uuid;
use openmvno_rating::Direction;
use serde::{Deserialize, Serialize};

/// Why a balance is moved by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustReason {
    /// Money came in.
    TopUp,
    /// Staff corrected something.
    Adjustment,
}

/// A row of `engine_command`, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// A new payer.
    OpenAccount {
        /// Tenant.
        tenant: Uuid,
        /// `account_id`.
        account: Uuid,
        /// ISO 4217 code.
        currency: String,
        /// How far below zero the balance may go, micros.
        #[serde(default)]
        credit_limit: i64,
        /// What happens to usage beyond the grant that the balance does not cover.
        overrun: OverrunPolicy,
    },
    /// A new line of a payer.
    OpenLine {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// `line_id`.
        line: Uuid,
        /// Product code.
        product: String,
        /// E.164 digits.
        msisdn: String,
        /// IMSI digits.
        imsi: String,
        /// Status to start in.
        status: LineStatus,
    },
    /// A change of a line; what is absent stays.
    ChangeLine {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// New status.
        #[serde(default)]
        status: Option<LineStatus>,
        /// New product code.
        #[serde(default)]
        product: Option<String>,
        /// New MSISDN.
        #[serde(default)]
        msisdn: Option<String>,
        /// New IMSI.
        #[serde(default)]
        imsi: Option<String>,
    },
    /// Money into (positive) or out of (negative) a balance.
    AdjustBalance {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Signed micros.
        amount: i64,
        /// Why.
        reason: AdjustReason,
        /// The payment or adjustment: the cause of its postings.
        reference: Uuid,
    },
    /// The tenant's catalogue version for sessions that start from now on.
    ActivateCatalog {
        /// Tenant.
        tenant: Uuid,
        /// Catalogue version.
        version: u64,
    },
    /// A usage record from a file.
    RateUsage {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// What makes the record unique; kept on the CDR.
        content_key: String,
        /// Service code.
        service: String,
        /// Originating or terminating.
        direction: Direction,
        /// The other party.
        #[serde(default)]
        destination: Option<String>,
        /// Rating-Group.
        #[serde(default)]
        rating_group: Option<u32>,
        /// In the service's unit.
        usage: u64,
        /// When it started.
        started_at: Millis,
    },
}

/// Why a command changed nothing. The codes are part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// The JSON is not a command.
    Malformed,
    /// `open_account` for an account that exists.
    AccountExists,
    /// No such account on this shard.
    AccountUnknown,
    /// No such line in the account.
    LineUnknown,
    /// `open_line` for a line that exists.
    LineExists,
    /// The MSISDN or IMSI belongs to another live line.
    IdentityTaken,
    /// Not a currency code.
    CurrencyInvalid,
    /// Not a string of 1 to 15 digits.
    IdentityInvalid,
    /// More would be taken than is available.
    InsufficientBalance,
    /// The catalogue version is not loaded.
    CatalogUnknown,
    /// No product, service or rate for the usage.
    RatingFailed,
    /// The result does not fit a balance.
    AmountOverflow,
}

impl CommandError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "command_malformed",
            Self::AccountExists => "account_exists",
            Self::AccountUnknown => "account_unknown",
            Self::LineUnknown => "line_unknown",
            Self::LineExists => "line_exists",
            Self::IdentityTaken => "identity_taken",
            Self::CurrencyInvalid => "currency_invalid",
            Self::IdentityInvalid => "identity_invalid",
            Self::InsufficientBalance => "insufficient_balance",
            Self::CatalogUnknown => "catalog_unknown",
            Self::RatingFailed => "rating_failed",
            Self::AmountOverflow => "amount_overflow",
        }
    }

    /// A sentence for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Malformed => "the command is not one this engine knows",
            Self::AccountExists => "an account of this id exists already",
            Self::AccountUnknown => "no account of this id exists",
            Self::LineUnknown => "the account has no line of this id",
            Self::LineExists => "the account has a line of this id already",
            Self::IdentityTaken => "the MSISDN or IMSI belongs to another live line",
            Self::CurrencyInvalid => "the currency is not an ISO 4217 code",
            Self::IdentityInvalid => "MSISDN and IMSI are 1 to 15 digits",
            Self::InsufficientBalance => "the available balance does not cover the amount",
            Self::CatalogUnknown => "the catalogue version is not loaded",
            Self::RatingFailed => "the line's product has no price for this usage",
            Self::AmountOverflow => "the balance would exceed what can be represented",
        }
    }
}
