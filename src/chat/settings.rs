//! What an administrator sets up: departments, when they are open, and what they offer beside a chat.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{MAX_CHAT_NAME, MAX_DEPARTMENTS, Millis};
use crate::rules::{Span, WEEKDAYS};

use super::hours::Hours;

/// How many spans of opening a department has in a week.
const MAX_SPANS: usize = 32;
/// How many holidays a department has.
const MAX_HOLIDAYS: usize = 400;
/// How many languages a label, or a department, has.
const MAX_LANGUAGES: usize = 32;
/// The longest usual time to a first reply, in seconds: a week.
const MAX_REPLY_S: u64 = 7 * 86_400;
/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// A site's chat settings, as they stand in the store and on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatSettings {
    /// The departments, at most 32. None: whoever is online answers, at any time.
    pub departments: Vec<DepartmentSettings>,
}

/// One department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentSettings {
    /// What agents and rules call it, in any case: 1 to 64 characters.
    pub name: String,
    /// What people read, by language tag.
    #[serde(default)]
    pub label: BTreeMap<String, String>,
    /// The IANA name of the zone of its hours, such as `Asia/Riyadh`.
    pub time_zone: String,
    /// When it is open; `null`: always, an empty list: never. At most 32.
    #[serde(default)]
    pub hours: Option<Vec<OpenSpan>>,
    /// Days on which it is closed, at most 400.
    #[serde(default)]
    pub holidays: Vec<DayOff>,
    /// The languages it answers in, as tags; of agents who state none, these are taken to be theirs. None: any.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Whether it calls back.
    #[serde(default)]
    pub phone: bool,
    /// Whether it answers by e-mail.
    #[serde(default = "yes")]
    pub email: bool,
    /// How long a first reply usually takes, in seconds, where too little was measured; 1 to 604,800.
    #[serde(default)]
    pub expected_reply_s: Option<u64>,
}

/// A span of opening, the same on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenSpan {
    /// The days on which it begins: `mon` to `sun`.
    pub days: Vec<String>,
    /// The first minute, such as `09:00`.
    pub from: String,
    /// The minute after the last, up to `24:00`. One that does not lie after `from` lies in the next day.
    pub until: String,
}

/// A day on which a department is closed. A span that began the day before still ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayOff {
    /// The date, such as `2026-09-23`.
    pub date: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
}

const fn yes() -> bool {
    true
}

/// Chat settings that are in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// How often they were changed; 0 before the first change.
    pub revision: u64,
    /// As they were written.
    pub written: ChatSettings,
    /// The departments, in the order they were written.
    pub(super) departments: Vec<Set>,
}

/// A department that was set up.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Set {
    pub(super) name: Arc<str>,
    /// `None`: always open.
    pub(super) hours: Option<Hours>,
    pub(super) languages: Vec<Arc<str>>,
    pub(super) phone: bool,
    pub(super) email: bool,
    pub(super) expected_reply: Option<Millis>,
}

impl Settings {
    /// Puts settings into force.
    ///
    /// # Errors
    ///
    /// The first thing in them that cannot be used, and what to write instead.
    pub fn read(written: ChatSettings, revision: u64) -> Result<Self, String> {
        if written.departments.len() > MAX_DEPARTMENTS {
            return Err(format!("a site has at most {MAX_DEPARTMENTS} departments"));
        }
        let mut departments: Vec<Set> = Vec::new();
        for department in &written.departments {
            let set = department
                .read()
                .map_err(|why| format!("department {:?}: {why}", department.name))?;
            let lower = set.name.to_lowercase();
            let mut earlier = departments.iter();
            if earlier.any(|known| known.name.to_lowercase() == lower) {
                return Err(format!(
                    "two departments are called {:?}; each needs a name of its own",
                    department.name
                ));
            }
            departments.push(set);
        }
        Ok(Self {
            revision,
            written,
            departments,
        })
    }
}

