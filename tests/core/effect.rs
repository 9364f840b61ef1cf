//! What each trigger achieved, from logs written by hand.

use std::sync::Arc;

use ahlan::domain::{Settlement, Timestamp};
use ahlan::engine::uplift::Verdict;
use ahlan::rules::RuleSet;

use crate::decided::{DAY, Log, arm, rules, variants};

#[test]
fn an_invitation_is_counted_once_in_every_stage() {
    let mut log = Log::under(&rules("10%", ""));
    for (who, look) in [(1, 2_000), (2, 9_000), (3, 4_000)] {
        log.eligible(1_000, who, None, false);
        log.shown(1_000, who, 500);
        log.settled(1_000, who, Settlement::Dismissed, true, 500 + look);
    }
    log.eligible(1_000, 4, None, false);
    log.shown(1_000, 4, 500);
    log.settled(1_000, 4, Settlement::Ignored, true, 60_000);
    // The late answer is the last word.
    log.settled(1_000, 4, Settlement::Accepted, true, 70_000);
    log.eligible(1_000, 5, None, false);
    log.settled(1_000, 5, Settlement::Expired, false, 60_000);
    // It was seen after all: the browser only said so with its answer.
    log.settled(1_000, 5, Settlement::Accepted, true, 65_000);
    log.eligible(1_000, 6, None, false);
    log.settled(1_000, 6, Settlement::Revoked, false, 60_000);
    log.eligible(1_000, 7, None, true);
    log.settled(1_000, 7, Settlement::Withheld, false, 60_000);
    // The same visitor once more: an invitation more, and no visitor more.
    log.eligible(80_000, 1, None, false);
    log.settled(80_000, 1, Settlement::Expired, false, 60_000);
    let found = log.report(200_000);
    assert_eq!(
        (found.visitors, found.pending, found.since),
        (7, 7, Some(1_000))
    );
    let invited = &found.invited;
    assert_eq!((invited.visitors, invited.invitations), (6, 7));
    assert_eq!(
        (invited.shown, invited.accepted, invited.dismissed),
        (5, 2, 3)
    );
    assert_eq!(
        (invited.ignored, invited.expired, invited.revoked),
        (0, 1, 1)
    );
    assert_eq!(invited.dismissed_after_ms, Some(4_000), "the median");
    let withheld = &found.withheld;
    assert_eq!(
        (withheld.visitors, withheld.invitations, withheld.shown),
        (1, 1, 0)
    );
    assert_eq!((withheld.expired, withheld.dismissed_after_ms), (0, None));
}

#[test]
fn a_visitor_converts_once_within_the_window_by_a_goal_that_counts() {
    let mut log = Log::under(&rules("10%", ""));
    log.goal(500, 1, "sale", Some(1.0)); // Before anything else.
    log.eligible(1_000, 1, None, false);
    log.goal(2_000, 1, "signup", Some(2.0)); // Another goal.
    log.eligible(1_000, 2, None, true);
    log.goal(3_000, 2, "SALE", Some(4.0));
    log.goal(4_000, 2, "sale", Some(8.0));
    log.goal(5_000, 3, "sale", Some(16.0)); // Of somebody who was never eligible.
    log.eligible(1_000, 4, None, false);
    log.goal(1_000 + DAY, 4, "sale", None); // At the last moment.
    log.eligible(1_000, 5, None, false);
    log.eligible(DAY, 5, None, false);
    log.goal(1_001 + DAY, 5, "sale", Some(32.0)); // Too late: the first moment counts.
    let found = log.report(2 * DAY);
    let (invited, withheld) = (&found.invited, &found.withheld);
    assert_eq!(
        (invited.visitors, invited.converted, invited.goals),
        (3, 1, 1)
    );
    assert!(
        invited.value < 0.5,
        "a goal without a value is worth nothing"
    );
    assert_eq!(
        (withheld.converted, withheld.goals, withheld.value),
        (1, 2, 12.0)
    );
    assert_eq!((withheld.rate, found.pending), (1.0, 0));
    assert_eq!(
        (&*found.goals, found.within_ms),
        (&["sale".into()][..], DAY)
    );
}

#[test]
fn a_verdict_comes_with_enough_visitors_and_not_before() {
    let mut log = Log::under(&rules("50%", ""));
    arm(&mut log, 0, None, false, (300, 30));
    arm(&mut log, 10_000, None, true, (300, 20));
    let early = log.report(DAY);
    assert!(
        matches!(early.verdict, Some(Verdict::TooEarly { days: Some(_) })),
        "{early:?}"
    );
    assert!(
        early.says.starts_with("not enough data yet: about "),
        "{}",
        early.says
    );
    let mut log = Log::under(&rules("50%", ""));
    arm(&mut log, 0, None, false, (2_000, 300));
    arm(&mut log, 10_000, None, true, (2_000, 150));
    let clear = log.report(2 * DAY);
    assert!(
        matches!(clear.verdict, Some(Verdict::Better(_))),
        "{clear:?}"
    );
    assert!(!clear.sample_ratio.unwrap().broken);
    let wanted = "it helps: 15.00 % reach a goal instead of 7.50 %, between ";
    assert!(clear.says.starts_with(wanted), "{}", clear.says);
}

