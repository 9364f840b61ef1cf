//! The agents' list in parts: rows of who is here now, filtered, sorted and cut into pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use crate::domain::{Presence, Timestamp, VisitorId, VisitorState};
use crate::engine;
use crate::rules::RuleSet;

use super::filter::{Filter, Matcher};
use super::line::{Line, invitation_word};
use super::sort::{Sort, Sorter, Value, compare};

/// One visitor as an agent sees them in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The whole state; what is shown of it is the wire's business.
    pub state: VisitorState,
    /// Every score by name, with its stage.
    pub scores: Vec<engine::ScoreNow>,
    /// Whether somebody is there.
    pub presence: Presence,
}

impl Row {
    /// The word for the invitation axis: none, held, offered, shown, or how the last one of this session ended.
    pub fn invitation_word(&self) -> &'static str {
        invitation_word(&self.state)
    }
}

/// A visitor as a row.
pub fn row(rules: &RuleSet, state: VisitorState, now: Timestamp) -> Row {
    let scores = engine::score_now(rules, &state, now).collect();
    let session = state.session.as_deref();
    Row {
        scores,
        presence: session.map_or(Presence::Left, |session| session.presence(now)),
        state,
    }
}

/// A question about the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Which visitors.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// At most so many.
    pub limit: usize,
    /// After the place that an earlier answer named.
    pub cursor: Option<String>,
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Who, in order.
    pub visitors: Vec<VisitorId>,
    /// How many visitors pass the filter in all.
    pub total: usize,
    /// Where the next part begins; `None` when this is the last.
    pub next: Option<String>,
}

/// Why a question has no answer.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ListError {
    /// The cursor was not made by this list.
    #[error("the cursor is not one that an answer of this list gave; ask again without it")]
    Cursor,
}

/// A row's place in the order: the sort value, then the id, so that places are unique and stable.
type Place = (Value, VisitorId);

/// A question that is being answered: it is shown every line, then cuts out the part that was asked for.
pub struct Listing {
    sort: Sort,
    limit: usize,
    after: Option<Place>,
    matcher: Matcher,
    sorter: Sorter,
    places: Vec<Place>,
}

impl Listing {
    /// Begins to answer a question under these rules.
    ///
    /// # Errors
    ///
    /// [`ListError::Cursor`] when the cursor is not one of ours.
    pub fn new(query: &Query, rules: &RuleSet) -> Result<Self, ListError> {
        Ok(Self {
            after: query.cursor.as_deref().map(decode_cursor).transpose()?,
            matcher: Matcher::new(&query.filter, rules),
            sorter: Sorter::new(&query.sort.by, rules),
            sort: query.sort.clone(),
            limit: query.limit,
            places: Vec::new(),
        })
    }

    /// Looks at a visitor.
    pub fn look(&mut self, line: &Line) {
        if self.matcher.passes(line) {
            self.places.push((self.sorter.value(line), line.id));
        }
    }

    /// The part that was asked for, once everybody was looked at.
    pub fn page(mut self) -> Page {
        let order = |a: &Place, b: &Place| compare(&self.sort, a, b);
        self.places.sort_unstable_by(order);
        let total = self.places.len();
        let start = self.after.as_ref().map_or(0, |after| {
            self.places
                .partition_point(|place| order(place, after).is_le())
        });
        let end = total.min(start.saturating_add(self.limit));
        let shown = &self.places[start..end];
        Page {
            visitors: shown.iter().map(|(_, id)| *id).collect(),
            total,
            next: shown.last().filter(|_| end < total).map(encode_cursor),
        }
    }
}

/// A cursor says of which kind its value is, then the value, then the id.
const NUMBER: u8 = 0;
const TEXT: u8 = 1;

fn encode_cursor((value, id): &Place) -> String {
    let mut bytes = Vec::with_capacity(25);
    match value {
        Value::Number(number) => {
            bytes.push(NUMBER);
            bytes.extend(number.to_be_bytes());
        }
        Value::Text(text) => {
            bytes.push(TEXT);
            bytes.extend(text.as_bytes());
        }
    }
    bytes.extend(id.0);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode_cursor(text: &str) -> Result<Place, ListError> {
    read_cursor(text).ok_or(ListError::Cursor)
}

fn read_cursor(text: &str) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (value, id) = bytes.split_last_chunk::<16>()?;
    let (kind, value) = value.split_first()?;
    let value = match *kind {
        NUMBER => Value::Number(i64::from_be_bytes(value.try_into().ok()?)),
        TEXT => Value::Text(std::str::from_utf8(value).ok()?.into()),
        _ => return None,
    };
    Some((value, VisitorId(*id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_a_place() {
        let id = VisitorId([7; 16]);
        for value in [
            Value::Number(-3),
            Value::Text("".into()),
            Value::Text("/pricing".into()),
        ] {
            let place = (value, id);
            assert_eq!(decode_cursor(&encode_cursor(&place)), Ok(place));
        }
        for text in ["", "x", "AAAA", &"A".repeat(24), &"A".repeat(200)] {
            assert_eq!(decode_cursor(text), Err(ListError::Cursor), "{text}");
        }
    }
}
