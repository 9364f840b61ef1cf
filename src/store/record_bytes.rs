//! A record as bytes: what every back end keeps and a scan of the journal shows.
//!
//! The visitor's id (16 bytes), then the record (postcard). Whoever scans a journal looks at a record's head and decodes
//! the rest where there is time for it, such as on another core.

use crate::domain::{Cause, Key, Record, RuleSetHash, SiteNow, Timestamp, VisitorId};

use super::StoreError;

/// Before the record itself: whose it is.
const HEAD: usize = 16;
/// The record begins with the same once more; what follows need not be read byte by byte.
const REST: usize = 2 * HEAD;

/// A record as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct RecordBytes<'a>(pub &'a [u8]);

/// What stands before a record's cause, in the order of [`Record`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordHead {
    /// Whose state changed.
    pub visitor: VisitorId,
    /// On which site.
    pub site: Key,
    /// When, by the server's clock.
    pub now: Timestamp,
    /// The rule set in force.
    pub rules: RuleSetHash,
    /// What the site knew.
    pub site_now: SiteNow,
}

impl RecordBytes<'_> {
    /// The bytes of a record.
    pub fn of(record: &Record) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(320);
        bytes.extend_from_slice(&record.visitor.0);
        postcard::to_extend(record, bytes).expect("a record serializes into memory")
    }

    /// Whose it is, without reading the rest.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it is cut short.
    pub fn visitor(self) -> Result<VisitorId, StoreError> {
        let head = self.0.first_chunk::<HEAD>();
        head.map(|head| VisitorId(*head))
            .ok_or_else(|| corrupt("it is cut short"))
    }

    /// On which site it happened, without reading the rest.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it cannot be read.
    pub fn site(self) -> Result<Key, StoreError> {
        let site = postcard::take_from_bytes::<Key>(self.rest()?);
        site.map(|(site, _)| site)
            .map_err(|why| corrupt(&why.to_string()))
    }

    /// Everything but what happened.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it cannot be read.
    pub fn head(self) -> Result<RecordHead, StoreError> {
        type Head = (Key, Timestamp, RuleSetHash, SiteNow);
        let head = postcard::take_from_bytes::<Head>(self.rest()?);
        let ((site, now, rules, site_now), _) = head.map_err(|why| corrupt(&why.to_string()))?;
        Ok(RecordHead {
            visitor: self.visitor()?,
            site,
            now,
            rules,
            site_now,
        })
    }

    /// The record.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it cannot be read.
    pub fn decode(self) -> Result<Record, StoreError> {
        type Rest = (Key, Timestamp, RuleSetHash, SiteNow, Cause);
        let rest = postcard::from_bytes::<Rest>(self.rest()?);
        let (site, now, rules, site_now, cause) = rest.map_err(|why| corrupt(&why.to_string()))?;
        Ok(Record {
            visitor: self.visitor()?,
            site,
            now,
            rules,
            site_now,
            cause,
        })
    }

    /// Everything behind the visitor's id.
    fn rest(&self) -> Result<&[u8], StoreError> {
        self.0.get(REST..).ok_or_else(|| corrupt("it is cut short"))
    }
}

fn corrupt(why: &str) -> StoreError {
    StoreError::Corrupt {
        what: "a record".to_owned(),
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Cause;

    use super::*;

    #[test]
    fn the_head_is_read_without_the_rest() {
        let record = Record {
            visitor: VisitorId([3; 16]),
            site: Key::of("shop"),
            now: Timestamp(1_763_760_000_123),
            rules: RuleSetHash(77),
            site_now: SiteNow {
                agents_online: 2,
                free_slots: 300,
                ..SiteNow::default()
            },
            cause: Cause::Tick,
        };
        let bytes = RecordBytes::of(&record);
        let bytes = RecordBytes(&bytes);
        let head = bytes.head().unwrap();
        assert_eq!(bytes.visitor(), Ok(record.visitor));
        assert_eq!(bytes.site(), Ok(record.site));
        assert_eq!((head.visitor, head.site), (record.visitor, record.site));
        assert_eq!((head.now, head.rules), (record.now, record.rules));
        assert_eq!(head.site_now, record.site_now);
        assert_eq!(bytes.decode(), Ok(record));
        assert!(RecordBytes(&bytes.0[..20]).decode().is_err());
        assert!(RecordBytes(&bytes.0[..9]).visitor().is_err());
    }
}
