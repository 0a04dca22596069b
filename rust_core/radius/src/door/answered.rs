//! Requests of the last seconds: being served, or answered.

use super::Port;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

/// How long an answer is kept for retransmissions, milliseconds (RFC 5080 §2.2.2: a client sends
/// again for some seconds). A request that comes later is recognised by its content.
const WINDOW_MS: i64 = 10_000;

/// Requests remembered at a time; one more pushes the oldest answer out.
const REMEMBERED: usize = 1 << 18;

/// Requests served at a time; one more is dropped, and its client sends it again.
const SERVED: usize = 20_000;

/// What makes two datagrams one request (RFC 2865 §3): never shared by two requests of a client
/// within the window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) port: Port,
    pub(crate) source: SocketAddr,
    pub(crate) identifier: u8,
    pub(crate) authenticator: [u8; 16],
}

/// What is known of a request.
#[derive(Debug)]
pub(crate) enum Known<'a> {
    /// It is being served.
    Waiting,
    /// It was answered so.
    Answered(&'a [u8]),
}

#[derive(Debug)]
struct Entry {
    since: i64,
    /// `None` while it is being served.
    reply: Option<Box<[u8]>>,
}

/// Bounded in time and number.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    entries: HashMap<Key, Entry>,
    /// In order of answering.
    order: VecDeque<(i64, Key)>,
    waiting: usize,
}

impl Remembered {
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(crate) fn find(&mut self, key: &Key, now: i64) -> Option<Known<'_>> {
        self.forget_before(now - WINDOW_MS);
        Some(match &self.entries.get(key)?.reply {
            None => Known::Waiting,
            Some(reply) => Known::Answered(reply),
        })
    }

    /// A request is being served from now on; false when there are too many.
    pub(crate) fn wait(&mut self, key: Key, now: i64) -> bool {
        if self.waiting >= SERVED {
            return false;
        }
        let entry = Entry {
            since: now,
            reply: None,
        };
        if self.entries.insert(key, entry).is_none() {
            self.waiting += 1;
        }
        true
    }

    pub(crate) fn answered(&mut self, key: &Key, reply: &[u8], now: i64) {
        let Some(entry) = self.entries.get_mut(key).filter(|one| one.reply.is_none()) else {
            return;
        };
        entry.since = now;
        entry.reply = Some(reply.into());
        self.waiting -= 1;
        self.order.push_back((now, key.clone()));
        if self.order.len() > REMEMBERED {
            self.forget_oldest();
        }
    }

    /// A request that was being served is not any more.
    pub(crate) fn forget(&mut self, key: &Key) {
        if self.entries.get(key).is_some_and(|one| one.reply.is_none()) {
            self.entries.remove(key);
            self.waiting -= 1;
        }
    }

    fn forget_before(&mut self, time: i64) {
        while self.order.front().is_some_and(|(at, _)| *at < time) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((at, key)) = self.order.pop_front() {
            if self.entries.get(&key).is_some_and(|one| one.since == at) {
                self.entries.remove(&key);
            }
        }
    }
}
