//! Prices the units of one session or event: what its usage costs, who pays, what may be granted.

use crate::account::{Account, Line, LineStatus};
use crate::answer::ResultCode;
use crate::bucket::FOREVER;
use crate::clock::Millis;
use crate::payers::{Mode, Payers, Stretch, Walked};
use crate::purse::Purse;
use crate::request::UnitRequest;
use crate::session::{Hold, Part, PartPrice, Payer, RateRef, UnitState};
use openmvno_rating::{
    BucketRuleId, BucketUnit, Catalog, Direction, Discount, Facts, Guided, NotRated, PartnerId,
    PriceOverflow, ProductId, Service, Special, Unit,
};
use smallvec::SmallVec;

/// Products of a line in the order they decide prices.
pub(crate) type Products = SmallVec<[ProductId; 6]>;

/// Prices of a session may change at most so often between two reports; beyond it the last one
/// goes on.
const SWITCHES_LIMIT: usize = 4_096;

/// How far a client's clock may be ahead of ours when it reports usage after a change of price.
pub(crate) const CLOCK_TOLERANCE_MS: Millis = 60_000;

/// Instants looked at for a change of price: a calendar without changes is looked at once a week.
const LOOKS_LIMIT: usize = 64;

/// What prices a session or event.
#[derive(Clone, Debug)]
pub(crate) struct Rater<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) version: u64,
    pub(crate) service: &'a Service,
    pub(crate) line: &'a Line,
    pub(crate) line_ordinal: u16,
    pub(crate) products: Products,
    /// A partner whose tables price the usage in place of the products'.
    pub(crate) partner: Option<PartnerId>,
    /// Everything a price may depend on; the rating group is each unit's own.
    pub(crate) facts: Facts<'a>,
}

/// Hears of a stretch of billed units to be paid.
type PayStretch<'f, 'a> =
    dyn FnMut(&mut UnitState, &Cursor, &Stretch<'a>, (u64, u64)) -> Result<(), PriceOverflow> + 'f;

/// Where the usage of one set of units stands while a grant is worked out.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    guided: Guided,
    since: Millis,
    used: u64,
    origin: u64,
    continuing: bool,
    /// The usage to date is charged, the whole being beyond the grace: which cannot be told from the
    /// usage to date while that is within it.
    begun: bool,
}

/// How far a grant reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Usage to date plus the grant.
    pub(crate) usage: u64,
    /// The price ends the session there.
    pub(crate) stopped: bool,
    /// Whether the payers reach one unit further, where that is plain to see.
    pub(crate) further: Option<bool>,
    /// The rule of a used-up bucket that lets usage go on throttled, and the usage from which on.
    pub(crate) throttled: Option<(BucketRuleId, u64)>,
}

impl<'a> Rater<'a> {
    /// What prices a set of units.
    ///
    /// # Errors
    /// The Result-Code to answer with.
    pub(crate) fn price_of(&self, unit: &UnitRequest) -> Result<RateRef, ResultCode> {
        let out_of_service = self.line.status != LineStatus::Active;
        match self.special() {
            Special::Emergency => return Ok(RateRef::Free),
            Special::TollFree if !out_of_service || !self.toll_free_barred() => {
                return Ok(RateRef::Free);
            }
            Special::TollFree | Special::Ordinary => {}
        }
        let terms = self.line.terms.as_deref();
        let zero_rated = out_of_service && terms.is_some_and(|terms| terms.zero_rated_allowed);
        if out_of_service && !zero_rated {
            return Err(ResultCode::END_USER_SERVICE_DENIED);
        }
        self.check_group()?;
        let rate = self.price_of_past(unit)?;
        if zero_rated && !self.is_free(rate) {
            return Err(ResultCode::END_USER_SERVICE_DENIED);
        }
        Ok(rate)
    }

    /// The same for usage that has happened, whatever the line may do now.
    ///
    /// # Errors
    /// The Result-Code to answer with.
    pub(crate) fn price_of_past(&self, unit: &UnitRequest) -> Result<RateRef, ResultCode> {
        if self.special() != Special::Ordinary {
            return Ok(RateRef::Free);
        }
        if unit.money {
            return Ok(RateRef::Money);
        }
        let facts = self.facts_of(
            unit.key.rating_group,
            unit.key.service_identifier,
            self.facts.at,
        );
        let guided = self.guide(&facts).map_err(refusal)?;
        Ok(RateRef::Rate(guided))
    }

