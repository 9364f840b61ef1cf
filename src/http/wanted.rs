//! What of the list is asked for: filters, order and groups as query parameters.

use crate::domain::{Channel, ChatState, CountryCode, Device, Key, MAX_TAGS, Presence};
use crate::live::{Column, Filter, GroupBy, INVITATION_WORDS, Sort, SortBy};
use crate::rules::RuleSet;
use crate::site::Site;

use super::problem::{Kind, Problem};

/// The presence of whoever has not left.
const HERE: &str = "here";

/// Makes a struct of query parameters: those that narrow and order the list, and some of its own.
macro_rules! list_params {
    ($(#[$doc:meta])* $name:ident { $($(#[$more:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields, default)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// `active`, `idle` or `left`.
            presence: Option<String>,
            /// The current page's type, such as `pricing`.
            page_type: Option<String>,
            /// ISO 3166-1 alpha-2.
            country: Option<String>,
            /// The source's channel, such as `organic_search`.
            channel: Option<String>,
            /// Some score is in the stage of this name, such as `hot`.
            stage: Option<String>,
            /// `desktop`, `mobile`, `tablet`, `tv` or `other`.
            device: Option<String>,
            /// `none`, `queued`, `chatting` or `ended`.
            chat: Option<String>,
            /// `none`, `held`, `offered`, `shown`, or how the last one of this session ended.
            invitation: Option<String>,
            /// Whether the visitor has been here before.
            returning: Option<bool>,
            /// `true` for those whom nobody may invite, and nobody else; they are left out otherwise.
            banned: Option<bool>,
            /// Labels that the visitor has, all of them, with commas between.
            tag: Option<String>,
            /// Text in id, user id, name, company, URL, title, country, city, source or labels.
            q: Option<String>,
            /// `score.<name>` or a column; a leading `-` puts the greatest first.
            sort: Option<String>,
            $($(#[$more])* $field: $kind,)*
        }

        impl $name {
            fn wanted(&self) -> $crate::http::wanted::Wanted<'_> {
                $crate::http::wanted::Wanted {
                    presence: self.presence.as_deref(),
                    page_type: self.page_type.as_deref(),
                    country: self.country.as_deref(),
                    channel: self.channel.as_deref(),
                    stage: self.stage.as_deref(),
                    device: self.device.as_deref(),
                    chat: self.chat.as_deref(),
                    invitation: self.invitation.as_deref(),
                    returning: self.returning,
                    banned: self.banned,
                    tags: self.tag.as_deref(),
                    text: self.q.as_deref(),
                    sort: self.sort.as_deref(),
                }
            }
        }
    };
}

pub(super) use list_params;

/// What narrows and orders the list, as it was asked for.
pub(super) struct Wanted<'a> {
    pub(super) presence: Option<&'a str>,
    pub(super) page_type: Option<&'a str>,
    pub(super) country: Option<&'a str>,
    pub(super) channel: Option<&'a str>,
    pub(super) stage: Option<&'a str>,
    pub(super) device: Option<&'a str>,
    pub(super) chat: Option<&'a str>,
    pub(super) invitation: Option<&'a str>,
    pub(super) returning: Option<bool>,
    pub(super) banned: Option<bool>,
    pub(super) tags: Option<&'a str>,
    pub(super) text: Option<&'a str>,
    pub(super) sort: Option<&'a str>,
}

