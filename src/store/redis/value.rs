//! A visitor's state as it lies in Redis: version (8 bytes, big-endian), token of the commit that wrote it (8), layout
//! (1), state (postcard).

use std::sync::Arc;

use crate::domain::VisitorState;
use crate::store::{STATE_LAYOUT, StoreError};

/// Before the state itself.
const HEAD: usize = 17;

/// A visitor's state as it was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    bytes: Arc<[u8]>,
}

impl Value {
    /// What a commit writes.
    pub(super) fn encode(version: u64, token: [u8; 8], state: &VisitorState) -> Self {
        let mut bytes = Vec::with_capacity(1_024);
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.extend_from_slice(&token);
        bytes.push(STATE_LAYOUT);
        let bytes = postcard::to_extend(state, bytes).expect("a state serializes into memory");
        Self {
            bytes: bytes.into(),
        }
    }

    /// What Redis has answered.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, StoreError> {
        if bytes.len() < HEAD {
            return Err(corrupt("it is cut short"));
        }
        let layout = bytes[HEAD - 1];
        if layout != STATE_LAYOUT {
            let why = format!("its layout is {layout} and this version reads {STATE_LAYOUT}");
            return Err(corrupt(&why));
        }
        Ok(Self {
            bytes: bytes.into(),
        })
    }

    /// How often the state was changed.
    pub(super) fn version(&self) -> u64 {
        let first = self.bytes.first_chunk();
        first.map_or(0, |first| u64::from_be_bytes(*first))
    }

    /// The state.
    pub(super) fn state(&self) -> Result<VisitorState, StoreError> {
        postcard::from_bytes(&self.bytes[HEAD..]).map_err(|why| corrupt(&why.to_string()))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn corrupt(why: &str) -> StoreError {
    StoreError::Corrupt {
        what: "a state".to_owned(),
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Key, Timestamp, VisitorId};

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let state = VisitorState::new(Key::of("shop"), VisitorId([3; 16]), Timestamp(5));
        let value = Value::encode(7, [9; 8], &state);
        assert_eq!((value.version(), value.state()), (7, Ok(state)));
        assert_eq!(value.bytes()[8..16], [9; 8]);
        assert_eq!(Value::of(value.bytes()), Ok(value.clone()));
        assert!(Value::of(&value.bytes()[..HEAD - 1]).is_err());
        let mut other = value.bytes().to_vec();
        other[HEAD - 1] += 1;
        let why = Value::of(&other).unwrap_err().to_string();
        assert!(why.contains("layout"), "{why}");
    }
}
