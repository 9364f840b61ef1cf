//! Compares what is with what should be.

use crate::domain::{Invitation, InvitationState, Points};
use crate::engine::triggers::page_type;
use crate::rules::Truth;
use crate::rules::journey::{Bounds, Entry, Expectation, Expected};

use super::report::Difference;
use super::walk::Walker;
use super::why;

/// What is not as one expectation says; `None` when all is well.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other expectations are compared elsewhere"
)]
pub(super) fn differs(
    walker: &Walker<'_>,
    entry: &Entry,
    expectation: &Expectation,
) -> Option<Difference> {
    let withheld_is_fine = entry
        .expect
        .iter()
        .any(|one| one.what == Expected::Withheld(true));
    let (expected, actual, why) = match &expectation.what {
        Expected::Invitation(wanted) => invitation(walker, wanted.as_deref(), withheld_is_fine)?,
        other => {
            let (expected, actual) = compare(walker, other)?;
            (expected, actual, why::of(walker, other))
        }
    };
    Some(Difference {
        place: expectation.place.clone(),
        at_ms: walker.now.since(walker.journey.clock),
        expected,
        actual,
        why,
    })
}

/// The difference of an answer to no invitation.
pub(super) fn unanswerable(walker: &Walker<'_>, entry: &Entry, actual: &str) -> Difference {
    Difference {
        place: entry.place.clone(),
        at_ms: walker.now.since(walker.journey.clock),
        expected: "an invitation to answer".to_owned(),
        actual: actual.to_owned(),
        why: why::silence(walker),
    }
}

fn invitation(
    walker: &Walker<'_>,
    wanted: Option<&str>,
    withheld_is_fine: bool,
) -> Option<(String, String, Vec<String>)> {
    let open = walker.state.invitations.open.as_deref();
    let withheld = open.is_some_and(|open| open.state == InvitationState::Withheld);
    let actual = match open {
        Some(open) if withheld => format!("`{}`, withheld from this visitor", open.trigger_name),
        Some(open) => format!("`{}`", open.trigger_name),
        None => "no invitation is open".to_owned(),
    };
    match (wanted, open) {
        (None, None) => None,
        (None, Some(open)) => {
            let why = why::holds(walker, &open.trigger_name);
            Some(("no invitation".to_owned(), actual, why))
        }
        (Some(wanted), Some(open)) if *open.trigger_name == *wanted => {
            (withheld && !withheld_is_fine).then(|| {
                let why = vec!["the visitor is in this trigger's holdout".to_owned()];
                (format!("`{wanted}`"), actual, why)
            })
        }
        (Some(wanted), _) => {
            let why = why::not(walker, wanted);
            Some((format!("`{wanted}`"), actual, why))
        }
    }
}

/// What was expected and what was, when they differ.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other expectations are compared elsewhere"
)]
fn compare(walker: &Walker<'_>, expected: &Expected) -> Option<(String, String)> {
    match expected {
        Expected::Score { score, points } => {
            let score = walker.rules.score(*score)?;
            let value = score.value(&walker.state.ledger, walker.now);
            let name = &score.name;
            (!within(*points, value)).then(|| {
                (
                    format!("score.{name} {}", said(*points)),
                    points_said(value),
                )
            })
        }
        Expected::Stage { score, stage } => {
            let score = walker.rules.score(*score)?;
            let value = score.value(&walker.state.ledger, walker.now);
            let actual = score.stage(value).map(|stage| &*stage.name);
            let name = &score.name;
            unequal(
                &format!("stage.{name} "),
                stage.as_deref().unwrap_or("none"),
                actual.unwrap_or("none"),
            )
        }
        Expected::PageType(wanted) => {
            let key = page_type(walker.state.session.as_deref());
            let actual = key.and_then(|key| walker.rules.page_type_name(key));
            let actual = actual.map_or("none", |name| name);
            unequal("page_type ", wanted.as_deref().unwrap_or("none"), actual)
        }
        Expected::Because(reason) => {
            let reasons = why::reasons(walker);
            let actual = if reasons.is_empty() {
                "nothing speaks against inviting".to_owned()
            } else {
                reasons.join(", ")
            };
            (!reasons.contains(&&**reason))
                .then(|| (format!("silence because of {reason}"), actual))
        }
        Expected::Holds(condition, written) => {
            let truth = walker.asks(condition);
            let actual = match truth {
                Truth::Yes => return None,
                Truth::No => "it does not hold",
                Truth::Unknown => "it is not known",
            };
            Some((written.to_string(), actual.to_owned()))
        }
        Expected::Invitations(wanted) => {
            let names = walker
                .made
                .iter()
                .map(|made| &*made.invitation.trigger_name);
            let actual: Vec<&str> = names.collect();
            let wanted: Vec<&str> = wanted.iter().map(|id| &**id).collect();
            (actual != wanted).then(|| (listed(&wanted), listed(&actual)))
        }
        Expected::Invitation(_) => None,
        of_latest => of_invitation(walker, of_latest),
    }
}

