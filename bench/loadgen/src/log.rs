//! The auditor's log: JSON lines, a request before it is sent, an answer once it is received.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use openmvno_diameter::client::ClientAnswer;

use crate::answer::Summary;
use crate::session::Slot;
use crate::template::FIRST_MSISDN;

/// Appends to the file. Lines wait in memory until [`Log::flush`], which comes before every socket write.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    lines: Vec<u8>,
}

/// What a request line says beside its slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLine<'a> {
    pub(crate) unix_nanoseconds: u64,
    pub(crate) session_id: &'a str,
    pub(crate) retransmitted: bool,
    pub(crate) rating_group: Option<u32>,
    pub(crate) requested: Option<u64>,
}

impl Log {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            file,
            lines: Vec::new(),
        })
    }

    pub(crate) fn request(&mut self, line: &RequestLine<'_>, slot: &Slot) -> io::Result<()> {
        writeln!(
            self.lines,
            concat!(
                r#"{{"event":"request","at":{},"session":"{}","type":{},"number":{},"retransmission":{},"#,
                r#""connection":{},"hop_by_hop":{},"end_to_end":{},"msisdn":"{}","service":"{}","#,
                r#""rating_group":{},"requested":{},"used":{},"timestamp":{}}}"#
            ),
            line.unix_nanoseconds,
            line.session_id,
            slot.kind as u32,
            slot.number,
            line.retransmitted,
            slot.connection,
            slot.hop_by_hop,
            slot.end_to_end,
            FIRST_MSISDN + slot.subscriber,
            slot.service.name(),
            Optional(line.rating_group.map(u64::from)),
            Optional(line.requested),
            slot.used,
            slot.unix_seconds,
        )
    }

    /// An answer; `matched` when a request was waiting for it under its Hop-by-Hop Identifier.
    pub(crate) fn answer(
        &mut self,
        unix_nanoseconds: u64,
        connection: u16,
        answer: &ClientAnswer<'_>,
        matched: bool,
    ) -> io::Result<()> {
        let summary = Summary::of(answer);
        // A Session-Id of ours needs no escaping; anything else is escaped by the library.
        let session = serde_json::to_string(answer.session_id.unwrap_or_default())?;
        writeln!(
            self.lines,
            concat!(
                r#"{{"event":"answer","at":{},"session":{},"type":{},"number":{},"matched":{},"#,
                r#""connection":{},"hop_by_hop":{},"result":{},"service_result":{},"granted":{},"#,
                r#""validity_time":{},"final_unit":{}}}"#
            ),
            unix_nanoseconds,
            session,
            Optional(answer.request_type.map(u64::from)),
            Optional(answer.request_number.map(u64::from)),
            matched,
            connection,
            answer.header.hop_by_hop,
            summary.result,
            Optional(summary.service_result.map(u64::from)),
            Optional(summary.granted),
            Optional(summary.validity_time.map(u64::from)),
            summary.final_unit,
        )
    }

    /// A connection came up or went down.
    pub(crate) fn connection(
        &mut self,
        unix_nanoseconds: u64,
        connection: u16,
        up: bool,
    ) -> io::Result<()> {
        let event = if up { "connected" } else { "disconnected" };
        writeln!(
            self.lines,
            r#"{{"event":"{event}","at":{unix_nanoseconds},"connection":{connection}}}"#
        )
    }

    /// The last line: whether every request was answered.
    pub(crate) fn end(&mut self, unix_nanoseconds: u64, complete: bool) -> io::Result<()> {
        writeln!(
            self.lines,
            r#"{{"event":"end","at":{unix_nanoseconds},"complete":{complete}}}"#
        )?;
        self.flush()
    }

    /// Hands all lines to the operating system.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.lines)?;
        self.lines.clear();
        Ok(())
    }
}

/// A number or null.
struct Optional(Option<u64>);

impl std::fmt::Display for Optional {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(number) => write!(formatter, "{number}"),
            None => formatter.write_str("null"),
        }
    }
}
