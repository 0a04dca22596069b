//! Commands: every change of what charging depends on, other than usage itself.

use crate::account::{LineStatus, OverrunPolicy};
use crate::clock::Millis;
use crate::id::Uuid;
use crate::line_image::LineImage;
use openmvno_rating::{Direction, Renew};
use serde::{Deserialize, Deserializer, Serialize};

/// Why a balance is moved by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustReason {
    /// Money came in.
    TopUp,
    /// Staff corrected something.
    Adjustment,
    /// The balance bought the content of a wallet of money.
    WalletFromBalance,
    /// Money came in for a wallet of money.
    WalletFromCash,
    /// The balance bought units.
    UnitsFromBalance,
    /// Money came in for units.
    UnitsFromCash,
    /// A wallet of money got more than was paid for it.
    Bonus,
    /// A wallet of money ended with something left.
    Breakage,
    /// A line took a wallet of money along to another payer.
    LineLeft,
    /// A line brought a wallet of money from another payer.
    LineArrived,
    /// The balance bought an add-on.
    AddOnFromBalance,
    /// Money came in for an add-on.
    AddOnFromCash,
}

/// Who pays for the content of a wallet, or for an add-on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidBy {
    /// The account's balance.
    Balance,
    /// Money that came in.
    Cash,
    /// Nobody: a gift.
    #[default]
    None,
}

impl PaidBy {
    /// What is due of a price, micros: nothing of a gift.
    pub(crate) const fn due(self, price: i64) -> i64 {
        match self {
            Self::None => 0,
            Self::Balance | Self::Cash => price,
        }
    }
}

/// A spending cap as a command sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapTerms {
    /// Micros a period.
    pub amount: i64,
    /// The period.
    pub renew: Renew,
}

/// A temporary limit as a command sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemporaryLimit {
    /// Micros, in place of the permanent limit.
    pub amount: i64,
    /// Until when.
    pub until: Millis,
}

