//! Sessions: where each stands and what it sends next.

use openmvno_diameter::credit_control::RequestType;
use openmvno_diameter::result_code;

use crate::answer::Summary;
use crate::traffic::Service;

/// Bits of the Hop-by-Hop Identifier that name the slot; the others count its transmissions, so that an
/// answer to an earlier transmission is told apart.
const SLOT_BITS: u32 = 20;
/// Sessions open at a time, at most.
pub(crate) const LIMIT: usize = 1 << SLOT_BITS;

/// What a slot waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A session to carry.
    #[default]
    Free,
    /// Its turn in the schedule.
    Idle,
    /// An answer, or the connection to send on.
    Outstanding,
    /// The time to send a refused request again.
    Backoff,
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The next request is ready.
    Continue,
    /// The same request again, later.
    Again,
    /// The session is over; whether as planned.
    Ended(bool),
}

/// One session and its current request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) phase: Phase,
    pub(crate) connection: u16,
    pub(crate) service: Service,
    pub(crate) kind: RequestType,
    /// Counts into the histogram.
    pub(crate) measured: bool,
    /// A copy may have reached the server: the next transmission carries the T flag.
    pub(crate) perhaps_delivered: bool,
    pub(crate) session: u32,
    pub(crate) number: u32,
    pub(crate) hop_by_hop: u32,
    pub(crate) end_to_end: u32,
    transmissions: u32,
    pub(crate) refusals: u32,
    pub(crate) subscriber: u64,
    pub(crate) used: u64,
    pub(crate) unix_seconds: i64,
    /// Nanoseconds: when the request was meant to leave.
    pub(crate) intended: u64,
    /// Nanoseconds: when it last left.
    pub(crate) sent: u64,
}

impl Slot {
    const FREE: Self = Self {
        phase: Phase::Free,
        connection: 0,
        service: Service::Data,
        kind: RequestType::Initial,
        measured: false,
        perhaps_delivered: false,
        session: 0,
        number: 0,
        hop_by_hop: 0,
        end_to_end: 0,
        transmissions: 0,
        refusals: 0,
        subscriber: 0,
        used: 0,
        unix_seconds: 0,
        intended: 0,
        sent: 0,
    };

    /// Moves on after an answer. `used` is what the next period wants to use; `closing` ends the
    /// session at once.
    pub(crate) fn after(
        &mut self,
        answer: &Summary,
        updates: u32,
        used: u64,
        closing: bool,
    ) -> Step {
        if answer.is_refused() {
            self.refusals += 1;
            self.perhaps_delivered = false;
            return Step::Again;
        }
        let success = answer.result == result_code::SUCCESS;
        match self.kind {
            RequestType::Termination | RequestType::Event => return Step::Ended(success),
            RequestType::Initial if !success => return Step::Ended(false),
            RequestType::Update if answer.result == result_code::UNKNOWN_SESSION_ID => {
                return Step::Ended(false);
            }
            RequestType::Initial | RequestType::Update => {}
        }
        let served = answer.is_served();
        self.used = if served {
            used.min(answer.granted.unwrap_or(0))
        } else {
            0
        };
        self.number += 1;
        let goes_on = served && !closing && !answer.final_unit && self.number <= updates;
        self.kind = if goes_on {
            RequestType::Update
        } else {
            RequestType::Termination
        };
        self.perhaps_delivered = false;
        self.refusals = 0;
        Step::Continue
    }
}

/// All sessions; a slot's index is in the Hop-by-Hop Identifier of its request.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

