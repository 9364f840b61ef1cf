//! The names of keys, and how visitors are spread over them.
//!
//! A site's visitors are divided into buckets. Everything of one bucket lies in one slot of a cluster, so that one
//! script changes it, and the buckets lie in equal divisions of the slots, so that any number of primaries carry equal
//! shares. `docs/operations.md` has the table of all keys.

use std::sync::Arc;

use crate::domain::{Key, RuleSetHash, VisitorId};
use dashmap::DashMap;

/// The most buckets a site may have; a record's place has 10 bits for its bucket.
pub(super) const MAX_BUCKETS: u16 = 1_024;
const SLOTS: u32 = 16_384;

/// What belongs to the whole installation: the layout of everything else.
pub(super) const META: &str = "ahlan:meta";
/// The secret that visitor ids are derived from, and when it was drawn.
pub(super) const SECRET: &str = "ahlan:secret";

/// The nodes that live, by when they were last heard of.
pub(super) const NODES: &str = "ahlan:nodes";

/// The sources of a rule set.
pub(super) fn rules(hash: RuleSetHash) -> String {
    format!("ahlan:rules:{hash}")
}

/// A document; a site's own has the site's key.
pub(super) fn control(document: Key) -> String {
    site_key(document, "control")
}

/// A log.
pub(super) fn log(log: Key) -> String {
    site_key(log, "log")
}

/// The channel on which nodes tell each other that a document, or something of the site, has changed.
pub(super) fn news(site: Key) -> String {
    site_key(site, "news")
}

/// A key of a site as a whole.
pub(super) fn site_key(site: Key, name: &str) -> String {
    format!("{{{:08x}}}:{name}", site.0)
}

/// The names of one bucket's keys and channels.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Which of the site's buckets.
    pub(super) number: u16,
    tag: String,
    /// Visitors with a session, by when they were last heard of.
    pub(super) live: String,
    /// Visitors who are to be looked at, by when.
    pub(super) due: String,
    /// The records.
    pub(super) journal: String,
    /// What was decided.
    pub(super) decisions: String,
    /// The ends of the journal, and the epoch.
    pub(super) head: String,
    /// Written where nothing else is, for replicas to confirm.
    pub(super) mark: String,
    /// Parcels, and how many wait for each receiver. Only where there are any.
    pub(super) outbox: String,
    /// Parcels by when they are due. Only where there are any.
    pub(super) outbox_due: String,
    /// The channel of what open streams must hear.
    pub(super) notices: String,
    /// The channel of who has changed.
    pub(super) feed: String,
}

impl Bucket {
    fn new(number: u16, tag: String) -> Self {
        let name = |name: &str| format!("{{{tag}}}:{name}");
        Self {
            number,
            live: name("live"),
            due: name("due"),
            journal: name("journal"),
            decisions: name("decisions"),
            head: name("head"),
            mark: name("mark"),
            outbox: name("outbox"),
            outbox_due: name("outbox:due"),
            notices: name("n"),
            feed: name("f"),
            tag,
        }
    }

    /// The key of a visitor's state.
    pub(super) fn visitor(&self, visitor: VisitorId) -> String {
        format!("{{{}}}:v:{visitor}", self.tag)
    }

    /// The key of the places of a visitor's records.
    pub(super) fn timeline(&self, visitor: VisitorId) -> String {
        format!("{{{}}}:t:{visitor}", self.tag)
    }
}

/// The buckets of every site.
pub(super) struct Keys {
    count: u16,
    sites: DashMap<Key, Arc<[Arc<Bucket>]>, rustc_hash::FxBuildHasher>,
}

impl Keys {
    /// Keys of sites with so many buckets, a power of two up to [`MAX_BUCKETS`].
    pub(super) fn new(count: u16) -> Self {
        Self {
            count,
            sites: DashMap::default(),
        }
    }

    /// All buckets of a site, by their number.
    pub(super) fn site(&self, site: Key) -> Arc<[Arc<Bucket>]> {
        if let Some(found) = self.sites.get(&site) {
            return Arc::clone(&found);
        }
        let buckets: Arc<[_]> = (0..self.count)
            .map(|number| Arc::new(Bucket::new(number, tag(site, number, self.count))))
            .collect();
        Arc::clone(&self.sites.entry(site).or_insert(buckets))
    }

    /// The bucket that a visitor belongs to.
    pub(super) fn bucket(&self, site: Key, visitor: VisitorId) -> Arc<Bucket> {
        let number = usize::from(self.number(visitor));
        if let Some(found) = self.sites.get(&site) {
            return Arc::clone(&found[number]);
        }
        Arc::clone(&self.site(site)[number])
    }

    /// Ids are hashes, so any of their bits spread visitors evenly.
    fn number(&self, visitor: VisitorId) -> u16 {
        u16::from_be_bytes([visitor.0[6], visitor.0[7]]) & (self.count - 1)
    }
}

