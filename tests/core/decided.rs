//! Decision logs written by hand.

use std::sync::Arc;

use ahlan::domain::{
    Audience, ChatTurn, Decision, Eligible, InvitationId, Millis, Outcome, Settlement, Timestamp,
    VisitorId,
};
use ahlan::engine::uplift::{By, Effectiveness, TriggerEffect};
use ahlan::rules::{RuleSet, SourceFile, compile};

/// A day in milliseconds.
pub(crate) const DAY: u64 = 86_400_000;

pub(crate) fn rules(holdout: &str, more: &str) -> Arc<RuleSet> {
    let text = format!(
        "[measure]\ngoals = [\"Sale\"]\nwithin = \"1d\"\n[[trigger]]\nid = \"help\"\nholdout = \"{holdout}\"\ninvitation.message.en = \"Hello\"\n{more}"
    );
    let compiled = compile(&[SourceFile::new("rules.toml", &*text)]);
    Arc::new(compiled.unwrap_or_else(|said| panic!("{said:#?}")).rule_set)
}

pub(crate) fn variants() -> Arc<RuleSet> {
    let variant = |id: &str, weight: u32| {
        format!("[[trigger.variant]]\nid = \"{id}\"\nweight = {weight}\nmessage.en = \"{id}\"\n")
    };
    rules("20%", &[variant("plain", 1), variant("warm", 1)].concat())
}

/// What a visitor is like.
#[derive(Default)]
pub(crate) struct Like {
    pub(crate) page_type: Option<&'static str>,
    pub(crate) audience: Audience,
    pub(crate) free_slots: u16,
}

/// A log as it is written, and what is made of it.
pub(crate) struct Log {
    /// Every rule set that something was decided under; the last is in force.
    pub(crate) known: Vec<Arc<RuleSet>>,
    pub(crate) decisions: Vec<Decision>,
}

impl Log {
    pub(crate) fn under(rules: &Arc<RuleSet>) -> Self {
        Self {
            known: vec![Arc::clone(rules)],
            decisions: Vec::new(),
        }
    }

    pub(crate) fn publish(&mut self, rules: &Arc<RuleSet>) {
        self.known.push(Arc::clone(rules));
    }

    pub(crate) fn note(&mut self, at: u64, who: u32, what: Outcome) {
        let mut visitor = [0; 16];
        visitor[..4].copy_from_slice(&who.to_be_bytes());
        self.decisions.push(Decision {
            at: Timestamp(at),
            visitor: VisitorId(visitor),
            session: None,
            rules: self.known[self.known.len() - 1].hash,
            what,
        });
    }

    pub(crate) fn eligible(&mut self, at: u64, who: u32, variant: Option<&str>, withheld: bool) {
        self.eligible_as(at, who, variant, withheld, &Like::default());
    }

    /// One of a visitor who is so.
    pub(crate) fn eligible_as(
        &mut self,
        at: u64,
        who: u32,
        variant: Option<&str>,
        withheld: bool,
        like: &Like,
    ) {
        let made = Box::new(Eligible {
            by: None,
            invitation: invitation(at, who),
            trigger: "help".into(),
            variant: variant.map(Into::into),
            page_type: like.page_type.map(Into::into),
            scores: Vec::new(),
            audience: like.audience.clone(),
            free_slots: like.free_slots,
        });
        let what = if withheld {
            Outcome::Withheld(made)
        } else {
            Outcome::Offered(made)
        };
        self.note(at, who, what);
    }

    pub(crate) fn shown(&mut self, offered: u64, who: u32, after: u64) {
        let what = Outcome::Shown {
            invitation: invitation(offered, who),
            trigger: "help".into(),
            after: Millis(after),
        };
        self.note(offered + after, who, what);
    }

    pub(crate) fn settled(
        &mut self,
        offered: u64,
        who: u32,
        how: Settlement,
        shown: bool,
        after: u64,
    ) {
        let what = Outcome::Settled {
            invitation: invitation(offered, who),
            trigger: "help".into(),
            how,
            shown,
            after: Millis(after),
        };
        self.note(offered + after, who, what);
    }

    pub(crate) fn goal(&mut self, at: u64, who: u32, name: &str, value: Option<f64>) {
        let name = name.into();
        self.note(at, who, Outcome::Goal { name, value });
    }

    pub(crate) fn chat(&mut self, at: u64, who: u32, turn: ChatTurn) {
        self.note(at, who, Outcome::Chat { turn, after: None });
    }

    pub(crate) fn held_back(&mut self, at: u64, who: u32, why: &str, free_slots: u16) {
        let held_back = Outcome::Suppressed {
            trigger: "help".into(),
            why: why.into(),
            free_slots,
        };
        self.note(at, who, held_back);
    }

    pub(crate) fn followed(&self, most: usize) -> Effectiveness {
        let in_force = Arc::clone(&self.known[self.known.len() - 1]);
        self.read(Effectiveness::following(in_force, most))
    }

    fn read(&self, mut effect: Effectiveness) -> Effectiveness {
        let mut find = |hash| self.known.iter().find(|it| it.hash == hash).cloned();
        for decision in &self.decisions {
            effect.take(decision, &mut find);
        }
        effect
    }

    pub(crate) fn report(&self, now: u64) -> TriggerEffect {
        self.report_by(now, &[])
    }

    pub(crate) fn report_by(&self, now: u64, by: &[By]) -> TriggerEffect {
        let in_force = Arc::clone(&self.known[self.known.len() - 1]);
        let effect = self.read(Effectiveness::new(in_force).divided(by));
        let mut report = effect.report(Timestamp(now));
        assert_eq!(report.len(), 1);
        report.remove(0)
    }
}

pub(crate) fn invitation(at: u64, who: u32) -> InvitationId {
    InvitationId(((at << 16) | u64::from(who)).to_be_bytes())
}

/// `visitors` of one arm, one a minute, of whom the first `converted` buy.
pub(crate) fn arm(
    log: &mut Log,
    from: u32,
    variant: Option<&str>,
    withheld: bool,
    sizes: (u32, u32),
) {
    let (visitors, converted) = sizes;
    for who in from..from + visitors {
        let at = u64::from(who - from) * 60_000;
        log.eligible(at, who, variant, withheld);
        if who - from < converted {
            log.goal(at + 5_000, who, "sale", Some(10.0));
        }
    }
}
