//! `ahlan rules shadow`: try a version beside the live one, and see what it would have done.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use crate::rules_dir::load_dir;

use super::MISTAKES;
use super::author::AuthorArgs;
use super::publish::{check, keep, live, version_named};
use super::service::{Service, ServiceArgs};
use super::versions::moment;

/// How many visitors are shown as examples.
const SHOWN: usize = 5;

/// The arguments of `ahlan rules shadow`.
#[derive(Args, Debug)]
pub struct ShadowArgs {
    /// A directory of *.toml files, one file, or the number of a version; without it, what the shadow has seen so far
    /// is shown.
    what: Option<PathBuf>,
    /// Why it is tried; others read it.
    #[arg(
        long,
        default_value = "tried beside the live version",
        value_name = "TEXT"
    )]
    reason: String,
    #[command(flatten)]
    author: AuthorArgs,
    /// Try no version any more.
    #[arg(long, conflicts_with = "what")]
    stop: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Starts, stops or shows the shadow.
pub(super) fn run(out: &mut dyn Write, args: &ShadowArgs) -> anyhow::Result<u8> {
    let service = Service::new(&args.service);
    let site = service.site().to_owned();
    if args.stop {
        service.delete("/shadow")?.good()?;
        writeln!(out, "{site}: no version is tried any more")?;
        return Ok(0);
    }
    let Some(what) = &args.what else {
        let answer = service.get("/shadow")?.good()?;
        show(out, &site, &answer)?;
        return Ok(0);
    };
    let version = match version_named(what) {
        None => args.keep(out, &service, what)?,
        named => named,
    };
    let Some(version) = version else {
        return Ok(MISTAKES);
    };
    let body = json!({"reason": args.reason, "author": args.author.name()});
    let stand = service.post(&format!("/{version}/shadow"), &body)?.good()?;
    let tried = stand["shadow"]["version"].as_u64();
    let tried = tried.context("the service does not say which version it tries")?;
    writeln!(
        out,
        "{site}: version {tried} is tried beside version {} and does nothing; `ahlan rules shadow` shows what it \
         would have done",
        stand["live"]
    )?;
    Ok(0)
}

impl ShadowArgs {
    /// Lets the service keep the files as a version; `None` when they cannot be kept, which is told.
    fn keep(
        &self,
        out: &mut dyn Write,
        service: &Service,
        what: &Path,
    ) -> anyhow::Result<Option<u64>> {
        let files = load_dir(what)?;
        if !check(out, what, &files)? {
            return Ok(None);
        }
        let (parent, author) = (live(service)?, self.author.name());
        keep(out, service, &files, parent, &self.reason, author)
    }
}

fn show(out: &mut dyn Write, site: &str, answer: &Value) -> io::Result<()> {
    let comparison = &answer["comparison"];
    if answer["shadow"].is_null() || comparison.is_null() {
        return writeln!(out, "{site}: no version is tried");
    }
    let report = &comparison["report"];
    writeln!(
        out,
        "{site}: version {} beside what happened since {}: {} visitors, {} events{}",
        answer["shadow"]["version"],
        moment(&comparison["watching_since"]),
        report["visitors"],
        report["events"],
        match comparison["dropped"].as_u64() {
            Some(0) | None => String::new(),
            Some(dropped) => format!(" ({dropped} requests were dropped: the figures have gaps)"),
        }
    )?;
    writeln!(out, "\n{:<32}  {:>9}  {:>9}", "", "happened", "would have")?;
    row(out, "visitors invited", &report["invited"])?;
    row(out, "invitations", &report["invitations"]["offered"])?;
    row(out, "withheld", &report["invitations"]["withheld"])?;
    row(out, "while talking or waiting", &report["while_chatting"])?;
    row(out, "at checkout", &report["on_silent_page"])?;
    for trigger in list(&report["triggers"]) {
        let name = trigger["trigger"].as_str().unwrap_or_default();
        row(out, &format!("  {name}"), &trigger["offered"])?;
    }
    for stage in list(&report["stages"]) {
        let text = |name: &str| stage[name].as_str().unwrap_or_default();
        row(
            out,
            &format!("{} is {}", text("score"), text("stage")),
            stage,
        )?;
    }
    examples(out, "only the shadow invites", &report["gained"])?;
    examples(out, "only the live rules invited", &report["lost"])
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn row(out: &mut dyn Write, name: &str, both: &Value) -> io::Result<()> {
    let count = |side: &str| both[side].as_u64().unwrap_or(0);
    let (before, after) = (count("before"), count("after"));
    writeln!(out, "{name:<32}  {before:>9}  {after:>9}")
}

fn examples(out: &mut dyn Write, title: &str, invited: &Value) -> io::Result<()> {
    let visitors = invited["visitors"].as_u64().unwrap_or(0);
    writeln!(out, "\n{title}: {visitors}")?;
    for example in list(&invited["examples"]).iter().take(SHOWN) {
        let text = |name: &str| example[name].as_str().unwrap_or_default();
        let at = moment(&example["at"]);
        writeln!(out, "  {}  {at}  {}", text("visitor"), text("trigger"))?;
    }
    Ok(())
}
