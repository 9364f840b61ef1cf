//! Why people come, what they do then, and what they say to a greeting.

use super::dice::Dice;
use super::script::{Act, Script, Step};

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Compares prices.
    BargainHunter,
    /// Looks for a supplier, and comes back before deciding.
    CafeOwner,
    /// Has heard of good coffee and wants to learn.
    Beginner,
    /// Owns something that does not work, or waits for a parcel.
    Troubled,
    /// Is gone at once.
    Bouncer,
    /// Knows what to buy.
    Buyer,
    /// Opens everything side by side.
    Researcher,
    /// Reads stories.
    Reader,
}

const HOW_MANY: [(u64, Intent); 8] = [
    (14, Intent::BargainHunter),
    (8, Intent::CafeOwner),
    (20, Intent::Beginner),
    (14, Intent::Troubled),
    (20, Intent::Bouncer),
    (8, Intent::Buyer),
    (8, Intent::Researcher),
    (8, Intent::Reader),
];

/// What somebody says to a greeting, in percent; the rest does nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manners {
    pub(super) accepts: u64,
    pub(super) dismisses: u64,
}

impl Intent {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        dice.weighted(&HOW_MANY, |(weight, _)| *weight).1
    }

    /// How many visits somebody makes at the most.
    pub(super) const fn most_visits(self) -> u64 {
        match self {
            Self::CafeOwner => 4,
            Self::BargainHunter | Self::Researcher | Self::Buyer => 3,
            Self::Beginner | Self::Troubled | Self::Reader => 2,
            Self::Bouncer => 1,
        }
    }

    /// What somebody says to a greeting in this tone.
    pub(super) fn manners(self, tone: &str) -> Manners {
        let (accepts, dismisses) = match (self, tone) {
            (Self::Troubled, "help") => (65, 10),
            // Who has a problem does not want to be sold anything.
            (Self::Troubled, _) => (12, 60),
            (Self::CafeOwner, "sales") => (55, 15),
            (Self::CafeOwner, _) => (40, 20),
            (Self::BargainHunter, "sales") => (32, 28),
            (Self::Buyer, _) => (18, 34),
            (Self::Beginner, "welcome") => (34, 22),
            (Self::Bouncer, _) => (2, 60),
            (Self::Researcher, _) => (26, 34),
            (Self::Beginner | Self::BargainHunter | Self::Reader, _) => (18, 36),
        };
        Manners { accepts, dismisses }
    }

    /// The steps of the `nth` visit.
    pub(super) fn visit(self, nth: u64, dice: &mut Dice) -> Vec<Step> {
        let script = Script::new(dice);
        let script = match self {
            Self::BargainHunter => bargain_hunter(script),
            Self::CafeOwner if nth == 0 => cafe_owner(script),
            Self::CafeOwner => cafe_owner_again(script),
            Self::Beginner => beginner(script),
            Self::Troubled => troubled(script),
            Self::Bouncer => bouncer(script),
            Self::Buyer if nth == 0 => buyer(script),
            Self::Buyer => buyer_again(script),
            Self::Researcher => researcher(script),
            Self::Reader => reader(script),
        };
        script.end()
    }
}

const PRODUCTS: [&str; 4] = [
    "/products/saqi-kettle",
    "/products/hajar-grinder",
    "/products/wasm-dallah",
    "/products/jabal-beans",
];
const STORIES: [&str; 2] = ["/blog/terraces-of-jazan", "/blog/khawlani-at-home"];
const ARTICLES: [&str; 2] = ["/help/late-delivery", "/help/clean-the-grinder"];
const BEANS: Act = Act::AddToCart {
    product: "jabal-beans",
    value: 68,
};
const NO_BEANS: Act = Act::RemoveFromCart {
    product: "jabal-beans",
    value: 68,
};
const KETTLE: Act = Act::AddToCart {
    product: "saqi-kettle",
    value: 389,
};

