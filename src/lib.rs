//! Ahlan: visitor tracking, lead scoring and proactive invitations for live chat.

#![forbid(unsafe_code)]

pub mod app;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod enrich;
pub mod http;
pub mod live;
pub mod metrics;
pub mod pipeline;
pub mod rules;
pub mod rules_dir;
pub mod secret;
pub mod site;
pub mod store;
