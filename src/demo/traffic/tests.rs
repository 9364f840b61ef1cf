//! The simulated people, before they meet a service.

mod life;
mod month;

use std::collections::HashSet;

use serde_json::Value;

use crate::demo::pages;
use crate::domain::{Millis, Timestamp};
use crate::enrich::{Agents, BotVerdict, Interner};
use crate::http::envelope;

use super::browser::{Browser, Shop};
use super::crawlers::CRAWLERS;
use super::devices::MACHINES;
use super::dice::Dice;
use super::places::COUNTRIES;
use super::plan::Plan;
use super::script::Step;

const NOW: Timestamp = Timestamp(1_763_760_000_000);

fn plans(seed: u64) -> impl Iterator<Item = Plan> {
    (0..300).map(move |number| Plan::draw(seed, number))
}

fn shop() -> Shop {
    Shop {
        origin: "http://127.0.0.1:8080".to_owned(),
        titles: pages::titles().unwrap(),
    }
}

/// Everything a person's browser would send if nobody greeted.
fn events(plan: &Plan, shop: &Shop) -> Vec<(String, Vec<Value>)> {
    let visit = |(nth, visit)| {
        let mut browser = Browser::new(&plan.person, visit, shop, Dice::new(1, nth));
        let mut now = NOW;
        for step in &visit.steps {
            match step {
                Step::Open { tab, path } => browser.open(*tab, path, now),
                Step::Look { tab } => browser.look(*tab, now),
                Step::Close { tab } => browser.close(*tab, now),
                Step::Do(act) => browser.act(act, now),
                Step::Read { seconds, scroll } => {
                    browser.pass(Millis::from_secs(*seconds), *scroll);
                }
                Step::Away { .. } => browser.attend(false, now),
            }
            now = now + Millis::from_secs(step.seconds());
        }
        browser.answer("AAAAAAAAAAA", "shown", now);
        browser.chat("queued", now);
        browser.quit(now);
        let mut batches = Vec::new();
        loop {
            let batch = browser.take_batch();
            if batch.is_empty() {
                return batches;
            }
            batches.push((browser.body(&batch, now), batch));
        }
    };
    (0..).zip(&plan.visits).flat_map(visit).collect()
}

#[test]
fn the_same_seed_brings_the_same_people() {
    assert!(plans(1).eq(plans(1)));
    assert!(!plans(1).eq(plans(2)));
    let keys: HashSet<_> = plans(1).map(|plan| plan.person.key).collect();
    assert_eq!(keys.len(), 300, "everybody has a key of their own");
}

#[test]
fn everything_they_send_is_accepted_by_the_reader() {
    let (shop, interner) = (shop(), Interner::new(1 << 20));
    for plan in plans(3) {
        for (body, batch) in events(&plan, &shop) {
            let envelope = envelope::parse(body.as_bytes()).unwrap();
            envelope::visitor_key(&envelope.key).unwrap();
            let wishes = crate::http::Wishes {
                keep_query: &["plan".to_owned()],
                identity: crate::http::Proofs {
                    site: "shop",
                    secrets: &[],
                    keys: &[],
                    audience_required: false,
                },
            };
            let read = envelope.read(wishes, &interner, NOW + Millis::from_hours(1));
            assert!(read.refused.is_empty(), "{:?} in {body}", read.refused);
            assert_eq!(read.events.len(), batch.len());
        }
    }
}

#[test]
fn every_page_they_open_exists_and_has_its_title() {
    let shop = shop();
    for plan in plans(5) {
        let batches = events(&plan, &shop);
        let views = batches.iter().flat_map(|(_, batch)| batch);
        for view in views.filter(|event| event["type"] == "page_view") {
            let url = url::Url::parse(view["url"].as_str().unwrap()).unwrap();
            assert_eq!(
                shop.titles.get(url.path()).map(String::as_str),
                view["title"].as_str()
            );
            assert!(view["title"].is_string(), "{url} is no page of the shop");
            assert!(!url.query().unwrap_or_default().contains('?'), "{url}");
        }
    }
}

#[test]
fn people_are_taken_for_people_and_crawlers_for_crawlers() {
    let agents = Agents::new(100);
    let devices: HashSet<_> = MACHINES
        .iter()
        .map(|machine| {
            let agent = agents.identify(machine.user_agent);
            assert_eq!(agent.verdict, BotVerdict::Human, "{}", machine.user_agent);
            agent.device.as_str()
        })
        .collect();
    assert_eq!(
        devices,
        HashSet::from(["mobile", "desktop", "tablet", "tv"])
    );
    for (_, user_agent) in CRAWLERS {
        assert_eq!(
            agents.identify(user_agent).verdict,
            BotVerdict::Crawler,
            "{user_agent}"
        );
    }
}

#[test]
fn the_street_is_mixed() {
    let people: Vec<Plan> = plans(1).collect();
    let countries: HashSet<_> = people.iter().map(|plan| plan.person.country.code).collect();
    assert!(countries.len() * 4 > COUNTRIES.len() * 3, "{countries:?}");
    let arabic = people.iter().filter(|plan| plan.person.arabic).count();
    assert!((90..210).contains(&arabic), "{arabic} of 300 read Arabic");
    assert!(people.iter().any(|plan| plan.visits.len() > 1));
    let gap = super::mean_gap_s(1);
    assert!((3.0..12.0).contains(&gap), "one arrival every {gap} s");
}
