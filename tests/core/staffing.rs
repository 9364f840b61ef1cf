//! When agents are short, from logs written by hand.

use ahlan::domain::{ChatTurn, Timestamp};
use ahlan::engine::staffing::{Staffing, StaffingReport};

use crate::decided::{DAY, Like, Log, rules};

const HOUR: u64 = 3_600_000;
/// A Monday, midnight in Riyadh.
const MONDAY: u64 = 1_763_931_600_000;

const RIYADH: &str = "[hours]\ntime_zone = \"Asia/Riyadh\"\n";

fn report(log: &Log, weeks: u64) -> StaffingReport {
    let mut staffing = Staffing::new(log.known[0].clone());
    for decision in &log.decisions {
        staffing.take(decision);
    }
    staffing.report(Timestamp(0), Timestamp(MONDAY + weeks * 7 * DAY))
}

/// Four weeks: Tuesdays from ten to twelve are busy and nobody is free, Wednesdays at ten somebody always is.
fn four_weeks() -> Log {
    let mut log = Log::under(&rules("10%", RIYADH));
    let free = Like {
        free_slots: 3,
        ..Like::default()
    };
    log.eligible_as(MONDAY, 1, None, false, &free);
    for week in 0..4 {
        let tuesday = MONDAY + (week * 7 + 1) * DAY;
        for nth in 0..20_u32 {
            let at = |hour| tuesday + hour * HOUR + u64::from(nth) * 60_000;
            let who = week as u32 * 100 + nth;
            log.held_back(at(10), who, "scarce", 1);
            log.held_back(at(11), who, "no_agent", 0);
            log.held_back(at(12), who, "session_cap", 0);
            log.eligible_as(at(24 + 10), who, None, nth == 0, &free);
        }
    }
    log
}

#[test]
fn hours_are_those_of_the_week_by_the_sites_clock() {
    let found = report(&four_weeks(), 4);
    assert_eq!(found.hours.len(), 168);
    assert!(found.hours.iter().all(|hour| hour.weeks == 4));
    let at = |weekday: &str, hour: u8| {
        let mut hours = found.hours.iter();
        hours
            .find(|it| it.weekday == weekday && it.hour == hour)
            .unwrap()
    };
    let (ten, eleven, noon) = (at("tue", 10), at("tue", 11), at("tue", 12));
    assert_eq!((ten.held_for_capacity, ten.no_agent), (80, 0));
    assert_eq!((eleven.held_for_capacity, eleven.no_agent), (0, 80));
    assert_eq!((ten.slots_mean, eleven.slots_mean), (Some(1.0), Some(0.0)));
    assert_eq!(
        (noon.no_agent, noon.slots_mean),
        (0, None),
        "courtesy is no lack"
    );
    let calm = at("wed", 10);
    assert_eq!((calm.offers, calm.slots_mean), (76, Some(3.0)));
    assert!(ten.short && eleven.short && !noon.short && !calm.short);
    assert_eq!(found.short.len(), 1, "two hours that follow each other");
    let span = &found.short[0];
    assert_eq!((span.weekday, span.from, span.until), ("tue", 10, 12));
    assert_eq!((span.ready, span.turned_away), (160, 160));
    let wanted = "tue 10:00–12:00: 160 of 160 who were ready found nobody free";
    assert_eq!(found.says, [wanted]);
}

#[test]
fn replies_count_where_they_were_waited_for() {
    let mut log = Log::under(&rules("10%", RIYADH));
    for (who, secs) in [(1, 10), (2, 20), (3, 40), (4, 400)] {
        let asked = MONDAY + 10 * HOUR - 30_000;
        log.chat(asked, who, ChatTurn::Requested);
        log.chat(asked + 5_000, who, ChatTurn::Taken);
        log.chat(asked + secs * 1_000, who, ChatTurn::Answered);
    }
    for who in 5..8 {
        log.chat(MONDAY + 10 * HOUR, who, ChatTurn::Requested);
        log.chat(MONDAY + 10 * HOUR + 60_000, who, ChatTurn::Missed);
    }
    let found = report(&log, 1);
    let (nine, ten) = (&found.hours[9], &found.hours[10]);
    assert_eq!((nine.chats, nine.reply_p75_s), (4, Some(40.0)));
    assert_eq!((ten.chats, ten.missed_chats, ten.reply_p75_s), (3, 3, None));
    assert!(!ten.short, "three are no rule");
}

#[test]
fn a_closed_site_is_not_short_of_agents() {
    let hours = "open = { tue = [\"12:00-18:00\"] }\n";
    let mut log = four_weeks();
    log.known[0] = rules("10%", &format!("{RIYADH}{hours}"));
    let found = report(&log, 4);
    assert_eq!(found.hours[24 + 11].open, Some(false));
    assert_eq!(found.short, []);
}
