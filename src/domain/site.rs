//! What a site knows at this moment that no single visitor's state holds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::scarce::Scarce;
use super::time::{Millis, Timestamp};

/// How many departments are told apart.
pub const MAX_DEPARTMENTS: usize = 32;

/// As [`SiteNow::places`]: not every agent can have been heard yet, so what was promised is taken to stand.
pub const UNKNOWN_PLACES: u16 = u16::MAX;

/// A department: what its agents say, and what the chat settings say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Its name, as the settings or its agents state it.
    pub name: Arc<str>,
    /// Chats that its online agents can still take; zero while it is closed.
    pub free_slots: u16,
    /// Chats that those agents can take, with those that open invitations have promised; zero while it is closed.
    pub places: u16,
    /// How long a first reply usually takes; `None` when nobody knows.
    pub expected_reply: Option<Millis>,
    /// The languages in which a chat can be answered now, as tags in lower case; empty: nobody says, so any.
    pub languages: Vec<Arc<str>>,
    /// What the chat settings say; `None` when they do not name it.
    pub service: Option<Service>,
}

/// What the chat settings say of a department, at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Whether it is open by its hours.
    pub open: bool,
    /// When it next opens; `None` while it is open, and when it does not within a year.
    pub opens_at: Option<Timestamp>,
    /// Whether it calls back.
    pub phone: bool,
    /// Whether it answers by e-mail.
    pub email: bool,
}

/// The site's situation, handed to every step and recorded beside it, so that a replay knows what was known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteNow {
    /// Agents who are online, and whose department is open if the settings name it.
    pub agents_online: u16,
    /// Chats that those agents can still take.
    pub free_slots: u16,
    /// Chats that those agents can take, with those that open invitations have promised.
    pub places: u16,
    /// How long a first reply usually takes; `None` when nobody knows.
    pub expected_reply: Option<Millis>,
    /// The languages in which a chat can be answered now, as tags in lower case; `None`: nobody says, so any.
    pub languages: Option<Arc<[Arc<str>]>>,
    /// The departments that the settings name or an agent states, by name; `None` when there are none. At most
    /// [`MAX_DEPARTMENTS`].
    pub departments: Option<Arc<[Department]>>,
    /// Who goes first, while fewer places are free than visitors wait for.
    pub scarce: Option<Arc<Scarce>>,
}

impl Department {
    /// Whether a name, in any case, is this department's.
    pub fn is_called(&self, name: &str) -> bool {
        let own = &*self.name;
        // Lower case takes a copy, which names in ASCII can do without.
        own.eq_ignore_ascii_case(name)
            || !own.is_ascii() && own.to_lowercase() == name.to_lowercase()
    }

    /// Whether it can keep the promise of a chat.
    const fn keeps(&self) -> bool {
        self.free_slots > 0 || self.places > 0
    }
}

impl SiteNow {
    /// Whether an agent can answer soon.
    pub const fn can_answer(&self) -> bool {
        self.free_slots > 0
    }

    /// Every department, by name, also those that cannot answer.
    pub fn all_departments(&self) -> &[Department] {
        self.departments.as_deref().unwrap_or_default()
    }

    /// The departments that can answer, by name.
    pub fn departments(&self) -> impl Iterator<Item = &Department> {
        let all = self.all_departments().iter();
        all.filter(|known| known.free_slots > 0)
    }

    /// The department of this name, in any case.
    pub fn department(&self, name: &str) -> Option<&Department> {
        self.all_departments()
            .iter()
            .find(|known| known.is_called(name))
    }

    /// Chats that the online agents of this department can still take; zero for one that nobody states.
    pub fn free_slots_in(&self, department: &str) -> u16 {
        self.department(department)
            .map_or(0, |known| known.free_slots)
    }

    /// Whether a chat that was promised can still be had: somebody is there, by the clock as well.
    pub fn keeps(&self, department: Option<&str>) -> bool {
        let here = self.free_slots > 0 || self.places > 0;
        match department {
            _ if self.places == UNKNOWN_PLACES => true,
            Some(name) => self.department(name).is_some_and(Department::keeps),
            None => here,
        }
    }

    /// How long a first reply of this department, or of the site, usually takes; `None` when nobody knows.
    pub fn reply_of(&self, department: Option<&str>) -> Option<Millis> {
        let own = department.and_then(|name| self.department(name));
        own.map_or(self.expected_reply, |known| known.expected_reply)
    }

