//! However much happens, a visitor's state stays small and a step stays total.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::{Input, apply, step};

use crate::dice::Dice;
use crate::make::*;
use crate::story::busy_rules;

/// The most that one visitor's state may take, encoded: 24 pages with the longest URLs, titles and languages that
/// intake lets through, 8 KiB of traits, and everything else at its bound. A friendly visitor takes a fiftieth.
const MAX_STATE_BYTES: usize = 128 * 1024;
/// What a visitor with ten ordinary pages may take.
const USUAL_STATE_BYTES: usize = 2 * 1024;

fn long(dice: &mut Dice, length: usize) -> Arc<str> {
    let text: String = (0..length)
        .map(|_| (b'a' + dice.below(26) as u8) as char)
        .collect();
    text.into()
}

fn hostile(dice: &mut Dice, nth: u64, now: Timestamp) -> Event {
    let number = *dice.pick(&[0, 1, 20_000, u64::from(u32::MAX), u64::MAX]);
    let flag = dice.percent(50);
    let kind = match dice.below(13) {
        0..4 => EventKind::PageView(Box::new(PageViewEvent {
            url: format!("https://shop.example/pricing/{}", long(dice, 2_000)).into(),
            title: Some(long(dice, 1_024)),
            page_type: Some(long(dice, 1_024)),
            lang: Some(long(dice, 1_024)),
            tz: Some(long(dice, 1_024)),
            screen: Some((u16::MAX, 0)),
            attended: flag,
        })),
        4 => EventKind::Engage {
            active: Millis(number),
            scroll: 255,
            attended: flag,
        },
        5 => EventKind::Leave {
            active: flag.then_some(Millis(number)),
            scroll: Some(255),
        },
        6 => {
            let traits = (0..4).map(|_| (long(dice, 900), PropValue::Text(long(dice, 1_000))));
            EventKind::Identify {
                user_id: "me".into(),
                traits: traits.collect(),
                verified: false,
            }
        }
        7 => EventKind::Goal {
            name: long(dice, 1_024),
            value: Some(f64::MAX),
        },
        8 => EventKind::Chat(*dice.pick(&[ChatState::Queued, ChatState::Ended])),
        9 => custom(&long(dice, 1_000)),
        10 => EventKind::Tag {
            add: (0..32).map(|_| long(dice, 64)).collect(),
            remove: vec![long(dice, 64)],
        },
        11 => EventKind::Known {
            invitation: InvitationId(dice.next().to_le_bytes()),
            outcome: InvitationOutcome::Dismissed,
        },
        _ => {
            let name: &&str = dice.pick(&["cart", "exit_intent", "form_focus", "form_blur"]);
            custom(name)
        }
    };
    let at = *dice.pick(&[now.0, now.0, now.0, now.0 - 9_000, 0, number, u64::MAX]);
    Event {
        id: EventId(nth),
        at: Timestamp(at),
        page: Some(PageId(dice.below(60))),
        kind,
    }
}

#[test]
fn ten_thousand_hostile_events_leave_a_bounded_state() {
    let mut dice = Dice(7);
    let rules = busy_rules().lavish().build();
    let mut now = START;
    let mut state = VisitorState::new(SITE, visitor(1), now);
    let arrival = Arrival {
        source: Source {
            campaign: Some(long(&mut dice, 1_024)),
            ..Source::default()
        },
        ..arrival(&long(&mut dice, 1_024))
    };
    let mut largest = 0;
    for nth in 0..10_000 {
        now = now + Millis(dice.below(20_000));
        let batch = Batch {
            arrival: Some(Box::new(arrival.clone())),
            events: vec![hostile(&mut dice, nth, now)],
        };
        apply(&rules, &open_site(), &mut state, &batch, now);
        if nth % 50 == 0 {
            largest = largest.max(postcard::to_stdvec(&state).unwrap().len());
        }
    }
    assert!(
        largest > MAX_STATE_BYTES / 2,
        "the events are hostile indeed: {largest}"
    );
    assert!(largest < MAX_STATE_BYTES, "{largest} bytes");
}

#[test]
fn a_visitor_with_ten_pages_is_small() {
    let rules = busy_rules().build();
    let mut state = VisitorState::new(SITE, visitor(1), START);
    let mut id = 0;
    let mut tell = |state: &mut VisitorState, page: u64, at: Timestamp, kind: EventKind| {
        id += 1;
        let event = Event {
            id: EventId(id),
            at,
            page: Some(PageId(page)),
            kind,
        };
        let batch = Batch {
            arrival: Some(Box::new(arrival("google"))),
            events: vec![event],
        };
        apply(&rules, &open_site(), state, &batch, at);
    };
    for page in 0..10 {
        let at = START + secs(page * 40);
        let view = PageViewEvent {
            title: Some("Plans and prices – Example shop".into()),
            lang: Some("en".into()),
            ..page_view("/pricing/plans?currency=sar")
        };
        tell(&mut state, page, at, EventKind::PageView(Box::new(view)));
        tell(&mut state, page, at + secs(15), engage(secs(15), true));
        tell(&mut state, page, at + secs(39), leave(secs(30)));
    }
    let size = postcard::to_stdvec(&state).unwrap().len();
    assert!(size < USUAL_STATE_BYTES, "{size} bytes");
}

#[test]
fn a_step_is_total_at_the_ends_of_time() {
    let rules = busy_rules().build();
    for now in [
        Timestamp(0),
        Timestamp(1),
        Timestamp(u64::MAX - 1),
        Timestamp(u64::MAX),
    ] {
        let mut dice = Dice(now.0);
        let mut state = VisitorState::new(SITE, visitor(1), now);
        for nth in 0..500 {
            let mut event = hostile(&mut dice, nth, now + Millis(9_000));
            event.at = *dice.pick(&[Timestamp(0), now, Timestamp(u64::MAX)]);
            step(
                &rules,
                &open_site(),
                &mut state,
                Input::Event(&event, None),
                now,
            );
            // The clock may be set back.
            let earlier = now - Millis(dice.below(100_000));
            step(&rules, &open_site(), &mut state, Input::Tick, earlier);
        }
    }
}
