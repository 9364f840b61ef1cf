//! What Redis answers, taken apart.

use redis::Value as Reply;

use crate::domain::{Seq, VisitorId};
use crate::store::StoreError;

/// An answer of several parts.
pub(super) fn array(answer: &Reply) -> Result<&[Reply], StoreError> {
    let Reply::Array(parts) = answer else {
        return Err(strange(answer));
    };
    Ok(parts)
}

/// An answer of bytes.
pub(super) fn bytes(answer: &Reply) -> Result<&[u8], StoreError> {
    let Reply::BulkString(bytes) = answer else {
        return Err(strange(answer));
    };
    Ok(bytes)
}

/// An answer of bytes, or none.
pub(super) fn maybe_bytes(answer: &Reply) -> Result<Option<&[u8]>, StoreError> {
    if *answer == Reply::Nil {
        return Ok(None);
    }
    bytes(answer).map(Some)
}

/// An entry of a stream: its place, and the value of a field.
pub(super) fn entry<'a>(answer: &'a Reply, field: &str) -> Result<(Seq, &'a [u8]), StoreError> {
    let [id, fields] = array(answer)? else {
        return Err(strange(answer));
    };
    let place = place(bytes(id)?).ok_or_else(|| strange(id))?;
    for pair in array(fields)?.chunks_exact(2) {
        if bytes(&pair[0])? == field.as_bytes() {
            return Ok((place, bytes(&pair[1])?));
        }
    }
    Err(strange(answer))
}

/// The visitor that a member of a set names.
pub(super) fn visitor(member: &Reply) -> Option<VisitorId> {
    let bytes = bytes(member).ok()?;
    bytes.try_into().ok().map(VisitorId)
}

/// The place that an entry's id tells: milliseconds and counter are the two parts of both.
pub(super) fn place(id: &[u8]) -> Option<Seq> {
    let (moment, counter) = std::str::from_utf8(id).ok()?.split_once('-')?;
    let (moment, counter): (u64, u64) = (moment.parse().ok()?, counter.parse().ok()?);
    Some(Seq(moment << 20 | counter & 0xf_ffff))
}

/// The id of the entry at a place.
pub(super) fn id(place: Seq) -> String {
    format!("{}-{}", place.moment().0, place.0 & 0xf_ffff)
}

/// What kind of answer it is; never what is in it, which may be about a visitor.
fn shape(answer: &Reply) -> String {
    if let Reply::Array(parts) = answer {
        format!("an answer of {} parts", parts.len())
    } else if let Reply::BulkString(bytes) = answer {
        format!("an answer of {} bytes", bytes.len())
    } else if let Reply::Int(number) = answer {
        format!("the number {number}")
    } else {
        "this answer".to_owned()
    }
}

/// An answer that Redis does not give.
pub(super) fn strange(answer: &Reply) -> StoreError {
    StoreError::Corrupt {
        what: "an answer of Redis".to_owned(),
        why: format!("{} was not expected", shape(answer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn text(text: &str) -> Reply {
        Reply::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn a_place_and_its_id_are_the_same() {
        let first = Seq::at(Timestamp(1_763_760_000_123));
        for place in [first, Seq(first.0 + 5), Seq(first.0 + 0xf_ffff)] {
            assert_eq!(super::place(id(place).as_bytes()), Some(place));
        }
        assert_eq!(id(Seq(first.0 + 5)), "1763760000123-5");
        assert_eq!(super::place(b"not-1"), None);
    }

    #[test]
    fn a_field_is_found_in_any_place() {
        let fields = ["n", "7", "r", "record"].map(text).to_vec();
        let answer = Reply::Array(vec![text("1-5"), Reply::Array(fields)]);
        let place = Seq(1 << 20 | 5);
        assert_eq!(entry(&answer, "r"), Ok((place, &b"record"[..])));
        assert_eq!(entry(&answer, "n"), Ok((place, &b"7"[..])));
        assert!(entry(&answer, "d").is_err());
        assert!(entry(&Reply::Nil, "r").is_err());
    }

    #[test]
    fn an_error_tells_nothing_of_what_was_read() {
        let why = strange(&text("what a visitor wrote")).to_string();
        assert!(
            !why.contains("visitor") && why.contains("20 bytes"),
            "{why}"
        );
    }
}
