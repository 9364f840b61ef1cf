//! The values that visitors have shown lately, for forms that offer them: from the journal, newest first, with bounded
//! work.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{
    Arrival, Cause, Event, EventKind, Key, Millis, PageViewEvent, PropValue, Timestamp, VisitorId,
};
use crate::engine;
use crate::rules::RuleSet;
use crate::store::{StoreError, VisitorStore};

/// The most records that are looked at.
const MAX_RECORDS: usize = 50_000;
/// The most fields that are counted.
const MAX_NAMES: usize = 500;
/// The most values of one field that are counted.
const MAX_VALUES: usize = 2_000;
/// So many values of a field are told.
const TOLD: usize = 50;
/// The longest text that is a value to offer.
const MAX_CHARS: usize = 80;
/// The journal is read in parts that reach back so far.
const PARTS: [Millis; 4] = [
    Millis::from_hours(1),
    Millis::from_hours(6),
    Millis::from_days(1),
    Millis::from_days(7),
];

/// A value, and how often it was seen.
pub type Count = (Arc<str>, u64);

/// What was seen, by field. Names of traits, events and the like are under the beginning of their family, such as
/// `visitor.trait.`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    fields: BTreeMap<String, Vec<Count>>,
    /// How many records were looked at.
    pub records: usize,
}

impl Seen {
    /// The values of a field, most frequent first; 50 at most.
    pub fn of(&self, field: &str) -> &[Count] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }

    /// The values of every field of a family, by what follows its beginning.
    pub fn family<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [Count])> {
        let fields = self.fields.range(prefix.to_owned()..);
        let own = fields.take_while(move |(name, _)| name.starts_with(prefix));
        own.filter_map(move |(name, values)| {
            let rest = name.strip_prefix(prefix)?;
            (!rest.is_empty()).then_some((rest, values.as_slice()))
        })
    }
}

