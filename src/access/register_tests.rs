//! The register's laws.

use std::collections::BTreeMap;

use crate::domain::{Timestamp, UserId};

use super::code::Digest;
use super::register::{Refusal, Register};
use super::user::{EVERY_SITE, IDLE, LONGEST, Link, MAX_SESSIONS, Session, User};
use super::{Permission, Role};

const NOW: Timestamp = Timestamp(1_000_000_000_000);

fn user(n: u8, site: &str, role: Role) -> User {
    User {
        id: UserId([n; 8]),
        email: format!("user{n}@shop.example"),
        name: format!("User {n}"),
        roles: BTreeMap::from([(site.to_owned(), role)]),
        password: Some(format!("hash {n}")),
        disabled: false,
        link: None,
        sessions: Vec::new(),
        created: NOW,
        seen: None,
    }
}

fn session(name: &str, at: Timestamp) -> Session {
    Session {
        hash: Digest::of(name),
        began: at,
        seen: at,
        device: "Chrome".to_owned(),
    }
}

fn with(users: impl IntoIterator<Item = User>) -> Register {
    let mut register = Register::default();
    for user in users {
        register.add_user(user).unwrap();
    }
    register
}

#[test]
fn a_role_on_a_site_goes_before_that_on_all() {
    let mut somebody = user(1, EVERY_SITE, Role::Viewer);
    somebody.roles.insert("shop".to_owned(), Role::Marketer);
    assert!(somebody.may(Permission::PublishRules, "shop"));
    assert!(!somebody.may(Permission::PublishRules, "club"));
    assert!(somebody.may(Permission::SeeRules, "club"));
    assert!(somebody.may_somewhere(Permission::EditRules));
    let nobody = user(2, "shop", Role::Administrator);
    assert!(!nobody.may(Permission::SeeRules, "club"));
}

#[test]
fn the_set_up_is_made_once_and_by_a_link() {
    let mut register = Register::default();
    register.offer_setup(Digest::of("first"), true).unwrap();
    register.offer_setup(Digest::of("second"), true).unwrap();
    let admin = user(1, EVERY_SITE, Role::Administrator);
    let tried = register.set_up(Digest::of("first"), admin.clone());
    assert_eq!(
        tried,
        Err(Refusal::BadLink),
        "a later start has made a new one"
    );
    register.set_up(Digest::of("second"), admin).unwrap();
    assert!(!register.needs_setup() && register.setup.is_empty());
    let again = register.set_up(
        Digest::of("second"),
        user(2, EVERY_SITE, Role::Administrator),
    );
    assert_eq!(again, Err(Refusal::SetUp));
    assert_eq!(
        register.offer_setup(Digest::of("third"), true),
        Err(Refusal::SetUp)
    );
}

#[test]
fn links_of_several_nodes_hold_together_up_to_a_bound() {
    let mut register = Register::default();
    for n in 0..40 {
        register
            .offer_setup(Digest::of(&n.to_string()), false)
            .unwrap();
    }
    assert_eq!(register.setup.len(), 16);
    assert!(
        register.setup.contains(&Digest::of("24")) && register.setup.contains(&Digest::of("39"))
    );
}

#[test]
fn somebody_is_always_left_to_manage() {
    let mut register = with([
        user(1, EVERY_SITE, Role::Administrator),
        user(2, "shop", Role::Administrator),
    ]);
    let last = UserId([1; 8]);
    let before = register.clone();
    let demoted = register.change_user(last, |user| user.roles.clear());
    assert_eq!(demoted, Err(Refusal::LastAdministrator));
    let disabled = register.change_user(last, |user| user.disabled = true);
    assert_eq!(disabled, Err(Refusal::LastAdministrator));
    assert_eq!(register.remove_user(last), Err(Refusal::LastAdministrator));
    assert_eq!(register, before);
    let everywhere = BTreeMap::from([(EVERY_SITE.to_owned(), Role::Administrator)]);
    register
        .change_user(UserId([2; 8]), |user| user.roles = everywhere)
        .unwrap();
    assert!(register.remove_user(last).is_ok());
}

