//! What a condition may ask of a field, and which types of field each question makes sense for.

/// A question asked of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Is this very value.
    Equals,
    /// Is one of these values.
    OneOf,
    /// Has this in it.
    Contains,
    /// Begins with this.
    StartsWith,
    /// Ends with this.
    EndsWith,
    /// Fits this pattern.
    Matches,
    /// Is this or more.
    AtLeast,
    /// Is this or less.
    AtMost,
    /// Lies between these two.
    Between,
    /// Is more than this.
    MoreThan,
    /// Is less than this.
    LessThan,
    /// Has one of these; for lists.
    AnyOf,
    /// Has every one of these; for lists.
    AllOf,
    /// Is, or has, none of these.
    NoneOf,
    /// Fits this regular expression somewhere.
    MatchesRegex,
    /// Lies before this date.
    Before,
    /// Lies after this date.
    After,
    /// Lies on this date.
    On,
    /// Lies so far back at most.
    Within,
    /// Lies so far ahead at most.
    WithinNext,
    /// Is known at all.
    Exists,
}

impl Operator {
    /// Every operator, in the order of the reference.
    pub const ALL: [Self; 21] = [
        Self::Equals,
        Self::OneOf,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Matches,
        Self::AtLeast,
        Self::AtMost,
        Self::Between,
        Self::MoreThan,
        Self::LessThan,
        Self::AnyOf,
        Self::AllOf,
        Self::NoneOf,
        Self::MatchesRegex,
        Self::Before,
        Self::After,
        Self::On,
        Self::Within,
        Self::WithinNext,
        Self::Exists,
    ];

    /// The key that rules use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::OneOf => "one_of",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Matches => "matches",
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
            Self::Between => "between",
            Self::MoreThan => "more_than",
            Self::LessThan => "less_than",
            Self::AnyOf => "any_of",
            Self::AllOf => "all_of",
            Self::NoneOf => "none_of",
            Self::MatchesRegex => "matches_regex",
            Self::Before => "before",
            Self::After => "after",
            Self::On => "on",
            Self::Within => "within",
            Self::WithinNext => "within_next",
            Self::Exists => "exists",
        }
    }

    /// One line of explanation.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Equals => "is this very value; for a list: has it",
            Self::OneOf => "is one of these; for a list: has one of them",
            Self::Contains => "has this text somewhere in it; for a list of words: has this word",
            Self::StartsWith => "begins with this text",
            Self::EndsWith => "ends with this text",
            Self::Matches => "fits this pattern, in which `*` stands for any run of characters",
            Self::AtLeast => "is this or more",
            Self::AtMost => "is this or less",
            Self::Between => {
                "lies between these two, both included: `[2, 5]`; for dates, whole days"
            }
            Self::MoreThan => "is more than this",
            Self::LessThan => "is less than this",
            Self::AnyOf => "is a list that has at least one of these",
            Self::AllOf => "is a list that has every one of these",
            Self::NoneOf => "is known and none of these; for a list: has none of them",
            Self::MatchesRegex => {
                "has a part that fits this regular expression; anchor it with `^` and `$`"
            }
            Self::Before => "lies before this date or moment",
            Self::After => "lies after this date (from the next day on) or moment",
            Self::On => "lies on this date",
            Self::Within => "lies in the past, at most so long ago: `\"30d\"`",
            Self::WithinNext => "lies in the future, at most so far ahead: `\"14d\"`",
            Self::Exists => "`true`: the value is known; `false`: it is not",
        }
    }

    /// The operator that a key names.
    pub fn named(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == key)
    }

    /// The operator that people from other tools call by this name, where it means the very same.
    pub(super) fn meant_by(key: &str) -> Option<Self> {
        let help = Self::help_for(key)?;
        let name = help.strip_prefix("write `")?.strip_suffix('`')?;
        Self::named(name)
    }

    /// How to write what people from other tools expect under another name.
    pub(super) fn help_for(key: &str) -> Option<&'static str> {
        Some(match key {
            "not_equals" | "is_not" | "ne" | "neq" => "write `not = { field = …, equals = … }`",
            "not_one_of" | "not_in" => "write `none_of`",
            "has_any" | "contains_any" => "write `any_of`",
            "has_all" | "contains_all" => "write `all_of`",
            "not_contains" => "write `not = { field = …, contains = … }`",
            "is" | "eq" => "write `equals`",
            "in" => "write `one_of`",
            "gt" | "greater_than" | "above" | "over" => "write `more_than`",
            "lt" | "below" | "under" => "write `less_than`",
            "gte" | "ge" | "min" => "write `at_least`",
            "lte" | "le" | "max" => "write `at_most`",
            "glob" | "like" => "write `matches` with `*` for any run of characters",
            "regex" | "regexp" | "matches_re" => "write `matches_regex`",
            "since" | "later_than" => "write `after`",
            "until" | "earlier_than" => "write `before`",
            "within_last" | "newer_than" => "write `within`",
            _ => return None,
        })
    }
}

