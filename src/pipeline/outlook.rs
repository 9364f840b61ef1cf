//! Who of those who are here would be invited at this moment by some version of the rules, beside those whom the rules
//! that act invite.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use crate::clock;
use crate::domain::{
    Invitation, InvitationState, MadeBy, Millis, Presence, SiteNow, Timestamp, VisitorId,
    VisitorState,
};
use crate::engine::{self, Outlook, ScoreNow};
use crate::rules::RuleSet;
use crate::site::Site;
use crate::store::{StoreError, VisitorStore, Whose};

use super::Pipeline;
use super::rescore::{AT_ONCE, MAX_RECORDS, MAX_VISITORS, Outcome, Past, of_then, score};

/// How many visitors each list shows.
const MAX_SHOWN: usize = 50;

/// Whom one version of the rules invites.
#[derive(Debug, Default)]
pub struct Side {
    /// So many see an invitation.
    pub ready: u64,
    /// So many would, and are in the holdout.
    pub withheld: u64,
    /// For so many a trigger is ready and held back, by the first of what is in the way.
    pub held: BTreeMap<&'static str, u64>,
}

/// A visitor whom one of the two versions invites.
#[derive(Debug)]
pub struct Prospect {
    /// The visitor, with pages and points as the version on trial has them.
    pub state: VisitorState,
    /// What the version on trial would say; what the rules that act say, where they alone invite.
    pub invitation: Option<Arc<Invitation>>,
    /// In how long it would.
    pub after: Millis,
    /// The trigger of the rules that act which invites.
    pub live: Option<Arc<str>>,
    /// Scores under the rules that act.
    pub before: Vec<ScoreNow>,
    /// Scores under the version on trial.
    pub scores: Vec<ScoreNow>,
}

/// A list of visitors, of whom the first are shown.
#[derive(Debug, Default)]
pub struct Prospects {
    /// How many there are.
    pub visitors: u64,
    /// The first 50 of them, those heard of last first.
    pub shown: Vec<Prospect>,
}

impl Prospects {
    fn add(&mut self, prospect: Prospect) {
        self.visitors += 1;
        if self.shown.len() < MAX_SHOWN {
            self.shown.push(prospect);
        }
    }
}

/// Who would be invited at this moment.
#[derive(Debug, Default)]
pub struct Outlooks {
    /// This moment.
    pub at: Timestamp,
    /// Visitors who have a page open.
    pub visitors: u64,
    /// Those of them who look at it, and so could be invited; at most 10,000, those heard of last.
    pub looked_at: u64,
    /// Those whose points stay as they are because the journal does not tell all of their history, or because they did
    /// something meanwhile.
    pub unscored: u64,
    /// Those who look at a page and are beyond the bound.
    pub too_many: u64,
    /// Whom the rules that act invite.
    pub live: Side,
    /// Whom the version on trial invites.
    pub draft: Side,
    /// Whom both invite.
    pub both: Prospects,
    /// Whom the version on trial alone invites.
    pub gained: Prospects,
    /// Whom the rules that act alone invite.
    pub lost: Prospects,
    /// Whom the version on trial would invite within a minute if they just went on.
    pub soon: Prospects,
}

/// What was found out about one visitor.
struct Looked {
    prospect: Prospect,
    live: Outlook,
    draft: Outlook,
    scored: bool,
}

