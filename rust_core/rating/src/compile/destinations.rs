//! Reading `destinations`: named sets of prefixes, and groups of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::digit_trie::DigitTrie;
use crate::document::Object;
use crate::fields::{Codes, code, digits, limited, reference};
use crate::mistakes::Mistakes;

/// Prefixes of all destinations together, each group counted with everything it includes: a short document of
/// groups of groups could otherwise fill any memory.
const MOST_PREFIXES: usize = 10_000_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    #[default]
    Ordinary,
    Emergency,
    TollFree,
}

const KINDS: &[(&str, Kind)] = &[
    ("ordinary", Kind::Ordinary),
    ("emergency", Kind::Emergency),
    ("toll_free", Kind::TollFree),
];

#[derive(Default)]
pub(super) struct Destinations<'a> {
    pub(super) codes: Codes,
    /// Everything included, without repetition.
    pub(super) prefixes: Vec<BTreeSet<&'a str>>,
    pub(super) emergency: DigitTrie,
    pub(super) toll_free: DigitTrie,
}

/// One destination as it is written.
struct Written<'a> {
    kind: Kind,
    prefixes: BTreeSet<&'a str>,
    /// Path and position of what it includes.
    include: Vec<(String, usize)>,
}

pub(super) fn read<'a>(document: &Object<'a>, mistakes: &mut Mistakes) -> Destinations<'a> {
    let mut found = Destinations::default();
    let elements = limited(document.list("destinations", mistakes), mistakes);
    let mut objects = Vec::new();
    for (path, value) in elements {
        const FIELDS: &[&str] = &["code", "kind", "prefixes", "include"];
        // Included destinations may stand further down: all codes first.
        if let Some(object) = Object::open(value, path, FIELDS, mistakes) {
            code(&object, &mut found.codes, objects.len(), mistakes);
            objects.push(object);
        }
    }
    let mut kinds = BTreeMap::new();
    let written: Vec<Written<'a>> = objects
        .iter()
        .map(|object| written(object, &found.codes, &mut kinds, mistakes))
        .collect();
    found.prefixes = Resolver::new(&written).resolve(mistakes);
    for (destination, prefixes) in written.iter().zip(&found.prefixes) {
        let trie = match destination.kind {
            Kind::Ordinary => continue,
            Kind::Emergency => &mut found.emergency,
            Kind::TollFree => &mut found.toll_free,
        };
        *trie = prefix_set(prefixes);
    }
    found
}

fn written<'a>(
    object: &Object<'a>,
    codes: &Codes,
    kinds: &mut BTreeMap<Kind, String>,
    mistakes: &mut Mistakes,
) -> Written<'a> {
    let kind = object
        .choice("kind", Some(Kind::default()), KINDS, mistakes)
        .unwrap_or_default();
    if kind != Kind::Ordinary {
        if let Some(first) = kinds.get(&kind) {
            let message = format!("there is one of this kind already: {first}");
            mistakes.add(&object.at("kind"), message);
        } else {
            kinds.insert(kind, object.path.clone());
        }
    }
    // "" would make every number free of charge.
    let least = usize::from(kind != Kind::Ordinary);
    let mut prefixes = BTreeSet::new();
    for (path, value) in object.list("prefixes", mistakes) {
        let Some(prefix) = digits(&path, value, least, mistakes) else {
            continue;
        };
        if !prefixes.insert(prefix) {
            mistakes.add(&path, format!("{prefix} is already in the list"));
        }
    }
    let mut include = Vec::new();
    for (path, value) in object.list("include", mistakes) {
        if let Some(position) = reference(&path, value, "destination", codes, mistakes) {
            include.push((path, position));
        }
    }
    let empty = |field| {
        object
            .get(field)
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty)
    };
    if empty("prefixes") && empty("include") {
        mistakes.add(
            &object.at("prefixes"),
            "needs prefixes or destinations to include",
        );
    }
    Written {
        kind,
        prefixes,
        include,
    }
}

/// A set of prefixes to look numbers up in.
pub(super) fn prefix_set(prefixes: &BTreeSet<&str>) -> DigitTrie {
    let mut trie = DigitTrie::default();
    for prefix in prefixes {
        trie.insert(prefix.as_bytes(), 0);
    }
    trie
}

/// Follows inclusion depth first, on a stack of its own: documents may nest deeper than a thread's stack.
struct Resolver<'a, 'w> {
    written: &'w [Written<'a>],
    state: Vec<State<'a>>,
    total: usize,
}

#[derive(Clone)]
enum State<'a> {
    Untouched,
    Open,
    Done(BTreeSet<&'a str>),
}

impl<'a, 'w> Resolver<'a, 'w> {
    fn new(written: &'w [Written<'a>]) -> Self {
        Self {
            written,
            state: vec![State::Untouched; written.len()],
            total: 0,
        }
    }

    fn resolve(mut self, mistakes: &mut Mistakes) -> Vec<BTreeSet<&'a str>> {
        for start in 0..self.written.len() {
            if matches!(self.state[start], State::Untouched) {
                self.walk(start, mistakes);
            }
        }
        self.state
            .into_iter()
            .map(|state| match state {
                State::Done(prefixes) => prefixes,
                State::Untouched | State::Open => BTreeSet::new(),
            })
            .collect()
    }

    fn walk(&mut self, start: usize, mistakes: &mut Mistakes) {
        self.state[start] = State::Open;
        let mut stack = vec![(start, 0)];
        while let Some((position, next)) = stack.pop() {
            let Some((path, included)) = self.written[position].include.get(next) else {
                self.close(position, mistakes);
                continue;
            };
            stack.push((position, next + 1));
            match self.state[*included] {
                State::Untouched => {
                    self.state[*included] = State::Open;
                    stack.push((*included, 0));
                }
                State::Open => mistakes.add(path, "includes itself, directly or through others"),
                State::Done(_) => {}
            }
        }
    }

    /// Everything it includes is done, but for what goes round in circles.
    fn close(&mut self, position: usize, mistakes: &mut Mistakes) {
        let mut prefixes = self.written[position].prefixes.clone();
        for (path, included) in &self.written[position].include {
            if let State::Done(more) = &self.state[*included] {
                self.total += more.len();
                if self.total > MOST_PREFIXES {
                    let message = format!("includes too much: at most {MOST_PREFIXES} prefixes");
                    mistakes.add(path, message);
                    break;
                }
                prefixes.extend(more);
            }
        }
        self.state[position] = State::Done(prefixes);
    }
}
