//! How long one CCR-U of 25 AVPs takes: `cargo run --release -p openmvno-diameter --example parse_speed`.

use std::hint::black_box;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use openmvno_diameter::client::{
    ClientIdentity, ClientRequest, ClientService, Identifiers, ServiceDetail, write_capabilities,
};
use openmvno_diameter::credit_control::{RequestType, Units};
use openmvno_diameter::dictionary::AvpType;
use openmvno_diameter::peer::{PeerTable, Transport};
use openmvno_diameter::{
    Acceptor, Avps, CreditControlAnswer, CreditControlRequest, GrantedService, GrantedUnits,
    LocalIdentity, Message, Peer, PeerSettings, next_frame,
};

const ROUNDS: u32 = 100_000;
const RUNS: usize = 21;

fn main() -> std::io::Result<()> {
    let identity = server();
    let frame = update();
    let mut peer = open_peer(&identity);
    let message = Message::parse(&frame).expect("a whole message");
    let mut out = Vec::with_capacity(4096);

    let mut stdout = std::io::stdout();
    let count = count_avps(message.avps());
    writeln!(
        stdout,
        "CCR-U of {} octets, {count} AVPs; median and fastest of {RUNS} runs",
        frame.len()
    )?;
    let parse = measure(|| {
        let message = Message::parse(black_box(&frame)).expect("a whole message");
        black_box(CreditControlRequest::parse(&message).is_ok());
    });
    writeln!(
        stdout,
        "parse                              {:>5} {:>5} ns",
        parse.0, parse.1
    )?;
    let door = measure(|| {
        let length = next_frame(black_box(&frame), 65_536).ok().flatten();
        let message = Message::parse(&frame[..length.unwrap_or(0)]).expect("a whole message");
        black_box(peer.on_message(1, &message, &mut out));
        black_box(CreditControlRequest::parse(&message).is_ok());
    });
    writeln!(
        stdout,
        "frame, peer, parse                 {:>5} {:>5} ns",
        door.0, door.1
    )?;
    let all = measure(|| {
        out.clear();
        let length = next_frame(black_box(&frame), 65_536).ok().flatten();
        let message = Message::parse(&frame[..length.unwrap_or(0)]).expect("a whole message");
        black_box(peer.on_message(1, &message, &mut out));
        if let Ok(request) = CreditControlRequest::parse(&message) {
            answer(&identity, &request, &mut out);
        }
        black_box(&out);
    });
    writeln!(
        stdout,
        "frame, peer, parse, context, answer{:>5} {:>5} ns",
        all.0, all.1
    )
}

/// Nanoseconds of one call: median and fastest run.
fn measure(mut call: impl FnMut()) -> (u128, u128) {
    let mut runs: Vec<u128> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                call();
            }
            start.elapsed().as_nanos() / u128::from(ROUNDS)
        })
        .collect();
    runs.sort_unstable();
    (runs[RUNS / 2], runs[0])
}

fn answer(identity: &LocalIdentity, request: &CreditControlRequest<'_>, out: &mut Vec<u8>) {
    let services = [GrantedService {
        rating_group: request.services[0].rating_group,
        granted: Some(GrantedUnits::Octets(1_048_576)),
        validity_time: Some(600),
        result_code: Some(2001),
        ..GrantedService::default()
    }];
    let answer = CreditControlAnswer {
        services: &services,
        ..CreditControlAnswer::with_result(2001)
    };
    answer.write(identity, &request.answer_context(), out);
}

fn count_avps(avps: Avps<'_>) -> usize {
    avps.map_while(Result::ok)
        .map(|avp| match avp.id.definition() {
            Some(row) if row.kind == AvpType::Grouped => 1 + count_avps(avp.grouped()),
            _ => 1,
        })
        .sum()
}

fn server() -> Arc<LocalIdentity> {
    Arc::new(LocalIdentity {
        origin_host: "ocs.example.org".to_owned(),
        origin_realm: "example.org".to_owned(),
        product_name: "OpenMVNO".to_owned(),
        vendor_id: 0,
        firmware_revision: None,
        origin_state_id: 1,
        supported_vendors: Vec::new(),
    })
}

fn gateway() -> ClientIdentity {
    ClientIdentity {
        origin_host: "pgw-17.mnc010.example.org".to_owned(),
        origin_realm: "mnc010.example.org".to_owned(),
        origin_state_id: Some(10),
        host_ip_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        destination_realm: "example.org".to_owned(),
        destination_host: Some("ocs.example.org".to_owned()),
    }
}

fn open_peer(identity: &Arc<LocalIdentity>) -> Peer {
    let acceptor = Acceptor {
        identity: Arc::clone(identity),
        settings: Arc::new(PeerSettings::default()),
        peers: Arc::new(PeerTable::open()),
    };
    let transport = Transport {
        remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
        local: IpAddr::V4(Ipv4Addr::LOCALHOST),
        certificate_names: None,
    };
    let mut peer = Peer::new(acceptor, transport, 0, 1);
    let mut cer = Vec::new();
    write_capabilities(&mut cer, &gateway(), Identifiers::both(1), &[4]);
    let cer = Message::parse(&cer).expect("a CER");
    peer.on_message(0, &cer, &mut Vec::new());
    peer
}

fn update() -> Vec<u8> {
    let used = [Units {
        total_octets: Some(1_048_576),
        ..Units::default()
    }];
    let services = [ClientService {
        rating_group: Some(100),
        requested: Some(Units::default()),
        used: &used,
        ..ClientService::default()
    }];
    let mut request = ClientRequest::new(
        "pgw-17.mnc010.example.org;1795413983;42;gy",
        "32251@3gpp.org",
        RequestType::Update,
        3,
    );
    request.event_timestamp = Some(1_795_413_989);
    request.e164 = Some("385910000001");
    request.imsi = Some("219010000000001");
    request.multiple_services_indicator = Some(true);
    request.services = &services;
    request.detail = ServiceDetail::Ps {
        access_point_name: "internet",
        sgsn_mcc_mnc: "21910",
    };
    let mut frame = Vec::new();
    request.write(&gateway(), Identifiers::both(7), &mut frame);
    frame
}
