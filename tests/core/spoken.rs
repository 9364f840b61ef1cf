//! Invitations as a marketer writes them, through the compiler: what they say, and how a reply comes.

use ahlan::domain::*;

use crate::make::*;
use crate::visit::Visit;
use crate::written::{HELLO, compiled, visit};

#[test]
fn messages_name_what_is_known_and_fall_back_where_it_is_not() {
    let rules = compiled(
        r#"
[[trigger]]
id = "hello"
invitation.message.en = "Hi {visitor.trait.first_name|there}, page {session.page_views} of {{many}} in {visitor.city|your city}"
"#,
    );
    let said = |name: Option<&str>| {
        let mut visit = Visit::new(self::rules());
        visit.rules = rules.clone();
        let traits: Vec<_> = name.map(|name| ("first_name", name)).into_iter().collect();
        let who = visit.event("", identify("me", &traits));
        let page = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
        visit.request(vec![who, page]);
        visit.offer().expect("an offer").message.to_string()
    };
    let rest = "page 1 of {many} in your city";
    assert_eq!(said(Some("Sara")), format!("Hi Sara, {rest}"));
    assert_eq!(said(None), format!("Hi there, {rest}"));
    assert_eq!(said(Some(" \u{202e}\n")), format!("Hi there, {rest}"));
    assert_eq!(
        said(Some("{score.buy}")),
        format!("Hi {{score.buy}}, {rest}")
    );
    let long = said(Some(&"x".repeat(500)));
    assert!(
        long.starts_with(&format!("Hi {}…, page", "x".repeat(63))),
        "{long}"
    );
}

#[test]
fn those_of_high_value_are_offered_a_call() {
    let mut visit = visit("");
    visit.rules = compiled(
        r#"
[[trigger]]
id = "hello"
page_type = "pricing"
[trigger.invitation]
phone_if = { field = "score.buy", at_least = 80 }
message = { en = "Hello" }
"#,
    );
    let mut rich = Visit::new(rules());
    rich.rules = visit.rules.clone();
    rich.open("a", "/");
    rich.tell("a", custom("cart"));
    rich.tell("a", custom("cart"));
    rich.open("b", "/pricing");
    assert_eq!(
        rich.offer().map(|offer| offer.channel),
        Some(ReplyChannel::Phone)
    );
    visit.open("b", "/pricing");
    assert_eq!(
        visit.offer().map(|offer| offer.channel),
        Some(ReplyChannel::Chat)
    );
}

#[test]
fn while_nobody_can_answer_a_form_may_be_offered() {
    let rules = compiled(
        r#"
[[trigger]]
id = "silent"
priority = 9
page_type = "pricing"
[trigger.invitation]
message = { en = "Hello" }
[[trigger]]
id = "form"
page_type = "pricing"
[trigger.invitation]
channel = "phone"
when_closed = "email"
message = { en = "Shall we call?" }
message_closed = { en = "We are out. Leave us a line?" }
"#,
    );
    for (slots, id, channel, message) in [
        (
            0,
            "form",
            ReplyChannel::Email,
            "We are out. Leave us a line?",
        ),
        (1, "silent", ReplyChannel::Chat, "Hello"),
    ] {
        let mut visit = Visit::new(self::rules());
        visit.rules = rules.clone();
        visit.site.free_slots = slots;
        visit.open("a", "/pricing");
        let offer = visit.offer().expect("an offer");
        assert_eq!(
            (&*offer.trigger_name, offer.channel, &*offer.message),
            (id, channel, message)
        );
    }
}

#[test]
fn a_department_must_be_there_whatever_the_site_says() {
    let sales = |slots| {
        let department = Department {
            name: "Sales".into(),
            free_slots: slots,
            expected_reply: open_site().expected_reply,
            ..Department::default()
        };
        SiteNow {
            departments: Some([department].into()),
            ..open_site()
        }
    };
    for (site, when_closed, expected) in [
        (sales(2), "", Some(ReplyChannel::Chat)),
        (open_site(), "", None),
        (
            open_site(),
            "when_closed = \"email\"",
            Some(ReplyChannel::Email),
        ),
    ] {
        let mut visit = Visit::new(rules());
        visit.rules = compiled(&format!(
            "[policy]\nrequire_available_agent = false\n[[trigger]]\nid = \"hello\"\ndepartment = \"sales\"\n{HELLO}{when_closed}"
        ));
        visit.site = site;
        visit.open("a", "/pricing");
        assert_eq!(
            visit.offer().map(|offer| offer.channel),
            expected,
            "{when_closed}"
        );
    }
}
