//! What is recorded of one visitor, and the rules of then.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Record, RuleSetHash, VisitorId};
use crate::publishing;
use crate::rules::RuleSet;
use crate::site::Site;
use crate::store::StoreError;

use super::App;
use super::problem::{Kind, Problem};

/// The most records that one answer may rest on.
const MAX_RECORDS: usize = 50_000;

/// A visitor's records, oldest first. May block.
///
/// # Errors
///
/// The problem, when there are more than one answer may rest on.
pub(super) fn records(app: &App, site: &Site, visitor: VisitorId) -> Result<Vec<Record>, Problem> {
    let store = &app.pipeline.store;
    let mut records = store.records(site.key, visitor, MAX_RECORDS + 1)?;
    if records.len() > MAX_RECORDS {
        let detail = format!("this visitor has more than {MAX_RECORDS} records");
        return Err(Problem::new(Kind::BadParameter, detail));
    }
    records.reverse();
    Ok(records)
}

/// The rule sets of the past, each compiled once.
pub(super) struct PastRules<'a> {
    app: &'a App,
    site: &'a Site,
    known: HashMap<RuleSetHash, Option<Arc<RuleSet>>>,
    fault: Option<StoreError>,
}

impl<'a> PastRules<'a> {
    pub(super) fn new(app: &'a App, site: &'a Site) -> Self {
        Self {
            app,
            site,
            known: HashMap::new(),
            fault: None,
        }
    }

    /// The rules with this fingerprint, if they are still kept. May block.
    pub(super) fn load(&mut self, hash: RuleSetHash) -> Option<Arc<RuleSet>> {
        if let Some(known) = self.known.get(&hash) {
            return known.clone();
        }
        let found = self.site.in_force_with(hash).or_else(|| {
            let sources = self.app.pipeline.store.rule_sources(hash);
            let sources = sources.unwrap_or_else(|why| {
                self.fault = Some(why);
                None
            });
            publishing::compile_packed(&sources?)
        });
        self.known.insert(hash, found.clone());
        found
    }

    /// Whether the store could show all that it was asked for.
    ///
    /// # Errors
    ///
    /// Its fault.
    pub(super) fn all_read(self) -> Result<(), Problem> {
        self.fault.map_or(Ok(()), |why| Err(why.into()))
    }
}
