//! What somebody outside is to be told of, kept until it has reached them.
//!
//! A parcel is written in the same step as the change that it tells of, so that neither is there without the other. Who
//! has written it delivers it at once, from memory, and settles it; a parcel that is still there when it is due is given
//! to whoever asks. So `due` lies a *lease* ahead: until then it belongs to the node that wrote it, and when that node has
//! died, another one takes it. It is delivered at least once, always under the same id.

use crate::domain::{Key, Timestamp, VisitorId};

use super::{Answer, StoreError};

/// How many parcels may wait for one receiver of a site; where many nodes share, an equal part of them in each bucket.
pub const MOST_PARCELS: usize = 10_000;

/// A parcel's identity: the same at every try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParcelId(pub [u8; 16]);

/// What somebody outside is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Which parcel.
    pub id: ParcelId,
    /// On which site.
    pub site: Key,
    /// Whom it is about: where many nodes share, it lies beside that visitor's state.
    pub visitor: VisitorId,
    /// For whom.
    pub receiver: Key,
    /// Until then it belongs to whoever holds it, afterwards to whoever asks.
    pub due: Timestamp,
    /// What it says; the store does not look into it.
    pub bytes: Vec<u8>,
}

/// Where parcels wait.
pub trait Outbox: Send + Sync {
    /// Keeps parcels that no change of a visitor brings. Those that find no room are [dropped](Self::parcels_dropped).
    ///
    /// # Errors
    ///
    /// After an error nobody knows which of them are kept.
    fn post(&self, parcels: Vec<Parcel>) -> Answer<'_, ()>;

    /// Some of a site's parcels that are due, the most overdue first, `limit` at most. They belong to the caller until
    /// `lease_ends`; nobody else is given them before.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked; what was taken all the same is due again when the lease ends.
    fn take_parcels(
        &self,
        site: Key,
        now: Timestamp,
        lease_ends: Timestamp,
        limit: usize,
    ) -> Answer<'_, Vec<Parcel>>;

    /// Keeps a parcel as it is now, to be due when it says, if it is still there; answers whether it was.
    ///
    /// # Errors
    ///
    /// After an error it is due as before, or as it says now.
    fn put_off<'a>(&'a self, parcel: &'a Parcel) -> Answer<'a, bool>;

    /// Forgets a parcel: it has arrived, or never will.
    ///
    /// # Errors
    ///
    /// After an error it may still be there.
    fn settle<'a>(&'a self, parcel: &'a Parcel) -> Answer<'a, ()>;

    /// How many parcels wait for a receiver.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    fn parcels_waiting(&self, site: Key, receiver: Key) -> Answer<'_, usize>;

    /// How many parcels found no room since the start, because [`MOST_PARCELS`] waited for the same receiver. Whoever made
    /// them may deliver them once, from memory.
    fn parcels_dropped(&self) -> u64;
}

/// A parcel as bytes, without its id and, in part, without what stands beside it: receiver (4, big-endian), visitor (16),
/// what it says.
pub(super) fn pack(parcel: &Parcel, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&parcel.receiver.0.to_be_bytes());
    bytes.extend_from_slice(&parcel.visitor.0);
    bytes.extend_from_slice(&parcel.bytes);
}

/// The parcel that [`pack`] has packed.
pub(super) fn unpack(
    id: ParcelId,
    site: Key,
    due: Timestamp,
    bytes: &[u8],
) -> Result<Parcel, StoreError> {
    let parts = bytes.split_first_chunk().and_then(|(receiver, rest)| {
        let (visitor, rest) = rest.split_first_chunk()?;
        Some((*receiver, *visitor, rest))
    });
    let Some((receiver, visitor, rest)) = parts else {
        return Err(StoreError::Corrupt {
            what: "a parcel".to_owned(),
            why: "it is cut short".to_owned(),
        });
    };
    Ok(Parcel {
        id,
        site,
        visitor: VisitorId(visitor),
        receiver: Key(u32::from_be_bytes(receiver)),
        due,
        bytes: rest.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_is_read_as_it_was_written() {
        let parcel = Parcel {
            id: ParcelId([1; 16]),
            site: Key(2),
            visitor: VisitorId([3; 16]),
            receiver: Key(4),
            due: Timestamp(5),
            bytes: b"six".to_vec(),
        };
        let mut bytes = Vec::new();
        pack(&parcel, &mut bytes);
        let read = |bytes| unpack(parcel.id, parcel.site, parcel.due, bytes);
        assert_eq!(read(&bytes), Ok(parcel.clone()));
        assert!(read(&bytes[..19]).is_err());
    }
}
