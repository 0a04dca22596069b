//! One node of the charging engine: shards behind bounded lock-free queues, the doors in front of
//! them, the batches behind them, and the expansion of the journal into rows.
//!
//! A request is applied by whichever thread brings it, when its shard is free; else it waits in the
//! shard's queue and the thread that has the shard applies it before it leaves. So a shard has one
//! writer at a time and nobody waits for a lock. What a shard answered is held until the batch that
//! holds its effects is durable.

#![forbid(unsafe_code)]

mod account_view;
mod adaptation;
mod admission;
mod batch;
mod bundles;
mod cdr_inputs;
mod cdr_json;
mod commands;
mod commit;
mod config;
mod connection;
mod control;
mod control_door;
mod copy;
mod credit_control;
mod depletion;
mod describe;
mod diameter_answer;
mod diameter_request;
mod directory;
mod door;
mod evidence;
mod expand;
mod forwarding;
mod forwards;
mod grant_terms;
mod identities;
mod latest_balances;
mod link_wire;
mod links;
mod live_trace;
mod locating;
mod node;
mod order_queue;
mod orders;
mod outcome;
mod overload;
mod ownership;
mod parking;
mod peer_clocks;
mod peer_table;
mod peers;
mod precedence;
mod queued;
mod radius;
mod recovery;
mod routes;
mod running_total;
mod session_orders;
mod session_view;
mod shard_cell;
mod span;
mod statistics;
mod sums;
mod timers;
mod utilisation;
mod watched;

pub use batch::{Batch, Released};
pub use bundles::Outcomes;
pub use cdr_inputs::CdrInputs;
pub use config::{ConfigError, EngineConfig};
pub use control::{Refused, RequestJson};
pub use describe::describe;
pub use evidence::Lookup;
pub use expand::{BalanceRow, Expansion, expand};
pub use latest_balances::LatestBalances;
pub use live_trace::{EXCHANGES_WAITING, TRACES_AT_ONCE, Traced};
pub use node::{Feed, Node, NodeError, Written};
pub use openmvno_diameter::peer::Transport;
pub use peers::check_peers;
pub use radius::{Chain, Drained, Gate, Outgoing, Socket};
pub use sums::{Measure, Sum};
