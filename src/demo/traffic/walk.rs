//! Walks one visit over the wire, second by second.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock;
use crate::domain::{Millis, Timestamp};

use super::browser::{Browser, Shop};
use super::chats::{What, Word};
use super::dice::Dice;
use super::plan::{Person, Visit};
use super::script::{Act, Step};
use super::wire::{Offer, Push, Speaker, Stream, Wire};

/// An attended page reports this often.
const BEAT: Millis = Millis::from_secs(15);
/// A page that nobody looks at reports this often.
const IDLE_BEAT: Millis = Millis::from_secs(60);
/// After a failed request, the next one waits this long.
const BACK_OFF: Millis = Millis::from_secs(20);
/// A late batch is this late.
const LATE: Millis = Millis::from_secs(25);

/// What everybody in the street shares.
pub(super) struct Street {
    pub(super) wire: Wire,
    pub(super) shop: Shop,
    /// Conversations that are going on.
    pub(super) talking: AtomicUsize,
    /// Where the chat layer tells of them.
    pub(super) chats: mpsc::Sender<Word>,
}

/// Something to be done at a certain moment.
#[derive(Debug)]
enum Deed {
    Show,
    Accept,
    Dismiss,
    BeginChat,
    EndChat,
}

/// A conversation that counts for as long as this lives.
struct Talk<'a> {
    street: &'a Street,
    /// What the chat layer tells of it, but for what happened.
    word: Word,
}

impl<'a> Talk<'a> {
    fn begin(street: &'a Street, visitor: &str, chat: &str, tone: &str) -> Self {
        street.talking.fetch_add(1, Ordering::Relaxed);
        let department = if tone == "help" { "help" } else { "sales" };
        let talk = Self {
            street,
            word: Word {
                visitor: visitor.to_owned(),
                chat: format!("demo-{chat}"),
                department,
                what: What::Requested,
            },
        };
        talk.tell(What::Requested);
        talk
    }

    fn tell(&self, what: What) {
        let word = Word {
            what,
            ..self.word.clone()
        };
        // Where more wait than ever should, one is not told of.
        let _ = self.street.chats.try_send(word);
    }
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        self.tell(What::Ended);
        self.street.talking.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Somebody on a visit.
pub(super) struct Walk<'a> {
    street: &'a Street,
    person: &'a Person,
    browser: Browser<'a>,
    dice: Dice,
    /// How far the person lives behind the clock: a visit that began before the curtain rose catches up by this.
    behind: Millis,
    /// The page in front reports again after this long.
    beat_in: Millis,
    /// Nothing is sent before.
    quiet_until: Timestamp,
    stream: Option<Stream>,
    /// Who the service says this is.
    visitor: Option<String>,
    /// The invitation that was heard of last, and its tone.
    offer: Option<String>,
    tone: String,
    deeds: Vec<(Timestamp, Deed)>,
    talk: Option<Talk<'a>>,
}

impl<'a> Walk<'a> {
    /// Walks the `nth` visit of a person to its end, beginning `behind` the present.
    pub(super) async fn through(
        street: &'a Street,
        person: &'a Person,
        visit: &'a Visit,
        nth: u64,
        behind: Millis,
    ) {
        let mut dice = Dice::new(person.number, nth);
        let mut walk = Self {
            street,
            person,
            browser: Browser::new(person, visit, &street.shop, Dice::new(dice.next(), nth)),
            dice,
            behind,
            beat_in: BEAT,
            quiet_until: Timestamp(0),
            stream: None,
            visitor: None,
            offer: None,
            tone: String::new(),
            deeds: Vec::new(),
            talk: None,
        };
        for step in &visit.steps {
            walk.take(step).await;
        }
        walk.browser.quit(walk.now());
        walk.stream = None;
        walk.quiet_until = Timestamp(0);
        walk.flush().await;
    }

    fn now(&self) -> Timestamp {
        clock::now() - self.behind
    }

    async fn take(&mut self, step: &Step) {
        let now = self.now();
        match step {
            Step::Open { tab, path } => {
                self.browser.open(*tab, path, now);
                // A new document: its stream is opened with the answer to its first report.
                self.stream = None;
                self.turn_away();
            }
            Step::Look { tab } => self.browser.look(*tab, now),
            Step::Close { tab } => self.browser.close(*tab, now),
            Step::Do(act) => self.act(act, now),
            Step::Read { seconds, scroll } => {
                self.browser.attend(true, now);
                self.pass(Millis::from_secs(*seconds), *scroll).await;
            }
            Step::Away { seconds } => {
                self.browser.attend(false, now);
                self.stream = None;
                self.pass(Millis::from_secs(*seconds), 0).await;
            }
        }
    }

    fn act(&mut self, act: &Act, now: Timestamp) {
        if *act == Act::Refuse {
            self.browser.quit(now);
            self.stream = None;
        }
        self.browser.act(act, now);
    }

