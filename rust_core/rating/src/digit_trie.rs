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

/// Maps prefixes to values below [`VALUE_LIMIT`].
#[derive(Clone, Debug)]
pub(crate) struct DigitTrie {
    nodes: Vec<Node>,
}

impl DigitTrie {
    pub(crate) fn new() -> Self {
        Self {
            nodes: vec![Node::EMPTY],
        }
    }

    /// Adds a prefix of digits; `false`, with nothing changed, when it is there already or holds
    /// anything but digits.
    pub(crate) fn insert(&mut self, prefix: &[u8], value: u32) -> bool {
        if value >= VALUE_LIMIT || !prefix.iter().all(u8::is_ascii_digit) {
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

    /// The value of the longest prefix of `digits`. Anything but a digit ends the number.
    pub(crate) fn longest_prefix(&self, digits: &[u8]) -> Option<u32> {
        let mut node = &self.nodes[0];
        let mut best = node.value;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            let Some(&entry) = node.children.get(usize::from(digit)) else {
                break;
            };
            if entry & LEAF != 0 {
                return Some(entry & !LEAF);
            }
            if entry == NONE {
                break;
            }
            node = &self.nodes[entry as usize];
            if node.value != NONE {
                best = node.value;
            }
        }
        best.checked_sub(1)
    }
}
