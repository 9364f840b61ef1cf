//! The pure core, proved: stories by theme, laws over random stories, and a simulated world beside a naive oracle.
#![expect(
    clippy::wildcard_imports,
    reason = "tests speak the language of the domain"
)]

mod courtesy;
mod make;
mod story;
mod visit;

mod batches;
mod consent;
mod dwell;
mod invitations;
mod laws;
mod policy;
mod scores;
mod sessions;
mod tabs;
mod triggers;
