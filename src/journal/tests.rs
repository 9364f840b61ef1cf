//! From records to text and back.

use std::path::Path;

use crate::domain::{
    Arrival, Batch, ByAgent, Cause, ChatReport, ChatState, ChatStep, Contribution, Deed,
    Department, Event, EventId, EventKind, GroupPoints, InvitationId, InvitationOutcome, Key,
    Millis, PageId, PageViewEvent, Points, PropValue, RuleCount, ScoreTotal, Scores, Service,
    SiteNow, Timestamp, Tone, Utm, VisitorId, Wish,
};

use crate::publishing::pack;
use crate::rules::SourceFile;
use crate::store::{JournalFile, StoreError};

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
    let events = vec![
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
        EventKind::ChatReport(Box::new(ChatReport {
            chat: "chat 7".into(),
            step: ChatStep::FirstReply,
            agent: Some("noor".into()),
            department: Some("sales".into()),
            first_response: Some(Millis(20_500)),
            rating: None,
        })),
        EventKind::Consent { granted: false },
        EventKind::Tag {
            add: vec!["vip".into()],
            remove: vec!["cold".into(), "new".into()],
        },
        EventKind::Known {
            invitation: InvitationId([9; 8]),
            outcome: InvitationOutcome::Shown,
        },
    ];
    events.into_iter().chain(deeds()).collect()
}

fn deeds() -> [EventKind; 5] {
    [
        by_agent(Deed::Note("asked for a discount".into())),
        by_agent(Deed::Ban("spam".into())),
        by_agent(Deed::LiftBan),
        by_agent(Deed::Invite(Wish::default())),
        by_agent(Deed::Invite(Wish {
            message: Some("May I help?".into()),
            lang: Some("en".into()),
            tone: Some(Tone::Help),
            trigger: Some("hello".into()),
            department: Some("sales".into()),
            in_spite: Some("an old customer".into()),
        })),
    ]
}

fn by_agent(deed: Deed) -> EventKind {
    let who = "Sara".into();
    EventKind::ByAgent(Box::new(ByAgent { who, deed }))
}

fn scores(rules: RuleSetHash) -> Scores {
    let (score, rule, stage) = (Key::of("buy"), Key::of("one"), Some(Key::of("warm")));
    let mut scores = Scores::default();
    scores.ledger.totals.push(ScoreTotal {
        score,
        carried: Points(-1),
        carried_at: START,
        stage,
    });
    scores.ledger.contributions.push(Contribution {
        score,
        rule,
        rules,
        at: START,
        applied: Points(1_500),
    });
    scores.rule_counts.push(RuleCount {
        session: 1,
        visitor: 2,
        day: 3,
        day_of: 20_413,
        ..RuleCount::new(rule)
    });
    scores.group_points.push(GroupPoints {
        session: Points(4),
        visitor: Points(5),
        day: Points(6),
        day_of: 20_413,
        ..GroupPoints::new(Key::of("reading"))
    });
    scores
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
            let mut arrival = Arrival {
                city: Some("Riyadh".into()),
                network: Some("203.0.113.0/24".into()),
                browser: Some("Chrome".into()),
                bot: true,
                ..Arrival::default()
            };
            arrival.source.tags = vec![(Utm::MarketingTactic, "remarketing".into())];
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
    let site_now = SiteNow {
        departments: Some(
            [Department {
                name: "sales".into(),
                free_slots: 2,
                places: 3,
                languages: vec!["ar".into()],
                service: Some(Service {
                    open: true,
                    opens_at: None,
                    phone: true,
                    email: false,
                }),
                ..Department::default()
            }]
            .into(),
        ),
        ..SiteNow::default()
    };
    let record = |(now, cause)| Record {
        visitor: VisitorId([5; 16]),
        site: Key::of("shop"),
        now,
        rules,
        site_now: site_now.clone(),
        cause,
    };
    let scored = (START + Millis(9), Cause::Rescore(Box::new(scores(rules))));
    batches.chain([tick, scored]).map(record).collect()
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
    Part::default()
}

fn read_into(from: &[u8], data: &Path) -> Result<u64, JournalError> {
    import(from, &JournalFile::open_or_make(data)?)
}

fn text(journal: &JournalFile, part: &Part) -> String {
    let mut out = Vec::new();
    export(journal, part, &mut out).unwrap();
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
        assert_eq!(count, 19);
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
    assert_eq!(lines(part()), 21, "a head, the rules and nineteen records");
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
    assert_eq!(read_into(later.as_bytes(), &data).unwrap(), 19);
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
