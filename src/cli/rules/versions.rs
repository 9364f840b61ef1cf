//! `ahlan rules versions`, `rollback` and `stop-rollout`: what acts, what acted, and the way back.

use std::io::Write;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::author::AuthorArgs;
use super::service::{Service, ServiceArgs};

/// The arguments of `ahlan rules versions`.
#[derive(Args, Debug)]
pub struct VersionsArgs {
    /// How many versions, newest first.
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    limit: usize,
    #[command(flatten)]
    service: ServiceArgs,
}

/// The arguments of `ahlan rules rollback`.
#[derive(Args, Debug)]
pub struct RollbackArgs {
    /// Why; others read it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    author: AuthorArgs,
    /// The version to make live again; the one before the live one unless told.
    #[arg(long, value_name = "VERSION")]
    to: Option<u32>,
    #[command(flatten)]
    service: ServiceArgs,
}

/// The arguments of `ahlan rules stop-rollout`.
#[derive(Args, Debug)]
pub struct StopRolloutArgs {
    /// Why; others read it.
    #[arg(long, value_name = "TEXT", default_value = "stopped")]
    reason: String,
    #[command(flatten)]
    author: AuthorArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Lists the versions.
pub(super) fn list(out: &mut dyn Write, args: &VersionsArgs) -> anyhow::Result<u8> {
    let known = Service::new(&args.service).get("")?.good()?;
    let versions = known["versions"].as_array().map_or(&[][..], Vec::as_slice);
    writeln!(
        out,
        "version  made                  by                reason"
    )?;
    for version in versions.iter().take(args.limit) {
        let text = |name: &str| version[name].as_str().unwrap_or_default().to_owned();
        writeln!(
            out,
            "{:<7}  {:<20}  {:<16}  {}{}",
            number(&version["version"]),
            moment(&version["created_at"]),
            text("author"),
            text("reason"),
            standing(&known, &version["version"])
        )?;
    }
    let more = versions.len().saturating_sub(args.limit);
    if more > 0 {
        writeln!(out, "and {more} older")?;
    }
    Ok(0)
}

/// What a version does at this moment, in brackets.
fn standing(known: &Value, version: &Value) -> String {
    let share = known["rollout"]["share"].as_str().unwrap_or_default();
    let standings = [
        (&known["live"], "live".to_owned()),
        (&known["rollout"]["version"], format!("acts for {share}")),
        (&known["shadow"]["version"], "shadow".to_owned()),
    ];
    let schedule = known["schedule"].as_array().into_iter().flatten();
    let scheduled = schedule.map(|entry| {
        let word = match entry["state"].as_str() {
            Some("waiting") => format!("scheduled for {}", moment(&entry["at"])),
            Some("acting") => format!("ends {}", moment(&entry["until"])),
            _ => format!(
                "not released: {}",
                entry["why"].as_str().unwrap_or_default()
            ),
        };
        (&entry["version"], word)
    });
    let told = standings.into_iter().chain(scheduled);
    let told = told.filter(|(which, _)| *which == version);
    told.fold(String::new(), |told, (_, word)| format!("{told}  [{word}]"))
}

fn number(value: &Value) -> String {
    value
        .as_u64()
        .map_or_else(String::new, |number| number.to_string())
}

/// A moment in UTC, to the second.
pub(super) fn moment(value: &Value) -> String {
    let moment = value
        .as_i64()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map_or_else(String::new, |moment| {
        moment.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
    })
}

/// Makes an earlier version live again.
pub(super) fn roll_back(out: &mut dyn Write, args: &RollbackArgs) -> anyhow::Result<u8> {
    let service = Service::new(&args.service);
    let body = json!({"reason": args.reason, "author": args.author.name(), "to": args.to});
    let stand = service.post("/rollback", &body)?.good()?;
    let live = stand["live"].as_u64();
    let live = live.context("the service does not say which version is live")?;
    writeln!(out, "{}: version {live} is live again", service.site())?;
    Ok(0)
}

/// Lets the live version act for everybody again.
pub(super) fn stop_rollout(out: &mut dyn Write, args: &StopRolloutArgs) -> anyhow::Result<u8> {
    let service = Service::new(&args.service);
    let mut word = url::form_urlencoded::Serializer::new(String::new());
    word.append_pair("reason", &args.reason);
    word.append_pair("author", args.author.name());
    let stand = service
        .delete(&format!("/rollout?{}", word.finish()))?
        .good()?;
    writeln!(
        out,
        "{}: version {} acts for everybody",
        service.site(),
        number(&stand["live"])
    )?;
    Ok(0)
}
