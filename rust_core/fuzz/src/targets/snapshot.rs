//! A snapshot slice, put back into an empty shard.

use openmvno_node::Node;

use super::journal::busy_engine;
use crate::class::Class;
use crate::engine::empty_node;
use crate::target::Target;

/// A node is used for so many slices.
const SLICES: u32 = 200;

#[derive(Default)]
pub(super) struct SnapshotSlice {
    node: Option<Node>,
    slices: u32,
}

impl Target for SnapshotSlice {
    fn name(&self) -> &'static str {
        "snapshot-slice"
    }

    /// An octet for the slice's number, then its octets.
    fn seeds(&self) -> Vec<Vec<u8>> {
        let engine = busy_engine();
        let slices = engine.node.snapshot_due(100).into_iter();
        slices
            .map(|(_, slice, _, payload)| {
                [&[u8::try_from(slice + 1).unwrap_or(0)][..], &payload].concat()
            })
            .collect()
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let Some((&first, payload)) = input.split_first() else {
            return Class(0);
        };
        // The number is the row's key, which nobody outside chooses.
        let slice = i32::from(first % 4) - 1;
        self.slices += 1;
        if self.slices % SLICES == 0 {
            self.node = None;
        }
        let node = self.node.get_or_insert_with(empty_node);
        match node.restore_slice(0, slice, 1, payload) {
            Ok(()) => {
                let statistics = node.statistics();
                assert!(statistics.starts_with('{'));
                Class::of((1, slice))
            }
            Err(error) => Class::of_words(&error.to_string()),
        }
    }
}
