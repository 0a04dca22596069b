//! Live traces: what the network asks about one subscriber and what it is answered, copied for an
//! operator who looks on. Nothing is copied of anybody else; nobody looking on costs one load.

use openmvno_charging::{Identity, IdentityKind, Uuid};
use parking_lot::Mutex;
use serde::Deserialize;
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::ConfigError;
use crate::node::Node;

/// Traces of a node at the same time.
pub const TRACES_AT_ONCE: usize = 8;

/// Exchanges of one trace that wait to be fetched; the oldest make room and are counted.
pub const EXCHANGES_WAITING: usize = 1_000;

/// Octets of one trace that wait to be fetched.
const OCTETS_WAITING: usize = 8 << 20;

/// Traces that look at the same exchange.
pub(crate) type Watchers = SmallVec<[u64; 2]>;

/// Whom a trace is about, in JSON: a line of a tenant, or a session of one of its lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    tenant: Uuid,
    #[serde(default)]
    line: Option<Uuid>,
    #[serde(default)]
    session: Option<String>,
    /// Of the line, as `["Msisdn", "385…"]`: for requests refused before anybody looked for it.
    #[serde(default)]
    identities: Vec<(IdentityKind, String)>,
}

impl Subject {
    /// Whether it is about this line of this tenant, or this session.
    pub(crate) fn is(&self, (tenant, line): (Uuid, Uuid), session: &str) -> bool {
        let named = self.session.as_deref();
        self.tenant == tenant
            && self.line.is_none_or(|own| own == line)
            && named.is_none_or(|own| own == session)
    }

    /// Whether a request that reached no line names its line.
    pub(crate) fn is_named_by(&self, identities: &[Identity], session: &str) -> bool {
        let own = |(kind, digits): &(IdentityKind, String)| Identity::new(*kind, digits);
        let mut known = self.identities.iter().filter_map(own);
        self.session.as_deref().is_none_or(|own| own == session)
            && known.any(|identity| identities.contains(&identity))
    }
}

/// One request of the subscriber and its answer.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// `diameter`, or `engine` for what came in JSON.
    pub door: &'static str,
    /// Origin-Host, or what a JSON request calls its origin.
    pub peer: String,
    /// Session-Id.
    pub session: String,
    /// The shard that served it; `None` when none did.
    pub shard: Option<u16>,
    /// When it arrived, Unix milliseconds.
    pub at: i64,
    /// When its answer left; 0 when it was past its deadline by then, so that none left.
    pub answered: i64,
    /// As it came.
    pub request: Vec<u8>,
    /// As it was answered.
    pub answer: Vec<u8>,
    /// The journal records it caused, a payload of their own.
    pub journal: Vec<u8>,
    /// The account and the session before it, JSON; empty when no shard served it.
    pub before: String,
    /// And after it.
    pub after: String,
}

impl Traced {
    fn octets(&self) -> usize {
        let texts = self.before.len() + self.after.len();
        self.request.len() + self.answer.len() + self.journal.len() + texts
    }
}

#[derive(Debug)]
struct Trace {
    subject: Subject,
    waiting: VecDeque<Arc<Traced>>,
    octets: usize,
    dropped: u64,
}

impl Trace {
    fn put(&mut self, exchange: &Arc<Traced>) {
        self.octets += exchange.octets();
        self.waiting.push_back(Arc::clone(exchange));
        while self.waiting.len() > EXCHANGES_WAITING || self.octets > OCTETS_WAITING {
            let Some(oldest) = self.waiting.pop_front() else {
                return;
            };
            self.octets -= oldest.octets();
            self.dropped += 1;
        }
    }
}

/// The traces that run.
#[derive(Debug, Default)]
pub(crate) struct LiveTraces {
    open: AtomicUsize,
    all: Mutex<(u64, BTreeMap<u64, Trace>)>,
}

impl LiveTraces {
    /// Whether anybody looks on: all that a request pays while nobody does.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.open.load(Ordering::Relaxed) != 0
    }

    /// The traces whose subject is meant.
    pub(crate) fn watchers(&self, is_meant: impl Fn(&Subject) -> bool) -> Watchers {
        let all = self.all.lock();
        let meant = all.1.iter().filter(|(_, trace)| is_meant(&trace.subject));
        meant.map(|(&id, _)| id).collect()
    }

    /// Keeps an exchange for those who look on.
    pub(crate) fn put(&self, watchers: &[u64], exchange: Traced) {
        let exchange = Arc::new(exchange);
        let mut all = self.all.lock();
        for id in watchers {
            if let Some(trace) = all.1.get_mut(id) {
                trace.put(&exchange);
            }
        }
    }
}

impl Node {
    /// Begins a trace and returns its number, `None` when too many run already.
    ///
    /// # Errors
    /// The subject is not one.
    pub fn trace_start(&self, subject: &[u8]) -> Result<Option<u64>, ConfigError> {
        let subject: Subject =
            serde_json::from_slice(subject).map_err(|error| ConfigError(error.to_string()))?;
        if subject.line.is_none() && subject.session.is_none() {
            return Err(ConfigError("a trace names a line or a session".to_owned()));
        }
        let mut all = self.live_traces.all.lock();
        if all.1.len() >= TRACES_AT_ONCE {
            return Ok(None);
        }
        all.0 += 1;
        let id = all.0;
        let trace = Trace {
            subject,
            waiting: VecDeque::new(),
            octets: 0,
            dropped: 0,
        };
        all.1.insert(id, trace);
        self.live_traces.open.store(all.1.len(), Ordering::Relaxed);
        Ok(Some(id))
    }

    /// What a trace saw since it was asked last, oldest first, and how many exchanges made room.
    pub fn trace_take(&self, id: u64) -> (Vec<Arc<Traced>>, u64) {
        let mut all = self.live_traces.all.lock();
        let Some(trace) = all.1.get_mut(&id) else {
            return (Vec::new(), 0);
        };
        trace.octets = 0;
        let dropped = std::mem::take(&mut trace.dropped);
        (trace.waiting.drain(..).collect(), dropped)
    }

    /// Ends a trace; what waits is forgotten.
    pub fn trace_stop(&self, id: u64) {
        let mut all = self.live_traces.all.lock();
        all.1.remove(&id);
        self.live_traces.open.store(all.1.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        let subject = r#"{"tenant": "01010101-0101-0101-0101-010101010101", "session": "s"}"#;
        Trace {
            subject: serde_json::from_str(subject).expect("a subject"),
            waiting: VecDeque::new(),
            octets: 0,
            dropped: 0,
        }
    }

    fn exchange(at: i64, octets: usize) -> Arc<Traced> {
        Arc::new(Traced {
            at,
            request: vec![0; octets],
            ..Traced::default()
        })
    }

    #[test]
    fn the_oldest_makes_room_and_is_counted() {
        let mut trace = trace();
        for at in 0..1_005 {
            trace.put(&exchange(at, 1));
        }
        assert_eq!((trace.waiting.len(), trace.dropped), (1_000, 5));
        assert_eq!(trace.waiting.front().map(|first| first.at), Some(5));
        assert_eq!(trace.octets, 1_000);
    }

    #[test]
    fn octets_are_bounded_too() {
        let mut trace = trace();
        for at in 0..9 {
            trace.put(&exchange(at, 1 << 20));
        }
        assert_eq!((trace.waiting.len(), trace.dropped), (8, 1));
    }
}
