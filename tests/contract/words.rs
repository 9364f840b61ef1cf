//! The words in which the stories of the contract are told: visitors, events, and what the service does with them.

use std::sync::{Arc, LazyLock};

use ahlan::domain::{
    Batch, Cause, Event, EventId, EventKind, Key, Millis, PageId, PageViewEvent, Record, SiteNow,
    Timestamp, VisitorId, VisitorState,
};
use ahlan::engine::{self, Input, Taken};
use ahlan::rules::{self, RuleSet, SourceFile};
use ahlan::store::{Change, StoreError, VisitorStore, Whose};

pub(crate) const START: Timestamp = Timestamp(1_763_760_000_000);
pub(crate) const SITE: Key = Key::of("shop");

static RULES: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    let file = SourceFile::new("rules.toml", include_str!("../it/rules.toml"));
    Arc::new(rules::compile(&[file]).unwrap().rule_set)
});

pub(crate) fn rules() -> Arc<RuleSet> {
    Arc::clone(&RULES)
}

pub(crate) fn visitor(nth: usize) -> VisitorId {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&(nth as u64).to_be_bytes());
    VisitorId(id)
}

pub(crate) fn after(span: Millis) -> Timestamp {
    START + span
}

pub(crate) const fn secs(secs: u64) -> Millis {
    Millis::from_secs(secs)
}

fn event(id: &str, at: Timestamp, kind: EventKind) -> Event {
    let page = Some(PageId::of("page"));
    let id = EventId::of(id);
    Event { id, at, page, kind }
}

pub(crate) fn custom(id: &str, at: Timestamp) -> Event {
    let (name, props) = ("one".into(), Vec::new());
    event(id, at, EventKind::Custom { name, props })
}

pub(crate) fn prices(id: &str, at: Timestamp) -> Event {
    let view = PageViewEvent {
        url: "https://shop.example/pricing".into(),
        title: Some("Prices".into()),
        page_type: None,
        lang: Some("en".into()),
        tz: None,
        screen: None,
        attended: true,
    };
    event(id, at, EventKind::PageView(Box::new(view)))
}

/// What the service does with events: the engine's call, and the record of exactly that call.
pub(crate) async fn send(
    store: &impl VisitorStore,
    visitor: VisitorId,
    events: &[Event],
    now: Timestamp,
) -> Result<Vec<Taken>, StoreError> {
    let rules = rules();
    let site_now = site_now();
    let arrival = Some(Box::default());
    let batch = Batch {
        arrival,
        events: events.to_vec(),
    };
    let mut outcome = Vec::new();
    let mut change = |state: &mut VisitorState| {
        let (taken, effects) = engine::apply(&rules, &site_now, state, &batch, now);
        let changed = taken.contains(&Taken::Accepted);
        outcome = taken;
        if !changed {
            return Change::default();
        }
        let record = record(visitor, Cause::Events(batch.clone()), now);
        Change::of(record, &rules, state, &effects)
    };
    store.update(SITE, visitor, now, &mut change).await?;
    Ok(outcome)
}

/// Time has passed.
pub(crate) async fn tick(store: &impl VisitorStore, visitor: VisitorId, now: Timestamp) {
    let (rules, site_now) = (rules(), site_now());
    let mut change = |state: &mut VisitorState| {
        let (_, effects) = engine::step(&rules, &site_now, state, Input::Tick, now);
        let record = record(visitor, Cause::Tick, now);
        Change::of(record, &rules, state, &effects)
    };
    store.update(SITE, visitor, now, &mut change).await.unwrap();
}

fn site_now() -> SiteNow {
    SiteNow {
        agents_online: 1,
        free_slots: 2,
        ..SiteNow::default()
    }
}

fn record(visitor: VisitorId, cause: Cause, now: Timestamp) -> Record {
    Record {
        visitor,
        site: SITE,
        now,
        rules: rules().hash,
        site_now: site_now(),
        cause,
    }
}

pub(crate) async fn state(store: &impl VisitorStore, visitor: VisitorId) -> VisitorState {
    let state = store.get(SITE, visitor).await.unwrap();
    state.expect("the visitor is known")
}

pub(crate) fn live(store: &impl VisitorStore) -> usize {
    let mut count = 0;
    store.for_each_live(Whose::Everybody, &mut |state| {
        count += usize::from(state.session.is_some());
    });
    count
}
