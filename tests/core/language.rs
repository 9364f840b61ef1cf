//! Every field and every operator of the language through the front door: rules as marketers write them, compiled, and
//! a visitor for whom each condition holds once and once does not.

use ahlan::domain::*;
use ahlan::rules::{Modifier, Operator, RuleSet, SourceFile, catalogue, compile};

use crate::make::*;
use crate::visit::Visit;

/// The site of the story. It opens at nine in Riyadh; the story's second visit is on Tuesday, 25 November 2025.
const SITE_RULES: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"

[[page_type]]
name = "help"
match = "/help*"

[[page_type]]
name = "home"
match = "/"

[[score]]
name = "heat"
stages = { warm = 25, hot = 60 }

[[score]]
name = "probe"

[[score_rule]]
id = "warmer"
score = "heat"
on = "event"
event = "cart"
points = 65

[[score_rule]]
id = "colder"
score = "heat"
on = "event"
event = "refund"
points = -30

[[matrix]]
name = "lead"
rows = { score = "heat", A = 60, B = 30 }
columns = { score = "heat", 1 = 50, 2 = 20 }

[hours]
time_zone = "Asia/Riyadh"
open = { every_day = "09:00-17:00" }
holidays = [2025-11-25]

[[segment]]
name = "arrived"
all = [ { field = "session.page_views", at_least = 1 } ]
"#;

/// The rules of the site, and one that gives a point to a `probe` for which the condition holds.
fn rules(condition: &str) -> RuleSet {
    let probe = format!(
        "{SITE_RULES}[[score_rule]]\nid = \"probe\"\nscore = \"probe\"\non = \"event\"\nevent = \"probe\"\npoints = 1\nall = [ {condition} ]\n"
    );
    let compiled = compile(&[SourceFile::new("rules.toml", probe)]);
    compiled
        .unwrap_or_else(|mistakes| panic!("{condition}: {mistakes:#?}"))
        .rule_set
}

fn arrived() -> Arrival {
    let text = |text: &str| Some(text.into());
    Arrival {
        source: Source {
            channel: Channel::Email,
            source: "newsletter".into(),
            medium: "email".into(),
            referrer_host: text("news.example.com"),
            campaign: text("spring-sale"),
            term: text("brass lamps"),
            content: text("banner-a"),
            tags: vec![(Utm::Id, "eid-7".into())],
        },
        country: CountryCode::new("SA"),
        region: text("Riyadh Region"),
        city: text("Riyadh"),
        network: None,
        device: Device::Mobile,
        browser: text("Firefox"),
        os: text("Android"),
        bot: true,
    }
}

fn view(url: &str) -> EventKind {
    EventKind::PageView(Box::new(PageViewEvent {
        title: Some("Spring Offer".into()),
        lang: Some("ar-sa".into()),
        tz: Some("Asia/Riyadh".into()),
        screen: Some((1440, 900)),
        ..page_view(url)
    }))
}

/// What becomes of a condition at the end of a story that gives every field a value.
fn holds(condition: &str) -> bool {
    let mut visit = Visit::under(rules(condition));
    visit.arrival = arrived();
    visit.open("first", "/");
    visit.wait(mins(40));
    visit.now = START + Millis::from_days(3) + Millis::from_hours(10);
    second_visit(&mut visit);
    let props = vec![
        ("value".into(), PropValue::Number(120.0)),
        ("colour".into(), PropValue::Text("brass".into())),
    ];
    visit.tell(
        "prices",
        EventKind::Custom {
            name: "probe".into(),
            props,
        },
    );
    let probe = visit.rules.score(Key::of("probe")).expect("it is there");
    probe.value(&visit.state.ledger, visit.now) == Points::whole(1)
}

