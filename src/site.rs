//! The sites this installation serves, and what each of them allows.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use subtle::ConstantTimeEq;

use crate::domain::{Key, RuleSetHash, Share, Timestamp, VisitorId};
use crate::engine;
use crate::rules::RuleSet;

/// Which web origins may speak for a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Any, for trying things out.
    Any,
    /// These, as browsers send them: `https://shop.example`, lower case, no path.
    Only(Vec<String>),
}

impl Origins {
    /// Whether a page of this origin may speak for the site. Programs send no origin; the public key lets them in.
    pub fn allow(&self, origin: Option<&str>) -> bool {
        match (self, origin) {
            (Self::Any, _) | (_, None) => true,
            (Self::Only(list), Some(origin)) => {
                list.iter().any(|known| known.eq_ignore_ascii_case(origin))
            }
        }
    }
}

/// A version of the rules that acts.
#[derive(Clone, Debug, Default)]
pub struct Acting {
    /// Its number within the site.
    pub version: u32,
    /// Its rules.
    pub rules: Arc<RuleSet>,
}

/// A version of the rules that acts for a share of the visitors.
#[derive(Clone, Debug)]
pub struct PartlyActing {
    acting: Acting,
    share: Share,
    /// Each version draws anew, so that it is not always the same people who try what is new.
    seed: String,
}

impl PartlyActing {
    /// This version, for this share.
    pub fn new(acting: Acting, share: Share) -> Self {
        let seed = format!("rollout:{}", acting.version);
        Self {
            acting,
            share,
            seed,
        }
    }

    /// Whether a visitor belongs to the share: always the same answer for one visitor and version.
    fn has(&self, visitor: VisitorId) -> bool {
        engine::bucket(&self.seed, &visitor.to_string()) < self.share.0
    }
}

/// The rules in force: swapped as a whole, never changed.
#[derive(Clone, Debug, Default)]
pub struct InForce {
    /// The revision of the site's document that says so.
    pub revision: u64,
    /// The live version.
    pub live: Acting,
    /// The version that is being rolled out, if one is.
    pub rollout: Option<PartlyActing>,
    /// The next moment at which the schedule has something to do.
    pub due: Option<Timestamp>,
}

/// How a site's server proves who a visitor is.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Secrets for HMAC-SHA-256; several while one is being replaced.
    pub secrets: Vec<String>,
    /// Ed25519 public keys; several while one is being replaced.
    pub keys: Vec<[u8; 32]>,
    /// Whether every token must name the site as its audience.
    pub audience_required: bool,
}

/// A tenant: its public key, its rules and what it allows.
pub struct Site {
    /// The key of `name`.
    pub key: Key,
    /// The public key, as it stands in the page.
    pub name: Arc<str>,
    /// Who may speak for it.
    pub origins: Origins,
    /// Hosts of its own pages, in lower case: a link from them is not a referral.
    pub own_hosts: Vec<String>,
    /// Query parameters that its page addresses keep.
    pub keep_query: Vec<String>,
    /// Whether automated browsers count as people, for tests and demonstrations.
    pub allow_automation: bool,
    /// Whether `Sec-GPC: 1` refuses tracking.
    pub honour_gpc: bool,
    /// Whether invitations carry scores, stages and the reason through the visitor's browser.
    pub browser_context: bool,
    /// The rules in force.
    pub in_force: ArcSwap<InForce>,
    /// By what its own server's tokens are known.
    pub identity: Identity,
    /// Hashes of the tokens that open the agents' side.
    pub token_hashes: Vec<[u8; 32]>,
}

impl Site {
    /// The rules of the live version.
    pub fn live_rules(&self) -> Arc<RuleSet> {
        Arc::clone(&self.in_force.load().live.rules)
    }

    /// The rules that act for this visitor.
    pub fn rules_for(&self, visitor: VisitorId) -> Arc<RuleSet> {
        let in_force = self.in_force.load();
        let partly = in_force.rollout.as_ref();
        let partly = partly.filter(|partly| partly.has(visitor));
        let acting = partly.map_or(&in_force.live, |partly| &partly.acting);
        Arc::clone(&acting.rules)
    }

    /// The rules with this fingerprint, if they act.
    pub fn in_force_with(&self, hash: RuleSetHash) -> Option<Arc<RuleSet>> {
        let in_force = self.in_force.load();
        let partly = in_force.rollout.as_ref().map(|partly| &partly.acting);
        // Before the first version is in force its place is empty, and so is its fingerprint.
        let known = |acting: &&Acting| acting.version > 0 && acting.rules.hash == hash;
        let found = std::iter::once(&in_force.live).chain(partly).find(known);
        found.map(|acting| Arc::clone(&acting.rules))
    }