    fn guide(&self, facts: &Facts<'a>) -> Result<Guided, NotRated> {
        match self.partner {
            None => self.catalog.guide(&self.products, facts),
            Some(partner) => self.catalog.partner_rate(partner, facts),
        }
    }

    /// The first instant after `guided` was found at which another price or period takes over.
    pub(crate) fn first_change(&self, state: &UnitState, guided: &Guided) -> Option<Millis> {
        let mut until = guided.until();
        for _ in 0..LOOKS_LIMIT {
            let instant = until?;
            match self.guide(&self.facts_at(state, instant)) {
                Ok(next) if next.prices_as(guided) => until = next.until(),
                Ok(_) => return Some(instant),
                // Where nothing follows the price goes on.
                Err(_) => return None,
            }
        }
        None
    }

    /// Usage at this price costs nothing.
    pub(crate) fn is_free(&self, rate: RateRef) -> bool {
        match rate {
            RateRef::Free => true,
            RateRef::Money => false,
            RateRef::Rate(guided) => {
                let rate = self.catalog.rate(guided.rate);
                rate.is_some_and(openmvno_rating::Rate::is_free)
            }
        }
    }

    /// What kind of number the line calls; numbers that call the line are never special.
    pub(crate) fn special(&self) -> Special {
        if self.facts.direction == Direction::Originating {
            self.catalog.special(self.facts.destination)
        } else {
            Special::Ordinary
        }
    }

    fn toll_free_barred(&self) -> bool {
        let terms = self.line.terms.as_deref();
        terms.is_some_and(|terms| terms.toll_free_barred)
    }

    /// A closed user group that bars calls to or from outside (TS 22.085 §3).
    pub(crate) fn check_group(&self) -> Result<(), ResultCode> {
        if self.facts.relation.cug || self.facts.destination.is_empty() {
            return Ok(());
        }
        let barring = self.products.iter().find_map(|&id| {
            let product = self.catalog.product(id)?;
            product.closed_user_group
        });
        let outgoing = self.facts.direction != Direction::Terminating;
        match barring {
            Some(barring) if outgoing && barring.outgoing_barred => {
                Err(ResultCode::AUTHORIZATION_REJECTED)
            }
            Some(barring) if !outgoing && barring.incoming_barred => {
                Err(ResultCode::AUTHORIZATION_REJECTED)
            }
            _ => Ok(()),
        }
    }

