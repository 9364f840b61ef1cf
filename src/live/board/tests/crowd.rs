//! Visitors who do all kinds of things, without an engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::domain::*;
use crate::live::{Board, Source};
use crate::rules::{self, SourceFile};
use crate::site::{Acting, InForce, Origins, Site};

use super::render;

pub(super) const START: Timestamp = Timestamp(1_763_760_000_000);
const SITE: Key = Key::of("shop");

const RULES: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"

[[page_type]]
name = "help"
match = "/help*"

[[page_type]]
name = "home"
match = "/"

[[score]]
name = "buy"
max = 1000
half_life = "1h"
stages = { warm = 25, hot = 60 }

[[score]]
name = "help"
max = 1000
stages = { stuck = 10 }
"#;

/// Everybody, as the store would have them.
#[derive(Clone, Default)]
struct States(Arc<Mutex<BTreeMap<VisitorId, VisitorState>>>);

impl Source for States {
    fn each(&self, site: Key, look: &mut dyn FnMut(&VisitorState)) {
        let states = self.0.lock();
        states.values().filter(|it| it.site == site).for_each(look);
    }

    fn one(&self, visitor: VisitorId) -> Option<VisitorState> {
        self.0.lock().get(&visitor).cloned()
    }
}

pub(super) struct Crowd {
    states: States,
    pub(super) site: Arc<Site>,
    rules: String,
    pub(super) dice: Dice,
    pub(super) now: Timestamp,
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

impl Crowd {
    /// Nobody yet, and scores that last.
    pub(super) fn new(seed: u64) -> Self {
        Self::under(RULES.replace("half_life = \"1h\"\n", ""), seed)
    }

    /// Nobody yet, and a score that fades within hours.
    pub(super) fn fading() -> Self {
        Self::under(RULES.to_owned(), 1)
    }

    fn under(rules: String, seed: u64) -> Self {
        let site = Site {
            key: SITE,
            name: "shop".into(),
            origins: Origins::Any,
            own_hosts: Vec::new(),
            keep_query: Vec::new(),
            allow_automation: false,
            honour_gpc: true,
            browser_context: false,
            in_force: ArcSwap::default(),
            identity: crate::site::Identity::default(),
            token_hashes: Vec::new(),
        };
        let crowd = Self {
            states: States::default(),
            site: Arc::new(site),
            rules,
            dice: Dice(seed),
            now: START,
        };
        crowd.publish("hot = 60");
        crowd
    }

    /// Puts rules into force in which the highest stage begins elsewhere.
    pub(super) fn publish(&self, hot: &str) {
        let text = self.rules.replace("hot = 60", hot);
        let compiled = rules::compile(&[SourceFile::new("rules.toml", &text)]).unwrap();
        let revision = self.site.in_force.load().revision + 1;
        self.site.put_in_force(InForce {
            revision,
            live: Acting {
                version: 1,
                rules: Arc::new(compiled.rule_set),
            },
            rollout: None,
            due: None,
        });
    }

    /// A board with everybody on it.
    pub(super) fn board(&self) -> Arc<Board> {
        let source = Box::new(self.states.clone());
        let board = Board::new(Arc::clone(&self.site), source, render, 7);
        board.fill(self.now);
        Arc::new(board)
    }

    /// Everybody's state.
    pub(super) fn states(&self) -> Vec<VisitorState> {
        self.states.0.lock().values().cloned().collect()
    }

    fn change(&self, visitor: VisitorId, change: impl FnOnce(&mut VisitorState)) {
        if let Some(state) = self.states.0.lock().get_mut(&visitor) {
            change(state);
            state.last_seen = self.now;
        }
    }

    /// A visitor opens a page, the first of a session.
    pub(super) fn comes(&mut self, nth: u32, path: &str) -> VisitorId {
        let mut id = [9; 16];
        id[..4].copy_from_slice(&nth.wrapping_mul(0x9e37_79b9).to_be_bytes());
        let id = VisitorId(id);
        let mut state = VisitorState::new(SITE, id, self.now);
        state.sessions = 1 + self.dice.below(2) as u32;
        let arrival = Arrival {
            country: self
                .dice
                .pick(&[CountryCode::new("SA"), CountryCode::new("EG"), None]),
            city: self
                .dice
                .pick(&[Some("Riyadh"), Some("Kairo"), None])
                .map(Arc::from),
            device: self.dice.pick(&[Device::Desktop, Device::Mobile]),
            source: crate::domain::Source {
                channel: self
                    .dice
                    .pick(&[Channel::Direct, Channel::Referral, Channel::Email]),
                source: self.dice.pick(&["direct", "Newsletter", "google"]).into(),
                ..crate::domain::Source::default()
            },
            ..Arrival::default()
        };
        state.session = Some(Box::new(session(id, self.now, arrival)));
        self.states.0.lock().insert(id, state);
        self.opens(id, path);
        id
    }

