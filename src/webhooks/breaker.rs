//! Leaves a receiver alone that keeps failing, so that it costs little and can recover.

use crate::domain::{Millis, Timestamp};

/// So many failures in a row open the breaker.
const FAILURES: u32 = 5;
/// How long it stays open at first; twice as long after each probe that fails.
const FIRST_REST: Millis = Millis::from_secs(30);
/// And at most.
const LONGEST_REST: Millis = Millis::from_mins(10);

/// Whether a receiver may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Ask it.
    Ask,
    /// Leave it alone until then.
    Rest(Timestamp),
}

/// What a receiver has done lately.
#[derive(Clone, Copy, Debug, Default)]
pub struct Breaker {
    failures: u32,
    /// Nobody asks before then.
    rests_until: Option<Timestamp>,
    /// Somebody asks to find out whether it works again.
    probing: bool,
}

impl Breaker {
    /// Whether the receiver may be asked now. After a rest one may, to probe it, and the others wait.
    pub fn ask(&mut self, now: Timestamp) -> May {
        match self.rests_until {
            Some(until) if until > now => May::Rest(until),
            Some(_) if self.failures < FAILURES => {
                self.rests_until = None;
                May::Ask
            }
            Some(_) if self.probing => May::Rest(now + FIRST_REST),
            Some(_) => {
                self.probing = true;
                May::Ask
            }
            None => May::Ask,
        }
    }

    /// The receiver has taken something.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The receiver has failed; it wants to be left alone until `rest`, if it said so.
    pub fn failed(&mut self, now: Timestamp, rest: Option<Timestamp>) {
        self.failures = self.failures.saturating_add(1);
        self.probing = false;
        let beyond = self.failures.checked_sub(FAILURES);
        let own = beyond.map(|beyond| {
            let rest = FIRST_REST.0 << beyond.min(10);
            now + Millis(rest.min(LONGEST_REST.0))
        });
        let wanted = rest.map(|rest| rest.min(now + Millis::from_hours(1)));
        self.rests_until = self.rests_until.max(own).max(wanted);
    }

    /// `closed`, `open` or `half_open`.
    pub fn word(&self, now: Timestamp) -> &'static str {
        match self.rests_until {
            Some(until) if until > now => "open",
            Some(_) if self.failures >= FAILURES => "half_open",
            Some(_) | None => "closed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_763_760_000_000);

    #[test]
    fn who_keeps_failing_is_left_alone_longer_and_longer() {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES - 1 {
            breaker.failed(START, None);
            assert_eq!(breaker.ask(START), May::Ask);
        }
        breaker.failed(START, None);
        let until = START + FIRST_REST;
        assert_eq!(breaker.ask(START), May::Rest(until));
        assert_eq!(breaker.word(START), "open");
        assert_eq!(breaker.word(until), "half_open");
        assert_eq!(breaker.ask(until), May::Ask, "one probes");
        assert!(matches!(breaker.ask(until), May::Rest(_)), "others wait");
        breaker.failed(until, None);
        assert_eq!(
            breaker.ask(until),
            May::Rest(until + FIRST_REST + FIRST_REST)
        );
        for _ in 0..20 {
            breaker.failed(until, None);
        }
        assert_eq!(breaker.ask(until), May::Rest(until + LONGEST_REST));
        breaker.succeeded();
        assert_eq!(
            (breaker.ask(until), breaker.word(until)),
            (May::Ask, "closed")
        );
    }

    #[test]
    fn a_wish_to_be_left_alone_is_heard_up_to_an_hour() {
        let mut breaker = Breaker::default();
        let soon = START + Millis::from_secs(7);
        breaker.failed(START, Some(soon));
        assert_eq!(breaker.ask(START), May::Rest(soon));
        assert_eq!(breaker.ask(soon), May::Ask);
        breaker.failed(soon, Some(soon + Millis::from_days(1)));
        assert_eq!(breaker.ask(soon), May::Rest(soon + Millis::from_hours(1)));
    }
}
