//! What the journal tells: CDRs, notices and adjustments in short.

use super::*;

/// A CDR, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    pub kind: CdrKind,
    pub usage: u64,
    pub amount: i64,
    pub overrun: i64,
    pub wallets: i64,
    pub rate: String,
    /// `payer:code from..to =cost -basis points @period`
    pub parts: Vec<String>,
    /// Code, currency, micros.
    pub partners: Vec<(String, String, i64)>,
    pub favourite: bool,
    pub balance_after: i64,
}

fn part_in_short(part: &CdrPart<'_>) -> String {
    let code = if part.code.is_empty() { "" } else { ":" };
    let mut text = format!(
        "{}{code}{} {}..{} ={}",
        part.payer, part.code, part.from, part.to, part.cost
    );
    if part.discount > 0 {
        text += &format!(" -{}", part.discount);
    }
    if !part.period.is_empty() {
        text += &format!(" @{}", part.period);
    }
    text
}

impl Bench {
    fn each(&mut self, mut hear: impl FnMut(&Effect<'_>)) {
        self.commit();
        for row in &self.rows {
            for record in JournalReader::new(row).expect("format") {
                record.expect("readable").effects.iter().for_each(&mut hear);
            }
        }
    }

    /// Every CDR journaled so far.
    pub fn bills(&mut self) -> Vec<Bill> {
        let mut found = Vec::new();
        self.each(|effect| {
            if let Effect::Recorded(cdr) = effect {
                let partners = cdr.partners.iter();
                found.push(Bill {
                    kind: cdr.kind,
                    usage: cdr.usage,
                    amount: cdr.amount,
                    overrun: cdr.overrun,
                    wallets: cdr.wallets,
                    rate: cdr.rate.to_owned(),
                    parts: cdr.parts.iter().map(part_in_short).collect(),
                    partners: partners
                        .map(|one| (one.code.to_owned(), one.currency.to_owned(), one.amount))
                        .collect(),
                    favourite: cdr.favourite,
                    balance_after: cdr.balance_after,
                });
            }
        });
        found
    }

    pub fn last_bill(&mut self) -> Bill {
        self.bills().pop().expect("there is a CDR")
    }

    /// Kind, code, threshold and value of every notice so far.
    pub fn notices(&mut self) -> Vec<(NoticeKind, String, i64, i64)> {
        let mut found = Vec::new();
        self.each(|effect| {
            if let Effect::Noticed(notice) = effect {
                let code = notice.code.to_owned();
                found.push((notice.kind, code, notice.threshold, notice.value));
            }
        });
        found
    }

    /// Reason and amount of every adjustment so far.
    pub fn adjustments(&mut self) -> Vec<(AdjustReason, i64)> {
        let mut found = Vec::new();
        self.each(|effect| {
            if let Effect::Adjusted { reason, amount, .. } = effect {
                found.push((*reason, *amount));
            }
        });
        found
    }
}