/// From help to the prices, three carts, one goal, a chat; the page has lain unattended for a while.
fn second_visit(visit: &mut Visit) {
    visit.tell("help", view("/help/shipping"));
    visit.wait(mins(4));
    visit.tell("help", leave(secs(20)));
    visit.tell("prices", view("/pricing/pro?plan=pro"));
    visit.tell("prices", custom("add_to_cart"));
    visit.wait(mins(2));
    for name in [
        "cart",
        "refund",
        "add_to_cart",
        "Add_To_Cart",
        "exit_intent",
    ] {
        visit.tell("prices", custom(name));
    }
    visit.tell("prices", goal("signup"));
    let traits = [
        ("plan", "Free"),
        ("trial_ends", "2025-11-27"),
        ("born", "1985-05-17"),
    ];
    visit.tell("prices", identify("u1", &traits));
    let langs = PropValue::List(vec!["ar".into(), "en".into()]);
    visit.state.traits.push(("langs".into(), langs));
    visit
        .state
        .traits
        .push(("seats".into(), PropValue::Number(12.0)));
    let joined = PropValue::Number((START.0 - 86_400_000 * 10) as f64);
    visit.state.traits.push(("joined".into(), joined));
    for state in [ChatState::Chatting, ChatState::Ended] {
        visit.tell("prices", EventKind::Chat(state));
    }
    let tags = ["VIP", "partner"].map(Into::into).to_vec();
    let remove = vec!["nobody".into()];
    visit.tell("", EventKind::Tag { add: tags, remove });
    let history = &mut visit.state.invitations;
    (
        history.made,
        history.shown,
        history.accepted,
        history.dismissed,
    ) = (3, 2, 1, 1);
    if let Some(identity) = visit.state.identity.as_deref_mut() {
        identity.verified = true;
    }
    let engaged = EventKind::Engage {
        active: secs(40),
        scroll: 60,
        attended: true,
    };
    visit.tell("prices", engaged);
    visit.wait(secs(62));
    visit.site = SiteNow {
        agents_online: 2,
        free_slots: 5,
        expected_reply: Some(secs(90)),
        languages: Some(["en".into(), "ar".into()].into()),
        departments: Some([("sales", 3), ("support", 2)].map(department).into()),
        ..SiteNow::default()
    };
}

fn department((name, free_slots): (&str, u16)) -> Department {
    Department {
        name: name.into(),
        free_slots,
        service: Some(Service {
            open: name == "support",
            opens_at: (name == "sales").then_some(START + Millis::from_days(4)),
            phone: false,
            email: true,
        }),
        ..Department::default()
    }
}

