//! What can be done with versions, and what cannot.

use super::*;

fn word(reason: &str) -> Word {
    Word {
        who: "noor".to_owned(),
        reason: reason.to_owned(),
        at: Timestamp(1_000),
    }
}

fn draft(hash: u64, parent: u32) -> Draft {
    Draft {
        hash: RuleSetHash(hash),
        parent: Some(parent),
        origin: Origin::Draft,
    }
}

/// Version 1, live.
fn seeded() -> Versions {
    let mut versions = Versions::default();
    let seed = Draft {
        hash: RuleSetHash(1),
        parent: None,
        origin: Origin::Seed,
    };
    assert_eq!(versions.add(&seed, &word("first start")), Ok(1));
    let first = versions.publish(1, 0, Share::ALL, false, &word("first start"));
    assert_eq!(first, Ok(()));
    versions
}

/// Versions 1 to `last`, each published after the one before.
fn published(last: u32) -> Versions {
    let mut versions = seeded();
    for number in 2..=last {
        let added = versions.add(&draft(u64::from(number), number - 1), &word("edit"));
        assert_eq!(added, Ok(number));
        let done = versions.publish(number, number - 1, Share::ALL, false, &word("go"));
        assert_eq!(done, Ok(()));
    }
    versions
}

#[test]
fn rolling_back_twice_goes_back_two_versions() {
    let mut versions = published(3);
    assert_eq!(versions.roll_back(None, &word("oh")), Ok(2));
    assert_eq!(versions.roll_back(None, &word("oh no")), Ok(1));
    let end = versions.roll_back(None, &word("what?"));
    assert_eq!(end, Err(Refusal::NothingBefore(1)));
    assert_eq!(versions.roll_back(Some(3), &word("it was fine")), Ok(3));
    assert_eq!(versions.live, 3);
    let kinds: Vec<_> = versions.history.iter().map(|one| one.kind).collect();
    assert_eq!(kinds[..3], [ReleaseKind::Publish; 3]);
    assert_eq!(kinds[3..], [ReleaseKind::Rollback; 3]);
    assert_eq!(versions.history[5].from, Some(1));
}

#[test]
fn an_edit_of_what_is_no_longer_live_is_refused() {
    let mut versions = published(2);
    let stale = Refusal::Stale {
        expected: 1,
        live: 2,
    };
    let late = versions.add(&draft(9, 1), &word("late"));
    assert_eq!(late, Err(stale.clone()));
    let third = versions.add(&draft(3, 2), &word("next")).unwrap();
    let late = versions.publish(third, 1, Share::ALL, false, &word("late"));
    assert_eq!(late, Err(stale));
    assert_eq!(versions, {
        let mut same = published(2);
        same.add(&draft(3, 2), &word("next")).unwrap();
        same
    });
}

#[test]
fn the_same_files_are_the_same_version() {
    let mut versions = published(2);
    assert_eq!(versions.add(&draft(1, 2), &word("again")), Ok(1));
    assert_eq!(versions.list.len(), 2);
    let again = versions.publish(2, 2, Share::ALL, false, &word("again"));
    assert_eq!(again, Err(Refusal::AlreadyLive(2)));
}

#[test]
fn a_roll_out_grows_is_completed_or_stopped() {
    let mut versions = published(1);
    versions.add(&draft(2, 1), &word("edit")).unwrap();
    versions.add(&draft(3, 1), &word("other edit")).unwrap();
    let tenth = Share(1_000);
    versions.publish(2, 1, tenth, false, &word("try")).unwrap();
    assert_eq!((versions.live, versions.rollout.unwrap().share), (1, tenth));
    let other = versions.publish(3, 1, Share::ALL, false, &word("me too"));
    assert_eq!(other, Err(Refusal::RollingOut(2)));
    versions
        .publish(2, 1, Share(5_000), true, &word("more"))
        .unwrap();
    assert_eq!(versions.history.last().unwrap().share, Some(Share(5_000)));
    assert!(versions.history.last().unwrap().untested);
    let mut completed = versions.clone();
    completed
        .publish(2, 1, Share::ALL, false, &word("all"))
        .unwrap();
    assert_eq!((completed.live, completed.rollout), (2, None));
    assert_eq!(completed.previous(), Some(1));
    assert_eq!(versions.stop_rollout(&word("no")), Ok(2));
    assert_eq!((versions.live, versions.rollout), (1, None));
    let nothing = versions.stop_rollout(&word("no"));
    assert_eq!(nothing, Err(Refusal::NoRollout));
}

