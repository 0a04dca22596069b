//! Simulated clients: what they send, believe and give up.

use crate::message::{Ask, Seen, Service};
use crate::random::Random;
use openmvno_charging::{Kind, Requested, ResultCode, UnitKey, UnitRequest, Uuid};

/// Called parties: home, mobile, no price.
const DESTINATIONS: [&str; 4] = ["385111", "385911234567", "385222", "4420"];

/// How many sessions and events clients remember to repeat.
const HISTORY: usize = 24;

/// A session as its client knows it.
#[derive(Clone, Debug)]
struct Session {
    opening: Ask,
    groups: Vec<Option<u32>>,
    next_number: u32,
    granted: u64,
    outstanding: Option<Ask>,
    over: bool,
    over_since: i64,
    reuses: u32,
}

/// All clients of a run.
#[derive(Debug)]
pub struct Clients {
    accounts: usize,
    hosts: Vec<u32>,
    sessions: Vec<Session>,
    history: Vec<Ask>,
    debits: Vec<(Ask, Option<Uuid>)>,
    counter: u32,
}

impl Clients {
    /// Clients of so many accounts with two lines each.
    #[must_use]
    pub fn new(accounts: usize) -> Self {
        Self {
            accounts,
            hosts: vec![1, 1, 0],
            sessions: Vec::new(),
            history: Vec::new(),
            debits: Vec::new(),
            counter: 0,
        }
    }

    /// A client restarts: its Origin-State-Id rises. Clients without one stay without.
    pub fn raise_state(&mut self, random: &mut Random, now: i64) -> Option<(usize, u32)> {
        let host = random.index(self.hosts.len());
        if self.hosts[host] == 0 {
            return None;
        }
        self.hosts[host] += 1;
        for session in &mut self.sessions {
            if session.opening.host == host {
                session.over = true;
                session.over_since = now;
                session.outstanding = None;
            }
        }
        Some((host, self.hosts[host]))
    }

    /// The next thing some client does by itself.
    pub fn act(&mut self, random: &mut Random, now: i64) -> Option<Ask> {
        let ask = match random.below(100) {
            0..=19 => Some(self.open(random, now)),
            20..=59 => self.go_on(random, now),
            60..=71 => Some(self.debit(random, now)),
            72..=79 => self.refund(random, now),
            80..=83 => Some(self.enquire(random, now)),
            84..=94 => self.repeat(random),
            95..=97 => self.forge(random),
            _ => self.reuse(random, now),
        }?;
        if self.history.len() == HISTORY {
            let oldest = random.index(HISTORY);
            self.history.swap_remove(oldest);
        }
        self.history.push(ask.clone());
        Some(ask)
    }

    fn blank(&mut self, random: &mut Random, prefix: char, now: i64) -> Ask {
        self.counter += 1;
        let session = format!("{prefix}{}", self.counter);
        let host = random.index(self.hosts.len());
        Ask {
            tag: format!("{session}#0"),
            session,
            number: 0,
            kind: Kind::Initial,
            account: random.index(self.accounts),
            line: random.index(2),
            service: Service::Voice,
            destination: random.pick(&DESTINATIONS),
            units: Vec::new(),
            per_service: false,
            host,
            state: self.hosts[host],
            refund_of: None,
            retransmitted: random.chance(3),
            first_sent: now,
        }
    }

    fn open(&mut self, random: &mut Random, now: i64) -> Ask {
        let mut ask = self.blank(random, 's', now);
        let data = random.chance(60);
        let mut groups = vec![None];
        if data {
            ask.service = Service::Data;
            ask.destination = "";
            ask.per_service = true;
            let all = [Some(10), Some(20), Some(99)];
            let start = random.index(3);
            let count = 1 + random.index(2);
            groups = (0..count).map(|at| all[(start + at) % 3]).collect();
        }
        ask.units = groups
            .iter()
            .map(|&group| unit(group, requested(random), None))
            .collect();
        if data && random.chance(10) {
            // An INITIAL request may come without any MSCC.
            ask.units.clear();
            ask.per_service = false;
        }
        self.sessions.push(Session {
            opening: ask.clone(),
            groups,
            next_number: 1,
            granted: 0,
            outstanding: Some(ask.clone()),
            over: false,
            over_since: now,
            reuses: 0,
        });
        ask
    }

    fn go_on(&mut self, random: &mut Random, now: i64) -> Option<Ask> {
        let recent = self.sessions.len().saturating_sub(8);
        let place = recent + random.index(self.sessions.len() - recent);
        let session = self.sessions.get_mut(place)?;
        if session.over {
            return None;
        }
        if let Some(outstanding) = &session.outstanding
            && (random.chance(85) || session.reuses > 0)
        {
            // Unanswered: the same again; sometimes the client just goes on, unless it cannot know
            // whose session its Session-Id names.
            return Some(Ask {
                retransmitted: random.chance(60),
                ..outstanding.clone()
            });
        }
        let ending = random.chance(25);
        let mut ask = Ask {
            number: session.next_number,
            kind: if ending {
                Kind::Terminate
            } else {
                Kind::Update
            },
            first_sent: now,
            retransmitted: false,
            per_service: session.opening.service == Service::Data,
            ..session.opening.clone()
        };
        let granted = session.granted.max(1);
        let reported = session.groups.clone();
        ask.units = reported
            .into_iter()
            .filter_map(|group| {
                if random.chance(10) {
                    return None;
                }
                let used = match random.below(10) {
                    0 => None,
                    1..=5 => Some(granted.min(1_500)),
                    6..=8 => Some(random.below(granted.min(1_500) + 1)),
                    _ => Some((granted + random.below(300)).min(1_800)),
                };
                let ask = if ending || random.chance(10) {
                    Requested::Nothing
                } else {
                    requested(random)
                };
                Some(unit(group, ask, used))
            })
            .collect();
        session.next_number += 1;
        session.outstanding = Some(ask.clone());
        if ending {
            session.over_since = now;
        }
        Some(ask)
    }

