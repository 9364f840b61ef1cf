//! Whether everything was heard that a channel has told: every message names the one before it.

use crate::domain::Seq;

/// A moment in a bucket's history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// Drawn when the history began, zeros before it has. Another one means that Redis has lost what was there.
    pub(super) epoch: [u8; 8],
    /// The place in the bucket's journal; 0 before the first.
    pub(super) place: Seq,
}

/// How far a channel was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// Not at all.
    New,
    /// Up to here; since then something was missed, or may have been.
    Behind(Moment),
    /// Up to here, and nothing was missed.
    InStep(Moment),
}

/// What to make of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is the next one.
    Next,
    /// It is the first of a new history; nothing of the old one is true any more.
    First,
    /// It was heard before.
    Before,
    /// Something before it is missing. It will be caught up on with the rest.
    Early,
}

/// What it takes to be in step again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing was missed.
    Nothing,
    /// To begin here.
    Begin,
    /// To read what came after this place from the journal.
    Replay(Seq),
    /// To read everything anew: the journal does not go on from what was heard.
    Anew,
}

impl Chain {
    /// Takes note of a message at `now` that says that the one before it was at `before`.
    pub(super) fn hear(&mut self, now: Moment, before: Seq) -> Heard {
        let Self::InStep(last) = *self else {
            return Heard::Early;
        };
        let heard = if now.epoch != last.epoch && before == Seq::default() {
            Heard::First
        } else if now.epoch == last.epoch && before == last.place {
            Heard::Next
        } else if now.epoch == last.epoch && now.place <= last.place {
            return Heard::Before;
        } else {
            *self = Self::Behind(last);
            return Heard::Early;
        };
        *self = Self::InStep(now);
        heard
    }

    /// Takes note that something may have been missed.
    pub(super) fn doubt(&mut self) {
        if let Self::InStep(last) = *self {
            *self = Self::Behind(last);
        }
    }

    /// What it takes to be in step with a bucket whose history has come to `head`.
    pub(super) fn remedy(self, head: Moment) -> Remedy {
        let (Self::InStep(last) | Self::Behind(last)) = self else {
            return Remedy::Begin;
        };
        let begun = last.place != Seq::default() || head.place != Seq::default();
        if last == head || !begun {
            Remedy::Nothing
        } else if last.epoch == head.epoch && last.place < head.place {
            Remedy::Replay(last.place)
        } else {
            Remedy::Anew
        }
    }

    /// Whether nothing was missed, as far as the messages tell.
    pub(super) const fn in_step(self) -> bool {
        matches!(self, Self::InStep(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u8, place: u64) -> Moment {
        Moment {
            epoch: [epoch; 8],
            place: Seq(place),
        }
    }

    #[test]
    fn a_chain_without_gaps_stays_in_step() {
        let mut chain = Chain::InStep(at(1, 10));
        assert_eq!(chain.hear(at(1, 12), Seq(10)), Heard::Next);
        assert_eq!(chain.hear(at(1, 13), Seq(12)), Heard::Next);
        assert_eq!(chain.hear(at(1, 12), Seq(10)), Heard::Before);
        assert_eq!(chain, Chain::InStep(at(1, 13)));
        assert_eq!(chain.remedy(at(1, 13)), Remedy::Nothing);
    }

    #[test]
    fn a_gap_is_replayed_from_the_last_message_that_was_heard() {
        let mut chain = Chain::InStep(at(1, 10));
        assert_eq!(chain.hear(at(1, 14), Seq(12)), Heard::Early);
        assert_eq!(chain.hear(at(1, 15), Seq(14)), Heard::Early);
        assert_eq!(chain.remedy(at(1, 15)), Remedy::Replay(Seq(10)));
    }

    #[test]
    fn a_history_that_begins_is_heard_from_its_first_message() {
        let mut chain = Chain::InStep(Moment::default());
        assert_eq!(chain.hear(at(2, 3), Seq(0)), Heard::First);
        assert_eq!(chain.hear(at(2, 4), Seq(3)), Heard::Next);
        assert_eq!(chain.hear(at(3, 4), Seq(0)), Heard::First);
        assert_eq!(Chain::New.remedy(at(2, 3)), Remedy::Begin);
        // The bucket has a history by now, but nothing was told on this channel yet.
        let quiet = Chain::InStep(Moment::default());
        assert_eq!(quiet.remedy(at(2, 0)), Remedy::Nothing);
        assert_eq!(quiet.remedy(at(2, 1)), Remedy::Anew);
    }

    #[test]
    fn another_history_whose_beginning_was_missed_is_read_anew() {
        let mut chain = Chain::InStep(at(1, 10));
        assert_eq!(chain.hear(at(2, 13), Seq(12)), Heard::Early);
        assert_eq!(chain.remedy(at(2, 13)), Remedy::Anew);
        assert_eq!(chain.remedy(Moment::default()), Remedy::Anew);
    }

    #[test]
    fn a_history_that_was_cut_back_is_read_anew() {
        let mut chain = Chain::InStep(at(1, 10));
        assert_eq!(chain.hear(at(1, 12), Seq(7)), Heard::Early);
        chain.doubt();
        assert_eq!(chain.remedy(at(1, 7)), Remedy::Anew);
    }
}
