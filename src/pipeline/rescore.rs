//! Histories scored anew under the rules of one version: shown, or put in the place of the points that are there.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use rustc_hash::FxBuildHasher;
use serde::Serialize;
use tokio::runtime::Handle;

use crate::clock;
use crate::domain::{Cause, RuleSetHash, Timestamp, VisitorId, VisitorState};
use crate::engine::{self, Effects, RescoreReport, Rescored, ScoreNow};
use crate::publishing;
use crate::rules::RuleSet;
use crate::site::Site;
use crate::store::{Change, StoreError, VisitorStore, Whose};

use super::{Pipeline, record};

/// How many visitors are looked at, those heard of last first.
pub(super) const MAX_VISITORS: usize = 10_000;
/// How many of them at once.
pub(super) const AT_ONCE: usize = 64;
/// A history of more records than this is left alone.
pub(super) const MAX_RECORDS: usize = 50_000;
/// How often a visitor is looked at who does something meanwhile.
const MAX_TRIES: usize = 4;

/// What scoring histories anew came to.
#[derive(Debug, Default, Serialize)]
pub struct Rescoring {
    /// What it does to the scores.
    #[serde(flatten)]
    pub report: RescoreReport,
    /// Who was left out.
    pub left_out: LeftOut,
}

/// Visitors who were left out, by the reason; their points stay.
#[derive(Debug, Default, Serialize)]
pub struct LeftOut {
    /// There were more visitors than are looked at.
    pub too_many: u64,
    /// The journal does not reach back to their beginning, or the rules of then are not kept.
    pub incomplete: u64,
    /// They did something at every try.
    pub busy: u64,
    /// Another version acts for them.
    pub other_version: u64,
}

/// What became of one visitor.
pub(super) enum Outcome {
    /// The history is scored.
    Scored(Box<Seen>),
    /// Something happened meanwhile.
    Busy,
    /// The records are not the whole history.
    Incomplete,
    /// Nothing is known of the visitor any more.
    Gone,
}

/// A visitor whose history is scored.
pub(super) struct Seen {
    pub(super) rescored: Rescored,
    before: Vec<ScoreNow>,
    after: Vec<ScoreNow>,
}

/// The rule sets of the past, as far as they are kept.
pub(super) type Past = HashMap<RuleSetHash, Option<Arc<RuleSet>>, FxBuildHasher>;

impl Pipeline {
    /// Scores the histories of the visitors who are here under `rules`. With `act`, the new points take the place of the
    /// old ones, visitor by visitor, for those for whom these rules act; without, nothing is changed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or does not take a change; whoever was scored before keeps the new points.
    pub async fn rescore(
        &self,
        site: &Site,
        rules: &Arc<RuleSet>,
        act: bool,
    ) -> Result<Rescoring, StoreError> {
        let mut done = Rescoring::default();
        let mut past = Past::default();
        past.insert(rules.hash, Some(Arc::clone(rules)));
        let mut visitors = self.latest(site, &mut done.left_out).await;
        if act {
            let all = visitors.len();
            visitors.retain(|visitor| site.rules_for(*visitor).hash == rules.hash);
            done.left_out.other_version = (all - visitors.len()) as u64;
        }
        for _ in 0..MAX_TRIES {
            let mut busy = Vec::new();
            for some in visitors.chunks(AT_ONCE) {
                let (scored, back) = self.scored(site, rules, some, past).await?;
                past = back;
                let put = scored.into_iter().map(async |(visitor, now, outcome)| {
                    let outcome = match outcome {
                        Outcome::Scored(seen) if act => {
                            self.put(site, rules, visitor, seen, now).await?
                        }
                        Outcome::Scored(_)
                        | Outcome::Busy
                        | Outcome::Incomplete
                        | Outcome::Gone => outcome,
                    };
                    Ok((visitor, outcome))
                });
                for (visitor, outcome) in try_join_all(put).await? {
                    match outcome {
                        Outcome::Scored(seen) => {
                            done.report.add(visitor, &seen.before, &seen.after);
                        }
                        Outcome::Busy => busy.push(visitor),
                        Outcome::Incomplete => done.left_out.incomplete += 1,
                        Outcome::Gone => {}
                    }
                }
            }
            visitors = busy;
        }
        done.left_out.busy = visitors.len() as u64;
        done.report = done.report.finished();
        Ok(done)
    }

    /// The visitors on any node who were heard of last, within the bound.
    async fn latest(&self, site: &Site, left_out: &mut LeftOut) -> Vec<VisitorId> {
        let (store, key) = (Arc::clone(&self.store), site.key);
        if let Err(why) = store.attend(key).await {
            tracing::warn!(site = &*site.name, %why, "who is on other nodes may be left out");
        }
        let found = tokio::task::spawn_blocking(move || {
            let mut found: Vec<(Timestamp, VisitorId)> = Vec::new();
            store.for_each_live(Whose::Everybody, &mut |state| {
                if state.site == key && !state.opted_out && state.sessions > 0 {
                    found.push((state.last_seen, state.id));
                }
            });
            found.sort_unstable_by(|a, b| b.cmp(a));
            found
        });
        let mut found = found.await.unwrap_or_default();
        left_out.too_many = found.len().saturating_sub(MAX_VISITORS) as u64;
        found.truncate(MAX_VISITORS);
        found.into_iter().map(|(_, visitor)| visitor).collect()
    }

