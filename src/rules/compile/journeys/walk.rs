//! What can follow what in a visit.

use crate::domain::Millis;

use super::super::super::journey::Happening;

/// How far the visit has come while it is read.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) last: Millis,
    /// When the page that is open was opened.
    opened: Option<Millis>,
    /// The active time last stated for it, and when.
    active: Option<(Millis, Millis)>,
}

impl Walk {
    /// What is wrong with the next moment, if anything, and what to do about it.
    pub(super) fn next(
        &mut self,
        at: Millis,
        what: Option<&Happening>,
    ) -> Option<(String, String)> {
        match what {
            Some(Happening::Opens(_)) => {
                self.opened = Some(at);
                self.active = None;
            }
            Some(Happening::Leaves | Happening::Reads { .. }) if self.opened.is_none() => {
                let message = "no page is open at this moment".to_owned();
                return Some((message, "open one first with `url`".to_owned()));
            }
            Some(Happening::Leaves) => self.opened = None,
            Some(Happening::Reads {
                active: Some(active),
                ..
            }) => {
                let opened = self.opened.unwrap_or(at);
                let (before, since) = self.active.unwrap_or((Millis::ZERO, opened));
                self.active = Some((*active, at));
                if *active < before {
                    let message = format!("{active} is less than the {before} stated before");
                    let help = "`active` is all active time on this page so far";
                    return Some((message, help.to_owned()));
                }
                let most = before + at.saturating_sub(since);
                if *active > most {
                    let message = format!("the page can have been active for {most} at most");
                    return Some((message, "move `at`, or state less".to_owned()));
                }
            }
            Some(
                Happening::Reads { active: None, .. }
                | Happening::Reports(_)
                | Happening::Answers(_)
                | Happening::Agents(_),
            )
            | None => {}
        }
        None
    }
}
