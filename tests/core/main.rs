//! The pure core, proved: stories by theme, laws over random stories, and a simulated world beside a naive oracle.
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_wrap,
    clippy::unwrap_used,
    reason = "a test picks what it is about and fails loudly"
)]

mod account;
mod courtesy;
mod decided;
mod dice;
mod make;
mod oracle;
mod story;
mod visit;
mod world;

mod answering;
mod at_rest;
mod backtests;
mod batches;
mod beside;
mod bounds;
mod budgets;
mod by_hand;
mod consent;
mod dwell;
mod effect;
mod effect_parts;
mod estimates;
mod invitations;
mod journeys;
mod known;
mod language;
mod laws;
mod log;
mod outlooks;
mod policy;
mod reruns;
mod rescores;
mod rewinds;
mod scarce;
mod scores;
mod scripts;
mod sessions;
mod signals;
mod simulator;
mod spoken;
mod staffing;
mod suggest;
mod tabs;
mod triggers;
mod uplift;
mod versions;
mod why;
mod why_laws;
mod why_rules;
mod written;
