//! What the installation says of a client beside its address and secret.

use openmvno_radius::{Client, Clients};
use serde::Deserialize;

/// Which limit of octets a client understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Vendor {
    /// None: it is told to report often instead.
    None,
    /// Mikrotik-Total-Limit.
    Mikrotik,
    /// ChilliSpot-Max-Total-Octets.
    Chillispot,
}

/// What Called-Station-Id means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Called {
    /// The access point (TS 29.061 §16.4.7).
    AccessPoint,
    /// The number called.
    Number,
    /// Nothing that counts, such as the address of a Wi-Fi radio (RFC 3580 §3.20).
    Nothing,
}

/// How much is reserved at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reserve {
    /// As much as the service grants at most and the payers cover.
    All,
    /// What the service grants by default: it leaves money to other sessions.
    Share,
}

/// A client as the database has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) name: String,
    network: String,
    secret: String,
    message_authenticator: bool,
    /// Whoever it names is let in without a password.
    pub(super) trusted: bool,
    /// Code of the service it gives access to.
    pub(super) service: String,
    pub(super) rating_group: Option<u32>,
    pub(super) called_station: Called,
    pub(super) reserve: Reserve,
    pub(super) vendor: Vendor,
    /// Where it takes Disconnect and `CoA`.
    pub(super) coa_port: Option<u16>,
    pub(super) interim_seconds: Option<u32>,
    pub(super) idle_seconds: Option<u32>,
}

/// All clients, in the order of their indexes.
pub(super) fn read(json: &[u8]) -> Result<(Clients, Vec<Policy>), String> {
    let policies: Vec<Policy> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let client = |policy: &Policy| {
        let network = policy.network.parse();
        Ok(Client {
            name: policy.name.as_str().into(),
            network: network.map_err(|error| format!("client {}: {error}", policy.name))?,
            secret: policy.secret.as_bytes().into(),
            must_sign: policy.message_authenticator,
        })
    };
    let clients: Result<Clients, String> = policies.iter().map(client).collect();
    Ok((clients?, policies))
}
