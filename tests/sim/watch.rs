//! Watches over one visitor: knows from what was delivered what each event's outcome must be, and when an invitation
//! is out of the question. It uses nothing of the engine.

use std::collections::HashMap;

use ahlan::domain::*;
use ahlan::engine::Taken;

/// Where the shop's triggers may speak: the part of the path that their names promise.
const PLACES: [(&str, &str); 9] = [
    ("pricing", "/pricing"),
    ("sales", "/sales"),
    ("product", "/products"),
    ("home", "/demo/"),
    ("help", "/help"),
    ("docs", "/docs"),
    ("contact", "/contact"),
    ("payment", "/demo"),
    ("national", "/demo/"),
];
const DAY: Millis = Millis::from_days(1);
const HOUR: Millis = Millis::from_hours(1);

/// After a yes an invitation keeps its place for so long.
const TAKEN_OVER_AFTER: Millis = Millis::from_secs(10);

/// How many chats there are to promise, and how many are promised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// What agents can take by their own words.
    pub(crate) free: u16,
    /// Chats that open invitations promise.
    promised: u16,
    /// No more places than this are taken: some invitations that ended just now may keep theirs.
    taken_at_most: u16,
}

impl Room {
    pub(crate) const fn new(free: u16) -> Self {
        Self {
            free,
            promised: 0,
            taken_at_most: 0,
        }
    }

    /// Takes note of what a visitor was promised.
    pub(crate) fn note(&mut self, state: &VisitorState, now: Timestamp) {
        let open = state.invitations.open.as_deref();
        let open = open.filter(|open| open.state != InvitationState::Withheld);
        let open = open.filter(|open| open.channel != ReplyChannel::Email);
        let standing = open.is_some_and(|open| open.expires_at > now);
        self.promised += u16::from(standing);
        let settled = state.invitations.settled.iter();
        let lately = settled.filter(|past| now.since(past.settled_at) <= TAKEN_OVER_AFTER);
        // Who refuses tracking has no past, and an invitation may have ended with it.
        let refused = state.opted_out && now.since(state.last_seen) <= TAKEN_OVER_AFTER;
        self.taken_at_most +=
            u16::from(open.is_some()) + u16::from(refused) + lately.count() as u16;
    }
}

#[derive(Default)]
pub(crate) struct Watch {
    /// Accepted ids, oldest first.
    ids: Vec<EventId>,
    paths: HashMap<PageId, String>,
    consent: Option<(Timestamp, bool)>,
    /// Invitations this visitor may know of.
    known: Vec<InvitationId>,
    /// When and in which session invitations were made.
    made: Vec<(SessionId, Timestamp)>,
    /// Made as the state counts them, which begins anew with a refusal of tracking.
    counted: u32,
    dismissed: bool,
    chatted: bool,
    goal: Option<Timestamp>,
    pub(crate) page_views: u32,
    /// Accepted, duplicate, refused.
    pub(crate) outcomes: [usize; 3],
}

impl Watch {
    /// Takes note of what became of a delivered event.
    pub(crate) fn outcome(&mut self, event: &Event, taken: Taken, now: Timestamp) {
        let expected = self.expected(event);
        assert_eq!(taken, expected, "{event:?} at {now:?}");
        match taken {
            Taken::Accepted => {
                self.outcomes[0] += 1;
                self.ids.push(event.id);
                self.note(event, now);
            }
            Taken::Duplicate => self.outcomes[1] += 1,
            Taken::Rejected(_) => self.outcomes[2] += 1,
        }
    }

    fn expected(&self, event: &Event) -> Taken {
        let oldest = self.ids.len().saturating_sub(MAX_RECENT_IDS);
        if self.ids[oldest..].contains(&event.id) {
            return Taken::Duplicate;
        }
        if matches!(event.kind, EventKind::Consent { .. }) {
            return Taken::Accepted;
        }
        if self.refuses() {
            return Taken::Rejected(Reject::OptedOut);
        }
        if let EventKind::Invitation { invitation, .. } = event.kind
            && !self.known.contains(&invitation)
        {
            return Taken::Rejected(Reject::UnknownInvitation);
        }
        Taken::Accepted
    }

    pub(crate) fn refuses(&self) -> bool {
        matches!(self.consent, Some((_, false)))
    }

