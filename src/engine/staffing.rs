//! When agents are short, by hour of the week: who was ready to be greeted, for how many of them nobody was free, and
//! how long a first reply took. Added up from the decision log, oldest first.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;
use serde::Serialize;

use crate::domain::{ChatTurn, Decision, Millis, Outcome, Suppression, Timestamp, VisitorId};
use crate::rules::{RuleSet, WEEKDAYS};

use super::uplift::{ALPHA, Arm, mean};

/// The hours of a week.
const HOURS: usize = 7 * 24;
/// So many visitors who wait for a first reply are remembered at once.
const MAX_WAITING: usize = 100_000;
/// A period is walked hour by hour for at most ten years.
const MAX_HOURS: u64 = 10 * 366 * 24;
/// An hour is short when surely more than this share of the visitors had nobody to talk to.
const SHORT: f64 = 0.1;
/// Of fewer cases nothing is said.
const FEW: u64 = 10;
/// So many sentences are said, on the worst hours.
const MAX_SAID: usize = 10;
const HOUR: Millis = Millis::from_hours(1);

/// What one hour of the week came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HourOfWeek {
    /// `mon` to `sun`, by the site's clock.
    pub weekday: &'static str,
    /// 0 to 23.
    pub hour: u8,
    /// How often this hour lies in the period.
    pub weeks: u64,
    /// Whether the site was open when it last came; `None`: the rules name no hours.
    pub open: Option<bool>,
    /// Invitations that were offered, those by hand included.
    pub offers: u64,
    /// Times that a trigger was ready and was held back since places were scarce and others came first.
    pub held_for_capacity: u64,
    /// Times that a trigger was ready and nobody could answer.
    pub no_agent: u64,
    /// Conversations that were asked for.
    pub chats: u64,
    /// Conversations that ended before anybody took them.
    pub missed_chats: u64,
    /// How many chats could still be taken, on average over the moments at which somebody was ready; `None`: nobody was.
    pub slots_mean: Option<f64>,
    /// Three of four first replies came within so many seconds; `None`: there was none.
    pub reply_p75_s: Option<f64>,
    /// Whether agents are short: surely more than a tenth of those who were ready, or who asked, had nobody to talk to,
    /// though the site was not closed.
    pub short: bool,
}

/// Hours one after another in which agents are short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShortSpan {
    /// `mon` to `sun`.
    pub weekday: &'static str,
    /// The first hour.
    pub from: u8,
    /// The hour after the last, 1 to 24.
    pub until: u8,
    /// Visitors who were ready, counted once for each page.
    pub ready: u64,
    /// Those of them who were not invited since nobody was free.
    pub turned_away: u64,
    /// Conversations that were asked for.
    pub chats: u64,
    /// Those of them that nobody took.
    pub missed_chats: u64,
}

/// When agents are short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StaffingReport {
    /// Every hour of the week, Monday midnight first.
    pub hours: Vec<HourOfWeek>,
    /// Where agents are short, the worst first.
    pub short: Vec<ShortSpan>,
    /// The same as sentences; at most ten.
    pub says: Vec<String>,
}

#[derive(Clone, Default)]
struct Sums {
    offers: u64,
    withheld: u64,
    held_for_capacity: u64,
    no_agent: u64,
    chats: u64,
    missed_chats: u64,
    slots: u64,
    replies: Vec<u32>,
}

impl Sums {
    const fn turned_away(&self) -> u64 {
        self.held_for_capacity + self.no_agent
    }

    const fn ready(&self) -> u64 {
        self.offers + self.withheld + self.turned_away()
    }

    fn is_short(&self) -> bool {
        let surely =
            |of: u64, count: u64| of >= FEW && mean(Arm::new(of, count), ALPHA).low > SHORT;
        surely(self.ready(), self.turned_away()) || surely(self.chats, self.missed_chats)
    }
}

/// Adds up decisions by hour of the week.
pub struct Staffing {
    rules: Arc<RuleSet>,
    hours: Vec<Sums>,
    waiting: HashMap<VisitorId, Timestamp, FxBuildHasher>,
    first: Option<Timestamp>,
}

