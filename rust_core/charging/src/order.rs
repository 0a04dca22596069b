//! What a shard wants of the gateways of its own accord: that they report and ask anew (RFC 8506
//! §5.5), or end a session (RFC 6733 §8.5).
//!
//! Orders are made when a command or timer is applied live, never in replay: who applied it last
//! owns the shard and talks to the gateways. One that is lost costs nothing but time, since the
//! gateway comes by itself when its grant's Validity-Time is over; a session that is to end is marked
//! in the journal and gets nothing more.

use crate::account::{Account, LineTerms};
use crate::administer::Decided;
use crate::bucket::FOREVER;
use crate::clock::Millis;
use crate::command::{Command, CommandError};
use crate::effect::{Effect, Effects};
use crate::id::Uuid;
use crate::journal::JournalWriter;
use crate::session::Session;
use crate::shard::Shard;
use serde_json::json;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// Report what was used and ask anew.
    Reauthorise,
    /// End the session.
    Abort,
}

/// A message to the gateway of a session, to leave when what caused it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What is wanted.
    pub kind: OrderKind,
    /// Session-Id.
    pub session: Box<str>,
    /// Origin-Host of its client.
    pub gateway: Box<str>,
    /// Origin-Realm of its client.
    pub realm: Box<str>,
    /// CC-Request-Number of the session's last request when the order was made.
    pub number: u32,
}

/// Whose sessions a change concerns.
#[derive(Clone, Copy, Debug)]
enum Concerned {
    /// Those of the account that could not get all they asked for.
    Short,
    /// All of a line.
    Line(u16),
    /// One, by its ordinal.
    Session(u32),
}

impl Shard {
    /// The orders that effects on an account call for. To be asked before they are applied, since some
    /// matter only as a change.
    pub(crate) fn orders_after(&self, slot: Option<u32>, effects: &[Effect<'_>]) -> Vec<Order> {
        let account = slot.and_then(|slot| self.accounts.get(slot as usize));
        let Some(account) = account.filter(|account| !account.open.is_empty()) else {
            return Vec::new();
        };
        let changes: Vec<Concerned> = effects
            .iter()
            .filter_map(|effect| concerned(account, effect))
            .collect();
        self.open_sessions(account)
            .filter(|session| !session.expired)
            .filter_map(|session| {
                let mine = changes.iter().filter(|change| change.is_about(session));
                let kind = mine.map(Concerned::kind).max_by_key(|&kind| kind as u8)?;
                self.order(session, kind)
            })
            .collect()
    }

    /// An order about a session; `None` where its client is not a Diameter node.
    fn order(&self, session: &Session, kind: OrderKind) -> Option<Order> {
        let peer = &self.peers[usize::from(session.origin_host)];
        (!peer.realm.is_empty()).then(|| Order {
            kind,
            session: session.id.clone(),
            gateway: peer.host.clone(),
            realm: peer.realm.clone(),
            number: session.last_number,
        })
    }

    /// Another engine may have fallen before its orders to end sessions arrived.
    pub(crate) fn order_aborts_again(&mut self) {
        let open = self.sessions.iter().flatten();
        let aborted = open.filter(|session| session.aborted && !session.expired);
        let orders: Vec<Order> = aborted
            .filter_map(|session| self.order(session, OrderKind::Abort))
            .collect();
        self.orders.extend(orders);
    }

    /// The tenant's catalogue changed: its sessions are looked at from the first on.
    pub(crate) fn sweep_for_catalog(&mut self, tenant: Uuid) {
        let tenant = self.tenant_index(tenant);
        self.catalog_sweeps.retain(|&(known, _)| known != tenant);
        self.catalog_sweeps.push_back((tenant, 0));
    }

    /// The client of a session says that it does not know it (5002): the session is given up like a
    /// silent one, and a late CCR-T may still report. Nothing happens when it has been heard of since.
    pub fn lost(&mut self, order: &Order, now: Millis, journal: &mut JournalWriter) {
        let now = now.max(self.clock);
        let known = self.session_named(&order.session);
        let silent =
            known.filter(|session| !session.expired && session.last_number == order.number);
        if let Some(session) = silent {
            let place = self.write_give_up(session, (false, now), journal);
            self.absorb_written(journal, place);
        }
    }

    /// Looks at up to `limit` sessions of tenants whose catalogue changed: those that go on under it
    /// are asked to report now, so that their usage is cut near the change.
    pub fn reauthorise_for_catalog(&mut self, now: Millis, limit: usize) {
        let mut left = limit;
        while let Some(&(tenant, from)) = self.catalog_sweeps.front() {
            let slice = self.sessions.iter_from(from).take(left);
            let of_tenant = |session: &&Session| {
                self.accounts[session.account as usize].tenant == tenant && !session.expired
            };
            let found: Vec<Order> = slice
                .flatten()
                .filter(of_tenant)
                .filter(|session| self.catalog_cut(session, now).is_some())
                .filter_map(|session| self.order(session, OrderKind::Reauthorise))
                .collect();
            self.orders.extend(found);
            let next = from.saturating_add(left);
            if next < self.sessions.len() {
                if let Some(sweep) = self.catalog_sweeps.front_mut() {
                    sweep.1 = next;
                }
                return;
            }
            left = next - self.sessions.len();
            self.catalog_sweeps.pop_front();
        }
    }

    /// The orders made since this was asked last.
    pub fn take_orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    /// Orders wait to be taken.
    #[must_use]
    pub fn has_orders(&self) -> bool {
        !self.orders.is_empty()
    }

    /// Whether an order still has a point: its session is open, and has not asked anew by itself.
    #[must_use]
    pub fn is_wanted(&self, order: &Order) -> bool {
        self.session_named(&order.session).is_some_and(|session| {
            let asked_anew = session.last_number != order.number;
            !session.expired && (order.kind == OrderKind::Abort || !asked_anew)
        })
    }

    pub(crate) fn decide_abort<'a>(&'a self, command: &'a Command) -> Decided<'a> {
        let Command::AbortSession {
            tenant,
            account,
            line,
            session: named,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, _) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let meant: Vec<&Session> = self
            .open_sessions(&self.accounts[slot as usize])
            .filter(|session| session.line == ordinal && !session.expired)
            .filter(|session| named.as_deref().is_none_or(|id| id == &*session.id))
            .collect();
        if named.is_some() && meant.is_empty() {
            return Err(CommandError::SessionUnknown);
        }
        let effects: Effects<'_> = meant
            .iter()
            .map(|session| Effect::SessionAborted {
                ordinal: session.ordinal,
            })
            .collect();
        let ids: Vec<&str> = meant.iter().map(|session| &*session.id).collect();
        Ok((Some(slot), effects, json!({"ok": true, "sessions": ids})))
    }
}

impl Concerned {
    fn is_about(&self, session: &Session) -> bool {
        match *self {
            Self::Short => session.units.iter().any(|unit| unit.short),
            Self::Line(line) => session.line == line,
            Self::Session(ordinal) => session.ordinal == ordinal,
        }
    }

