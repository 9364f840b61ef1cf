//! The default rules do what the product promises: sell where people compare prices, help where they need help, and
//! leave them alone where they pay.

use std::borrow::Cow;

use super::super::{Compiled, compile};
use crate::domain::{Key, Millis, Share, Timestamp, Tone};
use crate::rules::{Facts, Field, RuleSet, SourceFile, Truth, Value};

/// The files of `rules/shop`, in their order.
pub(super) fn shop() -> Vec<SourceFile> {
    [
        (
            "hours.toml",
            include_str!("../../../../rules/shop/hours.toml"),
        ),
        (
            "pages.toml",
            include_str!("../../../../rules/shop/pages.toml"),
        ),
        (
            "policy.toml",
            include_str!("../../../../rules/shop/policy.toml"),
        ),
        (
            "scores.toml",
            include_str!("../../../../rules/shop/scores.toml"),
        ),
        (
            "segments.toml",
            include_str!("../../../../rules/shop/segments.toml"),
        ),
        (
            "tests.toml",
            include_str!("../../../../rules/shop/tests.toml"),
        ),
        (
            "triggers.toml",
            include_str!("../../../../rules/shop/triggers.toml"),
        ),
    ]
    .map(|(name, text)| SourceFile::new(name, text))
    .to_vec()
}

fn rules() -> RuleSet {
    let Compiled {
        rule_set, notes, ..
    } = compile(&shop()).expect("the default rules compile");
    assert!(notes.is_empty(), "the default rules are clean: {notes:#?}");
    rule_set
}

/// A visitor on the first page, which has been active for so many seconds and is still attended.
struct FirstPage {
    seconds: f64,
}

impl Facts for FirstPage {
    fn value(&self, field: &Field) -> Option<Value<'_>> {
        if matches!(field, Field::PageActive | Field::SessionActive) {
            return Some(Value::Number(self.seconds));
        }
        if matches!(field, Field::SessionPageViews | Field::SessionViews(_)) {
            return Some(Value::Number(1.0));
        }
        matches!(field, Field::Stage(_)).then(|| Value::Text(Cow::Borrowed("")))
    }

    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn reaches(&self, field: &Field, seconds: f64) -> Option<Timestamp> {
        let grows = field.grows_with_time() && seconds > self.seconds;
        grows.then(|| Timestamp(0) + Millis((seconds * 1_000.0) as u64))
    }
}

/// The triggers that are ready on a page of this type, best first.
fn ready(rules: &RuleSet, page_type: &str, seconds: f64) -> Vec<String> {
    let page = FirstPage { seconds };
    let triggers = rules.triggers_for(Some(Key::of(page_type)));
    let ready = triggers.filter(|trigger| trigger.condition.eval(&page) == Truth::Yes);
    ready.map(|trigger| trigger.id.to_string()).collect()
}

#[test]
fn half_a_minute_with_the_prices_earns_an_invitation_and_not_a_second_less() {
    let rules = rules();
    assert!(ready(&rules, "pricing", 29.9).is_empty());
    assert_eq!(ready(&rules, "pricing", 30.0), ["pricing-questions"]);
    let trigger = rules
        .trigger(Key::of("pricing-questions"))
        .expect("it is there");
    assert_eq!(trigger.holdout, Share(0), "everybody is greeted");
    let due = trigger.condition.next_change(&FirstPage { seconds: 0.0 });
    assert_eq!(
        due,
        Some(Timestamp(30_000)),
        "by a timer, without another event"
    );
}

#[test]
fn each_kind_of_page_has_its_moment_and_its_tone() {
    let rules = rules();
    for (page_type, early, late, trigger, tone) in [
        ("pricing", 20.0, 30.0, "pricing-questions", Tone::Sales),
        ("sales", 20.0, 30.0, "sales-questions", Tone::Sales),
        ("product", 44.0, 45.0, "product-questions", Tone::Welcome),
        ("help", 39.0, 40.0, "help-stuck", Tone::Help),
        ("docs", 89.0, 90.0, "docs-stuck", Tone::Help),
        ("contact", 19.0, 20.0, "contact-now", Tone::Help),
    ] {
        assert!(ready(&rules, page_type, early).is_empty(), "{page_type}");
        assert_eq!(ready(&rules, page_type, late), [trigger]);
        let found = rules.trigger(Key::of(trigger)).expect("it is there");
        assert_eq!(found.invitation.tone, tone, "{trigger}");
    }
    assert!(
        ready(&rules, "home", 600.0).is_empty(),
        "one page view is not looking around"
    );
    assert!(ready(&rules, "checkout", 600.0).is_empty());
    assert!(ready(&rules, "blog", 600.0).is_empty());
    assert_eq!(rules.policy.never_on, [Key::of("checkout")]);
}

#[test]
fn addresses_have_the_page_type_that_people_would_give_them() {
    let rules = rules();
    for (path, page_type) in [
        ("/", Some("home")),
        ("/demo/", Some("home")),
        ("/demo/ar/", Some("home")),
        ("/ar/", Some("home")),
        ("/pricing", Some("pricing")),
        ("/ar/Pricing", Some("pricing")),
        ("/demo/pricing", Some("pricing")),
        ("/demo/ar/pricing", Some("pricing")),
        ("/pricing/teams", Some("pricing")),
        ("/demo/products", Some("product")),
        ("/demo/products/saqi-kettle", Some("product")),
        ("/demo/ar/products/saqi-kettle", Some("product")),
        ("/demo/sales", Some("sales")),
        ("/demo/help", Some("help")),
        ("/demo/help/late-delivery", Some("help")),
        ("/demo/contact", Some("contact")),
        ("/demo/checkout", Some("checkout")),
        ("/checkout/payment", Some("checkout")),
        ("/demo/blog", Some("blog")),
        ("/demo/blog/terraces-of-jazan", Some("blog")),
        ("/blog/pricing", Some("blog")),
        ("/docs/pricing", Some("docs")),
        ("/demo/docs", Some("docs")),
        ("/about", None),
        ("/pricing-history", None),
        ("/helpers", None),
    ] {
        let found = rules.page_type(None, path).map(|found| &*found.name);
        assert_eq!(found, page_type, "{path}");
    }
}

#[test]
fn messages_are_short_and_speak_both_languages() {
    for trigger in &rules().triggers {
        let messages = &trigger.invitation.messages;
        let languages: Vec<_> = messages.iter().map(|(language, _)| &**language).collect();
        assert_eq!(languages, ["en", "ar"], "{}", trigger.id);
        for (_, message) in messages {
            assert!(message.source.chars().count() <= 140, "{message:?}");
        }
    }
}
