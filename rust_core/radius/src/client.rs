//! The network access servers that may talk to us.

use openmvno_addresses::AddressRange;
use std::fmt;
use std::net::IpAddr;

/// A client: who it is and what it shares with us.
#[derive(Clone)]
pub struct Client {
    /// Its name in configuration, metrics and Session-Ids.
    pub name: Box<str>,
    /// Where its datagrams come from.
    pub network: AddressRange,
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
        let matching = self.0.iter().enumerate();
        matching
            .filter(|(_, client)| client.network.contains(address))
            .max_by_key(|(index, client)| (client.network.prefix(), usize::MAX - index))
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
