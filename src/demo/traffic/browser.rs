//! A simulated browser with the tracker in it: turns what a person does into events as `tracker-js` writes them.
//! It sends nothing and knows no clock.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::demo::SITE;
use crate::domain::{Millis, Timestamp};

use super::dice::Dice;
use super::plan::{Person, Visit};
use super::script::Act;

/// The tracker's queue holds so many events; then the oldest go.
const MAX_QUEUE: usize = 100;
/// So many go into one request.
const MAX_BATCH: usize = 40;
/// A page moves down so many percent of its length in a second while it is read.
const SCROLL_PER_S: u64 = 2;

/// The shop as browsers see it.
#[derive(Debug)]
pub(super) struct Shop {
    /// Scheme, host and port.
    pub(super) origin: String,
    /// Titles by path.
    pub(super) titles: HashMap<String, String>,
}

/// An open page.
#[derive(Debug, Default)]
struct Page {
    id: String,
    url: String,
    active_ms: u64,
    scroll: u64,
}

/// A person's browser during one visit.
pub(super) struct Browser<'a> {
    person: &'a Person,
    visit: &'a Visit,
    shop: &'a Shop,
    dice: Dice,
    tabs: Vec<Option<Page>>,
    front: usize,
    /// Whether the page in front is attended.
    attended: bool,
    serial: u64,
    cart: u64,
    plan: u64,
    queue: Vec<Value>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(person: &'a Person, visit: &'a Visit, shop: &'a Shop, dice: Dice) -> Self {
        Self {
            person,
            visit,
            shop,
            dice,
            tabs: Vec::new(),
            front: 0,
            attended: false,
            serial: 1_000,
            cart: 0,
            plan: 0,
            queue: Vec::new(),
        }
    }

    /// Whether somebody looks at a page.
    pub(super) const fn is_attended(&self) -> bool {
        self.attended
    }

    /// Opens a page in a tab, in place of what was there.
    pub(super) fn open(&mut self, tab: usize, path: &str, now: Timestamp) {
        let first = self.tabs.iter().all(Option::is_none);
        if tab != self.front {
            self.attend(false, now);
        }
        if self.tabs.len() <= tab {
            self.tabs.resize_with(tab + 1, || None);
        }
        let opener = self.tabs[self.front].as_ref().map(|page| page.url.clone());
        self.close(tab, now);
        (self.front, self.attended) = (tab, true);
        self.choose_plan(path);
        let base = if self.person.arabic {
            "/demo/ar"
        } else {
            "/demo"
        };
        let path = format!("{base}{path}");
        let title = path
            .split('?')
            .next()
            .and_then(|path| self.shop.titles.get(path));
        let landing = if first { self.visit.source.query } else { "" };
        let page = Page {
            id: self.id(now),
            url: format!("{}{path}{landing}", self.shop.origin),
            ..Page::default()
        };
        let referrer = opener.unwrap_or_else(|| self.visit.source.referrer.to_owned());
        let view = json!({
            "page": page.id, "url": page.url, "title": title, "referrer": referrer,
            "screen": self.person.machine.screen, "tz": self.person.country.tz, "visible": true,
            "lang": if self.person.arabic { "ar" } else { "en" },
        });
        self.tabs[tab] = Some(page);
        self.push("page_view", view, now);
    }

    /// Brings a tab to the front.
    pub(super) fn look(&mut self, tab: usize, now: Timestamp) {
        if tab != self.front {
            self.attend(false, now);
            self.front = tab;
        }
        self.attend(true, now);
    }

    /// Somebody begins or ceases to look at the page in front; the tracker says so at once.
    pub(super) fn attend(&mut self, attended: bool, now: Timestamp) {
        if attended != self.attended {
            self.attended = attended;
            self.beat(now);
        }
    }

    /// Time passes; the page in front is read on, down to a depth.
    pub(super) fn pass(&mut self, time: Millis, deepest: u64) {
        let attended = self.attended;
        if let Some(page) = self.page().filter(|_| attended) {
            page.active_ms += time.0;
            let read = page.scroll + (time.0 * SCROLL_PER_S).div_ceil(1_000);
            page.scroll = read.max(15).min(deepest.max(page.scroll)).min(100);
        }
    }

    /// The heartbeat of the page in front.
    pub(super) fn beat(&mut self, now: Timestamp) {
        let visible = self.attended;
        self.report("engage", self.front, Some(visible), now);
    }

    /// Closes a tab, if it is open.
    pub(super) fn close(&mut self, tab: usize, now: Timestamp) {
        self.report("leave", tab, None, now);
        if let Some(tab) = self.tabs.get_mut(tab) {
            *tab = None;
        }
        self.attended &= tab != self.front;
    }

    /// Closes the browser.
    pub(super) fn quit(&mut self, now: Timestamp) {
        (0..self.tabs.len()).for_each(|tab| self.close(tab, now));
    }

    /// Does something on the page in front.
    pub(super) fn act(&mut self, act: &Act, now: Timestamp) {
        let track = |name: &str, props: Value| json!({ "name": name, "props": props });
        let (kind, fields) = match act {
            Act::AddToCart { product, value } => {
                self.cart += value;
                let props = json!({ "product": product, "value": value });
                ("custom", track("add_to_cart", props))
            }
            Act::RemoveFromCart { product, value } => {
                self.cart = self.cart.saturating_sub(*value);
                let props = json!({ "product": product, "value": value });
                ("custom", track("remove_from_cart", props))
            }
            Act::PaymentFailed => (
                "custom",
                track("payment_failed", json!({ "method": "card" })),
            ),
            Act::Feedback { helpful } => (
                "custom",
                track("help_feedback", json!({ "helpful": helpful })),
            ),
            Act::Purchase => ("goal", json!({ "name": "purchase", "value": self.due() })),
            Act::Write => ("goal", json!({ "name": "contact" })),
            Act::SignIn => ("identify", self.identity()),
            Act::Refuse => ("consent", json!({ "state": "denied" })),
        };
        self.push(kind, fields, now);
    }

    /// Says what became of an invitation.
    pub(super) fn answer(&mut self, invitation: &str, outcome: &str, now: Timestamp) {
        self.push(
            "invitation",
            json!({ "invitation": invitation, "outcome": outcome }),
            now,
        );
    }

    /// Says where the chat stands.
    pub(super) fn chat(&mut self, state: &str, now: Timestamp) {
        self.push("chat", json!({ "state": state }), now);
    }

    /// What waits to be sent, at most one request's worth, oldest first.
    pub(super) fn take_batch(&mut self) -> Vec<Value> {
        let count = self.queue.len().min(MAX_BATCH);
        self.queue.drain(..count).collect()
    }

    /// Puts a batch back that could not be sent.
    pub(super) fn give_back(&mut self, mut batch: Vec<Value>) {
        batch.append(&mut self.queue);
        let too_many = batch.len().saturating_sub(MAX_QUEUE);
        self.queue = batch.split_off(too_many);
    }

    /// The body of a request with these events, sent at `now` by the true clock.
    pub(super) fn body(&self, events: &[Value], now: Timestamp) -> String {
        let sent = self.own_clock(now);
        json!({ "site": SITE, "key": self.person.key, "sent": sent, "events": events }).to_string()
    }

    fn own_clock(&self, now: Timestamp) -> u64 {
        now.0
            .saturating_add_signed(self.person.habits.clock_ahead_ms)
    }

    fn page(&mut self) -> Option<&mut Page> {
        self.tabs.get_mut(self.front)?.as_mut()
    }

    fn report(&mut self, kind: &str, tab: usize, visible: Option<bool>, now: Timestamp) {
        let Some(Some(page)) = self.tabs.get(tab) else {
            return;
        };
        let mut fields =
            json!({ "page": page.id, "active_ms": page.active_ms, "scroll": page.scroll });
        if let Some(visible) = visible {
            fields["visible"] = visible.into();
        }
        self.push(kind, fields, now);
    }

    fn push(&mut self, kind: &str, mut event: Value, now: Timestamp) {
        event["id"] = self.id(now).into();
        event["type"] = kind.into();
        event["at"] = self.own_clock(now).into();
        if matches!(kind, "custom" | "invitation")
            && let Some(page) = self.page()
        {
            event["page"] = page.id.clone().into();
        }
        self.queue.push(event);
        if self.queue.len() > MAX_QUEUE {
            self.queue.remove(0);
        }
    }

    /// Like the tracker's ids: sorted by time, then by the order of calls.
    fn id(&mut self, now: Timestamp) -> String {
        self.serial += 1;
        let random = self.dice.next();
        format!("{}{}{random:016x}", self.own_clock(now), self.serial)
    }

    fn choose_plan(&mut self, path: &str) {
        match path.split_once("?plan=") {
            Some((_, "finjan")) => self.plan = 59,
            Some((_, "bayt")) => self.plan = 149,
            Some((_, "majlis")) => self.plan = 520,
            Some(_) | None => {}
        }
    }

    /// What the checkout asks for: delivery is free with a plan and for large orders.
    const fn due(&self) -> u64 {
        let goods = self.cart + self.plan;
        if self.plan > 0 || goods >= 200 {
            goods
        } else {
            goods + 20
        }
    }

    fn identity(&self) -> Value {
        let account = &self.person.account;
        let mut traits = json!({ "name": account.name, "orders": account.orders });
        if let Some(company) = account.company {
            traits["company"] = company.into();
            traits["kind"] = "wholesale".into();
        }
        json!({ "user_id": account.user_id, "traits": traits })
    }
}
