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
    "test" "tables" "none" "visits, and what they should lead to";
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
    "chat_within" "duration" "no limit" "a chat is offered only while a first reply usually comes within this time";
    "phone_if" "condition" "never" "while this holds, a call back is offered instead of a chat, wherever an invitation has no `phone_if` of its own";
}

table! { MEASURE, "[measure]", "Which goals count for the effect of invitations.";
    "goals" "text, or a list of them" "any goal" "names of goals";
    "within" "duration" "7d" "how long after a visitor became eligible";
}

table! { TEST, "[[test]]", "A visit, and what it should lead to.";
    "name" "text" required "what it shows";
    "visitor" "table" "somebody new" "who comes";
    "clock" "day and hour" "a Tuesday, 10:00" "when the visit begins, by the site's clock: `2026-11-24T10:00`";
    "agents" "whole number, or a table" "1" "agents online, each with one free chat";
    "visit" "list of moments" required "what happens, in order of time";
    "expect" "table" "nothing more" "what should hold right after the last moment";
    "keep_query" "text, or a list of them" "none" "query parameters that page addresses keep, as the site's setting of this name says; all others are dropped";
}

table! { TEST_VISITOR, "test.visitor", "Who comes.";
    "returning" "true or false" "false" "whether they were here before";
    "sessions" "whole number" "1, or 2 for one who returns" "sessions so far, this one included";
    "last_visit" "duration" "7d" "how long ago the session before this one was";
    "country" "two letters" "not known" "the country";
    "region" "text" "not known" "the region";
    "city" "text" "not known" "the city";
    "device" "`desktop`, `mobile`, `tablet`, `tv` or `other`" "desktop" "the kind of device";
    "browser" "text" "not known" "the browser's name";
    "os" "text" "not known" "the operating system's name";
    "language" "language" "not known" "the language of the pages they open";
    "time_zone" "text" "not known" "the browser's time zone";
    "channel" "word" "direct" "the kind of way that led here";
    "source" "text" "direct" "who sent them";
    "medium" "text" "none" "by what means";
    "campaign" "text" "none" "the campaign";
    "term" "text" "none" "the search term";
    "content" "text" "none" "which advertisement";
    "utm" "{ name = value, … }" "none" "campaign tags without a key of their own: `id`, `source_platform`, `creative_format`, `marketing_tactic`";
    "referrer" "host" "none" "the host that linked here; without `channel`, `source` and `medium`, they follow from it";
    "screen" "text" "not known" "the screen's width and height in CSS pixels, such as `390x844`";
    "identified" "true or false" "false" "whether the site has said who they are";
    "user_id" "text" "none" "the site's own id for them";
    "verified" "true or false" "false" "whether a signed token proved who they are";
    "traits" "{ name = value, … }" "none" "what the site told about them before";
    "tags" "text, or a list of them" "none" "labels that agents gave them";
    "holdout" "true or false" "false" "whether they are in every holdout; without it, in none";
    "variant" "variant" "by chance" "the variant that they see";
    "id" "text" "none" "any text: holdout, sample and variant then fall as chance has it for this visitor";
}

table! { TEST_AGENTS, "test.agents", "Who can answer, in detail.";
    "online" "whole number" "1" "agents who are online";
    "free" "whole number" "one each" "chats that they can still take";
    "reply" "duration" "not known" "how long a first reply usually takes";
    "departments" "text, or a list of them" "none" "the departments that they answer for, each with those chats";
}

table! { TEST_VISIT, "test.visit", "A moment of a test's visit.";
    "at" "duration" required "time since the visit began";
    "url" "path or address" "none" "opens this page and leaves the one before; campaign tags and click ids in it go before what `visitor` says";
    "title" "text" "none" "with `url`: the page's title";
    "type" "page type" "by the path" "with `url`: the page type that the site states";
    "lang" "language" "the visitor's" "with `url`: the page's language";
    "active" "duration" "all the time that passes" "active time on the page so far";
    "scroll" "whole number" "as before" "how far down the page was scrolled so far, in percent";
    "attended" "true or false" "true" "whether somebody looks at the page from here on";
    "event" "text" "none" "reports a custom event, or what the tracker notices itself: `exit_intent`, `form_focus`, `form_blur`";
    "props" "{ name = value, … }" "none" "with `event`: its properties";
    "goal" "text" "none" "reports a goal";
    "value" "number" "none" "with `goal`: what it is worth";
    "identify" "text" "none" "says who the visitor is, by the site's own id";
    "verified" "true or false" "false" "with `identify`: whether a signed token proves it";
    "traits" "{ name = value, … }" "none" "with `identify`: what the site tells about them";
    "invitation" "`shown`, `accepted` or `dismissed`" "none" "what becomes of the open invitation";
    "chat" "`queued`, `started` or `ended`" "none" "the chat layer's word";
    "agents" "whole number, or a table" "as before" "agents come or go";
    "leave" "true" "stays" "closes the page";
    "expect" "table" "nothing" "what should hold right after this moment";
}

table! { TEST_EXPECT, "test.expect", "What should hold.";
    "invitation" "trigger, or `none`" "not looked at" "the trigger of the open invitation";
    "withheld" "true or false" "not looked at" "whether that invitation is withheld";
    "invitations" "list of triggers" "not looked at" "the triggers of all invitations so far, in order, whatever became of them";
    "ended" "`accepted`, `dismissed`, `ignored`, `expired`, `revoked` or `withheld`" "not looked at" "how the latest invitation ended";
    "message" "text" "not looked at" "the words of the latest invitation";
    "lang" "language" "not looked at" "the language of those words";
    "tone" "`sales`, `welcome` or `help`" "not looked at" "the tone of the latest invitation";
    "channel" "`chat`, `phone` or `email`" "not looked at" "the channel of the latest invitation";
    "variant" "variant" "not looked at" "the variant of the latest invitation";
    "because" "reason, or a list of them" "not looked at" "each of these speaks against inviting now";
    "score" "table" "not looked at" "scores: `score.buy = 30`, or `score.buy = { at_least = 20, at_most = 40 }`";
    "stage" "table" "not looked at" "stages: `stage.buy = \"warm\"`, or `\"none\"`";
    "page_type" "page type, or `none`" "not looked at" "the type of the current page";
    "holds" "condition, or a list of them" "not looked at" "anything that rules can ask";
}

table! { TEST_POINTS, "test.expect.score.<score>", "Points that a score should have.";
    "at_least" "number" "no limit" "no less than this";
    "at_most" "number" "no limit" "no more than this";
}

/// Every table but the file itself, for the reference.
pub static TABLES: [&TableSpec; 20] = [
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
    &TEST,
    &TEST_VISITOR,
    &TEST_AGENTS,
    &TEST_VISIT,
    &TEST_EXPECT,
    &TEST_POINTS,
    &SEGMENT,
    &MATRIX,
    &HOURS,
    &HOLIDAY,
];
