//! What waits for its moment, and what ends by itself.

use super::*;
use crate::domain::Millis;

const NOW: Timestamp = Timestamp(1_000_000);

fn word() -> Word {
    Word {
        who: "noor".to_owned(),
        reason: "a campaign".to_owned(),
        at: NOW,
    }
}

/// Versions 1 to 4, of which the first is live.
fn four() -> Versions {
    let mut versions = Versions::default();
    for hash in 1..=4 {
        let draft = Draft {
            hash: RuleSetHash(hash),
            parent: None,
            origin: Origin::Draft,
        };
        versions.add(&draft, &word()).unwrap();
    }
    versions.publish(1, 0, Share::ALL, false, &word()).unwrap();
    versions
}

/// Version `version` from `at` to `until` seconds from now.
fn plan(version: u32, at: u64, until: Option<u64>) -> ReleasePlan {
    ReleasePlan {
        version,
        expected: 1,
        at: after(at),
        until: until.map(after),
        share: Share::ALL,
        skip_tests: false,
    }
}

fn after(seconds: u64) -> Timestamp {
    NOW + Millis::from_secs(seconds)
}

/// Does all that is due at a moment; says what was done.
fn pass(versions: &mut Versions, at: Timestamp) -> Vec<ReleaseKind> {
    let mut done = Vec::new();
    while let Some(id) = versions.due(at).map(|entry| entry.id) {
        done.extend(versions.act(id, &Ok(false), at));
    }
    done
}

fn kinds(versions: &Versions) -> Vec<&str> {
    versions
        .history
        .iter()
        .map(|one| one.kind.as_str())
        .collect()
}

#[test]
fn a_campaign_begins_and_ends_by_itself() {
    let mut versions = four();
    let id = versions.schedule(plan(2, 10, Some(20)), &word()).unwrap();
    assert_eq!((versions.live, versions.next_due()), (1, Some(after(10))));
    assert_eq!(pass(&mut versions, after(9)), []);
    assert_eq!(pass(&mut versions, after(10)), [ReleaseKind::Publish]);
    assert_eq!((versions.live, versions.next_due()), (2, Some(after(20))));
    assert_eq!(
        versions.act(id, &Ok(false), after(11)),
        None,
        "another node asks late"
    );
    assert_eq!(pass(&mut versions, after(20)), [ReleaseKind::End]);
    assert_eq!((versions.live, versions.next_due()), (1, None));
    assert_eq!(kinds(&versions), ["publish", "schedule", "publish", "end"]);
    let by_schedule: Vec<_> = versions.history.iter().map(|one| one.scheduled).collect();
    assert_eq!(by_schedule, [false, false, true, true]);
    let end = versions.release(4).unwrap();
    assert_eq!((end.from, end.to, &*end.who), (Some(2), 1, "noor"));
    // The campaign was live for everybody, so there is a way back to it.
    assert_eq!(versions.roll_back(Some(2), &word()), Ok(2));
}

#[test]
fn what_was_published_meanwhile_is_not_taken_away() {
    let mut versions = four();
    versions.schedule(plan(2, 10, Some(20)), &word()).unwrap();
    pass(&mut versions, after(10));
    versions.publish(3, 2, Share::ALL, false, &word()).unwrap();
    assert_eq!(pass(&mut versions, after(20)), [ReleaseKind::Lapse]);
    assert_eq!((versions.live, versions.schedule.len()), (3, 0));
}

#[test]
fn a_release_that_expects_another_version_fails_and_says_so() {
    let mut versions = four();
    versions.schedule(plan(2, 10, None), &word()).unwrap();
    versions.publish(3, 1, Share::ALL, false, &word()).unwrap();
    assert_eq!(pass(&mut versions, after(10)), [ReleaseKind::Miss]);
    assert_eq!(versions.live, 3);
    let failed = &versions.schedule[0];
    assert_eq!((failed.state.as_str(), failed.due()), ("failed", None));
    let ScheduleState::Failed { why } = &failed.state else {
        panic!("{failed:?}");
    };
    assert!(why.contains("version 1 was expected"), "{why}");
    assert_eq!(versions.history.last().unwrap().reason, *why);
    // Taking note of it is no change of what acts.
    let before = versions.history.len();
    assert_eq!(versions.unschedule(1, &word()), Ok(2));
    assert_eq!(
        (versions.history.len(), versions.schedule.len()),
        (before, 0)
    );
    assert_eq!(
        versions.unschedule(1, &word()),
        Err(Refusal::NotScheduled(1))
    );
}

#[test]
fn what_cannot_be_released_by_then_fails() {
    let mut versions = four();
    let id = versions.schedule(plan(2, 10, None), &word()).unwrap();
    let faulty = Err("a test of the rules fails".to_owned());
    assert_eq!(
        versions.act(id, &faulty, after(10)),
        Some(ReleaseKind::Miss)
    );
    assert_eq!(versions.live, 1);
    // The service was away for the whole time of a campaign.
    versions.schedule(plan(3, 30, Some(40)), &word()).unwrap();
    assert_eq!(pass(&mut versions, after(50)), [ReleaseKind::Miss]);
    assert_eq!(versions.live, 1);
    // It was away for its beginning only.
    versions.schedule(plan(3, 60, Some(90)), &word()).unwrap();
    assert_eq!(pass(&mut versions, after(80)), [ReleaseKind::Publish]);
    assert_eq!(pass(&mut versions, after(200)), [ReleaseKind::End]);
}