/// The expectations about the latest invitation.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other expectations are compared elsewhere"
)]
fn of_invitation(walker: &Walker<'_>, expected: &Expected) -> Option<(String, String)> {
    let latest = walker.made.last();
    let said =
        |say: fn(&Invitation) -> &str| latest.map_or("no invitation", |made| say(&made.invitation));
    match expected {
        Expected::Withheld(wanted) => {
            let open = walker.state.invitations.open.as_deref();
            let actual = open.is_some_and(|open| open.state == InvitationState::Withheld);
            let word = |withheld| if withheld { "withheld" } else { "not withheld" };
            unequal("the invitation ", word(*wanted), word(actual))
        }
        Expected::Message(wanted) => unequal("the message ", wanted, said(|one| &one.message)),
        Expected::Lang(wanted) => unequal("the language ", wanted, said(|one| &one.lang)),
        Expected::Tone(wanted) => {
            unequal("the tone ", wanted.as_str(), said(|one| one.tone.as_str()))
        }
        Expected::Channel(wanted) => unequal(
            "the channel ",
            wanted.as_str(),
            said(|one| one.channel.as_str()),
        ),
        Expected::Ended(wanted) => {
            let actual = match latest {
                Some(made) => made.ended.map_or("it is still open", |how| how.as_str()),
                None => "no invitation",
            };
            unequal("the latest invitation ", wanted.as_str(), actual)
        }
        Expected::Variant(wanted) => {
            let variant = latest.and_then(|made| made.invitation.variant.as_deref());
            unequal("the variant ", wanted, variant.unwrap_or("no variant"))
        }
        _ => None,
    }
}

fn unequal(what: &str, wanted: &str, actual: &str) -> Option<(String, String)> {
    (wanted != actual).then(|| (format!("{what}\"{wanted}\""), format!("\"{actual}\"")))
}

fn listed(ids: &[&str]) -> String {
    if ids.is_empty() {
        return "no invitation at all".to_owned();
    }
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}

fn within(bounds: Bounds, value: Points) -> bool {
    match bounds {
        Bounds::Exactly(points) => value.rounded() == points,
        Bounds::Between(low, high) => (low..=high).contains(&value.as_f64()),
    }
}

fn said(bounds: Bounds) -> String {
    match bounds {
        Bounds::Exactly(points) => points.to_string(),
        Bounds::Between(low, f64::INFINITY) => format!("at least {low}"),
        Bounds::Between(f64::NEG_INFINITY, high) => format!("at most {high}"),
        Bounds::Between(low, high) => format!("between {low} and {high}"),
    }
}

/// Points with as much of their fraction as it takes to see why a bound is not met.
fn points_said(value: Points) -> String {
    let exact = format!("{:.2}", value.as_f64());
    exact.trim_end_matches('0').trim_end_matches('.').to_owned()
}