/// The words that a field may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Words {
    /// The page types of this rule set.
    PageTypes,
    /// The stages of the score that the field names.
    Stages,
    /// The kinds of device.
    Devices,
    /// The kinds of way that lead a visitor here.
    Channels,
    /// Where a visitor stands with the chat.
    ChatStates,
    /// Countries, as two letters.
    Countries,
    /// The days of the week.
    Weekdays,
    /// The cells of the matrix that the field names.
    Matrix,
}

/// A key that stands beside the operators of a condition and changes what they ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// Counts only what happened within this span.
    InLast,
    /// Compares texts letter by letter.
    CaseSensitive,
}

impl Modifier {
    /// Every modifier, in the order of the reference.
    pub const ALL: [Self; 2] = [Self::InLast, Self::CaseSensitive];

    /// The key that rules use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InLast => "in_last",
            Self::CaseSensitive => "case_sensitive",
        }
    }

    /// What stands after the `=`.
    pub const fn takes(self) -> &'static str {
        match self {
            Self::InLast => "duration, at most a day",
            Self::CaseSensitive => "true or false",
        }
    }

    /// One line of explanation.
    pub const fn says(self) -> &'static str {
        match self {
            Self::InLast => {
                "counts only what happened so lately, among the last 48 events, 24 pages and 32 crossings: for events, goals, page views and crossings"
            }
            Self::CaseSensitive => {
                "`true` compares letter by letter: for texts, lists of texts and fields of any type"
            }
        }
    }

    /// The modifier that a key names.
    pub fn named(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == key)
    }
}

/// A field's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Any text.
    Text,
    /// One of a known set of words.
    Word(Words),
    /// Several of a known set of words.
    List(Words),
    /// Several of any texts.
    Texts,
    /// A number.
    Number,
    /// A span of time, compared with spans such as `30s`.
    Duration,
    /// A day.
    Date,
    /// True or false.
    Flag,
    /// Whatever the site sends: a text, a number, true or false, or a list of texts.
    Any,
}

impl FieldType {
    /// What people call it.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Word(Words::PageTypes) => "page type",
            Self::Word(Words::Stages) => "stage",
            Self::Word(Words::Countries) => "country",
            Self::Word(
                Words::Devices
                | Words::Channels
                | Words::ChatStates
                | Words::Weekdays
                | Words::Matrix,
            ) => "word",
            Self::List(_) => "list of words",
            Self::Texts => "list of texts",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::Date => "date",
            Self::Flag => "true or false",
            Self::Any => "any",
        }
    }

    /// Whether `case_sensitive` may stand beside the operators.
    pub const fn takes_case(self) -> bool {
        matches!(self, Self::Text | Self::Texts | Self::Any)
    }

    /// What may be asked of it.
    pub const fn operators(self) -> &'static [Operator] {
        use Operator::{
            After, AllOf, AnyOf, AtLeast, AtMost, Before, Between, Contains, EndsWith, Equals,
            Exists, LessThan, Matches, MatchesRegex, MoreThan, NoneOf, On, OneOf, StartsWith,
        };
        match self {
            Self::Text => &[
                Equals,
                OneOf,
                NoneOf,
                Contains,
                StartsWith,
                EndsWith,
                Matches,
                MatchesRegex,
                Exists,
            ],
            Self::Word(_) => &[Equals, OneOf, NoneOf, Exists],
            Self::List(_) | Self::Texts => &[Equals, OneOf, Contains, AnyOf, AllOf, NoneOf, Exists],
            Self::Number => &[
                Equals, OneOf, NoneOf, AtLeast, AtMost, Between, MoreThan, LessThan, Exists,
            ],
            Self::Duration => &[AtLeast, AtMost, Between, MoreThan, LessThan, Exists],
            Self::Date => &[Before, After, On, Between, Exists],
            Self::Flag => &[Equals, Exists],
            Self::Any => &Operator::ALL,
        }
    }
}
