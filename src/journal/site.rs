//! What a site knew at the moment of a record.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Department, Millis, Scarce, Service, SiteNow, Timestamp};

use super::line::short_key;

/// The situation, with everything left out that is nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteLine {
    agents_online: u16,
    free_slots: u16,
    #[serde(default, skip_serializing_if = "is_zero")]
    places: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_reply_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    languages: Option<Arc<[Arc<str>]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    departments: Option<Vec<DepartmentLine>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scarce: Option<ScarceLine>,
}

/// Who goes first where places are scarce.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScarceLine {
    bar: u32,
    /// Triggers, and how many of a thousand invitations are accepted.
    acceptance: Vec<(String, u16)>,
}

impl ScarceLine {
    fn of(scarce: &Scarce) -> Self {
        let known = scarce.acceptance.iter();
        Self {
            bar: scarce.bar,
            acceptance: known
                .map(|(key, share)| (format!("{:08x}", key.0), *share))
                .collect(),
        }
    }

    fn read(self) -> Result<Scarce, String> {
        let read = |(key, share): (String, u16)| Ok((short_key(&key, "acceptance")?, share));
        let acceptance = self.acceptance.into_iter().map(read);
        Ok(Scarce {
            bar: self.bar,
            acceptance: acceptance.collect::<Result<_, String>>()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentLine {
    name: Arc<str>,
    free_slots: u16,
    #[serde(default, skip_serializing_if = "is_zero")]
    places: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_reply_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    languages: Vec<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<ServiceLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceLine {
    open: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opens_at: Option<u64>,
    phone: bool,
    email: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(number: &u16) -> bool {
    *number == 0
}

impl SiteLine {
    pub(super) fn of(site: &SiteNow) -> Self {
        let SiteNow {
            agents_online,
            free_slots,
            places,
            expected_reply,
            languages,
            departments,
            scarce,
        } = site.clone();
        let departments = departments.as_deref();
        Self {
            agents_online,
            free_slots,
            places,
            expected_reply_ms: expected_reply.map(|span| span.0),
            languages,
            departments: departments.map(|all| all.iter().map(DepartmentLine::of).collect()),
            scarce: scarce.as_deref().map(ScarceLine::of),
        }
    }

    pub(super) fn read(self) -> Result<SiteNow, String> {
        let scarce = self.scarce.map(ScarceLine::read).transpose()?;
        let departments = self.departments.map(|all| {
            let all = all.into_iter().map(DepartmentLine::read);
            all.collect()
        });
        Ok(SiteNow {
            agents_online: self.agents_online,
            free_slots: self.free_slots,
            places: self.places,
            expected_reply: self.expected_reply_ms.map(Millis),
            languages: self.languages,
            departments,
            scarce: scarce.map(Arc::new),
        })
    }
}

impl DepartmentLine {
    fn of(department: &Department) -> Self {
        let Department {
            name,
            free_slots,
            places,
            expected_reply,
            languages,
            service,
        } = department.clone();
        Self {
            name,
            free_slots,
            places,
            expected_reply_ms: expected_reply.map(|span| span.0),
            languages,
            service: service.map(|service| ServiceLine {
                open: service.open,
                opens_at: service.opens_at.map(|at| at.0),
                phone: service.phone,
                email: service.email,
            }),
        }
    }

    fn read(self) -> Department {
        Department {
            name: self.name,
            free_slots: self.free_slots,
            places: self.places,
            expected_reply: self.expected_reply_ms.map(Millis),
            languages: self.languages,
            service: self.service.map(|service| Service {
                open: service.open,
                opens_at: service.opens_at.map(Timestamp),
                phone: service.phone,
                email: service.email,
            }),
        }
    }
}
