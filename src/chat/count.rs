//! What agents' words, promises, hours and figures come to at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{
    Department, MAX_DEPARTMENTS, Millis, Service, SiteNow, Timestamp, UNKNOWN_PLACES,
};
use crate::store::Claim;

use super::figures::{Figures, counted_as};
use super::hours::Standing;
use super::settings::{Set, Settings};
use super::word::Availability;

/// How many languages are told apart.
const MAX_LANGUAGES: usize = 32;
/// What is measured is worth less with time, so it is looked at again this often.
const MEASURED_HOLDS: Millis = Millis::from_mins(1);

/// What there is to be counted.
pub(super) struct Sources<'a> {
    /// The words of agents who are online.
    pub(super) online: Vec<&'a Availability>,
    /// The promises that stand.
    pub(super) claims: Vec<&'a Claim>,
    pub(super) settings: &'a Settings,
    /// How the departments of the settings stand by their hours, in their order.
    pub(super) standings: &'a [Option<Standing>],
    pub(super) figures: &'a Figures,
    /// How long a first reply usually takes, as the operator says.
    pub(super) configured: Option<Millis>,
    /// Whether not everybody who is there can have been heard yet.
    pub(super) unheard: bool,
    pub(super) now: Timestamp,
}

/// What words and promises come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    /// What the engine is told.
    pub(super) now: SiteNow,
    /// Chats that agents can take by their own words, while their departments are open.
    pub(super) said: u16,
    /// The same for each department, by name.
    pub(super) said_in: Arc<[(Arc<str>, u16)]>,
    /// When hours, or what was measured, may change this.
    pub(super) changes_at: Option<Timestamp>,
}

/// How it is known how long a first reply takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyFrom {
    /// From the latest first replies.
    Measured,
    /// From the settings.
    Configured,
    /// It is not.
    Unknown,
}

/// A department, or a whole site, as people look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskNow {
    /// The department's name; empty for the site.
    pub name: Arc<str>,
    /// Whether it is open by its hours.
    pub open: bool,
    /// When it opens next; `None` while it is open.
    pub opens_at: Option<Timestamp>,
    /// When it closes; `None` for the site, and where it never does.
    pub closes_at: Option<Timestamp>,
    /// Agents who are online.
    pub agents_online: u16,
    /// Chats they can still take, less those that were promised.
    pub free_slots: u16,
    /// Visitors who wait.
    pub queue: u16,
    /// How long a first reply usually takes, and how that is known.
    pub expected: (Option<Millis>, ReplyFrom),
    /// The languages that agents with a free place state, and their places by their own words.
    pub languages: Vec<(Arc<str>, u16)>,
}

/// Whether a name is this one, which is in lower case.
pub(super) fn same(name: &str, lower: &str) -> bool {
    name.eq_ignore_ascii_case(lower) || !name.is_ascii() && name.to_lowercase() == lower
}

fn alike(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || same(one, &other.to_lowercase())
}

/// A department while it is counted.
struct Tally<'a> {
    name: Arc<str>,
    set: Option<&'a Set>,
    service: Option<Service>,
    /// When it closes or opens next.
    changes_at: Option<Timestamp>,
    agents: u16,
    said: u16,
    languages: Languages,
}

/// Everything that was counted.
struct Tallied<'a> {
    departments: Vec<Tally<'a>>,
    agents: u16,
    said: u16,
    languages: Languages,
    changes_at: Option<Timestamp>,
}

/// The languages of those who have a free place, each with their places.
#[derive(Default)]
struct Languages {
    places: BTreeMap<Arc<str>, u16>,
    /// Somebody says none, and so is taken to speak every one.
    any: bool,
}

impl Languages {
    /// Adds an agent; who states no language speaks those of the departments.
    fn add<'a>(&mut self, word: &Availability, of_departments: impl Iterator<Item = &'a Arc<str>>) {
        let places = word.free_slots();
        if places == 0 {
            return;
        }
        let own = word.languages.iter().map(|tag| Arc::from(&**tag));
        let mut spoken: BTreeSet<Arc<str>> = own.collect();
        if spoken.is_empty() {
            spoken.extend(of_departments.cloned());
        }
        self.any |= spoken.is_empty();
        for tag in spoken {
            let known = self.places.entry(tag).or_default();
            *known = known.saturating_add(places);
        }
    }

    /// The languages there are; none when any is spoken.
    fn told(&self) -> Vec<Arc<str>> {
        let known = self.places.keys().filter(|_| !self.any);
        known.take(MAX_LANGUAGES).cloned().collect()
    }
}

