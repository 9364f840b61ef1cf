//! The fields that conditions may read, as the compiler resolved them. The catalogue names and explains them.

use crate::domain::Key;

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
    /// `page.views_of_type`: views of the current page's type in this session.
    PageViewsOfType,
    /// `session.page_views`
    SessionPageViews,
    /// `session.active`: active seconds over all pages.
    SessionActive,
    /// `session.duration`: seconds since the session's first event.
    SessionDuration,
    /// `session.entry_path`
    SessionEntryPath,
    /// `session.entry_type`
    SessionEntryType,
    /// `session.page_types`: the types seen, a list.
    SessionPageTypes,
    /// `session.views.<page type>`: views of one page type.
    SessionViews(Key),
    /// `session.events`: custom events so far.
    SessionEvents,
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
    /// `visitor.sessions`: sessions so far, this one included.
    VisitorSessions,
    /// `visitor.returning`: true from the second session on.
    VisitorReturning,
    /// `visitor.page_views`: over all sessions.
    VisitorPageViews,
    /// `visitor.identified`
    VisitorIdentified,
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
}

impl Field {
    /// Whether the field grows with active time by itself, so that a condition on it needs a timer.
    pub const fn grows_with_time(&self) -> bool {
        matches!(
            self,
            Self::PageActive | Self::SessionActive | Self::SessionDuration
        )
    }
}
