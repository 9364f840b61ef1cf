//! Tickets for streams: who may listen to whom, for a short time, without the visitor key in an address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::domain::{Key, Millis, PageId, Timestamp, VisitorId};

/// A ticket opens a stream for this long.
const VALID_FOR: Millis = Millis::from_mins(5);
const BODY: usize = 16 + 4 + 8 + 8;
const MAC: usize = 16;

/// What a ticket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose stream.
    pub visitor: VisitorId,
    /// On which site.
    pub site: Key,
    /// For which page.
    pub page: PageId,
}

/// Makes and checks tickets.
pub struct Tickets {
    secret: [u8; 32],
}

impl Tickets {
    /// Tickets under a secret of the installation.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self {
            secret: blake3::derive_key("ahlan stream tickets v1", secret),
        }
    }

    /// The text of a ticket that is valid from `now`.
    pub fn issue(&self, ticket: Ticket, now: Timestamp) -> String {
        let mut bytes = [0; BODY + MAC];
        bytes[..16].copy_from_slice(&ticket.visitor.0);
        bytes[16..20].copy_from_slice(&ticket.site.0.to_be_bytes());
        bytes[20..28].copy_from_slice(&ticket.page.0.to_be_bytes());
        bytes[28..36].copy_from_slice(&(now + VALID_FOR).0.to_be_bytes());
        let mac = self.mac(&bytes[..BODY]);
        bytes[BODY..].copy_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a ticket says, if it is one of ours and still valid.
    pub fn check(&self, text: &str, now: Timestamp) -> Option<Ticket> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, mac) = bytes.split_at_checked(BODY)?;
        if !bool::from(self.mac(body).as_slice().ct_eq(mac)) {
            return None;
        }
        let until = Timestamp(u64::from_be_bytes(body[28..36].try_into().ok()?));
        (until > now).then_some(())?;
        Some(Ticket {
            visitor: VisitorId(body[..16].try_into().ok()?),
            site: Key(u32::from_be_bytes(body[16..20].try_into().ok()?)),
            page: PageId(u64::from_be_bytes(body[20..28].try_into().ok()?)),
        })
    }

    fn mac(&self, body: &[u8]) -> [u8; MAC] {
        let mut mac = [0; MAC];
        mac.copy_from_slice(&blake3::keyed_hash(&self.secret, body).as_bytes()[..MAC]);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_ours_and_expires() {
        let tickets = Tickets::new(&[1; 32]);
        let ticket = Ticket {
            visitor: VisitorId([7; 16]),
            site: Key(3),
            page: PageId(9),
        };
        let text = tickets.issue(ticket, Timestamp(1_000));
        assert_eq!(tickets.check(&text, Timestamp(2_000)), Some(ticket));
        assert_eq!(tickets.check(&text, Timestamp(1_000) + VALID_FOR), None);
        assert_eq!(Tickets::new(&[2; 32]).check(&text, Timestamp(2_000)), None);
        let mut forged = text.clone().into_bytes();
        forged[5] = if forged[5] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            tickets.check(std::str::from_utf8(&forged).unwrap(), Timestamp(2_000)),
            None
        );
        assert_eq!(tickets.check("", Timestamp(0)), None);
    }
}
