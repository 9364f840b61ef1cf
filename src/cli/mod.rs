//! What people type.

pub mod demo;
pub mod rules;
pub mod serve;
