//! A look that judges only what may have changed comes to the same as one that judges every trigger.

use std::fmt::Write as _;

use ahlan::domain::*;
use ahlan::rules::{RuleSet, SourceFile, compile};

use crate::dice::Dice;
use crate::make::*;
use crate::visit::Visit;

/// One of each kind of field; most hold only now and then.
const CONDITIONS: &[&str] = &[
    "field = 'page.type', equals = 'pricing'",
    "field = 'page.url', contains = 'plan=pro'",
    "field = 'page.path', starts_with = '/pricing/'",
    "field = 'page.query.plan', exists = true",
    "field = 'page.lang', equals = 'ar'",
    "field = 'page.scroll', at_least = 60",
    "field = 'page.scroll', at_most = 20",
    "field = 'page.active', at_least = '12s'",
    "field = 'page.exit_intent', equals = true",
    "field = 'page.views_of_type', at_least = 2",
    "field = 'session.page_views', between = [2, 4]",
    "field = 'session.active', at_least = '25s'",
    "field = 'session.duration', less_than = '40s'",
    "field = 'session.idle', at_least = '8s'",
    "field = 'session.exit_intent', equals = true",
    "field = 'session.previous_page_type', equals = 'help'",
    "field = 'session.entry_type', equals = 'home'",
    "field = 'session.page_types', none_of = ['help']",
    "field = 'session.views.pricing', at_least = 2",
    "field = 'session.events', at_least = 2",
    "field = 'session.events.cart', equals = 1",
    "field = 'session.goals.signup', at_least = 1",
    "field = 'session.events.cart', at_least = 1, in_last = '20s'",
    "field = 'session.goals', equals = 0, in_last = '30s'",
    "field = 'session.source', equals = 'google'",
    "field = 'visitor.sessions', at_least = 2",
    "field = 'visitor.returning', equals = true",
    "field = 'visitor.page_views', more_than = 6",
    "field = 'visitor.identified', equals = true",
    "field = 'visitor.tags', one_of = ['vip']",
    "field = 'visitor.trait.plan', equals = 'pro'",
    "field = 'visitor.trait.plan', exists = false",
    "field = 'visitor.invitations_shown', at_least = 1",
    "field = 'visitor.invitations_dismissed', equals = 0",
    "field = 'visitor.chats', at_least = 1",
    "field = 'score.buy', at_least = 20",
    "field = 'stage.buy', equals = 'warm'",
    "field = 'crossed_up.buy', any_of = ['warm']",
    "field = 'chat.state', equals = 'ended'",
    "field = 'chat.free_slots', at_least = 2",
    "field = 'chat.agents_online', at_most = 1",
    "field = 'time.hour', between = [0, 11]",
];

/// Twelve triggers, each with up to three of these conditions, and now and then with more on it.
fn rules(dice: &mut Dice) -> RuleSet {
    let mut text = String::from(
        "[policy]\nmax_per_session = 6\nmax_per_day = 40\nafter_dismissal = '20s'\nafter_chat = '10s'\n\
         after_goal = '5s'\nrequire_available_agent = true\nnever_on = ['checkout']\n\
         [[page_type]]\nname = 'home'\nmatch = ['/']\n[[page_type]]\nname = 'pricing'\nmatch = ['/pricing*']\n\
         [[page_type]]\nname = 'help'\nmatch = ['/help*']\n[[page_type]]\nname = 'checkout'\nmatch = ['/checkout*']\n\
         [[score]]\nname = 'buy'\nhalf_life = '2m'\nstages = { warm = 20, hot = 60 }\n\
         [[score_rule]]\nid = 'view'\nscore = 'buy'\non = 'page_view'\npoints = 9\n\
         [[score_rule]]\nid = 'stay'\nscore = 'buy'\non = 'dwell'\nafter = '10s'\npoints = 8\n",
    );
    for nth in 0..12 {
        let all = (0..dice.below(4)).map(|_| format!("{{ {} }}", dice.pick(CONDITIONS)));
        let all: Vec<String> = all.collect();
        writeln!(
            text,
            "[[trigger]]\nid = 't{nth}'\npriority = {}\nall = [ {} ]\n{}{}{}\
             invitation = {{ message = {{ en = 'Hello' }} }}",
            dice.below(3),
            all.join(", "),
            dice.pick(&[
                "",
                "page_type = 'pricing'\n",
                "page_type = ['home', 'help']\n"
            ]),
            dice.pick(&[
                "",
                "once_per = 'page'\n",
                "cooldown = '30s'\n",
                "delay = '6s'\n"
            ]),
            dice.pick(&["", "holdout = '20%'\n", "sample = '50%'\n"]),
        )
        .unwrap();
    }
    let compiled = compile(&[SourceFile::new("rules.toml", text.clone())]);
    compiled
        .unwrap_or_else(|mistakes| panic!("{mistakes:#?}\n{text}"))
        .rule_set
}

/// A visitor, twice: once as always, once without what the last look found.
struct Twins {
    spared: Visit,
    judged: Visit,
    /// How many looks were spared most of their work.
    looks_spared: usize,
}

impl Twins {
    fn new(rules: &RuleSet) -> Self {
        Self {
            spared: Visit::under(rules.clone()),
            judged: Visit::under(rules.clone()),
            looks_spared: 0,
        }
    }