    /// Swaps what acts, unless something newer acts by now.
    pub fn put_in_force(&self, new: InForce) {
        let new = Arc::new(new);
        self.in_force.rcu(|old| {
            let newest = if old.revision > new.revision {
                old
            } else {
                &new
            };
            Arc::clone(newest)
        });
    }

    /// The hash under which a token is kept.
    pub fn hash_token(token: &str) -> [u8; 32] {
        *blake3::hash(token.as_bytes()).as_bytes()
    }

    /// Whether a token opens the agents' side of this site. Takes the same time whether it does or not.
    pub fn admits(&self, token: &str) -> bool {
        let hash = Self::hash_token(token);
        let matches = self
            .token_hashes
            .iter()
            .fold(0_u8, |any, known| any | known.ct_eq(&hash).unwrap_u8());
        matches == 1
    }
}

/// Every site, by its public key.
#[derive(Default)]
pub struct Sites {
    by_name: HashMap<Arc<str>, Arc<Site>>,
    by_key: HashMap<Key, Arc<Site>>,
}

impl Sites {
    /// The sites of a configuration; their keys are distinct.
    pub fn new(sites: impl IntoIterator<Item = Site>) -> Self {
        let mut all = Self::default();
        for site in sites.into_iter().map(Arc::new) {
            all.by_key.insert(site.key, Arc::clone(&site));
            all.by_name.insert(Arc::clone(&site.name), site);
        }
        all
    }

    /// The site with this public key.
    pub fn named(&self, name: &str) -> Option<&Arc<Site>> {
        self.by_name.get(name)
    }

    /// The site with this key.
    pub fn get(&self, key: Key) -> Option<&Arc<Site>> {
        self.by_key.get(&key)
    }

    /// Every site.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.by_name.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acting(version: u32) -> Acting {
        let hash = RuleSetHash(version.into());
        let mut rules = RuleSet::default();
        rules.hash = hash;
        Acting {
            version,
            rules: Arc::new(rules),
        }
    }

    fn site() -> Site {
        Site {
            key: Key::of("shop"),
            name: "shop".into(),
            origins: Origins::Any,
            own_hosts: Vec::new(),
            keep_query: Vec::new(),
            allow_automation: false,
            honour_gpc: true,
            browser_context: false,
            in_force: ArcSwap::default(),
            identity: Identity::default(),
            token_hashes: Vec::new(),
        }
    }

    fn in_force(revision: u64, live: u32, rollout: Option<(u32, u16)>) -> InForce {
        InForce {
            revision,
            live: acting(live),
            rollout: rollout
                .map(|(version, share)| PartlyActing::new(acting(version), Share(share))),
            due: None,
        }
    }

    /// For which of a thousand visitors a version acts.
    fn with(site: &Site, version: u32) -> Vec<u16> {
        let acts = |n: &u16| {
            let mut id = [0; 16];
            id[..2].copy_from_slice(&n.to_be_bytes());
            site.rules_for(VisitorId(id)).hash == RuleSetHash(version.into())
        };
        (0..1_000).filter(acts).collect()
    }

    #[test]
    fn a_growing_share_keeps_those_who_were_in_it() {
        let site = site();
        site.put_in_force(in_force(1, 1, None));
        assert_eq!(with(&site, 1).len(), 1_000);
        site.put_in_force(in_force(2, 1, Some((2, 1_000))));
        let tenth = with(&site, 2);
        assert!((70..130).contains(&tenth.len()), "{} of 1,000", tenth.len());
        assert_eq!(with(&site, 1).len(), 1_000 - tenth.len());
        site.put_in_force(in_force(3, 1, Some((2, 5_000))));
        let half = with(&site, 2);
        assert!((430..570).contains(&half.len()), "{} of 1,000", half.len());
        assert!(tenth.iter().all(|visitor| half.contains(visitor)));
        site.put_in_force(in_force(4, 1, Some((3, 5_000))));
        let other = with(&site, 3);
        let both = other.iter().filter(|visitor| half.contains(visitor));
        let both = both.count();
        assert!(
            (180..320).contains(&both),
            "{both} of 1,000 are in two halves"
        );
    }

    #[test]
    fn what_is_older_never_replaces_what_is_newer() {
        let site = site();
        site.put_in_force(in_force(2, 2, None));
        site.put_in_force(in_force(1, 1, None));
        assert_eq!(site.live_rules().hash, RuleSetHash(2));
        assert!(site.in_force_with(RuleSetHash(1)).is_none());
        assert!(site.in_force_with(RuleSetHash(2)).is_some());
    }
}