    fn facts_of(&self, group: Option<u32>, identifier: Option<u32>, at: Millis) -> Facts<'a> {
        Facts {
            rating_group: group,
            service_identifier: identifier.or(self.facts.service_identifier),
            at,
            ..self.facts
        }
    }

    pub(crate) fn facts_at(&self, state: &UnitState, at: Millis) -> Facts<'a> {
        self.facts_of(state.key.rating_group, state.key.service_identifier, at)
    }

    fn payers(
        &self,
        state: &UnitState,
        guided: &Guided,
        at: Millis,
        purse: &Purse<'a>,
    ) -> Payers<'a> {
        let facts = self.facts_at(state, at);
        let discount = self.catalog.discount_for(&self.products, &facts, guided);
        Payers::find(
            self.catalog,
            purse,
            self.line_ordinal,
            &facts,
            guided,
            state,
        )
        .with_discount(discount.and_then(|id| Some((id, self.catalog.discount_rule(id)?))))
    }

    fn stretch(&self, state: &UnitState, cursor: &Cursor) -> Option<Stretch<'a>> {
        let rate = self.catalog.rate(cursor.guided.rate)?;
        // The price's own clock is that of the start of its stretch.
        let facts = self.facts_at(state, cursor.since);
        let context = self.catalog.price_context(&facts, &cursor.guided);
        Some(Stretch {
            price: PartPrice {
                rate: cursor.guided.rate,
                table: cursor.guided.table,
                period: cursor.guided.period,
                continuing: cursor.continuing,
                since: cursor.since,
                origin: cursor.origin,
            },
            priced: rate.priced(context, cursor.continuing),
        })
    }

    /// Charges usage of the time `at`, priced by what holds at `cut`: what was used before and, where
    /// the client says so (Tariff-Change-Usage), after the running price ended. Frees what was held.
    ///
    /// # Errors
    /// [`PriceOverflow`]: neither the state nor the purse are to be used then.
    pub(crate) fn charge(
        &self,
        state: &mut UnitState,
        (used, after): (u64, u64),
        (at, cut): (Millis, Millis),
        purse: &mut Purse<'a>,
    ) -> Result<(), PriceOverflow> {
        for hold in &state.holds {
            purse.free(hold.payer, hold.amount);
        }
        state.granted = 0;
        // Who held pays, even when its time is over: the holds are forgotten when all is paid.
        self.charge_freed(state, (used, after), (at, cut), purse)?;
        state.holds.clear();
        Ok(())
    }

    fn charge_freed(
        &self,
        state: &mut UnitState,
        (used, after): (u64, u64),
        (at, cut): (Millis, Millis),
        purse: &mut Purse<'a>,
    ) -> Result<(), PriceOverflow> {
        let total = state.used.checked_add(used).ok_or(PriceOverflow)?;
        match state.rate {
            RateRef::Free => state.used = total.checked_add(after).ok_or(PriceOverflow)?,
            RateRef::Money => {
                let all = total.checked_add(after).ok_or(PriceOverflow)?;
                charge_money(state, all, purse)?;
            }
            RateRef::Rate(_) => {
                self.run(
                    state,
                    (total, after),
                    cut,
                    &mut |state, cursor, stretch, span| {
                        self.pay(state, cursor, stretch, span, at, purse)
                    },
                )?;
            }
        }
        Ok(())
    }

    /// The price of a usage in one piece, whoever pays: what partners charge each other.
    pub(crate) fn whole_price(&self, state: &UnitState, (used, after): (u64, u64)) -> Option<i64> {
        let RateRef::Rate(guided) = state.rate else {
            return None;
        };
        let mut whole = UnitState::new(state.key, state.rate, state.since);
        let mut sum = 0_i64;
        let at = match after {
            0 => state.since,
            _ => self.first_change(state, &guided).unwrap_or(state.since),
        };
        self.run(
            &mut whole,
            (used, after),
            at,
            &mut |_, _, stretch, (from, to)| {
                let amount = |position| stretch.priced.amount(position, Discount(0));
                let cost = amount(to)?.get() - amount(from)?.get();
                sum = sum.checked_add(cost).ok_or(PriceOverflow)?;
                Ok(())
            },
        )
        .ok()?;
        Some(sum)
    }

    /// Walks the usage up to `total`, and `after` more units after the price has changed, price by
    /// price; `pay` hears of each stretch of billed units.
    fn run(
        &self,
        state: &mut UnitState,
        (total, after): (u64, u64),
        cut: Millis,
        pay: &mut PayStretch<'_, 'a>,
    ) -> Result<(), PriceOverflow> {
        let RateRef::Rate(guided) = state.rate else {
            return Ok(());
        };
        let all = total.checked_add(after).ok_or(PriceOverflow)?;
        if !self.run_to(state, guided, (total, all), false, pay)? {
            // Within the grace: there is nothing to cut.
            state.used = all;
            return Ok(());
        }
        if self.service.unit == Unit::Second {
            let RateRef::Rate(guided) = state.rate else {
                return Ok(());
            };
            return self
                .run_to(state, guided, (all, all), true, pay)
                .map(|_| ());
        }
        // Usage that is not counted in time is cut where the client says so: at the first change.
        let mut after = after;
        loop {
            let RateRef::Rate(guided) = state.rate else {
                return Ok(());
            };
            let mut cursor = Cursor::of(state, guided);
            // A client that has seen the change has seen it, even if our clock is a little behind.
            let ahead = if after > 0 { CLOCK_TOLERANCE_MS } else { 0 };
            let boundary = guided
                .until()
                .filter(|&until| until.saturating_sub(cut) <= ahead);
            if let Some(boundary) = boundary {
                self.switch(state, &mut cursor, state.used, boundary);
                cursor.store(state);
            }
            if boundary.is_some() && cursor.guided.prices_as(&guided) {
                continue;
            }
            let all = state.used.checked_add(after).ok_or(PriceOverflow)?;
            after = 0;
            self.run_to(state, cursor.guided, (all, all), true, pay)?;
            if boundary.is_none() {
                return Ok(());
            }
        }
    }

    /// Walks the usage up to `total`, a part of `whole`: false while the whole is within the grace.
    fn run_to(
        &self,
        state: &mut UnitState,
        guided: Guided,
        (total, whole): (u64, u64),
        charged: bool,
        pay: &mut PayStretch<'_, 'a>,
    ) -> Result<bool, PriceOverflow> {
        let mut cursor = Cursor::of(state, guided);
        cursor.begun = charged && state.used > 0;
        let mut begun = true;
        for _ in 0..SWITCHES_LIMIT {
            let target = self.unchanged_to(state, &mut cursor, total);
            let stretch = self.stretch(state, &cursor).ok_or(PriceOverflow)?;
            let span = cursor.span(&stretch, target, whole)?;
            if let Some((from, to)) = span {
                cursor.begun = true;
                if from < to {
                    state.hidden |= cursor.guided.hidden;
                    pay(state, &cursor, &stretch, (from, to))?;
                }
            }
            state.used = state.used.max(target);
            begun = span.is_some();
            if !begun || target >= total {
                state.used = total;
                break;
            }
            cursor.used = state.used;
            let boundary = cursor.guided.until().unwrap_or(cursor.since);
            self.switch(state, &mut cursor, target, boundary);
        }
        cursor.store(state);
        Ok(begun)
    }

    /// The usage, at most `total`, up to which price and period stay what they are: an instant at which
    /// nothing changes is no reason to ask the payers anew.
    fn unchanged_to(&self, state: &UnitState, cursor: &mut Cursor, total: u64) -> u64 {
        for _ in 0..SWITCHES_LIMIT {
            let end = self.end_of(cursor, state);
            let Some(boundary) = cursor.guided.until().filter(|_| end < total) else {
                return total.min(end);
            };
            match self.guide(&self.facts_at(state, boundary)) {
                Ok(next) if !next.prices_as(&cursor.guided) => return end,
                Ok(next) => cursor.guided = next,
                // Where nothing follows the price goes on.
                Err(_) => cursor.guided.stands_until = FOREVER,
            }
        }
        total.min(self.end_of(cursor, state))
    }

    /// The usage at which the price may change: known for what is counted in time.
    fn end_of(&self, cursor: &Cursor, state: &UnitState) -> u64 {
        match cursor.guided.until() {
            Some(until) if self.service.unit == Unit::Second => {
                let seconds = (until - state.since).max(0).div_euclid(1_000)
                    + i64::from((until - state.since).rem_euclid(1_000) > 0);
                u64::try_from(seconds).unwrap_or(0)
            }
            _ => u64::MAX,
        }
    }

    /// The price of `at` takes over at `target` units, unless it is the same. Where nothing prices the
    /// usage any more the last price goes on: the usage happened, and a grant never reaches so far.
    fn switch(&self, state: &UnitState, cursor: &mut Cursor, target: u64, at: Millis) {
        if !self.switch_in_time(state, cursor, target, at) {
            cursor.guided.stands_until = FOREVER;
        }
    }

    /// The same, where something prices the usage from `at` on; false where nothing does: no grant
    /// reaches so far.
    fn switch_in_time(
        &self,
        state: &UnitState,
        cursor: &mut Cursor,
        target: u64,
        at: Millis,
    ) -> bool {
        let Ok(next) = self.guide(&self.facts_at(state, at)) else {
            return false;
        };
        if next.rate != cursor.guided.rate {
            let begun = self.stretch(state, cursor).and_then(|stretch| {
                stretch
                    .priced
                    .begun(target.saturating_sub(cursor.origin))
                    .ok()
            });
            // An interval that has begun is paid at the price it began with.
            let paid = cursor.origin.saturating_add(begun.unwrap_or(0));
            cursor.origin = paid.max(target);
            cursor.continuing = cursor.origin > 0;
            cursor.since = at;
            cursor.begun = false;
        }
        cursor.guided = next;
        true
    }

    /// The undiscounted price of a part, micros.
    pub(crate) fn undiscounted(&self, state: &UnitState, part: &Part) -> Option<i64> {
        let stretch = self.stretch_of(state, part.price?)?;
        let amount = |position| stretch.priced.amount(position, Discount(0)).ok();
        Some(amount(part.to)?.get() - amount(part.from)?.get())
    }

    /// The stretch of a price that was found for these units.
    pub(crate) fn stretch_of(&self, state: &UnitState, price: PartPrice) -> Option<Stretch<'a>> {
        let RateRef::Rate(guided) = state.rate else {
            return None;
        };
        let cursor = Cursor {
            guided: Guided {
                rate: price.rate,
                table: price.table,
                period: price.period,
                ..guided
            },
            since: price.since,
            used: 0,
            origin: price.origin,
            continuing: price.continuing,
            begun: false,
        };
        self.stretch(state, &cursor)
    }

    /// Takes for a stretch of billed units.
    fn pay(
        &self,
        state: &mut UnitState,
        cursor: &Cursor,
        stretch: &Stretch<'a>,
        (from, to): (u64, u64),
        at: Millis,
        purse: &mut Purse<'a>,
    ) -> Result<(), PriceOverflow> {
        let payers = self.payers(state, &cursor.guided, at, purse);
        let mut walked = payers.walk(purse, stretch, (from, to), (&state.parts, Mode::Take))?;
        state.uncovered += payers.pay_rest(purse, stretch, to, &mut walked)?;
        state.blocked |= walked.blocked;
        for piece in &walked.parts {
            if self.is_money(piece) {
                state.charged += piece.cost;
            }
            if piece.payer == Payer::Overrun {
                state.overrun += piece.cost;
            }
            state.add_part(*piece);
        }
        Ok(())
    }

    /// The price of so many units, whoever pays.
    pub(crate) fn full_price(&self, unit: &UnitRequest, rate: RateRef, units: u64) -> Option<i64> {
        match rate {
            RateRef::Money => i64::try_from(units).ok(),
            RateRef::Free => Some(0),
            RateRef::Rate(guided) => {
                let state = UnitState::new(unit.key, rate, self.facts.at);
                let stretch = self.stretch(&state, &Cursor::of(&state, guided))?;
                let billed = stretch.priced.billed(units).ok()?;
                let amount = stretch.priced.amount(billed, Discount(0));
                Some(amount.ok()?.get())
            }
        }
    }

    fn is_money(&self, piece: &Part) -> bool {
        match piece.payer {
            Payer::Balance | Payer::Overrun => true,
            Payer::Throttled(_) => false,
            Payer::Bucket(_) => piece
                .rule
                .and_then(|rule| self.catalog.bucket_rule(rule))
                .is_some_and(|rule| rule.unit == BucketUnit::Money),
        }
    }

    /// How far the payers reach beyond the usage to date, at most to `goal`; nothing is held.
    pub(crate) fn reach(
        &self,
        state: &UnitState,
        goal: u64,
        at: Millis,
        purse: &Purse<'a>,
    ) -> Result<Reach, PriceOverflow> {
        let mut purse = purse.clone();
        let mut state = state.clone();
        self.hold(&mut state, goal, at, &mut purse)
    }

    /// Holds for usage up to `goal`, price by price, as far as the payers reach. On a partial reach
    /// more may be held than the whole intervals that can be granted need: hold again for those.
    pub(crate) fn hold(
        &self,
        state: &mut UnitState,
        goal: u64,
        at: Millis,
        purse: &mut Purse<'a>,
    ) -> Result<Reach, PriceOverflow> {
        let RateRef::Rate(guided) = state.rate else {
            return Ok(hold_unrated(state, goal, purse));
        };
        let mut cursor = Cursor::of(state, guided);
        let mut throttled = None;
        for _ in 0..SWITCHES_LIMIT {
            let end = self.end_of(&cursor, state);
            let stretch = self.stretch(state, &cursor).ok_or(PriceOverflow)?;
            let stop = stretch.priced.stop();
            let stop = stop.map_or(u64::MAX, |stop| cursor.origin.saturating_add(stop));
            let target = goal.min(end).min(stop).max(cursor.used);
            let priced = &stretch.priced;
            let (from, to) = cursor.span(&stretch, target, goal)?.unwrap_or((0, 0));
            cursor.begun |= to > 0;
            let payers = self.payers(state, &cursor.guided, at, purse);
            let walked = payers.walk(purse, &stretch, (from, to), (&state.parts, Mode::Hold))?;
            add_holds(state, &walked);
            throttled = throttled.or_else(|| {
                let (rule, from) = walked.throttled()?;
                let whole = cursor.origin.saturating_add(priced.usage_within(from));
                Some((rule, whole.clamp(cursor.used, target)))
            });
            if walked.reached < to {
                let whole = cursor
                    .origin
                    .saturating_add(priced.usage_within(walked.reached));
                let usage = whole.clamp(cursor.used, target);
                return Ok(Reach {
                    usage,
                    stopped: false,
                    further: None,
                    throttled,
                });
            }
            cursor.used = target;
            if target >= goal || target >= stop {
                let next = (target < end.min(stop)).then(|| cursor.billed_further(&stretch));
                let further = next.flatten().and_then(|next| {
                    let held = (&*state.parts, &walked);
                    if next <= to {
                        return Some(true);
                    }
                    payers.pays_on(purse, &stretch, (to, next), held)
                });
                return Ok(Reach {
                    usage: target,
                    stopped: target >= stop && target < goal,
                    further,
                    throttled,
                });
            }
            let boundary = cursor.guided.until().unwrap_or(at);
            if !self.switch_in_time(state, &mut cursor, target, boundary) {
                break;
            }
        }
        Ok(Reach {
            usage: cursor.used,
            stopped: false,
            further: None,
            throttled,
        })
    }

    /// The usage state as it would be once the price of `at` has taken over.
    pub(crate) fn switched(&self, state: &UnitState, at: Millis) -> Option<UnitState> {
        let RateRef::Rate(guided) = state.rate else {
            return None;
        };
        let mut cursor = Cursor::of(state, guided);
        if !self.switch_in_time(state, &mut cursor, state.used, at) {
            return None;
        }
        let mut switched = state.clone();
        cursor.store(&mut switched);
        Some(switched)
    }
}

