//! Requests encoded once; per request only the bytes that differ are patched.

use std::ops::Range;

use anyhow::{Result, ensure};
use openmvno_diameter::client::{
    ClientIdentity, ClientRequest, ClientService, Identifiers, ServiceDetail,
};
use openmvno_diameter::codec::{FLAG_RETRANSMITTED, ntp_from_unix};
use openmvno_diameter::credit_control::{RequestType, Units};

use crate::options::{LoadOptions, VoiceUnits};
use crate::traffic::Service;

/// Placeholders: found again in the encoded request, where each stands for bytes to patch.
const SESSION: &str = "@@@@@@@@@@";
const MSISDN: &str = "############";
const IMSI: &str = "%%%%%%%%%%%%%%%";
const NUMBER: u32 = 0xF1E2_D3C4;
const USED_SECONDS: u32 = 0xC5D6_E7F8;
const USED_OCTETS: u64 = 0xFAEB_DCCD_BEAF_9081;
/// A second of the year 2106, which no run reaches.
const TIMESTAMP: i64 = 4_294_000_123;

/// First MSISDN and IMSI of the sample subscribers.
pub(crate) const FIRST_MSISDN: u64 = 999_000_000_000;
const FIRST_IMSI: u64 = 999_700_000_000_000;

/// TS 32.299 §7.2.175: QUOTA_EXHAUSTED and FINAL.
const QUOTA_EXHAUSTED: u32 = 3;
const FINAL: u32 = 2;
/// RFC 6733 §8.15: DIAMETER_LOGOUT.
const LOGOUT: u32 = 1;

/// What differs from request to request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) identifiers: Identifiers,
    pub(crate) retransmitted: bool,
    pub(crate) session: u32,
    pub(crate) subscriber: u64,
    pub(crate) called: u64,
    pub(crate) number: u32,
    pub(crate) unix_seconds: i64,
    pub(crate) used: u64,
}

/// One encoded request and where its differing bytes are.
#[derive(Debug)]
struct Template {
    bytes: Vec<u8>,
    session: usize,
    msisdn: Vec<usize>,
    imsi: usize,
    number: usize,
    timestamp: usize,
    used_seconds: Option<usize>,
    used_octets: Option<usize>,
    /// Where the digits are in which calls differ.
    called: Option<Range<usize>>,
}

impl Template {
    fn new(bytes: Vec<u8>, options: &LoadOptions) -> Result<Self> {
        let one = |pattern: &[u8]| {
            let found = positions(&bytes, pattern);
            ensure!(
                found.len() == 1,
                "a name in the request looks like a placeholder"
            );
            Ok(found[0])
        };
        Ok(Self {
            session: one(SESSION.as_bytes())?,
            msisdn: positions(&bytes, MSISDN.as_bytes()),
            imsi: one(IMSI.as_bytes())?,
            number: one(&NUMBER.to_be_bytes())?,
            timestamp: one(&ntp_from_unix(TIMESTAMP).to_be_bytes())?,
            used_octets: one(&USED_OCTETS.to_be_bytes()).ok(),
            used_seconds: one(&USED_SECONDS.to_be_bytes()).ok(),
            called: one(called_party(options).as_bytes()).ok().map(|at| {
                let end = at + called_party(options).len();
                end - usize::from(options.called_digits)..end
            }),
            bytes,
        })
    }

    fn write(&self, fields: &Fields, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        let request = &mut out[start..];
        if fields.retransmitted {
            request[4] |= FLAG_RETRANSMITTED;
        }
        patch(request, 12, fields.identifiers.hop_by_hop.to_be_bytes());
        patch(request, 16, fields.identifiers.end_to_end.to_be_bytes());
        patch(
            request,
            self.session,
            digits::<10>(u64::from(fields.session)),
        );
        for at in &self.msisdn {
            patch(request, *at, digits::<12>(FIRST_MSISDN + fields.subscriber));
        }
        patch(
            request,
            self.imsi,
            digits::<15>(FIRST_IMSI + fields.subscriber),
        );
        patch(request, self.number, fields.number.to_be_bytes());
        if let Some(called) = &self.called {
            spread(&mut request[called.clone()], fields.called);
        }
        let timestamp = ntp_from_unix(fields.unix_seconds);
        patch(request, self.timestamp, timestamp.to_be_bytes());
        if let Some(at) = self.used_octets {
            patch(request, at, fields.used.to_be_bytes());
        }
        if let Some(at) = self.used_seconds {
            // The options keep seconds within 32 bits.
            let seconds = u32::try_from(fields.used).unwrap_or(u32::MAX);
            patch(request, at, seconds.to_be_bytes());
        }
    }
}