/// For each field: what is asked when it holds, and what when it does not.
#[rustfmt::skip]
const FIELDS: &[(&str, &str, &str)] = &[
    ("page.type", "equals = 'pricing'", "equals = 'help'"),
    ("page.path", "equals = '/pricing/pro'", "starts_with = '/help'"),
    ("page.url", "ends_with = '?plan=pro'", "contains = '/help'"),
    ("page.title", "contains = 'OFFER'", "equals = 'offer'"),
    ("page.lang", "starts_with = 'ar'", "equals = 'ar'"),
    ("page.active", "at_least = '40s'", "at_least = '2m'"),
    ("page.scroll", "equals = 60", "more_than = 60"),
    ("page.query.plan", "equals = 'pro'", "equals = 'free'"),
    ("page.exit_intent", "equals = true", "equals = false"),
    ("page.views_of_type", "equals = 1", "at_least = 2"),
    ("session.page_views", "equals = 2", "at_least = 3"),
    ("session.active", "at_least = '60s'", "at_least = '10m'"),
    ("session.duration", "between = ['7m', '8m']", "less_than = '7m'"),
    ("session.idle", "at_least = '30s'", "more_than = '30s'"),
    ("session.exit_intent", "equals = true", "equals = false"),
    ("session.entry_url", "equals = 'https://shop.example/help/shipping'", "contains = 'pricing'"),
    ("session.entry_path", "equals = '/help/shipping'", "equals = '/'"),
    ("session.entry_type", "equals = 'help'", "equals = 'home'"),
    ("session.previous_page_type", "equals = 'help'", "equals = 'pricing'"),
    ("session.page_types", "all_of = ['help', 'pricing']", "contains = 'home'"),
    ("session.views.help", "equals = 1", "equals = 0"),
    ("session.events", "equals = 7", "less_than = 7"),
    ("session.events.add_to_cart", "equals = 3", "more_than = 3"),
    ("session.goals", "equals = 1", "equals = 0"),
    ("session.goals.signup", "equals = 1", "equals = 0"),
    ("session.referrer_host", "ends_with = 'example.com'", "equals = 'example.com'"),
    ("session.source", "equals = 'newsletter'", "equals = 'google'"),
    ("session.medium", "equals = 'email'", "equals = 'cpc'"),
    ("session.campaign", "matches = 'spring-*'", "matches = 'autumn-*'"),
    ("session.term", "contains = 'lamp'", "contains = 'door'"),
    ("session.content", "equals = 'banner-a'", "equals = 'banner-b'"),
    ("session.utm.id", "starts_with = 'eid-'", "equals = 'eid-8'"),
    ("session.utm.campaign", "equals = 'spring-sale'", "equals = 'eid-7'"),
    ("session.channel", "equals = 'email'", "equals = 'direct'"),
    ("visitor.country", "equals = 'sa'", "equals = 'EG'"),
    ("visitor.region", "equals = 'riyadh region'", "equals = 'Riyadh'"),
    ("visitor.city", "equals = 'Riyadh'", "equals = 'Jeddah'"),
    ("visitor.time_zone", "starts_with = 'Asia/'", "starts_with = 'Europe/'"),
    ("visitor.device", "equals = 'mobile'", "equals = 'desktop'"),
    ("visitor.browser", "equals = 'Firefox'", "equals = 'Chrome'"),
    ("visitor.os", "equals = 'Android'", "contains = 'Windows'"),
    ("visitor.screen_width", "equals = 1440", "less_than = 600"),
    ("visitor.screen_height", "equals = 900", "equals = 1440"),
    ("visitor.bot", "equals = true", "equals = false"),
    ("visitor.sessions", "equals = 2", "at_least = 3"),
    ("visitor.returning", "equals = true", "equals = false"),
    ("visitor.days_since_first_visit", "equals = 3", "at_least = 4"),
    ("visitor.days_since_last_visit", "equals = 3", "less_than = 3"),
    ("visitor.page_views", "equals = 3", "more_than = 3"),
    ("visitor.identified", "equals = true", "equals = false"),
    ("visitor.verified", "equals = true", "equals = false"),
    ("visitor.tags", "contains = 'vip'", "contains = 'nobody'"),
    ("visitor.chats", "equals = 1", "equals = 0"),
    ("visitor.invitations_shown", "equals = 2", "equals = 3"),
    ("visitor.invitations_accepted", "equals = 1", "equals = 0"),
    ("visitor.invitations_dismissed", "equals = 1", "equals = 0"),
    ("visitor.trait.plan", "equals = 'free'", "equals = 'pro'"),
    ("score.heat", "equals = 35", "at_least = 36"),
    ("stage.heat", "equals = 'warm'", "equals = 'hot'"),
    ("crossed_up.heat", "all_of = ['warm', 'hot']", "contains = 'hot', in_last = '30s'"),
    ("crossed_down.heat", "contains = 'hot'", "contains = 'warm'"),
    ("matrix.lead", "equals = 'B2'", "equals = 'A1'"),
    ("event.name", "equals = 'probe'", "equals = 'cart'"),
    ("event.value", "equals = 120", "less_than = 120"),
    ("event.props.colour", "equals = 'Brass'", "equals = 'steel'"),
    ("chat.state", "equals = 'ended'", "equals = 'chatting'"),
    ("chat.agents_online", "equals = 2", "equals = 0"),
    ("chat.free_slots", "equals = 5", "equals = 0"),
    ("chat.free_slots_in.Sales", "equals = 3", "equals = 0"),
    ("chat.free_slots_in.billing", "equals = 0", "at_least = 1"),
    ("chat.departments", "all_of = ['Sales', 'support']", "contains = 'billing'"),
    ("chat.expected_reply", "at_most = '2m'", "at_most = '1m'"),
    ("chat.open", "equals = true", "equals = false"),
    ("chat.open_in.Support", "equals = true", "equals = false"),
    ("chat.open_in.sales", "equals = false", "equals = true"),
    ("chat.opens_in", "exists = false", "at_most = '9d'"),
    ("chat.speaks", "equals = true", "equals = false"),
    ("time.weekday", "equals = 'tue'", "equals = 'mon'"),
    ("time.hour", "equals = 10", "between = [11, 23]"),
    ("time.date", "on = 2025-11-25", "before = '2025-11-25'"),
    ("time.open", "equals = false", "equals = true"),
    ("time.holiday", "equals = true", "equals = false"),
];