#[test]
fn two_users_never_share_an_address() {
    let mut register = with([
        user(1, EVERY_SITE, Role::Administrator),
        user(2, "shop", Role::Agent),
    ]);
    let mut twin = user(3, "shop", Role::Agent);
    twin.email = "user1@shop.example".to_owned();
    assert_eq!(register.add_user(twin), Err(Refusal::EmailTaken));
    let renamed = register.change_user(UserId([2; 8]), |user| {
        user.email = "user1@shop.example".to_owned();
    });
    assert_eq!(renamed, Err(Refusal::EmailTaken));
    assert_eq!(
        register.user(UserId([2; 8])).unwrap().email,
        "user2@shop.example"
    );
}

#[test]
fn a_session_ends_by_silence_and_by_age() {
    let mut one = session("a", NOW);
    assert!(one.is_live(NOW));
    assert!(!one.is_live(NOW + IDLE));
    one.seen = NOW + LONGEST;
    assert!(!one.is_live(NOW + LONGEST));
}

#[test]
fn the_session_that_was_used_least_lately_makes_room() {
    let mut register = with([user(1, "shop", Role::Agent)]);
    for n in 0..=MAX_SESSIONS as u64 {
        let at = Timestamp(NOW.0 + n);
        let new = session(&n.to_string(), at);
        register.sign_in(UserId([1; 8]), "hash 1", new).unwrap();
    }
    let sessions = &register.users[0].sessions;
    assert_eq!(sessions.len(), MAX_SESSIONS);
    assert!(sessions.iter().all(|known| known.hash != Digest::of("0")));
}

#[test]
fn a_password_that_was_changed_meanwhile_lets_nobody_in() {
    let mut register = with([user(1, "shop", Role::Agent)]);
    let id = UserId([1; 8]);
    register
        .sign_in(id, "hash 1", session("here", NOW))
        .unwrap();
    register
        .sign_in(id, "hash 1", session("there", NOW))
        .unwrap();
    register
        .change_password(id, "hash 1", "new", Digest::of("here"))
        .unwrap();
    let late = register.sign_in(id, "hash 1", session("late", NOW));
    assert_eq!(late, Err(Refusal::PasswordChanged));
    let left: Vec<_> = register.users[0]
        .sessions
        .iter()
        .map(|known| known.hash)
        .collect();
    assert_eq!(left, [Digest::of("here")]);
}

#[test]
fn a_link_is_valid_once_and_for_a_while() {
    let mut invited = user(1, "shop", Role::Agent);
    invited.password = None;
    invited.link = Some(Link {
        hash: Digest::of("link"),
        until: Timestamp(NOW.0 + 10),
    });
    let mut register = with([invited]);
    let late = session("late", Timestamp(NOW.0 + 10));
    let join =
        |register: &mut Register, session| register.join(Digest::of("link"), None, "hash", session);
    assert_eq!(join(&mut register, late), Err(Refusal::BadLink));
    assert!(join(&mut register, session("a", NOW)).is_ok());
    assert_eq!(
        join(&mut register, session("b", NOW)),
        Err(Refusal::BadLink)
    );
    assert_eq!(register.users[0].sessions.len(), 1);
}

#[test]
fn whoever_is_disabled_is_out_at_once() {
    let mut register = with([user(1, "shop", Role::Agent)]);
    let id = UserId([1; 8]);
    register
        .sign_in(id, "hash 1", session("here", NOW))
        .unwrap();
    let (_, after) = register
        .change_user(id, |user| user.disabled = true)
        .unwrap();
    assert!(after.sessions.is_empty());
    let again = register.sign_in(id, "hash 1", session("again", NOW));
    assert_eq!(again, Err(Refusal::Disabled));
}

#[test]
fn use_is_noted_and_what_has_lapsed_is_dropped() {
    let mut register = with([user(1, "shop", Role::Agent)]);
    let id = UserId([1; 8]);
    register
        .sign_in(id, "hash 1", session("used", NOW))
        .unwrap();
    register
        .sign_in(id, "hash 1", session("unused", NOW))
        .unwrap();
    let later = NOW + IDLE;
    register.note_use(&[(Digest::of("used"), later)], later);
    let user = &register.users[0];
    assert_eq!(user.sessions.len(), 1);
    assert_eq!((user.sessions[0].seen, user.seen), (later, Some(later)));
}
