//! What two nodes say to each other on a link: entries, each a kind, a tag and octets.
//!
//! A gateway's request and its answer cross as the gateway speaks them, so two nodes of different
//! releases understand each other while an installation is updated.

use openmvno_diameter::LocalIdentity;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// Tag: a number that requests name from now on. Octets: JSON of whom they come from.
    Origin,
    /// Tag: the door's. Octets: the number of an origin, then a Credit-Control-Request.
    Diameter,
    /// Tag: the door's. Octets: a charging request in JSON.
    Control,
    /// Octets: JSON array of Origin-Hosts that the door reaches by a connection of its own.
    Reaches,
    /// Octets: JSON of a host and the Origin-State-Id it named.
    PeerState,
    /// Octets: the answer of a gateway to an order.
    OrderAnswer,
    /// Tag: the request's. Octets: a Credit-Control-Answer, or an outcome in JSON.
    Answer,
    /// Tag: the request's. It is about nothing that is decided here.
    NotHere,
    /// Octets: a Re-Auth- or Abort-Session-Request for a gateway that the door reaches.
    Order,
}

const KINDS: [EntryKind; 9] = [
    EntryKind::Origin,
    EntryKind::Diameter,
    EntryKind::Control,
    EntryKind::Reaches,
    EntryKind::PeerState,
    EntryKind::OrderAnswer,
    EntryKind::Answer,
    EntryKind::NotHere,
    EntryKind::Order,
];

const HEAD: usize = 13;

/// One entry of a batch.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) kind: EntryKind,
    pub(crate) tag: u64,
    pub(crate) octets: &'a [u8],
}

/// Appends an entry whose octets `write` appends.
pub(crate) fn append(
    out: &mut Vec<u8>,
    kind: EntryKind,
    tag: u64,
    write: impl FnOnce(&mut Vec<u8>),
) {
    let head = out.len();
    out.push(kind as u8);
    out.extend_from_slice(&tag.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    write(out);
    let start = head + HEAD;
    let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[start - 4..start].copy_from_slice(&length.to_le_bytes());
}

/// The entries of a batch; it ends at the first that is not whole or not known.
pub(crate) fn entries(batch: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = batch;
    std::iter::from_fn(move || {
        let (head, after) = rest.split_at_checked(HEAD)?;
        let kind = *KINDS.get(usize::from(head[0]))?;
        let tag = u64::from_le_bytes(head[1..9].try_into().ok()?);
        let length = u32::from_le_bytes(head[9..].try_into().ok()?) as usize;
        let (octets, behind) = after.split_at_checked(length)?;
        rest = behind;
        Some(Entry { kind, tag, octets })
    })
}

/// Us, as the peers of another node's door know it.
pub(crate) fn identity_of(own: &LocalIdentity, host: &str, realm: &str) -> LocalIdentity {
    LocalIdentity {
        origin_host: host.to_owned(),
        origin_realm: realm.to_owned(),
        ..own.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_reads_back_and_ends_where_it_is_cut() {
        let mut batch = Vec::new();
        append(&mut batch, EntryKind::Diameter, 7, |out| out.push(1));
        append(&mut batch, EntryKind::NotHere, u64::MAX, |_| {});
        append(&mut batch, EntryKind::Order, 0, |out| out.extend([2, 3]));
        let read = |batch: &[u8]| -> Vec<_> {
            entries(batch)
                .map(|one| (one.kind, one.tag, one.octets.to_vec()))
                .collect()
        };
        let all = [
            (EntryKind::Diameter, 7, vec![1]),
            (EntryKind::NotHere, u64::MAX, vec![]),
            (EntryKind::Order, 0, vec![2, 3]),
        ];
        assert_eq!(read(&batch), all);
        assert_eq!(read(&batch[..batch.len() - 1]), all[..2]);
        assert_eq!(read(&[200; 40]), []);
        for (position, kind) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, position);
        }
    }
}
