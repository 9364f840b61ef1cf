//! Floor 2: the heart. Pure: the same code serves live traffic, recovery, backtests, rule tests and property tests.
//!
//! [`step`] takes a visitor's state, one input and everything it may know about the world (rules, the site's
//! situation, the time) and returns what should follow as values. It does no IO, reads no clock, draws no random
//! number and cannot fail.

pub mod backtest;
mod by_hand;
mod channel;
mod courtesy;
mod effects;
mod explain;
mod facts;
mod hash;
mod hush;
mod instead;
mod invitations;
mod journey;
mod known;
mod lately;
mod log;
mod moments;
mod note;
mod outlook;
mod pages;
mod profile;
mod replay;
mod rerun;
mod rescore;
mod rests;
pub mod rewind;
mod scoring;
mod sessions;
mod signals;
pub mod staffing;
mod step;
pub mod suggest;
mod triggers;
pub mod uplift;
mod wake;
mod worth;

pub use by_hand::{Objection, Prospect, made_by_hand, prospect};
pub use channel::usual_channel;
pub use courtesy::suppressions;
pub use effects::{Effect, Effects, Taken};
pub use explain::{
    DrawNow, Entry, Explanation, GroupNow, Hold, LeafNow, Need, NextStage, Open, PageFit, PageNow,
    Part, Past, PastError, Promise, RuleNow, ScoreNow, ScoreWhy, StageFrom, Standing, TriggerNow,
    Verdict, explain, explain_past, explain_record, score_now,
};
pub use facts::path_of;
pub use hash::bucket;
pub use invitations::open_for_browser;
pub use journey::{
    Difference, JourneyOutcome, Moment, ScoreAt, TestReport, run_journey, run_tests,
};
pub use known::{KNOWN_FOR, teaches};
pub use log::decisions;
pub use outlook::{Outlook, SOON, made_then, outlook, refiled, unopened};
pub use replay::{apply, begins_session, replay};
pub use rerun::{GRACE, Look, Rerun, SAME_OFFER, SiteHistory, SiteTimeline};
pub use rescore::{
    RescoreReport, Rescored, ScoreMove, ScoreMoves, StageMoves, rescore, set_scores,
};
pub use rests::{Draw, Rest};
pub use step::{Input, next_wake, step};
pub use triggers::also_ready;
pub use worth::bid;
