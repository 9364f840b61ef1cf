//! What the nodes of a site tell each other, as bytes. `scripts/commit.lua` writes them.

use crate::domain::{Seq, VisitorId};
use crate::store::Notice;

use super::chain::Moment;

/// What every message begins with: epoch, the place before, its own place, visitor, node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The message's own moment.
    pub(super) now: Moment,
    /// The place of the message before it.
    pub(super) before: Seq,
    /// Who has changed.
    pub(super) visitor: VisitorId,
    /// Which node has changed them.
    pub(super) node: [u8; 8],
}

/// Takes a message's head off its bytes; `None` when it is cut short.
pub(super) fn head(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (epoch, rest) = bytes.split_first_chunk()?;
    let (before, rest) = number(rest)?;
    let (place, rest) = number(rest)?;
    let (visitor, rest) = rest.split_first_chunk()?;
    let (node, rest) = rest.split_first_chunk()?;
    let head = Head {
        now: Moment {
            epoch: *epoch,
            place: Seq(place),
        },
        before: Seq(before),
        visitor: VisitorId(*visitor),
        node: *node,
    };
    Some((head, rest))
}

/// The version that a visitor has now: the rest of a message of the feed, and what the journal keeps of it.
pub(super) fn version(rest: &[u8]) -> Option<u64> {
    let (version, _) = number(rest)?;
    Some(version)
}

/// The rest of a message of notices, and what the journal keeps of it.
pub(super) fn notices(rest: &[u8]) -> Option<Vec<Notice>> {
    postcard::from_bytes(rest).ok()
}

/// A big-endian number at the beginning of some bytes.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::InvitationId;

    #[test]
    fn a_message_is_read_and_what_is_cut_short_is_not() {
        let notice = vec![Notice::Revoked(InvitationId([7; 8]))];
        let mut bytes = vec![1; 8];
        bytes.extend(40_u64.to_be_bytes());
        bytes.extend(41_u64.to_be_bytes());
        bytes.extend([3; 16]);
        bytes.extend([4; 8]);
        bytes.extend(postcard::to_stdvec(&notice).unwrap());
        let (read, rest) = head(&bytes).unwrap();
        let now = Moment {
            epoch: [1; 8],
            place: Seq(41),
        };
        assert_eq!((read.now, read.before), (now, Seq(40)));
        assert_eq!((read.visitor, read.node), (VisitorId([3; 16]), [4; 8]));
        assert_eq!(notices(rest), Some(notice));
        assert_eq!(head(&bytes[..40]), None);
        assert_eq!(version(&[0; 7]), None);
        assert_eq!(version(&9_u64.to_be_bytes()), Some(9));
    }
}
