//! What a simulated person is and will do: drawn once from the seed, before anything happens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::devices::{MACHINES, Machine};
use super::dice::Dice;
use super::intent::Intent;
use super::names::{BUSINESSES, PEOPLE};
use super::places::{COUNTRIES, Country};
use super::script::Step;
use super::sources::{BUSINESS, FRIENDS, STRANGERS, Source};

/// A person, and every visit this person will make.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) person: Person,
    pub(super) visits: Vec<Visit>,
}

/// Somebody with a browser.
#[derive(Debug, PartialEq)]
pub(super) struct Person {
    /// The number in the order of arrival.
    pub(super) number: u64,
    /// The visitor key that the browser keeps.
    pub(super) key: String,
    pub(super) intent: Intent,
    pub(super) arabic: bool,
    pub(super) country: &'static Country,
    pub(super) address: String,
    pub(super) machine: &'static Machine,
    /// What the shop knows once this person signs in.
    pub(super) account: Account,
    pub(super) habits: Habits,
}

/// A customer's account.
#[derive(Debug, PartialEq)]
pub(super) struct Account {
    pub(super) user_id: String,
    pub(super) name: &'static str,
    pub(super) company: Option<&'static str>,
    pub(super) orders: u64,
}

/// How the browser and its connection behave.
#[derive(Debug, PartialEq)]
pub(super) struct Habits {
    /// How far the clock is ahead of the true time, in milliseconds.
    pub(super) clock_ahead_ms: i64,
    /// Some batches are sent twice: the answer to the first got lost.
    pub(super) repeats: bool,
    /// Some batches come late: the train was in a tunnel.
    pub(super) late: bool,
    /// Listens to the stream; the others hear of invitations with the next answer.
    pub(super) listens: bool,
}

/// One visit to the shop.
#[derive(Debug, PartialEq)]
pub(super) struct Visit {
    /// How long after the visit before, in seconds.
    pub(super) after_s: u64,
    pub(super) source: &'static Source,
    pub(super) steps: Vec<Step>,
}

/// Sessions end after half an hour of silence, so who returns does it later than that.
const RETURN_AFTER_S: std::ops::RangeInclusive<u64> = 1_900..=5_400;

impl Plan {
    /// The plan of the person with this number.
    pub(super) fn draw(seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed, number);
        let person = Person::draw(number, &mut dice);
        let count = 1
            + (1..person.intent.most_visits())
                .filter(|_| dice.chance(35))
                .count();
        let visits = (0..count)
            .map(|nth| Visit::draw(person.intent, nth as u64, &mut dice))
            .collect();
        Self { person, visits }
    }
}

impl Person {
    fn draw(number: u64, dice: &mut Dice) -> Self {
        let intent = Intent::draw(dice);
        let country = dice.weighted(&COUNTRIES, |country| country.weight);
        let arabic = dice.chance(country.arabic);
        Self {
            number,
            key: URL_SAFE_NO_PAD.encode(dice.bytes()),
            intent,
            arabic,
            country,
            address: address(country, dice),
            machine: dice.weighted(&MACHINES, |machine| machine.weight),
            account: Account::draw(intent, arabic, dice),
            habits: Habits::draw(dice),
        }
    }
}

fn address(country: &Country, dice: &mut Dice) -> String {
    let network: ipnet::Ipv4Net = dice
        .pick(country.networks)
        .parse()
        .expect("the table holds networks");
    let hosts = u64::from(u32::from(network.hostmask()));
    let host = u32::try_from(dice.within(1..=hosts - 1)).expect("a host part has 32 bits at most");
    std::net::Ipv4Addr::from(u32::from(network.network()) | host).to_string()
}

impl Account {
    fn draw(intent: Intent, arabic: bool, dice: &mut Dice) -> Self {
        let in_letters = |(latin, letters): &(&'static str, &'static str)| {
            if arabic { *letters } else { *latin }
        };
        let company = dice.pick(&BUSINESSES);
        Self {
            user_id: format!("customer-{}", dice.within(10_000..=99_999)),
            name: in_letters(dice.pick(&PEOPLE)),
            company: (intent == Intent::CafeOwner).then(|| in_letters(company)),
            orders: dice.within(0..=9),
        }
    }
}

impl Habits {
    fn draw(dice: &mut Dice) -> Self {
        let off = dice.chance(8);
        let ahead = dice.within(0..=14_400_000).cast_signed() - 7_200_000;
        Self {
            clock_ahead_ms: if off { ahead } else { ahead / 10_000 },
            repeats: dice.chance(10),
            late: dice.chance(6),
            listens: dice.chance(60),
        }
    }
}

impl Visit {
    fn draw(intent: Intent, nth: u64, dice: &mut Dice) -> Self {
        let sources = match intent {
            _ if nth > 0 => &FRIENDS[..],
            Intent::CafeOwner => &BUSINESS[..],
            Intent::Troubled => &FRIENDS[..],
            Intent::BargainHunter
            | Intent::Beginner
            | Intent::Bouncer
            | Intent::Buyer
            | Intent::Researcher
            | Intent::Reader => &STRANGERS[..],
        };
        Self {
            after_s: if nth == 0 {
                0
            } else {
                dice.within(RETURN_AFTER_S)
            },
            source: dice.weighted(sources, |source| source.weight),
            steps: intent.visit(nth, dice),
        }
    }

    /// How long the visit takes if nobody greets, in seconds.
    pub(super) fn seconds(&self) -> u64 {
        self.steps.iter().map(Step::seconds).sum()
    }
}
