//! Requests and answers: what is sent when, and what an answer leads to.

use std::cmp::Reverse;

use anyhow::{Result, bail};
use openmvno_diameter::client::{ClientAnswer, Identifiers, write_watchdog_answer};
use openmvno_diameter::codec::{Header, Message, MessageWriter};
use openmvno_diameter::credit_control::RequestType;
use openmvno_diameter::dictionary::{
    COMMAND_CAPABILITIES_EXCHANGE, COMMAND_CREDIT_CONTROL, COMMAND_DEVICE_WATCHDOG,
    COMMAND_DISCONNECT_PEER, ORIGIN_HOST, ORIGIN_REALM, RESULT_CODE,
};
use openmvno_diameter::result_code;

use crate::answer::Summary;
use crate::clock::{MILLISECOND, SECOND};
use crate::connection::Link;
use crate::driver::{Driver, Stage};
use crate::log::RequestLine;
use crate::options::OnRefusal;
use crate::session::{Phase, Step};
use crate::template::Fields;
use crate::traffic::Service;

/// A refused request waits this long, doubled with every refusal up to the longest.
const FIRST_BACKOFF: u64 = 50 * MILLISECOND;
const LONGEST_BACKOFF: u64 = SECOND;

impl Driver<'_> {
    /// One message from the server.
    pub(crate) fn message(&mut self, connection: u16, frame: &[u8], now: u64) -> Result<()> {
        let Ok(message) = Message::parse(frame) else {
            self.totals.malformed_messages += 1;
            return Ok(());
        };
        if message.header.is_request() {
            self.serve(connection, &message.header);
            return Ok(());
        }
        let command = message.header.command;
        if !matches!(
            command,
            COMMAND_CREDIT_CONTROL | COMMAND_CAPABILITIES_EXCHANGE
        ) {
            return Ok(());
        }
        match ClientAnswer::parse(&message) {
            Ok(answer) if command == COMMAND_CREDIT_CONTROL => {
                self.answered(connection, &answer, now)
            }
            Ok(answer) => self.opened(connection, &answer, now),
            Err(_) => {
                self.totals.malformed_messages += 1;
                Ok(())
            }
        }
    }

    /// A request of the server.
    fn serve(&mut self, connection: u16, request: &Header) {
        let connection = &mut self.connections[usize::from(connection)];
        let (identity, out) = (&connection.identity, &mut connection.output);
        match request.command {
            COMMAND_DEVICE_WATCHDOG => {
                write_watchdog_answer(out, identity, request);
            }
            COMMAND_DISCONNECT_PEER => {
                // The server closes the connection after this answer (RFC 6733 §5.4).
                let mut writer = MessageWriter::begin(out, &request.answer(false));
                writer.u32(RESULT_CODE, result_code::SUCCESS);
                writer.utf8(ORIGIN_HOST, &identity.origin_host);
                writer.utf8(ORIGIN_REALM, &identity.origin_realm);
                writer.finish();
            }
            _ => {}
        }
    }

    /// A CEA: what was not answered before the connection was lost is sent again.
    fn opened(&mut self, connection: u16, answer: &ClientAnswer<'_>, now: u64) -> Result<()> {
        if answer.result_code != result_code::SUCCESS {
            let message = answer.error_message.unwrap_or_default();
            bail!(
                "the server refused the CER: {} {message}",
                answer.result_code
            );
        }
        self.connections[usize::from(connection)].link = Link::Up;
        if let Some(log) = &mut self.log {
            log.connection(self.clock.unix_nanoseconds(now), connection, true)?;
        }
        for index in self.slots.in_phase(Phase::Outstanding) {
            if self.slots.get(index).connection == connection {
                self.transmit(index, now)?;
            }
        }
        Ok(())
    }

    /// Whether sessions may still begin.
    pub(crate) fn may_start(&self) -> bool {
        let limit = self.options.sessions.map_or(u64::from(u32::MAX), u64::from);
        self.stage < Stage::Draining && self.totals.sessions_started < limit
    }

    /// Begins a session with its CCR-I, meant to leave at `intended`; `false` when none may begin.
    pub(crate) fn start_session(&mut self, connection: u16, intended: u64) -> Result<bool> {
        if !self.may_start() {
            return Ok(false);
        }
        let Some(index) = self.slots.acquire() else {
            self.totals.saturated += 1;
            return Ok(false);
        };
        let session = u32::try_from(self.totals.sessions_started)?;
        self.totals.sessions_started += 1;
        let slot = self.slots.get_mut(index);
        slot.session = session;
        slot.connection = connection;
        slot.subscriber = self.traffic.subscriber(session);
        slot.service = self.traffic.service(session);
        slot.kind = RequestType::Initial;
        self.send_new(index, intended)?;
        Ok(true)
    }

    /// Sends the slot's request for the first time.
    fn send_new(&mut self, index: u32, intended: u64) -> Result<()> {
        self.next_end_to_end = self.next_end_to_end.wrapping_add(1);
        let measured = self.stage == Stage::Measuring;
        let now = if self.pacing.is_some() {
            self.clock.now()
        } else {
            intended
        };
        let slot = self.slots.get_mut(index);
        slot.end_to_end = self.next_end_to_end;
        slot.intended = intended;
        slot.unix_seconds = self.clock.unix_seconds(now);
        slot.measured = measured;
        if measured && self.pacing.is_some() {
            let late = now.saturating_sub(intended);
            self.measured.lateness.saturating_record(late);
        }
        self.transmit(index, now)
    }

    /// Sends the slot's request, once more with the T flag if a copy may have arrived (RFC 6733 §3). On
    /// a connection that is down it waits for the connection.
    pub(crate) fn transmit(&mut self, index: u32, now: u64) -> Result<()> {
        let slot = self.slots.identify(index);
        slot.phase = Phase::Outstanding;
        slot.sent = now;
        let connection = &mut self.connections[usize::from(slot.connection)];
        if !connection.is_up() {
            return Ok(());
        }
        let retransmitted = std::mem::replace(&mut slot.perhaps_delivered, true);
        let fields = Fields {
            identifiers: Identifiers {
                hop_by_hop: slot.hop_by_hop,
                end_to_end: slot.end_to_end,
            },
            retransmitted,
            session: slot.session,
            subscriber: slot.subscriber,
            called: self.traffic.called(slot.session),
            number: slot.number,
            unix_seconds: slot.unix_seconds,
            used: slot.used,
        };
        connection
            .templates
            .write(slot.service, slot.kind, &fields, &mut connection.output);
        self.totals.requests += 1;
        self.totals.retransmissions += u64::from(retransmitted);
        if self.stage == Stage::Measuring {
            self.measured.requests += 1;
        }
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        let data = slot.service == Service::Data;
        let grant = self.traffic.amounts(slot.service).grant;
        let line = RequestLine {
            unix_nanoseconds: self.clock.unix_nanoseconds(now),
            session_id: &connection.templates.session_id(slot.session),
            retransmitted,
            rating_group: data.then_some(self.options.rating_group),
            requested: (slot.kind != RequestType::Termination).then_some(grant),
        };
        Ok(log.request(&line, slot)?)
    }

    /// A CCA.
    fn answered(&mut self, connection: u16, answer: &ClientAnswer<'_>, now: u64) -> Result<()> {
        let found = self.slots.waiting(connection, answer.header.hop_by_hop);
        if let Some(log) = &mut self.log {
            let unix = self.clock.unix_nanoseconds(now);
            log.answer(unix, connection, answer, found.is_some())?;
        }
        self.totals.answers += 1;
        let Some(index) = found else {
            self.totals.unmatched_answers += 1;
            return Ok(());
        };
        let summary = Summary::of(answer);
        if self.stage == Stage::Measuring {
            self.measured.answer(&summary, now);
        }
        let slot = self.slots.get_mut(index);
        if slot.measured && !summary.is_refused() {
            let latency = now.saturating_sub(slot.intended);
            self.measured.latency.saturating_record(latency);
        }
        let closing = self.stage >= Stage::Draining;
        let used = self.traffic.amounts(slot.service).used;
        match slot.after(&summary, self.options.updates, used, closing) {
            Step::Again => self.refused(index, now),
            Step::Ended(completed) => {
                if completed {
                    self.totals.sessions_completed += 1;
                } else {
                    self.totals.sessions_failed += 1;
                }
                self.slot_is_free(index, now)
            }
            Step::Continue if closing || self.pacing.is_none() => self.send_new(index, now),
            Step::Continue => {
                slot.phase = Phase::Idle;
                self.idle.push_back(index);
                Ok(())
            }
        }
    }

    /// A session is over; in the closed loop the next one takes its place.
    fn slot_is_free(&mut self, index: u32, now: u64) -> Result<()> {
        let connection = self.slots.get(index).connection;
        self.slots.release(index);
        if self.pacing.is_none() && self.connections[usize::from(connection)].link != Link::Closed {
            self.start_session(connection, now)?;
        }
        Ok(())
    }

    /// 3002 or 3004: nothing was applied, so the same request goes again a little later.
    fn refused(&mut self, index: u32, now: u64) -> Result<()> {
        self.totals.refusals += 1;
        let slot = self.slots.get_mut(index);
        if slot.measured {
            let latency = now.saturating_sub(slot.intended);
            self.measured.refusal_latency.saturating_record(latency);
        }
        let scheduled = self.pacing.is_some() && self.stage < Stage::Draining;
        if scheduled && self.options.on_refusal == OnRefusal::Turn {
            slot.phase = Phase::Idle;
            self.idle.push_back(index);
            return Ok(());
        }
        if slot.intended + SECOND * u64::from(self.options.give_up) <= now {
            return self.abandon(index, now);
        }
        slot.phase = Phase::Backoff;
        let doublings = slot.refusals.saturating_sub(1).min(10);
        let wait = (FIRST_BACKOFF << doublings).min(LONGEST_BACKOFF);
        self.backoff.push(Reverse((now + wait, index)));
        Ok(())
    }

    /// No answer in time.
    pub(crate) fn overdue(&mut self, index: u32, now: u64) -> Result<()> {
        let slot = self.slots.get(index);
        let given_up = slot.intended + SECOND * u64::from(self.options.give_up) <= now;
        let up = self.connections[usize::from(slot.connection)].is_up();
        if up {
            self.totals.timeouts += 1;
        }
        match (self.options.reconnect, given_up) {
            (true, false) => self.transmit(index, now),
            _ => self.abandon(index, now),
        }
    }

    fn abandon(&mut self, index: u32, now: u64) -> Result<()> {
        self.totals.sessions_abandoned += 1;
        self.slot_is_free(index, now)
    }

    /// The connection does not come back: its sessions are over.
    pub(crate) fn abandon_connection(&mut self, connection: u16) -> Result<()> {
        let now = self.clock.now();
        self.idle
            .retain(|index| self.slots.get(*index).connection != connection);
        for phase in [Phase::Outstanding, Phase::Backoff, Phase::Idle] {
            for index in self.slots.in_phase(phase) {
                if self.slots.get(index).connection == connection {
                    self.abandon(index, now)?;
                }
            }
        }
        Ok(())
    }

    /// Ends an idle session with its CCR-T at once; one that was refused never began.
    pub(crate) fn terminate(&mut self, index: u32, now: u64) -> Result<()> {
        let slot = self.slots.get_mut(index);
        if slot.kind == RequestType::Initial {
            self.slots.release(index);
            return Ok(());
        }
        slot.kind = RequestType::Termination;
        self.send_new(index, now)
    }

    /// Sends what the schedule says is due (open loop).
    pub(crate) fn pace(&mut self) -> Result<()> {
        if !matches!(self.stage, Stage::Warmup | Stage::Measuring) {
            return Ok(());
        }
        // Taken out, so that the schedule and the sessions can be borrowed side by side.
        let Some(mut pacing) = self.pacing.take() else {
            return Ok(());
        };
        let now = self.clock.now();
        let mut due = Vec::new();
        if pacing.ticks(now) {
            due.extend(std::iter::from_fn(|| pacing.due(now)));
            pacing.arm(now)?;
        }
        self.pacing = Some(pacing);
        for intended in due {
            self.arrival(intended)?;
        }
        Ok(())
    }

    /// One request is due: of a new session while there are too few, else of the session that has
    /// waited longest. It is never held back because answers are late.
    fn arrival(&mut self, intended: u64) -> Result<()> {
        let enough = self.slots.open() >= self.options.open_sessions as usize;
        if enough || !self.may_start() {
            if let Some(index) = self.idle.pop_front() {
                return self.send_new(index, intended);
            }
        }
        let connection = self.next_connection;
        self.next_connection = (connection + 1) % self.options.connections;
        if self.connections[usize::from(connection)].link != Link::Closed {
            self.start_session(connection, intended)?;
        }
        Ok(())
    }
}
