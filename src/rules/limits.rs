//! How large a rule set may be. Every list is bounded, so that no source can make the compiler or a step slow.

use crate::domain::Millis;

/// Files in one rule set.
pub const MAX_FILES: usize = 64;
/// Bytes in one file.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// Page types.
pub const MAX_PAGE_TYPES: usize = 64;
/// Patterns of all page types together: each page view is compared with them.
pub const MAX_PATTERNS: usize = 500;
/// Characters of a pattern.
pub const MAX_PATTERN_CHARS: usize = 128;
/// Scores.
pub const MAX_SCORES: usize = 16;
/// Stages of one score.
pub const MAX_STAGES: usize = 8;
/// Groups of score rules.
pub const MAX_GROUPS: usize = 64;
/// Score rules.
pub const MAX_SCORE_RULES: usize = 10_000;
/// Triggers.
pub const MAX_TRIGGERS: usize = 2_000;
/// Entries of any one list inside a rule: page types, literals, parts of a condition.
pub const MAX_LIST: usize = 1_000;
/// How deep conditions may nest.
pub const MAX_DEPTH: usize = 16;
/// How deep conditions may nest once the segments they name are put in.
pub const MAX_WHOLE_DEPTH: usize = 64;
/// Fields that one condition may ask for once the segments it names are put in.
pub const MAX_LEAVES: usize = 10_000;
/// Segments.
pub const MAX_SEGMENTS: usize = 200;
/// Matrices.
pub const MAX_MATRICES: usize = 16;
/// Rows, and columns, of a matrix.
pub const MAX_BANDS: usize = 8;
/// Holidays.
pub const MAX_HOLIDAYS: usize = 400;
/// Spans of opening in one day.
pub const MAX_SPANS: usize = 8;
/// Regular expressions.
pub const MAX_REGEXES: usize = 100;
/// Characters of a regular expression.
pub const MAX_REGEX_CHARS: usize = 256;
/// The longest window that `in_last` may look back.
pub const MAX_WINDOW: Millis = Millis::from_days(1);
/// Characters of an id or of a name that rules refer to.
pub const MAX_ID_CHARS: usize = 64;
/// Characters of a name that only people read.
pub const MAX_NAME_CHARS: usize = 120;
/// Characters of an invitation's message: a bubble, not a letter.
pub const MAX_MESSAGE_CHARS: usize = 280;
/// Places for values in one message.
pub const MAX_PLACES: usize = 8;
/// Variants of one trigger.
pub const MAX_VARIANTS: usize = 10;
/// Languages of one message.
pub const MAX_LANGUAGES: usize = 64;
/// Characters of a text that a value is compared with.
pub const MAX_TEXT_CHARS: usize = 1_024;
/// The greatest maximum of a score, in whole points, and the most that one rule may give or take.
pub const MAX_POINTS: i64 = 1_000_000;
/// The longest span of time.
pub const MAX_SPAN: Millis = Millis::from_days(3_650);
/// The longest active time that a `dwell` rule may wait for.
pub const MAX_DWELL: Millis = Millis::from_days(1);
/// How many diagnostics are kept; the rest are counted.
pub const MAX_DIAGNOSTICS: usize = 1_000;

/// The limits as the reference shows them.
pub(super) fn table() -> [(&'static str, String); 25] {
    [
        ("files", MAX_FILES.to_string()),
        ("size of a file", format!("{} MiB", MAX_FILE_BYTES >> 20)),
        ("page types", MAX_PAGE_TYPES.to_string()),
        ("patterns of all page types", MAX_PATTERNS.to_string()),
        ("scores", MAX_SCORES.to_string()),
        ("stages of a score", MAX_STAGES.to_string()),
        ("groups of score rules", MAX_GROUPS.to_string()),
        ("score rules", MAX_SCORE_RULES.to_string()),
        ("triggers", MAX_TRIGGERS.to_string()),
        ("variants of a trigger", MAX_VARIANTS.to_string()),
        ("entries of one list", MAX_LIST.to_string()),
        ("depth of a condition", MAX_DEPTH.to_string()),
        (
            "depth of a condition with its segments",
            MAX_WHOLE_DEPTH.to_string(),
        ),
        (
            "fields that one condition asks for, with its segments",
            MAX_LEAVES.to_string(),
        ),
        ("segments", MAX_SEGMENTS.to_string()),
        ("matrices", MAX_MATRICES.to_string()),
        ("rows or columns of a matrix", MAX_BANDS.to_string()),
        ("holidays", MAX_HOLIDAYS.to_string()),
        ("spans of opening in a day", MAX_SPANS.to_string()),
        ("regular expressions", MAX_REGEXES.to_string()),
        (
            "characters of a regular expression",
            MAX_REGEX_CHARS.to_string(),
        ),
        ("characters of an id", MAX_ID_CHARS.to_string()),
        ("characters of a message", MAX_MESSAGE_CHARS.to_string()),
        ("values in a message", MAX_PLACES.to_string()),
        ("points of a score or a rule", MAX_POINTS.to_string()),
    ]
}