impl Staffing {
    /// Nothing counted yet. The rules in force say where the site is and when it is open.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            rules,
            hours: vec![Sums::default(); HOURS],
            waiting: HashMap::default(),
            first: None,
        }
    }

    /// Counts the next decision.
    pub fn take(&mut self, decision: &Decision) {
        let at = decision.at;
        self.first.get_or_insert(at);
        match &decision.what {
            Outcome::Offered(made) => self.hour(at, |hour| {
                hour.offers += 1;
                hour.slots += u64::from(made.free_slots);
            }),
            Outcome::Withheld(made) => self.hour(at, |hour| {
                hour.withheld += 1;
                hour.slots += u64::from(made.free_slots);
            }),
            Outcome::Suppressed {
                why, free_slots, ..
            } => {
                let is = |one: Suppression| **why == *one.as_str();
                let scarce = is(Suppression::Scarce);
                let nobody = is(Suppression::NoAgent) || is(Suppression::DepartmentClosed);
                if scarce || nobody {
                    self.hour(at, |hour| {
                        hour.held_for_capacity += u64::from(scarce);
                        hour.no_agent += u64::from(nobody);
                        hour.slots += u64::from(*free_slots);
                    });
                }
            }
            Outcome::Chat { turn, after } => self.chat(decision, *turn, *after),
            Outcome::Shown { .. }
            | Outcome::Settled { .. }
            | Outcome::Stage { .. }
            | Outcome::Goal { .. } => {}
        }
    }

    fn chat(&mut self, decision: &Decision, turn: ChatTurn, after: Option<Millis>) {
        let (visitor, at) = (decision.visitor, decision.at);
        match turn {
            ChatTurn::Requested => {
                self.hour(at, |hour| hour.chats += 1);
                if self.waiting.len() < MAX_WAITING {
                    self.waiting.insert(visitor, at);
                }
            }
            ChatTurn::Taken => {}
            ChatTurn::Missed => {
                self.waiting.remove(&visitor);
                self.hour(at, |hour| hour.missed_chats += 1);
            }
            ChatTurn::Answered => {
                let asked = self.waiting.remove(&visitor);
                let took = after.or_else(|| asked.map(|asked| at.since(asked)));
                if let Some(took) = took {
                    let secs = u32::try_from(took.0 / 1_000).unwrap_or(u32::MAX);
                    self.hour(at - took, |hour| hour.replies.push(secs));
                }
            }
        }
    }

    fn hour(&mut self, at: Timestamp, count: impl FnOnce(&mut Sums)) {
        if let Some((hour, _)) = self.hour_of(at) {
            count(&mut self.hours[hour]);
        }
    }

    /// The hour of the week at a moment by the site's clock, and whether the site is open then.
    fn hour_of(&self, at: Timestamp) -> Option<(usize, Option<bool>)> {
        let local = self.rules.calendar.local(at)?;
        let weekday = WEEKDAYS.iter().position(|day| *day == local.weekday())?;
        Some((weekday * 24 + usize::from(local.hour()), local.open))
    }

    /// What the hours of the week came to between two moments; the first is that of the first decision if it is earlier.
    pub fn report(&self, since: Timestamp, until: Timestamp) -> StaffingReport {
        let since = since.max(self.first.unwrap_or(until));
        let mut seen = vec![(0, None); HOURS];
        for nth in 0..MAX_HOURS {
            let at = since + Millis(nth * HOUR.0);
            if at >= until {
                break;
            }
            if let Some((hour, open)) = self.hour_of(at) {
                seen[hour] = (seen[hour].0 + 1, open);
            }
        }
        let hours = self.hours.iter().zip(seen).enumerate();
        let hours: Vec<HourOfWeek> = hours
            .map(|(at, (sums, (weeks, open)))| told(at, sums, weeks, open))
            .collect();
        let short = self.spans(&hours);
        StaffingReport {
            says: short.iter().take(MAX_SAID).map(sentence).collect(),
            short,
            hours,
        }
    }

    /// Hours of one day that follow each other are one span.
    fn spans(&self, hours: &[HourOfWeek]) -> Vec<ShortSpan> {
        let mut spans: Vec<ShortSpan> = Vec::new();
        for (hour, sums) in hours.iter().zip(&self.hours).filter(|(hour, _)| hour.short) {
            let last = spans.last_mut();
            let follows =
                |last: &&mut ShortSpan| last.weekday == hour.weekday && last.until == hour.hour;
            let span = if let Some(last) = last.filter(follows) {
                last
            } else {
                spans.push(ShortSpan {
                    weekday: hour.weekday,
                    from: hour.hour,
                    until: hour.hour,
                    ready: 0,
                    turned_away: 0,
                    chats: 0,
                    missed_chats: 0,
                });
                spans.last_mut().expect("one was put there just now")
            };
            span.until = hour.hour + 1;
            span.ready += sums.ready();
            span.turned_away += sums.turned_away();
            span.chats += sums.chats;
            span.missed_chats += sums.missed_chats;
        }
        let lost = |span: &ShortSpan| span.turned_away + span.missed_chats;
        spans.sort_by_key(|span| std::cmp::Reverse(lost(span)));
        spans
    }
}

fn told(at: usize, sums: &Sums, weeks: u64, open: Option<bool>) -> HourOfWeek {
    let (ready, mut replies) = (sums.ready(), sums.replies.clone());
    replies.sort_unstable();
    let third_quarter = (replies.len() * 3).div_ceil(4);
    let reply = third_quarter.checked_sub(1).and_then(|at| replies.get(at));
    HourOfWeek {
        weekday: WEEKDAYS[at / 24],
        hour: (at % 24) as u8,
        weeks,
        open,
        offers: sums.offers,
        held_for_capacity: sums.held_for_capacity,
        no_agent: sums.no_agent,
        chats: sums.chats,
        missed_chats: sums.missed_chats,
        slots_mean: (ready > 0).then(|| sums.slots as f64 / ready as f64),
        reply_p75_s: reply.map(|secs| f64::from(*secs)),
        short: open != Some(false) && sums.is_short(),
    }
}

fn sentence(span: &ShortSpan) -> String {
    let (from, until) = (span.from, span.until);
    let (ready, away) = (span.ready, span.turned_away);
    let day = span.weekday;
    let says = format!(
        "{day} {from:02}:00–{until:02}:00: {away} of {ready} who were ready found nobody free"
    );
    if span.missed_chats == 0 {
        return says;
    }
    let (chats, missed) = (span.chats, span.missed_chats);
    format!("{says}, {missed} of {chats} chats were missed")
}
