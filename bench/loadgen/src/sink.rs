//! A server that answers every request with 2001 and what was asked for, at once, on one thread.
//!
//! It shows what the generator itself can do, and stands in for a server in its tests.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use openmvno_diameter::codec::{Avp, Header, MAXIMUM_FRAME, Message, MessageWriter, next_frame};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::result_code;

const LISTENER: Token = Token(usize::MAX);

/// How a sink behaves.
#[derive(Clone, Debug)]
pub struct SinkSettings {
    /// Where it listens; port 0 for any.
    pub address: SocketAddr,
    /// Closes the connection instead of answering every so many requests.
    pub close_every: Option<u64>,
    /// Answers 3004 every so many requests.
    pub refuse_every: Option<u64>,
    /// Leaves every so many requests unanswered.
    pub ignore_every: Option<u64>,
    /// Receives every request as it came, before it is answered.
    pub observer: Option<Sender<Vec<u8>>>,
}

impl SinkSettings {
    /// A sink that answers everything.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            close_every: None,
            refuse_every: None,
            ignore_every: None,
            observer: None,
        }
    }
}

/// A listening sink.
#[derive(Debug)]
pub struct Sink {
    settings: SinkSettings,
    address: SocketAddr,
    listener: TcpListener,
    poll: Poll,
    peers: HashMap<Token, Peer>,
    next_token: usize,
    requests: u64,
}

#[derive(Debug)]
struct Peer {
    stream: TcpStream,
    input: Vec<u8>,
    filled: usize,
    output: Vec<u8>,
    written: usize,
}

/// What to do with a connection after a message.
#[derive(PartialEq, Eq)]
enum Verdict {
    Keep,
    Close,
}

impl Sink {
    /// Listens.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn bind(settings: SinkSettings) -> io::Result<Self> {
        let mut listener = TcpListener::bind(settings.address)?;
        let poll = Poll::new()?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self {
            address: listener.local_addr()?,
            settings,
            listener,
            poll,
            peers: HashMap::new(),
            next_token: 0,
            requests: 0,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` says so; it is asked at least every 20 ms.
    ///
    /// # Errors
    /// The event loop fails.
    pub fn serve(&mut self, stop: impl Fn() -> bool) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        while !stop() {
            match self.poll.poll(&mut events, Some(Duration::from_millis(20))) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    token => self.ready(token),
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let token = Token(self.next_token);
            self.next_token += 1;
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll
                .registry()
                .register(&mut stream, token, interest)?;
            let peer = Peer {
                stream,
                input: vec![0; 2 * MAXIMUM_FRAME],
                filled: 0,
                output: Vec::new(),
                written: 0,
            };
            self.peers.insert(token, peer);
        }
    }

    fn ready(&mut self, token: Token) {
        // Taken out, so that counting and the peer can be borrowed side by side.
        let Some(mut peer) = self.peers.remove(&token) else {
            return;
        };
        if let Ok(Verdict::Keep) = self.exchange(&mut peer) {
            self.peers.insert(token, peer);
        }
    }

    fn exchange(&mut self, peer: &mut Peer) -> io::Result<Verdict> {
        loop {
            let read = match peer.stream.read(&mut peer.input[peer.filled..]) {
                Ok(0) => return Ok(Verdict::Close),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(error) => return Err(error),
            };
            peer.filled += read;
            let verdict = self.answer_all(peer)?;
            peer.flush()?;
            if read == 0 || verdict == Verdict::Close {
                return Ok(verdict);
            }
        }
    }

    fn answer_all(&mut self, peer: &mut Peer) -> io::Result<Verdict> {
        let mut start = 0;
        let mut verdict = Verdict::Keep;
        while verdict == Verdict::Keep {
            let available = &peer.input[start..peer.filled];
            let length = next_frame(available, MAXIMUM_FRAME).map_err(io::Error::other)?;
            let Some(length) = length else { break };
            let frame = &available[..length];
            let message = Message::parse(frame).map_err(io::Error::other)?;
            verdict = self.answer(&message, &mut peer.output);
            start += length;
        }
        peer.input.copy_within(start..peer.filled, 0);
        peer.filled -= start;
        Ok(verdict)
    }

    fn answer(&mut self, request: &Message<'_>, out: &mut Vec<u8>) -> Verdict {
        let header = request.header;
        if !header.is_request() {
            return Verdict::Keep;
        }
        if header.command != avp::COMMAND_CREDIT_CONTROL {
            write_common(&header, out);
            return Verdict::Keep;
        }
        if let Some(observer) = &self.settings.observer {
            // A test that looks no longer is no reason to stop answering.
            let _ = observer.send(request.bytes().to_vec());
        }
        self.requests += 1;
        let every = |count: Option<u64>| count.is_some_and(|count| self.requests % count == 0);
        if every(self.settings.close_every) {
            return Verdict::Close;
        }
        if every(self.settings.ignore_every) {
            return Verdict::Keep;
        }
        let result = if every(self.settings.refuse_every) {
            result_code::TOO_BUSY
        } else {
            result_code::SUCCESS
        };
        write_answer(request, result, out);
        Verdict::Keep
    }
}

impl Peer {
    fn flush(&mut self) -> io::Result<()> {
        while self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(written) => self.written += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.output.clear();
        self.written = 0;
        Ok(())
    }
}

fn write_origin(writer: &mut MessageWriter<'_>) {
    writer.utf8(avp::ORIGIN_HOST, "sink.loadgen.example");
    writer.utf8(avp::ORIGIN_REALM, "loadgen.example");
}

/// CEA, DWA and DPA.
fn write_common(header: &Header, out: &mut Vec<u8>) {
    let mut writer = MessageWriter::begin(out, &header.answer(false));
    writer.u32(avp::RESULT_CODE, result_code::SUCCESS);
    write_origin(&mut writer);
    if header.command == avp::COMMAND_CAPABILITIES_EXCHANGE {
        writer.u32(avp::AUTH_APPLICATION_ID, avp::APPLICATION_CREDIT_CONTROL);
    }
    writer.finish();
}

/// CCA: grants what was requested.
fn write_answer(request: &Message<'_>, result: u32, out: &mut Vec<u8>) {
    let refused = result_code::is_protocol_error(result);
    let mut writer = MessageWriter::begin(out, &request.header.answer(refused));
    writer.u32(avp::RESULT_CODE, result);
    write_origin(&mut writer);
    for item in request.avps().flatten() {
        match item.id {
            avp::SESSION_ID | avp::CC_REQUEST_TYPE | avp::CC_REQUEST_NUMBER => writer.raw(item.raw),
            avp::REQUESTED_SERVICE_UNIT if !refused => {
                writer.octets(avp::GRANTED_SERVICE_UNIT, item.data);
            }
            avp::MULTIPLE_SERVICES_CREDIT_CONTROL if !refused => write_service(&mut writer, &item),
            _ => {}
        }
    }
    writer.finish();
}

fn write_service(writer: &mut MessageWriter<'_>, service: &Avp<'_>) {
    writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |group| {
        for item in service.grouped().flatten() {
            match item.id {
                avp::REQUESTED_SERVICE_UNIT => group.octets(avp::GRANTED_SERVICE_UNIT, item.data),
                avp::RATING_GROUP => group.raw(item.raw),
                _ => {}
            }
        }
        group.u32(avp::RESULT_CODE, result_code::SUCCESS);
    });
}
