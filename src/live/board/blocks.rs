//! A sorted list in blocks: entries go in and out at any place, and the nth is found without counting them all.

/// A block is cut in two when it holds so many entries.
const FULL: usize = 512;

/// Entries in order, each once.
///
/// Going in and out costs two binary searches and a move within one block; the nth is found by adding up the lengths
/// of blocks, of which there are a few hundred for 100,000 entries.
#[derive(Clone, Debug)]
pub(super) struct Blocks<P> {
    blocks: Vec<Vec<P>>,
    len: usize,
}

impl<P> Default for Blocks<P> {
    fn default() -> Self {
        Self {
            blocks: Vec::new(),
            len: 0,
        }
    }
}

impl<P: Ord> Blocks<P> {
    /// The entries of a list in any order, each once.
    pub(super) fn of(mut entries: Vec<P>) -> Self {
        entries.sort_unstable();
        let len = entries.len();
        let mut blocks = Vec::with_capacity(len.div_ceil(FULL / 2));
        let mut rest = entries.into_iter();
        loop {
            let block: Vec<P> = rest.by_ref().take(FULL * 3 / 4).collect();
            if block.is_empty() {
                return Self { blocks, len };
            }
            blocks.push(block);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The block in which an entry is or would be.
    fn block(&self, entry: &P) -> usize {
        let before = |block: &Vec<P>| block.last().is_some_and(|last| last < entry);
        self.blocks.partition_point(before)
    }

    /// Puts an entry in its place, unless it is there.
    pub(super) fn insert(&mut self, entry: P) {
        let nth = self.block(&entry).min(self.blocks.len().saturating_sub(1));
        let Some(block) = self.blocks.get_mut(nth) else {
            self.blocks.push(vec![entry]);
            self.len = 1;
            return;
        };
        let Err(place) = block.binary_search(&entry) else {
            return;
        };
        block.insert(place, entry);
        self.len += 1;
        if block.len() >= FULL {
            let upper = block.split_off(FULL / 2);
            self.blocks.insert(nth + 1, upper);
        }
    }

    /// Takes an entry out; returns whether it was there.
    pub(super) fn remove(&mut self, entry: &P) -> bool {
        let nth = self.block(entry);
        let Some(block) = self.blocks.get_mut(nth) else {
            return false;
        };
        let Ok(place) = block.binary_search(entry) else {
            return false;
        };
        block.remove(place);
        self.len -= 1;
        if block.is_empty() {
            self.blocks.remove(nth);
        } else if block.len() < FULL / 8 {
            self.merge(nth);
        }
        true
    }

    /// Lays a small block together with the one after it, if both fit into one.
    fn merge(&mut self, nth: usize) {
        let both = self.blocks.get(nth..nth + 2);
        if both.is_some_and(|both| both[0].len() + both[1].len() <= FULL / 2) {
            let mut next = self.blocks.remove(nth + 1);
            self.blocks[nth].append(&mut next);
        }
    }

    /// The entries from the nth on, in order or from the end backwards.
    pub(super) fn from(&self, nth: usize, backwards: bool) -> Box<dyn Iterator<Item = &P> + '_> {
        if backwards {
            let blocks = self.blocks.iter().rev();
            let (passed, skip) = start(nth, blocks.clone().map(Vec::len));
            let entries = blocks.skip(passed).flat_map(|block| block.iter().rev());
            Box::new(entries.skip(skip))
        } else {
            let blocks = self.blocks.iter();
            let (passed, skip) = start(nth, blocks.clone().map(Vec::len));
            let entries = blocks.skip(passed).flat_map(|block| block.iter());
            Box::new(entries.skip(skip))
        }
    }
}

/// How many blocks lie before the nth entry as a whole, and how many entries of the next one.
fn start(nth: usize, lens: impl Iterator<Item = usize>) -> (usize, usize) {
    let (mut passed, mut skip) = (0, nth);
    for len in lens {
        if len > skip {
            break;
        }
        passed += 1;
        skip -= len;
    }
    (passed, skip)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The same asked of a list that is put in order anew each time.
    fn assert_same(blocks: &Blocks<u16>, wanted: &BTreeSet<u16>, nth: usize) {
        assert_eq!(blocks.len(), wanted.len());
        let forwards: Vec<u16> = blocks.from(nth, false).copied().collect();
        assert_eq!(
            forwards,
            wanted.iter().copied().skip(nth).collect::<Vec<_>>()
        );
        let backwards: Vec<u16> = blocks.from(nth, true).copied().collect();
        let wanted: Vec<u16> = wanted.iter().rev().copied().skip(nth).collect();
        assert_eq!(backwards, wanted);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn it_is_a_sorted_list(
            first in proptest::collection::vec(0..6_000_u16, 0..3_000),
            moves in proptest::collection::vec((0..6_000_u16, any::<bool>()), 0..6_000),
            nth in 0..4_000_usize,
        ) {
            let mut wanted: BTreeSet<u16> = first.iter().copied().collect();
            let mut blocks = Blocks::of(wanted.iter().copied().collect());
            assert_same(&blocks, &wanted, nth);
            for (entry, put) in moves {
                if put {
                    wanted.insert(entry);
                    blocks.insert(entry);
                } else {
                    prop_assert_eq!(blocks.remove(&entry), wanted.remove(&entry));
                }
            }
            assert_same(&blocks, &wanted, nth);
            for entry in wanted.clone() {
                blocks.remove(&entry);
            }
            prop_assert!(blocks.is_empty() && blocks.blocks.is_empty());
        }
    }
}
