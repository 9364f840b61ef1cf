//! Which sides of a visitor a condition reads.

use crate::domain::Aspects;

use super::condition::{Condition, Leaf, Test};
use super::field::Field;

impl Condition {
    /// The sides whose change may change the outcome. A condition that reads nothing never changes.
    pub fn reads(&self) -> Aspects {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                let parts = parts.iter().map(Self::reads);
                parts.fold(Aspects::NONE, Aspects::with)
            }
            Self::Not(part) => part.reads(),
            Self::Leaf(leaf) => leaf.reads(),
            Self::Segment { condition, .. } => condition.reads(),
        }
    }
}

impl Leaf {
    fn reads(&self) -> Aspects {
        // How long ago something was is another every moment, whatever it is.
        if matches!(self.test, Test::Within(_) | Test::WithinNext(_)) {
            return Aspects::MOVING;
        }
        self.field.reads()
    }
}

impl Field {
    /// The side of the visitor that it belongs to. In doubt it is [`Aspects::MOVING`]: looked at every time.
    pub const fn reads(&self) -> Aspects {
        if matches!(self, Self::PageScroll) {
            Aspects::SCROLL
        } else if self.happens() {
            Aspects::HAPPENED
        } else if self.stands() {
            Aspects::STANDING
        } else {
            Aspects::MOVING
        }
    }

    /// Whether it tells what has happened in this session.
    const fn happens(&self) -> bool {
        matches!(
            self,
            Self::PageExitIntent
                | Self::SessionExitIntent
                | Self::SessionEvents
                | Self::SessionEventsOf(_)
                | Self::SessionGoals
                | Self::SessionGoalsOf(_)
        )
    }

    /// Whether it stays as it is until an event says otherwise.
    const fn stands(&self) -> bool {
        matches!(
            self,
            Self::PageType
                | Self::PageUrl
                | Self::PagePath
                | Self::PageTitle
                | Self::PageLang
                | Self::PageQuery(_)
                | Self::PageViewsOfType
                | Self::SessionPageViews
                | Self::SessionEntryUrl
                | Self::SessionPreviousPageType
                | Self::SessionEntryPath
                | Self::SessionEntryType
                | Self::SessionPageTypes
                | Self::SessionViews(_)
                | Self::SessionReferrerHost
                | Self::SessionSource
                | Self::SessionMedium
                | Self::SessionCampaign
                | Self::SessionTerm
                | Self::SessionContent
                | Self::SessionUtm(_)
                | Self::SessionChannel
                | Self::VisitorCountry
                | Self::VisitorRegion
                | Self::VisitorCity
                | Self::VisitorTimeZone
                | Self::VisitorDevice
                | Self::VisitorBrowser
                | Self::VisitorOs
                | Self::VisitorScreenWidth
                | Self::VisitorScreenHeight
                | Self::VisitorBot
                | Self::VisitorSessions
                | Self::VisitorReturning
                | Self::VisitorPageViews
                | Self::VisitorIdentified
                | Self::VisitorVerified
                | Self::VisitorTags
                | Self::VisitorChats
                | Self::VisitorInvitationsShown
                | Self::VisitorInvitationsAccepted
                | Self::VisitorInvitationsDismissed
                | Self::VisitorTrait(_)
                | Self::ChatState
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What changes with time alone is looked at every time.
    #[test]
    fn time_is_always_moving() {
        let minute = crate::domain::Millis::from_mins(1);
        let timed = [
            Field::PageActive,
            Field::SessionIdle,
            Field::TimeHour,
            Field::InLast(Box::new(Field::SessionEvents), minute),
        ];
        for field in timed {
            assert!(field.grows_with_time() || field.steps_with_time());
            assert_eq!(field.reads(), Aspects::MOVING, "{field:?}");
        }
    }

    #[test]
    fn a_condition_reads_what_its_parts_read() {
        let leaf = |field, test| Condition::Leaf(Leaf { field, test });
        let scrolled = || leaf(Field::PageScroll, Test::MoreThan(50.0));
        let due = leaf(
            Field::VisitorTrait("due".into()),
            Test::Within(crate::domain::Millis(1)),
        );
        assert_eq!(Condition::ALWAYS.reads(), Aspects::NONE);
        assert_eq!(due.reads(), Aspects::MOVING);
        let whole = Condition::All(vec![
            scrolled(),
            Condition::Not(Box::new(Condition::Any(vec![leaf(
                Field::ChatState,
                Test::Is("none".into()),
            )]))),
            Condition::Segment {
                name: "eager".into(),
                condition: std::sync::Arc::new(leaf(Field::SessionGoals, Test::MoreThan(0.0))),
            },
        ]);
        let parts = [Aspects::SCROLL, Aspects::STANDING, Aspects::HAPPENED];
        let sum = parts.into_iter().fold(Aspects::NONE, Aspects::with);
        assert_eq!(whole.reads(), sum);
        assert!(!sum.meets(Aspects::MOVING));
    }
}
