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
mod answer;
mod budget;
mod cdr;
mod cdr_maker;
mod clock;
mod command;
mod decide;
mod decide_close;
mod decide_event;
mod decide_units;
mod effect;
mod id;
mod identity;
mod journal;
mod ledger;
mod replay;
mod request;
mod shard;
mod snapshot;
mod tombstone;

pub use account::{Account, Line, LineStatus, Measure, OverrunPolicy, RateRef, Session, UnitState};
pub use administer::CommandRow;
pub use answer::{Answer, FailedField, ResultCode, UnitAnswer};
pub use cdr::{Cdr, CdrCause, CdrKind};
pub use clock::{LATE_WINDOW_MS, Millis, TOMBSTONE_WINDOW_MS};
pub use command::{AdjustReason, Command, CommandError};
pub use effect::{Cause, Effect, Record};
pub use id::{Uuid, shard_of};
pub use identity::{Identity, IdentityDirectory, IdentityKind, LineAddress};
pub use journal::{JOURNAL_FORMAT, JournalError, JournalReader, JournalWriter};
pub use ledger::{LedgerAccount, Posting, postings_of_adjustment, postings_of_cdr};
pub use openmvno_rating::Direction;
pub use request::{
    Evidence, Kind, Request, Requested, ServiceName, SessionRef, UnitKey, UnitRequest,
};
pub use shard::{Limits, Outcome, Shard};
pub use snapshot::{ACCOUNTS_PER_SLICE, META_SLICE, SnapshotError};