fn positions(bytes: &[u8], pattern: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(pattern.len()).enumerate();
    windows
        .filter(|(_, window)| *window == pattern)
        .map(|(at, _)| at)
        .collect()
}

fn patch<const N: usize>(request: &mut [u8], at: usize, value: [u8; N]) {
    request[at..at + N].copy_from_slice(&value);
}

/// The last `N` decimal digits.
fn digits<const N: usize>(value: u64) -> [u8; N] {
    let mut text = [b'0'; N];
    spread(&mut text, value);
    text
}

/// Writes the last decimal digits, as many as there is room for.
fn spread(text: &mut [u8], mut value: u64) {
    for digit in text.iter_mut().rev() {
        // A digit is below ten.
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

fn called_party(options: &LoadOptions) -> String {
    format!("tel:+{}", options.called)
}

/// All requests of one connection.
#[derive(Debug)]
pub(crate) struct Templates {
    /// By service and type.
    templates: [[Template; 3]; 2],
    /// Session-Id up to the session's number.
    session_prefix: String,
}

impl Templates {
    pub(crate) fn new(identity: &ClientIdentity, options: &LoadOptions, run: u32) -> Result<Self> {
        let session_prefix = format!("{};{run:010};", identity.origin_host);
        let build = |service, kind| {
            let mut bytes = Vec::new();
            write(
                service,
                kind,
                options,
                &session_prefix,
                identity,
                &mut bytes,
            )?;
            Template::new(bytes, options)
        };
        let all = |service| -> Result<[Template; 3]> {
            Ok([
                build(service, RequestType::Initial)?,
                build(service, RequestType::Update)?,
                build(service, RequestType::Termination)?,
            ])
        };
        Ok(Self {
            templates: [all(Service::Data)?, all(Service::Voice)?],
            session_prefix,
        })
    }

    /// Appends a request.
    pub(crate) fn write(
        &self,
        service: Service,
        kind: RequestType,
        fields: &Fields,
        out: &mut Vec<u8>,
    ) {
        self.templates[service as usize][position(kind)].write(fields, out);
    }

    /// The Session-Id of a session.
    pub(crate) fn session_id(&self, session: u32) -> String {
        format!("{}{session:010}", self.session_prefix)
    }
}

const fn position(kind: RequestType) -> usize {
    match kind {
        RequestType::Initial => 0,
        RequestType::Update => 1,
        RequestType::Termination | RequestType::Event => 2,
    }
}

fn write(
    service: Service,
    kind: RequestType,
    options: &LoadOptions,
    session_prefix: &str,
    identity: &ClientIdentity,
    out: &mut Vec<u8>,
) -> Result<()> {
    let session_id = format!("{session_prefix}{SESSION}");
    let context = match service {
        Service::Data => "32251@3gpp.org",
        Service::Voice => "32260@3gpp.org",
    };
    let mut request = ClientRequest::new(&session_id, context, kind, NUMBER);
    request.event_timestamp = Some(TIMESTAMP);
    request.e164 = Some(MSISDN);
    request.imsi = Some(IMSI);
    let called = called_party(options);
    let calling = format!("tel:+{MSISDN}");
    request.detail = match service {
        Service::Data => ServiceDetail::Ps {
            access_point_name: "internet",
            sgsn_mcc_mnc: "99970",
        },
        Service::Voice => ServiceDetail::Ims {
            called_party: &called,
            calling_party: &calling,
            role_of_node: 0,
        },
    };
    if kind == RequestType::Termination {
        request.termination_cause = Some(LOGOUT);
    }
    let requested = requested(service, kind, options)?;
    let used = [used(service)];
    let used = if kind == RequestType::Initial {
        &[][..]
    } else {
        &used[..]
    };
    if service == Service::Voice && options.voice_units == VoiceUnits::Command {
        request.requested = requested;
        request.used = used;
        request.write(identity, Identifiers::default(), out);
        return Ok(());
    }
    let services = [ClientService {
        rating_group: (service == Service::Data).then_some(options.rating_group),
        service_identifiers: &[],
        requested,
        used,
        reporting_reason: match kind {
            RequestType::Update => Some(QUOTA_EXHAUSTED),
            RequestType::Termination => Some(FINAL),
            RequestType::Initial | RequestType::Event => None,
        },
    }];
    request.multiple_services_indicator = Some(true);
    request.services = &services;
    request.write(identity, Identifiers::default(), out);
    Ok(())
}

fn requested(service: Service, kind: RequestType, options: &LoadOptions) -> Result<Option<Units>> {
    if kind == RequestType::Termination {
        return Ok(None);
    }
    Ok(Some(match service {
        Service::Data => Units {
            total_octets: Some(options.data()?.grant),
            ..Units::default()
        },
        Service::Voice => Units {
            time: Some(u32::try_from(options.voice()?.grant)?),
            ..Units::default()
        },
    }))
}

fn used(service: Service) -> Units {
    match service {
        Service::Data => Units {
            total_octets: Some(USED_OCTETS),
            ..Units::default()
        },
        Service::Voice => Units {
            time: Some(USED_SECONDS),
            ..Units::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Cli;
    use clap::Parser;
    use openmvno_diameter::Message;
    use openmvno_diameter::credit_control::CreditControlRequest;
    use std::net::{IpAddr, Ipv4Addr};

    fn identity() -> ClientIdentity {
        ClientIdentity {
            origin_host: "gateway003.loadgen.example".to_owned(),
            origin_realm: "loadgen.example".to_owned(),
            origin_state_id: None,
            host_ip_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            destination_realm: "openmvno.example".to_owned(),
            destination_host: None,
        }
    }

    const FIELDS: Fields = Fields {
        identifiers: Identifiers {
            hop_by_hop: 0x0102_0304,
            end_to_end: 0x0506_0708,
        },
        retransmitted: true,
        session: 42,
        subscriber: 77_123,
        called: 1_234_567_891,
        number: 3,
        unix_seconds: 1_790_000_000,
        used: 4_321,
    };

    /// The patched bytes are those of a request encoded with the same values from the start.
    #[test]
    fn patching_equals_encoding() {
        let cli = Cli::parse_from(["loadgen", "--grant=1GB", "--grant=1h", "--called-digits=4"]);
        let templates = Templates::new(&identity(), &cli.load, 1_700_000_000).expect("distinct");
        let mut patched = Vec::new();
        templates.write(Service::Voice, RequestType::Update, &FIELDS, &mut patched);
        let session_id = templates.session_id(42);
        assert_eq!(
            session_id,
            "gateway003.loadgen.example;1700000000;0000000042"
        );
        let time = |seconds| Units {
            time: Some(seconds),
            ..Units::default()
        };
        let mut request = ClientRequest::new(&session_id, "32260@3gpp.org", RequestType::Update, 3);
        request.event_timestamp = Some(1_790_000_000);
        request.e164 = Some("999000077123");
        request.imsi = Some("999700000077123");
        request.multiple_services_indicator = Some(true);
        request.detail = ServiceDetail::Ims {
            called_party: "tel:+385910007891",
            calling_party: "tel:+999000077123",
            role_of_node: 0,
        };
        request.retransmitted = true;
        let services = [ClientService {
            requested: Some(time(3_600)),
            used: &[time(4_321)],
            reporting_reason: Some(3),
            ..ClientService::default()
        }];
        request.services = &services;
        let mut encoded = Vec::new();
        request.write(&identity(), FIELDS.identifiers, &mut encoded);
        assert_eq!(patched, encoded);
    }

    #[test]
    fn the_server_reads_every_request() {
        for units in ["mscc", "command"] {
            let cli = Cli::parse_from(["loadgen", "--voice-units", units]);
            let templates = Templates::new(&identity(), &cli.load, 9).expect("distinct");
            for service in [Service::Data, Service::Voice] {
                for kind in [
                    RequestType::Initial,
                    RequestType::Update,
                    RequestType::Termination,
                ] {
                    let mut bytes = Vec::new();
                    templates.write(service, kind, &FIELDS, &mut bytes);
                    let message = Message::parse(&bytes).expect("one message");
                    assert!(message.header.is_retransmitted());
                    let request = CreditControlRequest::parse(&message).expect("a request");
                    assert_eq!(request.request_type, kind);
                    assert_eq!(request.request_number, 3);
                }
            }
        }
    }

    #[test]
    fn a_name_that_looks_like_a_placeholder_is_refused() {
        let mut identity = identity();
        identity.origin_realm = "@@@@@@@@@@".to_owned();
        let cli = Cli::parse_from(["loadgen"]);
        assert!(Templates::new(&identity, &cli.load, 9).is_err());
    }
}
