//! Moments in query parameters, read as the command line reads them.

use crate::clock;
use crate::domain::Timestamp;

use super::problem::{Kind, Problem};

/// The moment that the parameter `name` says: a span before `now` (`7d`), a day, a moment of RFC 3339 or milliseconds.
///
/// # Errors
///
/// The problem, with what to write instead.
pub(super) fn moment(
    name: &str,
    text: Option<&str>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    let moment = text.map(|text| clock::moment(text, now)).transpose();
    moment.map_err(|why| Problem::new(Kind::BadParameter, format!("`{name}`: {why}")))
}
