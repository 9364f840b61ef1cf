//! `ahlan journal …`: recorded traffic out of a data directory as text, and into one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::backtest::Source;
use crate::clock;
use crate::domain::{Key, Record, RuleSetHash, Seq, Timestamp};
use crate::journal::{JournalError, Line, Pseudonyms, Reader, Writer};
use crate::publishing::{pack, unpack};
use crate::rules::{RuleSet, SourceFile};
use crate::secret;
use crate::store::{JournalFile, StoreError};

/// The arguments of `ahlan journal`.
#[derive(Args, Debug)]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Write recorded traffic to the standard output, one JSON object a line (described in `docs/journal.md`).
    Export(ExportArgs),
    /// Write a file's records into a data directory that no service uses, after those that are there.
    ///
    /// Visitors' states are made from them when the directory is used next.
    Import(ImportArgs),
}

#[derive(Args, Debug)]
struct ExportArgs {
    /// A data directory that no service uses.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only the site with this public key.
    #[arg(long, value_name = "KEY")]
    site: Option<String>,
    /// Only from here on: a span before now (7d), a day (2026-11-22), or milliseconds since the epoch.
    #[arg(long, value_name = "MOMENT")]
    since: Option<String>,
    /// Only up to here.
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// Replace ids and texts that tell who visitors are; the key to them is not kept.
    #[arg(long)]
    pseudonymise: bool,
}

