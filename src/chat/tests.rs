//! Words and promises.

use std::future::ready;
use std::sync::{Arc, OnceLock, Weak};

use futures_util::FutureExt as _;

use crate::domain::{
    InvitationId, Key, MadeBy, Millis, ReplyChannel, SessionId, Settled, Settlement, SiteNow,
    Timestamp,
};
use crate::store::{Answer, Claim, Limits, SharedDesk, SharedState, SharedWord};

use super::{AgentStatus, Availability, Desk, DeskError, Opened, Settings};

const SITE: Key = Key(1);

fn online(chats: u16, max_chats: u16) -> Availability {
    Availability {
        status: AgentStatus::Online,
        chats,
        max_chats,
        lease: Millis::from_secs(60),
        departments: Vec::new(),
        languages: Vec::new(),
    }
}

#[test]
fn capacity_is_what_online_agents_have_free() {
    let desk = Desk::default();
    desk.expect_reply(SITE, Some(Millis::from_mins(2)));
    assert_eq!(desk.now(SITE, Timestamp(0)), SiteNow::default());
    assert_eq!(desk.set(SITE, "ali", online(1, 3), Timestamp(0)), Ok(true));
    assert_eq!(
        desk.set(SITE, "mona", online(3, 3), Timestamp(0)),
        Ok(false)
    );
    let away = Availability {
        status: AgentStatus::Away,
        ..online(0, 5)
    };
    assert_eq!(desk.set(SITE, "omar", away, Timestamp(0)), Ok(false));
    let now = desk.now(SITE, Timestamp(0));
    assert_eq!((now.agents_online, now.free_slots), (2, 2));
    assert_eq!(now.expected_reply, Some(Millis::from_mins(2)));
}

#[test]
fn departments_are_what_their_agents_have_free() {
    let desk = Desk::default();
    let of = |word: Availability, departments: &[&str]| Availability {
        departments: departments.iter().map(|&name| name.into()).collect(),
        ..word
    };
    let both = of(online(0, 2), &["sales", "support"]);
    desk.set(SITE, "ali", online(0, 1), Timestamp(0)).unwrap();
    let opened = desk.set(SITE, "mona", both.clone(), Timestamp(0));
    assert_eq!(opened, Ok(true), "a department can answer since now");
    assert_eq!(desk.set(SITE, "mona", both, Timestamp(0)), Ok(false));
    let more = of(online(0, 3), &["support"]);
    desk.set(SITE, "omar", more, Timestamp(1)).unwrap();
    let now = desk.now(SITE, Timestamp(1));
    let free = |name| now.free_slots_in(name);
    assert_eq!((free("sales"), free("Support"), free("billing")), (2, 5, 0));
    let later = desk.now(SITE, Timestamp(60_000));
    let names: Vec<_> = later.departments().map(|d| &*d.name).collect();
    assert_eq!(names, ["support"], "the first words have lapsed");
    let busy = of(online(3, 3), &["support"]);
    desk.set(SITE, "omar", busy, Timestamp(60_000)).unwrap();
    assert_eq!(desk.now(SITE, Timestamp(60_000)).departments, None);
    let nameless = of(online(0, 1), &[" "]);
    let refused = desk.set(SITE, "omar", nameless, Timestamp(0));
    assert_eq!(refused, Err(DeskError::BadDepartment));
}

#[test]
fn a_word_lapses_with_its_lease() {
    let desk = Desk::default();
    desk.set(SITE, "ali", online(0, 3), Timestamp(0)).unwrap();
    assert!(desk.now(SITE, Timestamp(59_999)).can_answer());
    assert!(!desk.now(SITE, Timestamp(60_000)).can_answer());
    assert_eq!(
        desk.set(SITE, "ali", online(0, 3), Timestamp(60_000)),
        Ok(true)
    );
}

