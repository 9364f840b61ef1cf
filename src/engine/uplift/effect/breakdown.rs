//! Visitors divided further: by the page, the language, the machine, the country, and whether they were here before.

use std::sync::Arc;

use crate::domain::{CountryCode, Eligible};

use super::outcomes::Outcomes;

/// So many values of a breakdown have a row of their own; the others share one.
const MAX_ROWS: usize = 40;
/// The row of what is beyond [`MAX_ROWS`].
const OTHERS: u8 = u8::MAX;

/// A way to divide visitors, by what was so before anything was said to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The type of the page they were on.
    PageType,
    /// The language they are spoken to in.
    Lang,
    /// The kind of machine they hold.
    Device,
    /// The country they came from.
    Country,
    /// Whether it is their first visit: `new` or `returning`.
    Visit,
}

impl By {
    /// Every way.
    pub const ALL: [Self; 5] = [
        Self::PageType,
        Self::Lang,
        Self::Device,
        Self::Country,
        Self::Visit,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PageType => "page_type",
            Self::Lang => "lang",
            Self::Device => "device",
            Self::Country => "country",
            Self::Visit => "visit",
        }
    }

    /// What a visitor is by it; `None` when that is not known.
    fn of(self, made: &Eligible) -> Option<&str> {
        let audience = &made.audience;
        match self {
            Self::PageType => made.page_type.as_deref(),
            Self::Lang => audience.lang.as_deref(),
            Self::Device => Some(audience.device.as_str()),
            Self::Country => audience.country.as_ref().map(CountryCode::as_str),
            Self::Visit if audience.returning => Some("returning"),
            Self::Visit => Some("new"),
        }
    }
}

/// One value and what the arms came to among its visitors.
#[derive(Default)]
pub(super) struct Row {
    /// `None`: not known.
    pub(super) value: Option<Arc<str>>,
    pub(super) arms: Vec<Outcomes>,
}

/// A split divided further.
pub(super) struct Breakdown {
    pub(super) by: By,
    pub(super) rows: Vec<Row>,
    /// The arms of all other values; empty while there are none.
    pub(super) others: Vec<Outcomes>,
}

impl Breakdown {
    pub(super) fn new(by: By) -> Self {
        Self {
            by,
            rows: Vec::new(),
            others: Vec::new(),
        }
    }

    /// The row that a visitor counts in, made with so many arms where there is none.
    pub(super) fn row_of(&mut self, made: &Eligible, arms: usize) -> u8 {
        let value = self.by.of(made);
        let known = self
            .rows
            .iter()
            .position(|row| row.value.as_deref() == value);
        if let Some(at) = known {
            return at as u8;
        }
        if self.rows.len() == MAX_ROWS {
            self.others.resize(arms, Outcomes::default());
            return OTHERS;
        }
        self.rows.push(Row {
            value: value.map(Into::into),
            arms: vec![Outcomes::default(); arms],
        });
        (self.rows.len() - 1) as u8
    }

    /// An arm of a row.
    pub(super) fn arm(&mut self, row: u8, arm: usize) -> &mut Outcomes {
        match self.rows.get_mut(usize::from(row)) {
            Some(row) => &mut row.arms[arm],
            None => &mut self.others[arm],
        }
    }
}
