//! Ahlan: visitor tracking, lead scoring and proactive invitations for live chat.

#![forbid(unsafe_code)]

pub mod chat;
pub mod cli;
pub mod clock;
pub mod domain;
pub mod engine;
pub mod enrich;
pub mod live;
pub mod rules;
pub mod rules_dir;
pub mod store;