fn bargain_hunter(script: Script<'_>) -> Script<'_> {
    script
        .maybe(60, |s| s.page("/", 8..=35))
        .page("/pricing", 35..=120)
        .maybe(55, |s| s.away(20..=90).stay(15..=60))
        .maybe(45, |s| {
            s.one_of(&PRODUCTS, 20..=70).page("/pricing", 20..=80)
        })
        .maybe(30, |s| s.page("/sales", 15..=45))
        .maybe(20, |s| s.page("/checkout?plan=finjan", 20..=70))
}

fn cafe_owner(script: Script<'_>) -> Script<'_> {
    script
        .maybe(50, |s| s.page("/", 10..=30))
        .page("/sales", 50..=150)
        .maybe(60, |s| s.one_of(&PRODUCTS, 25..=70))
        .page("/pricing", 25..=80)
        .maybe(40, |s| s.away(30..=120))
        .maybe(55, |s| s.page("/sales", 30..=80))
        .maybe(35, |s| s.page("/contact?topic=wholesale", 25..=80))
}

fn cafe_owner_again(script: Script<'_>) -> Script<'_> {
    script
        .page("/sales", 40..=110)
        .act(Act::SignIn)
        .stay(10..=40)
        .page("/pricing", 30..=90)
        .maybe(60, |s| {
            s.page("/contact?topic=wholesale", 40..=110)
                .maybe(50, |s| s.act(Act::Write).stay(8..=20))
        })
}

fn beginner(script: Script<'_>) -> Script<'_> {
    script
        .page("/", 25..=80)
        .one_of(&STORIES, 40..=150)
        .maybe(60, |s| s.page("/products", 20..=60))
        .maybe(60, |s| s.one_of(&PRODUCTS, 40..=110))
        .maybe(50, |s| s.page("/docs", 40..=170))
        .maybe(35, |s| s.away(20..=150).page("/", 10..=40))
}

fn troubled(script: Script<'_>) -> Script<'_> {
    script
        .maybe(35, |s| s.page("/", 5..=12).act(Act::SignIn))
        .page("/help", 20..=60)
        .one_of(&ARTICLES, 40..=120)
        .maybe(70, |s| s.act(Act::Feedback { helpful: false }).stay(5..=25))
        .maybe(45, |s| s.page("/docs", 50..=150))
        .maybe(50, |s| s.page("/help", 15..=50))
        .maybe(60, |s| {
            s.page("/contact?topic=order", 30..=110)
                .maybe(45, |s| s.act(Act::Write).stay(6..=15))
        })
}

fn bouncer(script: Script<'_>) -> Script<'_> {
    script
        .one_of(&["/", "/", "/pricing", STORIES[0], PRODUCTS[2]], 2..=14)
        .maybe(10, |s| s.act(Act::Refuse))
}

fn buyer(script: Script<'_>) -> Script<'_> {
    script
        .one_of(&["/", "/products"], 10..=30)
        .page("/products/saqi-kettle", 30..=90)
        .act(KETTLE)
        .stay(3..=10)
        .maybe(60, |s| s.page("/products/jabal-beans", 20..=60).act(BEANS))
        .page("/checkout", 35..=90)
        .maybe(15, |s| s.act(Act::PaymentFailed).stay(15..=45))
        .maybe(80, |s| s.act(Act::Purchase).stay(8..=25))
}

fn buyer_again(script: Script<'_>) -> Script<'_> {
    script
        .page("/products/jabal-beans", 15..=50)
        .act(Act::SignIn)
        .act(BEANS)
        .stay(3..=10)
        .maybe(20, |s| s.act(NO_BEANS).page("/pricing", 20..=60))
        .page("/checkout?plan=bayt", 25..=70)
        .maybe(75, |s| s.act(Act::Purchase).stay(8..=20))
}

fn researcher(script: Script<'_>) -> Script<'_> {
    script
        .page("/products", 15..=40)
        .new_tab(PRODUCTS[0], 25..=70)
        .new_tab(PRODUCTS[1], 25..=70)
        .back_to(1, 10..=40)
        .new_tab("/pricing", 25..=80)
        .maybe(50, |s| s.away(30..=140))
        .back_to(2, 15..=50)
        .close(1)
        .maybe(60, |s| s.page("/docs", 30..=120))
        .back_to(0, 8..=30)
}

fn reader(script: Script<'_>) -> Script<'_> {
    script
        .page("/blog", 15..=40)
        .page(STORIES[0], 60..=180)
        .maybe(70, |s| s.page(STORIES[1], 60..=180))
        .maybe(40, |s| s.away(60..=200))
        .maybe(30, |s| s.page("/", 8..=30))
}
