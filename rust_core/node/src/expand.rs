//! The materialiser's native half: journal payloads into the rows they stand for.

use crate::cdr_json::{inputs_json, notice_json, notice_word, partners_json, parts_json};
use crate::copy::CopyWriter;
use crate::sums::{Sum, Sums};
use openmvno_charging::{
    Cause, Cdr, CdrCause, CdrKind, Direction, Effect, JournalError, JournalReader, Notice, Posting,
    Record, Uuid, postings_of_adjustment, postings_of_cdr, postings_of_partner,
};
use std::collections::BTreeMap;

/// An account's latest balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceRow {
    /// Tenant.
    pub tenant: Uuid,
    /// Account.
    pub account: Uuid,
    /// ISO 4217 code.
    pub currency: String,
    /// Micros.
    pub balance: i64,
    /// When, Unix milliseconds.
    pub as_of: i64,
}

/// The rows of a run of payloads.
#[derive(Debug)]
pub struct Expansion {
    /// COPY BINARY for `cdr`, in the table's column order.
    pub cdr_copy: Vec<u8>,
    /// Rows in it.
    pub cdr_count: u64,
    /// COPY BINARY for `posting`, in the table's column order.
    pub posting_copy: Vec<u8>,
    /// Rows in it.
    pub posting_count: u64,
    /// COPY BINARY for `engine_event`, in the table's column order.
    pub event_copy: Vec<u8>,
    /// Rows in it.
    pub event_count: u64,
    /// The last balance of each account touched.
    pub balances: Vec<BalanceRow>,
    /// (shard, command seq, JSON outcome).
    pub outcomes: Vec<(u16, u64, String)>,
    /// Records read.
    pub records: u64,
    /// The amounts of the CDRs by currency, micros.
    pub charged: BTreeMap<String, i64>,
    /// What the rows add to the statistics.
    pub sums: Vec<Sum>,
}

/// A [`BalanceRow`] but for its account: there are many more changes of a balance than accounts.
#[derive(Clone, Copy)]
struct Balance<'a> {
    tenant: Uuid,
    currency: &'a str,
    balance: i64,
    as_of: i64,
}

struct Expander<'a> {
    cdrs: CopyWriter,
    postings: CopyWriter,
    events: CopyWriter,
    balances: BTreeMap<Uuid, Balance<'a>>,
    outcomes: Vec<(u16, u64, String)>,
    records: u64,
    charged: BTreeMap<String, i64>,
    sums: Sums<'a>,
}

/// Expands payloads of (shard, seq, payload), in seq order per shard.
///
/// # Errors
/// [`JournalError`] when one cannot be read; nothing is to be written then.
pub fn expand<'a>(
    rows: impl IntoIterator<Item = (u16, u64, &'a [u8])>,
) -> Result<Expansion, JournalError> {
    let mut expander = Expander {
        cdrs: CopyWriter::new(),
        postings: CopyWriter::new(),
        events: CopyWriter::new(),
        balances: BTreeMap::new(),
        outcomes: Vec::new(),
        records: 0,
        charged: BTreeMap::new(),
        sums: Sums::default(),
    };
    for (shard, seq, payload) in rows {
        for record in JournalReader::new(payload)? {
            expander.record((shard, seq), &record?);
        }
    }
    let (cdr_copy, cdr_count) = expander.cdrs.finish();
    let (posting_copy, posting_count) = expander.postings.finish();
    let (event_copy, event_count) = expander.events.finish();
    Ok(Expansion {
        cdr_copy,
        cdr_count,
        posting_copy,
        posting_count,
        event_copy,
        event_count,
        balances: expander.balances.into_iter().map(balance_row).collect(),
        outcomes: expander.outcomes,
        records: expander.records,
        charged: expander.charged,
        sums: expander.sums.finish(),
    })
}

impl<'a> Expander<'a> {
    fn record(&mut self, place: (u16, u64), record: &Record<'a>) {
        self.records += 1;
        for effect in &record.effects {
            match effect {
                Effect::Recorded(cdr) => self.cdr(place, record.now, cdr),
                Effect::Noticed(notice) => self.notice(place, record.now, notice),
                Effect::Adjusted {
                    tenant,
                    account,
                    currency,
                    reason,
                    reference,
                    amount,
                    balance_after,
                } => {
                    let of = (*tenant, *account, *currency);
                    for leg in postings_of_adjustment(*reason, *amount) {
                        self.posting(place, record.now, of, *reference, leg);
                    }
                    self.balance(of, *balance_after, record.now);
                }
                Effect::CommandDone { outcome } => {
                    if let Cause::Command { seq, .. } = record.cause {
                        self.outcomes.push((place.0, seq, (*outcome).to_owned()));
                    }
                }
                Effect::AccountOpened {
                    tenant,
                    account,
                    currency,
                    ..
                } => {
                    self.balance((*tenant, *account, currency), 0, record.now);
                }
                _ => {}
            }
        }
    }

