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
    /// Is known at all.
    Exists,
}

impl Operator {
    /// Every operator, in the order of the reference.
    pub const ALL: [Self; 12] = [
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
            Self::Between => "lies between these two, both included: `[2, 5]`",
            Self::MoreThan => "is more than this",
            Self::LessThan => "is less than this",
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
            "none_of" | "not_one_of" | "not_in" => "write `not = { field = …, one_of = [ … ] }`",
            "not_contains" => "write `not = { field = …, contains = … }`",
            "is" | "eq" => "write `equals`",
            "in" => "write `one_of`",
            "gt" | "greater_than" | "above" | "over" => "write `more_than`",
            "lt" | "below" | "under" => "write `less_than`",
            "gte" | "ge" | "min" => "write `at_least`",
            "lte" | "le" | "max" => "write `at_most`",
            "regex" | "glob" | "like" | "matches_regex" => {
                "write `matches` with `*` for any run of characters"
            }
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
    /// A number.
    Number,
    /// A span of time, compared with spans such as `30s`.
    Duration,
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
            Self::Word(Words::Devices | Words::Channels | Words::ChatStates) => "word",
            Self::List(_) => "list of words",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::Flag => "true or false",
            Self::Any => "any",
        }
    }

    /// What may be asked of it.
    pub const fn operators(self) -> &'static [Operator] {
        use Operator::{
            AtLeast, AtMost, Between, Contains, EndsWith, Equals, Exists, LessThan, Matches,
            MoreThan, OneOf, StartsWith,
        };
        match self {
            Self::Text => &[
                Equals, OneOf, Contains, StartsWith, EndsWith, Matches, Exists,
            ],
            Self::Word(_) => &[Equals, OneOf, Exists],
            Self::List(_) => &[Equals, OneOf, Contains, Exists],
            Self::Number => &[
                Equals, OneOf, AtLeast, AtMost, Between, MoreThan, LessThan, Exists,
            ],
            Self::Duration => &[AtLeast, AtMost, Between, MoreThan, LessThan, Exists],
            Self::Flag => &[Equals, Exists],
            Self::Any => &Operator::ALL,
        }
    }
}
