//! The sites this installation serves, and what each of them allows.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use subtle::ConstantTimeEq;

use crate::domain::Key;
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
    /// The rules in force.
    pub rules: ArcSwap<RuleSet>,
    /// Secrets under which the site's server signs who a visitor is; several while one is being replaced.
    pub identity_secrets: Vec<String>,
    /// Hashes of the tokens that open the agents' side.
    pub token_hashes: Vec<[u8; 32]>,
}

impl Site {
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