    fn forget(visit: &mut Visit) {
        if let Some(session) = visit.state.session.as_deref_mut() {
            session.at_rest = None;
        }
    }

    fn both(&mut self, act: impl Fn(&mut Visit)) {
        let session = self.spared.state.session.as_deref();
        self.looks_spared += usize::from(session.is_some_and(|one| one.at_rest.is_some()));
        Self::forget(&mut self.judged);
        act(&mut self.spared);
        act(&mut self.judged);
        let mut state = self.spared.state.clone();
        for state in [&mut state, &mut self.judged.state] {
            if let Some(session) = state.session.as_deref_mut() {
                session.at_rest = None;
            }
        }
        assert_eq!(state, self.judged.state);
        assert_eq!(self.spared.effects, self.judged.effects);
        assert_eq!(self.spared.wake_at, self.judged.wake_at);
    }

    /// Lets time pass by the engine's own timers.
    fn wait(&mut self, span: Millis) {
        let until = self.spared.now + span;
        while let Some(at) = self.spared.wake_at.filter(|at| *at <= until) {
            self.both(|visit| {
                visit.now = at;
                visit.tick();
            });
        }
        self.both(|visit| visit.now = until);
    }

    fn tell(&mut self, page: &str, kind: &EventKind) {
        self.both(|visit| {
            visit.tell(page, kind.clone());
        });
    }

    fn act(&mut self, dice: &mut Dice) {
        let page = format!("tab {}", dice.below(3));
        match dice.below(21) {
            0..3 => {
                let urls = ["/", "/pricing", "/pricing/x?plan=pro", "/help", "/checkout"];
                let url = *dice.pick(&urls);
                let view = PageViewEvent {
                    attended: dice.percent(85),
                    lang: Some(if dice.percent(50) { "ar" } else { "en" }.into()),
                    ..page_view(url)
                };
                self.tell(&page, &EventKind::PageView(Box::new(view)));
            }
            3..10 => {
                let kind = EventKind::Engage {
                    active: Millis(dice.below(40_000)),
                    scroll: dice.below(101) as u8,
                    attended: dice.percent(80),
                };
                self.tell(&page, &kind);
            }
            10 => self.tell(&page, &leave(secs(5))),
            11 => self.tell(&page, &custom("cart")),
            12 => self.tell(&page, &custom("exit_intent")),
            13 => self.tell(&page, &goal("signup")),
            14 => {
                let plan = *dice.pick(&["pro", "free"]);
                self.tell("", &identify("me", &[("plan", plan)]));
            }
            15 => {
                let (add, remove) = if dice.percent(50) {
                    (vec!["vip".into()], Vec::new())
                } else {
                    (Vec::new(), vec!["vip".into()])
                };
                self.tell("", &EventKind::Tag { add, remove });
            }
            16 => {
                let states = [ChatState::Queued, ChatState::Chatting, ChatState::Ended];
                self.tell("", &EventKind::Chat(*dice.pick(&states)));
            }
            17 => self.answer(dice),
            18 => self.agents(dice),
            19 => self.remember(dice),
            _ => self.tell(
                "",
                &EventKind::Consent {
                    granted: dice.percent(90),
                },
            ),
        }
    }

    fn answer(&mut self, dice: &mut Dice) {
        let outcomes = [
            InvitationOutcome::Shown,
            InvitationOutcome::Accepted,
            InvitationOutcome::Dismissed,
        ];
        let outcome = *dice.pick(&outcomes);
        if let Some(invitation) = self.spared.made().last().copied() {
            let kind = EventKind::Invitation {
                invitation,
                outcome,
            };
            self.tell("", &kind);
        }
    }

    /// The browser tells of an invitation that the state has lost, or knows.
    fn remember(&mut self, dice: &mut Dice) {
        let id = visitor(7);
        let made = self.spared.made();
        let lost = InvitationId::derive(id, Key::of("hello"), dice.next(), 1);
        let kind = EventKind::Known {
            invitation: *dice.pick(&[lost, *made.last().unwrap_or(&lost)]),
            outcome: *dice.pick(&InvitationOutcome::ALL),
        };
        self.tell("", &kind);
    }

    fn agents(&mut self, dice: &mut Dice) {
        let site = SiteNow {
            agents_online: dice.below(3) as u16,
            free_slots: dice.below(4) as u16,
            places: dice.below(3) as u16,
            ..open_site()
        };
        self.both(|visit| {
            visit.site = site.clone();
            visit.tick();
        });
    }
}

#[test]
fn judging_what_may_have_changed_is_judging_all() {
    let (mut looks_spared, mut invitations) = (0, 0);
    for seed in 0..120 {
        let mut dice = Dice(seed);
        let mut twins = Twins::new(&rules(&mut dice));
        let other = rules(&mut dice);
        for turn in 0..250 {
            twins.act(&mut dice);
            let pause = if dice.percent(2) {
                mins(31)
            } else {
                Millis(dice.below(9_000))
            };
            twins.wait(pause);
            if turn == 150 {
                twins.both(|visit| visit.rules = other.clone());
            }
        }
        looks_spared += twins.looks_spared;
        invitations += twins.spared.made().len();
    }
    assert!(
        looks_spared > 2_000 && invitations > 500,
        "the visits are eventful: {looks_spared} looks spared, {invitations} invitations"
    );
}
