//! What happened in a visit, moment by moment, as a test tells it: by what a browser on paper does not do of its own
//! accord.

use std::collections::BTreeSet;

use crate::domain::{
    ATTENTION_HORIZON, Arrival, Cause, ChatState, Event, EventKind, Millis, PageId, PageViewEvent,
    Record, SiteNow, Timestamp, VisitorState,
};
use crate::engine::facts::path_of;
use crate::engine::journey::Walked;
use crate::rules::{Field, RuleSet, toml_text};

use super::super::{Plan, Rewound};
use super::guest::{self, Pairs, agents, inline, props, short};
use super::reads::Reads;
use super::span;

/// Active time that a report says more or less than expected is told only beyond this.
const SLACK: Millis = Millis(1_500);
/// Who leaves one page for the next leaves it by that.
const TURN: Millis = Millis::from_secs(2);

/// A moment of the story.
pub(super) struct Line {
    pub(super) at: Millis,
    /// What happens or is expected, as TOML.
    pub(super) what: String,
}

/// How exactly a story is told.
#[derive(Clone, Copy)]
pub(super) struct Exactness {
    /// Moments are rounded to so many milliseconds.
    pub(super) grain: u64,
    /// Whether every change of the agents is told that rules may ask about, not only who can answer at all.
    pub(super) agents: bool,
}

/// A story.
pub(super) struct Story {
    /// What stands before the visit.
    pub(super) head: Pairs,
    pub(super) lines: Vec<Line>,
    /// What cannot be told.
    pub(super) left_out: BTreeSet<&'static str>,
    exactness: Exactness,
}

/// The page that is open, as the browser on paper has it.
struct Open {
    page: PageId,
    active: Millis,
    since: Millis,
    attended: bool,
    scroll: u8,
    /// The active time last stated, and when: no more can be stated than has passed since.
    stated: (Millis, Millis),
    heard: Millis,
}

impl Open {
    fn active(&self, at: Millis) -> Millis {
        let passed = at.saturating_sub(self.since);
        if self.attended {
            self.active + passed
        } else {
            self.active
        }
    }
}

/// A story under way.
struct Teller<'a> {
    reads: &'a Reads,
    rules: &'a RuleSet,
    began: Timestamp,
    story: Story,
    last: Millis,
    open: Option<Open>,
    /// The language of the pages, unless one has another.
    lang: Option<&'a str>,
    /// What the test knows of the agents.
    site: SiteNow,
}

impl Story {
    /// The story of a visit; `state` is the visitor before it.
    pub(super) fn of(
        plan: &Plan<'_>,
        rules: &RuleSet,
        state: &VisitorState,
        reads: &Reads,
        told: &Rewound,
        exactness: Exactness,
    ) -> Self {
        let records = &plan.records[plan.visit.records.clone()];
        let began = plan.visit.started_at;
        let site = records.first().map(|first| first.site_now.clone());
        let site = site.unwrap_or_default();
        let page = records.iter().flat_map(events).find_map(page_view);
        let nowhere = Arrival::default();
        let arrival = records.iter().find_map(arrival).unwrap_or(&nowhere);
        let mut head = Pairs::new();
        head.extend(guest::clock(rules, began));
        head.push(("agents".to_owned(), agents(&site, reads)));
        let visitor = guest::visitor(state, arrival, page, began, reads, told);
        if !visitor.is_empty() {
            head.push(("visitor".to_owned(), inline(&visitor)));
        }
        let kept: Vec<String> = reads.query().into_iter().map(toml_text).collect();
        if !kept.is_empty() {
            head.push(("keep_query".to_owned(), format!("[{}]", kept.join(", "))));
        }
        let mut left_out = BTreeSet::new();
        if !state.ledger.contributions.is_empty() || !state.ledger.totals.is_empty() {
            left_out.insert("earlier_points");
        }
        if state.invitations.made > 0 {
            left_out.insert("earlier_invitations");
        }
        let mut teller = Teller {
            reads,
            rules,
            began,
            story: Self {
                head,
                lines: Vec::new(),
                left_out,
                exactness,
            },
            last: Millis::ZERO,
            open: None,
            lang: page.and_then(|page| page.lang.as_deref()),
            site,
        };
        teller.tell(records);
        teller.story
    }

