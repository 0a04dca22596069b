//! Which peers may connect: by Origin-Host, address, certificate and number of connections.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use openmvno_addresses::AddressRange;
use thiserror::Error;

use super::profile::Profile;

/// The Origin-Hosts a rule is about. Names compare without case (RFC 6733 §4.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// This host alone.
    Host(String),
    /// Every host below this realm, written `*.realm`.
    Realm(String),
    /// Every host, written `*`.
    Any,
}

/// Why a text is not a [`HostPattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an Origin-Host such as gw1.example.net, *.example.net for a realm, or * is needed")]
pub struct HostPatternError;

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, HostPatternError> {
        let name = text.to_ascii_lowercase();
        if name == "*" {
            return Ok(Self::Any);
        }
        let (realm, name) = match name.strip_prefix("*.") {
            Some(realm) => (true, realm.to_owned()),
            None => (false, name),
        };
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let label = |label: &str| !label.is_empty() && label.bytes().all(letter);
        if name.len() > 255 || !name.split('.').all(label) {
            return Err(HostPatternError);
        }
        Ok(if realm {
            Self::Realm(name)
        } else {
            Self::Host(name)
        })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => formatter.write_str(name),
            Self::Realm(realm) => write!(formatter, "*.{realm}"),
            Self::Any => formatter.write_str("*"),
        }
    }
}

/// What holds for the peers of a pattern.
#[derive(Clone, Debug)]
pub struct PeerRule {
    /// Whom it is about.
    pub hosts: HostPattern,
    /// Where they may connect from; empty: from anywhere.
    pub addresses: Vec<AddressRange>,
    /// A name their TLS certificate must have; such peers cannot connect without TLS.
    pub certificate: Option<String>,
    /// Connections open at the same time.
    pub connections: u32,
    /// How to treat what they send.
    pub profile: Arc<Profile>,
    /// Whether they may connect at all.
    pub enabled: bool,
}

/// The transport connection under a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Where the peer connects from.
    pub remote: IpAddr,
    /// Our end, for Host-IP-Address (RFC 6733 §5.3.5).
    pub local: IpAddr,
    /// Names in the peer's certificate; `None` without TLS.
    pub certificate_names: Option<Vec<String>>,
}

/// Why a peer may not connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No rule is about it.
    #[error("is not a peer of ours")]
    Unknown,
    /// Its rule is switched off.
    #[error("is disabled")]
    Disabled,
    /// It connects from elsewhere.
    #[error("may not connect from this address")]
    Address,
    /// Its certificate is another's, or it came without TLS.
    #[error("did not show the certificate it is bound to")]
    Certificate,
    /// As many connections as allowed are open.
    #[error("has as many connections open as it may")]
    Full,
}

/// A rule, and how many of its connections are open.
#[derive(Debug)]
struct Place {
    rule: PeerRule,
    taken: AtomicU32,
}

/// One of the connections a rule allows; it is free again when this is dropped.
#[derive(Debug)]
pub struct Seat(Arc<Place>);

impl Seat {
    /// The rule that admitted the peer.
    #[must_use]
    pub fn rule(&self) -> &PeerRule {
        &self.0.rule
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All rules. The most specific one decides: a host before its realm, a longer realm before a
/// shorter one, `*` last; so a disabled host stays out of an enabled realm.
#[derive(Debug, Default)]
pub struct PeerTable {
    hosts: HashMap<String, Arc<Place>>,
    /// Longest first.
    realms: Vec<(String, Arc<Place>)>,
    any: Option<Arc<Place>>,
}

impl PeerTable {
    /// A table of rules; of two with the same pattern the later one counts.
    #[must_use]
    pub fn new(rules: impl IntoIterator<Item = PeerRule>) -> Self {
        let mut table = Self::default();
        for rule in rules {
            let pattern = rule.hosts.clone();
            let taken = AtomicU32::new(0);
            let place = Arc::new(Place { rule, taken });
            match pattern {
                HostPattern::Any => table.any = Some(place),
                HostPattern::Host(host) => {
                    table.hosts.insert(host, place);
                }
                HostPattern::Realm(realm) => {
                    table.realms.retain(|(known, _)| *known != realm);
                    table.realms.push((realm, place));
                }
            }
        }
        table
            .realms
            .sort_by_key(|(realm, _)| std::cmp::Reverse(realm.len()));
        table
    }

    /// Everybody may connect from anywhere, as often as they like.
    #[must_use]
    pub fn open() -> Self {
        Self::new([PeerRule {
            hosts: HostPattern::Any,
            addresses: Vec::new(),
            certificate: None,
            connections: u32::MAX,
            profile: Arc::default(),
            enabled: true,
        }])
    }

    /// Takes a connection for the peer of this Origin-Host.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn admit(&self, origin_host: &str, transport: &Transport) -> Result<Seat, Refusal> {
        let place = self.place_of(origin_host).ok_or(Refusal::Unknown)?;
        place.rule.check(transport)?;
        let more = |taken: u32| (taken < place.rule.connections).then(|| taken + 1);
        let taken = &place.taken;
        taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .map_err(|_| Refusal::Full)?;
        Ok(Seat(Arc::clone(place)))
    }

    fn place_of(&self, origin_host: &str) -> Option<&Arc<Place>> {
        let host = origin_host.to_ascii_lowercase();
        let below = |realm: &str| {
            let rest = host.strip_suffix(realm);
            rest.is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        };
        let realm = || self.realms.iter().find(|(realm, _)| below(realm));
        let named = self.hosts.get(&host);
        named
            .or_else(|| realm().map(|(_, place)| place))
            .or(self.any.as_ref())
    }
}

impl PeerRule {
    fn check(&self, transport: &Transport) -> Result<(), Refusal> {
        if !self.enabled {
            return Err(Refusal::Disabled);
        }
        let here = |range: &AddressRange| range.contains(transport.remote);
        if !self.addresses.is_empty() && !self.addresses.iter().any(here) {
            return Err(Refusal::Address);
        }
        let Some(wanted) = &self.certificate else {
            return Ok(());
        };
        let names = transport.certificate_names.as_deref().unwrap_or_default();
        if names.iter().any(|name| name.eq_ignore_ascii_case(wanted)) {
            Ok(())
        } else {
            Err(Refusal::Certificate)
        }
    }
}
