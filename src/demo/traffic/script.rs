//! The steps of a visit, and a pen to write them with.

use std::ops::RangeInclusive;

use super::dice::Dice;

/// One step of a visit.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Opens a page in a tab, in place of what was there; the tab comes to the front.
    Open {
        tab: usize,
        /// The path below the language's home, with its query.
        path: &'static str,
    },
    /// Brings a tab to the front.
    Look { tab: usize },
    /// Reads the page in front, down to a depth in percent.
    Read { seconds: u64, scroll: u64 },
    /// Looks elsewhere; the shop stays open.
    Away { seconds: u64 },
    /// Does something on the page in front.
    Do(Act),
    /// Closes a tab.
    Close { tab: usize },
}

impl Step {
    /// How long it takes.
    pub(super) const fn seconds(&self) -> u64 {
        match self {
            Self::Read { seconds, .. } | Self::Away { seconds } => *seconds,
            Self::Open { .. } | Self::Look { .. } | Self::Do(_) | Self::Close { .. } => 0,
        }
    }
}

/// What the shop reports of its own accord.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    AddToCart {
        product: &'static str,
        value: u64,
    },
    RemoveFromCart {
        product: &'static str,
        value: u64,
    },
    PaymentFailed,
    /// Buys what is in the cart.
    Purchase,
    Feedback {
        helpful: bool,
    },
    /// Sends the contact form.
    Write,
    SignIn,
    /// Refuses tracking.
    Refuse,
}

/// Writes a visit down, page by page.
pub(super) struct Script<'d> {
    dice: &'d mut Dice,
    steps: Vec<Step>,
    tab: usize,
    tabs: usize,
}

impl<'d> Script<'d> {
    pub(super) fn new(dice: &'d mut Dice) -> Self {
        Self {
            dice,
            steps: Vec::new(),
            tab: 0,
            tabs: 1,
        }
    }

    /// Goes on to a page and reads it for so many seconds.
    pub(super) fn page(mut self, path: &'static str, seconds: RangeInclusive<u64>) -> Self {
        self.steps.push(Step::Open {
            tab: self.tab,
            path,
        });
        self.stay(seconds)
    }

    /// One of these pages.
    pub(super) fn one_of(self, paths: &[&'static str], seconds: RangeInclusive<u64>) -> Self {
        let path = *self.dice.pick(paths);
        self.page(path, seconds)
    }

    /// Opens a page in a new tab.
    pub(super) fn new_tab(mut self, path: &'static str, seconds: RangeInclusive<u64>) -> Self {
        self.tab = self.tabs;
        self.tabs += 1;
        self.page(path, seconds)
    }

    /// Goes back to a tab and reads on.
    pub(super) fn back_to(mut self, tab: usize, seconds: RangeInclusive<u64>) -> Self {
        self.tab = tab;
        self.steps.push(Step::Look { tab });
        self.stay(seconds)
    }

    /// Reads on.
    pub(super) fn stay(mut self, seconds: RangeInclusive<u64>) -> Self {
        let seconds = self.dice.within(seconds);
        // Who stays longer reads further, and hardly anybody reads the end.
        let scroll = (18 + seconds + self.dice.within(0..=30)).min(100);
        self.steps.push(Step::Read { seconds, scroll });
        self
    }

    /// Looks elsewhere.
    pub(super) fn away(mut self, seconds: RangeInclusive<u64>) -> Self {
        let seconds = self.dice.within(seconds);
        self.steps.push(Step::Away { seconds });
        self
    }

    pub(super) fn act(mut self, act: Act) -> Self {
        self.steps.push(Step::Do(act));
        self
    }

    pub(super) fn close(mut self, tab: usize) -> Self {
        self.steps.push(Step::Close { tab });
        self
    }

    /// Some do this too.
    pub(super) fn maybe(self, percent: u64, more: impl FnOnce(Self) -> Self) -> Self {
        if self.dice.chance(percent) {
            more(self)
        } else {
            self
        }
    }

    pub(super) fn end(self) -> Vec<Step> {
        self.steps
    }
}