    /// Puts in what is expected right after each invitation.
    pub(super) fn expect(&mut self, walked: &Walked) {
        for made in &walked.made {
            let after = self.lines.partition_point(|line| line.at <= made.at);
            let full = Millis(made.at.0.div_ceil(1_000) * 1_000);
            let next = self.lines.get(after).map(|line| line.at);
            let before = after.checked_sub(1).map(|last| self.lines[last].at);
            // One that an answer follows at once is not open any more at the next full second.
            let at = Some(full).filter(|full| next.is_none_or(|next| *full <= next));
            let at = at.unwrap_or(made.at).max(before.unwrap_or_default());
            let withheld = if made.withheld {
                ", withheld = true"
            } else {
                ""
            };
            let trigger = toml_text(&made.trigger);
            let what = format!("expect = {{ invitation = {trigger}{withheld} }}");
            self.lines.insert(after, Line { at, what });
        }
    }
}

impl<'a> Teller<'a> {
    fn tell(&mut self, records: &'a [Record]) {
        let all: Vec<&Event> = records.iter().flat_map(events).collect();
        let mut told = 0;
        for record in records {
            self.agents(record);
            for event in events(record) {
                told += 1;
                let next = all.get(told).copied();
                // Whatever the sender's clock says, it did not happen after it was heard of.
                let at = self.at(event.at.min(record.now));
                self.event(event, at, next);
            }
        }
    }

    /// The moment of an event, never before the one that was told last.
    fn at(&self, moment: Timestamp) -> Millis {
        let grain = self.story.exactness.grain;
        let since = moment.since(self.began).0;
        let rounded = (since + grain / 2) / grain * grain;
        Millis(rounded).max(self.last)
    }

    fn line(&mut self, at: Millis, what: String) {
        self.last = at;
        self.story.lines.push(Line { at, what });
    }

    /// Agents who come or go, where that can make a difference.
    fn agents(&mut self, record: &Record) {
        let now = &record.site_now;
        let differs = if self.story.exactness.agents {
            agents(now, self.reads) != agents(&self.site, self.reads)
        } else {
            guest::answering(now) != guest::answering(&self.site)
        };
        if differs {
            let at = self.at(record.now);
            let what = format!("agents = {}", agents(now, self.reads));
            self.line(at, what);
            self.site = now.clone();
        }
    }

    fn event(&mut self, event: &'a Event, at: Millis, next: Option<&Event>) {
        self.fall_silent(at);
        match &event.kind {
            EventKind::PageView(view) => self.page(event, view, at),
            EventKind::Engage {
                active,
                scroll,
                attended,
            } => self.read(event.page, at, Some(*active), *scroll, Some(*attended)),
            EventKind::Leave { active, scroll } => {
                self.read(event.page, at, *active, scroll.unwrap_or(0), None);
                self.leave(event, at, next);
            }
            EventKind::Custom { name, props } => {
                let props = guest::props(props, |name| self.reads.has_prop(name));
                let props = props.map_or_else(String::new, |props| format!(", props = {props}"));
                self.line(at, format!("event = {}{props}", short(name)));
            }
            EventKind::Goal { name, value } => {
                let value = value.map_or_else(String::new, |value| format!(", value = {value}"));
                self.line(at, format!("goal = {}{value}", short(name)));
            }
            EventKind::Identify {
                traits, verified, ..
            } => {
                let traits = props(traits, |name| self.reads.has_trait(name));
                let traits = traits.map_or_else(String::new, |it| format!(", traits = {it}"));
                let proof = if *verified { ", verified = true" } else { "" };
                self.line(at, format!("identify = \"somebody\"{proof}{traits}"));
            }
            EventKind::Invitation { outcome, .. } => {
                self.line(at, format!("invitation = {}", toml_text(outcome.as_str())));
            }
            EventKind::Chat(state) => self.chat(at, Some(*state)),
            EventKind::ChatReport(report) => self.chat(at, report.step.state()),
            EventKind::Consent { .. } => self.leave_out("consent"),
            EventKind::Tag { .. } => self.leave_out("tags"),
            EventKind::ByAgent(_) => self.leave_out("by_agent"),
            EventKind::Known { .. } => {}
        }
    }

    fn leave_out(&mut self, what: &'static str) {
        self.story.left_out.insert(what);
    }

    fn chat(&mut self, at: Millis, state: Option<ChatState>) {
        let word = match state {
            Some(ChatState::Queued) => "queued",
            Some(ChatState::Chatting) => "started",
            Some(ChatState::Ended) => "ended",
            Some(ChatState::None) | None => return,
        };
        self.line(at, format!("chat = {}", toml_text(word)));
    }

    /// A page that was looked at and of which nothing more is heard is looked at for a while, and then no longer.
    fn fall_silent(&mut self, at: Millis) {
        let Some(open) = self.open.as_mut().filter(|open| open.attended) else {
            return;
        };
        let until = open.heard + ATTENTION_HORIZON;
        let grain = self.story.exactness.grain;
        let until = Millis(until.0.div_ceil(grain) * grain).max(self.last);
        if until >= at {
            return;
        }
        (open.active, open.since, open.attended) = (open.active(until), until, false);
        self.line(until, "attended = false".to_owned());
    }