impl Pipeline {
    /// Works out who would be invited at this moment by `rules`, with their history scored anew under them. Nothing is
    /// changed, and dropping the work breaks it off.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn outlook(&self, site: &Site, rules: &Arc<RuleSet>) -> Result<Outlooks, StoreError> {
        let mut found = Outlooks {
            at: clock::now(),
            ..Outlooks::default()
        };
        let visitors = self.attentive(site, &mut found).await;
        let mut past = Past::default();
        past.insert(rules.hash, Some(Arc::clone(rules)));
        for some in visitors.chunks(AT_ONCE) {
            let (looked, back) = self.looked_at(site, rules, some, past).await?;
            past = back;
            for looked in looked {
                found.note(looked);
            }
        }
        Ok(found)
    }

    /// The visitors on any node who look at a page, those heard of last first, within the bound.
    async fn attentive(&self, site: &Site, found: &mut Outlooks) -> Vec<VisitorId> {
        let (store, key, now) = (Arc::clone(&self.store), site.key, found.at);
        if let Err(why) = store.attend(key).await {
            tracing::warn!(site = &*site.name, %why, "who is on other nodes may be left out");
        }
        let walk = tokio::task::spawn_blocking(move || {
            let (mut open, mut looking) = (0, Vec::new());
            store.for_each_live(Whose::Everybody, &mut |state| {
                let session = state.session.as_deref();
                let session = session.filter(|_| state.site == key && !state.opted_out);
                match session.map(|session| session.presence(now)) {
                    Some(Presence::Active) => looking.push((state.last_seen, state.id)),
                    Some(Presence::Idle) => open += 1,
                    Some(Presence::Left) | None => {}
                }
            });
            looking.sort_unstable_by(|a, b| b.cmp(a));
            (open, looking)
        });
        let (open, mut looking) = walk.await.unwrap_or_default();
        found.visitors = open + looking.len() as u64;
        found.too_many = looking.len().saturating_sub(MAX_VISITORS) as u64;
        looking.truncate(MAX_VISITORS);
        looking.into_iter().map(|(_, visitor)| visitor).collect()
    }

    /// Looks at some visitors on a thread that may take its time.
    async fn looked_at(
        &self,
        site: &Site,
        rules: &Arc<RuleSet>,
        visitors: &[VisitorId],
        mut past: Past,
    ) -> Result<(Vec<Looked>, Past), StoreError> {
        let states = visitors.iter().map(|visitor| self.settled(site, *visitor));
        let states = try_join_all(states).await?;
        let (store, rules) = (Arc::clone(&self.store), Arc::clone(rules));
        let acting: Vec<_> = visitors.iter().map(|it| site.rules_for(*it)).collect();
        let now = clock::now();
        let site_now = self.desk.now(site.key, now);
        let work = tokio::task::spawn_blocking(move || {
            let looked = states.into_iter().zip(acting).map(|(state, acting)| {
                let (state, scored) = anew(&*store, &rules, &acting, state, now, &mut past)?;
                let mut looked = look(&rules, &acting, &site_now, state, scored, now);
                if looked.draft.now().is_none()
                    && let Some(made) = then(&*store, &rules, &acting, &looked, &mut past)?
                {
                    looked.stands(made);
                }
                Ok(looked)
            });
            Ok((looked.collect::<Result<Vec<_>, StoreError>>()?, past))
        });
        work.await.unwrap_or_else(|_| Err(StoreError::Closing))
    }
}

/// The visitor as it is and as it would be with points by `rules`, and whether they could be worked out.
fn anew(
    store: &dyn VisitorStore,
    rules: &RuleSet,
    acting: &RuleSet,
    state: VisitorState,
    now: Timestamp,
    past: &mut Past,
) -> Result<([VisitorState; 2], bool), StoreError> {
    let outcome = score(store, rules, acting, &state, now, past)?;
    let (after, scored) = match outcome {
        Outcome::Scored(seen) => (seen.rescored.after(), true),
        Outcome::Busy | Outcome::Incomplete | Outcome::Gone => (state.clone(), false),
    };
    Ok(([state, after], scored))
}

/// The invitation that the version on trial would have made when the one that is open was made: what has happened since
/// takes neither back.
fn then(
    store: &dyn VisitorStore,
    rules: &RuleSet,
    acting: &RuleSet,
    looked: &Looked,
    past: &mut Past,
) -> Result<Option<Arc<Invitation>>, StoreError> {
    let state = &looked.prospect.state;
    let open = state.invitations.open.as_deref();
    let Some(open) = open.filter(|open| open.made_by() == MadeBy::Trigger) else {
        return Ok(None);
    };
    let mut records = store.records(state.site, state.id, MAX_RECORDS)?;
    records.reverse();
    let mut load = |hash| of_then(store, past, hash);
    let at = open.offered_at;
    Ok(engine::made_then(rules, acting, &records, at, &mut load))
}