    fn debit(&mut self, random: &mut Random, now: i64) -> Ask {
        let mut ask = self.blank(random, 'd', now);
        ask.kind = Kind::Debit;
        ask.service = Service::Sms;
        match random.below(4) {
            0 => ask.units = vec![unit(None, Requested::Units(1 + random.below(3)), None)],
            1 => {
                let mut money = unit(None, Requested::Units(random.below(400_000)), None);
                money.money = true;
                ask.units = vec![money];
            }
            _ => {}
        }
        self.debits.push((ask.clone(), None));
        ask
    }

    fn refund(&mut self, random: &mut Random, now: i64) -> Option<Ask> {
        let recent = self.debits.len().saturating_sub(5);
        let place = recent + random.index(self.debits.len() - recent);
        let (debit, cdr) = self.debits.get(place)?.clone();
        let mut ask = self.blank(random, 'r', now);
        ask.kind = Kind::Refund;
        ask.service = Service::Sms;
        ask.account = debit.account;
        ask.line = debit.line;
        match cdr.filter(|_| random.chance(60)) {
            Some(cdr) => ask.refund_of = Some(cdr),
            None => ask.tag = debit.tag,
        }
        if random.chance(30) {
            ask.units = vec![unit(None, Requested::Units(1 + random.below(3)), None)];
        }
        Some(ask)
    }

    fn enquire(&mut self, random: &mut Random, now: i64) -> Ask {
        let mut ask = self.blank(random, 'q', now);
        ask.kind = random.pick(&[Kind::CheckBalance, Kind::PriceEnquiry]);
        ask.service = Service::Sms;
        ask
    }

    fn repeat(&mut self, random: &mut Random) -> Option<Ask> {
        let place = random.index(self.history.len());
        let mut ask = self.history.get(place)?.clone();
        ask.retransmitted = random.chance(50);
        Some(ask)
    }

    /// The key of an earlier request with other content.
    fn forge(&mut self, random: &mut Random) -> Option<Ask> {
        let place = random.index(self.history.len());
        let mut ask = self.history.get(place)?.clone();
        match ask.units.first_mut() {
            Some(unit) if unit.used.is_some() => unit.used = unit.used.map(|used| used + 1),
            Some(unit) => unit.requested = Requested::Units(7),
            None => ask.units.push(unit(None, Requested::Units(2), None)),
        }
        Some(ask)
    }

    /// A Session-Id is used again long after its session: the standard forbids it, clients do it.
    fn reuse(&mut self, random: &mut Random, now: i64) -> Option<Ask> {
        let place = random.index(self.sessions.len());
        let session = self.sessions.get_mut(place)?;
        if !session.over || now - session.over_since < 90_000 {
            return None;
        }
        session.reuses += 1;
        session.over = false;
        session.next_number = 1;
        session.granted = 0;
        let opening = &mut session.opening;
        opening.tag = format!("{}#{}", opening.session, session.reuses);
        opening.first_sent = now;
        opening.retransmitted = false;
        opening.state = self.hosts[opening.host];
        session.outstanding = Some(opening.clone());
        let name = opening.session.clone();
        let ask = opening.clone();
        // What is left of the old session must not be taken for the new one.
        self.history.retain(|old| old.session != name);
        Some(ask)
    }

    /// An answer arrives.
    pub fn hear(&mut self, ask: &Ask, seen: &Seen, now: i64) {
        if ask.kind == Kind::Debit && seen.cdr.is_some() {
            let debit = self
                .debits
                .iter_mut()
                .find(|(debit, _)| debit.session == ask.session);
            if let Some((_, cdr)) = debit {
                *cdr = seen.cdr;
            }
        }
        let named = |session: &&mut Session| session.opening.session == ask.session;
        let Some(session) = self.sessions.iter_mut().find(named) else {
            return;
        };
        let expected = session
            .outstanding
            .as_ref()
            .is_some_and(|out| out.key() == ask.key());
        if !expected || seen.result == ResultCode::TOO_BUSY.0 {
            return;
        }
        session.outstanding = None;
        let grants = seen.units.iter().filter_map(|&(_, granted)| granted);
        session.granted = grants.max().unwrap_or(0);
        let goes_on = seen.result == 2001 || (seen.result == 4012 && ask.kind == Kind::Update);
        if ask.kind == Kind::Terminate || !goes_on {
            session.over = true;
            session.over_since = now;
        }
    }

    /// Whether a copy under way belongs to a session whose Session-Id is in use anew.
    #[must_use]
    pub fn is_stale(&self, ask: &Ask) -> bool {
        let mut sessions = self.sessions.iter();
        let session = sessions.find(|session| session.opening.session == ask.session);
        session.is_some_and(|session| session.opening.tag != ask.tag)
    }
}

fn requested(random: &mut Random) -> Requested {
    match random.below(6) {
        0 => Requested::ServerChooses,
        1 => Requested::Units(random.below(3)),
        _ => Requested::Units(random.below(600)),
    }
}

fn unit(rating_group: Option<u32>, requested: Requested, used: Option<u64>) -> UnitRequest {
    UnitRequest {
        key: UnitKey {
            rating_group,
            service_identifier: None,
        },
        requested,
        used,
        used_after_change: None,
        money: false,
    }
}