    fn page(&mut self, event: &Event, view: &'a PageViewEvent, at: Millis) {
        let mut what = format!("url = {}", self.address(&view.url));
        let title = view.title.as_deref();
        let title = title.filter(|_| self.reads.any(&[Field::PageTitle]));
        what.extend(title.map(|title| format!(", title = {}", short(title))));
        let stated = view.page_type.as_deref();
        let known = |name: &&str| self.rules.page_types.iter().any(|it| *it.name == **name);
        let stated = stated.filter(known);
        what.extend(stated.map(|name| format!(", type = {}", toml_text(name))));
        let lang = view.lang.as_deref().filter(|lang| Some(*lang) != self.lang);
        what.extend(lang.map(|lang| format!(", lang = {}", short(lang))));
        self.line(at, what);
        self.open = Some(Open {
            page: event.page.unwrap_or(PageId(event.id.0)),
            active: Millis::ZERO,
            since: at,
            attended: true,
            scroll: 0,
            stated: (Millis::ZERO, at),
            heard: at,
        });
        if !view.attended {
            self.read(event.page, at, None, 0, Some(false));
        }
    }

    /// A path, or the whole address where rules ask for it; of the query, what they ask for.
    fn address(&self, url: &str) -> String {
        let whole = self.reads.any(&[Field::PageUrl, Field::SessionEntryUrl]);
        let (page, query) = url.split_once('?').unwrap_or((url, ""));
        let page = if whole { page } else { path_of(page) };
        let wanted = self.reads.query();
        let kept = query.split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            wanted.contains(&name)
        });
        let kept: Vec<&str> = kept.collect();
        let mark = if kept.is_empty() { "" } else { "?" };
        toml_text(&format!("{page}{mark}{}", kept.join("&")))
    }

    /// What a report says beyond what is expected: attention that comes or goes, another active time, more scroll.
    fn read(
        &mut self,
        page: Option<PageId>,
        at: Millis,
        active: Option<Millis>,
        scroll: u8,
        attended: Option<bool>,
    ) {
        let scrolls = self.reads.any(&[Field::PageScroll]);
        let grain = self.story.exactness.grain;
        let Some(open) = &mut self.open else { return };
        if page.is_some_and(|page| page != open.page) {
            if attended == Some(true) {
                self.leave_out("tabs");
            }
            return;
        }
        open.heard = at;
        let expected = open.active(at);
        let (before, since) = open.stated;
        let most = before + at.saturating_sub(since);
        let active = active.map(|active| active.min(most));
        let active = active.map(|active| Millis(active.0 / grain * grain).max(before));
        let far = |active: &Millis| active.max(&expected).0 - active.min(&expected).0 > SLACK.0;
        let active = active.filter(far);
        let attended = attended.filter(|attended| *attended != open.attended);
        let scroll = Some(scroll.min(100)).filter(|scroll| scrolls && *scroll > open.scroll);
        (open.active, open.since) = (active.unwrap_or(expected), at);
        open.stated = active.map_or(open.stated, |active| (active, at));
        open.scroll = scroll.unwrap_or(open.scroll);
        open.attended = attended.unwrap_or(open.attended);
        let parts = [
            active.map(|active| format!("active = {}", toml_text(&span(active)))),
            scroll.map(|scroll| format!("scroll = {scroll}")),
            attended.map(|attended| format!("attended = {attended}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            self.line(at, parts.join(", "));
        }
    }

    /// A page that is left for no other.
    fn leave(&mut self, event: &Event, at: Millis, next: Option<&Event>) {
        let is_open = |open: &Open| event.page.is_none_or(|page| page == open.page);
        if !self.open.as_ref().is_some_and(is_open) {
            return;
        }
        let turns = next.is_some_and(|next| {
            matches!(next.kind, EventKind::PageView(_)) && next.at.since(event.at) <= TURN
        });
        if !turns {
            self.line(at, "leave = true".to_owned());
            self.open = None;
        }
    }
}

fn events(record: &Record) -> impl Iterator<Item = &Event> {
    let batch = match &record.cause {
        Cause::Events(batch) => Some(batch),
        Cause::Tick | Cause::Rescore(_) => None,
    };
    batch.into_iter().flat_map(|batch| &batch.events)
}

fn page_view(event: &Event) -> Option<&PageViewEvent> {
    let EventKind::PageView(view) = &event.kind else {
        return None;
    };
    Some(view)
}

fn arrival(record: &Record) -> Option<&Arrival> {
    let Cause::Events(batch) = &record.cause else {
        return None;
    };
    batch.arrival.as_deref()
}
