//! The stable codes of diagnostics. A code never changes its meaning; tools and translations may rely on it.

use serde::Serialize;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The rule set cannot be used.
    Error,
    /// Legal, and most likely not what was meant.
    Warning,
    /// Legal, and could be tidier.
    Hint,
}

impl Severity {
    /// The word that people and tools read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

macro_rules! codes {
    ($( #[doc = $says:literal] $name:ident = $word:literal, $severity:ident; )*) => {
        /// What kind of mistake it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $( #[doc = $says] $name, )* }

        impl Code {
            /// Every code, for the reference.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// How much it weighs.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// One line of explanation.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says),* }.trim()
            }
        }
    };
}

codes! {
    /// The file is not TOML from this place on.
    Syntax = "syntax", Error;
    /// The file is not UTF-8 text.
    NotUtf8 = "not-utf8", Error;
    /// A file is too large.
    TooLarge = "too-large", Error;
    /// There are more of these than a rule set may have.
    TooMany = "too-many", Error;
    /// Conditions nest too deeply.
    TooDeep = "too-deep", Error;
    /// This table has no such key.
    UnknownKey = "unknown-key", Error;
    /// A key that must be there is not.
    MissingKey = "missing-key", Error;
    /// A key that means nothing together with the others.
    MisplacedKey = "misplaced-key", Error;
    /// A value of the wrong type.
    TypeMismatch = "type-mismatch", Error;
    /// A number or a span of time outside its range.
    OutOfRange = "out-of-range", Error;
    /// Not a span of time such as `30s`.
    BadDuration = "bad-duration", Error;
    /// Not a percentage such as `10%`.
    BadPercent = "bad-percent", Error;
    /// An id or a name with characters that it may not have.
    BadId = "bad-id", Error;
    /// A text that is empty, too long or not printable.
    BadText = "bad-text", Error;
    /// A page pattern that no path can fit.
    BadPattern = "bad-pattern", Error;
    /// Not a date such as `2026-03-01`, nor a moment such as `2026-03-01T09:30:00Z`.
    BadDate = "bad-date", Error;
    /// Not a span of opening hours such as `09:00-17:00`.
    BadHours = "bad-hours", Error;
    /// Not an IANA time zone such as `Asia/Riyadh`.
    UnknownTimeZone = "unknown-time-zone", Error;
    /// A regular expression that cannot be used.
    BadRegex = "bad-regex", Error;
    /// Not a language tag such as `en` or `pt-br`.
    BadLanguage = "bad-language", Error;
    /// A place in a message that cannot be filled, or a brace without its counterpart.
    BadMessage = "bad-message", Error;
    /// A schedule with something that is no date, weekday or span of hours.
    BadSchedule = "bad-schedule", Error;
    /// Not one of the words that may stand here.
    UnknownWord = "unknown-word", Error;
    /// Conditions cannot read such a field.
    UnknownField = "unknown-field", Error;
    /// A field that has no value at this place.
    MisplacedField = "misplaced-field", Error;
    /// There is no such operator.
    UnknownOperator = "unknown-operator", Error;
    /// The operator does not apply to a field of this type.
    OperatorMismatch = "operator-mismatch", Error;
    /// A field is named, and nothing is asked of it.
    MissingOperator = "missing-operator", Error;
    /// A condition that says nothing: no field and no `all`, `any` or `not`; or a rule bound to an empty list of pages.
    BadCondition = "bad-condition", Error;
    /// No such page type is declared.
    UnknownPageType = "unknown-page-type", Error;
    /// No such score is declared.
    UnknownScore = "unknown-score", Error;
    /// No such group of score rules is declared.
    UnknownGroup = "unknown-group", Error;
    /// The score has no such stage.
    UnknownStage = "unknown-stage", Error;
    /// No trigger has this id, or no variant.
    UnknownTrigger = "unknown-trigger", Error;
    /// A test that nobody could walk: time that runs backwards, more active time than passed, nothing that happens.
    BadJourney = "bad-journey", Error;
    /// No such matrix is declared.
    UnknownMatrix = "unknown-matrix", Error;
    /// No such segment is declared.
    UnknownSegment = "unknown-segment", Error;
    /// A segment that comes back to itself.
    SegmentCycle = "segment-cycle", Error;
    /// The same id, name or table twice.
    DuplicateId = "duplicate-id", Error;
    /// Two names that the state could not tell apart.
    KeyClash = "key-clash", Error;
    /// Two stages, rows or columns that begin at the same points.
    EqualStages = "equal-stages", Error;
    /// A selling tone where people look for help.
    SellingTone = "selling-tone", Warning;
    /// Earlier page types take every page that this one could.
    UnreachablePageType = "unreachable-page-type", Warning;
    /// A message lacks a language that other messages have.
    MissingLanguage = "missing-language", Warning;
    /// Two conditions that can never hold together.
    Contradiction = "contradiction", Warning;
    /// A condition that always holds.
    AlwaysHolds = "always-holds", Hint;
    /// A trigger whose conditions can never hold.
    UnreachableTrigger = "unreachable-trigger", Warning;
    /// A threshold or a stage that the rules can never bring a score to.
    UnreachableScore = "unreachable-score", Warning;
    /// Two score rules that count one signal twice.
    DoubleCounting = "double-counting", Warning;
    /// A score rule that gives as much as another in every case of its own.
    OverlappingRules = "overlapping-rules", Hint;
    /// Something that looks like personal data.
    PersonalData = "personal-data", Warning;
    /// A trigger that invites in the moment a page opens.
    PopsAtOnce = "pops-at-once", Hint;
    /// A condition that can never hold.
    NeverHolds = "never-holds", Warning;
    /// A trigger that the policy or a key of its own silences for good.
    SilencedTrigger = "silenced-trigger", Warning;
    /// A score that no rule ever moves.
    ScoreWithoutRules = "score-without-rules", Warning;
    /// A page type that no rule mentions.
    UnusedPageType = "unused-page-type", Hint;
    /// A segment that no rule mentions.
    UnusedSegment = "unused-segment", Hint;
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}
