//! Lines on their way from one payer to another: in the books each is in one place, with what it has.

use super::book::{Account, Line};
use super::bucket::{Bucket, FOREVER};
use super::commands::{id, text};
use super::stock::Volumes;
use super::violation::{Rule, Violation, check};
use openmvno_charging::{Effect, LineStatus, Record, Uuid};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Where a line is, for one of its payers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Here; by which change it came, if by one.
    Here(Option<Uuid>),
    /// It stands still; by which change, and the status it had.
    Frozen(Uuid, LineStatus),
    /// What it has was taken out.
    Exported(Uuid),
    /// Elsewhere.
    Left(Uuid),
}

/// What a line brings along.
#[derive(Clone, Debug)]
pub(super) struct Baggage {
    line: Line,
    buckets: Vec<Bucket>,
    volumes: Volumes,
}

/// By change of payer.
pub(super) type Travelling = BTreeMap<Uuid, Baggage>;

impl Account {
    /// A step of a line's way, or another command about one that is on its way: whether it is
    /// allowed. `None` where it is none of that.
    pub(super) fn travel(
        &mut self,
        kind: &str,
        json: &Value,
        record: &Record<'_>,
        travelling: &RefCell<Travelling>,
    ) -> Result<Option<bool>, Violation> {
        let (at, change) = (self.line_of(json), id(json, "change"));
        let way = at.map(|at| self.lines[at].way);
        Ok(Some(match kind {
            "freeze_line" => self.freeze(at, change, json, record)?,
            "export_line" => self.export(at, change, travelling),
            "import_line" => self.import(at, change, json, travelling),
            "release_line" => self.let_go(at, change),
            "rate_usage" | "abort_session" => match way {
                Some(Way::Exported(_) | Way::Left(_)) => false,
                _ => return Ok(None),
            },
            _ => match way {
                Some(Way::Frozen(..) | Way::Exported(_) | Way::Left(_)) => false,
                _ => return Ok(None),
            },
        }))
    }

    fn freeze(
        &mut self,
        at: Option<usize>,
        change: Uuid,
        json: &Value,
        record: &Record<'_>,
    ) -> Result<bool, Violation> {
        let Some(at) = at else { return Ok(false) };
        match self.lines[at].way {
            Way::Here(_) => {
                let status = self.lines[at].status;
                self.lines[at].way = Way::Frozen(change, status);
                let stands = |effect: &Effect<'_>| {
                    let moving = LineStatus::Moving;
                    matches!(effect, Effect::LineChanged { status, .. } if *status == moving)
                };
                check(record.effects.iter().any(stands), Rule::Commands, || {
                    "a frozen line goes on".to_owned()
                })?;
                self.abort_sessions(json, record)
            }
            Way::Frozen(by, _) => Ok(by == change),
            Way::Exported(_) | Way::Left(_) => Ok(false),
        }
    }

    fn export(
        &mut self,
        at: Option<usize>,
        change: Uuid,
        travelling: &RefCell<Travelling>,
    ) -> bool {
        let Some(at) = at else { return false };
        let Way::Frozen(by, status) = self.lines[at].way else {
            return false;
        };
        if by != change {
            return false;
        }
        let ordinal = u16::try_from(at).unwrap_or(u16::MAX);
        let mut line = self.lines[at].clone();
        (line.status, line.way) = (status, Way::Here(Some(change)));
        let own = self.stock.buckets.iter();
        let own = own.filter(|bucket| bucket.line == Some(ordinal));
        let mut buckets: Vec<Bucket> = own.cloned().collect();
        for pool in &mut self.stock.buckets {
            let of_line = pool.instance.is_some_and(|instance| {
                instance == line.id || line.addons.iter().any(|(addon, _)| *addon == instance)
            });
            if of_line && pool.line.is_none() && pool.renews && pool.from != FOREVER {
                buckets.push(Bucket {
                    initial: 0,
                    used: 0,
                    reserved: 0,
                    members: BTreeMap::new(),
                    ..pool.clone()
                });
                pool.renews = false;
            }
        }
        let volumes = self.stock.volumes.iter();
        let volumes = volumes.filter(|((_, of), _)| *of == Some(ordinal));
        let volumes = volumes.map(|(key, value)| (key.clone(), *value)).collect();
        self.stock.take_from(ordinal);
        self.lines[at].way = Way::Exported(change);
        let baggage = Baggage {
            line,
            buckets,
            volumes,
        };
        travelling.borrow_mut().insert(change, baggage);
        true
    }

    fn import(
        &mut self,
        at: Option<usize>,
        change: Uuid,
        json: &Value,
        travelling: &RefCell<Travelling>,
    ) -> bool {
        match at.map(|at| self.lines[at].way) {
            Some(Way::Here(by)) => return by == Some(change),
            Some(Way::Frozen(..)) => return false,
            Some(Way::Exported(by)) if by != change => return false,
            Some(Way::Exported(_) | Way::Left(_)) | None => {}
        }
        // Nobody has it but the one who brings it: what was brought before is not there any more.
        let Some(baggage) = travelling.borrow_mut().remove(&change) else {
            return false;
        };
        if baggage.line.id != id(json, "line") || text(json, "type") != "import_line" {
            return false;
        }
        let ordinal = at.unwrap_or(self.lines.len());
        match self.lines.get_mut(ordinal) {
            Some(line) => *line = baggage.line,
            None => self.lines.push(baggage.line),
        }
        let ordinal = u16::try_from(ordinal).unwrap_or(u16::MAX);
        for bucket in baggage.buckets {
            let (id, line) = (self.stock.next, bucket.line.map(|_| ordinal));
            self.stock.open(Bucket { id, line, ..bucket });
        }
        // What a late report of an old session counted here meanwhile is the line's, too.
        for ((code, _), (used, until)) in baggage.volumes {
            let known = self.stock.volumes.get(&(code.clone(), Some(ordinal)));
            if known.is_none_or(|&(_, latest)| latest <= until) {
                self.stock.count(&code, Some(ordinal), used, until);
            }
        }
        true
    }

    fn let_go(&mut self, at: Option<usize>, change: Uuid) -> bool {
        let Some(at) = at else { return false };
        match self.lines[at].way {
            Way::Exported(by) if by == change => {
                self.lines[at].way = Way::Left(change);
                true
            }
            Way::Left(by) => by == change,
            _ => false,
        }
    }
}
