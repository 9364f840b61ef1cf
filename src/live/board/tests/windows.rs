//! Many watchers over a long time: some read slowly, some come back where they were, and all see what is.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use crate::domain::{Channel, ChatState, CountryCode, Device, Key, Millis, Presence, VisitorId};
use crate::live::{
    Angle, Board, Column, EventId, Filter, GroupBy, INVITATION_WORDS, SortBy, Update, Watching,
    Window,
};

use super::crowd::{Crowd, Dice};
use super::naive::{Seen, seen};

/// So many different visitors there are at most.
const MOST: u32 = 60;

/// What a watcher has on the screen: it keeps rows by visitor, and is told only what it does not have.
#[derive(Clone, Default)]
struct Screen {
    rows: HashMap<VisitorId, String>,
    order: Vec<VisitorId>,
    total: usize,
    groups: Vec<(Option<String>, usize)>,
}

impl Screen {
    fn take(&mut self, update: &Update) {
        if update.whole {
            self.rows.clear();
        }
        for row in &update.rows {
            let value: serde_json::Value = serde_json::from_str(row.get()).unwrap();
            let id = value["id"].as_str().unwrap().parse().unwrap();
            self.rows.insert(id, row.get().to_owned());
        }
        self.order.clone_from(&update.order);
        self.total = update.total;
        let groups = update.counts.iter();
        self.groups = groups.map(|it| (it.name.clone(), it.visitors)).collect();
        // Nothing is told of who has left the window; they are told anew when they come back.
        self.rows.retain(|id, _| update.order.contains(id));
    }

    fn shows(&self) -> Seen {
        let rows = self.order.iter();
        Seen {
            total: self.total,
            rows: rows.map(|id| self.rows[id].clone()).collect(),
            groups: self.groups.clone(),
        }
    }
}

struct Watcher {
    angle: Angle,
    window: Window,
    watching: Watching,
    screen: Screen,
    /// What was on the screen after each of the latest events.
    past: Vec<(EventId, Screen)>,
}

impl Watcher {
    fn new(board: &Arc<Board>, crowd: &mut Crowd) -> Self {
        let (angle, window) = (angle(&mut crowd.dice), window(&mut crowd.dice));
        let watching = board.watch(&angle, window, None, crowd.now).unwrap();
        Self {
            angle,
            window,
            watching,
            screen: Screen::default(),
            past: Vec::new(),
        }
    }

    fn look(&mut self, crowd: &Crowd) -> Update {
        let update = self.watching.look(crowd.now);
        if update.whole {
            // What was told under other rules is nothing to go on from.
            self.past.clear();
        }
        if !update.is_old {
            self.screen.take(&update);
            self.past.push((update.id, self.screen.clone()));
        }
        let wanted = seen(
            &crowd.states(),
            &crowd.site.live_rules(),
            &self.angle,
            self.window,
            crowd.now,
        );
        assert_eq!(
            self.screen.shows(),
            wanted,
            "{:?} {:?}",
            self.angle,
            self.window
        );
        update
    }

    /// The connection is lost, and with it some of the events; the next one goes on from the last that arrived, perhaps
    /// in another window.
    fn comes_back(&mut self, board: &Arc<Board>, crowd: &mut Crowd) {
        let lost = crowd.dice.below(4) as usize;
        let arrived = self.past.len().saturating_sub(lost).max(1) - 1;
        let (after, screen) = self.past[arrived].clone();
        self.past.truncate(arrived + 1);
        self.screen = screen;
        if crowd.dice.below(2) == 0 {
            self.window.from = crowd.dice.below(20) as usize;
        }
        self.watching = board
            .watch(&self.angle, self.window, Some(after), crowd.now)
            .unwrap();
        let update = self.look(crowd);
        assert!(!update.whole, "what was told is remembered");
        assert!(!update.is_old, "the new connection has a name of its own");
    }
}

