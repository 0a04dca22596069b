//! What an access server is told: limits, habits, and that a session must end.

use super::gate::{Gate, Outgoing, Socket, dynamic_word};
use super::policy::{Policy, Reserve, Vendor};
use super::serving::Serving;
use super::words::Outcome;
use openmvno_charging::Measure;
use openmvno_radius::attributes::{self as attribute, AttributeId};
use openmvno_radius::{AcctStatus, AttributeList, Code};
use std::net::SocketAddr;

/// Acct-Interim-Interval is at least this (RFC 2869 §5.16).
const SHORTEST_INTERVAL: u32 = 60;

/// What names a session to its access server (RFC 5176 §3).
const NAMES: [AttributeId; 7] = [
    attribute::USER_NAME,
    attribute::NAS_IP_ADDRESS,
    attribute::NAS_IPV6_ADDRESS,
    attribute::NAS_IDENTIFIER,
    attribute::ACCT_SESSION_ID,
    attribute::CALLING_STATION_ID,
    attribute::FRAMED_IP_ADDRESS,
];

impl Policy {
    /// Requested-Service-Unit: more than any service grants at most, or what it grants by default.
    pub(super) fn requested(&self) -> Option<u64> {
        match self.reserve {
            Reserve::All => Some(u64::MAX),
            Reserve::Share => None,
        }
    }

    /// How far a session may go from its beginning.
    pub(super) fn limits(&self, unit: Option<Measure>, total: Option<u64>) -> AttributeList {
        let mut attributes = AttributeList::default();
        let Some(total) = total else {
            return attributes;
        };
        let words = |total: u64| {
            let low = u32::try_from(total & u64::from(u32::MAX)).unwrap_or(u32::MAX);
            (low, u32::try_from(total >> 32).unwrap_or(u32::MAX))
        };
        match (unit, self.vendor) {
            (Some(Measure::Seconds), _) => {
                let seconds = u32::try_from(total).unwrap_or(u32::MAX);
                attributes.integer(attribute::SESSION_TIMEOUT, seconds);
            }
            (Some(Measure::Octets), Vendor::Mikrotik) => {
                let (low, high) = words(total);
                attributes.integer(attribute::MIKROTIK_TOTAL_LIMIT, low);
                attributes.integer(attribute::MIKROTIK_TOTAL_LIMIT_GIGAWORDS, high);
            }
            (Some(Measure::Octets), Vendor::Chillispot) => {
                let (low, high) = words(total);
                attributes.integer(attribute::CHILLISPOT_MAX_TOTAL_OCTETS, low);
                attributes.integer(attribute::CHILLISPOT_MAX_TOTAL_GIGAWORDS, high);
            }
            _ => {}
        }
        attributes
    }

    /// How often it is to report, and when an idle session is to end. Reports come at least twice
    /// before the engine gives a silent session up.
    pub(super) fn habits(&self, validity: Option<u32>, attributes: &mut AttributeList) {
        let interval = self.interim_seconds.or(validity);
        if let Some(seconds) = interval {
            let seconds = seconds.max(SHORTEST_INTERVAL);
            attributes.integer(attribute::ACCT_INTERIM_INTERVAL, seconds);
        }
        if let Some(seconds) = self.idle_seconds {
            attributes.integer(attribute::IDLE_TIMEOUT, seconds);
        }
    }
}

impl Gate {
    /// Tells the client how far the session may go now, when that is not what it was told last:
    /// after a top-up it is further.
    pub(super) fn tell(&mut self, serving: &Serving, base: u64, outcome: &Outcome<'_>, now: i64) {
        let (Some(account), Some(policy)) = (&serving.account, self.policy(serving)) else {
            return;
        };
        if account.status == AcctStatus::Stop {
            self.told.remove(&account.session);
            return;
        }
        let (Some(granted), Some(unit)) = (outcome.granted, outcome.unit) else {
            return;
        };
        if policy.coa_port.is_none() {
            return;
        }
        let to_date = account.to_date(base);
        let used = match unit {
            Measure::Seconds => to_date.seconds,
            Measure::Octets => to_date.octets,
            Measure::Events | Measure::Money => return,
        };
        let limit = base.saturating_add(used).saturating_add(granted);
        let attributes = policy.limits(Some(unit), Some(limit));
        let session = account.session.clone();
        let known = self.told.get(&session) == Some(&limit);
        if known || attributes.as_bytes().is_empty() {
            return;
        }
        self.remember_told(session, limit);
        self.ask(serving, Code::COA_REQUEST, &attributes, now);
    }

    /// Asks the client to end the session.
    pub(super) fn disconnect(&mut self, serving: &Serving, now: i64) {
        let ends = serving
            .account
            .as_ref()
            .is_none_or(|account| account.status == AcctStatus::Stop);
        if !ends {
            self.ask(
                serving,
                Code::DISCONNECT_REQUEST,
                &AttributeList::default(),
                now,
            );
        }
    }

    fn ask(&mut self, serving: &Serving, code: Code, further: &AttributeList, now: i64) {
        let port = self.policy(serving).and_then(|policy| policy.coa_port);
        let client = self.door.client(serving.exchange.client());
        let (Some(port), Some(client), Some(packet)) = (port, client, serving.packet()) else {
            return;
        };
        let mut attributes = AttributeList::default();
        for id in NAMES {
            if let Some(value) = packet.find(id) {
                attributes.octets(id, value);
            }
        }
        let seconds = u32::try_from(now / 1_000).unwrap_or(0);
        // Against replays (RFC 5176 §6.3).
        attributes.integer(attribute::EVENT_TIMESTAMP, seconds);
        attributes.append(further);
        let to = SocketAddr::new(serving.exchange.source().ip(), port);
        let sent = self
            .authorisations
            .send(to, code, &attributes, &client.secret, now);
        let result = if sent.is_some() { "sent" } else { "not_sent" };
        self.out.sends.extend(sent.map(|dispatch| Outgoing {
            socket: Socket::Dynamic,
            to: dispatch.to,
            datagram: dispatch.datagram,
        }));
        self.count(self.name_of(serving), dynamic_word(code), result);
    }
}