#[test]
fn a_shadow_ends_when_it_is_stopped_or_goes_live() {
    let mut versions = published(1);
    versions.add(&draft(2, 1), &word("edit")).unwrap();
    assert_eq!(
        versions.start_shadow(1, &word("?")),
        Err(Refusal::AlreadyLive(1))
    );
    assert_eq!(
        versions.start_shadow(7, &word("?")),
        Err(Refusal::Unknown(7))
    );
    versions.start_shadow(2, &word("look")).unwrap();
    let mut stopped = versions.clone();
    assert_eq!(stopped.stop_shadow(&word("seen")), Ok(2));
    assert_eq!(stopped.stop_shadow(&word("seen")), Err(Refusal::NoShadow));
    versions
        .publish(2, 1, Share::ALL, false, &word("good"))
        .unwrap();
    assert_eq!(versions.shadow, None);
}

#[test]
fn nobody_is_rolled_back_to_what_was_never_live() {
    let mut versions = published(1);
    versions.add(&draft(2, 1), &word("edit")).unwrap();
    let untried = versions.roll_back(Some(2), &word("?"));
    assert_eq!(untried, Err(Refusal::NeverLive(2)));
    assert_eq!(
        versions.roll_back(Some(5), &word("?")),
        Err(Refusal::Unknown(5))
    );
}

#[test]
fn the_list_is_bounded_and_keeps_what_is_needed() {
    let mut versions = published(3);
    for hash in 10..3_000 {
        versions.add(&draft(hash, 3), &word("edit")).unwrap();
    }
    assert_eq!(versions.list.len(), MAX_VERSIONS);
    let kept = |number| versions.get(number).is_some();
    assert!(kept(1) && kept(2) && kept(3), "what was released goes last");
    assert!(!kept(4), "the oldest draft is gone");
    assert_eq!(versions.list.last().unwrap().number, versions.next - 1);
    for number in 0..3_000_u32 {
        let latest = versions.next - 1;
        let done = if number % 2 == 0 {
            versions.publish(latest, 3, Share::ALL, false, &word("go"))
        } else {
            versions.roll_back(Some(3), &word("back")).map(|_| ())
        };
        assert_eq!(done, Ok(()));
    }
    assert_eq!(versions.history.len(), MAX_RELEASES);
}

#[test]
fn the_document_reads_back() {
    let mut versions = published(2);
    versions.add(&draft(3, 2), &word("edit")).unwrap();
    versions.start_shadow(3, &word("look")).unwrap();
    versions
        .publish(3, 2, Share(250), true, &word("try"))
        .unwrap();
    let text = serde_json::to_string(&versions).unwrap();
    let back: Versions = serde_json::from_str(&text).unwrap();
    assert_eq!(back, versions);
}

#[test]
fn history_is_scored_anew_only_under_what_is_live() {
    let mut versions = published(2);
    let stale = Refusal::Stale {
        expected: 1,
        live: 2,
    };
    for (number, expected, refusal) in [
        (2, 1, stale),
        (1, 2, Refusal::NotLive(1)),
        (9, 2, Refusal::Unknown(9)),
    ] {
        let before = versions.clone();
        let refused = versions.rescore(number, expected, &word("anew"));
        assert_eq!((refused, &versions), (Err(refusal), &before));
    }
    assert_eq!(versions.rescore(2, 2, &word("anew")), Ok(()));
    let last = versions.history.last().unwrap();
    assert_eq!((last.kind, last.to), (ReleaseKind::Rescore, 2));
    assert_eq!((versions.live, versions.previous()), (2, Some(1)));
}