    /// Scores some visitors' histories on a thread that may take its time.
    async fn scored(
        &self,
        site: &Site,
        rules: &Arc<RuleSet>,
        visitors: &[VisitorId],
        mut past: Past,
    ) -> Result<(Vec<(VisitorId, Timestamp, Outcome)>, Past), StoreError> {
        let states = visitors.iter().map(|visitor| self.settled(site, *visitor));
        let states = try_join_all(states).await?;
        let (store, rules) = (Arc::clone(&self.store), Arc::clone(rules));
        let acting: Vec<_> = visitors.iter().map(|it| site.rules_for(*it)).collect();
        let now = clock::now();
        let work = tokio::task::spawn_blocking(move || {
            let scored = states.into_iter().zip(acting).map(|(state, acting)| {
                let visitor = state.id;
                let outcome = score(&*store, &rules, &acting, &state, now, &mut past)?;
                Ok((visitor, now, outcome))
            });
            Ok((scored.collect::<Result<Vec<_>, StoreError>>()?, past))
        });
        work.await.unwrap_or_else(|_| Err(StoreError::Closing))
    }

    /// The visitor's state once all that led to it is on disk.
    pub(super) async fn settled(
        &self,
        site: &Site,
        visitor: VisitorId,
    ) -> Result<VisitorState, StoreError> {
        let mut seen = None;
        let mut look = |state: &mut VisitorState| {
            seen = Some(state.clone());
            Change::default()
        };
        let now = clock::now();
        self.store.update(site.key, visitor, now, &mut look).await?;
        Ok(seen.unwrap_or_else(|| VisitorState::new(site.key, visitor, now)))
    }

    /// Puts new points in the place of the old ones, unless the visitor has done something meanwhile.
    async fn put(
        &self,
        site: &Site,
        rules: &Arc<RuleSet>,
        visitor: VisitorId,
        seen: Box<Seen>,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let rescored = &seen.rescored;
        if rescored.is_same() {
            return Ok(Outcome::Scored(seen));
        }
        let site_now = self.desk.now(site.key, now);
        let (mut unmoved, mut effects) = (false, Effects::default());
        let mut change = |state: &mut VisitorState| {
            unmoved = *state == rescored.visitor;
            if !unmoved {
                return Change::default();
            }
            let scores = &rescored.scores;
            effects = engine::set_scores(rules, &site_now, state, scores, now);
            let cause = Cause::Rescore(scores.clone());
            let record = record(site, visitor, rules.hash, &site_now, cause, now);
            self.keep(site, record, rules, state, &effects)
        };
        self.commit(site, visitor, now, rules, &mut change).await?;
        if !unmoved {
            return Ok(Outcome::Busy);
        }
        self.run(site.key, visitor, effects, now);
        Ok(Outcome::Scored(seen))
    }
}

/// Scores a visitor's history; the visitor is at `state` when all of it is taken.
pub(super) fn score(
    store: &dyn VisitorStore,
    rules: &RuleSet,
    acting: &RuleSet,
    state: &VisitorState,
    now: Timestamp,
    past: &mut Past,
) -> Result<Outcome, StoreError> {
    if state.sessions == 0 || state.opted_out {
        return Ok(Outcome::Gone);
    }
    let mut records = store.records(state.site, state.id, MAX_RECORDS + 1)?;
    if records.len() > MAX_RECORDS {
        return Ok(Outcome::Incomplete);
    }
    records.reverse();
    let mut rules_of = |hash| of_then(store, past, hash);
    let rescored = engine::rescore(rules, &records, now, &mut rules_of);
    // Whatever the records do not tell would be lost.
    let Some(rescored) = rescored.filter(|rescored| rescored.visitor == *state) else {
        let known = Handle::current().block_on(store.get(state.site, state.id))?;
        let unmoved = known.is_some_and(|now| now == *state);
        return Ok(if unmoved {
            Outcome::Incomplete
        } else {
            Outcome::Busy
        });
    };
    let before = engine::score_now(acting, state, now).collect();
    let after = engine::score_now(rules, &rescored.after(), now).collect();
    Ok(Outcome::Scored(Box::new(Seen {
        rescored,
        before,
        after,
    })))
}

/// The rules with this fingerprint, compiled once.
pub(super) fn of_then(
    store: &dyn VisitorStore,
    past: &mut Past,
    hash: RuleSetHash,
) -> Option<Arc<RuleSet>> {
    let load = || {
        let packed = store.rule_sources(hash).ok().flatten();
        packed.as_deref().and_then(publishing::compile_packed)
    };
    past.entry(hash).or_insert_with(load).clone()
}
