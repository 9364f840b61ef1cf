//! The fields that conditions may read, as the compiler resolved them. The catalogue names and explains them.

use crate::domain::{Key, Millis, Utm};

/// A name that the site chose, with its key, so that it is looked up quickly and can still be said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// The key of the name in lower case.
    pub key: Key,
    /// The name as it was written.
    pub name: Box<str>,
}

/// A resolved field. Durations are numbers of seconds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `page.type`: the current page's type.
    PageType,
    /// `page.url`
    PageUrl,
    /// `page.path`: from the first slash to the query.
    PagePath,
    /// `page.title`
    PageTitle,
    /// `page.lang`: a BCP 47 tag.
    PageLang,
    /// `page.active`: active seconds on the current page.
    PageActive,
    /// `page.scroll`: percent.
    PageScroll,
    /// `page.query.<name>`: a query parameter that intake keeps.
    PageQuery(Box<str>),
    /// `page.exit_intent`: the pointer left through the page's top.
    PageExitIntent,
    /// `page.views_of_type`: views of the current page's type in this session.
    PageViewsOfType,
    /// `session.page_views`
    SessionPageViews,
    /// `session.active`: active seconds over all pages.
    SessionActive,
    /// `session.duration`: seconds since the session's first event.
    SessionDuration,
    /// `session.idle`: seconds for which nobody has attended any page.
    SessionIdle,
    /// `session.exit_intent`: the pointer left through the top of some page.
    SessionExitIntent,
    /// `session.entry_url`
    SessionEntryUrl,
    /// `session.previous_page_type`: the type of the page opened before the current one.
    SessionPreviousPageType,
    /// `session.entry_path`
    SessionEntryPath,
    /// `session.entry_type`
    SessionEntryType,
    /// `session.page_types`: the types seen, a list.
    SessionPageTypes,
    /// `session.views.<page type>`: views of one page type.
    SessionViews(Key),
    /// `session.events`: custom events and goals so far.
    SessionEvents,
    /// `session.events.<name>`: custom events of one name, by its key in lower case.
    SessionEventsOf(Named),
    /// `session.goals`: goals so far.
    SessionGoals,
    /// `session.goals.<name>`: goals of one name, by its key in lower case.
    SessionGoalsOf(Named),
    /// `session.referrer_host`
    SessionReferrerHost,
    /// `session.source`
    SessionSource,
    /// `session.medium`
    SessionMedium,
    /// `session.campaign`
    SessionCampaign,
    /// `session.term`
    SessionTerm,
    /// `session.content`
    SessionContent,
    /// `session.utm.<name>`: the campaign tags that have no field of their own.
    SessionUtm(Utm),
    /// `session.channel`
    SessionChannel,
    /// `visitor.country`: ISO 3166-1 alpha-2.
    VisitorCountry,
    /// `visitor.region`
    VisitorRegion,
    /// `visitor.city`
    VisitorCity,
    /// `visitor.time_zone`: an IANA name.
    VisitorTimeZone,
    /// `visitor.device`
    VisitorDevice,
    /// `visitor.browser`
    VisitorBrowser,
    /// `visitor.os`
    VisitorOs,
    /// `visitor.screen_width`: CSS pixels.
    VisitorScreenWidth,
    /// `visitor.screen_height`: CSS pixels.
    VisitorScreenHeight,
    /// `visitor.bot`: a program drives the browser.
    VisitorBot,
    /// `visitor.sessions`: sessions so far, this one included.
    VisitorSessions,
    /// `visitor.returning`: true from the second session on.
    VisitorReturning,
    /// `visitor.days_since_first_visit`: whole days.
    VisitorDaysSinceFirstVisit,
    /// `visitor.days_since_last_visit`: whole days since the session before ended.
    VisitorDaysSinceLastVisit,
    /// `visitor.page_views`: over all sessions.
    VisitorPageViews,
    /// `visitor.identified`
    VisitorIdentified,
    /// `visitor.verified`
    VisitorVerified,
    /// `visitor.tags`: labels that agents gave, a list.
    VisitorTags,
    /// `visitor.chats`
    VisitorChats,
    /// `visitor.invitations_shown`
    VisitorInvitationsShown,
    /// `visitor.invitations_accepted`
    VisitorInvitationsAccepted,
    /// `visitor.invitations_dismissed`
    VisitorInvitationsDismissed,
    /// `visitor.trait.<name>`
    VisitorTrait(Box<str>),
    /// `score.<name>`: points now.
    Score(Key),
    /// `stage.<score>`: the name of the score's stage.
    Stage(Key),
    /// `crossed_up.<score>`: the stages entered upwards in this session, a list.
    CrossedUp(Key),
    /// `crossed_down.<score>`: the stages left downwards in this session, a list.
    CrossedDown(Key),
    /// `matrix.<name>`: where two scores meet.
    Matrix(Key),
    /// `event.name`: the custom event or goal that the rule is on.
    EventName,
    /// `event.value`: the goal's value, or the property `value`.
    EventValue,
    /// `event.props.<name>`
    EventProp(Box<str>),
    /// `chat.state`
    ChatState,
    /// `chat.agents_online`
    AgentsOnline,
    /// `chat.free_slots`
    FreeSlots,
    /// `chat.free_slots_in.<department>`
    FreeSlotsIn(Box<str>),
    /// `chat.departments`: those that can answer, a list.
    Departments,
    /// `chat.open`: some department, by the chat settings.
    ChatOpen,
    /// `chat.open_in.<department>`: by the chat settings.
    ChatOpenIn(Box<str>),
    /// `chat.opens_in`: seconds until the chat opens.
    ChatOpensIn,
    /// `chat.speaks`: whether a chat can be answered in the language of the page.
    ChatSpeaks,
    /// `chat.expected_reply`: seconds until a first reply.
    ExpectedReply,
    /// `time.weekday`: `mon` to `sun`, in the site's zone.
    TimeWeekday,
    /// `time.hour`: 0 to 23, in the site's zone.
    TimeHour,
    /// `time.date`: this moment, compared with days of the site's zone.
    TimeDate,
    /// `time.open`: by the opening hours.
    TimeOpen,
    /// `time.holiday`: by the list of holidays.
    TimeHoliday,
    /// A count or a list of what happened, narrowed to the latest span of time.
    InLast(Box<Field>, Millis),
}

impl Field {
    /// Whether the number grows by itself while time passes, so that a condition on it needs a timer.
    pub const fn grows_with_time(&self) -> bool {
        matches!(
            self,
            Self::PageActive
                | Self::SessionActive
                | Self::SessionDuration
                | Self::SessionIdle
                | Self::VisitorDaysSinceFirstVisit
                | Self::VisitorDaysSinceLastVisit
        )
    }

    /// Whether the value changes by itself at certain moments: by the clock on the wall, or because something that
    /// happened is no longer lately.
    pub const fn steps_with_time(&self) -> bool {
        matches!(
            self,
            Self::TimeWeekday
                | Self::TimeHour
                | Self::TimeDate
                | Self::TimeOpen
                | Self::TimeHoliday
                | Self::InLast(..)
        )
    }
}
