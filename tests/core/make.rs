//! Rules, events and inputs, made briefly: the one place that builds compiled rule sets by hand.
#![allow(dead_code, reason = "the bench takes only some of it")]

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::rules::*;

/// When every story begins.
pub(crate) const START: Timestamp = Timestamp(1_763_760_000_000);

pub(crate) const SITE: Key = Key::of("shop");
pub(crate) const BUY: Key = Key::of("buy");

/// A site with an agent who has time.
pub(crate) fn open_site() -> SiteNow {
    SiteNow {
        agents_online: 1,
        free_slots: 2,
        places: 2,
        expected_reply: Some(secs(30)),
        ..SiteNow::default()
    }
}

pub(crate) fn visitor(nth: u8) -> VisitorId {
    VisitorId([nth; 16])
}

pub(crate) const fn secs(secs: u64) -> Millis {
    Millis::from_secs(secs)
}

pub(crate) const fn mins(mins: u64) -> Millis {
    Millis::from_mins(mins)
}

/// A rule set under construction.
#[expect(
    clippy::struct_field_names,
    reason = "they are named as in the rule set"
)]
#[derive(Clone, Default)]
pub(crate) struct Rules {
    pub(crate) page_types: Vec<PageType>,
    pub(crate) scores: Vec<Score>,
    pub(crate) groups: Vec<Group>,
    pub(crate) score_rules: Vec<ScoreRule>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) policy: Policy,
    pub(crate) version: u64,
}

/// Page types `home`, `pricing`, `help` and `checkout`, one score `buy` (0…100), nobody invited at checkout.
pub(crate) fn rules() -> Rules {
    let page = |name: &str, pattern: &str| PageType {
        key: Key::of(name),
        name: name.into(),
        patterns: vec![pattern.into()],
    };
    Rules {
        page_types: vec![
            page("pricing", "/pricing*"),
            page("help", "/help*"),
            page("checkout", "/checkout*"),
            page("home", "/"),
        ],
        scores: vec![score("buy")],
        policy: Policy {
            never_on: vec![Key::of("checkout")],
            ..Policy::default()
        },
        version: 1,
        ..Rules::default()
    }
}

impl Rules {
    pub(crate) fn give(mut self, rule: ScoreRule) -> Self {
        self.score_rules.push(rule);
        self
    }

    pub(crate) fn invite(mut self, trigger: Trigger) -> Self {
        self.triggers.push(trigger);
        self
    }

    pub(crate) fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// A policy that holds nobody back.
    pub(crate) fn lavish(self) -> Self {
        self.policy(|policy| {
            policy.max_per_session = 16;
            policy.max_per_day = 16;
            policy.after_dismissal = Millis::ZERO;
            policy.after_chat = Millis::ZERO;
            policy.after_goal = Millis::ZERO;
        })
    }

    pub(crate) fn build(self) -> RuleSet {
        let parts = Parts {
            page_types: self.page_types,
            scores: self.scores,
            groups: self.groups,
            score_rules: self.score_rules,
            triggers: self.triggers,
            policy: self.policy,
            ..Parts::default()
        };
        RuleSet::new(RuleSetHash(self.version), parts)
    }
}

pub(crate) fn score(name: &str) -> Score {
    let stage = |name: &str, from| Stage {
        key: Key::of(name),
        name: name.into(),
        from: Points::whole(from),
    };
    Score {
        key: Key::of(name),
        name: name.into(),
        max: Points::whole(100),
        half_life: None,
        stages: vec![stage("warm", 25), stage("hot", 60)],
        own_decay: Vec::new(),
    }
}

/// A rule that gives `points` of `buy` for every page view.
pub(crate) fn rule(id: &str, points: i64) -> ScoreRule {
    ScoreRule {
        key: Key::of(id),
        id: id.into(),
        name: id.into(),
        score: BUY,
        on: On::PageView,
        event: None,
        page_types: Vec::new(),
        after: Millis::ZERO,
        condition: Condition::ALWAYS,
        award: Award::Fixed(Points::whole(points)),
        group: None,
        max_per_session: None,
        max_per_day: None,
        max_per_visitor: None,
        half_life: None,
        expires_after: None,
    }
}

/// A rule that gives `points` of `buy` for so much active time on a page.
pub(crate) fn dwell(id: &str, points: i64, after: Millis) -> ScoreRule {
    ScoreRule {
        on: On::Dwell,
        after,
        ..rule(id, points)
    }
}

/// A trigger that invites everybody on any page.
pub(crate) fn trigger(id: &str) -> Trigger {
    Trigger {
        key: Key::of(id),
        id: id.into(),
        name: id.into(),
        priority: 0,
        page_types: Vec::new(),
        condition: Condition::ALWAYS,
        delay: None,
        schedule: None,
        once_per: None,
        cooldown: None,
        max_shows: None,
        stop_after_dismissals: None,
        stop_after_ignores: None,
        sample: Share::ALL,
        holdout: Share::default(),
        goals: None,
        department: None,
        expires_after: mins(2),
        variants: Vec::new(),
        invitation: InvitationText {
            tone: Tone::Sales,
            channel: ReplyChannel::Chat,
            phone_if: None,
            closed: None,
            messages: vec![
                ("en".into(), "May I help?".into()),
                ("ar".into(), "هل يمكنني مساعدتك؟".into()),
                ("pt-br".into(), "Posso ajudar?".into()),
            ],
        },
    }
}

pub(crate) fn leaf(field: Field, test: Test) -> Condition {
    Condition::Leaf(Leaf { field, test })
}

pub(crate) fn at_least(field: Field, low: f64) -> Condition {
    leaf(field, Test::Between(low, f64::INFINITY))
}

pub(crate) fn is(field: Field, text: &str) -> Condition {
    leaf(field, Test::Is(text.into()))
}

pub(crate) fn page_view(url: &str) -> PageViewEvent {
    PageViewEvent {
        url: format!("https://shop.example{url}").into(),
        title: None,
        page_type: None,
        lang: None,
        tz: None,
        screen: None,
        attended: true,
    }
}

pub(crate) fn engage(active: Millis, attended: bool) -> EventKind {
    EventKind::Engage {
        active,
        scroll: 0,
        attended,
    }
}

pub(crate) fn leave(active: Millis) -> EventKind {
    EventKind::Leave {
        active: Some(active),
        scroll: None,
    }
}

pub(crate) fn custom(name: &str) -> EventKind {
    EventKind::Custom {
        name: name.into(),
        props: Vec::new(),
    }
}

pub(crate) fn goal(name: &str) -> EventKind {
    EventKind::Goal {
        name: name.into(),
        value: None,
    }
}

pub(crate) fn identify(user_id: &str, traits: &[(&str, &str)]) -> EventKind {
    let traits = traits.iter().map(|(name, value)| {
        let value = PropValue::Text(Arc::from(*value));
        (Arc::from(*name), value)
    });
    EventKind::Identify {
        user_id: user_id.into(),
        traits: traits.collect(),
        verified: false,
    }
}

pub(crate) fn arrival(source: &str) -> Arrival {
    Arrival {
        source: Source {
            source: source.into(),
            ..Source::default()
        },
        country: CountryCode::new("sa"),
        ..Arrival::default()
    }
}
