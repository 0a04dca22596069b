//! Balances that changed and are not written yet, each account's last.

use crate::copy::CopyWriter;
use crate::expand::BalanceRow;
use openmvno_charging::Uuid;
use std::collections::BTreeMap;

/// The last balance of each account, by tenant and account.
#[derive(Clone, Debug, Default)]
pub struct LatestBalances(BTreeMap<(Uuid, Uuid), BalanceRow>);

impl LatestBalances {
    /// Notes balances that are newer than what is there.
    pub fn collect(&mut self, newer: &[BalanceRow]) {
        for row in newer {
            self.0.insert((row.tenant, row.account), row.clone());
        }
    }

    /// Notes balances that are older than what is there.
    pub fn collect_older(&mut self, older: &Self) {
        for (key, row) in &older.0 {
            self.0.entry(*key).or_insert_with(|| row.clone());
        }
    }

    /// COPY BINARY streams of (tenant, account, currency, balance, as of) in the order of the key,
    /// each of `rows` at most.
    #[must_use]
    pub fn copies(&self, rows: usize) -> Vec<Vec<u8>> {
        let all: Vec<&BalanceRow> = self.0.values().collect();
        all.chunks(rows.max(1)).map(copy).collect()
    }
}

fn copy(rows: &[&BalanceRow]) -> Vec<u8> {
    let mut out = CopyWriter::new();
    for row in rows {
        out.row(5);
        out.uuid(row.tenant);
        out.uuid(row.account);
        out.text(&row.currency);
        out.int8(row.balance);
        out.time(row.as_of);
    }
    out.finish().0
}
