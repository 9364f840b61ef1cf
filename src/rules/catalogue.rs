//! The closed catalogue of fields: the one source for the compiler, its guesses and the reference.

use super::field::Field;
use super::operator::{FieldType, Words};

/// How a name becomes a field.
#[derive(Clone, Debug)]
pub enum Bind {
    /// The name is the whole story.
    To(Field),
    /// `<name>` is a query parameter.
    Query,
    /// `<page type>` is a declared page type.
    Views,
    /// `<name>` is a trait.
    Trait,
    /// `<score>` is a declared score.
    Score,
    /// `<score>` is a declared score with stages.
    Stage,
    /// `<name>` is a property of the event.
    Prop,
    /// `<name>` is a campaign tag without `utm_`.
    Utm,
    /// `<name>` is a custom event.
    Events,
    /// `<name>` is a goal.
    Goals,
    /// `<score>` is a declared score with stages, entered upwards.
    CrossedUp,
    /// `<score>` is a declared score with stages, left downwards.
    CrossedDown,
    /// `<matrix>` is a declared matrix.
    Matrix,
    /// `<department>` is what agents state.
    Department,
    /// `<department>` is what the chat settings name.
    OpenIn,
}

/// One field, or one family of fields.
#[derive(Debug)]
pub struct FieldSpec {
    /// The name; a family ends in `<…>`.
    pub name: &'static str,
    /// Its type.
    pub of: FieldType,
    /// One line of explanation.
    pub says: &'static str,
    /// A condition on it, as TOML.
    pub example: &'static str,
    /// How a name becomes a field.
    pub bind: Bind,
}

impl FieldSpec {
    /// For a family, what a field's name begins with.
    pub fn prefix(&self) -> Option<&'static str> {
        self.name.find('<').map(|at| &self.name[..at])
    }

    /// Whether it has a value only in score rules on `event` and `goal`.
    pub const fn needs_event(&self) -> bool {
        matches!(
            self.bind,
            Bind::To(Field::EventName | Field::EventValue) | Bind::Prop
        )
    }

    /// Whether `in_last` may narrow it to what happened lately.
    pub const fn takes_window(&self) -> bool {
        matches!(
            self.bind,
            Bind::To(Field::SessionPageViews | Field::SessionEvents | Field::SessionGoals)
                | Bind::Views
                | Bind::Events
                | Bind::Goals
                | Bind::CrossedUp
                | Bind::CrossedDown
        )
    }
}

/// The field that `name` means, and for a family what follows its prefix.
pub fn find(name: &str) -> Option<(&'static FieldSpec, &str)> {
    FIELDS.iter().find_map(|spec| match spec.prefix() {
        Some(prefix) => Some((spec, name.strip_prefix(prefix)?)),
        None => (spec.name == name).then_some((spec, "")),
    })
}

macro_rules! fields {
    ($( $name:literal, $of:expr, $bind:expr, $says:literal, $example:literal; )*) => {
        &[$( FieldSpec { name: $name, of: $of, bind: $bind, says: $says, example: concat!("{ field = \"", $example, " }") } ),*]
    };
}

use Bind::To;
use FieldType::{Any, Date, Duration, Flag, List, Number, Text, Texts, Word};

