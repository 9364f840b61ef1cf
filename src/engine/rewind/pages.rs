//! The pages of a visit as spans of time: which one was in front of the visitor when.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Millis, PageId, PageVisit, SessionId, Timestamp};
use crate::engine::facts::path_of;

use super::course::Seen;

/// How many spans are told.
const MAX_SPANS: usize = 500;

/// A page and when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageSpan {
    /// The page, to tell tabs apart: 16 hexadecimal digits.
    pub page: String,
    /// Its type under these rules.
    pub page_type: Option<Arc<str>>,
    /// Its path.
    pub path: String,
    /// Its title.
    pub title: Option<Arc<str>>,
    /// From when on, in milliseconds since the visit began.
    pub from_ms: Millis,
    /// Until when: another page was turned to, or it was closed.
    pub until_ms: Millis,
}

/// The spans so far.
#[derive(Default)]
pub(super) struct Pages {
    began: Timestamp,
    spans: Vec<PageSpan>,
    /// The page of the last span, if it still is in front.
    open: Option<PageId>,
}

impl Pages {
    pub(super) fn new(began: Timestamp) -> Self {
        Self {
            began,
            ..Self::default()
        }
    }

    /// Takes note of the page after a look. Returns the place of its span.
    pub(super) fn note(&mut self, session: SessionId, seen: &Seen<'_>) -> Option<usize> {
        let visit = seen.after.session.as_deref();
        let visit = visit.filter(|visit| visit.id == session);
        let Some(page) = visit.and_then(|visit| visit.current_page()) else {
            self.close(seen.now);
            return None;
        };
        if self.open.is_some_and(|open| open != page.page) {
            self.close(seen.now);
        }
        let same = self.open == Some(page.page);
        if page.closed {
            self.close(page.heard_at);
        } else if !same && self.spans.len() < MAX_SPANS {
            self.begin(page, seen);
        }
        self.spans.len().checked_sub(1)
    }

    fn begin(&mut self, page: &PageVisit, seen: &Seen<'_>) {
        let page_type = page
            .page_type
            .and_then(|key| seen.rules.page_type_name(key));
        let name = format!("{:016x}", page.page.0);
        let known = self.spans.iter().any(|span| span.page == name);
        // One that is returned to begins when it is; one that was just opened, when it was.
        let from = if known { seen.now } else { page.opened_at };
        let from_ms = from.since(self.began);
        self.spans.push(PageSpan {
            page: name,
            page_type: page_type.cloned(),
            path: path_of(&page.url).to_owned(),
            title: page.title.clone(),
            from_ms,
            until_ms: from_ms,
        });
        self.open = Some(page.page);
    }

    fn close(&mut self, at: Timestamp) {
        if self.open.take().is_none() {
            return;
        }
        if let Some(span) = self.spans.last_mut() {
            span.until_ms = at.since(self.began).max(span.from_ms);
        }
    }

    /// Every span; one that is open ends with the visit.
    pub(super) fn finish(mut self, until: Timestamp) -> Vec<PageSpan> {
        self.close(until);
        self.spans
    }
}