#[test]
fn words_out_of_bounds_are_refused() {
    let desk = Desk::default();
    assert_eq!(
        desk.set(SITE, "", online(0, 1), Timestamp(0)),
        Err(DeskError::BadId)
    );
    assert_eq!(
        desk.set(SITE, "ali", online(0, 101), Timestamp(0)),
        Err(DeskError::TooManyChats)
    );
    let endless = Availability {
        lease: Millis::from_days(1),
        ..online(0, 1)
    };
    assert_eq!(
        desk.set(SITE, "ali", endless, Timestamp(0)),
        Err(DeskError::BadLease)
    );
}

fn claim(n: u8, department: Option<&str>) -> Claim {
    Claim {
        invitation: InvitationId([n; 8]),
        department: department.map(Arc::from),
        until: Timestamp(50_000),
    }
}

fn settled(n: u8, how: Settlement, at: u64) -> Settled {
    Settled {
        made_by: MadeBy::Trigger,
        id: InvitationId([n; 8]),
        trigger: Key(1),
        variant: None,
        session: SessionId([0; 8]),
        offered_at: Timestamp(0),
        settled_at: Timestamp(at),
        how,
        shown: true,
        channel: ReplyChannel::Chat,
    }
}

#[test]
fn what_is_promised_is_free_no_more() {
    let desk = Desk::default();
    desk.set(SITE, "ali", online(1, 3), Timestamp(0)).unwrap();
    let now = Timestamp(1);
    let free = |at| desk.now(SITE, Timestamp(at)).free_slots;
    assert!(desk.promise(SITE, claim(1, None), now));
    assert!(desk.promise(SITE, claim(1, None), now), "it stands");
    assert_eq!(free(1), 1);
    assert!(desk.promise(SITE, claim(2, None), now));
    assert!(!desk.promise(SITE, claim(3, None), now));
    assert_eq!(desk.opened(now), [], "agents came, but all is promised");
    desk.settle(SITE, &settled(1, Settlement::Dismissed, 2));
    assert_eq!(free(2), 1);
    let opened = Opened {
        site: SITE,
        at_most: Some(8),
    };
    assert_eq!(desk.opened(Timestamp(2)), [opened]);
    assert_eq!(desk.opened(Timestamp(2)), []);
    desk.settle(SITE, &settled(2, Settlement::Accepted, 2));
    assert_eq!(
        (free(10_001), free(10_002)),
        (1, 2),
        "till the agent counts it"
    );
    assert!(desk.promise(SITE, claim(4, None), Timestamp(20_000)));
    assert_eq!(
        (free(49_999), free(50_000)),
        (1, 2),
        "at its end it is void"
    );
}

#[test]
fn a_department_has_no_more_than_all_have_together() {
    let desk = Desk::default();
    let mona = Availability {
        departments: vec!["Sales".to_owned(), "help".to_owned()],
        ..online(0, 2)
    };
    desk.set(SITE, "mona", mona, Timestamp(0)).unwrap();
    let now = Timestamp(1);
    let free = || {
        let now = desk.now(SITE, now);
        (
            now.free_slots,
            now.free_slots_in("sales"),
            now.free_slots_in("help"),
        )
    };
    assert!(desk.promise(SITE, claim(1, Some("sales")), now));
    assert_eq!(free(), (1, 1, 1));
    assert!(desk.promise(SITE, claim(2, Some("help")), now));
    assert_eq!(free(), (0, 0, 0));
    assert!(!desk.promise(SITE, claim(3, Some("sales")), now));
    let after = desk.now(SITE, now);
    assert_eq!(after.departments().count(), 0);
    assert!(after.keeps(Some("sales")), "what was promised stands");
}

#[test]
fn who_was_told_of_a_word_is_not_told_again() {
    let desk = Desk::default();
    assert_eq!(desk.set(SITE, "ali", online(0, 1), Timestamp(0)), Ok(true));
    assert_eq!(desk.opened(Timestamp(0)), []);
    assert_eq!(desk.opened(Timestamp(60_000)), []);
    assert_eq!(
        desk.set(SITE, "ali", online(1, 1), Timestamp(60_000)),
        Ok(false)
    );
    assert_eq!(
        desk.set(SITE, "ali", online(0, 1), Timestamp(60_001)),
        Ok(true)
    );
}

