//! What orders the list, and what divides it into groups.

use std::sync::Arc;

use crate::domain::{Channel, ChatState, CountryCode, Device, Key, Presence, VisitorId};
use crate::rules::RuleSet;

use super::line::{INVITATION_WORDS, Line, Text, beginning};

/// So many bytes of a text decide on its place.
const MAX_TEXT: usize = 64;

/// What orders the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// A score, by name: by whole points, as they are shown.
    Score(String),
    /// One of the other columns.
    Column(Column),
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident = $word:literal),* $(,)?) => {
        /// A column that the list can be sorted by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column {
            $($(#[$doc])* $name,)*
        }

        impl Column {
            /// Every column.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

columns! {
    /// When the visitor was last heard of.
    LastSeen = "last_seen",
    /// When the session began.
    Started = "started",
    /// Pages viewed in the session.
    PageViews = "page_views",
    /// Sessions so far.
    Visits = "visits",
    /// Active time in the session.
    Active = "active",
    /// For how long the current page has been open.
    OnPage = "on_page",
    /// The person's name, else the site's own id for the person.
    User = "user",
    /// The current page's path.
    Page = "page",
    /// The current page's type, by name.
    PageType = "page_type",
    /// The country's two letters.
    Country = "country",
    /// The city's name.
    City = "city",
    /// The channel.
    Channel = "channel",
    /// Who sent the visitor.
    Source = "source",
    /// The kind of machine.
    Device = "device",
    /// Whether somebody is there: active, idle, left.
    Presence = "presence",
    /// Where the visitor stands with the chat.
    Chat = "chat",
    /// Where the visitor stands with invitations.
    Invitation = "invitation",
}

/// What orders the list, and which end comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// What orders it.
    pub by: SortBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What divides the list into groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// The current page's type, by name.
    PageType,
    /// The country, by its letters.
    Country,
    /// The channel.
    Channel,
    /// The kind of machine.
    Device,
    /// Whether somebody is there: active, idle, left.
    Presence,
    /// The stage of the score that the list is sorted by, else of the site's first score; the highest first.
    Stage,
}

impl GroupBy {
    /// Every value.
    pub const ALL: [Self; 6] = [
        Self::PageType,
        Self::Country,
        Self::Channel,
        Self::Device,
        Self::Presence,
        Self::Stage,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PageType => "page_type",
            Self::Country => "country",
            Self::Channel => "channel",
            Self::Device => "device",
            Self::Presence => "presence",
            Self::Stage => "stage",
        }
    }
}

/// What decides on a visitor's place. Ties go by visitor id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Number(i64),
    Text(Arc<str>),
}

/// An order made ready for the rules that are in force.
#[derive(Clone, Debug)]
pub(super) struct Sorter {
    by: SortBy,
    /// The place of the score among those of the rules.
    score: usize,
    page_types: PageTypes,
}

impl Sorter {
    pub(super) fn new(by: &SortBy, rules: &RuleSet) -> Self {
        Self {
            by: by.clone(),
            score: score_of(by, rules),
            page_types: PageTypes::new(rules),
        }
    }

    pub(super) fn value(&self, line: &Line) -> Value {
        let column = match &self.by {
            SortBy::Score(_) => {
                let standing = line.scores.get(self.score);
                return Value::Number(standing.map_or(0, |standing| standing.points.into()));
            }
            SortBy::Column(column) => *column,
        };
        let text = |text: &str| Value::Text(beginning(text, MAX_TEXT).into());
        Value::Number(match column {
            Column::LastSeen => line.last_seen.0.cast_signed(),
            Column::Started => line.started_at.0.cast_signed(),
            Column::PageViews => line.page_views.into(),
            Column::Visits => line.sessions.into(),
            Column::Active => line.active_s.into(),
            // Who has been there longer has come earlier.
            Column::OnPage => -line.page_opened_at.0.cast_signed(),
            Column::User => {
                let name = Some(line.text(Text::Name)).filter(|name| !name.is_empty());
                return text(name.unwrap_or_else(|| line.text(Text::User)));
            }
            Column::Page => return text(path(line.text(Text::Url))),
            Column::PageType => self.page_types.rank(line.page_type).into(),
            Column::Country => return text(line.text(Text::Country)),
            Column::City => return text(line.text(Text::City)),
            Column::Source => return text(line.text(Text::Source)),
            Column::Channel => place(&Channel::ALL, &line.channel).into(),
            Column::Device => place(&Device::ALL, &line.device).into(),
            Column::Presence => place(&Presence::ALL, &line.presence).into(),
            Column::Chat => place(&ChatState::ALL, &line.chat).into(),
            Column::Invitation => place(&INVITATION_WORDS, &line.invitation).into(),
        })
    }
}