#[test]
fn a_share_is_taken_back_at_the_end() {
    let mut versions = four();
    let tenth = ReleasePlan {
        share: Share(1_000),
        ..plan(2, 10, Some(20))
    };
    versions.schedule(tenth, &word()).unwrap();
    assert_eq!(pass(&mut versions, after(10)), [ReleaseKind::Rollout]);
    assert_eq!(
        (versions.live, versions.rollout.unwrap().share),
        (1, Share(1_000))
    );
    assert_eq!(pass(&mut versions, after(20)), [ReleaseKind::End]);
    assert_eq!((versions.live, versions.rollout), (1, None));
}

#[test]
fn a_release_now_may_end_by_itself_or_be_kept() {
    let mut versions = four();
    let now = ReleasePlan {
        at: NOW,
        ..plan(2, 0, Some(20))
    };
    let id = versions.publish_until(now, false, &word()).unwrap();
    assert_eq!((versions.live, versions.next_due()), (2, Some(after(20))));
    // What is scheduled for afterwards expects what comes back.
    let next = ReleasePlan {
        expected: 2,
        ..plan(3, 30, None)
    };
    versions.schedule(next, &word()).unwrap();
    let kept = &mut versions.clone();
    assert_eq!(pass(&mut versions, after(20)), [ReleaseKind::End]);
    assert_eq!(pass(&mut versions, after(30)), [ReleaseKind::Publish]);
    assert_eq!(versions.live, 3);
    assert_eq!(kept.unschedule(id, &word()), Ok(2));
    assert_eq!(pass(kept, after(30)), [ReleaseKind::Miss]);
    assert_eq!(kept.live, 2, "it does not end by itself any more");
}

#[test]
fn what_ends_goes_before_what_begins_at_the_same_moment() {
    let mut versions = four();
    versions.schedule(plan(2, 10, Some(20)), &word()).unwrap();
    versions.schedule(plan(3, 20, Some(30)), &word()).unwrap();
    pass(&mut versions, after(10));
    let done = pass(&mut versions, after(20));
    assert_eq!(done, [ReleaseKind::End, ReleaseKind::Publish]);
    assert_eq!(versions.live, 3);
}

#[test]
fn what_makes_no_sense_is_not_scheduled() {
    let mut versions = four();
    let mut refused = |plan: ReleasePlan| versions.schedule(plan, &word()).unwrap_err();
    assert_eq!(refused(plan(9, 10, None)), Refusal::Unknown(9));
    assert_eq!(refused(plan(1, 10, None)), Refusal::AlreadyLive(1));
    assert_eq!(refused(plan(2, 0, None)), Refusal::InThePast);
    assert_eq!(refused(plan(2, 10, Some(10))), Refusal::EndsFirst);
    assert_eq!(refused(plan(2, 40_000_000, None)), Refusal::TooFarAhead);
    assert_eq!(refused(plan(2, 10, Some(40_000_000))), Refusal::TooFarAhead);
    let other = ReleasePlan {
        expected: 4,
        ..plan(2, 10, None)
    };
    let stale = Refusal::Stale {
        expected: 4,
        live: 1,
    };
    assert_eq!(refused(other), stale);
    let id = versions.schedule(plan(2, 10, Some(20)), &word()).unwrap();
    let over = versions.schedule(plan(3, 19, Some(40)), &word());
    assert_eq!(over, Err(Refusal::Overlaps(id)));
    let around = versions.schedule(plan(3, 5, None), &word());
    assert_eq!(around, Err(Refusal::Overlaps(id)));
}

#[test]
fn the_schedule_is_bounded_and_what_failed_makes_room() {
    let mut versions = four();
    let span = |nth: u64| plan(2, 10 * nth, Some(10 * nth + 5));
    let failed = versions.schedule(span(1), &word()).unwrap();
    versions.act(failed, &Err("no".to_owned()), after(10));
    for nth in 2..=MAX_SCHEDULED as u64 + 1 {
        versions.schedule(span(nth), &word()).unwrap();
    }
    assert!(versions.schedule.iter().all(|entry| entry.id != failed));
    let more = versions.schedule(span(40), &word());
    assert_eq!(more, Err(Refusal::ScheduleFull));
    assert_eq!(versions.schedule.len(), MAX_SCHEDULED);
}

#[test]
fn what_is_scheduled_is_remembered() {
    let mut versions = four();
    versions.schedule(plan(2, 10, Some(20)), &word()).unwrap();
    for hash in 10..10 + MAX_VERSIONS as u64 {
        let draft = Draft {
            hash: RuleSetHash(hash),
            parent: Some(1),
            origin: Origin::Draft,
        };
        versions.add(&draft, &word()).unwrap();
    }
    assert_eq!(versions.list.len(), MAX_VERSIONS);
    assert!(versions.get(2).is_some() && versions.get(3).is_none());
    let text = serde_json::to_vec(&versions).unwrap();
    let back: Versions = serde_json::from_slice(&text).unwrap();
    assert_eq!(back, versions);
}