impl Cursor {
    fn of(state: &UnitState, guided: Guided) -> Self {
        Self {
            guided,
            since: state.priced_since,
            used: state.used,
            origin: state.origin,
            continuing: state.continuing,
            begun: false,
        }
    }

    /// The billed units from the usage to date to `target`; `None` while `total`, of which it is a
    /// part, is within the grace.
    fn span(
        &self,
        stretch: &Stretch<'_>,
        target: u64,
        total: u64,
    ) -> Result<Option<(u64, u64)>, PriceOverflow> {
        let priced = &stretch.priced;
        let into = |usage: u64| usage.saturating_sub(self.origin);
        if into(total) > 0 && priced.billed(into(total))? == 0 {
            return Ok(None);
        }
        let from = if self.begun {
            priced.begun(into(self.used))?
        } else {
            priced.billed(into(self.used))?
        };
        Ok(Some((from, priced.begun(into(target))?.max(from))))
    }

    /// The billed units of one unit of usage more; `None` where the grace makes it another question.
    fn billed_further(&self, stretch: &Stretch<'_>) -> Option<u64> {
        let usage = self.used.checked_sub(self.origin)?.checked_add(1)?;
        if stretch.priced.billed(usage).ok()? == 0 {
            return None;
        }
        stretch.priced.begun(usage).ok()
    }

