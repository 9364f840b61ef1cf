//! The report on effects in its parts: stage by stage, divided by what visitors are like, and where it is a burden.

use ahlan::domain::{Audience, ChatTurn, CountryCode, Device, Settlement};
use ahlan::engine::uplift::{By, PartEffect, Setting, Trouble, Verdict};

use crate::decided::{DAY, Like, Log, rules};

/// An invitation that is seen half a second later and ends so long after that.
fn seen(log: &mut Log, at: u64, who: u32, how: Settlement, look: u64) {
    log.eligible(at, who, None, false);
    log.shown(at, who, 500);
    log.settled(at, who, how, true, 500 + look);
}

#[test]
fn the_funnel_leads_from_eligible_to_a_goal() {
    let mut log = Log::under(&rules("10%", ""));
    log.held_back(500, 9, "no_agent", 0);
    log.held_back(600, 9, "session_cap", 2);
    log.held_back(700, 8, "no_agent", 0);
    log.eligible(1_000, 1, None, true);
    seen(&mut log, 1_000, 2, Settlement::Accepted, 3_000);
    log.chat(5_000, 2, ChatTurn::Requested);
    log.chat(6_000, 2, ChatTurn::Taken);
    log.chat(7_000, 2, ChatTurn::Answered);
    log.goal(9_000, 2, "sale", Some(50.0));
    seen(&mut log, 1_000, 3, Settlement::Accepted, 3_000);
    log.chat(5_000, 3, ChatTurn::Requested);
    log.chat(65_000, 3, ChatTurn::Missed);
    seen(&mut log, 1_000, 4, Settlement::Dismissed, 1_500);
    seen(&mut log, 1_000, 5, Settlement::Dismissed, 8_000);
    seen(&mut log, 1_000, 6, Settlement::Ignored, 60_000);
    // A chat of their own making, and one that came long after the yes.
    log.chat(5_000, 4, ChatTurn::Requested);
    log.chat(3_600_000, 2, ChatTurn::Requested);
    // One who was not invited asks as well.
    log.chat(8_000, 1, ChatTurn::Requested);
    let found = log.report(DAY);
    let funnel = &found.funnel;
    assert_eq!(
        (funnel.eligible, funnel.withheld, funnel.offered),
        (6, 1, 5)
    );
    let suppressed: Vec<_> = funnel
        .suppressed
        .iter()
        .map(|(why, n)| (&**why, *n))
        .collect();
    assert_eq!(suppressed, [("no_agent", 2), ("session_cap", 1)]);
    assert_eq!((funnel.shown, funnel.accepted, funnel.dismissed), (5, 2, 2));
    assert_eq!((funnel.ignored, funnel.expired, funnel.revoked), (1, 0, 0));
    assert_eq!((funnel.chats, funnel.missed_chats), (2, 1));
    assert_eq!((funnel.goals, funnel.value), (1, 50.0));
    assert_eq!((found.invited.chats, found.invited.missed_chats), (4, 1));
    assert_eq!(found.withheld.chats, 1, "both arms are asked");
    let dismissed = found.dismissed_after;
    assert_eq!((dismissed.within_2s, dismissed.of), (1, 2));
    assert_eq!(dismissed.p50_ms, Some(1_500));
}

#[test]
fn a_chat_that_is_told_of_before_the_yes_is_what_it_led_to() {
    let mut log = Log::under(&rules("10%", ""));
    log.eligible(1_000, 1, None, false);
    log.chat(4_000, 1, ChatTurn::Requested);
    log.settled(1_000, 1, Settlement::Accepted, true, 5_000);
    log.chat(9_000, 1, ChatTurn::Missed);
    // This one was asked for long before the yes to another offer.
    log.eligible(1_000, 2, None, false);
    log.chat(4_000, 2, ChatTurn::Requested);
    log.settled(1_000, 2, Settlement::Accepted, true, 600_000);
    let funnel = log.report(DAY).funnel;
    assert_eq!(
        (funnel.accepted, funnel.chats, funnel.missed_chats),
        (2, 1, 1)
    );
}

fn from(country: &str, device: Device, returning: bool, page_type: &'static str) -> Like {
    Like {
        page_type: Some(page_type),
        audience: Audience {
            lang: Some("en".into()),
            country: CountryCode::new(country),
            device,
            returning,
        },
        free_slots: 1,
    }
}

/// So many visitors of each arm, of whom the first so many buy.
fn crowd(log: &mut Log, from: u32, like: &Like, each: u32, converted: [u32; 2]) {
    for (arm, converted) in [false, true].into_iter().zip(converted) {
        let from = from + u32::from(arm) * 50_000;
        for who in from..from + each {
            let at = u64::from(who - from) * 30_000;
            log.eligible_as(at, who, None, arm, like);
            if who - from < converted {
                log.goal(at + 1_000, who, "sale", Some(10.0));
            }
        }
    }
}