    /// A visitor opens a page.
    pub(super) fn opens(&self, visitor: VisitorId, path: &str) {
        let (now, rules) = (self.now, self.site.live_rules());
        let name = match path {
            "/" => "home",
            _ => path.trim_matches('/').split('/').next().unwrap_or_default(),
        };
        let known = rules.page_types.iter().find(|it| *it.name == *name);
        let page_type = known.map(|known| known.key);
        self.change(visitor, |state| {
            let Some(session) = &mut state.session else {
                return;
            };
            session.pages.clear();
            session.pages.push(PageVisit {
                page: PageId(now.0),
                opened_at: now,
                heard_at: now,
                url: format!("https://shop.example{path}").into(),
                title: Some(format!("The page {path}").into()),
                lang: None,
                page_type,
                active_ms: 0,
                dwelt_ms: 0,
                scroll: 0,
                attended: true,
                overtaken_at: None,
                closed: false,
                exit_intent: false,
            });
            session.totals.page_views += 1;
            session.last_at = now;
        });
    }

    /// A visitor gains points.
    pub(super) fn gives(&self, visitor: VisitorId, score: &str, points: i64) {
        let at = self.now;
        self.change(visitor, |state| {
            state.ledger.contributions.push(Contribution {
                score: Key::of(score),
                rule: Key::of("some rule"),
                rules: RuleSetHash(1),
                at,
                applied: Points::whole(points),
            });
        });
    }

    /// Somebody does something, or goes, or comes; returns who.
    pub(super) fn something(&mut self, most: u32) -> VisitorId {
        let path = self
            .dice
            .pick(&["/", "/pricing", "/help/returns", "/about", "/Pricing/b"]);
        let nth = self.dice.below(most.into()) as u32;
        let known: Vec<VisitorId> = self.states.0.lock().keys().copied().collect();
        let what = self.dice.below(12);
        if known.is_empty() || what < 3 {
            return self.comes(nth, path);
        }
        let visitor = self.dice.pick(&known);
        let (points, word) = (
            self.dice.below(30).cast_signed(),
            self.dice.below(4) as usize,
        );
        match what {
            3 | 4 => self.opens(visitor, path),
            5 => self.gives(visitor, "buy", points),
            6 => self.gives(visitor, "help", points - 10),
            7 => self.change(visitor, |state| state.chat = ChatState::ALL[word]),
            8 => self.change(visitor, |state| {
                state.tags = ["VIP", "trial", "late"][..word.min(3)]
                    .iter()
                    .map(|tag| Arc::from(*tag))
                    .collect();
            }),
            9 => self.change(visitor, |state| {
                let page = state.session.as_mut().and_then(|it| it.pages.last_mut());
                if let Some(page) = page {
                    (page.closed, page.attended) = (true, false);
                }
            }),
            10 => self.change(visitor, |state| settle(state, word)),
            _ if word == 0 => self.change(visitor, |state| state.session = None),
            _ => {
                self.states.0.lock().remove(&visitor);
            }
        }
        visitor
    }
}

/// An invitation of this session has ended.
fn settle(state: &mut VisitorState, word: usize) {
    let Some(session) = state.session.as_deref() else {
        return;
    };
    let how = [
        Settlement::Accepted,
        Settlement::Dismissed,
        Settlement::Ignored,
        Settlement::Withheld,
    ];
    let past = Settled {
        id: InvitationId([1; 8]),
        made_by: MadeBy::Trigger,
        trigger: Key(1),
        variant: None,
        session: session.id,
        offered_at: session.started_at,
        settled_at: session.last_at,
        how: how[word],
        shown: true,
        channel: ReplyChannel::Chat,
    };
    state.invitations.settled = vec![past];
}

fn session(id: VisitorId, now: Timestamp, arrival: Arrival) -> Session {
    Session {
        id: SessionId::derive(id, now.0),
        started_at: now,
        last_at: now,
        arrival: Box::new(arrival),
        entry_url: None,
        entry_type: None,
        tz: None,
        screen: None,
        pages: Vec::new(),
        current: 0,
        totals: SessionTotals::default(),
        attended_at: now,
        typing_since: None,
        exit_intent: false,
        event_log: Vec::new(),
        crossings: Vec::new(),
        at_rest: None,
    }
}