/// Tells a field that is null from one that is absent.
fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
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
        /// IANA name of the time zone its days begin in; absent: the catalogue's.
        #[serde(default)]
        time_zone: Option<String>,
        /// Codes of the resellers above it, nearest first.
        #[serde(default)]
        partners: Vec<String>,
    },
    /// A change of a payer; what is absent stays.
    ChangeAccount {
        /// Tenant.
        tenant: Uuid,
        /// `account_id`.
        account: Uuid,
        /// Micros.
        #[serde(default)]
        credit_limit: Option<i64>,
        /// Another limit for a time; null: none.
        #[serde(default, deserialize_with = "present")]
        temporary_limit: Option<Option<TemporaryLimit>>,
        /// Available micros below which a warning is due; null: none.
        #[serde(default, deserialize_with = "present")]
        limit_warning: Option<Option<i64>>,
        /// Balance in micros that counts as low; null: none.
        #[serde(default, deserialize_with = "present")]
        low_balance: Option<Option<i64>>,
        /// IANA name; empty: the catalogue's.
        #[serde(default)]
        time_zone: Option<String>,
        /// Codes of the resellers above it, nearest first.
        #[serde(default)]
        partners: Option<Vec<String>>,
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
        /// IMSI digits, the first of its card.
        imsi: String,
        /// The other IMSIs of its card.
        #[serde(default)]
        further_imsis: Vec<String>,
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
        /// New IMSI, the first of its card.
        #[serde(default)]
        imsi: Option<String>,
        /// The other IMSIs of its card.
        #[serde(default)]
        further_imsis: Option<Vec<String>>,
        /// Spending cap; null: none.
        #[serde(default, deserialize_with = "present")]
        spending_cap: Option<Option<CapTerms>>,
        /// Only the line's own buckets pay.
        #[serde(default)]
        own_balance: Option<bool>,
        /// Toll-free numbers are denied while the line is out of service.
        #[serde(default)]
        toll_free_barred: Option<bool>,
        /// Usage that costs nothing goes on while the line is out of service.
        #[serde(default)]
        zero_rated_allowed: Option<bool>,
    },
    /// An add-on for a line; its buckets are granted.
    AddProduct {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// This one, among several of a kind.
        instance: Uuid,
        /// Product code.
        product: String,
        /// Who pays its price.
        #[serde(default)]
        pay: PaidBy,
        /// What its buyer has been told that it costs, micros; refused when it costs something else.
        #[serde(default)]
        price: Option<i64>,
    },
    /// An add-on goes; its buckets end now.
    RemoveProduct {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// Which one.
        instance: Uuid,
    },
    /// The whole Friends & Family list of a line.
    SetFavourites {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// International digits.
        numbers: Vec<String>,
    },
    /// All closed user groups of a line.
    SetGroups {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// Their ids.
        groups: Vec<Uuid>,
    },
    /// Content for a wallet.
    TopUpWallet {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line; needed unless the wallet is shared.
        #[serde(default)]
        line: Option<Uuid>,
        /// Code of the wallet's rule.
        bucket: String,
        /// One of the rule's top-ups.
        #[serde(default)]
        option: Option<String>,
        /// Units, or micros, where no option is named.
        #[serde(default)]
        amount: Option<i64>,
        /// Days it lasts, where no option is named; absent: for ever.
        #[serde(default)]
        days: Option<u32>,
        /// Who pays.
        pay: PaidBy,
        /// The payment: the cause of its postings.
        reference: Uuid,
    },
    /// A line is to go to another payer: it stands still, and its sessions are to end.
    FreezeLine {
        /// Tenant.
        tenant: Uuid,
        /// The old payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// The change of payer.
        change: Uuid,
    },
    /// What is a frozen line's own leaves its payer; the outcome has it.
    ExportLine {
        /// Tenant.
        tenant: Uuid,
        /// The old payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// The change of payer.
        change: Uuid,
    },
    /// An exported line comes to a payer: the new one or, when that cannot have it, the old one.
    ImportLine {
        /// Tenant.
        tenant: Uuid,
        /// The payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// The change of payer.
        change: Uuid,
        /// What the export gave.
        image: Box<LineImage>,
    },
    /// An exported line has come to its new payer: the old one gives up its identities.
    ReleaseLine {
        /// Tenant.
        tenant: Uuid,
        /// The old payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// The change of payer.
        change: Uuid,
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
    /// The tenant's catalogue version for sessions that start from an instant on.
    ActivateCatalog {
        /// Tenant.
        tenant: Uuid,
        /// Catalogue version.
        version: u64,
        /// The instant; absent: now.
        #[serde(default)]
        at: Option<Millis>,
    },
    /// A version that was to come into force does not.
    WithdrawCatalog {
        /// Tenant.
        tenant: Uuid,
        /// Catalogue version.
        version: u64,
    },
    /// The open sessions of a line, or one of them, are to end.
    AbortSession {
        /// Tenant.
        tenant: Uuid,
        /// Payer.
        account: Uuid,
        /// Line.
        line: Uuid,
        /// Session-Id; absent: all of the line's.
        #[serde(default)]
        session: Option<String>,
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
        /// MCC and MNC of the serving network.
        #[serde(default)]
        plmn: Option<String>,
        /// Digits of the serving MSC's or SGSN's number.
        #[serde(default)]
        msc: Option<String>,
        /// Access point name.
        #[serde(default)]
        apn: Option<String>,
        /// The other party is a live line of the tenant, as the sender knows; the engine looks itself.
        #[serde(default)]
        on_net: bool,
        /// It is in a closed user group of the line, as the engine finds.
        #[serde(skip)]
        cug: bool,
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
    /// It costs something else than its buyer has been told.
    PriceChanged,
    /// The catalogue version is not loaded.
    CatalogUnknown,
    /// Another catalogue version comes into force at that instant.
    CatalogTimeTaken,
    /// The catalogue version is not one that comes into force.
    CatalogNotScheduled,
    /// No product, service or rate for the usage.
    RatingFailed,
    /// The result does not fit a balance.
    AmountOverflow,
    /// No such product, or not of this kind.
    ProductUnknown,
    /// The line has the add-on and may have it but once.
    ProductExists,
    /// Products that exclude each other.
    ProductConflict,
    /// The add-on is for other main products.
    ProductNotEligible,
    /// The line has no such add-on.
    ProductInstanceUnknown,
    /// No product of the line has favourites.
    FavouritesNotOffered,
    /// More numbers than the product allows.
    FavouritesTooMany,
    /// A number the product does not allow.
    FavouriteNotAllowed,
    /// No such wallet.
    BucketUnknown,
    /// No such top-up.
    TopUpUnknown,
    /// Not an IANA time zone.
    TimeZoneUnknown,
    /// No such partner.
    PartnerUnknown,
    /// The line has no such session.
    SessionUnknown,
    /// The line is on its way to another payer.
    LineMoving,
    /// The payer has another currency than the line's money.
    CurrencyMismatch,
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
            Self::PriceChanged => "price_changed",
            Self::CatalogUnknown => "catalog_unknown",
            Self::CatalogTimeTaken => "catalog_time_taken",
            Self::CatalogNotScheduled => "catalog_not_scheduled",
            Self::RatingFailed => "rating_failed",
            Self::AmountOverflow => "amount_overflow",
            Self::ProductUnknown => "product_unknown",
            Self::ProductExists => "product_exists",
            Self::ProductConflict => "product_conflict",
            Self::ProductNotEligible => "product_not_eligible",
            Self::ProductInstanceUnknown => "product_instance_unknown",
            Self::FavouritesNotOffered => "favourites_not_offered",
            Self::FavouritesTooMany => "favourites_too_many",
            Self::FavouriteNotAllowed => "favourite_not_allowed",
            Self::BucketUnknown => "bucket_unknown",
            Self::TopUpUnknown => "top_up_unknown",
            Self::TimeZoneUnknown => "time_zone_unknown",
            Self::PartnerUnknown => "partner_unknown",
            Self::SessionUnknown => "session_unknown",
            Self::LineMoving => "line_moving",
            Self::CurrencyMismatch => "currency_mismatch",
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
            Self::PriceChanged => "it costs something else by now",
            Self::CatalogUnknown => "the catalogue version is not loaded",
            Self::CatalogTimeTaken => "another catalogue version comes into force then",
            Self::CatalogNotScheduled => "the catalogue version is not one that comes into force",
            Self::RatingFailed => "the line's product has no price for this usage",
            Self::AmountOverflow => "the balance would exceed what can be represented",
            Self::ProductUnknown => "the catalogue in force has no such product of this kind",
            Self::ProductExists => "the line has this add-on already",
            Self::ProductConflict => "the add-on may not stand beside a product of the line",
            Self::ProductNotEligible => "the add-on is not for the main product of the line",
            Self::ProductInstanceUnknown => "the line has no add-on of this id",
            Self::FavouritesNotOffered => "no product of the line offers Friends & Family numbers",
            Self::FavouritesTooMany => "there are more numbers than the product allows",
            Self::FavouriteNotAllowed => "a number is not one that the product allows",
            Self::BucketUnknown => "the catalogue in force has no such wallet",
            Self::TopUpUnknown => {
                "the wallet has no such top-up, or neither an option nor an amount is given"
            }
            Self::TimeZoneUnknown => "the time zone is not an IANA name",
            Self::PartnerUnknown => "the catalogue in force has no such reseller",
            Self::SessionUnknown => "the line has no open session of this Session-Id",
            Self::LineMoving => "the line is on its way to another payer",
            Self::CurrencyMismatch => "the account has another currency than the line's old payer",
        }
    }
}
