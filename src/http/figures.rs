//! A site in figures, as they go on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock;
use crate::live::{Board, Share};

use super::App;

/// How many visitors have something in common.
#[derive(Serialize, ToSchema)]
pub struct Named {
    /// What it is called; `null` for those who have no such thing.
    pub name: Option<String>,
    /// How many.
    pub n: usize,
}

/// How many visitors are in a country.
#[derive(Serialize, ToSchema)]
pub struct InCountry {
    /// ISO 3166-1 alpha-2; `null` where it is not known.
    pub code: Option<String>,
    /// How many.
    pub n: usize,
}

/// How many visitors are in a stage.
#[derive(Serialize, ToSchema)]
pub struct InStage {
    /// The stage; `null` below the first.
    pub stage: Option<String>,
    /// How many.
    pub n: usize,
}

/// What became of invitations.
#[derive(Serialize, ToSchema)]
pub struct LastHour {
    /// Offered.
    pub offered: usize,
    /// Seen.
    pub shown: usize,
    /// Answered with yes.
    pub accepted: usize,
    /// Answered with no.
    pub dismissed: usize,
}

/// Who can answer.
#[derive(Serialize, ToSchema)]
pub struct AgentsNow {
    /// Agents online.
    pub online: u16,
    /// Chats they can still take, less those that open invitations have promised.
    pub free_slots: u16,
}

/// Who is here now, in figures.
#[derive(Serialize, ToSchema)]
pub struct Now {
    /// Everybody who has a page open.
    pub visitors: usize,
    /// Those who look at a page.
    pub active: usize,
    /// Those who have pages open and look at none.
    pub idle: usize,
    /// Those who have left and whose visit may still go on; they are in none of the other figures.
    pub left: usize,
    /// By the type of the current page, the greatest first.
    pub by_page_type: Vec<Named>,
    /// By country, the greatest first.
    pub by_country: Vec<InCountry>,
    /// By channel, the greatest first.
    pub by_channel: Vec<Named>,
    /// By kind of machine, the greatest first.
    pub by_device: Vec<Named>,
    /// By stage, for each score, the lowest first.
    pub by_stage: BTreeMap<String, Vec<InStage>>,
    /// Invitations of the last hour.
    pub invitations: LastHour,
    /// How many had a page open in each of the last 60 minutes, the latest last. For the time when nobody watched this is
    /// made up for by those who are still here.
    pub per_minute: Vec<usize>,
    /// Who can answer.
    pub agents: AgentsNow,
}

/// A board's site in figures.
pub(super) fn now_of(app: &App, board: &Board) -> Now {
    let figures = board.figures();
    let site_now = app.pipeline.desk.now(board.site(), clock::now());
    let invited = figures.invited;
    let stages = figures.by_stage.into_iter().map(|(score, shares)| {
        let shares = each(shares, |stage, n| InStage { stage, n });
        (score.to_string(), shares)
    });
    Now {
        visitors: figures.visitors,
        active: figures.active,
        idle: figures.idle,
        left: figures.left,
        by_page_type: named(figures.by_page_type),
        by_country: each(figures.by_country, |code, n| InCountry { code, n }),
        by_channel: named(figures.by_channel),
        by_device: named(figures.by_device),
        by_stage: stages.collect(),
        invitations: LastHour {
            offered: invited.offered,
            shown: invited.shown,
            accepted: invited.accepted,
            dismissed: invited.dismissed,
        },
        per_minute: figures.per_minute,
        agents: AgentsNow {
            online: site_now.agents_online,
            free_slots: site_now.free_slots,
        },
    }
}

fn named(shares: Vec<Share>) -> Vec<Named> {
    each(shares, |name, n| Named { name, n })
}

fn each<T>(shares: Vec<Share>, make: impl Fn(Option<String>, usize) -> T) -> Vec<T> {
    let owned = |name: Arc<str>| name.to_string();
    let made = shares
        .into_iter()
        .map(|share| make(share.name.map(owned), share.visitors));
    made.collect()
}
