//! The board against a list that is made anew each time.

mod crowd;
mod naive;
mod windows;

use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};

use crate::domain::{Millis, Timestamp};
use crate::live::list::Row;
use crate::live::{Angle, Column, Filter, SortBy, Update, Window};
use crate::rules::RuleSet;

use self::crowd::{Crowd, START};

/// What a row of these tests shows: all that changes about a visitor.
fn render(_: &RuleSet, row: &Row, _: Timestamp) -> Arc<RawValue> {
    let state = &row.state;
    let session = state.session.as_deref();
    let page = session.and_then(|session| session.current_page());
    let points: Vec<i64> = row.scores.iter().map(|it| it.value.rounded()).collect();
    let shown = serde_json::json!({
        "id": state.id.to_string(),
        "presence": row.presence.as_str(),
        "invitation": row.invitation_word(),
        "chat": state.chat.as_str(),
        "points": points,
        "url": page.map(|page| page.url.to_string()),
        "views": session.map(|session| session.totals.page_views),
        "tags": state.tags.len(),
    });
    to_raw_value(&shown).unwrap().into()
}

fn by(column: Column) -> Angle {
    Angle {
        filter: Filter::default(),
        sort: SortBy::Column(column),
        group: None,
    }
}

const ALL: Window = Window {
    descending: false,
    from: 0,
    rows: 100,
};

#[test]
fn presence_turns_by_itself_and_on_time() {
    let mut crowd = Crowd::new(1);
    let visitor = crowd.comes(1, "/");
    let board = crowd.board();
    let mut watching = board.watch(&by(Column::Started), ALL, None, START).unwrap();
    let presence = |update: &Update| {
        let row: serde_json::Value = serde_json::from_str(update.rows[0].get()).unwrap();
        row["presence"].as_str().unwrap().to_owned()
    };
    let first = watching.look(START);
    assert!(first.whole);
    assert_eq!(first.order, [visitor]);
    assert_eq!(presence(&first), "active");
    let mut shown = "active".to_owned();
    for (after, wanted) in [
        (Millis(32_000), "active"),
        (Millis(32_001), "idle"),
        (Millis(190_000), "idle"),
        (Millis(190_001), "left"),
    ] {
        let now = START + after;
        board.tick(now);
        let update = watching.look(now);
        assert!(!update.whole);
        if !update.is_old {
            shown = presence(&update);
        }
        assert_eq!(shown, wanted, "after {after}");
    }
    assert_eq!(board.figures().active + board.figures().idle, 0);
}

#[test]
fn a_score_that_fades_is_seen_within_half_a_minute() {
    let mut crowd = Crowd::fading();
    let [first, second] = [1, 2].map(|nth| crowd.comes(nth, "/"));
    crowd.gives(first, "buy", 80);
    crowd.gives(second, "help", 10);
    let board = crowd.board();
    let angle = Angle {
        sort: SortBy::Score("buy".to_owned()),
        ..by(Column::Started)
    };
    let window = Window {
        descending: true,
        ..ALL
    };
    let mut watching = board.watch(&angle, window, None, START).unwrap();
    assert_eq!(watching.look(START).order, [first, second]);
    // Half of 80 in an hour: a tenth of a point in less than a minute, a whole one in more.
    let mut points = 80;
    for seconds in (15..3_600).step_by(15) {
        let now = START + Millis::from_secs(seconds);
        board.tick(now);
        for row in watching.look(now).rows {
            let row: serde_json::Value = serde_json::from_str(row.get()).unwrap();
            if row["id"] == first.to_string() {
                points = row["points"][0].as_i64().unwrap();
            }
        }
        let exact = 80.0 * (-(seconds as f64) / 3_600.0).exp2();
        assert!(
            (points as f64 - exact).abs() <= 1.0,
            "{points}, not {exact}"
        );
    }
}

#[test]
fn who_becomes_hot_is_named_once() {
    let mut crowd = Crowd::new(1);
    let [warm, cold] = [1, 2].map(|nth| crowd.comes(nth, "/"));
    crowd.gives(warm, "buy", 30);
    let board = crowd.board();
    let narrow = Window { rows: 1, ..ALL };
    let mut everybody = board
        .watch(&by(Column::Started), narrow, None, START)
        .unwrap();
    let tagged = Angle {
        filter: Filter {
            tags: vec!["vip".to_owned()],
            ..Filter::default()
        },
        ..by(Column::Started)
    };
    let mut some = board.watch(&tagged, narrow, None, START).unwrap();
    assert!(everybody.look(START).hot.is_empty());
    assert!(some.look(START).hot.is_empty());
    crowd.gives(warm, "buy", 40);
    crowd.gives(cold, "buy", 20);
    for visitor in [warm, cold] {
        board.note(visitor);
    }
    board.tick(START);
    let named = everybody.look(START).hot;
    assert_eq!(named.len(), 1);
    let (hot, row) = &named[0];
    assert_eq!(
        (hot.visitor, &*hot.score, &*hot.stage),
        (warm, "buy", "hot")
    );
    assert!(row.get().contains("70"));
    assert!(some.look(START).hot.is_empty(), "the filter keeps them out");
    crowd.gives(warm, "buy", 5);
    board.note(warm);
    board.tick(START);
    assert!(everybody.look(START).hot.is_empty());
}

#[test]
fn rules_that_come_into_force_are_read_at_once() {
    let mut crowd = Crowd::new(1);
    let visitor = crowd.comes(1, "/pricing");
    crowd.gives(visitor, "buy", 40);
    let board = crowd.board();
    let angle = Angle {
        filter: Filter {
            stage: Some("hot".to_owned()),
            ..Filter::default()
        },
        ..by(Column::Started)
    };
    let mut watching = board.watch(&angle, ALL, None, START).unwrap();
    assert_eq!(watching.look(START).total, 0);
    crowd.publish("hot = 35");
    board.tick(START + Millis(250));
    let update = watching.look(START + Millis(250));
    assert!(
        update.whole,
        "nothing that was told before can be relied on"
    );
    assert_eq!(update.order, [visitor]);
}

#[test]
fn there_is_an_end_to_watchers_and_views() {
    let mut crowd = Crowd::new(1);
    crowd.comes(1, "/");
    let board = crowd.board();
    let search = |nth: usize| Angle {
        filter: Filter {
            text: Some(format!("word {nth}")),
            ..Filter::default()
        },
        ..by(Column::Started)
    };
    let mut open: Vec<_> = (0..500)
        .map_while(|nth| board.watch(&search(nth), ALL, None, START))
        .collect();
    let views = open.len();
    assert!((50..200).contains(&views), "{views} views");
    open.extend((0..500).map_while(|_| board.watch(&search(0), ALL, None, START)));
    assert_eq!(open.len(), crate::live::MAX_WATCHERS);
    assert_eq!(board.watchers(), open.len());
    drop(open);
    assert_eq!(board.watchers(), 0);
    // Views that nobody looks at make room for others.
    assert!(board.watch(&search(1_000), ALL, None, START).is_some());
}