/// For each operator: what holds and what does not, on each type that has its own way of comparing.
#[rustfmt::skip]
const OPERATORS: &[(&str, &str, &str)] = &[
    ("equals", "field = 'session.source', equals = 'Newsletter'", "field = 'session.source', equals = 'news'"),
    ("equals", "field = 'visitor.trait.langs', equals = 'AR'", "field = 'visitor.trait.langs', equals = 'fr'"),
    ("one_of", "field = 'session.page_views', one_of = [1, 2]", "field = 'session.page_views', one_of = [1, 3]"),
    ("one_of", "field = 'visitor.tags', one_of = ['x', 'vip']", "field = 'visitor.tags', one_of = ['x', 'vi']"),
    ("contains", "field = 'page.title', contains = 'ring'", "field = 'page.title', contains = 'ring-'"),
    ("starts_with", "field = 'page.title', starts_with = 'spring'", "field = 'page.title', starts_with = 'offer'"),
    ("ends_with", "field = 'page.title', ends_with = 'offer'", "field = 'page.title', ends_with = 'spring'"),
    ("matches", "field = 'page.path', matches = '/*/pro'", "field = 'page.path', matches = '/pro'"),
    ("matches_regex", "field = 'page.path', matches_regex = '^/PRICING/\\w+$'", "field = 'page.path', matches_regex = '^/pricing$'"),
    ("at_least", "field = 'page.scroll', at_least = 60", "field = 'page.scroll', at_least = 60.5"),
    ("at_most", "field = 'page.scroll', at_most = 60", "field = 'page.scroll', at_most = 59"),
    ("between", "field = 'page.scroll', between = [60, 70]", "field = 'page.scroll', between = [61, 70]"),
    ("between", "field = 'time.date', between = ['2025-11-24', '2025-11-25']", "field = 'time.date', between = ['2025-11-26', '2025-11-27']"),
    ("between", "field = 'visitor.trait.born', between = [1985-05-17, 1985-05-18]", "field = 'visitor.trait.born', between = [1985-05-18, 1985-05-19]"),
    ("more_than", "field = 'page.scroll', more_than = 59", "field = 'page.scroll', more_than = 60"),
    ("less_than", "field = 'page.scroll', less_than = 61", "field = 'page.scroll', less_than = 60"),
    ("any_of", "field = 'visitor.tags', any_of = ['nobody', 'Partner']", "field = 'visitor.tags', any_of = ['nobody']"),
    ("any_of", "field = 'visitor.trait.langs', any_of = ['en', 'fr']", "field = 'visitor.trait.langs', any_of = ['fr']"),
    ("all_of", "field = 'visitor.tags', all_of = ['vip', 'partner']", "field = 'visitor.tags', all_of = ['vip', 'nobody']"),
    ("none_of", "field = 'visitor.tags', none_of = ['nobody']", "field = 'visitor.tags', none_of = ['nobody', 'vip']"),
    ("none_of", "field = 'visitor.device', none_of = ['desktop', 'tv']", "field = 'visitor.trait.unknown', none_of = ['x']"),
    ("before", "field = 'visitor.trait.born', before = '1985-05-18'", "field = 'visitor.trait.born', before = '1985-05-17'"),
    ("before", "field = 'time.date', before = '2025-11-25T10:30'", "field = 'time.date', before = '2025-11-25T10:00'"),
    ("after", "field = 'visitor.trait.trial_ends', after = '2025-11-26'", "field = 'visitor.trait.trial_ends', after = '2025-11-27'"),
    ("after", "field = 'time.date', after = '2025-11-25T07:00:00Z'", "field = 'time.date', after = '2025-11-25'"),
    ("on", "field = 'visitor.trait.trial_ends', on = 2025-11-27", "field = 'visitor.trait.plan', on = 2025-11-27"),
    ("within", "field = 'visitor.trait.joined', within = '14d'", "field = 'visitor.trait.joined', within = '7d'"),
    ("within", "field = 'visitor.trait.joined', within = '2w'", "field = 'visitor.trait.trial_ends', within = '2w'"),
    ("within_next", "field = 'visitor.trait.trial_ends', within_next = '2d'", "field = 'visitor.trait.trial_ends', within_next = '1d'"),
    ("within_next", "field = 'visitor.trait.trial_ends', within_next = '3d'", "field = 'visitor.trait.joined', within_next = '3d'"),
    ("exists", "field = 'visitor.trait.plan', exists = true", "field = 'visitor.trait.nothing', exists = true"),
    ("in_last", "field = 'session.events.add_to_cart', equals = 2, in_last = '2m'", "field = 'session.events.add_to_cart', equals = 3, in_last = '2m'"),
    ("in_last", "field = 'session.page_views', equals = 1, in_last = '5m'", "field = 'session.page_views', equals = 2, in_last = '5m'"),
    ("in_last", "field = 'session.views.help', equals = 0, in_last = '5m'", "field = 'session.views.help', equals = 1, in_last = '5m'"),
    ("in_last", "field = 'session.events', equals = 6, in_last = '2m'", "field = 'session.goals', equals = 1, in_last = '1m'"),
    ("in_last", "field = 'crossed_up.heat', contains = 'hot', in_last = '2m'", "field = 'crossed_down.heat', contains = 'hot', in_last = '1m'"),
    ("case_sensitive", "field = 'visitor.tags', equals = 'VIP', case_sensitive = true", "field = 'visitor.tags', equals = 'vip', case_sensitive = true"),
    ("case_sensitive", "field = 'page.title', contains = 'Offer', case_sensitive = true", "field = 'page.title', contains = 'offer', case_sensitive = true"),
    ("case_sensitive", "field = 'page.path', matches_regex = 'pro$', case_sensitive = true", "field = 'page.path', matches_regex = 'PRO$', case_sensitive = true"),
    ("segment", "segment = 'arrived'", "not = { segment = 'arrived' }"),
];

