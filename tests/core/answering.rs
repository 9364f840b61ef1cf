//! Who can answer, and through which channel: what is offered, what is taken back, and what a late yes is answered with.

use std::sync::Arc;

use ahlan::domain::*;

use crate::make::*;
use crate::visit::Visit;
use crate::written::{HELLO, compiled, visit};

/// Sales, as the chat settings and its agents have it.
fn sales(free_slots: u16, service: Service) -> Department {
    Department {
        name: "Sales".into(),
        free_slots,
        places: free_slots,
        expected_reply: Some(secs(60)),
        languages: Vec::new(),
        service: Some(service),
    }
}

const OPEN: Service = Service {
    open: true,
    opens_at: None,
    phone: true,
    email: true,
};
/// It opens at nine the next morning in Riyadh: the story begins at half past twelve at night.
const CLOSED: Service = Service {
    open: false,
    opens_at: Some(Timestamp(START.0 + 18 * 3_600_000)),
    ..OPEN
};

fn site_of(department: Department) -> SiteNow {
    SiteNow {
        agents_online: department.free_slots,
        free_slots: department.free_slots,
        places: department.places,
        expected_reply: department.expected_reply,
        departments: Some([department].into()),
        ..SiteNow::default()
    }
}

/// A visitor on the prices, greeted by what stands in the table of the trigger.
fn greeted(rules: &str, site: SiteNow, lang: &str) -> Visit {
    let mut visit = visit("");
    visit.rules = compiled(rules);
    visit.site = site;
    let page = PageViewEvent {
        lang: Some(lang.into()),
        tz: Some("Asia/Riyadh".into()),
        ..page_view("/pricing")
    };
    visit.tell("prices", EventKind::PageView(Box::new(page)));
    visit
}

const FORM: &str = "[[trigger]]\nid = \"hello\"\ndepartment = \"sales\"\npage_type = \"pricing\"\n[trigger.invitation]\n\
    when_closed = \"email\"\nphone_if = { field = \"page.lang\", equals = \"ar\" }\nmessage = { en = \"Hello\", ar = \"أهلا\" }\n";

/// What is offered: channel, seconds, when it opens, what is said of it.
fn offered(site: SiteNow, lang: &str) -> (ReplyChannel, Option<u64>, bool, String) {
    let visit = greeted(FORM, site, lang);
    let offer = visit.offer().expect("an offer");
    let seconds = offer.expected_reply.map(|span| span.0 / 1_000);
    (
        offer.channel,
        seconds,
        offer.opens_at.is_some(),
        offer.note.to_string(),
    )
}

#[test]
fn each_channel_says_what_to_expect_of_it() {
    let told = |site, lang, channel, seconds, opens, note: &str| {
        let expected = (channel, seconds, opens, note.to_owned());
        assert_eq!(offered(site, lang), expected);
    };
    let open = site_of(sales(2, OPEN));
    let chat = "Usually replies within 1 minute · Chat";
    told(
        open.clone(),
        "en",
        ReplyChannel::Chat,
        Some(60),
        false,
        chat,
    );
    let call = "نعاود الاتصال بك، المدة المتوقعة: دقيقة";
    told(open, "ar", ReplyChannel::Phone, Some(60), false, call);
    // Nobody has a place: who is better called is called, all others write.
    let busy = site_of(Department {
        expected_reply: None,
        ..sales(0, OPEN)
    });
    told(
        busy.clone(),
        "ar",
        ReplyChannel::Phone,
        None,
        false,
        "مكالمة هاتفية",
    );
    let form = "Nobody is free right now. We reply by e-mail";
    told(busy, "en", ReplyChannel::Email, None, false, form);
    let closed = site_of(sales(0, CLOSED));
    let later = "We are open again tomorrow at 18:00, and reply by e-mail";
    let when = |site: &SiteNow| site.opens_at(Some("sales"));
    assert!(when(&closed).is_some());
    let (channel, seconds, opens, note) = offered(closed, "en");
    assert_eq!((channel, seconds, opens), (ReplyChannel::Email, None, true));
    assert!(
        note.starts_with("We are open again") && note.len() <= later.len() + 4,
        "{note}"
    );
}

#[test]
fn a_call_back_is_promised_while_no_chat_can_be() {
    let call = "[policy]\nphone_if = { field = \"page.type\", equals = \"pricing\" }\n";
    let rules = format!("{call}[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}");
    let channel = |site: SiteNow| {
        greeted(&rules, site, "en")
            .offer()
            .map(|offer| offer.channel)
    };
    assert_eq!(channel(site_of(sales(0, OPEN))), Some(ReplyChannel::Phone));
    let no_calls = Service {
        phone: false,
        ..OPEN
    };
    assert_eq!(channel(site_of(sales(0, no_calls))), None);
    assert_eq!(
        channel(site_of(sales(1, no_calls))),
        Some(ReplyChannel::Chat)
    );
    assert_eq!(
        channel(site_of(sales(0, CLOSED))),
        None,
        "nobody calls at night"
    );
    assert_eq!(channel(SiteNow::default()), None);
}

#[test]
fn a_chat_is_offered_only_while_replies_are_quick_enough() {
    let rules = format!(
        "[policy]\nchat_within = \"2m\"\n[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}"
    );
    let invited = |reply| {
        let site = SiteNow {
            expected_reply: reply,
            ..open_site()
        };
        greeted(&rules, site, "en").offer().is_some()
    };
    assert!(
        invited(Some(mins(2))) && invited(None),
        "in time, or nobody knows"
    );
    assert!(!invited(Some(secs(121))));
}

