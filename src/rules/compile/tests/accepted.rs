//! What a well-formed rule set compiles to.

use super::{BASE, beside_base, one};
use crate::domain::{Key, Millis, Points, ReplyChannel, Share, Tone};
use crate::rules::{Award, Condition, Measure, On, OncePer, Policy};

#[test]
fn the_empty_rule_set_is_courteous() {
    let compiled = one("").expect("nothing is wrong with nothing");
    assert_eq!(compiled.rule_set.policy, Policy::default());
    assert!(compiled.notes.is_empty());
    assert!(super::compile(&[]).is_ok());
}

#[test]
fn what_other_editors_leave_in_a_file_does_no_harm() {
    let unix = one(BASE).expect("it compiles").rule_set;
    let windows = format!("\u{feff}{}", BASE.replace('\n', "\r\n"));
    let windows = one(&windows)
        .expect("a byte order mark and CRLF are fine")
        .rule_set;
    assert_eq!(unix.page_types, windows.page_types);
    assert_eq!(unix.scores, windows.scores);
}

#[test]
fn scores_have_their_stages_in_rising_order() {
    let text =
        "[[score]]\nname = \"s\"\nmax = 80\nhalf_life = \"3d\"\nstages = { hot = 60, warm = 25 }";
    let compiled = one(text).expect("it compiles");
    let score = &compiled.rule_set.scores[0];
    assert_eq!(
        (score.max, score.half_life),
        (Points::whole(80), Some(Millis::from_days(3)))
    );
    let stages: Vec<_> = score.stages.iter().map(|stage| &*stage.name).collect();
    assert_eq!(stages, ["warm", "hot"]);
}

#[test]
fn a_score_rule_keeps_what_it_says() {
    let text = "[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"goal\"\nevent = \"SignUp\"\npage_type = [\"help\", \"pricing\", \"help\"]\npoints = -20\nmax_per_session = 2\nmax_per_visitor = 3";
    let compiled = beside_base(text).expect("it compiles");
    let rule = &compiled.rule_set.score_rules[0];
    assert_eq!((&*rule.id, &*rule.name, rule.key), ("x", "x", Key::of("x")));
    assert_eq!(
        (rule.score, rule.on, rule.event.as_deref()),
        (Key::of("buy"), On::Goal, Some("signup"))
    );
    assert_eq!(
        (&rule.award, rule.max_per_session, rule.max_per_visitor),
        (&Award::Fixed(Points::whole(-20)), Some(2), Some(3))
    );
    let mut types = [Key::of("help"), Key::of("pricing")];
    types.sort_unstable();
    assert_eq!(rule.page_types, types, "each page type once");
    assert_eq!(rule.condition, Condition::ALWAYS);
}

#[test]
fn a_trigger_keeps_what_it_says_and_is_courteous_about_the_rest() {
    let full = "[[trigger]]\nid = \"a\"\nname = \"A\"\npriority = 7\nonce_per = \"visitor\"\ncooldown = \"1d\"\nholdout = \"2.5%\"\nexpires_after = \"2m\"\n[trigger.invitation]\ntone = \"sales\"\nchannel = \"phone\"\nmessage = { en = \" Hello \", AR = \"أهلا\" }\ndefault_lang = \"ar\"\n";
    let short = "[[trigger]]\nid = \"b\"\ninvitation.message.en = \"Hello\"\n";
    let compiled = beside_base(&format!("{full}{short}")).expect("it compiles");
    let [a, b] = compiled.rule_set.triggers.as_slice() else {
        panic!("two triggers")
    };
    assert_eq!(
        (&*a.name, a.priority, a.once_per),
        ("A", 7, Some(OncePer::Visitor))
    );
    assert_eq!(
        (a.cooldown, a.holdout, a.expires_after),
        (Some(Millis::from_days(1)), Share(250), Millis::from_mins(2))
    );
    assert_eq!(
        (a.invitation.tone, a.invitation.channel),
        (Tone::Sales, ReplyChannel::Phone)
    );
    let messages: Vec<_> = a
        .invitation
        .messages
        .iter()
        .map(|(l, m)| (&**l, &*m.source))
        .collect();
    assert_eq!(
        messages,
        [("ar", "أهلا"), ("en", "Hello")],
        "the default comes first"
    );
    assert_eq!(
        (&*b.name, b.priority, b.once_per),
        ("b", 0, Some(OncePer::Session))
    );
    assert_eq!(
        (b.cooldown, b.holdout, b.expires_after),
        (None, Share(0), Millis::from_mins(5))
    );
    assert_eq!(
        (b.invitation.tone, b.invitation.channel),
        (Tone::Welcome, ReplyChannel::Chat)
    );
}