    fn cdr(&mut self, (shard, seq): (u16, u64), now: i64, cdr: &Cdr<'a>) {
        let usage = i64::try_from(cdr.usage).unwrap_or(i64::MAX);
        self.sums.cdr(now, kind_word(cdr.kind), usage, cdr);
        match self.charged.get_mut(cdr.currency) {
            Some(charged) => *charged += cdr.amount,
            None => _ = self.charged.insert(cdr.currency.to_owned(), cdr.amount),
        }
        let out = &mut self.cdrs;
        out.row(31);
        out.uuid(cdr.tenant);
        out.uuid(cdr.id);
        out.uuid(cdr.account);
        out.uuid(cdr.line);
        out.time(now);
        out.text(cdr.session);
        out.int8(i64::from(cdr.request_number));
        out.text(kind_word(cdr.kind));
        out.text(cdr.service);
        out.text(match cdr.direction {
            Direction::Originating => "originating",
            Direction::Terminating => "terminating",
            Direction::Forwarded => "forwarded",
        });
        out.text(cdr.destination);
        out.optional_int8(cdr.rating_group.map(i64::from));
        out.time(cdr.started_at);
        out.time(cdr.ended_at);
        out.int8(usage);
        out.text(cdr.currency);
        out.int8(cdr.amount);
        out.int8(cdr.overrun);
        out.int8(cdr.balance_after);
        out.int8(i64::try_from(cdr.catalog).unwrap_or(i64::MAX));
        out.text(cdr.product);
        out.text(cdr.rate);
        out.text(cause_word(cdr.kind, cdr.cause));
        out.optional_uuid(cdr.refers_to);
        out.text(cdr.correlation);
        out.text(cdr.origin_host);
        out.int4(i32::from(shard));
        out.int8(i64::try_from(seq).unwrap_or(i64::MAX));
        out.json(&parts_json(cdr));
        out.json(&partners_json(cdr));
        out.json(&inputs_json(cdr));
        let of = (cdr.tenant, cdr.account, cdr.currency);
        for leg in postings_of_cdr(cdr) {
            self.posting((shard, seq), now, of, cdr.id, leg);
        }
        for partner in &cdr.partners {
            let of = (cdr.tenant, cdr.account, partner.currency);
            for leg in postings_of_partner(partner) {
                self.posting((shard, seq), now, of, cdr.id, leg);
            }
        }
        self.balance(of, cdr.balance_after, now);
    }

    fn notice(&mut self, (shard, seq): (u16, u64), now: i64, notice: &Notice<'_>) {
        self.sums.notice(now, notice);
        let out = &mut self.events;
        out.row(10);
        out.uuid(notice.tenant);
        out.uuid(notice.id);
        out.uuid(notice.account);
        out.optional_uuid(notice.line);
        out.text(notice_word(notice.kind));
        out.json(&notice_json(notice));
        out.time(now);
        // The record's own time too: when it is materialised says nothing, and a repetition is equal.
        out.time(now);
        out.int4(i32::from(shard));
        out.int8(i64::try_from(seq).unwrap_or(i64::MAX));
    }

    fn posting(
        &mut self,
        (shard, seq): (u16, u64),
        now: i64,
        (tenant, account, currency): (Uuid, Uuid, &'a str),
        cause: Uuid,
        leg: Posting,
    ) {
        self.sums.posting(now, tenant, currency, leg);
        let out = &mut self.postings;
        out.row(9);
        out.uuid(tenant);
        out.time(now);
        out.uuid(cause);
        out.uuid(account);
        out.text(leg.account.as_str());
        out.text(currency);
        out.int8(leg.amount);
        out.int4(i32::from(shard));
        out.int8(i64::try_from(seq).unwrap_or(i64::MAX));
    }

    fn balance(&mut self, of: (Uuid, Uuid, &'a str), balance: i64, as_of: i64) {
        let (tenant, account, currency) = of;
        let latest = Balance {
            tenant,
            currency,
            balance,
            as_of,
        };
        self.balances.insert(account, latest);
    }
}

fn balance_row((account, latest): (Uuid, Balance<'_>)) -> BalanceRow {
    BalanceRow {
        tenant: latest.tenant,
        account,
        currency: latest.currency.to_owned(),
        balance: latest.balance,
        as_of: latest.as_of,
    }
}

fn kind_word(kind: CdrKind) -> &'static str {
    match kind {
        CdrKind::Session => "session",
        CdrKind::Event => "event",
        CdrKind::Refund => "refund",
        CdrKind::File => "file",
        CdrKind::Correction => "correction",
    }
}

fn cause_word(kind: CdrKind, cause: CdrCause) -> &'static str {
    match (kind, cause) {
        (CdrKind::Refund, _) => "refund",
        (CdrKind::File, _) => "file",
        (_, CdrCause::Normal) => "normal",
        (_, CdrCause::Expired) => "expired",
        (_, CdrCause::PeerRestarted) => "peer_restarted",
        (_, CdrCause::Late) => "late",
        (_, CdrCause::Partial) => "partial",
    }
}