#[test]
fn a_chat_is_offered_in_a_language_that_somebody_speaks() {
    let rules = format!("[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}");
    let invited = |languages: &[&str], lang| {
        let languages = languages.iter().map(|tag| Arc::from(*tag));
        let languages: Arc<[Arc<str>]> = languages.collect();
        let site = SiteNow {
            languages: (!languages.is_empty()).then_some(languages),
            ..open_site()
        };
        greeted(&rules, site, lang).offer().is_some()
    };
    assert!(invited(&[], "fr") && invited(&["ar", "en"], "ar-sa"));
    assert!(!invited(&["ar", "en"], "fr"));
}

#[test]
fn an_open_invitation_is_taken_back_when_the_last_agent_leaves() {
    let rules = format!("[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}");
    let mut visit = greeted(&rules, open_site(), "en");
    // All places are promised, this one among them: it stands.
    visit.site.free_slots = 0;
    visit.tick();
    assert!(visit.offer().is_some());
    visit.site = SiteNow {
        places: UNKNOWN_PLACES,
        ..SiteNow::default()
    };
    visit.tick();
    assert!(visit.offer().is_some(), "nobody knows who is there");
    visit.site = SiteNow::default();
    visit.tick();
    assert_eq!(visit.ended(), [Settlement::Revoked]);
    // A form needs nobody.
    let mut visit = greeted(FORM, site_of(sales(0, CLOSED)), "en");
    visit.site = SiteNow::default();
    visit.tick();
    assert_eq!(
        visit.offer().map(|offer| offer.channel),
        Some(ReplyChannel::Email)
    );
}

#[test]
fn a_yes_that_nobody_can_keep_is_answered_with_another_channel() {
    for lang in ["en", "ar"] {
        let mut visit = greeted(
            FORM.replace("phone_if", "#").as_str(),
            site_of(sales(1, OPEN)),
            lang,
        );
        visit.record();
        visit.answer_open(InvitationOutcome::Shown);
        visit.site = site_of(sales(0, CLOSED));
        visit.answer_open(InvitationOutcome::Accepted);
        assert_eq!(visit.ended(), [Settlement::Accepted], "a yes is a yes");
        let instead = visit.offer().expect("an answer").clone();
        assert_eq!(instead.made_by(), MadeBy::Instead);
        assert_eq!(
            (instead.channel, &*instead.trigger_name),
            (ReplyChannel::Email, "hello")
        );
        assert_eq!((&*instead.lang, instead.opens_at), (lang, CLOSED.opens_at));
        assert!(!instead.note.is_empty() && !instead.message.is_empty());
        // It is answered like any other, once.
        visit.answer_open(InvitationOutcome::Accepted);
        assert!(visit.offer().is_none());
        assert_eq!(visit.state.invitations.accepted, 2);
    }
}

#[test]
fn a_yes_that_crosses_with_the_taking_back_is_answered_too() {
    let rules = format!("[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}");
    let mut visit = greeted(&rules, open_site(), "de");
    visit.site = SiteNow::default();
    visit.tick();
    visit.answer(InvitationOutcome::Accepted);
    let instead = visit.offer().expect("an answer");
    assert_eq!(
        (instead.channel, &*instead.lang),
        (ReplyChannel::Email, "en")
    );
    assert!(instead.message.starts_with("Sorry"));
    // Told twice, it is answered once: the same invitation stands.
    let id = instead.id;
    visit.tick();
    assert_eq!(visit.offer().map(|offer| offer.id), Some(id));
}

#[test]
fn who_is_served_or_has_gone_is_not_told_of_another_channel() {
    let rules = format!("[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}");
    let shown = || {
        let mut visit = greeted(&rules, open_site(), "en");
        visit.answer_open(InvitationOutcome::Shown);
        visit
    };
    let mut visit = shown();
    visit.answer_open(InvitationOutcome::Accepted);
    assert!(visit.offer().is_none(), "somebody is there");
    let mut visit = shown();
    visit.site = SiteNow::default();
    visit.tell("", EventKind::Chat(ChatState::Chatting));
    visit.answer(InvitationOutcome::Accepted);
    assert!(visit.offer().is_none(), "they talk already");
    let mut visit = shown();
    visit.wait(mins(6));
    visit.site = SiteNow::default();
    let invitation = visit.state.invitations.settled.last().map(|past| past.id);
    let yes = EventKind::Invitation {
        invitation: invitation.expect("it lapsed"),
        outcome: InvitationOutcome::Accepted,
    };
    visit.tell_late(mins(5), "", yes);
    assert!(visit.offer().is_none(), "a yes of long ago");
}

#[test]
fn the_chat_layers_reports_say_where_the_visitor_stands() {
    let mut visit = visit("");
    visit.open("a", "/");
    let report = |step| {
        EventKind::ChatReport(Box::new(ChatReport {
            chat: "c-1".into(),
            step,
            agent: None,
            department: None,
            first_response: None,
            rating: (step == ChatStep::Rated).then_some(5),
        }))
    };
    let seen = visit.state.last_seen;
    for (step, state) in [
        (ChatStep::Requested, ChatState::Queued),
        (ChatStep::Queued, ChatState::Queued),
        (ChatStep::Started, ChatState::Chatting),
        (ChatStep::FirstReply, ChatState::Chatting),
        (ChatStep::Ended, ChatState::Ended),
        (ChatStep::Rated, ChatState::Ended),
    ] {
        visit.wait(secs(5));
        visit.tell("", report(step));
        assert_eq!(visit.state.chat, state, "{step:?}");
    }
    assert_eq!(visit.state.chats, 1);
    assert_eq!(visit.state.last_seen, seen, "no sign of the visitor's life");
    visit.tell("", report(ChatStep::Missed));
    assert_eq!(visit.state.chat, ChatState::Ended);
}