fn window(dice: &mut Dice) -> Window {
    Window {
        descending: dice.below(2) == 0,
        from: dice.pick(&[0, 0, 3, 17]),
        rows: dice.pick(&[1, 5, 20]),
    }
}

fn angle(dice: &mut Dice) -> Angle {
    let mut filter = Filter::default();
    for _ in 0..dice.below(3) {
        let nth = dice.below(4) as usize;
        match dice.below(11) {
            0 => filter.presence = Some(dice.pick(&Presence::ALL)),
            1 => filter.page_type = Some(Key::of(dice.pick(&["pricing", "help", "none of them"]))),
            2 => filter.country = CountryCode::new(dice.pick(&["SA", "EG", "FR"])),
            3 => filter.channel = Some(dice.pick(&[Channel::Direct, Channel::Email])),
            4 => filter.stage = Some(dice.pick(&["warm", "hot", "stuck"]).to_owned()),
            5 => filter.device = Some(dice.pick(&[Device::Desktop, Device::Tv])),
            6 => filter.chat = Some(ChatState::ALL[nth]),
            7 => filter.invitation = Some(dice.pick(&INVITATION_WORDS)),
            8 => filter.returning = Some(nth == 0),
            9 => filter.tags = vec![dice.pick(&["vip", "trial"]).to_owned()],
            _ => {
                let part = dice.pick(&["PRICING", "riyadh", "trial", "letter"]);
                filter.text = Some(part.to_owned());
            }
        }
    }
    let sort = match dice.below(4) {
        0 => SortBy::Score("buy".to_owned()),
        1 => SortBy::Score("help".to_owned()),
        // Active time is as of the last look, half a minute ago at most.
        _ => {
            let column = dice.pick(Column::ALL);
            let exact = column != Column::Active;
            SortBy::Column(if exact { column } else { Column::LastSeen })
        }
    };
    let group = dice.below(2) == 0;
    Angle {
        filter,
        sort,
        group: group.then(|| dice.pick(&GroupBy::ALL)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn every_window_shows_what_a_list_made_anew_shows(seed: u64) {
        let mut crowd = Crowd::new(seed);
        for _ in 0..20 {
            crowd.something(MOST);
        }
        let board = crowd.board();
        let mut watchers: Vec<Watcher> = Vec::new();
        for step in 0..150 {
            if watchers.len() < 12 {
                watchers.push(Watcher::new(&board, &mut crowd));
            }
            for _ in 0..crowd.dice.below(8) {
                let visitor = crowd.something(MOST);
                board.note(visitor);
            }
            if crowd.dice.below(40) == 0 {
                let stage = crowd.dice.pick(&["hot = 60", "hot = 45", "hot = 90"]);
                crowd.publish(stage);
            }
            crowd.now = crowd.now + Millis(crowd.dice.below(5_000));
            board.tick(crowd.now);
            for watcher in &mut watchers {
                // Some read slowly.
                if crowd.dice.below(3) > 0 || step == 149 {
                    watcher.look(&crowd);
                }
            }
            let nth = crowd.dice.below(watchers.len() as u64) as usize;
            match crowd.dice.below(10) {
                0 => drop(watchers.remove(nth)),
                1 | 2 if watchers[nth].past.len() > 4 => {
                    watchers[nth].look(&crowd);
                    watchers[nth].comes_back(&board, &mut crowd);
                }
                _ => {}
            }
        }
        let here = crowd.states().iter().filter(|it| it.session.is_some()).count();
        prop_assert_eq!(board.len(), here);
        let (figures, now) = (board.figures(), crowd.now);
        let states = crowd.states();
        let left = states.iter().filter(|it| {
            let session = it.session.as_deref();
            session.is_some_and(|session| session.presence(now) == Presence::Left)
        });
        prop_assert_eq!(figures.left, left.count());
        prop_assert_eq!(figures.visitors + figures.left, here);
        prop_assert_eq!(figures.active + figures.idle, figures.visitors);
    }
}