/// Other nodes, of which one knows an agent and a promise. While they are asked, an agent speaks here.
#[derive(Default)]
struct Others {
    here: OnceLock<Weak<Desk>>,
}

impl SharedDesk for Others {
    fn bid(&self, _: Key, _: Vec<u32>, _: Timestamp) -> Answer<'_, Vec<u32>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn read(&self, _: Key) -> Answer<'_, SharedState> {
        let here = self.here.get().and_then(Weak::upgrade).unwrap();
        here.set(SITE, "here", online(0, 5), Timestamp(0)).unwrap();
        let state = SharedState {
            words: vec![SharedWord {
                agent: "there".to_owned(),
                until: Timestamp(60_000),
                bytes: postcard::to_stdvec(&online(0, 3)).unwrap(),
            }],
            claims: vec![claim(1, None)],
        };
        Box::pin(ready(Ok(state)))
    }

    fn say(&self, _: Key, _: SharedWord, _: usize, _: Timestamp) -> Answer<'_, bool> {
        Box::pin(ready(Ok(true)))
    }

    fn claim(&self, _: Key, _: Claim, _: Limits, _: Timestamp) -> Answer<'_, bool> {
        Box::pin(ready(Ok(false)))
    }

    fn release(&self, _: Key, _: InvitationId, _: Option<Timestamp>) -> Answer<'_, ()> {
        Box::pin(ready(Ok(())))
    }
}

#[test]
fn what_other_nodes_know_goes_before_all_but_what_was_said_here_meanwhile() {
    let others = Arc::new(Others::default());
    let desk = Arc::new(Desk::shared(Arc::clone(&others) as _));
    others.here.set(Arc::downgrade(&desk)).unwrap();
    desk.set(SITE, "gone", online(0, 50), Timestamp(0)).unwrap();
    desk.refresh(SITE).now_or_never().unwrap().unwrap();
    // Three there and five here, and one is promised; whom the others do not know any more is gone.
    let now = desk.now(SITE, Timestamp(1));
    assert_eq!((now.agents_online, now.free_slots), (2, 7));
    let asked = desk.ask(SITE, claim(2, None), Timestamp(1));
    assert_eq!(asked.now_or_never().unwrap(), Ok(false));
}

/// Sales is open nine to five, help always, both in Riyadh; sales answers in Arabic.
fn two_departments() -> Settings {
    let every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let settings = serde_json::json!({"departments": [
        {"name": "Sales", "time_zone": "Asia/Riyadh", "languages": ["ar"], "phone": true,
            "hours": [{"days": every_day, "from": "09:00", "until": "17:00"}]},
        {"name": "Help", "time_zone": "Asia/Riyadh"},
    ]});
    Settings::read(serde_json::from_value(settings).unwrap(), 1).unwrap()
}

fn of(departments: &[&str], languages: &[&str]) -> Availability {
    let owned = |names: &[&str]| names.iter().map(|&name| name.into()).collect();
    Availability {
        departments: owned(departments),
        languages: owned(languages),
        lease: Millis::from_hours(1),
        ..online(0, 2)
    }
}

/// 2026-11-22, by the hour in Riyadh.
fn riyadh(hour: u64) -> Timestamp {
    Timestamp(1_795_294_800_000) + Millis::from_hours(hour)
}

