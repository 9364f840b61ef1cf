//! A visitor in memory: awake while events come, at rest in between.
//!
//! A state at rest is the bytes that were saved, a third of the size of the state itself. Most visitors are at rest
//! most of the time: they read. The next event or wake-up reads the bytes again, which takes about a microsecond.

use std::borrow::Cow;

use crate::domain::{Seq, VisitorState};
use crate::store::StoreError;

use super::disk;
use super::writer::SavedState;

/// A visitor in memory.
pub(super) struct Live {
    form: Form,
    /// Records that are part of the state and not yet of the saved one.
    pub(super) unsaved: Vec<Seq>,
    /// The last record that is part of the state.
    pub(super) last: Seq,
    /// Whether the visitor has a session.
    pub(super) in_session: bool,
}

enum Form {
    Awake(Box<VisitorState>),
    /// As on disk. Only a state without unsaved records rests.
    AtRest(Box<[u8]>),
}

impl Live {
    /// A visitor whose state is at hand.
    pub(super) fn awake(state: VisitorState) -> Self {
        Self {
            unsaved: Vec::new(),
            last: Seq::default(),
            in_session: state.session.is_some(),
            form: Form::Awake(Box::new(state)),
        }
    }

    /// A visitor with a session, as saved.
    pub(super) fn at_rest(last: Seq, bytes: &[u8]) -> Self {
        Self {
            unsaved: Vec::new(),
            last,
            in_session: true,
            form: Form::AtRest(bytes.into()),
        }
    }

    /// The state, to be changed.
    pub(super) fn state_mut(&mut self) -> Result<&mut VisitorState, StoreError> {
        if let Form::AtRest(bytes) = &self.form {
            self.form = Form::Awake(Box::new(disk::decode_state(bytes)?.state));
        }
        match &mut self.form {
            Form::Awake(state) => Ok(state),
            Form::AtRest(_) => unreachable!("it was woken just now"),
        }
    }

    /// The state, to be looked at; it stays at rest if it is.
    pub(super) fn state(&self) -> Result<Cow<'_, VisitorState>, StoreError> {
        match &self.form {
            Form::Awake(state) => Ok(Cow::Borrowed(state)),
            Form::AtRest(bytes) => Ok(Cow::Owned(disk::decode_state(bytes)?.state)),
        }
    }

    /// Takes note of a record that is part of the state since now.
    pub(super) fn note(&mut self, seq: Seq) {
        self.unsaved.push(seq);
        self.last = seq;
        if let Form::Awake(state) = &self.form {
            self.in_session = state.session.is_some();
        }
    }

    /// The state as it is to be saved, if it is not; its records are then part of it.
    pub(super) fn save(&mut self) -> Option<SavedState> {
        let Form::Awake(state) = &self.form else {
            return None;
        };
        let last = *self.unsaved.last()?;
        Some(SavedState {
            live: self.in_session,
            bytes: disk::encode_state(last, state),
            chapter: std::mem::take(&mut self.unsaved),
        })
    }

    /// Lets a state rest that was just saved.
    pub(super) fn rest(&mut self, saved: &SavedState) {
        if self.unsaved.is_empty() {
            self.form = Form::AtRest(saved.bytes.as_slice().into());
        }
    }
}