    fn store(self, state: &mut UnitState) {
        state.rate = RateRef::Rate(self.guided);
        state.priced_since = self.since;
        state.origin = self.origin;
        state.continuing = self.continuing;
    }
}

/// A line's products in the order of deciding: add-ons, higher precedence first, then the main one.
///
/// # Errors
/// A product the catalogue does not have: 5031.
pub(crate) fn products_of(catalog: &Catalog, line: &Line) -> Result<Products, ResultCode> {
    let addons = line.addons().iter().map(|addon| &*addon.product);
    products_named(catalog, &line.product, addons)
}

/// The same by code.
///
/// # Errors
/// A product the catalogue does not have: 5031.
pub(crate) fn products_named<'a>(
    catalog: &Catalog,
    main: &str,
    addons: impl Iterator<Item = &'a str>,
) -> Result<Products, ResultCode> {
    let mut products = Products::new();
    for code in addons {
        let id = catalog.product_by_code(code);
        products.push(id.ok_or(ResultCode::RATING_FAILED)?);
    }
    by_precedence(catalog, &mut products);
    let main = catalog.product_by_code(main);
    products.push(main.ok_or(ResultCode::RATING_FAILED)?);
    Ok(products)
}

/// Add-ons of higher precedence first, of equal ones the older.
pub(crate) fn by_precedence(catalog: &Catalog, addons: &mut Products) {
    if addons.len() < 2 {
        return;
    }
    let precedence = |id: &ProductId| catalog.product(*id).map_or(0, |product| product.precedence);
    addons.sort_by_key(|id| std::cmp::Reverse(precedence(id)));
}

