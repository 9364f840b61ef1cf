//! Spans of time and percentages as marketers write them. The unit is part of the value, never of the key.

use crate::domain::{Millis, Share};

/// The units of a span, in milliseconds.
const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// The span that `text` names: a whole number and a unit, such as `500ms`, `20s`, `5m`, `2h`, `3d`, `2w`.
///
/// # Errors
///
/// What to write instead.
pub fn duration(text: &str) -> Result<Millis, String> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    if number.is_empty() || unit.starts_with(['.', ',']) {
        return Err("write a whole number and a unit, such as \"90s\", \"15m\" or \"7d\"".into());
    }
    let scale = UNITS.iter().find(|(name, _)| *name == unit);
    let Some((_, scale)) = scale else {
        let known = "ms, s, m (minutes), h, d or w";
        return Err(if unit.is_empty() {
            format!("add a unit ({known}), such as \"{number}s\"")
        } else {
            format!(
                "the units are {known}; for example \"{number}{}\"",
                closest(unit)
            )
        });
    };
    let number: Option<u64> = number.parse().ok();
    let millis = number.and_then(|number| number.checked_mul(*scale));
    millis
        .map(Millis)
        .ok_or_else(|| "write a shorter span".into())
}

/// The unit that a longer word most likely means: `min` → `m`, `days` → `d`.
fn closest(unit: &str) -> &'static str {
    let unit = unit.trim().to_ascii_lowercase();
    match unit.as_str() {
        "msec" | "millis" | "milliseconds" => "ms",
        "mo" | "month" | "months" => "d",
        _ => UNITS
            .iter()
            .rev()
            .find(|(name, _)| unit.starts_with(name))
            .map_or("s", |(name, _)| name),
    }
}

/// The share that `text` names: 0 to 100 with at most two decimals and a percent sign, such as `10%` or `2.5%`.
///
/// # Errors
///
/// What to write instead.
pub fn percent(text: &str) -> Result<Share, String> {
    let Some(number) = text.strip_suffix('%') else {
        return Err("write a percentage with its sign, such as \"10%\"".into());
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 3 || fraction.len() > 2 {
        return Err("write 0 to 100 with at most two decimals, such as \"10%\" or \"2.5%\"".into());
    }
    let hundredths: u16 = format!("{fraction:0<2}").parse().unwrap_or(0);
    let share = whole.parse().unwrap_or(u16::MAX).saturating_mul(100);
    let share = Share(share.saturating_add(hundredths));
    if share > Share::ALL {
        return Err("a share is at most \"100%\"".into());
    }
    Ok(share)
}

/// The span that a text which is none most likely means: `5 min` → `5m`, `1.5h` → `90m`.
pub(super) fn meant_duration(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    let (number, unit) = text.split_at(end?);
    let unit = closest(unit);
    let meant = if number.contains(['.', ',']) {
        let at = UNITS.iter().position(|(name, _)| *name == unit)?;
        let (smaller, scale) = *UNITS.get(at.checked_sub(1)?)?;
        let parts = UNITS[at].1 / scale;
        let whole = number.replace(',', ".").parse::<f64>().ok()? * parts as f64;
        if whole.fract() != 0.0 {
            return None;
        }
        format!("{whole:.0}{smaller}")
    } else {
        format!("{number}{unit}")
    };
    duration(&meant).is_ok().then_some(meant)
}

/// The share that a text which is none most likely means: `10` and `10 %` → `10%`.
pub(super) fn meant_percent(text: &str) -> Option<String> {
    let number = text.trim().trim_end_matches('%').trim().replace(',', ".");
    let meant = format!("{number}%");
    percent(&meant).is_ok().then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_whole_number_and_a_unit() {
        for (text, millis) in [
            ("500ms", 500),
            ("0s", 0),
            ("20s", 20_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("3d", 259_200_000),
            ("2w", 1_209_600_000),
        ] {
            assert_eq!(duration(text), Ok(Millis(millis)), "{text}");
        }
        for text in [
            "",
            "s",
            "20",
            "20 s",
            "1.5h",
            "-1s",
            "5min",
            "1h30m",
            "99999999999999999999s",
            "9999999999999999w",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_unit_is_answered_with_the_right_one() {
        let help = |text| duration(text).unwrap_err();
        assert!(help("20").ends_with("such as \"20s\""), "{}", help("20"));
        assert!(help("5min").ends_with("\"5m\""), "{}", help("5min"));
        assert!(help("3 days").ends_with("\"3d\""), "{}", help("3 days"));
        assert!(help("2weeks").ends_with("\"2w\""), "{}", help("2weeks"));
    }

    #[test]
    fn what_was_meant_is_found_where_it_is_plain() {
        for (text, meant) in [
            ("5 min", Some("5m")),
            ("1 day", Some("1d")),
            ("1.5h", Some("90m")),
            ("0,5 d", Some("12h")),
            ("3 weeks", Some("3w")),
            ("1.0001s", None),
            ("20", None),
            ("soon", None),
        ] {
            assert_eq!(meant_duration(text).as_deref(), meant, "{text}");
        }
        assert_eq!(meant_percent("10").as_deref(), Some("10%"));
        assert_eq!(meant_percent(" 2,5 % ").as_deref(), Some("2.5%"));
        assert_eq!(meant_percent("ten"), None);
    }

    #[test]
    fn shares_run_from_none_to_all() {
        for (text, share) in [
            ("0%", 0),
            ("2.5%", 250),
            ("2.05%", 205),
            ("10%", 1_000),
            ("100%", 10_000),
            ("100.00%", 10_000),
        ] {
            assert_eq!(percent(text), Ok(Share(share)), "{text}");
        }
        for text in [
            "", "%", "10", "10 %", "-1%", "1e1%", "100.01%", "999%", "1.234%", "1.%", ".5%",
        ] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
