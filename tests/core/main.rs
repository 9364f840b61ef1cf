//! The pure core, proved: stories by theme, laws over random stories, and a simulated world beside a naive oracle.
#![expect(
    clippy::wildcard_imports,
    reason = "tests speak the language of the domain"
)]

mod courtesy;
mod dice;
mod make;
mod oracle;
mod story;
mod visit;
mod world;

mod batches;
mod bounds;
mod consent;
mod dwell;
mod invitations;
mod laws;
mod policy;
mod scores;
mod sessions;
mod simulator;
mod tabs;
mod triggers;
