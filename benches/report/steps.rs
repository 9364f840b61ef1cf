//! One step of the engine with 10, 100 and 1,000 rules, beside the same conditions as closures.

use super::table::{Row, Table};

pub(crate) fn measure(_table: &mut Table) -> anyhow::Result<()> {
    Ok(())
}

/// The size of a visitor's saved state after so many page views, in bytes.
pub(crate) fn encoded_visitor(pages: usize) -> usize {
    use ahlan::domain::{
        Batch, Event, EventId, EventKind, Key, PageId, PageViewEvent, SiteNow, Timestamp,
        VisitorId, VisitorState,
    };
    let now = Timestamp(1_763_760_000_000);
    let mut state = VisitorState::new(Key::of("shop"), VisitorId([1; 16]), now);
    let view = |page: usize| PageViewEvent {
        url: format!("https://shop.example/products/kettle-{page}").into(),
        title: Some(format!("Kettle number {page} that sings - Shop").into()),
        page_type: None,
        lang: Some("en".into()),
        tz: Some("Asia/Riyadh".into()),
        screen: Some((1_440, 900)),
        attended: true,
    };
    let event = |page: usize| Event {
        id: EventId::of(&format!("v{page}")),
        at: now,
        page: Some(PageId::of(&format!("p{page}"))),
        kind: EventKind::PageView(Box::new(view(page))),
    };
    let batch = Batch {
        arrival: None,
        events: (0..pages).map(event).collect(),
    };
    let rules = ahlan::rules::compile(&ahlan::demo::shop_rules())
        .map(|compiled| compiled.rule_set)
        .unwrap_or_default();
    ahlan::engine::apply(&rules, &SiteNow::default(), &mut state, &batch, now);
    postcard::to_allocvec(&state).map_or(0, |bytes| bytes.len())
}
