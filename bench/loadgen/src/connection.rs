//! One Diameter connection: socket, buffers and its requests.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use openmvno_diameter::client::{ClientIdentity, Identifiers, write_capabilities};
use openmvno_diameter::codec::{FrameError, MAXIMUM_FRAME, next_frame};
use openmvno_diameter::dictionary::APPLICATION_CREDIT_CONTROL;

use crate::template::Templates;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const INPUT_SIZE: usize = 2 * MAXIMUM_FRAME;

/// State of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// No socket; tried again at this time.
    Down(u64),
    /// CER sent.
    Opening,
    /// CEA received.
    Up,
    /// Given up.
    Closed,
}

/// What was read and not yet used.
#[derive(Debug)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![0; INPUT_SIZE],
            start: 0,
            end: 0,
        }
    }

    /// Stands in while the connection's own is being read.
    pub(crate) const fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Reads once. Returns the octets read and whether there may be more.
    pub(crate) fn fill(&mut self, stream: &mut impl Read) -> io::Result<(usize, bool)> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let room = &mut self.bytes[self.end..];
        let length = room.len();
        let read = stream.read(room)?;
        self.end += read;
        Ok((read, read == length))
    }

    /// The next complete message.
    pub(crate) fn frame(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let available = &self.bytes[self.start..self.end];
        let Some(length) = next_frame(available, MAXIMUM_FRAME)? else {
            return Ok(None);
        };
        let from = self.start;
        self.start += length;
        Ok(Some(&self.bytes[from..from + length]))
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) identity: ClientIdentity,
    pub(crate) templates: Templates,
    pub(crate) link: Link,
    pub(crate) stream: Option<TcpStream>,
    pub(crate) input: Input,
    pub(crate) output: Vec<u8>,
    written: usize,
    /// When the connection went down, nanoseconds.
    pub(crate) down_since: u64,
}

impl Connection {
    pub(crate) fn new(identity: ClientIdentity, templates: Templates) -> Self {
        Self {
            identity,
            templates,
            link: Link::Down(0),
            stream: None,
            input: Input::new(),
            output: Vec::new(),
            written: 0,
            down_since: 0,
        }
    }

    /// Connects and sends the CER.
    pub(crate) fn open(
        &mut self,
        registry: &Registry,
        token: Token,
        address: SocketAddr,
    ) -> io::Result<()> {
        let stream = std::net::TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        self.identity.host_ip_address = stream.local_addr()?.ip();
        self.stream = Some(stream);
        self.link = Link::Opening;
        let applications = [APPLICATION_CREDIT_CONTROL];
        let identifiers = Identifiers::default();
        write_capabilities(&mut self.output, &self.identity, identifiers, &applications);
        Ok(())
    }

    /// Drops the socket and whatever was buffered.
    pub(crate) fn close(&mut self, link: Link) {
        self.stream = None;
        self.link = link;
        self.input.clear();
        self.output.clear();
        self.written = 0;
    }

    pub(crate) fn is_up(&self) -> bool {
        self.link == Link::Up
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty() && self.stream.is_some()
    }

    /// Writes what the socket takes; the rest follows when it is writable again.
    pub(crate) fn flush(&mut self) -> io::Result<usize> {
        let Some(stream) = &mut self.stream else {
            return Ok(0);
        };
        let before = self.written;
        while self.written < self.output.len() {
            match stream.write(&self.output[self.written..]) {
                Ok(written) => self.written += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(self.written - before);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let written = self.written - before;
        self.output.clear();
        self.written = 0;
        Ok(written)
    }
}