impl DepartmentSettings {
    fn read(&self) -> Result<Set, String> {
        let name = self.name.trim();
        if !is_text(name) {
            return Err(format!("`name` has 1 to {MAX_CHAT_NAME} characters"));
        }
        let too_many = |what: &str, most| format!("`{what}` has at most {most} entries");
        if self.label.len() > MAX_LANGUAGES || self.languages.len() > MAX_LANGUAGES {
            return Err(too_many("languages", MAX_LANGUAGES));
        }
        if self.holidays.len() > MAX_HOLIDAYS {
            return Err(too_many("holidays", MAX_HOLIDAYS));
        }
        if let Some((tag, _)) = self
            .label
            .iter()
            .find(|(tag, text)| language(tag).is_none() || !is_text(text))
        {
            return Err(format!(
                "the label in {tag:?} needs a language tag such as `ar`, and 1 to {MAX_CHAT_NAME} characters"
            ));
        }
        let languages = self.languages.iter().map(|tag| {
            let wrong = || format!("{tag:?} is no language tag; write `ar`, `en` or `pt-br`");
            language(tag).ok_or_else(wrong)
        });
        if let Some(seconds) = self.expected_reply_s
            && !(1..=MAX_REPLY_S).contains(&seconds)
        {
            return Err(format!("`expected_reply_s` is 1 to {MAX_REPLY_S}"));
        }
        Ok(Set {
            name: name.into(),
            hours: self.open_hours()?,
            languages: languages.collect::<Result<_, _>>()?,
            phone: self.phone,
            email: self.email,
            expected_reply: self.expected_reply_s.map(Millis::from_secs),
        })
    }

    /// `None` when it never closes.
    fn open_hours(&self) -> Result<Option<Hours>, String> {
        let zone = Hours::zone(&self.time_zone).ok_or_else(|| {
            let told = "write an IANA name, such as `Asia/Riyadh` or `Europe/Berlin`";
            format!("there is no time zone {:?}; {told}", self.time_zone)
        })?;
        let holidays = self.holidays.iter().map(|day| {
            let date = day.date.parse::<Date>();
            date.map_err(|_| format!("{:?} is no date; write `2026-09-23`", day.date))
        });
        let holidays: Vec<Date> = holidays.collect::<Result<_, _>>()?;
        let mut week: [Vec<Span>; 7] = Default::default();
        let Some(spans) = &self.hours else {
            if holidays.is_empty() {
                return Ok(None);
            }
            let whole = Span {
                from: 0,
                until: DAY,
            };
            for day in &mut week {
                day.push(whole);
            }
            return Ok(Some(Hours::new(zone, week, holidays)));
        };
        if spans.len() > MAX_SPANS {
            return Err(format!("`hours` has at most {MAX_SPANS} entries"));
        }
        for open in spans {
            let span = open.span()?;
            for day in &open.days {
                let at = WEEKDAYS.iter().position(|known| *known == &**day);
                let at = at.ok_or_else(|| {
                    format!("{day:?} is no day; write one of {}", WEEKDAYS.join(", "))
                })?;
                week[at].push(span);
            }
        }
        Ok(Some(Hours::new(zone, week, holidays)))
    }
}

impl OpenSpan {
    fn span(&self) -> Result<Span, String> {
        let wrong = |text: &str| format!("{text:?} is no time of day; write `09:00`");
        let from = minute(&self.from)
            .filter(|from| *from < DAY)
            .ok_or_else(|| wrong(&self.from))?;
        let until = minute(&self.until).ok_or_else(|| wrong(&self.until))?;
        let until = if until > from { until } else { until + DAY };
        Ok(Span { from, until })
    }
}

/// Minutes since midnight of `09:00`, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= MAX_CHAT_NAME
        && !text.contains(char::is_control)
}

