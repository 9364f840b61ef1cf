//! How long first replies took lately, and who waits for one: what nodes share and keep over a restart. Pure.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::{ChatReport, ChatStep, EventId, Key, Millis, Timestamp};

/// How many chats are remembered.
const MAX_CHATS: usize = 512;
/// How many first replies of a department are looked at, the latest.
const MAX_REPLIES: usize = 50;
/// How many first replies are remembered in all.
const MAX_ALL_REPLIES: usize = 1_000;
/// First replies are looked at for this long.
const REPLIES_COUNT_FOR: Millis = Millis::from_days(7);
/// Of fewer first replies nothing is said.
const MIN_REPLIES: usize = 5;
/// Who has waited for so long without another word is taken to have left.
const WAITS_AT_MOST: Millis = Millis::from_mins(30);
/// No first reply is taken to have taken longer.
const LONGEST_REPLY: Millis = Millis::from_days(1);

/// The latest conversations of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// In the order they were first heard of.
    chats: VecDeque<Chat>,
    /// In the order they came.
    replies: VecDeque<Reply>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Chat {
    /// The fingerprint of its id.
    id: EventId,
    department: Option<Key>,
    /// When it was first heard of.
    since: Timestamp,
    /// How far it has come; it never goes back.
    reached: Reached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Reached {
    Waits,
    Talks,
    Answered,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Reply {
    department: Option<Key>,
    at: Timestamp,
    took: Millis,
}

/// The name under which a department is counted: the same in any case.
pub(super) fn counted_as(department: &str) -> Key {
    Key::of(&department.trim().to_lowercase())
}

impl Figures {
    /// Takes what the chat layer says happened at `at`; says whether it tells anything new. Told twice, it counts once.
    pub(super) fn take(&mut self, report: &ChatReport, at: Timestamp) -> bool {
        let reached = match report.step {
            ChatStep::Requested | ChatStep::Queued => Reached::Waits,
            ChatStep::Started => Reached::Talks,
            ChatStep::FirstReply => Reached::Answered,
            ChatStep::Ended | ChatStep::Missed => Reached::Over,
            ChatStep::Rated => return false,
        };
        let id = EventId::of(&report.chat);
        let department = report.department.as_deref().map(counted_as);
        let known = self.chats.iter().position(|chat| chat.id == id);
        let is_new = known.is_none();
        let place = known.unwrap_or_else(|| self.begin(id, at));
        let Some(chat) = self.chats.get_mut(place) else {
            return false;
        };
        let before = *chat;
        chat.department = department.or(chat.department);
        chat.since = chat.since.min(at);
        chat.reached = chat.reached.max(reached);
        let after = *chat;
        if reached == Reached::Answered && (is_new || before.reached < Reached::Answered) {
            let counted = at.since(after.since);
            let counted = (!is_new && counted > Millis::ZERO).then_some(counted);
            if let Some(took) = report.first_response.or(counted) {
                self.reply(after.department, at, took.min(LONGEST_REPLY));
            }
        }
        is_new || after != before
    }

    fn begin(&mut self, id: EventId, since: Timestamp) -> usize {
        if self.chats.len() >= MAX_CHATS {
            self.chats.pop_front();
        }
        self.chats.push_back(Chat {
            id,
            department: None,
            since,
            reached: Reached::Waits,
        });
        self.chats.len() - 1
    }

    fn reply(&mut self, department: Option<Key>, at: Timestamp, took: Millis) {
        self.replies.push_back(Reply {
            department,
            at,
            took,
        });
        let own = |reply: &Reply| reply.department == department;
        if self.replies.iter().filter(|reply| own(reply)).count() > MAX_REPLIES {
            let oldest = self.replies.iter().position(own);
            oldest.and_then(|oldest| self.replies.remove(oldest));
        }
        if self.replies.len() > MAX_ALL_REPLIES {
            self.replies.pop_front();
        }
    }

    /// How many wait for this department, or for anybody.
    pub(super) fn queue(&self, department: Option<Key>, now: Timestamp) -> u16 {
        let waits = |chat: &&Chat| {
            chat.reached == Reached::Waits
                && now.since(chat.since) < WAITS_AT_MOST
                && (department.is_none() || chat.department == department)
        };
        let waiting = self.chats.iter().filter(waits).count();
        u16::try_from(waiting).unwrap_or(u16::MAX)
    }

    /// How long three quarters of the latest first replies of this department, or of all, took at most; `None` while too
    /// few are known.
    fn usual(&self, department: Option<Key>, now: Timestamp) -> Option<Millis> {
        let counts = |reply: &&Reply| {
            now.since(reply.at) < REPLIES_COUNT_FOR
                && (department.is_none() || reply.department == department)
        };
        let latest = self.replies.iter().rev().filter(counts).take(MAX_REPLIES);
        let mut took: Vec<Millis> = latest.map(|reply| reply.took).collect();
        if took.len() < MIN_REPLIES {
            return None;
        }
        took.sort_unstable();
        let place = (took.len() * 3).div_ceil(4) - 1;
        took.get(place).copied()
    }

    /// How long a first reply usually takes by what was measured, for somebody who asks at `now` and finds so many free
    /// places and agents; `None` while too little is known. Who finds others before them, and no place free, waits a
    /// round longer for every agent's worth of people.
    pub(super) fn expected(
        &self,
        department: Option<Key>,
        (free_slots, agents): (u16, u16),
        now: Timestamp,
    ) -> Option<Millis> {
        let usual = self.usual(department, now)?;
        let ahead = self.queue(department, now).saturating_sub(free_slots);
        let rounds = u64::from(ahead.div_ceil(agents.max(1)));
        Some(Millis(usual.0.saturating_mul(1 + rounds)))
    }

    /// Whether anything is known, which time makes worth less.
    pub(super) fn is_empty(&self) -> bool {
        self.chats.is_empty() && self.replies.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_763_760_000_000);

    fn report(chat: &str, step: ChatStep, department: Option<&str>) -> ChatReport {
        ChatReport {
            chat: chat.into(),
            step,
            agent: None,
            department: department.map(Into::into),
            first_response: None,
            rating: None,
        }
    }

    fn replied(figures: &mut Figures, chat: &str, secs: u64, at: Timestamp) {
        let report = ChatReport {
            first_response: Some(Millis::from_secs(secs)),
            ..report(chat, ChatStep::FirstReply, Some("Sales"))
        };
        figures.take(&report, at);
    }

    fn expected(figures: &Figures, now: Timestamp) -> Option<u64> {
        let sales = Some(counted_as("sales"));
        let span = figures.expected(sales, (1, 1), now);
        span.map(|span| span.0 / 1_000)
    }

    #[test]
    fn of_few_replies_nothing_is_said_and_of_many_the_upper_quartile() {
        let mut figures = Figures::default();
        for nth in 0..4 {
            replied(&mut figures, &format!("c{nth}"), 10 * (nth + 1), NOW);
        }
        assert_eq!(expected(&figures, NOW), None);
        replied(&mut figures, "c4", 1_000, NOW);
        assert_eq!(expected(&figures, NOW), Some(40), "one outlier is no rule");
        assert_eq!(figures.expected(None, (1, 1), NOW), Some(Millis(40_000)));
        let other = Some(counted_as("help"));
        assert_eq!(
            figures.expected(other, (1, 1), NOW),
            None,
            "another's replies"
        );
        let week = NOW + REPLIES_COUNT_FOR;
        assert_eq!(expected(&figures, week), None, "it is long ago");
        for nth in 0..60 {
            replied(&mut figures, &format!("later {nth}"), 5, NOW);
        }
        assert_eq!(expected(&figures, NOW), Some(5), "the latest count");
        assert_eq!(figures.replies.len(), MAX_REPLIES);
    }

    #[test]
    fn a_first_reply_is_measured_from_the_request_and_counts_once() {
        let mut figures = Figures::default();
        for nth in 0..5 {
            let chat = format!("c{nth}");
            let step = |figures: &mut Figures, step, secs| {
                figures.take(
                    &report(&chat, step, Some("Sales")),
                    NOW + Millis::from_secs(secs),
                )
            };
            assert!(step(&mut figures, ChatStep::Requested, 0));
            assert!(step(&mut figures, ChatStep::Started, 20));
            assert!(step(&mut figures, ChatStep::FirstReply, 30));
            assert!(!step(&mut figures, ChatStep::FirstReply, 90), "told again");
            assert!(!step(&mut figures, ChatStep::Requested, 0), "told late");
        }
        assert_eq!(figures.replies.len(), 5);
        assert_eq!(expected(&figures, NOW), Some(30));
        assert_eq!(figures.queue(None, NOW), 0);
    }

    #[test]
    fn who_waits_is_in_the_queue_until_somebody_takes_them() {
        let mut figures = Figures::default();
        let mut take = |chat: &str, step| figures.take(&report(chat, step, Some("sales")), NOW);
        for chat in ["a", "b", "c", "d"] {
            take(chat, ChatStep::Requested);
        }
        take("a", ChatStep::Started);
        take("b", ChatStep::Missed);
        take("b", ChatStep::Queued);
        let sales = Some(counted_as(" SALES "));
        assert_eq!(figures.queue(sales, NOW), 2);
        assert_eq!(figures.queue(Some(counted_as("help")), NOW), 0);
        assert_eq!(
            figures.queue(None, NOW + WAITS_AT_MOST),
            0,
            "they have left"
        );
    }

    #[test]
    fn who_has_others_ahead_waits_longer() {
        let mut figures = Figures::default();
        for nth in 0..5 {
            replied(&mut figures, &format!("c{nth}"), 30, NOW);
        }
        for chat in ["a", "b", "c", "d"] {
            figures.take(&report(chat, ChatStep::Queued, Some("sales")), NOW);
        }
        let sales = Some(counted_as("sales"));
        let secs = |free, agents| {
            let span = figures.expected(sales, (free, agents), NOW);
            span.map(|span| span.0 / 1_000)
        };
        assert_eq!(secs(4, 2), Some(30), "a place for each of them");
        assert_eq!(secs(0, 2), Some(90), "two rounds of two");
        assert_eq!(secs(0, 1), Some(150));
        assert_eq!(secs(1, 0), Some(120), "never divided by nobody");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut figures = Figures::default();
        for nth in 0..2_000_u64 {
            let report = ChatReport {
                department: Some(format!("d{}", nth % 100).into()),
                first_response: Some(Millis(1)),
                ..report(&format!("c{nth}"), ChatStep::FirstReply, None)
            };
            figures.take(&report, NOW);
        }
        assert!(figures.chats.len() <= MAX_CHATS && figures.replies.len() <= MAX_ALL_REPLIES);
        let bytes = postcard::to_stdvec(&figures).unwrap();
        assert!(bytes.len() < 48 * 1_024, "{}", bytes.len());
        assert_eq!(postcard::from_bytes(&bytes), Ok(figures));
    }
}
