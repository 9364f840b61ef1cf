//! Who tries many passwords waits longer and longer.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use parking_lot::Mutex;

use crate::domain::{Millis, Timestamp};

/// So many wrong passwords in a row an account may have before anybody waits for it,
const FREE_FOR_ACCOUNT: u32 = 5;
/// and so many an address may send, for whichever accounts.
const FREE_FOR_ADDRESS: u32 = 20;
/// The first wait; each further wrong password doubles it,
const FIRST_WAIT: Millis = Millis::from_secs(30);
/// up to this.
const LONGEST_WAIT: Millis = Millis::from_mins(15);
/// What nobody has tried for so long is forgotten.
const FORGET_AFTER: Millis = Millis::from_hours(1);
/// So many accounts, and so many addresses, are remembered. Further ones share a few places.
const MAX_KEYS: usize = 50_000;
/// How many places they share.
const SHARED: u64 = 1_024;
/// When there is no room, what may be forgotten is looked for this often.
const LOOK_EVERY: Millis = Millis::from_mins(1);

/// What an account or an address has tried.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    wrong: u32,
    last: Timestamp,
}

impl Tries {
    /// How long is to be waited yet.
    fn wait(self, free: u32, now: Timestamp) -> Millis {
        let Some(beyond) = self.wrong.checked_sub(free) else {
            return Millis::ZERO;
        };
        let wait = FIRST_WAIT.0.saturating_mul(1 << beyond.min(16));
        Millis(wait.min(LONGEST_WAIT.0)).saturating_sub(now.since(self.last))
    }
}

/// Tries of one kind of key.
struct Book<K> {
    free: u32,
    tries: HashMap<K, Tries>,
    crowd: HashMap<u64, Tries>,
    looked: Timestamp,
}

impl<K: Copy + Eq + Hash> Book<K> {
    fn new(free: u32) -> Self {
        Self {
            free,
            tries: HashMap::new(),
            crowd: HashMap::new(),
            looked: Timestamp::default(),
        }
    }

    fn of(&mut self, key: K, place: u64, now: Timestamp) -> &mut Tries {
        let recent = |tries: &mut Tries| now.since(tries.last) < FORGET_AFTER;
        if self.tries.len() >= MAX_KEYS && now.since(self.looked) >= LOOK_EVERY {
            self.looked = now;
            self.tries.retain(|_, tries| recent(tries));
        }
        let tries = if self.tries.contains_key(&key) || self.tries.len() < MAX_KEYS {
            self.tries.entry(key).or_default()
        } else {
            self.crowd.entry(place % SHARED).or_default()
        };
        if !recent(tries) {
            *tries = Tries::default();
        }
        tries
    }

    fn wait(&mut self, key: K, place: u64, now: Timestamp) -> Millis {
        let free = self.free;
        self.of(key, place, now).wait(free, now)
    }
}

/// Counts what was tried, for accounts and for addresses. A count belongs to one node.
pub struct Throttle {
    books: Mutex<(Book<u64>, Book<IpAddr>)>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            books: Mutex::new((Book::new(FREE_FOR_ACCOUNT), Book::new(FREE_FOR_ADDRESS))),
        }
    }
}

/// The key of an account; nobody has to exist to have one.
fn account(email: &str) -> u64 {
    let hash = blake3::hash(email.as_bytes());
    hash.as_bytes()
        .first_chunk()
        .map_or(0, |first| u64::from_le_bytes(*first))
}

impl Throttle {
    /// Counts a try as wrong before it is made, so that many at once are no more than many in a row.
    ///
    /// # Errors
    ///
    /// How long to wait first.
    pub fn begin(&self, email: &str, address: IpAddr, now: Timestamp) -> Result<(), Millis> {
        let (mut books, key) = (self.books.lock(), account(email));
        let (accounts, addresses) = &mut *books;
        let place = account(&address.to_string());
        let wait = accounts.wait(key, key, now);
        let wait = wait.max(addresses.wait(address, place, now));
        if wait > Millis::ZERO {
            return Err(wait);
        }
        for tries in [
            accounts.of(key, key, now),
            addresses.of(address, place, now),
        ] {
            tries.wrong = tries.wrong.saturating_add(1);
            tries.last = now;
        }
        Ok(())
    }

    /// The try was right: the account begins anew. The address only gets back this one, or whoever has an account could
    /// clear it between guesses at others.
    pub fn right(&self, email: &str, address: IpAddr, now: Timestamp) {
        let (mut books, key) = (self.books.lock(), account(email));
        let (accounts, addresses) = &mut *books;
        *accounts.of(key, key, now) = Tries::default();
        let tries = addresses.of(address, account(&address.to_string()), now);
        tries.wrong = tries.wrong.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn address(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from(0x0a00_0000 + n).into()
    }

    #[test]
    fn an_account_waits_longer_with_each_wrong_password() {
        let throttle = Throttle::default();
        let (mut now, mut waits) = (NOW, Vec::new());
        for n in 0..12 {
            if let Err(wait) = throttle.begin("sara@shop.example", address(n), now) {
                waits.push(wait.0 / 1_000);
                now = now + wait;
                throttle
                    .begin("sara@shop.example", address(n), now)
                    .unwrap();
            }
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900]);
        throttle
            .begin("omar@shop.example", address(99), now)
            .unwrap();
    }

    #[test]
    fn an_address_waits_whichever_accounts_it_tries() {
        let throttle = Throttle::default();
        for n in 0..FREE_FOR_ADDRESS {
            let email = format!("user{n}@shop.example");
            throttle.begin(&email, HERE, NOW).unwrap();
        }
        let wait = throttle.begin("one.more@shop.example", HERE, NOW);
        assert_eq!(wait, Err(FIRST_WAIT));
        let elsewhere = throttle.begin("one.more@shop.example", address(1), NOW);
        assert_eq!(elsewhere, Ok(()));
        let later = NOW + FORGET_AFTER;
        assert_eq!(throttle.begin("one.more@shop.example", HERE, later), Ok(()));
    }

    #[test]
    fn a_right_password_clears_its_account_and_not_its_address() {
        let throttle = Throttle::default();
        for n in 0..40 {
            let wrong = throttle.begin(&format!("user{n}@shop.example"), HERE, NOW);
            if wrong.is_err() {
                assert_eq!(n, FREE_FOR_ADDRESS);
                return;
            }
            let mine = throttle.begin("mine@shop.example", HERE, NOW);
            if mine.is_ok() {
                throttle.right("mine@shop.example", HERE, NOW);
            }
        }
        panic!("whoever has an account may guess at all others");
    }

    #[test]
    fn a_crowd_of_addresses_takes_no_more_memory() {
        let throttle = Throttle::default();
        for n in 0..(MAX_KEYS as u32 + 5_000) {
            let _ = throttle.begin(&format!("{n}@shop.example"), address(n), NOW);
        }
        let books = throttle.books.lock();
        assert_eq!(
            (books.0.tries.len(), books.1.tries.len()),
            (MAX_KEYS, MAX_KEYS)
        );
        assert!(books.1.crowd.len() <= SHARED as usize);
    }
}