/// Every field there is.
pub static FIELDS: &[FieldSpec] = fields! {
    "page.type", Word(Words::PageTypes), To(Field::PageType), "the current page's type", "page.type\", one_of = [\"pricing\", \"sales\"]";
    "page.path", Text, To(Field::PagePath), "the path of the current page, from the first slash to the query", "page.path\", starts_with = \"/ar/\"";
    "page.url", Text, To(Field::PageUrl), "the whole address of the current page", "page.url\", contains = \"shop.example\"";
    "page.title", Text, To(Field::PageTitle), "the title of the current page", "page.title\", contains = \"offer\"";
    "page.lang", Text, To(Field::PageLang), "the language of the current page, as a language tag", "page.lang\", starts_with = \"ar\"";
    "page.active", Duration, To(Field::PageActive), "how long the current page has been visible and attended", "page.active\", at_least = \"30s\"";
    "page.scroll", Number, To(Field::PageScroll), "how far down the current page was scrolled, in percent", "page.scroll\", at_least = 60";
    "page.query.<name>", Text, Bind::Query, "a query parameter of the current page, among those that intake keeps", "page.query.plan\", equals = \"pro\"";
    "page.exit_intent", Flag, To(Field::PageExitIntent), "whether the pointer left through the top of the current page", "page.exit_intent\", equals = true";
    "page.views_of_type", Number, To(Field::PageViewsOfType), "views of pages of the current page's type in this session", "page.views_of_type\", at_least = 2";
    "session.page_views", Number, To(Field::SessionPageViews), "pages viewed in this session", "session.page_views\", at_least = 3";
    "session.active", Duration, To(Field::SessionActive), "active time over all pages of this session", "session.active\", at_least = \"2m\"";
    "session.duration", Duration, To(Field::SessionDuration), "time since this session began", "session.duration\", more_than = \"10m\"";
    "session.idle", Duration, To(Field::SessionIdle), "how long nobody has attended any page; nothing while somebody does, so no trigger can wait for it: nobody is invited while nobody looks. For score rules and tests", "session.idle\", at_least = \"20s\"";
    "session.exit_intent", Flag, To(Field::SessionExitIntent), "whether the pointer left through the top of some page of this session", "session.exit_intent\", equals = true";
    "session.entry_url", Text, To(Field::SessionEntryUrl), "the whole address of this session's first page", "session.entry_url\", contains = \"/ar/\"";
    "session.entry_path", Text, To(Field::SessionEntryPath), "the path of this session's first page", "session.entry_path\", matches = \"/blog/*\"";
    "session.entry_type", Word(Words::PageTypes), To(Field::SessionEntryType), "the type of this session's first page", "session.entry_type\", equals = \"blog\"";
    "session.previous_page_type", Word(Words::PageTypes), To(Field::SessionPreviousPageType), "the type of the page that was opened before the current one", "session.previous_page_type\", equals = \"help\"";
    "session.page_types", List(Words::PageTypes), To(Field::SessionPageTypes), "the page types seen in this session", "session.page_types\", contains = \"pricing\"";
    "session.views.<page type>", Number, Bind::Views, "views of pages of that type in this session", "session.views.pricing\", at_least = 2";
    "session.events", Number, To(Field::SessionEvents), "custom events and goals in this session so far", "session.events\", at_least = 1";
    "session.events.<name>", Number, Bind::Events, "custom events of that name in this session so far", "session.events.add_to_cart\", at_least = 3, in_last = \"5m\"";
    "session.goals", Number, To(Field::SessionGoals), "goals reached in this session so far", "session.goals\", equals = 0";
    "session.goals.<name>", Number, Bind::Goals, "goals of that name in this session so far", "session.goals.signup\", at_least = 1";
    "session.referrer_host", Text, To(Field::SessionReferrerHost), "the host that linked here, without `www.`", "session.referrer_host\", ends_with = \"example.com\"";
    "session.source", Text, To(Field::SessionSource), "who sent the visitor: `google`, `newsletter`, a host, `direct`", "session.source\", equals = \"google\"";
    "session.medium", Text, To(Field::SessionMedium), "by what means: `organic`, `cpc`, `email`, `referral`, `none`", "session.medium\", one_of = [\"cpc\", \"email\"]";
    "session.campaign", Text, To(Field::SessionCampaign), "the campaign (`utm_campaign`)", "session.campaign\", matches = \"spring-*\"";
    "session.term", Text, To(Field::SessionTerm), "the search term (`utm_term`)", "session.term\", exists = true";
    "session.content", Text, To(Field::SessionContent), "which advertisement (`utm_content`)", "session.content\", equals = \"banner-a\"";
    "session.utm.<name>", Text, Bind::Utm, "a campaign tag of the first page's address, without its `utm_`", "session.utm.id\", starts_with = \"eid-\"";
    "session.channel", Word(Words::Channels), To(Field::SessionChannel), "the kind of way that led here", "session.channel\", one_of = [\"paid_search\", \"email\"]";
    "visitor.country", Word(Words::Countries), To(Field::VisitorCountry), "the country, as two letters", "visitor.country\", one_of = [\"SA\", \"AE\", \"EG\"]";
    "visitor.region", Text, To(Field::VisitorRegion), "the region, by its English name", "visitor.region\", equals = \"Riyadh Region\"";
    "visitor.city", Text, To(Field::VisitorCity), "the city, by its English name", "visitor.city\", equals = \"Riyadh\"";
    "visitor.time_zone", Text, To(Field::VisitorTimeZone), "the browser's time zone, by its IANA name", "visitor.time_zone\", starts_with = \"Asia/\"";
    "visitor.device", Word(Words::Devices), To(Field::VisitorDevice), "the kind of device", "visitor.device\", equals = \"mobile\"";
    "visitor.browser", Text, To(Field::VisitorBrowser), "the browser's name", "visitor.browser\", equals = \"Firefox\"";
    "visitor.os", Text, To(Field::VisitorOs), "the operating system's name", "visitor.os\", contains = \"Windows\"";
    "visitor.screen_width", Number, To(Field::VisitorScreenWidth), "the width of the screen in CSS pixels", "visitor.screen_width\", less_than = 600";
    "visitor.screen_height", Number, To(Field::VisitorScreenHeight), "the height of the screen in CSS pixels", "visitor.screen_height\", at_least = 900";
    "visitor.bot", Flag, To(Field::VisitorBot), "whether a program drives the browser; only a site with `allow_automation` lets such visitors in", "visitor.bot\", equals = false";
    "visitor.sessions", Number, To(Field::VisitorSessions), "sessions so far, this one included", "visitor.sessions\", at_least = 3";
    "visitor.returning", Flag, To(Field::VisitorReturning), "whether this is not the first session", "visitor.returning\", equals = true";
    "visitor.days_since_first_visit", Number, To(Field::VisitorDaysSinceFirstVisit), "whole days since the visitor was first heard of", "visitor.days_since_first_visit\", at_most = 7";
    "visitor.days_since_last_visit", Number, To(Field::VisitorDaysSinceLastVisit), "whole days since the session before this one ended; unknown in the first", "visitor.days_since_last_visit\", at_least = 30";
    "visitor.page_views", Number, To(Field::VisitorPageViews), "pages viewed over all sessions", "visitor.page_views\", more_than = 20";
    "visitor.identified", Flag, To(Field::VisitorIdentified), "whether the site has said who this is", "visitor.identified\", equals = false";
    "visitor.verified", Flag, To(Field::VisitorVerified), "whether a token of the site has proved who this is", "visitor.verified\", equals = true";
    "visitor.tags", Texts, To(Field::VisitorTags), "labels that agents gave", "visitor.tags\", any_of = [\"vip\", \"partner\"]";
    "visitor.chats", Number, To(Field::VisitorChats), "chats begun so far", "visitor.chats\", equals = 0";
    "visitor.invitations_shown", Number, To(Field::VisitorInvitationsShown), "invitations shown so far", "visitor.invitations_shown\", less_than = 3";
    "visitor.invitations_accepted", Number, To(Field::VisitorInvitationsAccepted), "invitations accepted so far", "visitor.invitations_accepted\", at_least = 1";
    "visitor.invitations_dismissed", Number, To(Field::VisitorInvitationsDismissed), "invitations dismissed so far", "visitor.invitations_dismissed\", at_most = 1";
    "visitor.trait.<name>", Any, Bind::Trait, "a fact that the site told about the visitor", "visitor.trait.plan\", equals = \"free\"";
    "score.<score>", Number, Bind::Score, "that score's points now", "score.buy\", at_least = 40";
    "stage.<score>", Word(Words::Stages), Bind::Stage, "the stage that score is in", "stage.buy\", one_of = [\"warm\", \"hot\"]";
    "crossed_up.<score>", List(Words::Stages), Bind::CrossedUp, "the stages that the score entered upwards in this session", "crossed_up.buy\", contains = \"hot\", in_last = \"10m\"";
    "crossed_down.<score>", List(Words::Stages), Bind::CrossedDown, "the stages that the score left downwards in this session", "crossed_down.buy\", contains = \"warm\"";
    "matrix.<matrix>", Word(Words::Matrix), Bind::Matrix, "where two scores meet; unknown below the lowest row or column", "matrix.lead\", one_of = [\"A1\", \"A2\", \"B1\"]";
    "event.name", Text, To(Field::EventName), "the name of the event or goal that the score rule is on", "event.name\", starts_with = \"cart_\"";
    "event.value", Number, To(Field::EventValue), "the goal's value, or the event's property `value`", "event.value\", at_least = 100";
    "event.props.<name>", Any, Bind::Prop, "a property of the event", "event.props.colour\", equals = \"brass\"";
    "chat.state", Word(Words::ChatStates), To(Field::ChatState), "where the visitor stands with the chat", "chat.state\", equals = \"none\"";
    "chat.agents_online", Number, To(Field::AgentsOnline), "agents who are online", "chat.agents_online\", at_least = 2";
    "chat.free_slots", Number, To(Field::FreeSlots), "chats that agents can still take", "chat.free_slots\", at_least = 3";
    "chat.free_slots_in.<department>", Number, Bind::Department, "chats that the agents of that department can still take", "chat.free_slots_in.sales\", at_least = 1";
    "chat.departments", Texts, To(Field::Departments), "the departments that can answer now", "chat.departments\", contains = \"sales\"";
    "chat.expected_reply", Duration, To(Field::ExpectedReply), "how long a first reply usually takes; unknown while nobody can answer", "chat.expected_reply\", at_most = \"2m\"";
    "chat.open", Flag, To(Field::ChatOpen), "whether some department is open, by the hours of the chat settings; unknown where they name none", "chat.open\", equals = true";
    "chat.open_in.<department>", Flag, Bind::OpenIn, "whether that department is open, by the hours of the chat settings; unknown where they do not name it", "chat.open_in.sales\", equals = true";
    "chat.opens_in", Duration, To(Field::ChatOpensIn), "time until the first department opens; unknown while one is open. Looked at with each report of the visitor", "chat.opens_in\", at_most = \"1h\"";
    "chat.speaks", Flag, To(Field::ChatSpeaks), "whether an agent with a free place speaks the language of the page; true where agents do not state languages, unknown where the page has none", "chat.speaks\", equals = true";
    "time.weekday", Word(Words::Weekdays), To(Field::TimeWeekday), "the day of the week in the site's zone", "time.weekday\", one_of = [\"sun\", \"mon\"]";
    "time.hour", Number, To(Field::TimeHour), "the hour in the site's zone, 0 to 23", "time.hour\", between = [9, 16]";
    "time.date", Date, To(Field::TimeDate), "today in the site's zone", "time.date\", between = [\"2026-11-20\", \"2026-11-30\"]";
    "time.open", Flag, To(Field::TimeOpen), "whether the site is open by its `[hours]`", "time.open\", equals = true";
    "time.holiday", Flag, To(Field::TimeHoliday), "whether today is one of the holidays of `[hours]`", "time.holiday\", equals = false";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_own_entry() {
        for spec in FIELDS {
            let name = spec
                .prefix()
                .map_or(spec.name.to_owned(), |p| format!("{p}x"));
            let (found, rest) = find(&name).expect("the catalogue finds its own names");
            assert_eq!(found.name, spec.name);
            assert_eq!(rest, if spec.prefix().is_some() { "x" } else { "" });
        }
        assert!(find("page.types").is_none());
        assert!(find("").is_none());
    }
}
