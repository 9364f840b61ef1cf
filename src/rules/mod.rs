//! Floor 1: what marketers write. Pure: source → diagnostics → compiled rule set.

mod condition;
mod field;
mod glob;
mod ruleset;

pub(crate) use condition::lower;
pub use condition::{Condition, Facts, Leaf, Test, Truth, Value};
pub use field::Field;
pub use ruleset::{
    InvitationText, On, OncePer, PageType, Policy, RuleSet, Score, ScoreRule, Stage, Trigger,
};
