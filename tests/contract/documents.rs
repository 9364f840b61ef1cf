//! What a store promises about a site's document and about the sources of rules.

use std::sync::Arc;

use ahlan::domain::{Key, RuleSetHash};
use ahlan::store::{Conflict, Control, VisitorStore};
use futures_util::future::join_all;

use super::words::SITE;
use super::{Bench, open};

/// A document that some part of the service keeps.
pub(crate) const ANOTHER: Key = Key::of("part:shop");

/// Adds one to the number that the document says, again and again until it is the first to do so.
async fn add_one(store: &impl VisitorStore) -> u64 {
    loop {
        let found = store.control(SITE).unwrap();
        let (revision, number) = found.map_or((0, 0), |Control { revision, bytes }| {
            let text = String::from_utf8(bytes).unwrap();
            (revision, text.parse::<u64>().unwrap())
        });
        let next = (number + 1).to_string();
        let set = store.set_control(SITE, revision, next.as_bytes());
        if let Ok(new) = set.await.unwrap() {
            assert_eq!(new, revision + 1);
            return new;
        }
        let seen = store.control(SITE).unwrap().unwrap().revision;
        assert!(seen > revision, "who was faster can be seen at once");
    }
}

pub(crate) async fn a_document_is_changed_by_one_at_a_time(bench: &impl Bench) {
    let store = open(bench).await;
    assert_eq!(store.control(SITE), Ok(None));
    let conflict = store.set_control(SITE, 3, b"from nowhere").await;
    assert_eq!(conflict, Ok(Err(Conflict)));
    assert_eq!(store.control(SITE), Ok(None));
    let writers = (0..8).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..10 {
                add_one(&*store).await;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let eighty = Control {
        revision: 80,
        bytes: b"80".to_vec(),
    };
    assert_eq!(store.control(SITE), Ok(Some(eighty.clone())));
    assert_eq!(store.control(Key::of("another site")), Ok(None));
    bench.crash(store);
    let store = open(bench).await;
    assert_eq!(store.control(SITE), Ok(Some(eighty)), "after a crash");
    assert_eq!(add_one(&*store).await, 81);
}

pub(crate) async fn documents_are_kept_apart(bench: &impl Bench) {
    let store = open(bench).await;
    assert_eq!(store.set_control(SITE, 0, b"the site's").await, Ok(Ok(1)));
    assert_eq!(store.set_control(ANOTHER, 0, b"a part's").await, Ok(Ok(1)));
    assert_eq!(store.set_control(ANOTHER, 1, b"changed").await, Ok(Ok(2)));
    let text = |document| store.control(document).unwrap().unwrap().bytes;
    assert_eq!(
        (text(SITE), text(ANOTHER)),
        (b"the site's".to_vec(), b"changed".to_vec())
    );
}

pub(crate) async fn sources_of_rules_are_read_as_they_were_kept(bench: &impl Bench) {
    let store = open(bench).await;
    let (one, other) = (RuleSetHash(1), RuleSetHash(2));
    store.keep_rules(one, b"one = 1").await.unwrap();
    assert_eq!(store.rule_sources(one), Ok(Some(b"one = 1".to_vec())));
    assert_eq!(store.rule_sources(other), Ok(None));
    bench.crash(store);
    let store = open(bench).await;
    assert_eq!(store.rule_sources(one), Ok(Some(b"one = 1".to_vec())));
}