#[test]
fn a_value_has_bounds_in_the_direction_of_its_scale() {
    let bounds = |lines: &str| {
        let text = format!(
            "[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"goal\"\npoints_from = \"event.value\"\n{lines}"
        );
        let compiled = beside_base(&text).expect("it compiles");
        match compiled.rule_set.score_rules[0].award {
            Award::ByValue { least, most, .. } => (least.rounded(), most.rounded()),
            Award::Fixed(_) => panic!("a value"),
        }
    };
    assert_eq!(bounds(""), (0, 1_000_000));
    assert_eq!(bounds("max_points = 30"), (0, 30));
    assert_eq!(bounds("scale = -0.1"), (-1_000_000, 0));
    assert_eq!(bounds("scale = -0.1\nmin_points = -20"), (-20, 0));
}

#[test]
fn variants_say_what_the_invitation_says_but_for_what_they_change() {
    let text = "[[trigger]]\nid = \"t\"\n[trigger.invitation]\ntone = \"sales\"\nphone_if = { field = \"score.buy\", at_least = 80 }\nmessage = { en = \"Hello\", ar = \"أهلا\" }\ndefault_lang = \"ar\"\n[[trigger.variant]]\nid = \"a\"\n[[trigger.variant]]\nid = \"b\"\nweight = 3\ntone = \"help\"\nmessage = { en = \"Hi\", ar = \"مرحبا\" }\n";
    let compiled = beside_base(text).expect("it compiles");
    let trigger = &compiled.rule_set.triggers[0];
    let [a, b] = trigger.variants.as_slice() else {
        panic!("two variants")
    };
    assert_eq!(a.invitation, trigger.invitation);
    assert_eq!((a.weight, b.weight), (1, 3));
    assert_eq!(b.invitation.tone, Tone::Help);
    assert_eq!(b.invitation.phone_if, trigger.invitation.phone_if);
    assert_eq!(&*b.invitation.messages[0].0, "ar", "the same default");
    for (bucket, id) in [(0, "a"), (2_499, "a"), (2_500, "b"), (9_999, "b")] {
        assert_eq!(trigger.variant(bucket).map(|v| &*v.id), Some(id));
    }
}

#[test]
fn goals_are_measured_as_the_table_says_unless_the_trigger_knows_better() {
    let text = "[measure]\ngoals = [\"Purchase\"]\nwithin = \"3d\"\n[[trigger]]\nid = \"a\"\ninvitation.message.en = \"Hello\"\n[[trigger]]\nid = \"b\"\ngoals = \"signup\"\ninvitation.message.en = \"Hello\"\n";
    let rules = beside_base(text).expect("it compiles").rule_set;
    let [a, b] = [0, 1].map(|at| rules.measure_of(&rules.triggers[at]));
    assert_eq!(a.within, Millis::from_days(3));
    assert!(a.counts("purchase") && !a.counts("signup"));
    assert!(b.counts("signup") && !b.counts("purchase"));
    let any = rules_without_measure();
    assert!(any.counts("whatever"));
    assert_eq!(any.within, Millis::from_days(7));
}

fn rules_without_measure() -> Measure {
    one("").expect("it compiles").rule_set.measure
}

#[test]
fn the_policy_overwrites_only_what_it_states() {
    let text = "[policy]\nmax_per_session = 0\nafter_goal = \"2h\"\nmax_per_visitor = 9\nnever_while_typing = false\nnever_on = \"help\"\nrequire_available_agent = false";
    let compiled = beside_base(text).expect("it compiles");
    let expected = Policy {
        max_per_session: 0,
        max_per_visitor: Some(9),
        never_while_typing: false,
        after_goal: Millis::from_hours(2),
        never_on: vec![Key::of("help")],
        require_available_agent: false,
        ..Policy::default()
    };
    assert_eq!(compiled.rule_set.policy, expected);
}

#[test]
fn tests_may_stand_anywhere_and_are_not_read_yet() {
    let text = "[[test]]\nname = \"later\"\nvisit = [ { at = \"0s\", url = \"/\" } ]\nexpect = { score.buy = 30 }";
    let compiled = one(&format!("{BASE}{text}")).expect("it compiles");
    assert!(
        compiled.notes.iter().all(|note| note.place.line < 15),
        "{:#?}",
        compiled.notes
    );
}