#[derive(Args, Debug)]
struct ImportArgs {
    /// What `ahlan journal export` wrote; `-` for the standard input.
    file: PathBuf,
    /// The data directory; made when it is missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Runs the command.
pub fn run(args: &JournalArgs) -> ExitCode {
    let outcome = match &args.command {
        JournalCommand::Export(args) => export(args),
        JournalCommand::Import(args) => import(args),
    };
    match outcome {
        Ok(told) => {
            // Nobody is left to tell when the error output is gone too.
            let _ = writeln!(io::stderr(), "{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "ahlan: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn export(args: &ExportArgs) -> anyhow::Result<String> {
    let now = clock::now();
    let moment = |text: &String| clock::moment(text, now).map_err(anyhow::Error::msg);
    let part = Part {
        site: args.site.as_deref().map(Key::of),
        since: args.since.as_ref().map(moment).transpose()?,
        until: args.until.as_ref().map(moment).transpose()?,
        pseudonyms: match args.pseudonymise {
            true => Some(secret::random().context("no random key for pseudonyms")?),
            false => None,
        },
    };
    let journal = JournalFile::open(&args.data)?;
    let out = BufWriter::new(io::stdout().lock());
    let records = write(&journal, &part, out)?;
    Ok(format!("{records} records written"))
}

/// Which records are written, and how.
struct Part {
    site: Option<Key>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    pseudonyms: Option<[u8; 32]>,
}

/// Writes the records, and before them the rules that they were made under. Returns how many there were.
fn write(journal: &JournalFile, part: &Part, out: impl Write) -> Result<u64, JournalError> {
    let files_of = |hash| files_of(journal, hash);
    let mut writer = Writer::begin(out, part.pseudonyms.is_some(), &files_of)?;
    let mut pseudonyms = part.pseudonyms.map(Pseudonyms::new);
    let mut known: Option<(RuleSetHash, Arc<RuleSet>)> = None;
    let since = part.since.unwrap_or_default();
    // Pseudonyms follow everybody from the beginning, to know what answers were to.
    let from = if pseudonyms.is_some() {
        Timestamp(0)
    } else {
        since
    };
    let until = part.until.unwrap_or(Timestamp(u64::MAX));
    let (mut written, mut outcome) = (0, Ok(()));
    let mut take = |seq: Seq, record: Record| -> Result<(), JournalError> {
        if part.site.is_some_and(|site| site != record.site) {
            return Ok(());
        }
        let record = match &mut pseudonyms {
            Some(pseudonyms) => {
                let rules = rules_of(journal, &mut known, record.rules)?;
                pseudonyms.record(&record, &rules)
            }
            None => record,
        };
        if seq >= Seq::at(since) {
            written += 1;
            writer.record(record)?;
        }
        Ok(())
    };
    journal.scan(from, until, &mut |seq, bytes| {
        let taken = bytes.decode().map_err(JournalError::from);
        outcome = taken.and_then(|record| take(seq, record));
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    outcome?;
    writer.finish()?;
    Ok(written)
}

fn files_of(
    journal: &JournalFile,
    hash: RuleSetHash,
) -> Result<Option<Vec<(String, String)>>, StoreError> {
    let packed = journal.rule_sources(hash)?;
    let files = packed.as_deref().and_then(unpack);
    Ok(files.map(|files| {
        let file = |file: SourceFile| (file.name, file.text);
        files.into_iter().map(file).collect()
    }))
}

/// The rules of a record; those of the record before are at hand.
fn rules_of(
    journal: &JournalFile,
    known: &mut Option<(RuleSetHash, Arc<RuleSet>)>,
    hash: RuleSetHash,
) -> Result<Arc<RuleSet>, StoreError> {
    if let Some((last, rules)) = known
        && *last == hash
    {
        return Ok(Arc::clone(rules));
    }
    let rules = journal.rules(hash)?.unwrap_or_default();
    *known = Some((hash, Arc::clone(&rules)));
    Ok(rules)
}

fn import(args: &ImportArgs) -> anyhow::Result<String> {
    let path = &args.file;
    let read = if path == Path::new("-") {
        read_into(io::stdin().lock(), &args.data)
    } else {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        read_into(BufReader::new(file), &args.data)
    };
    let records = read.with_context(|| path.display().to_string())?;
    Ok(format!(
        "{records} records written; states are made from them when {} is used next",
        args.data.display()
    ))
}

/// Writes the file's records after those that are there. What stands before a faulty line is kept.
fn read_into(from: impl BufRead, data: &Path) -> Result<u64, JournalError> {
    let journal = JournalFile::open_or_make(data)?;
    let last = journal.last()?;
    let mut first = true;
    let records = Reader::new(from).filter_map(|line| match line {
        Ok(Line::Journal { .. }) => None,
        Ok(Line::Rules { hash, files }) => {
            let file = |(name, text)| SourceFile::new(name, text);
            let files: Vec<_> = files.into_iter().map(file).collect();
            let kept = journal.keep_rules(hash, &pack(&files));
            kept.err().map(|why| Err(why.into()))
        }
        Ok(Line::Record(record)) => {
            let overlaps = first && Seq::at(record.now) <= last;
            first = false;
            Some(if overlaps {
                Err(overlap(record.now, last))
            } else {
                Ok(*record)
            })
        }
        Err(why) => Some(Err(why)),
    });
    journal.append(records)
}

fn overlap(begins: Timestamp, last: Seq) -> JournalError {
    let ends = last.moment();
    JournalError::Overlap(format!(
        "the directory's journal ends at {} and this one begins at {}; import into an empty directory, or what is later",
        ends.0, begins.0
    ))
}

#[cfg(test)]
mod tests {
    use crate::domain::{
        Arrival, Batch, Cause, ChatState, Event, EventId, EventKind, InvitationId,
        InvitationOutcome, Millis, PageId, PageViewEvent, PropValue, SiteNow, VisitorId,
    };

    use super::*;

    const START: Timestamp = Timestamp(1_763_760_000_000);

    fn everything() -> Vec<EventKind> {
        let text = |text: &str| PropValue::Text(text.into());
        let entries = vec![
            ("zeta".into(), text("a \"quoted\" text\u{2028}")),
            ("alpha".into(), PropValue::Number(0.1 + 0.2)),
            ("beta".into(), PropValue::Number(49.0)),
            ("no".into(), PropValue::Null),
            ("yes".into(), PropValue::Bool(true)),
            ("list".into(), PropValue::List(vec!["a".into(), "b".into()])),
        ];
        let view = PageViewEvent {
            url: "https://shop.example/pricing?plan=pro".into(),
            title: Some("Prices".into()),
            page_type: Some("pricing".into()),
            lang: Some("ar".into()),
            tz: Some("Asia/Riyadh".into()),
            screen: Some((1_440, 900)),
            attended: true,
        };
        vec![
            EventKind::PageView(Box::new(view)),
            EventKind::Engage {
                active: Millis(15_000),
                scroll: 60,
                attended: false,
            },
            EventKind::Leave {
                active: None,
                scroll: Some(9),
            },
            EventKind::Custom {
                name: "add_to_cart".into(),
                props: entries.clone(),
            },
            EventKind::Identify {
                user_id: "noor@example.com".into(),
                traits: entries,
                verified: true,
            },
            EventKind::Goal {
                name: "signup".into(),
                value: Some(1.0 / 3.0),
            },
            EventKind::Invitation {
                invitation: InvitationId([9; 8]),
                outcome: InvitationOutcome::Dismissed,
            },
            EventKind::Chat(ChatState::Chatting),
            EventKind::Consent { granted: false },
        ]
    }

    fn records(rules: RuleSetHash) -> Vec<Record> {
        let events = everything().into_iter().enumerate();
        let batches = events.map(|(nth, kind)| {
            let now = START + Millis(nth as u64 / 2);
            let event = Event {
                id: EventId(nth as u64),
                at: START,
                page: (nth % 2 == 0).then_some(PageId(u64::MAX)),
                kind,
            };
            let arrival = (nth == 0).then(|| {
                let mut arrival = Arrival::default();
                arrival.city = Some("Riyadh".into());
                arrival.network = Some("203.0.113.0/24".into());
                arrival.browser = Some("Chrome".into());
                Box::new(arrival)
            });
            (
                now,
                Cause::Events(Batch {
                    arrival,
                    events: vec![event],
                }),
            )
        });
        let tick = (START + Millis(9), Cause::Tick);
        let record = |(now, cause)| Record {
            visitor: VisitorId([5; 16]),
            site: Key::of("shop"),
            now,
            rules,
            site_now: SiteNow::default(),
            cause,
        };
        batches.chain([tick]).map(record).collect()
    }

    /// A directory with records of every kind.
    fn filled() -> (tempfile::TempDir, JournalFile) {
        let dir = tempfile::tempdir().unwrap();
        let journal = JournalFile::open_or_make(&dir.path().join("data")).unwrap();
        let files = [SourceFile::new("rules.toml", "[[score]]\nname = \"buy\"\n")];
        let hash = crate::rules::hash(&files);
        journal.keep_rules(hash, &pack(&files)).unwrap();
        let records = records(hash).into_iter().map(Ok);
        journal.append::<StoreError>(records).unwrap();
        (dir, journal)
    }

    fn part() -> Part {
        Part {
            site: None,
            since: None,
            until: None,
            pseudonyms: None,
        }
    }

    fn text(journal: &JournalFile, part: &Part) -> String {
        let mut out = Vec::new();
        write(journal, part, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_exported_can_be_imported_and_exported_again() {
        let (dir, journal) = filled();
        for pseudonyms in [None, Some([7; 32])] {
            let first = text(
                &journal,
                &Part {
                    pseudonyms,
                    ..part()
                },
            );
            let other = dir.path().join(format!("other {}", pseudonyms.is_some()));
            let count = read_into(first.as_bytes(), &other).unwrap();
            assert_eq!(count, 10);
            let again = text(&JournalFile::open(&other).unwrap(), &part());
            let head = first.find('\n').unwrap();
            assert_eq!(again[again.find('\n').unwrap()..], first[head..]);
        }
        insta::assert_snapshot!(text(&journal, &part()));
    }

    #[test]
    fn pseudonyms_tell_nobody_who_it_was() {
        let (_dir, journal) = filled();
        let pseudonyms = Some([7; 32]);
        let hidden = text(
            &journal,
            &Part {
                pseudonyms,
                ..part()
            },
        );
        let open = text(&journal, &part());
        let visitor = VisitorId([5; 16]).to_string();
        for told in [
            &visitor,
            "noor@",
            "\"city\"",
            "203.0.113",
            "quoted",
            "Prices",
            "shop.example",
            "plan=pro",
        ] {
            assert!(open.contains(told), "{told} is in the journal");
            assert!(!hidden.contains(told), "{told} is hidden");
        }
        for kept in [
            "/pricing",
            "add_to_cart",
            "49.0",
            "signup",
            "Chrome",
            "Asia/Riyadh",
        ] {
            assert!(hidden.contains(kept), "{kept} is kept");
        }
        assert_ne!(
            hidden,
            text(
                &journal,
                &Part {
                    pseudonyms: Some([8; 32]),
                    ..part()
                }
            )
        );
    }

    #[test]
    fn a_part_is_a_site_and_a_period() {
        let (_dir, journal) = filled();
        let lines = |part: Part| text(&journal, &part).lines().count();
        assert_eq!(lines(part()), 12, "a head, the rules and ten records");
        let site = Some(Key::of("club"));
        assert_eq!(lines(Part { site, ..part() }), 1);
        let (since, until) = (Some(START + Millis(1)), Some(START + Millis(3)));
        assert_eq!(
            lines(Part {
                since,
                until,
                ..part()
            }),
            6
        );
        let pseudonyms = Some([7; 32]);
        assert_eq!(
            lines(Part {
                since,
                until,
                pseudonyms,
                ..part()
            }),
            6
        );
    }

    #[test]
    fn a_journal_that_overlaps_is_refused() {
        let (dir, journal) = filled();
        let lines = text(&journal, &part());
        drop(journal);
        let data = dir.path().join("data");
        let refused = read_into(lines.as_bytes(), &data).unwrap_err();
        assert!(
            refused.to_string().contains("ends at 1763760000009"),
            "{refused}"
        );
        let later = lines.replace("\"now\":17637", "\"now\":17638");
        assert_eq!(read_into(later.as_bytes(), &data).unwrap(), 10);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let read = |lines: &str| {
            let outcome = read_into(lines.as_bytes(), dir.path());
            outcome.unwrap_err().to_string()
        };
        let head = "{\"type\":\"journal\",\"version\":1}\n";
        for (lines, told) in [
            ("", "line 1: the file is empty"),
            ("{}", "line 1: missing field `type`"),
            (
                "{\"type\":\"journal\",\"version\":2}",
                "line 1: its version is 2",
            ),
            ("{\"type\":\"record\"}", "line 1: missing field `visitor`"),
            (&format!("{head}{head}"), "line 2: a second journal begins"),
            (
                &format!("{head}{{\"type\":\"dance\"}}"),
                "line 2: its type is \"dance\"",
            ),
            (&format!("{head}\n"), "line 2: EOF"),
        ] {
            let why = read(lines);
            assert!(why.starts_with(told), "{why}");
        }
        assert_eq!(
            read(&format!(
                "{head}{{\"type\":\"rules\",\"hash\":\"x\",\"files\":[]}}"
            )),
            "line 2: `hash` is \"x\"; write 1 to 16 hexadecimal digits"
        );
    }
}
