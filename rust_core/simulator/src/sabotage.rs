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
    /// Journals usage without what its buckets paid.
    LostDraw,
    /// Journals a purchase with what it brings twice.
    DoublePurchase,
    /// Journals a purchase without what it brings.
    LostPurchase,
    /// Says on CDRs that buckets paid more than they did.
    InventedPart,
    /// Grants quotas that begin anew with what was left of the old ones.
    SwollenRenewal,
    /// Journals that a line leaves its payer without what it takes along.
    LeftBehind,
}

impl Sabotage {
    /// What of a batch's payload is stored.
    #[must_use]
    pub fn tamper(self, payload: Vec<u8>) -> Vec<u8> {
        let elsewhere = matches!(
            self,
            Self::None | Self::EarlyAnswer | Self::ForgottenAnswer | Self::StubbornOwner
        );
        if elsewhere {
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
        let opens = has(|effect| matches!(effect, Effect::BucketOpened(_)));
        let is_purchase = opens && matches!(record.cause, Cause::Command { .. });
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
            Self::LostDraw => record
                .effects
                .retain(|effect| !matches!(effect, Effect::Drawn { .. })),
            Self::DoublePurchase | Self::LostPurchase if is_purchase => {
                self.tamper_purchase(&mut record);
            }
            Self::InventedPart => {
                for effect in &mut record.effects {
                    if let Effect::Recorded(cdr) = effect {
                        let mut parts = cdr.parts.iter_mut();
                        let part = parts.find(|part| part.bucket.is_some() && !part.money);
                        part.into_iter().for_each(|part| part.cost += 1);
                    }
                }
            }
            Self::SwollenRenewal if record.cause == Cause::Timer => {
                for effect in &mut record.effects {
                    if let Effect::BucketOpened(bucket) = effect {
                        bucket.initial += 1;
                    }
                }
            }
            Self::LeftBehind => record
                .effects
                .retain(|effect| !matches!(effect, Effect::LineExported { .. })),
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

    fn tamper_purchase(self, record: &mut Record<'_>) {
        let mut effects = record.effects.iter();
        let bought = effects.rfind(|effect| matches!(effect, Effect::BucketOpened(_)));
        let Some(Effect::BucketOpened(bucket)) = bought.cloned() else {
            return;
        };
        if self == Self::DoublePurchase {
            let mut again = bucket;
            again.id += 1;
            record.effects.push(Effect::BucketOpened(again));
        } else {
            let is_it = |effect: &Effect<'_>| *effect == Effect::BucketOpened(bucket.clone());
            record.effects.retain(|effect| !is_it(effect));
        }
    }
}

fn write_record(record: &Record<'_>, out: &mut Vec<u8>) {
    let body = postcard::to_allocvec(record).unwrap_or_default();
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(&body);
}