#[test]
fn places_of_a_closed_department_do_not_count() {
    let desk = Desk::default();
    assert!(desk.set_up(SITE, two_departments()));
    assert!(!desk.set_up(SITE, two_departments()), "no news");
    let say = |agent, word, hour| desk.set(SITE, agent, word, riyadh(hour)).unwrap();
    for hour in [8, 9, 16, 17] {
        say("ali", of(&["sales"], &[]), hour);
        say("mona", of(&["SALES", "help"], &[]), hour);
        say("omar", of(&[], &[]), hour);
        let now = desk.now(SITE, riyadh(hour));
        let places = |name| (now.free_slots_in(name), now.keeps(Some(name)));
        let expected = if (9..17).contains(&hour) {
            (6, (4, true), (2, true))
        } else {
            (4, (0, false), (2, true))
        };
        let found = (now.free_slots, places("sales"), places("help"));
        assert_eq!(found, expected, "at {hour}");
        let opens = now.opens_at(Some("Sales"));
        let expected = match hour {
            8 => Some(riyadh(9)),
            17 => Some(riyadh(33)),
            _ => None,
        };
        assert_eq!(opens, expected, "at {hour}");
        let limits = desk.with(SITE, |agents| agents.limits(Some("sales"), riyadh(hour)));
        assert_eq!(
            limits.department, found.1.0,
            "nor is any promised at {hour}"
        );
    }
}

#[test]
fn an_opening_is_noticed_and_so_is_a_closing() {
    let desk = Desk::default();
    desk.set_up(SITE, two_departments());
    let word = || Availability {
        lease: Millis::from_days(1),
        ..of(&["sales"], &[])
    };
    // Said beforehand, and held by a lease longer than an agent's own may be.
    desk.with(SITE, |agents| agents.take("ali", word(), riyadh(8)))
        .unwrap();
    assert_eq!(desk.opened(riyadh(8)), []);
    assert_eq!(desk.broken(riyadh(8)), []);
    let opened = Opened {
        site: SITE,
        at_most: None,
    };
    assert_eq!(desk.opened(riyadh(9)), [opened]);
    assert_eq!(desk.broken(riyadh(10)), []);
    assert_eq!(desk.broken(riyadh(17)), [SITE]);
    assert_eq!(desk.broken(riyadh(17)), [], "told once");
}

#[test]
fn languages_are_the_agents_else_the_departments() {
    let desk = Desk::default();
    desk.set_up(SITE, two_departments());
    let spoken = |name: Option<&str>| {
        let now = desk.now(SITE, riyadh(10));
        ["ar", "en", "fr"].map(|lang| now.speaks(name, lang))
    };
    let say = |agent, word| desk.set(SITE, agent, word, riyadh(10)).unwrap();
    say("ali", of(&["sales"], &[]));
    assert_eq!(spoken(Some("sales")), [true, false, false]);
    assert_eq!(spoken(None), [true, false, false]);
    say("mona", of(&["sales"], &["en"]));
    assert_eq!(spoken(Some("sales")), [true, true, false]);
    say("omar", of(&["help"], &[]));
    assert_eq!(spoken(Some("help")), [true, true, true], "nobody says");
    assert_eq!(spoken(None), [true, true, true]);
    let full = Availability {
        chats: 2,
        ..of(&["sales"], &["en"])
    };
    say("mona", full);
    assert_eq!(
        spoken(Some("sales")),
        [true, false, false],
        "who is busy does not answer"
    );
    let (_, departments) = desk.look(SITE, riyadh(10));
    let sales = departments.iter().find(|it| &*it.name == "Sales").unwrap();
    assert_eq!(sales.languages, [("ar".into(), 2)]);
    assert_eq!((sales.free_slots, sales.closes_at), (2, Some(riyadh(17))));
}

#[test]
fn promises_of_before_a_start_stand_until_agents_have_spoken_again() {
    let desk = Desk::default();
    let keeps = |at| desk.now(SITE, Timestamp(at)).keeps(Some("sales"));
    assert!(!keeps(0));
    desk.restore(SITE, claim(1, Some("sales")), Timestamp(1));
    assert!(keeps(1) && keeps(60_000));
    assert!(!keeps(60_001));
}
