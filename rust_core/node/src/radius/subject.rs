//! Whom and what a RADIUS request is about, in the engine's words.

use super::policy::{Called, Policy};
use openmvno_charging::{IdentityKind, charge_time};
use openmvno_diameter::credit_control::UserLocation;
use openmvno_radius::Packet;
use openmvno_radius::attributes as attribute;
use openmvno_rating::Numbering;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

/// Session-Ids of RADIUS sessions and the Class attributes that carry them begin so.
const MARK: &str = "radius;";

/// An identity the subscriber may have.
pub(super) type Candidate = (IdentityKind, String);

/// The identities a request may mean, the most reliable first: what the SIM says, who logs in, which
/// station calls.
pub(super) fn candidates(packet: &Packet<'_>, plan: &Numbering) -> Vec<Candidate> {
    let mut found = Vec::with_capacity(4);
    let mut add = |kind, digits: &str| {
        let candidate: Candidate = (kind, digits.to_owned());
        if (5..=15).contains(&digits.len()) && !found.contains(&candidate) {
            found.push(candidate);
        }
    };
    if let Some(imsi) = packet
        .text(attribute::TGPP_IMSI)
        .filter(|imsi| is_number(imsi))
    {
        add(IdentityKind::Imsi, imsi);
    }
    for id in [attribute::USER_NAME, attribute::CALLING_STATION_ID] {
        // RFC 7542: what stands before the realm names the user.
        let Some(user) = packet.text(id).and_then(|name| name.split('@').next()) else {
            continue;
        };
        let number = user.strip_prefix('+').unwrap_or(user);
        if !is_number(number) {
            continue;
        }
        // An IMSI-based NAI has one digit for the method before it (TS 23.003 §14.3).
        match number.len() {
            14 | 15 => add(IdentityKind::Imsi, number),
            16 => add(IdentityKind::Imsi, &number[1..]),
            _ => {}
        }
        add(IdentityKind::Msisdn, plan.normalise(user).as_str());
    }
    found
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Which access server reports: the name or address it gives itself, else where it sends from.
pub(super) fn origin(packet: &Packet<'_>, policy: &Policy, source: SocketAddr) -> String {
    let mut origin = format!("{MARK}{}/", policy.name);
    let v4 = packet.integer(attribute::NAS_IP_ADDRESS);
    let v6 = packet.find(attribute::NAS_IPV6_ADDRESS);
    let v6 = v6.and_then(|octets| <[u8; 16]>::try_from(octets).ok());
    if let Some(name) = packet.text(attribute::NAS_IDENTIFIER) {
        printable(name, &mut origin);
    } else {
        let address = v4.map(|bits| IpAddr::from(bits.to_be_bytes()));
        let address = address.or(v6.map(IpAddr::from)).unwrap_or(source.ip());
        // Writing to a String does not fail.
        let _ = write!(origin, "{address}");
    }
    origin
}

/// The Session-Id of an Access-Request: the same for its retransmissions, another for any other.
pub(super) fn access_session(packet: &Packet<'_>, policy: &Policy, source: SocketAddr) -> String {
    let mut seed = packet.bytes()[1..2].to_vec();
    seed.extend_from_slice(packet.authenticator());
    seed.extend_from_slice(source.to_string().as_bytes());
    let hash = xxhash_rust::xxh3::xxh3_128(&seed);
    format!("{MARK}{}/{hash:032x}", policy.name)
}

/// The Session-Id of an Accounting-Request: the one our Class carries, else made of what names the
/// session at its access server (RFC 2866 §5.5).
pub(super) fn accounting_session(packet: &Packet<'_>, origin: &str) -> Option<(String, bool)> {
    let classes = packet.attributes().filter(|one| one.id == attribute::CLASS);
    let ours = classes
        .filter_map(|class| std::str::from_utf8(class.value).ok())
        .find(|text| text.starts_with(MARK) && text.bytes().all(|byte| byte.is_ascii_graphic()));
    if let Some(session) = ours {
        return Some((session.to_owned(), true));
    }
    let own = packet.find(attribute::ACCT_SESSION_ID)?;
    let mut session = format!("{origin}/");
    match std::str::from_utf8(own) {
        Ok(text) => printable(text, &mut session),
        Err(_) => own.iter().for_each(|octet| {
            let _ = write!(session, "{octet:02x}");
        }),
    }
    Some((session, false))
}

fn printable(text: &str, out: &mut String) {
    let plain = text
        .chars()
        .map(|one| if one.is_control() { '_' } else { one });
    out.extend(plain);
}

/// When it happened (RFC 2869 §5.3, RFC 2866 §5.2), Unix milliseconds.
pub(super) fn happened_at(packet: &Packet<'_>, now: i64) -> i64 {
    let delay = i64::from(packet.integer(attribute::ACCT_DELAY_TIME).unwrap_or(0)) * 1_000;
    let stamp = packet.integer(attribute::EVENT_TIMESTAMP);
    charge_time(
        stamp.map_or(now - delay, |seconds| i64::from(seconds) * 1_000),
        now,
    )
}

/// A number that rises with every start of an access server: the time of its Accounting-On or -Off,
/// the same when that is sent again.
pub(super) fn start_number(packet: &Packet<'_>, now: i64) -> u32 {
    let delay = i64::from(packet.integer(attribute::ACCT_DELAY_TIME).unwrap_or(0));
    let arrived = u32::try_from(now / 1_000 - delay).unwrap_or(1);
    packet
        .integer(attribute::EVENT_TIMESTAMP)
        .unwrap_or(arrived)
        .max(1)
}

/// Where the user is and what he reaches.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) destination: String,
    pub(super) apn: String,
    pub(super) plmn: String,
    pub(super) cell: String,
    pub(super) rat_type: Option<u8>,
}

impl Place {
    pub(super) fn of(packet: &Packet<'_>, policy: &Policy) -> Self {
        let location = packet.find(attribute::TGPP_USER_LOCATION_INFO);
        let location = location.and_then(UserLocation::read).unwrap_or_default();
        let called = packet.text(attribute::CALLED_STATION_ID).unwrap_or("");
        let serving = packet.text(attribute::TGPP_SGSN_MCC_MNC);
        let mut place = Self {
            plmn: serving.map_or(location.plmn, str::to_owned),
            cell: location.cell,
            rat_type: packet
                .find(attribute::TGPP_RAT_TYPE)
                .and_then(|rat| rat.first().copied()),
            ..Self::default()
        };
        match policy.called_station {
            Called::AccessPoint => place.apn = called.to_owned(),
            Called::Number => place.destination = called.to_owned(),
            Called::Nothing => {}
        }
        place
    }
}