#[test]
fn every_field_of_the_catalogue_holds_and_does_not_hold() {
    for (field, yes, no) in FIELDS {
        assert!(
            holds(&format!("{{ field = '{field}', {yes} }}")),
            "{field}: {yes}"
        );
        assert!(
            !holds(&format!("{{ field = '{field}', {no} }}")),
            "{field}: {no}"
        );
    }
    let tested = |spec: &catalogue::FieldSpec| {
        FIELDS.iter().any(|(field, ..)| {
            catalogue::find(field).is_some_and(|(found, _)| found.name == spec.name)
        })
    };
    let untested: Vec<_> = catalogue::FIELDS
        .iter()
        .filter(|spec| !tested(spec))
        .map(|spec| spec.name)
        .collect();
    assert!(untested.is_empty(), "no case for {untested:?}");
}

#[test]
fn every_operator_and_modifier_holds_and_does_not_hold() {
    for (_, yes, no) in OPERATORS {
        assert!(holds(&format!("{{ {yes} }}")), "{yes}");
        assert!(!holds(&format!("{{ {no} }}")), "{no}");
    }
    let words = Operator::ALL.map(Operator::as_str);
    let modifiers = Modifier::ALL.map(Modifier::as_str);
    for word in words.into_iter().chain(modifiers) {
        let case = OPERATORS.iter().find(|(tested, ..)| *tested == word);
        assert!(case.is_some(), "no case for {word}");
    }
}
