//! Two places, and many more visitors who would talk: who gets them is worth more when the best go first, and nobody is
//! promised a place that is not there.

use std::collections::BTreeMap;

use ahlan::chat::{AgentStatus, Availability};
use ahlan::domain::*;
use ahlan::pipeline::Client;
use ahlan::rules;
use ahlan::rules::SourceFile;
use ahlan::store::{VisitorStore as _, Whose};
use futures_util::future::join_all;

use crate::dice::Dice;
use crate::house::{House, SITE};

const START: Timestamp = Timestamp(1_763_760_000_000);
const STEP: Millis = Millis(500);
/// How long visitors keep coming.
const OPEN: Millis = Millis::from_mins(15);
const PLACES: u16 = 2;
const CHAT: Millis = Millis::from_secs(90);
const BEAT: Millis = Millis::from_secs(25);

/// Rules under which every visitor to the prices is greeted. The score has this maximum, so it tells visitors apart or
/// does not.
fn rules(max: u32) -> rules::RuleSet {
    let text = format!(
        "[[page_type]]\nname = \"pricing\"\nmatch = [\"/pricing*\"]\n\
         [[score]]\nname = \"buy\"\nmax = {max}\nstages = {{ warm = 50 }}\n\
         [[score_rule]]\nid = \"interest\"\nname = \"Shows interest\"\nscore = \"buy\"\n\
         on = \"event\"\nevent = \"interest\"\npoints = 10\n\
         [[trigger]]\nid = \"hello\"\nname = \"Hello\"\npage_type = \"pricing\"\n\
         expires_after = \"20s\"\n[trigger.invitation]\nmessage = {{ en = \"Hello?\" }}\n\
         [policy]\nmax_per_session = 1\nmax_per_day = 1\n"
    );
    let files = [SourceFile::new("rules.toml", &text)];
    let compiled = rules::compile(&files);
    compiled.expect("the rules have no mistakes").rule_set
}

/// Somebody who looks at the prices for a while.
struct Guest {
    id: VisitorId,
    /// What a chat with them is worth, 0 to 10: known to the rules as points.
    value: u64,
    accepts: bool,
    dismisses: bool,
    comes: Timestamp,
    leaves: Timestamp,
    beats: Timestamp,
    answers: Option<(Timestamp, InvitationId)>,
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Takings {
    pub(crate) chats: u64,
    pub(crate) value: u64,
    pub(crate) offers: u64,
    turned_away: u64,
}

struct Shop {
    house: House,
    guests: Vec<Guest>,
    /// When each chat that goes on ends.
    chats: Vec<Timestamp>,
    nth: u64,
    takings: Takings,
}

fn guests(seed: u64) -> Vec<Guest> {
    let mut dice = Dice(seed);
    let mut guests = Vec::new();
    let mut comes = START;
    while comes < START + OPEN {
        comes = comes + Millis(STEP.0 * (1 + dice.below(12)));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&dice.next().to_le_bytes());
        guests.push(Guest {
            id: VisitorId(id),
            value: dice.below(11),
            accepts: dice.percent(40),
            dismisses: dice.percent(50),
            comes,
            leaves: comes + Millis::from_secs(40 + dice.below(120)),
            beats: comes,
            answers: None,
        });
    }
    guests
}

impl Shop {
    async fn new(seed: u64, max: u32) -> Self {
        Self {
            house: House::under(rules(max)).await,
            guests: guests(seed),
            chats: Vec::new(),
            nth: 0,
            takings: Takings::default(),
        }
    }

    async fn run(mut self) -> Takings {
        let mut now = START;
        while now < START + OPEN + Millis::from_mins(5) {
            self.speak(now);
            let words = self.words(now);
            self.tell(words, now).await;
            self.house.pipeline.ring(now).await;
            self.keep(now).await;
            self.house.pipeline.ring(now).await;
            self.look(now);
            now = now + STEP;
        }
        self.house.store.close().await.unwrap();
        self.takings
    }

    /// The agent says how many chats go on.
    fn speak(&mut self, now: Timestamp) {
        self.chats.retain(|ends| *ends > now);
        let word = Availability {
            status: AgentStatus::Online,
            chats: self.chats.len() as u16,
            max_chats: PLACES,
            lease: Millis::from_mins(1),
            departments: Vec::new(),
            languages: Vec::new(),
        };
        let desk = &self.house.pipeline.desk;
        if desk.set(SITE, "sara", word, now).unwrap() {
            self.house.pipeline.wake_attentive(SITE, now);
        }
    }