    const fn kind(&self) -> OrderKind {
        match self {
            Self::Session(_) => OrderKind::Abort,
            Self::Short | Self::Line(_) => OrderKind::Reauthorise,
        }
    }
}

/// Whose sessions should ask anew after an effect. Money and content that come in matter to those
/// that ran short; what a line may do and which products it has to all of its sessions.
fn concerned(account: &Account, effect: &Effect<'_>) -> Option<Concerned> {
    match effect {
        Effect::Moved { balance, .. } => (*balance > 0).then_some(Concerned::Short),
        Effect::BucketOpened(_) | Effect::AccountTermsSet { .. } => Some(Concerned::Short),
        Effect::BucketChanged {
            bucket, initial, ..
        } => {
            let before = account.bucket(*bucket)?;
            (*initial > before.initial).then_some(Concerned::Short)
        }
        Effect::BucketServes { from, .. } => (*from < FOREVER).then_some(Concerned::Short),
        Effect::LineChanged {
            ordinal,
            product,
            status,
            ..
        } => {
            let before = &account.lines[usize::from(*ordinal)];
            let differs = before.status != *status || *before.product != **product;
            differs.then_some(Concerned::Line(*ordinal))
        }
        Effect::LineTermsSet { line, terms } => {
            // A line that comes with terms is not among them yet.
            let before = account.lines.get(usize::from(*line))?.terms.as_deref();
            let none = LineTerms::default();
            let before = before.unwrap_or(&none);
            // Favourites and groups price what begins from now on.
            let differs = before.addons != terms.addons
                || before.own_balance != terms.own_balance
                || before.zero_rated_allowed != terms.zero_rated_allowed
                || before.cap.map(|cap| cap.amount) != terms.cap.map(|cap| cap.amount);
            differs.then_some(Concerned::Line(*line))
        }
        Effect::SessionAborted { ordinal } => Some(Concerned::Session(*ordinal)),
        _ => None,
    }
}
