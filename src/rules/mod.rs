//! Floor 1: what marketers write. Pure: source → diagnostics → compiled rule set.
//!
//! [`compile`] takes the files of a rule set and answers with a [`RuleSet`] or with every mistake at its place.
//! The names that the language knows are data: [`catalogue`] has the fields, [`schema`] the tables and their keys.

mod calendar;
pub mod catalogue;
mod code;
mod compile;
mod condition;
mod diagnostic;
mod field;
mod glob;
pub mod limits;
mod literal;
mod matrix;
mod operator;
mod parts;
mod pattern;
mod reference;
mod render;
mod ruleset;
pub mod schema;
mod sink;
mod source;
mod suggest;
mod tree;

pub use calendar::{Calendar, Holiday, LocalTime, Span, WEEKDAYS};
pub use code::{Code, Severity};
pub use compile::{Compiled, compile};
pub(crate) use condition::lower;
pub use condition::{Condition, Facts, Leaf, Test, Truth, Value};
pub use diagnostic::{Counts, Diagnostic, Place, Related};
pub use field::Field;
pub use literal::{duration, percent};
pub use matrix::{Axis, Band, Matrix};
pub use operator::{FieldType, Modifier, Operator, Words};
pub use parts::{
    InvitationText, On, OncePer, PageType, Policy, Score, ScoreRule, Segment, Stage, Trigger,
};
pub use pattern::Pattern;
pub use reference::reference;
pub use render::{Look, render, summary};
pub use ruleset::RuleSet;
pub use source::{SourceFile, hash};
pub use suggest::closest;
