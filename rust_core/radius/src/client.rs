//! The network access servers that may talk to us.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use thiserror::Error;

/// An address or a CIDR block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Not an address or a CIDR block.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not an IP address or a CIDR block such as 192.0.2.0/24")]
pub struct NetworkError(String);

impl Network {
    /// Whether an address belongs to it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let same_head = |own: u128, other: u128, width: u8| {
            let shift = u32::from(width - self.prefix);
            own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same_head(u32::from(own).into(), u32::from(other).into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => same_head(own.into(), other.into(), 128),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(text) => text.parse().map_err(|_| wrong())?,
        };
        if prefix > width {
            return Err(wrong());
        }
        Ok(Self { address, prefix })
    }
}

/// A client: who it is and what it shares with us.
#[derive(Clone)]
pub struct Client {
    /// Its name in configuration, metrics and Session-Ids.
    pub name: Box<str>,
    /// Where its datagrams come from.
    pub network: Network,
    /// The shared secret.
    pub secret: Box<[u8]>,
    /// An Access-Request without Message-Authenticator is dropped (CVE-2024-3596).
    pub must_sign: bool,
}

impl fmt::Debug for Client {
    /// Everything but the secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("name", &self.name)
            .field("network", &self.network)
            .field("must_sign", &self.must_sign)
            .finish_non_exhaustive()
    }
}

/// All clients.
#[derive(Clone, Debug, Default)]
pub struct Clients(Vec<Client>);

impl Clients {
    /// The index of the client an address belongs to: that of the narrowest block.
    #[must_use]
    pub fn at(&self, address: IpAddr) -> Option<usize> {
        // An IPv4 address on a socket of both families (RFC 4291 §2.5.5.2).
        let address = address.to_canonical();
        let matching = self.0.iter().enumerate();
        matching
            .filter(|(_, client)| client.network.contains(address))
            .max_by_key(|(index, client)| (client.network.prefix, usize::MAX - index))
            .map(|(index, _)| index)
    }

    /// A client by its index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Client> {
        self.0.get(index)
    }
}

impl FromIterator<Client> for Clients {
    fn from_iter<I: IntoIterator<Item = Client>>(clients: I) -> Self {
        Self(clients.into_iter().collect())
    }
}
