//! One request on its way to its answer.

use super::Port;
use super::answered::Key;
use crate::codec::{AttributeList, Code};
use std::net::SocketAddr;

/// A request that is being served.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub(crate) key: Key,
    pub(crate) client: usize,
    /// It had a Message-Authenticator.
    pub(crate) signed: bool,
    pub(crate) proxy_states: Box<[u8]>,
}

impl Exchange {
    /// The client's index.
    #[must_use]
    pub fn client(&self) -> usize {
        self.client
    }

    /// Where it came from and the answer goes to.
    #[must_use]
    pub fn source(&self) -> SocketAddr {
        self.key.source
    }

    /// The port it came to.
    #[must_use]
    pub fn port(&self) -> Port {
        self.key.port
    }
}

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Access-Accept, Access-Reject or Accounting-Response.
    pub code: Code,
    /// Its attributes.
    pub attributes: AttributeList,
}
