//! Which keys each table of a rule set takes: the one source for the compiler, its guesses and the reference.

/// One key.
#[derive(Debug)]
pub struct KeySpec {
    /// The key.
    pub name: &'static str,
    /// What stands after the `=`.
    pub takes: &'static str,
    /// What holds without it; `None` when it must be there.
    pub default: Option<&'static str>,
    /// One line of explanation.
    pub says: &'static str,
}

/// One kind of table.
#[derive(Debug)]
pub struct TableSpec {
    /// Its header.
    pub header: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [KeySpec],
}

macro_rules! table {
    ($name:ident, $header:literal, $doc:literal; $( $key:literal $takes:literal $default:tt $says:literal; )*) => {
        #[doc = $doc]
        pub static $name: TableSpec = TableSpec {
            header: $header,
            keys: &[$( KeySpec { name: $key, takes: $takes, default: table!(@ $default), says: $says } ),*],
        };
    };
    (@ required) => { None };
    (@ $default:literal) => { Some($default) };
}

table! { ROOT, "the file", "A file.";
    "page_type" "tables" "none" "the kinds of page";
    "score" "tables" "none" "the named scores";
    "group" "tables" "none" "budgets that score rules share";
    "score_rule" "tables" "none" "what gives points";
    "trigger" "tables" "none" "what may invite";
    "segment" "tables" "none" "conditions that have a name";
    "matrix" "tables" "none" "two scores looked at together";
    "hours" "one table" "UTC, no hours" "the time zone, opening hours and holidays";
    "policy" "one table" "courteous" "one budget across all triggers";
    "measure" "one table" "any goal within `7d`" "which goals count for the effect of invitations";
    "test" "tables" "none" "what a visit should lead to; accepted, not run yet";
}

table! { PAGE_TYPE, "[[page_type]]", "A kind of page.";
    "name" "name" required "the name that rules use";
    "match" "pattern, or a list of them" required "paths; `*` stands for any run of characters; `[]` when only the site itself states this type";
}

table! { SCORE, "[[score]]", "A named score.";
    "name" "name" required "the name that rules use";
    "max" "whole number" "100" "the score never exceeds this, nor falls below zero";
    "half_life" "duration" "points keep their worth" "the time in which points lose half their worth";
    "stages" "{ name = points, … }" "none" "named bands, each from its points up to the next";
}

table! { GROUP, "[[group]]", "A budget of points that score rules share.";
    "name" "name" required "the name that score rules use";
    "max_points_per_session" "whole number" "no limit" "at most so many points in a session";
    "max_points_per_day" "whole number" "no limit" "at most so many points on one day by the site's calendar";
    "max_points_per_visitor" "whole number" "no limit" "at most so many points ever";
}

table! { SCORE_RULE, "[[score_rule]]", "A rule that gives points.";
    "id" "id" required "never changes, so that history stays readable";
    "name" "text" "the id" "what people read";
    "score" "score" required "the score that moves";
    "on" "`page_view`, `dwell`, `session_start`, `event`, `identify` or `goal`" required "what sets the rule off";
    "event" "text" "any name" "for `event` and `goal`: only this custom event or goal";
    "page_type" "page type, or a list of them" "any page" "only on these pages";
    "after" "duration" "required for `dwell`" "for `dwell`: active time on one page";
    "points" "whole number" "required, unless `points_from` is there" "points to give, or to take when negative";
    "points_from" "field" "`points`" "give as many points as this value, such as `event.value`; nothing while it is not known";
    "scale" "number" "1" "for `points_from`: points for each one of the value, such as 0.1; negative to take";
    "max_points" "whole number" "no limit" "for `points_from`: never more than this; 0 when `scale` is negative";
    "min_points" "whole number" "0" "for `points_from`: never less than this; no limit when `scale` is negative";
    "once" "true or false" "false" "gives once ever, as `max_per_visitor = 1`";
    "max_per_session" "whole number" "no limit" "at most so often in a session";
    "max_per_day" "whole number" "no limit" "at most so often on one day by the site's calendar";
    "max_per_visitor" "whole number" "no limit" "at most so often ever";
    "group" "group" "none" "shares the budget of this group";
    "half_life" "duration" "the score's" "the time in which these points lose half their worth";
    "expires_after" "duration" "never" "at this age these points are worth nothing";
    "all" "list of conditions" "holds" "every one of these holds";
    "any" "list of conditions" "holds" "some one of these holds";
    "not" "condition" "holds" "this does not hold";
}

table! { TRIGGER, "[[trigger]]", "A rule that may invite.";
    "id" "id" required "never changes, so that history stays readable";
    "name" "text" "the id" "what people read";
    "priority" "whole number" "0" "the greater goes first when several are ready";
    "page_type" "page type, or a list of them" "any page" "only on these pages";
    "all" "list of conditions" "holds" "every one of these holds";
    "any" "list of conditions" "holds" "some one of these holds";
    "not" "condition" "holds" "this does not hold";
    "delay" "duration" "none" "the conditions must have held for so long without a break";
    "schedule" "{ from, until, days, hours }" "always" "dates, weekdays and hours at which it runs";
    "once_per" "`page`, `session` or `visitor`" "session" "within what span it invites at most once";
    "cooldown" "duration" "none" "the least time between two of its invitations";
    "max_shows" "whole number" "no limit" "how often a visitor sees it at most";
    "stop_after_dismissals" "whole number" "never" "stops for a visitor who has said no to it so often";
    "stop_after_ignores" "whole number" "never" "stops for a visitor who has let it pass so often";
    "sample" "percentage" "100%" "the share of visitors it speaks to at all; the others are not eligible";
    "holdout" "percentage" "0%" "the share of visitors who are deliberately not invited, so that the effect can be measured";
    "goals" "text, or a list of them" "those of `[measure]`" "the goals that count for its effect";
    "department" "text" "anybody" "invites only while somebody of this department can answer";
    "expires_after" "duration" "5m" "how long an offer stands unless it is answered";
    "invitation" "table" required "what it says";
    "variant" "tables" "none" "other ways to say it; each visitor always gets the same one";
}

