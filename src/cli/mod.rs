//! What people type.

pub mod demo;
pub mod journal;
pub mod rules;
pub mod serve;