    /// What everybody's browser says at this moment.
    fn words(&mut self, now: Timestamp) -> BTreeMap<VisitorId, Vec<Event>> {
        let mut words: BTreeMap<VisitorId, Vec<Event>> = BTreeMap::new();
        let mut nth = self.nth;
        let mut event = |kind| {
            nth += 1;
            Event {
                id: EventId(nth),
                at: now,
                page: Some(PageId(1)),
                kind,
            }
        };
        let mut began = Vec::new();
        for guest in self.guests.iter_mut().filter(|guest| guest.comes <= now) {
            let list = words.entry(guest.id).or_default();
            if guest.comes == now {
                list.push(event(EventKind::PageView(Box::new(prices()))));
                let interest = || EventKind::Custom {
                    name: "interest".into(),
                    props: Vec::new(),
                };
                list.extend((0..guest.value).map(|_| event(interest())));
            }
            if let Some((_, invitation)) = guest.answers.take_if(|(at, _)| *at <= now) {
                let mut say = |outcome| {
                    list.push(event(EventKind::Invitation {
                        invitation,
                        outcome,
                    }));
                };
                say(InvitationOutcome::Shown);
                if guest.accepts {
                    say(InvitationOutcome::Accepted);
                    began.push(guest.value);
                    guest.leaves = now;
                } else if guest.dismisses {
                    say(InvitationOutcome::Dismissed);
                }
            }
            if guest.beats <= now {
                guest.beats = now + BEAT;
                let active = now.since(guest.comes);
                list.push(event(EventKind::Engage {
                    active,
                    scroll: 0,
                    attended: true,
                }));
            }
            if guest.leaves <= now {
                list.push(event(EventKind::Leave {
                    active: None,
                    scroll: None,
                }));
            }
        }
        self.guests.retain(|guest| guest.leaves > now);
        for value in began {
            // A promise is a place for whoever says yes.
            assert!(self.chats.len() < usize::from(PLACES), "at {now:?}");
            self.chats.push(now + CHAT);
            self.takings.chats += 1;
            self.takings.value += value;
        }
        self.nth = nth;
        words.retain(|_, events| !events.is_empty());
        words
    }

    async fn tell(&mut self, words: BTreeMap<VisitorId, Vec<Event>>, now: Timestamp) {
        let client = Client {
            address: [203, 0, 113, 7].into(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
            webdriver: false,
        };
        let House { pipeline, site, .. } = &self.house;
        let said = words
            .into_iter()
            .map(|(visitor, events)| pipeline.collect(site, visitor, &client, None, events, now));
        for answer in join_all(said).await {
            answer.unwrap();
        }
    }

    /// What the keepers do beside requests.
    async fn keep(&mut self, now: Timestamp) {
        let pipeline = &self.house.pipeline;
        for round in pipeline.desk.contests(now) {
            let bids = pipeline.bids(&round, now);
            self.takings.turned_away += bids.len().saturating_sub(round.places) as u64;
            pipeline.give_out(&round, bids, now).await.unwrap();
        }
        for opened in pipeline.desk.opened(now) {
            pipeline.wake_for(opened, now);
        }
    }

    /// Who was invited will answer; nobody was promised what is not there.
    fn look(&mut self, now: Timestamp) {
        let mut open = BTreeMap::new();
        let store = &self.house.store;
        store.for_each_live(Whose::Everybody, &mut |state| {
            if let Some(invitation) = state.invitations.open.as_deref() {
                open.insert(state.id, invitation.id);
            }
        });
        let promised = open.len() + self.chats.len();
        assert!(promised <= usize::from(PLACES), "{promised} at {now:?}");
        for guest in &mut self.guests {
            if let Some(invitation) = open.get(&guest.id)
                && guest.answers.is_none()
            {
                self.takings.offers += 1;
                let answers = guest.accepts || guest.dismisses;
                let after = if answers { 6 } else { 3_600 };
                guest.answers = Some((now + Millis::from_secs(after), *invitation));
            }
        }
    }
}

fn prices() -> PageViewEvent {
    PageViewEvent {
        url: "https://shop.example/pricing".into(),
        title: None,
        page_type: None,
        lang: None,
        tz: None,
        screen: None,
        attended: true,
    }
}

/// What the shop takes when the score tells visitors apart, and when it does not.
pub(crate) fn compare(seed: u64) -> [Takings; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime starts");
    // The points of the most valuable are a tenth of a percent of the larger maximum.
    [100, 1_000_000].map(|max| runtime.block_on(async { Shop::new(seed, max).await.run().await }))
}