table! { SCHEDULE, "schedule = { … }", "When a trigger runs.";
    "from" "date" "no limit" "the first day, such as 2026-11-20";
    "until" "date" "no limit" "the last day";
    "days" "`mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, or a list of them" "every day" "the weekdays";
    "hours" "text, or a list of them" "the whole day" "such as `09:00-17:00`; `22:00-02:00` runs past midnight and belongs to the day on which it began";
}

table! { VARIANT, "[[trigger.variant]]", "One of several ways to invite.";
    "id" "id" required "never changes, so that results stay comparable";
    "weight" "whole number" "1" "its share of the visitors, relative to the others";
    "message" "{ language = text, … }" "that of the invitation" "the words, by language";
    "tone" "`sales`, `welcome` or `help`" "that of the invitation" "its voice";
    "channel" "`chat`, `phone` or `email`" "that of the invitation" "through which channel a reply comes";
}

table! { INVITATION, "[trigger.invitation]", "What an invitation says.";
    "message" "{ language = text, … }" required "the words, by language";
    "default_lang" "language" "the first written" "for pages in any other language";
    "tone" "`sales`, `welcome` or `help`" "welcome" "sales: answer and sell; welcome: answer and learn; help: solve, never sell";
    "channel" "`chat`, `phone` or `email`" "chat" "through which channel a reply comes";
    "phone_if" "condition" "never" "offers a call back instead while this holds";
    "when_closed" "`email`" "silence" "offers a form, answered by e-mail, while nobody can answer, whatever `require_available_agent` says";
    "message_closed" "{ language = text, … }" "`message`" "the words for that time";
}

table! { SEGMENT, "[[segment]]", "A condition that has a name.";
    "name" "name" required "the name that conditions use";
    "says" "text" "none" "what people read about it";
    "all" "list of conditions" "holds" "every one of these holds";
    "any" "list of conditions" "holds" "some one of these holds";
    "not" "condition" "holds" "this does not hold";
}

table! { MATRIX, "[[matrix]]", "Two scores looked at together.";
    "name" "name" required "the name that `matrix.<matrix>` uses";
    "rows" "{ score = name, letter = points, … }" required "the score that chooses the row, and the points from which each row begins";
    "columns" "{ score = name, number = points, … }" required "the score that chooses the column, and the points from which each column begins";
}

table! { HOURS, "[hours]", "The site's clock and opening hours.";
    "time_zone" "IANA name" "UTC" "the zone of every date, day and hour in the rules";
    "open" "{ day = spans, … }" "unknown" "spans such as \"09:00-17:00\" for `mon` to `sun`, `weekdays`, `weekend` or `every_day`; a day that is not named is closed";
    "weekend" "list of days" "[\"sat\", \"sun\"]" "the days that `weekend` means; the others are `weekdays`";
    "holidays" "list of dates, or of tables" "none" "days that are closed, or open as they say themselves";
}

table! { HOLIDAY, "[[hours.holidays]]", "A day with hours of its own.";
    "date" "date" required "which day";
    "name" "text" "none" "what people call it";
    "open" "span, or a list of them" "closed" "when the site is open all the same";
}

table! { POLICY, "[policy]", "One budget across all triggers.";
    "max_per_session" "whole number" "1" "invitations in a session";
    "max_per_day" "whole number" "2" "invitations in any 24 hours";
    "max_per_visitor" "whole number" "no limit" "invitations ever";
    "after_dismissal" "duration" "7d" "quiet time after a visitor said no";
    "after_chat" "duration" "1d" "quiet time after a chat ended";
    "after_goal" "duration" "1h" "quiet time after a goal";
    "never_on" "page type, or a list of them" "none" "pages on which nobody is invited";
    "never_while_typing" "true or false" "true" "nobody is invited while typing in a form";
    "require_available_agent" "true or false" "true" "invite only while somebody can answer";
}

table! { MEASURE, "[measure]", "Which goals count for the effect of invitations.";
    "goals" "text, or a list of them" "any goal" "names of goals";
    "within" "duration" "7d" "how long after a visitor became eligible";
}

/// Every table but the file itself, for the reference.
pub static TABLES: [&TableSpec; 14] = [
    &PAGE_TYPE,
    &SCORE,
    &GROUP,
    &SCORE_RULE,
    &TRIGGER,
    &SCHEDULE,
    &INVITATION,
    &VARIANT,
    &POLICY,
    &MEASURE,
    &SEGMENT,
    &MATRIX,
    &HOURS,
    &HOLIDAY,
];
