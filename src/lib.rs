//! Ahlan: visitor tracking, lead scoring and proactive invitations for live chat.

#![forbid(unsafe_code)]

pub mod cli;
pub mod domain;
pub mod engine;
pub mod rules;
pub mod rules_dir;
