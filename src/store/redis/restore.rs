//! What nodes put back when Redis comes back without it: control data, which lies nowhere else. Whoever looks at a
//! document, as every node does every few seconds, notices.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::domain::{Key, RuleSetHash};
use crate::store::{Control, StoreError};

use super::link::Lane;
use super::{Shared, control, keys, scripts};

/// So many rule sets a node can put back: those it has read or kept last.
const MOST_RULE_SETS: usize = 16;

/// The control data that this node has seen last.
#[derive(Default)]
pub(super) struct Seen {
    documents: Mutex<FxHashMap<Key, Control>>,
    rules: Mutex<VecDeque<(RuleSetHash, Arc<[u8]>)>>,
}

impl Seen {
    pub(super) fn document(&self, key: Key, document: &Control) {
        self.documents.lock().insert(key, document.clone());
    }

    pub(super) fn rules(&self, hash: RuleSetHash, sources: &[u8]) {
        let mut rules = self.rules.lock();
        rules.retain(|(other, _)| *other != hash);
        rules.push_back((hash, sources.into()));
        if rules.len() > MOST_RULE_SETS {
            rules.pop_front();
        }
    }

    /// The sources of a rule set, if they were seen lately.
    pub(super) fn sources(&self, hash: RuleSetHash) -> Option<Arc<[u8]>> {
        let rules = self.rules.lock();
        let found = rules.iter().find(|(other, _)| *other == hash);
        found.map(|(_, sources)| Arc::clone(sources))
    }

    /// A document, if one was seen that is newer than this revision.
    pub(super) fn newer(&self, document: Key, revision: u64) -> Option<Control> {
        let documents = self.documents.lock();
        let seen = documents.get(&document);
        seen.filter(|seen| seen.revision > revision).cloned()
    }
}

impl Shared {
    /// Puts a document back, and with it whatever belongs to the installation. Somebody else may do the same at the same
    /// time.
    pub(super) async fn put_back(&self, document: Key, lost: &Control) -> Result<(), StoreError> {
        let (revision, digits) = (lost.revision, format!("{:08x}", document.0));
        if self.options.sites.contains(&document) {
            tracing::warn!(
                site = %digits,
                revision,
                "Redis has lost the site: its document is put back, all its visitors and their journal are lost"
            );
        } else {
            tracing::warn!(document = %digits, revision, "Redis has lost a document: it is put back");
        }
        control::agree(&self.link, self.options.buckets).await?;
        self.hold_secret().await?;
        let rules: Vec<_> = self.seen.rules.lock().iter().cloned().collect();
        for (hash, sources) in rules {
            let mut cmd = redis::cmd("SET");
            let cmd = cmd.arg(keys::rules(hash)).arg(&sources[..]).arg("NX");
            self.link.command(Lane::Read, cmd).await?;
        }
        let (keys, news) = ([keys::control(document)], keys::news(document));
        let revision = revision.to_string();
        let args = [revision.as_bytes(), &lost.bytes, news.as_bytes()];
        let restored = self
            .link
            .script(Lane::Read, &scripts::RESTORE, &keys, &args);
        restored.await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_last_is_remembered() {
        let seen = Seen::default();
        for n in 0..40 {
            seen.rules(RuleSetHash(n), &[n as u8]);
            seen.rules(RuleSetHash(0), b"used all the time");
        }
        assert_eq!(seen.rules.lock().len(), MOST_RULE_SETS);
        assert_eq!(
            seen.sources(RuleSetHash(0)).as_deref(),
            Some(&b"used all the time"[..])
        );
        assert_eq!(seen.sources(RuleSetHash(39)).as_deref(), Some(&[39][..]));
        assert_eq!(seen.sources(RuleSetHash(1)), None);
    }

    #[test]
    fn only_what_is_newer_is_put_back() {
        let seen = Seen::default();
        let (site, bytes) = (Key(1), b"document".to_vec());
        assert_eq!(seen.newer(site, 0), None);
        let document = Control { revision: 3, bytes };
        seen.document(site, &document);
        assert_eq!(seen.newer(site, 2), Some(document));
        assert_eq!(seen.newer(site, 3), None);
        assert_eq!(seen.newer(Key(2), 0), None);
    }
}
