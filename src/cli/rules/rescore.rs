//! `ahlan rules rescore`: the visitors' history under the live version, or what another version would make of it.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Value, json};

use super::author::AuthorArgs;
use super::publish::live;
use super::service::{Service, ServiceArgs};

/// The arguments of `ahlan rules rescore`.
#[derive(Args, Debug)]
pub struct RescoreArgs {
    /// The version under which history is scored; the live one unless told.
    version: Option<u64>,
    /// Only show what it would do; any version can be shown.
    #[arg(long)]
    preview: bool,
    /// Why; others read it.
    #[arg(long, required_unless_present = "preview", value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    author: AuthorArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Shows the effect, or brings it about.
pub(super) fn run(out: &mut dyn Write, args: &RescoreArgs) -> anyhow::Result<u8> {
    let service = Service::new(&args.service);
    let live = live(&service)?;
    let version = args.version.unwrap_or(live);
    let answer = if args.preview {
        service.post(&format!("/{version}/rescore-preview"), &Value::Null)?
    } else {
        let body = json!({"reason": args.reason, "author": args.author.name(), "expected": live});
        service.post(&format!("/{version}/rescore"), &body)?
    };
    let answer = answer.good()?;
    let would = if args.preview {
        "would have other points"
    } else {
        "have other points now"
    };
    writeln!(
        out,
        "{}: under version {version}, {} of {} visitors {would}",
        service.site(),
        answer["changed"],
        answer["visitors"]
    )?;
    show(out, &answer)?;
    Ok(0)
}

fn show(out: &mut dyn Write, answer: &Value) -> io::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    writeln!(
        out,
        "\n{:<24}  {:>7}  {:>7}  {:>7}",
        "", "up", "down", "same"
    )?;
    for score in list(&answer["scores"]) {
        let count = |name: &str| score[name].as_u64().unwrap_or(0);
        let (name, up) = (text(&score["score"]), count("up"));
        let (down, same) = (count("down"), count("same"));
        writeln!(out, "{name:<24}  {up:>7}  {down:>7}  {same:>7}")?;
    }
    for stage in list(&answer["stages"]) {
        let (score, from, to) = (&stage["score"], &stage["from"], &stage["to"]);
        let (score, from, to) = (text(score), text(from), text(to));
        writeln!(out, "{score}: {} from {from} to {to}", stage["visitors"])?;
    }
    for (name, why) in [
        ("too_many", "there are more visitors than are looked at"),
        (
            "incomplete",
            "the journal does not tell their whole history",
        ),
        ("busy", "they did something at every try"),
        ("other_version", "another version acts for them"),
    ] {
        let left = answer["left_out"][name].as_u64().unwrap_or(0);
        if left > 0 {
            writeln!(out, "{left} left as they are: {why}")?;
        }
    }
    for example in list(&answer["examples"]).iter().take(5) {
        let (visitor, score) = (text(&example["visitor"]), text(&example["score"]));
        let (before, after) = (&example["before"], &example["after"]);
        writeln!(out, "  {visitor}  {score}  {before} -> {after}")?;
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