impl Slots {
    /// A slot for a new session, `None` at the limit.
    pub(crate) fn acquire(&mut self) -> Option<u32> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() < LIMIT => {
                self.slots.push(Slot::FREE);
                u32::try_from(self.slots.len() - 1).ok()?
            }
            None => return None,
        };
        let slot = self.get_mut(index);
        let transmissions = slot.transmissions;
        *slot = Slot {
            transmissions,
            ..Slot::FREE
        };
        Some(index)
    }

    /// Gives a slot back.
    pub(crate) fn release(&mut self, index: u32) {
        self.get_mut(index).phase = Phase::Free;
        self.free.push(index);
    }

    pub(crate) fn get_mut(&mut self, index: u32) -> &mut Slot {
        &mut self.slots[index as usize]
    }

    pub(crate) fn get(&self, index: u32) -> &Slot {
        &self.slots[index as usize]
    }

    /// The slot waiting for the answer with this Hop-by-Hop Identifier on this connection.
    pub(crate) fn waiting(&self, connection: u16, hop_by_hop: u32) -> Option<u32> {
        let index = hop_by_hop & (LIMIT as u32 - 1);
        let slot = self.slots.get(index as usize)?;
        let matches = slot.phase == Phase::Outstanding
            && slot.hop_by_hop == hop_by_hop
            && slot.connection == connection;
        matches.then_some(index)
    }

    /// A new Hop-by-Hop Identifier for the slot's request.
    pub(crate) fn identify(&mut self, index: u32) -> &mut Slot {
        let slot = self.get_mut(index);
        slot.transmissions = slot.transmissions.wrapping_add(1);
        slot.hop_by_hop = (slot.transmissions << SLOT_BITS) | index;
        slot
    }

    /// Slots that carry a session.
    pub(crate) fn open(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Indexes of the slots in a phase.
    pub(crate) fn in_phase(&self, phase: Phase) -> Vec<u32> {
        let indexes = 0_u32..;
        let of_phase = indexes
            .zip(&self.slots)
            .filter(|(_, slot)| slot.phase == phase);
        of_phase.map(|(index, _)| index).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVED: Summary = Summary {
        result: 2001,
        service_result: Some(2001),
        granted: Some(100),
        validity_time: None,
        final_unit: false,
    };

    fn slot(kind: RequestType, number: u32) -> Slot {
        Slot {
            kind,
            number,
            ..Slot::FREE
        }
    }

    #[test]
    fn a_session_is_initial_updates_and_termination() {
        let mut slot = slot(RequestType::Initial, 0);
        let mut sent = vec![slot.kind];
        while slot.after(&SERVED, 3, 30, false) == Step::Continue {
            assert_eq!(slot.used, 30);
            sent.push(slot.kind);
        }
        use RequestType::{Initial, Termination, Update};
        assert_eq!(sent, [Initial, Update, Update, Update, Termination]);
        assert_eq!(slot.number, 4);
        assert_eq!(slot.after(&SERVED, 3, 30, false), Step::Ended(true));
    }

    #[test]
    fn no_more_is_used_than_was_granted() {
        let mut opened = slot(RequestType::Initial, 0);
        opened.after(&SERVED, 3, 500, false);
        assert_eq!(opened.used, 100);
        let without_grant = Summary {
            granted: None,
            ..SERVED
        };
        let mut opened = slot(RequestType::Initial, 0);
        opened.after(&without_grant, 3, 500, false);
        assert_eq!(opened.used, 0);
    }

    #[test]
    fn a_session_that_got_nothing_more_is_terminated_without_use() {
        let no_credit = Summary {
            service_result: Some(4012),
            granted: None,
            ..SERVED
        };
        let mut slot = slot(RequestType::Update, 1);
        assert_eq!(slot.after(&no_credit, 3, 30, false), Step::Continue);
        assert_eq!(
            (slot.kind, slot.number, slot.used),
            (RequestType::Termination, 2, 0)
        );
    }

    #[test]
    fn the_last_grant_is_used_and_the_session_terminated() {
        let last = Summary {
            granted: Some(7),
            final_unit: true,
            ..SERVED
        };
        let mut slot = slot(RequestType::Update, 1);
        slot.after(&last, 3, 30, false);
        assert_eq!((slot.kind, slot.used), (RequestType::Termination, 7));
    }

    #[test]
    fn failures_end_the_session_and_refusals_repeat_the_request() {
        let with = |result| Summary {
            result,
            service_result: None,
            ..SERVED
        };
        let initial = |result| slot(RequestType::Initial, 0).after(&with(result), 3, 1, false);
        assert_eq!(initial(5030), Step::Ended(false));
        assert_eq!(initial(4012), Step::Ended(false));
        assert_eq!(initial(3004), Step::Again);
        let update = |result| slot(RequestType::Update, 2).after(&with(result), 3, 1, false);
        assert_eq!(update(5002), Step::Ended(false));
        assert_eq!(update(4012), Step::Continue);
        assert_eq!(update(3002), Step::Again);
        let end = |result| slot(RequestType::Termination, 4).after(&with(result), 3, 1, false);
        assert_eq!(end(5002), Step::Ended(false));
        assert_eq!(end(3004), Step::Again);
    }

    #[test]
    fn an_answer_finds_its_slot_only_while_it_is_awaited() {
        let mut slots = Slots::default();
        let index = slots.acquire().expect("room");
        let first = slots.identify(index).hop_by_hop;
        slots.get_mut(index).phase = Phase::Outstanding;
        assert_eq!(slots.waiting(0, first), Some(index));
        assert_eq!(slots.waiting(1, first), None, "another connection");
        let second = slots.identify(index).hop_by_hop;
        assert_eq!(slots.waiting(0, first), None, "an earlier transmission");
        assert_eq!(slots.waiting(0, second), Some(index));
        slots.release(index);
        assert_eq!(slots.waiting(0, second), None);
        assert_eq!(slots.open(), 0);
        let again = slots.acquire().expect("room");
        assert_ne!(slots.identify(again).hop_by_hop, second);
    }
}
