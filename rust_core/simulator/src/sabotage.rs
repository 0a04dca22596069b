//! Engines broken on purpose, to prove that the auditor notices.

use openmvno_charging::{Cause, Effect, JOURNAL_FORMAT, JournalReader, Record};

/// What an engine does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sabotage {
    /// Nothing.
    #[default]
    None,
    /// Journals a charge twice.
    DoubleCharge,
    /// Lets answers leave before their batch is durable.
    EarlyAnswer,
    /// Closes sessions without freeing what they hold.
    ForgottenHold,
    /// Journals a request without the money it moved.
    LostEffect,
    /// Journals a session's end without its CDR.
    LostCdr,
    /// Keeps silent about a catalogue version that comes into force.
    SilentTurn,
    /// Forgets answers: a repeated request is taken as a new one.
    ForgottenAnswer,
    /// Goes on under other keys after it lost the journal.
    StubbornOwner,
    /// Lets the journal say one thing and does another in memory.
    DivergentMemory,
}

impl Sabotage {
    /// What of a batch's payload is stored.
    #[must_use]
    pub fn tamper(self, payload: Vec<u8>) -> Vec<u8> {
        let journals = matches!(
            self,
            Self::DoubleCharge
                | Self::ForgottenHold
                | Self::LostEffect
                | Self::LostCdr
                | Self::SilentTurn
                | Self::DivergentMemory
        );
        if !journals {
            return payload;
        }
        let Ok(reader) = JournalReader::new(&payload) else {
            return payload;
        };
        let mut out = vec![JOURNAL_FORMAT];
        for record in reader.flatten() {
            self.write(record, &mut out);
        }
        out
    }

    fn write(self, mut record: Record<'_>, out: &mut Vec<u8>) {
        let has = |wanted: fn(&Effect<'_>) -> bool| record.effects.iter().any(wanted);
        let charges = has(|effect| matches!(effect, Effect::Moved { balance, .. } if *balance < 0));
        let closes = has(|effect| matches!(effect, Effect::SessionClosed { .. }));
        match self {
            Self::DoubleCharge if charges => write_record(&record, out),
            Self::ForgottenHold if closes => {
                for effect in &mut record.effects {
                    if let Effect::Moved { reserved, .. } = effect {
                        *reserved = 0;
                    }
                }
            }
            Self::LostEffect if charges => record
                .effects
                .retain(|effect| !matches!(effect, Effect::Moved { .. })),
            Self::LostCdr => record
                .effects
                .retain(|effect| !matches!(effect, Effect::Recorded(_))),
            Self::SilentTurn if matches!(record.cause, Cause::Timer) => record
                .effects
                .retain(|effect| !matches!(effect, Effect::CatalogActivated { .. })),
            Self::DivergentMemory => {
                for effect in &mut record.effects {
                    if let Effect::Answered { deadline, .. } = effect {
                        *deadline += 1;
                    }
                }
            }
            _ => {}
        }
        write_record(&record, out);
    }
}

fn write_record(record: &Record<'_>, out: &mut Vec<u8>) {
    let body = postcard::to_allocvec(record).unwrap_or_default();
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(&body);
}