impl Wanted<'_> {
    /// What narrows the list.
    ///
    /// # Errors
    ///
    /// The problem, when a word is one that nobody can have.
    pub(super) fn filter(&self, site: &Site) -> Result<Filter, Problem> {
        let rules = site.live_rules();
        let page_types = rules.page_types.iter().map(|known| &*known.name);
        let stages = rules.scores.iter().flat_map(|score| &score.stages);
        let stages = stages.map(|stage| &*stage.name);
        let country = self.country.map(|code| {
            let detail = "`country` is two letters, such as SA";
            let code = code.to_ascii_uppercase();
            CountryCode::new(&code).ok_or_else(|| Problem::new(Kind::BadParameter, detail))
        });
        let here = self.presence == Some(HERE);
        let presence = self.presence.filter(|_| !here);
        Ok(Filter {
            presence: one_of(presence, "presence", Presence::ALL, Presence::as_str)?,
            here,
            page_type: word(self.page_type, "page_type", page_types)?.map(Key::of),
            country: country.transpose()?,
            channel: one_of(self.channel, "channel", Channel::ALL, Channel::as_str)?,
            stage: word(self.stage, "stage", stages)?.map(str::to_owned),
            device: one_of(self.device, "device", Device::ALL, Device::as_str)?,
            chat: one_of(self.chat, "chat", ChatState::ALL, ChatState::as_str)?,
            invitation: word(self.invitation, "invitation", INVITATION_WORDS)?,
            returning: self.returning,
            banned: self.banned.unwrap_or_default(),
            tags: self.tags()?,
            text: self.text.filter(|text| !text.is_empty()).map(str::to_owned),
        })
    }

    fn tags(&self) -> Result<Vec<String>, Problem> {
        let tags = self.tags.unwrap_or_default().split(',').map(str::trim);
        let tags: Vec<String> = tags
            .filter(|tag| !tag.is_empty())
            .map(str::to_lowercase)
            .collect();
        if tags.len() > MAX_TAGS {
            let detail = format!("a visitor has at most {MAX_TAGS} labels; name fewer in `tag`");
            return Err(Problem::new(Kind::BadParameter, detail));
        }
        Ok(tags)
    }

    /// The order asked for; the site's first score, greatest first, unless told.
    ///
    /// # Errors
    ///
    /// The problem, when there is no such column.
    pub(super) fn order(&self, site: &Site) -> Result<Sort, Problem> {
        let rules = site.live_rules();
        let Some(text) = self.sort else {
            let first = rules.scores.first();
            let by = first.map_or(SortBy::Column(Column::LastSeen), |score| {
                SortBy::Score(score.name.to_string())
            });
            return Ok(Sort {
                by,
                descending: true,
            });
        };
        let (descending, name) = text
            .strip_prefix('-')
            .map_or((false, text), |name| (true, name));
        let column = Column::ALL.iter().find(|column| column.as_str() == name);
        let score = name
            .strip_prefix("score.")
            .and_then(|name| rules.scores.iter().find(|s| *s.name == *name));
        let by = match (score, column) {
            (Some(score), _) => SortBy::Score(score.name.to_string()),
            (None, Some(column)) => SortBy::Column(*column),
            (None, None) => return Err(no_column(&rules)),
        };
        Ok(Sort { by, descending })
    }
}

fn no_column(rules: &RuleSet) -> Problem {
    let scores = rules.scores.iter();
    let scores = scores.map(|score| format!("score.{}", score.name));
    let columns = Column::ALL.iter().map(|column| column.as_str().to_owned());
    let known: Vec<String> = scores.chain(columns).collect();
    let detail = format!("`sort` is one of {}", known.join(", "));
    Problem::new(Kind::BadParameter, detail)
}

/// What divides the list into groups; nothing unless told.
///
/// # Errors
///
/// The problem, when it is not one of the words.
pub(super) fn group(text: Option<&str>) -> Result<Option<GroupBy>, Problem> {
    let text = text.filter(|text| *text != "none");
    one_of(text, "group", GroupBy::ALL, GroupBy::as_str)
}

/// The value that a parameter names, whatever its case.
fn one_of<T: Copy, const N: usize>(
    text: Option<&str>,
    name: &str,
    values: [T; N],
    as_str: fn(T) -> &'static str,
) -> Result<Option<T>, Problem> {
    let found = word(text, name, values.map(as_str))?;
    let mut values = values.into_iter();
    Ok(found.and_then(|found| values.find(|value| as_str(*value) == found)))
}

/// The word that a parameter means, whatever its case. One that nobody can have is refused, so that an empty list always
/// means that nobody is there.
fn word<'a>(
    text: Option<&str>,
    name: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Result<Option<&'a str>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let words: Vec<&str> = words.into_iter().collect();
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    found.copied().map(Some).ok_or_else(|| {
        let detail = format!("`{name}` is one of {}", words.join(", "));
        Problem::new(Kind::BadParameter, detail)
    })
}