    /// Lets time pass on the page in front; whoever talks stays until the talk is over.
    async fn pass(&mut self, time: Millis, deepest: u64) {
        let mut left = time.saturating_sub(self.catch_up(time, deepest));
        if left > Millis::ZERO && left < time {
            // Having caught up with the present, the page says where it stands.
            self.browser.beat(self.now());
        }
        while left > Millis::ZERO || self.talk.is_some() {
            self.flush().await;
            let before = clock::now();
            let wait = self.wait(left, before);
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(wait.0)) => {}
                push = hear(&mut self.stream) => self.take_in(push),
            }
            let passed = clock::now().since(before);
            self.browser.pass(passed, deepest);
            left = left.saturating_sub(passed);
            self.beat_in = self.beat_in.saturating_sub(passed);
            if self.beat_in == Millis::ZERO {
                self.browser.beat(self.now());
                self.beat_in = if self.browser.is_attended() {
                    BEAT
                } else {
                    IDLE_BEAT
                };
            }
            self.do_what_is_due();
        }
    }

    /// Lets time pass at once, as far as the person lives behind the clock; returns how much did.
    fn catch_up(&mut self, time: Millis, deepest: u64) -> Millis {
        let passed = time.min(self.behind);
        self.behind = self.behind.saturating_sub(passed);
        self.browser.pass(passed, deepest);
        passed
    }

    fn wait(&self, left: Millis, now: Timestamp) -> Millis {
        let deed = self.deeds.iter().map(|(due, _)| due.since(now)).min();
        let left = if self.talk.is_some() {
            self.beat_in
        } else {
            left
        };
        left.min(self.beat_in)
            .min(deed.unwrap_or(left))
            .max(Millis(1))
    }

    /// Sends what waits and takes in the answers.
    async fn flush(&mut self) {
        loop {
            let now = clock::now();
            if now < self.quiet_until {
                return;
            }
            let batch = self.browser.take_batch();
            if batch.is_empty() {
                return;
            }
            if self.person.habits.late && self.dice.chance(20) && self.behind == Millis::ZERO {
                self.browser.give_back(batch);
                self.quiet_until = now + LATE;
                return;
            }
            let body = self.browser.body(&batch, now);
            if self.person.habits.repeats && self.dice.chance(15) {
                let _ = self.send(body.clone()).await;
            }
            if self.send(body).await.is_err() {
                self.browser.give_back(batch);
                let jitter = Millis(self.dice.within(0..=20_000));
                self.quiet_until = now + BACK_OFF + jitter;
                return;
            }
        }
    }

    async fn send(&mut self, body: String) -> Result<(), super::wire::Trouble> {
        let who = Speaker::from(self.person);
        let answer = self.street.wire.collect(who, body).await?;
        self.visitor = answer.visitor.or(self.visitor.take());
        if let Some(offer) = answer.invitation {
            self.consider(offer);
        }
        if let Some(path) = answer.stream
            && self.stream.is_none()
            && self.person.habits.listens
            && self.browser.is_attended()
        {
            self.stream = self.street.wire.listen(who, &path).await.ok();
        }
        Ok(())
    }

    fn take_in(&mut self, push: Option<Push>) {
        match push {
            Some(Push::Invitation(offer)) => self.consider(offer),
            Some(Push::Revoke(id)) if self.offer.as_ref() == Some(&id) => self.turn_away(),
            Some(Push::Revoke(_)) => {}
            None => self.stream = None,
        }
    }

    /// The invitation on the page is gone with it. What was not seen comes again with the next answer.
    fn turn_away(&mut self) {
        if self.talk.is_none() {
            if matches!(self.deeds.first(), Some((_, Deed::Show))) {
                self.offer = None;
            }
            self.deeds.clear();
        }
    }

    /// Shows an invitation and makes up the person's mind about it.
    fn consider(&mut self, offer: Offer) {
        if !self.browser.is_attended() || self.offer.as_ref() == Some(&offer.id) {
            return;
        }
        let manners = self.person.intent.manners(&offer.tone);
        let now = clock::now();
        let seen = now + Millis(self.dice.within(200..=900));
        let decided = seen + Millis(self.dice.within(3_000..=18_000));
        let opinion = self.dice.within(1..=100);
        self.offer = Some(offer.id);
        self.tone = offer.tone;
        self.deeds = vec![(seen, Deed::Show)];
        if opinion <= manners.accepts {
            self.deeds.push((decided, Deed::Accept));
        } else if opinion <= manners.accepts + manners.dismisses {
            self.deeds.push((decided, Deed::Dismiss));
        }
    }

    fn do_what_is_due(&mut self) {
        let now = clock::now();
        while self.deeds.first().is_some_and(|(due, _)| *due <= now) {
            let (_, deed) = self.deeds.remove(0);
            self.perform(&deed, now);
        }
    }

    fn perform(&mut self, deed: &Deed, now: Timestamp) {
        let offer = self.offer.clone().unwrap_or_default();
        match deed {
            Deed::Show => self.browser.answer(&offer, "shown", now),
            Deed::Dismiss => self.browser.answer(&offer, "dismissed", now),
            Deed::Accept => {
                self.browser.answer(&offer, "accepted", now);
                self.browser.chat("queued", now);
                let visitor = self.visitor.as_deref().unwrap_or_default();
                self.talk = Some(Talk::begin(self.street, visitor, &offer, &self.tone));
                let begins = now + Millis(self.dice.within(3_000..=15_000));
                let ends = begins + Millis(self.dice.within(50_000..=210_000));
                self.deeds = vec![(begins, Deed::BeginChat), (ends, Deed::EndChat)];
            }
            Deed::BeginChat => {
                self.browser.chat("started", now);
                self.talk
                    .iter()
                    .for_each(|talk| talk.tell(What::FirstReply));
            }
            Deed::EndChat => {
                self.browser.chat("ended", now);
                if let Some(talk) = self.talk.take()
                    && self.dice.chance(40)
                {
                    talk.tell(What::Rated(self.dice.within(3..=5)));
                }
            }
        }
    }
}

/// The next message of the stream, if there is one.
async fn hear(stream: &mut Option<Stream>) -> Option<Push> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}