    /// Whether a chat with this department, or the site, can be answered in a language now.
    pub fn speaks(&self, department: Option<&str>, lang: &str) -> bool {
        let languages = match department.and_then(|name| self.department(name)) {
            Some(known) => &*known.languages,
            None => self.languages.as_deref().unwrap_or_default(),
        };
        let base = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
        languages.is_empty() || languages.iter().any(|known| base(known) == base(lang))
    }

    /// The departments that the settings name, and that are meant: the one of this name, or all.
    fn services<'a>(&'a self, department: Option<&'a str>) -> impl Iterator<Item = Service> + 'a {
        let all = self.all_departments().iter();
        let meant = all.filter(move |known| department.is_none_or(|name| known.is_called(name)));
        meant.filter_map(|known| known.service)
    }

    /// Whether the department, or some department, is open by its hours; `None` when the settings do not say.
    pub fn is_open(&self, department: Option<&str>) -> Option<bool> {
        self.services(department)
            .map(|service| service.open)
            .reduce(|one, other| one || other)
    }

    /// When the department, or the first of all, next opens; `None` while it is open, and when nobody knows.
    pub fn opens_at(&self, department: Option<&str>) -> Option<Timestamp> {
        if self.is_open(department) != Some(false) {
            return None;
        }
        self.services(department)
            .filter_map(|service| service.opens_at)
            .min()
    }

    /// Whether the department, or one that is open, calls back; `None` when the settings do not say.
    pub fn calls_back(&self, department: Option<&str>) -> Option<bool> {
        let any_open = self.is_open(department) == Some(true);
        self.services(department)
            .map(|service| service.phone && (service.open || !any_open))
            .reduce(|one, other| one || other)
    }

    /// Whether the department, or some department, answers by e-mail; `None` when the settings do not say.
    pub fn answers_mail(&self, department: Option<&str>) -> Option<bool> {
        self.services(department)
            .map(|service| service.email)
            .reduce(|one, other| one || other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn service(open: bool, opens_at: u64, phone: bool, email: bool) -> Service {
        Service {
            open,
            opens_at: if opens_at == 0 {
                None
            } else {
                Some(Timestamp(opens_at))
            },
            phone,
            email,
        }
    }

    fn site(departments: &[(&str, Option<Service>)]) -> SiteNow {
        let departments = departments.iter().map(|(name, service)| Department {
            name: (*name).into(),
            service: *service,
            ..Department::default()
        });
        SiteNow {
            departments: Some(departments.collect()),
            ..SiteNow::default()
        }
    }

    #[test]
    fn a_site_is_open_while_a_department_is() {
        let site = site(&[
            ("Sales", Some(service(false, 9, true, false))),
            ("Help", Some(service(true, 0, false, true))),
            ("stated", None),
        ]);
        assert_eq!(site.is_open(None), Some(true));
        assert_eq!(site.is_open(Some("sales")), Some(false));
        assert_eq!(site.is_open(Some("stated")), None);
        assert_eq!(SiteNow::default().is_open(None), None);
        assert_eq!(site.opens_at(None), None, "somebody is there");
        assert_eq!(site.opens_at(Some("SALES")), Some(Timestamp(9)));
        assert_eq!(site.calls_back(None), Some(false), "who calls is not there");
        assert_eq!(site.calls_back(Some("sales")), Some(true));
        assert_eq!(site.answers_mail(None), Some(true));
        assert_eq!(site.answers_mail(Some("sales")), Some(false));
    }

    #[test]
    fn a_closed_site_opens_with_the_first_of_its_departments() {
        let site = site(&[
            ("a", Some(service(false, 9, false, true))),
            ("b", Some(service(false, 5, true, true))),
            ("c", Some(service(false, 0, false, true))),
        ]);
        assert_eq!(site.opens_at(None), Some(Timestamp(5)));
        assert_eq!(site.calls_back(None), Some(true), "once it is open");
    }

    #[test]
    fn who_says_no_language_is_taken_to_speak_every_one() {
        let mut site = SiteNow::default();
        assert!(site.speaks(None, "ar"));
        site.languages = Some([Arc::from("ar-sa"), Arc::from("en")].into());
        assert!(site.speaks(None, "ar") && site.speaks(None, "en-gb"));
        assert!(!site.speaks(None, "fr"));
        assert!(!site.speaks(Some("unknown"), "fr"));
    }
}
