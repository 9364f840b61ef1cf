//! Ranges of numbers, open or closed at each end: what a test on a number lets pass.

use super::super::condition::Test;

/// The numbers from `low` to `high`; an open end leaves its bound out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    low: f64,
    low_open: bool,
    high: f64,
    high_open: bool,
}

impl Range {
    /// Every number.
    pub(super) const ALL: Self = Self::closed(f64::NEG_INFINITY, f64::INFINITY);

    /// Both ends included.
    pub(super) const fn closed(low: f64, high: f64) -> Self {
        Self {
            low,
            low_open: false,
            high,
            high_open: false,
        }
    }

    /// What a test lets pass, if it is one on numbers.
    pub(super) fn of(test: &Test) -> Option<Self> {
        if let Test::Between(low, high) = test {
            return Some(Self::closed(*low, *high));
        }
        if let Test::MoreThan(low) = test {
            let (low, low_open) = (*low, true);
            return Some(Self {
                low,
                low_open,
                ..Self::ALL
            });
        }
        if let Test::LessThan(high) = test {
            let (high, high_open) = (*high, true);
            return Some(Self {
                high,
                high_open,
                ..Self::ALL
            });
        }
        if let Test::Dates(from, until) = test {
            return Some(Self::of_moments(*from, *until));
        }
        None
    }

    /// The milliseconds since the epoch from `from` to before `until`; `i64::MIN` and `i64::MAX` are no bounds.
    fn of_moments(from: i64, until: i64) -> Self {
        let open = until != i64::MAX;
        Self {
            low: if from == i64::MIN {
                f64::NEG_INFINITY
            } else {
                from as f64
            },
            low_open: false,
            high: if open { until as f64 } else { f64::INFINITY },
            high_open: open,
        }
    }

    /// The lower end, if there is one.
    pub(super) fn at_least(self) -> Option<f64> {
        self.low.is_finite().then_some(self.low)
    }

    /// Whether no number lies in both.
    pub(super) fn misses(self, other: Self) -> bool {
        let apart =
            |a: Self, b: Self| a.high < b.low || (a.high <= b.low && (a.high_open || b.low_open));
        apart(self, other) || apart(other, self)
    }

    /// Whether every number of `other` lies in this range.
    pub(super) fn holds(self, other: Self) -> bool {
        let low =
            self.low < other.low || (self.low <= other.low && (!self.low_open || other.low_open));
        let high = self.high > other.high
            || (self.high >= other.high && (!self.high_open || other.high_open));
        low && high
    }

    /// What people read.
    pub(super) fn says(self) -> String {
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) => format!("between {} and {}", self.low, self.high),
            (true, false) => format!("{} or more", self.low),
            (false, true) => format!("{} or less", self.high),
            (false, false) => "any number".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn more(low: f64) -> Range {
        Range::of(&Test::MoreThan(low)).expect("a range")
    }

    fn less(high: f64) -> Range {
        Range::of(&Test::LessThan(high)).expect("a range")
    }

    #[test]
    fn ranges_that_only_touch_meet_where_both_are_closed() {
        let closed = Range::closed;
        assert!(!closed(0.0, 5.0).misses(closed(5.0, 9.0)));
        assert!(closed(0.0, 5.0).misses(more(5.0)));
        assert!(less(5.0).misses(closed(5.0, 5.0)));
        assert!(less(5.0).misses(more(5.0)));
        assert!(!less(5.0).misses(more(4.0)));
        assert!(closed(0.0, 3.0).misses(closed(5.0, f64::INFINITY)));
        assert!(!Range::ALL.misses(more(5.0)));
    }

    #[test]
    fn days_that_follow_each_other_do_not_meet() {
        let days = |from, until| Range::of(&Test::Dates(from, until)).expect("a range");
        assert!(days(0, 10).misses(days(10, 20)));
        assert!(!days(0, 11).misses(days(10, 20)));
        assert!(days(i64::MIN, 5).misses(days(5, i64::MAX)));
        assert!(days(i64::MIN, 5).holds(days(1, 2)));
    }

    #[test]
    fn a_range_holds_what_lies_within_its_ends() {
        let closed = Range::closed;
        assert!(closed(0.0, 9.0).holds(closed(0.0, 9.0)));
        assert!(more(0.0).holds(closed(1.0, 9.0)));
        assert!(!more(0.0).holds(closed(0.0, 9.0)));
        assert!(closed(0.0, 9.0).holds(more(0.0)) == closed(0.0, 9.0).holds(Range::ALL));
        assert!(Range::ALL.holds(less(3.0)));
        assert!(less(3.0).holds(less(3.0)));
        assert!(!less(3.0).holds(closed(0.0, 3.0)));
    }
}
