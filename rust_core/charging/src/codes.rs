//! Codes of the catalogue as a shard's memory holds them.

use arcstr::ArcStr;
use hashbrown::HashSet;

/// One copy of each code, however many buckets and lines name it. Catalogues bound their number.
#[derive(Debug, Default)]
pub(crate) struct Codes(HashSet<ArcStr>);

impl Codes {
    /// The copy of `code` that is shared.
    pub(crate) fn shared(&mut self, code: &str) -> ArcStr {
        ArcStr::clone(self.0.get_or_insert_with(code, |code| ArcStr::from(code)))
    }
}