#[test]
fn arms_of_the_wrong_sizes_give_no_number() {
    let mut log = Log::under(&rules("50%", ""));
    arm(&mut log, 0, None, false, (2_000, 300));
    arm(&mut log, 10_000, None, true, (1_500, 50));
    let found = log.report(2 * DAY);
    assert_eq!(found.verdict, Some(Verdict::BrokenSplit));
    assert!(found.sample_ratio.unwrap().broken);
    assert!(
        found.says.contains("no number can be trusted"),
        "{}",
        found.says
    );
}

#[test]
fn without_a_holdout_there_is_nothing_to_compare_with() {
    let mut log = Log::under(&rules("0%", ""));
    arm(&mut log, 0, None, false, (2_000, 300));
    let found = log.report(2 * DAY);
    assert_eq!((found.verdict, found.sample_ratio), (None, None));
    assert!(
        found.says.starts_with("there is no holdout"),
        "{}",
        found.says
    );
    assert_eq!(found.invited.converted, 300);
}

#[test]
fn other_shares_begin_a_count_of_their_own() {
    let (small, large) = (rules("10%", ""), rules("50%", ""));
    let mut log = Log::under(&small);
    arm(&mut log, 0, None, false, (90, 9));
    arm(&mut log, 10_000, None, true, (10, 1));
    log.publish(&large);
    let found = log.report(DAY);
    assert_eq!(
        (found.visitors, found.other_splits, found.since),
        (0, 100, None)
    );
    assert_eq!(found.says, "nobody was eligible yet");
    log.eligible(DAY, 500, None, false);
    log.eligible(DAY, 501, None, true);
    // Both were there before, and stay where they were.
    log.eligible(DAY, 1, None, true);
    log.goal(DAY + 1, 10_009, "sale", None);
    let found = log.report(DAY + 1_000);
    assert_eq!((found.visitors, found.other_splits), (2, 100));
    assert_eq!((found.holdout, found.since), (0.5, Some(DAY)));
    assert_eq!((found.withheld.visitors, found.withheld.converted), (1, 0));
    // A change of the words alone changes nothing.
    let words = rules("50%", "# The same shares.\n");
    assert_ne!(words.hash, large.hash);
    log.publish(&words);
    log.eligible(DAY, 502, None, false);
    assert_eq!(log.report(2 * DAY).visitors, 3);
    // And back again: what was counted then counts on.
    log.publish(&small);
    assert_eq!(log.report(2 * DAY).visitors, 100);
}

#[test]
fn variants_stand_beside_the_holdout_and_beside_the_first() {
    let mut log = Log::under(&variants());
    arm(&mut log, 0, Some("plain"), false, (4_000, 400));
    arm(&mut log, 10_000, Some("warm"), false, (4_000, 800));
    arm(&mut log, 20_000, Some("warm"), true, (1_000, 50));
    arm(&mut log, 30_000, Some("plain"), true, (1_000, 50));
    let found = log.report(4 * DAY);
    assert_eq!(
        (found.invited.visitors, found.withheld.visitors),
        (8_000, 2_000)
    );
    assert_eq!(
        (found.invited.converted, found.withheld.converted),
        (1_200, 100)
    );
    let [plain, warm] = &found.variants[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (&*plain.variant, plain.share, plain.beside_first),
        ("plain", 0.4, None)
    );
    assert_eq!((&*warm.variant, warm.figures.converted), ("warm", 800));
    let better = |verdict| matches!(verdict, Some(Verdict::Better(_)));
    assert!(better(plain.beside_holdout) && better(warm.beside_holdout));
    assert!(better(warm.beside_first) && better(found.verdict));
    // Three comparisons share the error, so each is less sure than one alone would be.
    let width = |verdict| match verdict {
        Some(Verdict::Better(found)) => found.ratio.high - found.ratio.low,
        other => panic!("{other:?}"),
    };
    let alone = ahlan::engine::uplift::uplift(
        ahlan::engine::uplift::Group {
            share: 0.4,
            visitors: 4_000,
            converted: 800,
        },
        ahlan::engine::uplift::Group {
            share: 0.4,
            visitors: 4_000,
            converted: 400,
        },
        0.05,
    );
    assert!(width(warm.beside_first) > alone.ratio.high - alone.ratio.low);
}

#[test]
fn what_is_followed_is_bounded_and_what_is_left_out_is_counted() {
    let mut log = Log::under(&rules("50%", ""));
    arm(&mut log, 0, None, false, (10, 10));
    let effect = log.followed(4);
    let report = effect.report(Timestamp(DAY));
    assert_eq!((report[0].visitors, report[0].invited.converted), (4, 4));
    assert_eq!(effect.left_out(), 6);
    // Rules that are not kept any more.
    let mut log = Log::under(&rules("50%", ""));
    arm(&mut log, 0, None, false, (3, 3));
    log.known[0] = rules("40%", "");
    let effect = log.followed(4);
    assert_eq!(
        (effect.left_out(), effect.report(Timestamp(DAY))[0].visitors),
        (3, 0)
    );
}

#[test]
fn a_trigger_that_is_gone_is_still_told_of() {
    let mut log = Log::under(&rules("50%", ""));
    arm(&mut log, 0, None, false, (10, 5));
    log.publish(&Arc::new(RuleSet::default()));
    let found = log.report(DAY);
    assert!(!found.in_force);
    assert_eq!((found.invited.converted, found.holdout), (5, 0.5));
}
