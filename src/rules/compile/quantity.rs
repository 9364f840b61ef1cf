//! Reads truth values, numbers, spans of time and shares. `None` always means "reported".

use std::ops::RangeInclusive;

use crate::domain::{Millis, Share};

use super::super::code::Code;
use super::super::fix;
use super::super::limits::MAX_SPAN;
use super::super::literal;
use super::super::sink::{Note, Sink};
use super::super::tree::{Kind, Node};

impl Sink {
    /// True or false.
    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        if let Kind::Flag(flag) = node.kind {
            return Some(flag);
        }
        let meant = match &node.kind {
            Kind::Text(text) => match text.trim().to_lowercase().as_str() {
                "true" | "yes" | "on" => Some("true"),
                "false" | "no" | "off" => Some("false"),
                _ => None,
            },
            Kind::Whole(0) => Some("false"),
            Kind::Whole(1) => Some("true"),
            Kind::Whole(_)
            | Kind::Fraction(_)
            | Kind::Flag(_)
            | Kind::Date(_)
            | Kind::List(_)
            | Kind::Table(_) => None,
        };
        let mistake = self.mismatch(node, "true or false");
        if let Some(meant) = meant {
            mistake.help(format!("write `{meant}`, without quotes"));
            mistake.fix_here(meant);
        }
        None
    }

    /// A whole number in a range.
    pub(super) fn whole(&mut self, node: &Node, range: RangeInclusive<i64>) -> Option<i64> {
        let Kind::Whole(number) = node.kind else {
            let mistake = self.mismatch(node, "a whole number");
            if matches!(&node.kind, Kind::Text(text) if text.parse::<i64>().is_ok()) {
                unquote(mistake, node);
            }
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        let (low, high) = (range.start(), range.end());
        let message = format!("{number} is not between {low} and {high}");
        self.report(Code::OutOfRange, node.at, message);
        None
    }

    /// A count from `least` up to what 16 bits hold.
    pub(super) fn count(&mut self, node: &Node, least: u16) -> Option<u16> {
        let range = i64::from(least)..=i64::from(u16::MAX);
        let number = self.whole(node, range)?;
        u16::try_from(number).ok()
    }

    /// Any finite number.
    pub(super) fn number(&mut self, node: &Node) -> Option<f64> {
        match node.kind {
            Kind::Whole(number) => Some(number as f64),
            Kind::Fraction(number) if number.is_finite() => Some(number),
            Kind::Fraction(_) => {
                self.report(Code::OutOfRange, node.at, "this is not a finite number");
                None
            }
            Kind::Text(_) | Kind::Flag(_) | Kind::Date(_) | Kind::List(_) | Kind::Table(_) => {
                let mistake = self.mismatch(node, "a number");
                if matches!(&node.kind, Kind::Text(text) if text.parse::<f64>().is_ok()) {
                    unquote(mistake, node);
                }
                None
            }
        }
    }

    /// A span of time in a range.
    pub(super) fn span(&mut self, node: &Node, range: RangeInclusive<Millis>) -> Option<Millis> {
        let Kind::Text(text) = &node.kind else {
            let mistake = self.mismatch(node, "a duration such as \"30s\"");
            if let Kind::Whole(number) = node.kind {
                mistake.help(format!("add the unit and quotes, such as \"{number}s\""));
                for unit in ["s", "m"] {
                    let written = format!("\"{number}{unit}\"");
                    mistake.offer(format!("write `{written}`"), vec![(node.at, written)]);
                }
            }
            return None;
        };
        let span = match literal::duration(text) {
            Ok(span) => span,
            Err(help) => {
                let message = format!("`{}` is not a duration", text.escape_debug());
                let note = self.report(Code::BadDuration, node.at, message);
                note.help(help);
                if let Some(meant) = literal::meant_duration(text) {
                    note.fix_here(fix::quoted(&meant));
                }
                return None;
            }
        };
        if range.contains(&span) {
            return Some(span);
        }
        let message = format!(
            "{span} is not between {} and {}",
            range.start(),
            range.end()
        );
        self.report(Code::OutOfRange, node.at, message);
        None
    }

    /// A span of time that may be as long as anybody wants.
    pub(super) fn any_span(&mut self, node: &Node) -> Option<Millis> {
        self.span(node, Millis::ZERO..=MAX_SPAN)
    }

    /// A share of an audience.
    pub(super) fn percent(&mut self, node: &Node) -> Option<Share> {
        let Kind::Text(text) = &node.kind else {
            let mistake = self.mismatch(node, "a percentage such as \"10%\"");
            if let Kind::Whole(number) = node.kind {
                mistake.help(format!("add the sign and quotes: \"{number}%\""));
                mistake.fix_here(format!("\"{number}%\""));
            }
            return None;
        };
        match literal::percent(text) {
            Ok(share) => Some(share),
            Err(help) => {
                let message = format!("`{}` is not a percentage", text.escape_debug());
                let note = self.report(Code::BadPercent, node.at, message);
                note.help(help);
                if let Some(meant) = literal::meant_percent(text) {
                    note.fix_here(fix::quoted(&meant));
                }
                None
            }
        }
    }
}

/// Says that a value needs no quotes, and takes them away.
fn unquote(mistake: &mut Note, node: &Node) {
    mistake.help("write it without quotes");
    if let Kind::Text(text) = &node.kind
        && text
            .parse::<toml_edit::Value>()
            .is_ok_and(|value| !value.is_str())
    {
        mistake.fix_here(text.clone());
    }
}
