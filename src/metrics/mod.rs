//! Counters for operators, in the Prometheus text format.

mod readings;

use prometheus_client::encoding::{
    EncodeLabelSet, EncodeLabelValue, EncodeMetric, LabelValueEncoder,
};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::domain::{ChatStep, Reject, ReleaseKind, Versions};
use crate::engine::{Effect, Taken};

use self::readings::{Gauges, Read};

pub use self::readings::{Readings, RedisReadings};

/// A label whose values are words fixed in the code, so that no sender can invent one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word(pub &'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.encode(encoder)
    }
}

/// The outcome of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    /// `accepted`, `duplicate` or `rejected`.
    pub outcome: Word,
    /// Why it was rejected; `none` otherwise.
    pub reason: Word,
}

/// How an invitation moved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct State {
    /// `offered`, `withheld`, `shown`, `accepted`, `dismissed`, `ignored`, `expired` or `revoked`.
    pub state: Word,
}

/// Why a ready trigger was held back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Why {
    /// The reason's word, such as `session_cap`.
    pub why: Word,
}

/// Why a request was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Refusal {
    /// The problem's type.
    pub problem: Word,
}

/// What was done with a version of the rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Release {
    /// `publish`, `rollout`, `stop_rollout`, `rollback`, `shadow`, `stop_shadow`, `rescore`, `schedule`, `unschedule`,
    /// `end`, `lapse` or `miss`.
    pub kind: Word,
}

/// What the chat layer said of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Conversation {
    /// `requested`, `queued`, `started`, `first_reply`, `ended`, `missed` or `rated`.
    pub state: Word,
}

/// A site, by its public key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Tenant {
    /// The public key; there are only those in the settings.
    pub site: String,
}

/// Every counter of the service.
pub struct Metrics {
    registry: Registry,
    events: Family<Outcome, Counter>,
    accepted: Counter,
    duplicate: Counter,
    invitations: Family<State, Counter>,
    suppressed: Family<Why, Counter>,
    goals: Counter,
    chats: Family<Conversation, Counter>,
    refusals: Family<Refusal, Counter>,
    sessions: Counter,
    stage_changes: Counter,
    bots: Counter,
    releases: Family<Release, Counter>,
    live_version: Family<Tenant, Gauge>,
    collect_seconds: Histogram,
    gauges: Gauges,
    read: Read,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("ahlan");
        let events = family::<Outcome, Counter>(&mut registry, "events", "Events by outcome");
        let invitations = family(
            &mut registry,
            "invitations",
            "Invitations by what became of them",
        );
        let suppressed = family(
            &mut registry,
            "suppressed",
            "Triggers that were ready and held back, by reason",
        );
        let chats = family(
            &mut registry,
            "chat_reports",
            "What the chat layer said of conversations, by state",
        );
        let refusals = family(
            &mut registry,
            "refused_requests",
            "Requests refused as a whole, by problem",
        );
        let releases = family(
            &mut registry,
            "rules_releases",
            "What was done with versions of the rules",
        );
        let live_version = family(
            &mut registry,
            "rules_live_version",
            "The version of the rules that is live",
        );
        let collect_seconds = collect_seconds(&mut registry);
        let count = |outcome| {
            let (outcome, reason) = (Word(outcome), Word("none"));
            events.get_or_create(&Outcome { outcome, reason }).clone()
        };
        Self {
            accepted: count("accepted"),
            duplicate: count("duplicate"),
            sessions: counter(&mut registry, "sessions", "Sessions begun"),
            stage_changes: counter(
                &mut registry,
                "stage_changes",
                "Scores that crossed into another stage",
            ),
            goals: counter(&mut registry, "goals", "Goals reached"),
            bots: counter(
                &mut registry,
                "bot_requests",
                "Requests of crawlers and automated browsers",
            ),
            gauges: Gauges::register(&mut registry),
            read: Read::register(&mut registry),
            events,
            invitations,
            suppressed,
            chats,
            refusals,
            releases,
            live_version,
            collect_seconds,
            registry,
        }
    }
}

fn collect_seconds(registry: &mut Registry) -> Histogram {
    let histogram = Histogram::new(exponential_buckets(0.000_5, 2.0, 14));
    let help = "Time from a collect request's body to its answer, the disk included";
    registry.register("collect_seconds", help, histogram.clone());
    histogram
}

fn family<L, M>(registry: &mut Registry, name: &str, help: &str) -> Family<L, M>
where
    L: EncodeLabelSet + Clone + std::fmt::Debug + Eq + std::hash::Hash + Send + Sync + 'static,
    M: EncodeMetric + TypedMetric + Default + std::fmt::Debug + Send + Sync + 'static,
{
    let family = Family::default();
    registry.register(name, help, Family::clone(&family));
    family
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

impl Metrics {
    /// Counts the outcome of one event.
    pub fn count_event(&self, taken: Taken) {
        match taken {
            Taken::Accepted => self.accepted.inc(),
            Taken::Duplicate => self.duplicate.inc(),
            Taken::Rejected(reason) => self.count_reject(reason),
        };
    }

    fn count_reject(&self, reason: Reject) -> u64 {
        let label = Outcome {
            outcome: Word("rejected"),
            reason: Word(reason.as_str()),
        };
        self.events.get_or_create(&label).inc()
    }

    /// Counts a request refused as a whole.
    pub fn count_refusal(&self, problem: &'static str) {
        self.refusals
            .get_or_create(&Refusal {
                problem: Word(problem),
            })
            .inc();
    }

    /// Counts a request of a crawler or an automated browser.
    pub fn count_bot(&self) {
        self.bots.inc();
    }

    /// Counts what the chat layer said of a conversation.
    pub fn count_chat(&self, step: ChatStep) {
        let state = Word(step.as_str());
        self.chats.get_or_create(&Conversation { state }).inc();
    }

    /// Counts what was done with a version of the rules.
    pub fn count_release(&self, kind: ReleaseKind) {
        let kind = Word(kind.as_str());
        self.releases.get_or_create(&Release { kind }).inc();
    }

    /// Notes which version of a site's rules is live.
    pub fn note_versions(&self, site: &str, versions: &Versions) {
        let tenant = Tenant {
            site: site.to_owned(),
        };
        self.live_version
            .get_or_create(&tenant)
            .set(versions.live.into());
    }

    /// Notes how long a collect request took.
    pub fn observe_collect(&self, took: std::time::Duration) {
        self.collect_seconds.observe(took.as_secs_f64());
    }

    /// Counts a consequence.
    pub fn count_effect(&self, effect: &Effect) {
        let state = match effect {
            Effect::SessionStarted(_) => {
                self.sessions.inc();
                return;
            }
            Effect::StageChanged { .. } => {
                self.stage_changes.inc();
                return;
            }
            Effect::Suppressed { why, .. } => {
                let why = Word(why.as_str());
                self.suppressed.get_or_create(&Why { why }).inc();
                return;
            }
            Effect::Goal { .. } => {
                self.goals.inc();
                return;
            }
            Effect::SessionEnded(_)
            | Effect::Identified
            | Effect::Chat(..)
            | Effect::Revoked(_) => return,
            Effect::Offered(_) => "offered",
            Effect::Withheld(_) => "withheld",
            Effect::Shown(..) => "shown",
            Effect::Settled(past) => past.how.as_str(),
            Effect::Learned(_) => "learned",
        };
        self.invitations
            .get_or_create(&State { state: Word(state) })
            .inc();
    }

    /// The text that Prometheus reads.
    pub fn text(&self, readings: &Readings) -> String {
        self.gauges.set(readings);
        self.read.set(readings);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .expect("a string takes every write");
        text
    }
}