/// The Result-Code of a usage without a price.
pub(crate) fn refusal(why: NotRated) -> ResultCode {
    match why {
        NotRated::NotSold | NotRated::Forbidden | NotRated::UnknownZone => {
            ResultCode::AUTHORIZATION_REJECTED
        }
        NotRated::NoRate => ResultCode::RATING_FAILED,
    }
}

/// Units that are micros themselves.
fn charge_money(
    state: &mut UnitState,
    total: u64,
    purse: &mut Purse<'_>,
) -> Result<(), PriceOverflow> {
    let cost = i64::try_from(total).map_err(|_| PriceOverflow)? - state.charged;
    let covered = cost.min(purse.free_of(Payer::Balance, None));
    let from = state.used;
    let middle = from + u64::try_from(covered).unwrap_or(0);
    purse.take(Payer::Balance, covered);
    state.add_part(money_part(Payer::Balance, (from, middle), covered));
    state.charged += covered;
    state.used = total;
    if cost > covered {
        overrun(
            state,
            money_part(Payer::Overrun, (middle, total), cost - covered),
            purse,
        );
    }
    Ok(())
}

fn money_part(payer: Payer, (from, to): (u64, u64), cost: i64) -> Part {
    Part {
        payer,
        price: None,
        rule: None,
        entry: None,
        discount: Discount(0),
        discount_rule: None,
        from,
        to,
        cost,
    }
}

