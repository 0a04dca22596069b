//! The parsers.

mod catalogue;
mod commands;
mod door;
mod expression;
mod gate;
mod journal;
mod message;
mod packet;
mod peer;
mod requests;
mod snapshot;

use crate::target::Target;

/// Every target.
#[must_use]
pub fn all() -> Vec<Box<dyn Target>> {
    weighted().into_iter().map(|(target, _)| target).collect()
}

/// With its share of a thousand executions: about what it costs is turned around.
fn weighted() -> Vec<(Box<dyn Target>, u64)> {
    vec![
        (Box::new(message::DiameterMessage::default()), 430),
        (Box::new(packet::RadiusPacket), 270),
        (Box::new(peer::DiameterPeer::default()), 80),
        (Box::new(expression::PriceExpression), 70),
        (Box::new(requests::ChargingRequest::default()), 50),
        (Box::new(gate::RadiusGate::default()), 40),
        (Box::new(journal::JournalPayload), 30),
        (Box::new(snapshot::SnapshotSlice::default()), 10),
        (Box::new(commands::EngineCommand::default()), 8),
        (Box::new(door::DiameterDoor::default()), 8),
        (Box::new(catalogue::CatalogueDocument), 4),
    ]
}

/// Targets with their shares of so many executions; `only` names those that share, none all.
#[must_use]
pub fn shares(executions: u64, only: &[String]) -> Vec<(Box<dyn Target>, u64)> {
    let chosen: Vec<_> = weighted()
        .into_iter()
        .filter(|(target, _)| only.is_empty() || only.iter().any(|name| name == target.name()))
        .collect();
    let weights: u64 = chosen.iter().map(|(_, weight)| weight).sum();
    let share = |weight| executions * weight / weights.max(1);
    chosen
        .into_iter()
        .map(|(target, weight)| (target, share(weight)))
        .collect()
}
