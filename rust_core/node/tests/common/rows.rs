//! What a batch would leave in the journal.

/// The rows of a batch's binary arrays.
pub(crate) fn rows_of(batch: &openmvno_node::Batch) -> Vec<(u16, u64, Vec<u8>)> {
    let elements = |bytes: &[u8]| {
        let mut out = Vec::new();
        let mut at = 20;
        while at < bytes.len() {
            let length = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("length")) as usize;
            out.push(bytes[at + 4..at + 4 + length].to_vec());
            at += 4 + length;
        }
        out
    };
    let number = |bytes: &Vec<u8>| {
        bytes
            .iter()
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let (shards, seqs) = (elements(&batch.shards), elements(&batch.seqs));
    let rows = shards.iter().zip(&seqs).zip(elements(&batch.payloads));
    rows.map(|((shard, seq), payload)| (number(shard) as u16, number(seq), payload))
        .collect()
}