/// Money nobody had: debt where that is the policy, else borne by the operator.
fn overrun(state: &mut UnitState, piece: Part, purse: &mut Purse<'_>) {
    state.charged += piece.cost;
    state.uncovered += piece.cost;
    if purse.owes() {
        purse.take(Payer::Balance, piece.cost);
        state.add_part(Part {
            payer: Payer::Balance,
            ..piece
        });
    } else {
        state.overrun += piece.cost;
        state.add_part(piece);
    }
}

fn hold_unrated(state: &mut UnitState, goal: u64, purse: &mut Purse<'_>) -> Reach {
    let mut usage = goal;
    if state.rate == RateRef::Money {
        let wanted = i64::try_from(goal - state.used).unwrap_or(i64::MAX);
        let amount = wanted.min(purse.free_of(Payer::Balance, None));
        purse.hold(Payer::Balance, amount);
        add_hold(state, Payer::Balance, amount);
        usage = state.used + u64::try_from(amount).unwrap_or(0);
    }
    Reach {
        usage,
        stopped: false,
        further: None,
        throttled: None,
    }
}

fn add_holds(state: &mut UnitState, walked: &Walked) {
    for piece in &walked.parts {
        add_hold(state, piece.payer, piece.cost);
    }
}

pub(crate) fn add_hold(state: &mut UnitState, payer: Payer, amount: i64) {
    if amount == 0 || matches!(payer, Payer::Throttled(_)) {
        return;
    }
    match state.holds.iter_mut().find(|hold| hold.payer == payer) {
        Some(hold) => hold.amount += amount,
        None => state.holds.push(Hold { payer, amount }),
    }
}

/// An account's line by its ordinal.
pub(crate) fn line_at(account: &Account, ordinal: u16) -> Option<&Line> {
    account.lines.get(usize::from(ordinal))
}
