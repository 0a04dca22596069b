//! Requests handed in together, whose outcomes are handed out together.

use crate::node::Node;
use crate::outcome::{refused_json, unknown_json};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Marks the token of a request that belongs to a bundle.
const BUNDLED: u64 = 1 << 63;
/// Below the bundle's number: the request's place in it.
const PLACE_BITS: u32 = 16;

/// Outcomes of a bundle, in the order of its requests.
pub type Outcomes = Vec<Box<[u8]>>;

#[derive(Debug)]
struct Bundle {
    outcomes: Vec<Option<Box<[u8]>>>,
    missing: usize,
}

impl Bundle {
    fn put(&mut self, place: usize, outcome: Box<[u8]>) {
        if let Some(slot) = self.outcomes.get_mut(place) {
            self.missing -= usize::from(slot.is_none());
            *slot = Some(outcome);
        }
    }

    fn take(self) -> Outcomes {
        let all = self.outcomes.into_iter();
        all.map(|outcome| outcome.unwrap_or_else(unknown_json))
            .collect()
    }
}

/// Bundles some of whose outcomes are not durable yet.
#[derive(Debug, Default)]
pub(crate) struct Bundles(Mutex<BTreeMap<u64, Bundle>>);

impl Bundles {
    /// Takes the outcomes of bundled requests out of `outcomes`; the bundles that are whole now.
    pub(crate) fn settle(&self, outcomes: &mut Vec<(u64, Box<[u8]>)>) -> Vec<(u64, Outcomes)> {
        let mut open = self.0.lock();
        let mut whole = Vec::new();
        let mut others = Vec::new();
        for (token, outcome) in outcomes.drain(..) {
            if token & BUNDLED == 0 {
                others.push((token, outcome));
                continue;
            }
            let (number, place) = parts(token);
            let Some(bundle) = open.get_mut(&number) else {
                continue;
            };
            bundle.put(place, outcome);
            if bundle.missing == 0 {
                whole.extend(open.remove(&number).map(|bundle| (number, bundle.take())));
            }
        }
        *outcomes = others;
        whole
    }
}

fn parts(token: u64) -> (u64, usize) {
    let place = token & ((1 << PLACE_BITS) - 1);
    let number = (token & !BUNDLED) >> PLACE_BITS;
    (number, usize::try_from(place).unwrap_or(0))
}

impl Node {
    /// Charging requests in JSON, at most 65,536. Their outcomes are returned at once when nothing
    /// had to be journaled, else all together with [`Node::release`] under `number`, below 2⁴⁷.
    pub fn submit_all(&self, number: u64, requests: &[&[u8]], now: i64) -> Option<Outcomes> {
        let bundle = Bundle {
            outcomes: vec![None; requests.len()],
            missing: requests.len(),
        };
        self.bundles.0.lock().insert(number, bundle);
        let tokens = (BUNDLED | number << PLACE_BITS)..;
        let mut immediate = Vec::new();
        for (place, (token, request)) in tokens.zip(requests).enumerate() {
            let outcome = match self.submit(token, request, now) {
                Ok(outcome) => outcome,
                Err(refused) => Some(refused_json(&refused)),
            };
            immediate.extend(outcome.map(|outcome| (place, outcome)));
        }
        let mut open = self.bundles.0.lock();
        let bundle = open.get_mut(&number)?;
        for (place, outcome) in immediate {
            bundle.put(place, outcome);
        }
        if bundle.missing > 0 {
            return None;
        }
        open.remove(&number).map(Bundle::take)
    }

    /// Nobody waits for a bundle any more: what is known of it, and for the rest that it is not
    /// durable yet.
    pub fn abandon(&self, number: u64) -> Option<Outcomes> {
        self.bundles.0.lock().remove(&number).map(Bundle::take)
    }
}