impl<'a> Sources<'a> {
    fn tally(&self) -> Tallied<'a> {
        let (mut departments, changes_at) = self.set_up();
        let (mut agents, mut said) = (0_u16, 0_u16);
        let mut languages = Languages::default();
        for word in &self.online {
            let answers = answers_for(word, &mut departments);
            if answers.is_empty() && !answers_anyway(word, &departments) {
                continue;
            }
            agents = agents.saturating_add(1);
            said = said.saturating_add(word.free_slots());
            let sets = answers.iter().filter_map(|at| departments[*at].set);
            languages.add(word, sets.flat_map(|set| &set.languages));
            for at in answers {
                departments[at].add(word);
            }
        }
        // What was set up goes before what agents only state, should there be too many.
        departments.retain(Tally::is_worth_telling);
        departments.sort_by(|one, other| one.order().cmp(&other.order()));
        departments.truncate(MAX_DEPARTMENTS);
        departments.sort_by(|one, other| one.name.cmp(&other.name));
        Tallied {
            departments,
            agents,
            said,
            languages,
            changes_at,
        }
    }

    pub(super) fn count(&self) -> Count {
        let tallied = self.tally();
        let (agents, said) = (tallied.agents, tallied.said);
        let measured = (!self.figures.is_empty()).then_some(self.now + MEASURED_HOLDS);
        let free = said.saturating_sub(self.promised(|_| true));
        let departments = tallied.departments.iter();
        let said_in = departments.clone().filter(|known| known.said > 0);
        let said_in = said_in.map(|known| (Arc::clone(&known.name), known.said));
        let departments: Arc<[Department]> = departments.map(|it| self.tell(it, free)).collect();
        let languages = tallied.languages.told();
        let (expected, _) = self.expected(None, (free, agents));
        Count {
            said,
            said_in: said_in.collect(),
            changes_at: tallied.changes_at.into_iter().chain(measured).min(),
            now: SiteNow {
                agents_online: agents,
                free_slots: free,
                places: if self.unheard { UNKNOWN_PLACES } else { said },
                expected_reply: expected.filter(|_| free > 0),
                languages: (!languages.is_empty()).then(|| languages.into()),
                departments: (!departments.is_empty()).then_some(departments),
                scarce: None,
            },
        }
    }

    /// The site, and each of its departments, as people look at them.
    pub(super) fn look(&self) -> (DeskNow, Vec<DeskNow>) {
        let tallied = self.tally();
        let free = tallied.said.saturating_sub(self.promised(|_| true));
        let departments = tallied.departments.iter();
        let departments: Vec<DeskNow> = departments.map(|it| self.show(it, free)).collect();
        let mut set = tallied.departments.iter().filter(|it| it.set.is_some());
        let opens_at = set.clone().filter_map(|it| it.service?.opens_at).min();
        let open = set.clone().next().is_none() || set.any(Tally::is_open);
        let site = DeskNow {
            name: "".into(),
            open,
            opens_at: opens_at.filter(|_| !open),
            closes_at: None,
            agents_online: tallied.agents,
            free_slots: free,
            queue: self.figures.queue(None, self.now),
            expected: self.expected(None, (free, tallied.agents)),
            languages: tallied.languages.places.into_iter().collect(),
        };
        (site, departments)
    }

    fn show(&self, tally: &Tally<'_>, free: u16) -> DeskNow {
        let free_slots = self.free_in(tally, free);
        let own = Some(tally);
        DeskNow {
            name: Arc::clone(&tally.name),
            open: tally.is_open(),
            opens_at: tally.service.and_then(|service| service.opens_at),
            closes_at: tally.changes_at.filter(|_| tally.is_open()),
            agents_online: tally.agents,
            free_slots,
            queue: (self.figures).queue(Some(counted_as(&tally.name)), self.now),
            expected: self.expected(own, (free_slots, tally.agents)),
            languages: (tally.languages.places.iter())
                .map(|(tag, places)| (Arc::clone(tag), *places))
                .collect(),
        }
    }

    /// The departments of the settings, and when the hours of one change next.
    fn set_up(&self) -> (Vec<Tally<'a>>, Option<Timestamp>) {
        let standings = self.standings.iter().copied();
        let set = self.settings.departments.iter().zip(standings);
        let set = set.map(|(set, standing)| {
            let changes_at = standing.and_then(|standing| standing.changes_at);
            let open = standing.is_none_or(|standing| standing.open);
            let service = Service {
                open,
                opens_at: changes_at.filter(|_| !open),
                phone: set.phone,
                email: set.email,
            };
            Tally {
                set: Some(set),
                service: Some(service),
                changes_at,
                ..Tally::called(&set.name)
            }
        });
        let departments: Vec<Tally<'a>> = set.collect();
        let changes_at = departments.iter().filter_map(|it| it.changes_at).min();
        (departments, changes_at)
    }

    /// How long a first reply takes, and how that is known; nothing while nobody is there.
    fn expected(
        &self,
        department: Option<&Tally<'_>>,
        (free_slots, agents): (u16, u16),
    ) -> (Option<Millis>, ReplyFrom) {
        let known_as = department.map(|tally| counted_as(&tally.name));
        let measured = self
            .figures
            .expected(known_as, (free_slots, agents), self.now);
        let own = department.and_then(|tally| tally.set?.expected_reply);
        match (measured, own.or(self.configured)) {
            _ if agents == 0 => (None, ReplyFrom::Unknown),
            (Some(span), _) => (Some(span), ReplyFrom::Measured),
            (None, Some(span)) => (Some(span), ReplyFrom::Configured),
            (None, None) => (None, ReplyFrom::Unknown),
        }
    }

    fn free_in(&self, tally: &Tally<'_>, free: u16) -> u16 {
        let name = tally.name.to_lowercase();
        let promised = self.promised(|department| same(&name, department));
        // Who answers for two departments is not free for one while the other has taken the last place.
        tally.said.saturating_sub(promised).min(free)
    }

    fn tell(&self, tally: &Tally<'_>, free: u16) -> Department {
        let free_slots = self.free_in(tally, free);
        let (expected, _) = self.expected(Some(tally), (free_slots, tally.agents));
        Department {
            name: Arc::clone(&tally.name),
            free_slots,
            places: if self.unheard {
                UNKNOWN_PLACES
            } else {
                tally.said
            },
            expected_reply: expected.filter(|_| free_slots > 0),
            languages: tally.languages.told(),
            service: tally.service,
        }
    }

    /// How many promises stand: all, or those of the departments meant. One without a department is nobody's own.
    fn promised(&self, of: impl Fn(&str) -> bool) -> u16 {
        let counts = |claim: &&&Claim| of(claim.department.as_deref().unwrap_or_default());
        let standing = self.claims.iter().filter(counts).count();
        u16::try_from(standing).unwrap_or(u16::MAX)
    }
}