/// Groups made ready for the rules that are in force. A group is known by a number, which also says where it stands.
#[derive(Clone, Debug)]
pub(super) struct Grouper {
    by: Option<GroupBy>,
    /// The place of the score whose stages are meant.
    score: usize,
    /// The names of that score's stages, lowest first.
    stages: Vec<Arc<str>>,
    page_types: PageTypes,
}

/// The group of those who have no such thing; it stands last.
const NONE: u16 = u16::MAX;

impl Grouper {
    pub(super) fn new(by: Option<GroupBy>, sort: &SortBy, rules: &RuleSet) -> Self {
        let score = score_of(sort, rules);
        let stages = rules.scores.get(score).map(|score| &score.stages);
        let stages = stages.into_iter().flatten();
        Self {
            by,
            score,
            stages: stages.map(|stage| Arc::clone(&stage.name)).collect(),
            page_types: PageTypes::new(rules),
        }
    }

    pub(super) fn group(&self, line: &Line) -> u16 {
        match self.by {
            None => 0,
            Some(GroupBy::PageType) => self.page_types.rank(line.page_type),
            Some(GroupBy::Country) => {
                let letters = line.country.as_ref().map(CountryCode::as_str);
                letters.map_or(NONE, |letters| match letters.as_bytes() {
                    [first, second, ..] => u16::from_be_bytes([*first, *second]),
                    [_] | [] => NONE,
                })
            }
            Some(GroupBy::Channel) => place(&Channel::ALL, &line.channel),
            Some(GroupBy::Device) => place(&Device::ALL, &line.device),
            Some(GroupBy::Presence) => place(&Presence::ALL, &line.presence),
            Some(GroupBy::Stage) => {
                let standing = line.scores.get(self.score).copied().unwrap_or_default();
                let from_top = self.stages.len().checked_sub(standing.stage.into());
                let from_top = from_top.filter(|_| standing.stage > 0);
                from_top.map_or(NONE, |place| place as u16)
            }
        }
    }

    /// What a group is called; `None` for those who have no such thing.
    pub(super) fn name(&self, group: u16) -> Option<String> {
        if group == NONE {
            return None;
        }
        let nth = usize::from(group);
        match self.by? {
            GroupBy::PageType => self.page_types.0.get(nth).map(|(name, _)| name.to_string()),
            GroupBy::Country => String::from_utf8(group.to_be_bytes().to_vec()).ok(),
            GroupBy::Channel => Channel::ALL.get(nth).map(|it| it.as_str().to_owned()),
            GroupBy::Device => Device::ALL.get(nth).map(|it| it.as_str().to_owned()),
            GroupBy::Presence => Presence::ALL.get(nth).map(|it| it.as_str().to_owned()),
            GroupBy::Stage => {
                let from_top = self.stages.iter().rev();
                from_top.map(ToString::to_string).nth(nth)
            }
        }
    }
}

/// The page types by name.
#[derive(Clone, Debug)]
struct PageTypes(Vec<(Arc<str>, Key)>);

impl PageTypes {
    fn new(rules: &RuleSet) -> Self {
        let types = rules.page_types.iter();
        let mut names: Vec<_> = types
            .map(|known| (Arc::clone(&known.name), known.key))
            .collect();
        names.sort();
        Self(names)
    }

    /// The place of a type among all; who has none stands last.
    fn rank(&self, wanted: Option<Key>) -> u16 {
        let found = wanted.and_then(|wanted| self.0.iter().position(|(_, key)| *key == wanted));
        found.map_or(NONE, |place| place as u16)
    }
}

fn score_of(by: &SortBy, rules: &RuleSet) -> usize {
    let SortBy::Score(name) = by else {
        return 0;
    };
    let mut scores = rules.scores.iter();
    scores
        .position(|score| *score.name == **name)
        .unwrap_or(usize::MAX)
}

fn place<T: PartialEq>(all: &[T], one: &T) -> u16 {
    let found = all.iter().position(|known| known == one);
    found.map_or(NONE, |place| place as u16)
}

/// The path in an address, with its query.
pub fn path(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let rest = &url[after_scheme..];
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// Compares two places, the visitor's id last.
pub(super) fn compare(
    sort: &Sort,
    a: &(Value, VisitorId),
    b: &(Value, VisitorId),
) -> std::cmp::Ordering {
    if sort.descending { b.cmp(a) } else { a.cmp(b) }
}