/// A language tag in lower case: two or three letters, then parts of up to eight letters or digits.
pub fn language(text: &str) -> Option<Arc<str>> {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let fits = matches!(first.len(), 2 | 3)
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            matches!(part.len(), 1..=8) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
        && text.len() <= 35;
    fits.then(|| text.to_ascii_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn department(changed: &serde_json::Value) -> Result<Settings, String> {
        let mut written = serde_json::json!({
            "name": "Sales", "label": {"en": "Sales", "ar": "المبيعات"}, "time_zone": "Asia/Riyadh",
            "hours": [{"days": ["sun", "mon"], "from": "09:00", "until": "17:00"},
                {"days": ["thu"], "from": "22:00", "until": "02:00"}],
            "holidays": [{"date": "2026-09-23", "name": "National Day"}], "languages": ["ar", "en-GB"],
            "phone": true,
        });
        let fields = changed.as_object().unwrap().clone();
        written.as_object_mut().unwrap().extend(fields);
        let settings = serde_json::json!({ "departments": [written] });
        let settings = serde_json::from_value(settings).map_err(|why| why.to_string())?;
        Settings::read(settings, 1)
    }

    #[test]
    fn settings_are_read_and_written_back() {
        let settings = department(&serde_json::json!({})).unwrap();
        let [sales] = &*settings.departments else {
            panic!("one department")
        };
        assert!(sales.phone && sales.email, "e-mail unless told");
        assert_eq!(sales.languages, ["ar", "en-gb"].map(Arc::from));
        let text = serde_json::to_string(&settings.written).unwrap();
        let again = serde_json::from_str(&text).unwrap();
        assert_eq!(Settings::read(again, 1), Ok(settings));
    }

    #[test]
    fn what_cannot_be_used_is_said_with_what_to_write() {
        let (long, two) = ("x".repeat(65), "two departments");
        for (changed, why) in [
            (serde_json::json!({"name": " "}), "`name`"),
            (serde_json::json!({"name": long}), "`name`"),
            (
                serde_json::json!({"time_zone": "Asia/Atlantis"}),
                "time zone",
            ),
            (
                serde_json::json!({"hours": [{"days": ["noday"], "from": "09:00", "until": "17:00"}]}),
                "no day",
            ),
            (
                serde_json::json!({"hours": [{"days": ["mon"], "from": "9:00", "until": "17:00"}]}),
                "time of day",
            ),
            (
                serde_json::json!({"hours": [{"days": ["mon"], "from": "24:00", "until": "17:00"}]}),
                "time of day",
            ),
            (
                serde_json::json!({"hours": [{"days": ["mon"], "from": "09:00", "until": "24:01"}]}),
                "time of day",
            ),
            (
                serde_json::json!({"holidays": [{"date": "2026-02-30"}]}),
                "no date",
            ),
            (
                serde_json::json!({"languages": ["english"]}),
                "language tag",
            ),
            (serde_json::json!({"label": {"en": ""}}), "label"),
            (
                serde_json::json!({"expected_reply_s": 0}),
                "expected_reply_s",
            ),
            (serde_json::json!({"colour": "red"}), "colour"),
        ] {
            let told = department(&changed).unwrap_err();
            assert!(told.contains(why), "{changed}: {told}");
        }
        let one = department(&serde_json::json!({})).unwrap().written;
        let both = [one.departments.clone(), one.departments].concat();
        let told = Settings::read(ChatSettings { departments: both }, 1).unwrap_err();
        assert!(told.contains(two), "{told}");
    }

    #[test]
    fn a_department_without_hours_is_always_open() {
        let open = |changed| department(&changed).unwrap().departments.remove(0).hours;
        let always = serde_json::json!({"hours": null, "holidays": []});
        assert_eq!(open(always), None);
        let noon = crate::domain::Timestamp(1_790_164_800_000); // 2026-09-23T12:00:00Z
        let but_for_holidays = open(serde_json::json!({"hours": null})).unwrap();
        assert!(!but_for_holidays.is_open(noon));
        assert!(but_for_holidays.is_open(noon + Millis::from_days(1)));
        let never = open(serde_json::json!({"hours": []})).unwrap();
        assert!(!never.is_open(noon));
    }
}