/// The open departments that an agent answers for, by their places; those that nobody set up are added.
fn answers_for(word: &Availability, departments: &mut Vec<Tally<'_>>) -> BTreeSet<usize> {
    let mut answers = BTreeSet::new();
    for name in &word.departments {
        let known = departments.iter().position(|it| alike(&it.name, name));
        let at = known.unwrap_or_else(|| {
            departments.push(Tally::called(&Arc::from(&**name)));
            departments.len() - 1
        });
        if departments[at].is_open() {
            answers.insert(at);
        }
    }
    answers
}

/// Whether somebody who answers for no department that is open answers all the same: who states none does, unless all
/// that were set up have closed.
fn answers_anyway(word: &Availability, departments: &[Tally<'_>]) -> bool {
    let mut set = departments.iter().filter(|it| it.set.is_some());
    word.departments.is_empty() && (set.clone().next().is_none() || set.any(Tally::is_open))
}

impl Tally<'_> {
    fn called(name: &Arc<str>) -> Self {
        Self {
            name: Arc::clone(name),
            set: None,
            service: None,
            changes_at: None,
            agents: 0,
            said: 0,
            languages: Languages::default(),
        }
    }

    fn is_open(&self) -> bool {
        self.service.is_none_or(|service| service.open)
    }

    fn is_worth_telling(&self) -> bool {
        self.set.is_some() || self.said > 0
    }

    fn order(&self) -> (bool, &str) {
        (self.set.is_none(), &self.name)
    }

    fn add(&mut self, word: &Availability) {
        self.agents = self.agents.saturating_add(1);
        self.said = self.said.saturating_add(word.free_slots());
        let own = self.set.map_or(&[][..], |set| &set.languages);
        self.languages.add(word, own.iter());
    }
}

/// Whether somebody can answer afterwards who could not before.
pub(super) fn opens(before: &SiteNow, after: &SiteNow) -> bool {
    let department = |known: &Department| before.free_slots_in(&known.name) == 0;
    !before.can_answer() && after.can_answer() || after.departments().any(department)
}

/// Whether promises that could be kept before cannot be kept any more.
pub(super) fn breaks(before: &SiteNow, after: &SiteNow) -> bool {
    let lost = |department: Option<&str>| before.keeps(department) && !after.keeps(department);
    let mut all = before.all_departments().iter();
    lost(None) || all.any(|known| lost(Some(&known.name)))
}
