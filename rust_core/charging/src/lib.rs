//! The charging engine as a deterministic state machine.
//!
//! A [`Shard`] owns the payer accounts hashed to it: their balances, lines and open charging
//! sessions. One writer applies one request or command at a time: [`Shard::charge`] decides
//! (reading only), writes a journal record of the command and its effects, and then changes its
//! memory by applying that record, so what recovery will do is what happened. There is no clock,
//! socket, file, randomness or database in here: `now` comes in, journal bytes and answers go out.

#![forbid(unsafe_code)]

mod account;
mod administer;
mod administer_payer;
mod administer_products;
mod administer_terms;
mod administer_usage;
mod answer;
mod bucket;
mod cdr;
mod cdr_maker;
mod cdr_parts;
mod clock;
mod codes;
mod command;
mod decide;
mod decide_close;
mod decide_cut;
mod decide_event;
mod effect;
mod explain;
mod explain_answer;
mod explain_parts;
mod explain_price;
mod explain_record;
mod grant;
mod id;
mod identity;
mod journal;
mod kept_answer;
mod ledger;
mod line_image;
mod notice;
mod order;
mod paged;
mod payers;
mod periods;
mod purse;
mod quote;
mod quote_account;
mod quote_answer;
mod quote_request;
mod quote_scratch;
mod rater;
mod raters;
mod rehearsal;
mod rehearsed;
mod replay;
mod request;
mod session;
mod session_words;
mod settle;
mod shard;
mod snapshot;
mod standing;
mod tombstone;
mod versions;

pub use account::{
    Account, AccountTerms, AddOn, EventHistory, Line, LineStatus, LineTerms, OverrunPolicy,
    PayerChange, PayerStage, SpendingCap,
};
pub use administer::CommandRow;
pub use answer::{Answer, FailedField, ResultCode, UnitAnswer};
pub use bucket::{Bucket, Counter, FOREVER, Member};
pub use cdr::{Cdr, CdrCause, CdrKind, CdrPart, Earlier, PartnerCharge};
pub use clock::{LATE_WINDOW_MS, Millis, TOMBSTONE_WINDOW_MS, charge_time};
pub use command::{AdjustReason, CapTerms, Command, CommandError, PaidBy, TemporaryLimit};
pub use effect::{Cause, Effect, Effects, Record};
pub use explain::explain;
pub use id::{Uuid, shard_of};
pub use identity::{Identity, IdentityDirectory, IdentityKind, LineAddress, Subscriber};
pub use journal::{JOURNAL_FORMAT, JournalError, JournalReader, JournalWriter};
pub use kept_answer::KeptAnswer;
pub use ledger::{
    LedgerAccount, Posting, postings_of_adjustment, postings_of_cdr, postings_of_partner,
};
pub use line_image::LineImage;
pub use notice::{Notice, NoticeKind};
pub use openmvno_rating::{Direction, PartnerRole};
pub use order::{Order, OrderKind};
pub use paged::Paged;
pub use quote::quote;
pub use quote_request::QuoteError;
pub use raters::GrantTerms;
pub use rehearsal::{Rehearsal, UnknownProduct};
pub use rehearsed::{Rehearsed, RehearsedUsage};
pub use request::{
    Context, Evidence, Kind, Request, Requested, ServiceName, SessionRef, UnitKey, UnitRequest,
};
pub use session::{
    Hold, Measure, Part, PartialCut, Particulars, Payer, RateRef, Session, Surroundings, UnitState,
};
pub use session_words::{HoldWords, SessionWords, UnitWords};
pub use shard::{Limits, Noted, Outcome, Shard};
pub use snapshot::{ACCOUNTS_PER_SLICE, META_SLICE, SnapshotError};
pub use standing::Standing;