/// The hash tag of a site's bucket: site and number, and letters such that the slot lies about the middle of the
/// bucket's division. The divisions are counted from a place of the site's own, so that small sites do not all begin on
/// the same primary.
fn tag(site: Key, number: u16, count: u16) -> String {
    let count = u32::from(count);
    let division = u32::from(number).wrapping_add(site.0) % count;
    let width = SLOTS / count;
    let middle = division * width + width / 2;
    let near = (width / 16).max(2);
    let stem = format!("{:08x}:{number}", site.0);
    let begun = crc(0, stem.as_bytes());
    let mut letters = Letters::default();
    while slot_of(crc(begun, letters.as_bytes())).abs_diff(middle) >= near {
        letters.advance();
    }
    let letters = letters.as_bytes().iter().copied().map(char::from);
    stem.chars().chain(letters).collect()
}

/// Nothing, `a` to `z`, `aa`, and so on: more than enough for every slot.
#[derive(Default)]
struct Letters {
    bytes: [u8; 8],
    count: usize,
}

impl Letters {
    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.count]
    }

    fn advance(&mut self) {
        for byte in &mut self.bytes[..self.count] {
            if *byte < b'z' {
                *byte += 1;
                return;
            }
            *byte = b'a';
        }
        self.bytes[self.count] = b'a';
        self.count += 1;
    }
}

/// The slot of a cluster that keys with this tag lie in.
pub(super) fn slot(tag: &[u8]) -> u32 {
    slot_of(crc(0, tag))
}

fn slot_of(crc: u16) -> u32 {
    u32::from(crc) % SLOTS
}

/// CRC-16/XMODEM, as the specification of Redis Cluster has it, of what was read before and these bytes.
fn crc(before: u16, bytes: &[u8]) -> u16 {
    bytes.iter().fold(before, |crc, byte| {
        let first = (crc >> 8) as u8 ^ byte;
        CRC_OF_BYTE[usize::from(first)] ^ (crc << 8)
    })
}

/// What each byte alone makes of nothing.
const CRC_OF_BYTE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = ((byte as u16) << 8, 0);
        while bit < 8 {
            crc = if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use redis::cluster_routing::Slot;

    use super::*;

    #[test]
    fn the_slot_is_the_clusters() {
        for tag in ["123456789", "9f1c22aa:63c", "", "foo"] {
            assert_eq!(
                Slot::new(slot(tag.as_bytes()) as u16),
                Some(Slot::for_key(tag)),
                "{tag}"
            );
        }
    }

    #[test]
    fn any_number_of_primaries_carry_equal_shares_of_a_site() {
        for (site, count) in [(0, 1), (9, 2), (u32::MAX, 64), (77, 256), (5, MAX_BUCKETS)] {
            let keys = Keys::new(count);
            let slots: Vec<_> = keys
                .site(Key(site))
                .iter()
                .map(|bucket| slot(bucket.tag.as_bytes()))
                .collect();
            for primaries in [1, 2, 3, 5, 6, 100] {
                let mut load = vec![0; primaries];
                for slot in &slots {
                    load[*slot as usize * primaries / SLOTS as usize] += 1;
                }
                let (least, most) = (load.iter().min(), load.iter().max());
                let spread = most.unwrap() - least.unwrap();
                assert!(spread <= 1, "{count} buckets on {primaries}: {load:?}");
            }
        }
    }

    #[test]
    fn small_sites_begin_on_different_primaries() {
        let keys = Keys::new(1);
        let first = |site: u32| slot(keys.site(Key(site))[0].tag.as_bytes());
        // One bucket alone goes anywhere; of two, the first lies in either half.
        assert_ne!(first(1), first(2));
        let keys = Keys::new(2);
        let half = |site: u32| slot(keys.site(Key(site))[0].tag.as_bytes()) * 2 / SLOTS;
        assert_eq!((half(4), half(5)), (0, 1));
    }

    #[test]
    fn every_key_of_a_bucket_lies_in_one_slot() {
        let keys = Keys::new(64);
        let visitor = VisitorId([9; 16]);
        let bucket = keys.bucket(Key::of("shop"), visitor);
        let slot = Slot::for_key(&bucket.live);
        for key in [
            &bucket.visitor(visitor),
            &bucket.timeline(visitor),
            &bucket.due,
            &bucket.journal,
            &bucket.decisions,
            &bucket.head,
            &bucket.outbox,
            &bucket.outbox_due,
            &bucket.notices,
            &bucket.feed,
        ] {
            assert_eq!(Slot::for_key(key), slot, "{key}");
        }
        assert_ne!(control(Key(1)), control(Key(2)));
    }

    #[test]
    fn visitors_are_spread_over_all_buckets() {
        let keys = Keys::new(64);
        let mut load = [0; 64];
        for nth in 0..6_400_u64 {
            let hash = blake3::hash(&nth.to_be_bytes());
            let mut id = [0; 16];
            id.copy_from_slice(&hash.as_bytes()[..16]);
            load[usize::from(keys.number(VisitorId(id)))] += 1;
        }
        assert!(load.iter().all(|some| (60..150).contains(some)), "{load:?}");
    }
}