impl Looked {
    /// The version on trial has made this, and it is open.
    fn stands(&mut self, made: Arc<Invitation>) {
        self.prospect.invitation = Some(Arc::clone(&made));
        self.prospect.after = Millis::ZERO;
        self.draft = Outlook::Invites {
            invitation: made,
            after: Millis::ZERO,
        };
    }
}

fn look(
    rules: &RuleSet,
    acting: &RuleSet,
    site: &SiteNow,
    [state, after]: [VisitorState; 2],
    scored: bool,
    now: Timestamp,
) -> Looked {
    let after = if acting.hash == rules.hash {
        after
    } else {
        engine::refiled(&after, acting, rules)
    };
    let free = engine::unopened(&after, site);
    let (then, place) = free
        .as_ref()
        .map_or((&after, site), |(then, site)| (then, site));
    let draft = engine::outlook(rules, place, then, now);
    let live = acts(acting, site, &state, now);
    let (invitation, span) = match &draft {
        Outlook::Invites { invitation, after } => (Some(Arc::clone(invitation)), *after),
        Outlook::Held { .. } | Outlook::Nothing => (None, Millis::ZERO),
    };
    let trigger = visible(&live).map(|live| Arc::clone(&live.trigger_name));
    Looked {
        prospect: Prospect {
            before: engine::score_now(acting, &state, now).collect(),
            scores: engine::score_now(rules, &after, now).collect(),
            state: after,
            invitation,
            after: span,
            live: trigger,
        },
        live,
        draft,
        scored,
    }
}

/// What the rules that act do: the invitation that is open is what they have come to.
fn acts(acting: &RuleSet, site: &SiteNow, state: &VisitorState, now: Timestamp) -> Outlook {
    let open = state.invitations.open.as_deref();
    let open = open.filter(|open| open.made_by() == MadeBy::Trigger && open.expires_at > now);
    match open {
        Some(open) => Outlook::Invites {
            invitation: Arc::new(open.clone()),
            after: Millis::ZERO,
        },
        None => engine::outlook(acting, site, state, now),
    }
}

/// The invitation that is made now and is seen.
fn visible(outlook: &Outlook) -> Option<&Arc<Invitation>> {
    let made = outlook.now();
    made.filter(|made| made.state != InvitationState::Withheld)
}

impl Side {
    fn note(&mut self, outlook: &Outlook) {
        match outlook {
            Outlook::Held { why } => *self.held.entry(why).or_default() += 1,
            Outlook::Invites { .. } if visible(outlook).is_some() => self.ready += 1,
            Outlook::Invites { .. } if outlook.now().is_some() => self.withheld += 1,
            Outlook::Invites { .. } | Outlook::Nothing => {}
        }
    }
}

impl Outlooks {
    fn note(&mut self, looked: Looked) {
        let Looked {
            prospect,
            live,
            draft,
            scored,
        } = looked;
        self.looked_at += 1;
        self.unscored += u64::from(!scored);
        self.live.note(&live);
        self.draft.note(&draft);
        let coming = prospect.invitation.as_ref();
        let coming = coming.is_some_and(|made| made.state != InvitationState::Withheld);
        match (visible(&live).is_some(), visible(&draft).is_some()) {
            (true, true) => self.both.add(prospect),
            (true, false) => self.lost.add(Prospect {
                invitation: live.now().cloned(),
                after: Millis::ZERO,
                ..prospect
            }),
            (false, true) => self.gained.add(prospect),
            (false, false) if coming && prospect.after > Millis::ZERO => self.soon.add(prospect),
            (false, false) => {}
        }
    }
}