/// Looks at what a site's journal has had since a moment. Blocks.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn seen(
    store: &dyn VisitorStore,
    site: Key,
    rules: &RuleSet,
    since: Timestamp,
    now: Timestamp,
) -> Result<Seen, StoreError> {
    let mut tally = Tally::default();
    let mut until = Timestamp(now.0 + 1);
    let starts = PARTS.map(|part| Timestamp(now.0.saturating_sub(part.0)).max(since));
    for from in starts.into_iter().chain([since]) {
        if from >= until || tally.records >= MAX_RECORDS {
            continue;
        }
        store.scan(from, until, &mut |_, bytes| {
            // A record that cannot be read is not for this page to tell.
            let Ok(head) = bytes.head() else {
                return ControlFlow::Continue(());
            };
            tally.records += 1;
            if let (true, Ok(record)) = (head.site == site, bytes.decode()) {
                tally.cause(rules, head.visitor, &record.cause);
            }
            if tally.records < MAX_RECORDS {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        until = from;
    }
    Ok(tally.finish())
}

/// How often a value was seen, by whom first, and whether by others too.
struct Known {
    count: u64,
    first: VisitorId,
    shared: bool,
}

#[derive(Default)]
struct Tally {
    fields: HashMap<String, HashMap<Arc<str>, Known>>,
    records: usize,
}

impl Tally {
    fn cause(&mut self, rules: &RuleSet, who: VisitorId, cause: &Cause) {
        let Cause::Events(batch) = cause else {
            return;
        };
        if let Some(arrival) = &batch.arrival {
            self.arrival(who, arrival);
        }
        for event in &batch.events {
            self.event(rules, who, event);
        }
    }

    fn add(&mut self, who: VisitorId, field: &str, value: &str) {
        let fits = !value.is_empty() && value.chars().count() <= MAX_CHARS;
        if !fits || (self.fields.len() >= MAX_NAMES && !self.fields.contains_key(field)) {
            return;
        }
        if !self.fields.contains_key(field) {
            self.fields.insert(field.to_owned(), HashMap::new());
        }
        let Some(values) = self.fields.get_mut(field) else {
            return;
        };
        if let Some(known) = values.get_mut(value) {
            known.count += 1;
            known.shared |= known.first != who;
        } else if values.len() < MAX_VALUES {
            let known = Known {
                count: 1,
                first: who,
                shared: false,
            };
            values.insert(value.into(), known);
        }
    }

    fn maybe(&mut self, who: VisitorId, field: &str, value: Option<&Arc<str>>) {
        if let Some(value) = value {
            self.add(who, field, value);
        }
    }

    fn arrival(&mut self, who: VisitorId, arrival: &Arrival) {
        let source = &arrival.source;
        self.add(who, "session.channel", source.channel.as_str());
        self.add(who, "session.source", &source.source);
        self.add(who, "session.medium", &source.medium);
        self.maybe(who, "session.referrer_host", source.referrer_host.as_ref());
        self.maybe(who, "session.campaign", source.campaign.as_ref());
        self.maybe(who, "session.term", source.term.as_ref());
        self.maybe(who, "session.content", source.content.as_ref());
        for (tag, value) in &source.tags {
            self.add(who, "session.utm.", tag.as_str());
            self.add(who, &format!("session.utm.{}", tag.as_str()), value);
        }
        if let Some(country) = arrival.country {
            self.add(who, "visitor.country", country.as_str());
        }
        self.maybe(who, "visitor.region", arrival.region.as_ref());
        self.maybe(who, "visitor.city", arrival.city.as_ref());
        self.add(who, "visitor.device", arrival.device.as_str());
        self.maybe(who, "visitor.browser", arrival.browser.as_ref());
        self.maybe(who, "visitor.os", arrival.os.as_ref());
    }

    fn event(&mut self, rules: &RuleSet, who: VisitorId, event: &Event) {
        match &event.kind {
            EventKind::PageView(view) => self.page(rules, who, view),
            EventKind::Custom { name, props } => {
                self.add(who, "session.events.", name);
                self.add(who, "event.name", name);
                for (name, value) in props {
                    self.open(who, "event.props.", name, value);
                }
            }
            EventKind::Goal { name, .. } => {
                self.add(who, "session.goals.", name);
                self.add(who, "event.name", name);
            }
            EventKind::Identify { traits, .. } => {
                for (name, value) in traits {
                    self.open(who, "visitor.trait.", name, value);
                }
            }
            EventKind::Tag { add, .. } => {
                for tag in add {
                    self.add(who, "visitor.tags", tag);
                }
            }
            EventKind::Engage { .. }
            | EventKind::Leave { .. }
            | EventKind::Invitation { .. }
            | EventKind::Chat(_)
            | EventKind::ChatReport(_)
            | EventKind::Consent { .. }
            | EventKind::Known { .. }
            | EventKind::ByAgent(_) => {}
        }
    }

    fn page(&mut self, rules: &RuleSet, who: VisitorId, view: &PageViewEvent) {
        let path = engine::path_of(&view.url);
        self.add(who, "page.path", path);
        if let Some(kind) = rules.page_type(view.page_type.as_deref(), path) {
            self.add(who, "page.type", &kind.name);
        }
        self.maybe(who, "page.lang", view.lang.as_ref());
        self.maybe(who, "page.title", view.title.as_ref());
        self.maybe(who, "visitor.time_zone", view.tz.as_ref());
    }

    /// A name that the site chose, with a value of any kind.
    fn open(&mut self, who: VisitorId, family: &str, name: &str, value: &PropValue) {
        self.add(who, family, name);
        let field = format!("{family}{name}");
        match value {
            PropValue::Null => {}
            PropValue::Bool(flag) => self.add(who, &field, &flag.to_string()),
            PropValue::Number(number) => self.add(who, &field, &number.to_string()),
            PropValue::Text(text) => self.add(who, &field, text),
            PropValue::List(items) => {
                for item in items {
                    self.add(who, &field, item);
                }
            }
        }
    }

    fn finish(self) -> Seen {
        let records = self.records;
        let fields = self.fields.into_iter().map(|(field, values)| {
            let personal = is_open(&field);
            // What only one visitor has says who it is, and is of no use in a rule.
            let told = values
                .into_iter()
                .filter(|(_, known)| known.shared || !personal);
            let mut told: Vec<Count> = told.map(|(value, known)| (value, known.count)).collect();
            told.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            told.truncate(TOLD);
            (field, told)
        });
        Seen {
            fields: fields.collect(),
            records,
        }
    }
}

/// Whether a field holds whatever a site likes to tell about a person.
fn is_open(field: &str) -> bool {
    ["visitor.trait.", "event.props."]
        .iter()
        .any(|family| field.len() > family.len() && field.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(number: u8) -> VisitorId {
        VisitorId([number; 16])
    }

    #[test]
    fn values_are_told_by_how_often_they_were_seen() {
        let mut tally = Tally::default();
        for (visitor, country) in [(1, "SA"), (2, "SA"), (3, "AE")] {
            tally.add(who(visitor), "visitor.country", country);
        }
        tally.add(who(1), "visitor.country", &"x".repeat(100));
        let seen = tally.finish();
        let told: Vec<_> = seen
            .of("visitor.country")
            .iter()
            .map(|(value, n)| (&**value, *n))
            .collect();
        assert_eq!(told, [("SA", 2), ("AE", 1)]);
        assert!(seen.of("visitor.city").is_empty());
    }

    #[test]
    fn what_only_one_visitor_has_is_not_told() {
        let mut tally = Tally::default();
        let text = |text: &str| PropValue::Text(text.into());
        for visitor in [1, 1, 2] {
            tally.open(
                who(visitor),
                "visitor.trait.",
                "email",
                &text(&format!("{visitor}@x")),
            );
            tally.open(who(visitor), "visitor.trait.", "plan", &text("pro"));
        }
        let seen = tally.finish();
        assert_eq!(seen.of("visitor.trait.plan"), [("pro".into(), 3)]);
        assert!(seen.of("visitor.trait.email").is_empty());
        let names: Vec<_> = seen
            .of("visitor.trait.")
            .iter()
            .map(|(name, _)| &**name)
            .collect();
        assert_eq!(names, ["email", "plan"]);
        let family: Vec<_> = seen
            .family("visitor.trait.")
            .map(|(name, _)| name)
            .collect();
        assert_eq!(family, ["email", "plan"]);
    }
}
