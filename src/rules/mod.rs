//! Floor 1: what marketers write. Pure: source → diagnostics → compiled rule set.
//!
//! [`compile`] takes the files of a rule set and answers with a [`RuleSet`] or with every mistake at its place.
//! The names that the language knows are data: [`catalogue`] has the fields, [`schema`] the tables and their keys.

mod annotations;
mod calendar;
pub mod catalogue;
mod code;
mod compile;
mod condition;
mod describe;
mod diagnostic;
mod field;
mod fix;
mod fmt;
mod glob;
mod json_schema;
mod lessons;
pub mod limits;
mod lint;
mod literal;
mod locate;
mod matrix;
mod message;
mod operator;
mod parts;
mod pattern;
mod reference;
mod render;
mod ruleset;
mod sarif;
mod schedule;
pub mod schema;
mod sink;
mod source;
mod suggest;
mod takes;
mod tree;
mod trigger;
mod zone;

pub use annotations::annotations;
pub use calendar::{Calendar, Holiday, LocalTime, Span, WEEKDAYS};
pub use code::{Code, Severity};
pub use compile::{Compiled, compile};
pub(crate) use condition::lower;
pub use condition::{Condition, Facts, Leaf, Test, Truth, Value};
pub use describe::{Asked, Bound, Plain, Unit};
pub use diagnostic::{Counts, Diagnostic, Place, Related};
pub use field::{Field, Named};
pub use fix::{Edit, Fix, Mended, mend};
pub use fmt::{FormatError, format};
pub use json_schema::json_schema;
pub use lessons::explain;
pub use literal::{duration, percent};
pub use matrix::{Axis, Band, Matrix};
pub use message::{MAX_VALUE_CHARS, Message, Part};
pub use operator::{FieldType, Modifier, Operator, Words};
pub use parts::{Award, Group, Measure, On, PageType, Policy, Score, ScoreRule, Segment, Stage};
pub use pattern::Pattern;
pub use reference::reference;
pub use render::{Look, render, summary};
pub use ruleset::{Parts, RuleSet};
pub use sarif::sarif;
pub use schedule::Schedule;
pub use source::{SourceFile, hash};
pub use suggest::closest;
pub use trigger::{Closed, InvitationText, Messages, OncePer, Trigger, Variant};
