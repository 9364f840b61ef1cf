//! Ahlan: visitor tracking, lead scoring and proactive invitations for live chat.
//!
//! Floors, from the ground: [`domain`] (the nouns), [`landing`] (what an address says), [`rules`] (the language), [`engine`] (the heart), all pure;
//! then [`store`], [`live`], [`chat`] and [`enrich`]; then [`pipeline`] and [`http`]; and on top [`app`], which puts it
//! together. A module uses only what lies below it. `docs/ARCHITECTURE.md` follows one page view through the house.

#![forbid(unsafe_code)]

pub mod access;
pub mod app;
pub mod backtest;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod enrich;
pub mod http;
pub mod journal;
pub mod landing;
pub mod live;
pub mod metrics;
pub mod pipeline;
pub mod publishing;
pub mod rules;
pub mod rules_dir;
pub mod secret;
pub mod shadow;
pub mod site;
pub mod store;
pub mod studio;
pub mod webhooks;