fn values(parts: &[PartEffect]) -> Vec<(Option<&str>, u64)> {
    let each = parts.iter();
    each.map(|part| (part.value.as_deref(), part.visitors))
        .collect()
}

#[test]
fn visitors_are_divided_by_what_they_were_like_at_the_first_moment() {
    let mut log = Log::under(&rules("50%", ""));
    crowd(
        &mut log,
        0,
        &from("sa", Device::Mobile, false, "pricing"),
        2_000,
        [300, 100],
    );
    crowd(
        &mut log,
        100_000,
        &from("de", Device::Desktop, true, "help"),
        1_000,
        [50, 50],
    );
    // Once more, from elsewhere: nobody moves to another row.
    log.eligible_as(
        DAY / 2,
        0,
        None,
        false,
        &from("fr", Device::Tv, true, "help"),
    );
    let found = log.report_by(DAY, &By::ALL);
    let words: Vec<_> = found.by.keys().copied().collect();
    assert_eq!(words, ["country", "device", "lang", "page_type", "visit"]);
    let by = |by: By| &found.by[by.as_str()];
    assert_eq!(
        values(by(By::Country)),
        [(Some("SA"), 4_000), (Some("DE"), 2_000)]
    );
    assert_eq!(
        values(by(By::Visit)),
        [(Some("new"), 4_000), (Some("returning"), 2_000)]
    );
    assert_eq!(values(by(By::Lang)), [(Some("en"), 6_000)]);
    let [prices, help] = &by(By::PageType)[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (prices.invited.converted, prices.withheld.converted),
        (300, 100)
    );
    assert_eq!((help.invited.visitors, help.invited.converted), (1_000, 50));
    assert!(
        matches!(prices.verdict, Some(Verdict::Better(_))),
        "{prices:?}"
    );
    assert!(
        matches!(help.verdict, Some(Verdict::TooEarly { .. })),
        "{help:?}"
    );
    // Rows share the confidence: of two, each is less sure than one alone.
    let width = |part: &PartEffect| match part.verdict {
        Some(Verdict::Better(found)) => found.ratio.high - found.ratio.low,
        other => panic!("{other:?}"),
    };
    let mut alone = Log::under(&rules("50%", ""));
    crowd(
        &mut alone,
        0,
        &from("sa", Device::Mobile, false, "pricing"),
        2_000,
        [300, 100],
    );
    let alone = alone.report_by(DAY, &[By::PageType]);
    assert!(width(prices) > width(&alone.by["page_type"][0]));
    assert_eq!(alone.by.len(), 1, "only what was asked for");
}

#[test]
fn rows_beyond_the_bound_are_added_up() {
    let mut log = Log::under(&rules("50%", ""));
    for who in 0..60_u32 {
        let letters = [b'A' + (who / 26) as u8, b'A' + (who % 26) as u8];
        let country = String::from_utf8(letters.to_vec()).unwrap();
        let like = from(&country, Device::Other, false, "pricing");
        log.eligible_as(1_000, who, None, who % 2 == 0, &like);
        log.goal(2_000, who, "sale", None);
    }
    let found = log.report_by(DAY, &[By::Country]);
    let rows = &found.by["country"];
    assert_eq!(rows.len(), 41);
    let others = rows.last().unwrap();
    assert_eq!(
        (others.others, others.value.as_deref(), others.visitors),
        (true, None, 20)
    );
    assert_eq!(others.invited.converted + others.withheld.converted, 20);
    assert_eq!(
        rows.iter().map(|row| row.visitors).sum::<u64>(),
        found.visitors
    );
}

#[test]
fn what_is_a_burden_is_told_with_what_could_be_changed() {
    let mut log = Log::under(&rules("0%", ""));
    for who in 0..300 {
        let at = 1_000 + u64::from(who) * 10;
        let look = if who % 5 < 2 { 1_200 } else { 7_000 };
        let how = if who % 4 == 0 {
            Settlement::Ignored
        } else {
            Settlement::Dismissed
        };
        seen(&mut log, at, who, how, look);
    }
    let found = log.report(DAY);
    let kinds: Vec<_> = found.courtesy.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Trouble::FastDismissals, Trouble::Dismissed]);
    let fast = &found.courtesy[0];
    assert_eq!((fast.count, fast.of), (90, 225));
    assert!(fast.low > 0.2 && fast.low < fast.share && fast.share < fast.high);
    let advice = fast.advice.as_ref().unwrap();
    assert_eq!((advice.key, advice.id.as_deref()), ("delay", Some("help")));
    assert_eq!(
        (&advice.from, &advice.to),
        (&None, &Setting::Text("10s".into()))
    );
    assert!(fast.says.starts_with("40 % "), "{}", fast.says);
}