    fn note(&mut self, event: &Event, now: Timestamp) {
        let at = event.at.min(now);
        match &event.kind {
            EventKind::PageView(view) => {
                self.page_views += 1;
                let page = event.page.expect("the simulated pages have ids");
                self.paths.insert(page, view.url.to_string());
            }
            EventKind::Goal { .. } => self.goal = Some(now),
            EventKind::Chat(_) | EventKind::ChatReport(_) => self.chatted = true,
            EventKind::Invitation {
                outcome: InvitationOutcome::Dismissed,
                ..
            } => self.dismissed = true,
            EventKind::Consent { granted } => self.consent(*granted, at),
            EventKind::Engage { .. }
            | EventKind::Leave { .. }
            | EventKind::Custom { .. }
            | EventKind::Identify { .. }
            | EventKind::Invitation { .. }
            | EventKind::Tag { .. }
            | EventKind::ByAgent(_)
            | EventKind::Known { .. } => {}
        }
    }

    fn consent(&mut self, granted: bool, at: Timestamp) {
        if self.consent.is_some_and(|(then, _)| at < then) {
            return;
        }
        if !granted {
            // Everything is forgotten but the refusal and the ids.
            *self = Self {
                ids: std::mem::take(&mut self.ids),
                outcomes: self.outcomes,
                ..Self::default()
            };
        }
        self.consent = Some((at, granted));
    }

    /// Looks at a visitor after something happened.
    pub(crate) fn look(&mut self, state: &VisitorState, room: Room, now: Timestamp) -> bool {
        let made = state.invitations.made;
        if made == self.counted {
            return false;
        }
        assert_eq!(
            made,
            self.counted + 1,
            "two invitations at once for {}",
            state.id
        );
        self.counted = made;
        let Some(open) = state.invitations.open.as_deref() else {
            // A form, in the place of a chat that began all the same.
            let past = state.invitations.settled.last();
            let past = past.expect("what was made just now is open or past");
            assert_eq!((past.offered_at, past.settled_at), (now, now));
            assert_eq!(past.how, Settlement::Revoked);
            self.known.push(past.id);
            return true;
        };
        assert_eq!(open.offered_at, now, "made in between");
        if let Some(accepted) = open.instead_of {
            // No courtesy forbids to answer a yes.
            assert!(self.known.contains(&accepted), "nobody said yes");
            assert_ne!(open.channel, ReplyChannel::Chat, "nobody can answer");
        } else {
            self.check(open, room, now);
            self.made.push((open.session, now));
        }
        self.known.push(open.id);
        true
    }

    fn check(&self, open: &Invitation, room: Room, now: Timestamp) {
        let path = self.paths.get(&open.page).map_or("", String::as_str);
        let place = open.trigger_name.split('-').next().unwrap_or_default();
        let place = PLACES.iter().find(|(name, _)| *name == place);
        let (_, part) = place.expect("the shop's triggers are named after their pages");
        assert!(path.contains(part), "{} on {path:?}", open.trigger_name);
        assert!(!path.contains("/checkout"), "invited while paying");
        let form = open.channel == ReplyChannel::Email && *open.trigger_name == *"sales-questions";
        assert!(room.free > 0 || form, "invited with nobody to answer");
        assert!(
            room.promised <= room.free || form || open.state == InvitationState::Withheld,
            "more chats are promised than agents can take: {room:?}"
        );
        assert!(
            room.free <= room.taken_at_most || !form,
            "a form although somebody could answer: {room:?}"
        );
        assert!(
            !self.chatted,
            "invited within a day of a chat, or during it"
        );
        assert!(!self.dismissed, "invited within a week of a no");
        assert!(!self.refuses(), "invited against a refusal");
        let since_goal = self.goal.map(|goal| now.since(goal));
        assert!(
            since_goal.is_none_or(|since| since >= HOUR),
            "invited {since_goal:?} after a goal"
        );
        let in_session = |(session, _): &&(SessionId, Timestamp)| *session == open.session;
        assert!(
            self.made.iter().find(in_session).is_none(),
            "a second one in a session"
        );
        let today = self
            .made
            .iter()
            .filter(|(_, at)| now.since(*at) < DAY)
            .count();
        assert!(today < 2, "a third one within a day");
    }
}
