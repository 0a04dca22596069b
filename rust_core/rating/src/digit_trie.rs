//! Longest prefix of decimal digits: a trie in one flat array.

/// Marks an entry that holds a value instead of the index of a node: most prefixes are leaves, and a
/// leaf that needs no node of its own saves a cache miss.
const LEAF: u32 = 1 << 31;
/// No child, no value. Node 0 is the root and nobody's child.
const NONE: u32 = 0;

/// Values must stay below this.
pub(crate) const VALUE_LIMIT: u32 = LEAF - 1;

#[derive(Clone, Debug)]
struct Node {
    children: [u32; 10],
    /// Value + 1 of the prefix ending here.
    value: u32,
}

impl Node {
    const EMPTY: Self = Self {
        children: [NONE; 10],
        value: NONE,
    };
}

/// E.164 numbers have 15 digits; room for carrier and national prefixes before them.
pub(crate) const LONGEST_PREFIX: usize = 32;

/// Maps prefixes of at most [`LONGEST_PREFIX`] digits to values below [`VALUE_LIMIT`].
#[derive(Clone, Debug)]
pub(crate) struct DigitTrie {
    nodes: Vec<Node>,
}

impl Default for DigitTrie {
    fn default() -> Self {
        Self {
            nodes: vec![Node::EMPTY],
        }
    }
}

impl DigitTrie {
    /// Adds a prefix; `false`, with nothing changed, when it is there already, too long or holds anything but
    /// digits.
    pub(crate) fn insert(&mut self, prefix: &[u8], value: u32) -> bool {
        let digits = prefix.len() <= LONGEST_PREFIX && prefix.iter().all(u8::is_ascii_digit);
        if value >= VALUE_LIMIT || !digits {
            return false;
        }
        let Some((last, path)) = prefix.split_last() else {
            return self.set_value(0, value);
        };
        let mut node = 0;
        for digit in path {
            node = self.descend(node, usize::from(digit - b'0'));
        }
        let digit = usize::from(last - b'0');
        match self.nodes[node].children[digit] {
            NONE => {
                self.nodes[node].children[digit] = LEAF | value;
                true
            }
            leaf if leaf & LEAF != 0 => false,
            child => self.set_value(child as usize, value),
        }
    }

    fn set_value(&mut self, node: usize, value: u32) -> bool {
        let vacant = self.nodes[node].value == NONE;
        if vacant {
            self.nodes[node].value = value + 1;
        }
        vacant
    }

    /// The child node under `digit`, made, or made out of a leaf, when there is none.
    fn descend(&mut self, node: usize, digit: usize) -> usize {
        let entry = self.nodes[node].children[digit];
        if entry != NONE && entry & LEAF == 0 {
            return entry as usize;
        }
        let child = self.nodes.len();
        let value = if entry == NONE {
            NONE
        } else {
            (entry & !LEAF) + 1
        };
        self.nodes.push(Node {
            value,
            ..Node::EMPTY
        });
        // There are fewer nodes than digits in the document, whose size the compiler limits to 28 bits.
        self.nodes[node].children[digit] = u32::try_from(child).unwrap_or(NONE);
        child
    }

    /// The value of exactly this prefix.
    pub(crate) fn get(&self, prefix: &[u8]) -> Option<u32> {
        let mut exact = None;
        self.walk(prefix, |length, value| {
            if length == prefix.len() {
                exact = Some(value);
            }
        });
        exact
    }

    /// The value of the longest prefix of `digits`. Anything but a digit ends the number.
    pub(crate) fn longest_prefix(&self, digits: &[u8]) -> Option<u32> {
        let mut longest = None;
        self.walk(digits, |_, value| longest = Some(value));
        longest
    }

    /// What `accept` makes of the longest prefix of `digits` it accepts.
    pub(crate) fn find<T>(
        &self,
        digits: &[u8],
        mut accept: impl FnMut(u32) -> Option<T>,
    ) -> Option<T> {
        let mut values = [0; LONGEST_PREFIX + 1];
        let mut count = 0;
        self.walk(digits, |_, value| {
            values[count] = value;
            count += 1;
        });
        values[..count]
            .iter()
            .rev()
            .find_map(|value| accept(*value))
    }

    /// Calls `visit` with length and value of each prefix of `digits`, the shortest first: at most one for each
    /// length up to [`LONGEST_PREFIX`].
    fn walk(&self, digits: &[u8], mut visit: impl FnMut(usize, u32)) {
        let mut node = &self.nodes[0];
        if node.value != NONE {
            visit(0, node.value - 1);
        }
        for (position, byte) in digits.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            let Some(&entry) = node.children.get(usize::from(digit)) else {
                return;
            };
            if entry & LEAF != 0 {
                return visit(position + 1, entry & !LEAF);
            }
            if entry == NONE {
                return;
            }
            node = &self.nodes[entry as usize];
            if node.value != NONE {
                visit(position + 1, node.value - 1);
            }
        }
    }
}
