//! Everybody who may come in, as this node knows them. The register lies in the store; a node looks things up in its
//! own copy, which it compares with the store's every few seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use thiserror::Error;

use crate::domain::{Key, Millis, Timestamp, UserId};
use crate::store::{StoreError, VisitorStore};

use super::code::Digest;
use super::password::{HashError, Passwords};
use super::register::{Refusal, Register};
use super::throttle::Throttle;
use super::user::{Token, User};

/// The register's document.
pub const REGISTER: Key = Key::of("access");
/// How often a change is tried when others are faster.
const MAX_TRIES: usize = 16;
/// A node whose copy is older lets nobody in by it: somebody may have been signed out elsewhere.
const STALE_AFTER: Millis = Millis::from_secs(30);
/// That something was used is written down to within so long.
const NOTE_EVERY: Millis = Millis::from_mins(5);

/// Why something was not done with the register.
#[derive(Debug, Error)]
pub enum PeopleError {
    /// It cannot be done as things stand.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store did not take or show it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The document is not what it should be.
    #[error("the register of people cannot be read: {0}")]
    Unreadable(String),
    /// Others were faster, again and again.
    #[error("others change the register at this moment; try again")]
    Contended,
    /// What other nodes have changed is not known.
    #[error("who may come in is not known at this moment: the store does not answer")]
    Stale,
}

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub user: Arc<User>,
    /// The hash of the session's cookie.
    pub session: Digest,
}

/// The register at one revision, and where in it things are.
#[derive(Default)]
struct Known {
    revision: u64,
    register: Register,
    sessions: HashMap<Digest, Arc<User>>,
    tokens: HashMap<Digest, Arc<Token>>,
}

impl Known {
    fn new(revision: u64, register: Register) -> Self {
        let mut sessions = HashMap::new();
        for user in register
            .users
            .iter()
            .filter(|user| !user.sessions.is_empty())
        {
            let shared = Arc::new(user.clone());
            let hashes = user.sessions.iter().map(|session| session.hash);
            sessions.extend(hashes.map(|hash| (hash, Arc::clone(&shared))));
        }
        let tokens = register.tokens.iter();
        let tokens = tokens.map(|token| (token.hash, Arc::new(token.clone())));
        Self {
            revision,
            tokens: tokens.collect(),
            sessions,
            register,
        }
    }
}

/// Everybody who may come in.
pub struct People {
    pub(super) store: Arc<dyn VisitorStore>,
    /// Works with passwords.
    pub(super) passwords: Passwords,
    /// Slows down who tries many.
    pub(super) throttle: Throttle,
    known: ArcSwap<Known>,
    /// Whether other nodes may change the register.
    pub(super) is_shared: bool,
    /// When the copy was known to be current last.
    compared: AtomicU64,
    /// What was used lately and is not written down yet.
    used: Mutex<HashMap<Digest, Timestamp>>,
    is_demo: AtomicBool,
    /// How often a read was begun for somebody who waits, and whose turn it is.
    reads: AtomicU64,
    turn: tokio::sync::Mutex<()>,
}

impl People {
    /// Reads the register. May block.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn open(
        store: Arc<dyn VisitorStore>,
        is_shared: bool,
        now: Timestamp,
    ) -> Result<Self, PeopleError> {
        let people = Self {
            passwords: Passwords::default(),
            throttle: Throttle::default(),
            known: ArcSwap::default(),
            compared: AtomicU64::new(0),
            used: Mutex::default(),
            is_demo: AtomicBool::new(false),
            reads: AtomicU64::new(0),
            turn: tokio::sync::Mutex::default(),
            is_shared,
            store,
        };
        people.follow(now)?;
        Ok(people)
    }

    /// Whether this is the demonstration, whose people are made up.
    pub fn is_demo(&self) -> bool {
        self.is_demo.load(Ordering::Relaxed)
    }

    /// Says that this is the demonstration.
    pub fn call_demo(&self) {
        self.is_demo.store(true, Ordering::Relaxed);
    }

    /// Takes over what others have changed. May block.
    ///
    /// # Errors
    ///
    /// When the register cannot be read; the copy stays as it was.
    pub fn follow(&self, now: Timestamp) -> Result<(), PeopleError> {
        let (revision, register) = self.read(self.known.load().revision)?;
        if let Some(register) = register {
            self.take(revision, register);
        }
        self.compared.fetch_max(now.0, Ordering::Relaxed);
        Ok(())
    }

    /// The register in the store, if it is not at the revision that is known.
    fn read(&self, known: u64) -> Result<(u64, Option<Register>), PeopleError> {
        let Some(control) = self.store.control(REGISTER)? else {
            return Ok((0, None));
        };
        if control.revision == known {
            return Ok((known, None));
        }
        let register = serde_json::from_slice(&control.bytes)
            .map_err(|why| PeopleError::Unreadable(why.to_string()))?;
        Ok((control.revision, Some(register)))
    }

    fn take(&self, revision: u64, register: Register) {
        let new = Arc::new(Known::new(revision, register));
        self.known.rcu(|old| {
            let newest = if old.revision > new.revision {
                old
            } else {
                &new
            };
            Arc::clone(newest)
        });
    }

    /// Changes the register by `alter`, which may be called several times. Returns what it said once that is durable.
    ///
    /// # Errors
    ///
    /// Why nothing has changed; after [`PeopleError::Store`] it may have.
    pub async fn change<T>(
        &self,
        mut alter: impl FnMut(&mut Register) -> Result<T, Refusal> + Send,
    ) -> Result<T, PeopleError> {
        for _ in 0..MAX_TRIES {
            let known = self.known.load_full();
            let mut register = known.register.clone();
            let said = alter(&mut register)?;
            if register == known.register {
                return Ok(said);
            }
            let bytes = serde_json::to_vec(&register).expect("the register serializes into memory");
            let set = self.store.set_control(REGISTER, known.revision, &bytes);
            if let Ok(revision) = set.await? {
                self.take(revision, register);
                return Ok(said);
            }
            // Somebody was faster, or another node knows more than this one.
            let (revision, register) = self.read(known.revision)?;
            if let Some(register) = register {
                self.take(revision, register);
            }
        }
        Err(PeopleError::Contended)
    }

    /// Looks at the register as this node knows it.
    pub fn look<T>(&self, look: impl FnOnce(&Register) -> T) -> T {
        look(&self.known.load().register)
    }

    /// Makes sure that the copy is as current as this call, where other nodes may change the register: somebody shows what
    /// this node does not know. One reads for all who wait meanwhile.
    ///
    /// # Errors
    ///
    /// When the register cannot be read.
    pub async fn refresh(&self, now: Timestamp) -> Result<(), PeopleError> {
        if !self.is_shared {
            return Ok(());
        }
        let asked = self.reads.load(Ordering::Acquire);
        let _turn = self.turn.lock().await;
        if self.reads.load(Ordering::Acquire) > asked {
            // Somebody has begun to read since.
            return Ok(());
        }
        self.reads.fetch_add(1, Ordering::Release);
        self.follow(now)
    }

    /// Who is signed in with this cookie, if anybody is.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Stale`] when nobody knows whether they still are.
    pub async fn person(
        &self,
        session: Digest,
        now: Timestamp,
    ) -> Result<Option<Person>, PeopleError> {
        let mut user = self.signed_in(session, now);
        if user.is_none() {
            self.refresh(now).await?;
            user = self.signed_in(session, now);
        }
        let Some(user) = user else {
            return Ok(None);
        };
        self.is_current(now)?;
        self.used.lock().insert(session, now);
        Ok(Some(Person { user, session }))
    }

    fn signed_in(&self, session: Digest, now: Timestamp) -> Option<Arc<User>> {
        let known = self.known.load();
        let user = known.sessions.get(&session);
        let user = user.filter(|user| {
            let found = user.sessions.iter().find(|known| known.hash == session);
            !user.disabled && found.is_some_and(|known| known.is_live(now))
        });
        user.cloned()
    }

    /// The API token with this hash, if there is one.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Stale`] when nobody knows whether it still holds.
    pub async fn token(
        &self,
        hash: Digest,
        now: Timestamp,
    ) -> Result<Option<Arc<Token>>, PeopleError> {
        let mut token = self.known.load().tokens.get(&hash).cloned();
        if token.is_none() {
            self.refresh(now).await?;
            token = self.known.load().tokens.get(&hash).cloned();
        }
        if token.is_some() {
            self.is_current(now)?;
            self.used.lock().insert(hash, now);
        }
        Ok(token)
    }

    /// Whoever is known by this id.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoUser`].
    pub fn user(&self, id: UserId) -> Result<User, Refusal> {
        let found = self.look(|register| register.user(id).cloned());
        found.ok_or(Refusal::NoUser)
    }

    fn is_current(&self, now: Timestamp) -> Result<(), PeopleError> {
        let compared = Timestamp(self.compared.load(Ordering::Relaxed));
        if self.is_shared && now.since(compared) > STALE_AFTER {
            return Err(PeopleError::Stale);
        }
        Ok(())
    }

    /// Writes down what was used lately, as far as the register does not say so to within some minutes.
    ///
    /// # Errors
    ///
    /// When it cannot be written; it is tried again.
    pub async fn note_use(&self, now: Timestamp) -> Result<(), PeopleError> {
        let used: Vec<_> = {
            let (known, mut used) = (self.known.load(), self.used.lock());
            // What has ended meanwhile needs no note.
            used.retain(|hash, _| {
                known.sessions.contains_key(hash) || known.tokens.contains_key(hash)
            });
            let noted = |hash: &Digest| {
                let sessions = known.sessions.get(hash).map(|user| &user.sessions);
                let session = sessions.into_iter().flatten().find(|one| one.hash == *hash);
                let token = known.tokens.get(hash).and_then(|token| token.used);
                session
                    .map(|session| session.seen)
                    .or(token)
                    .unwrap_or_default()
            };
            let overdue = |(hash, at): &(&Digest, &Timestamp)| at.since(noted(hash)) >= NOTE_EVERY;
            let overdue = used.iter().filter(overdue);
            overdue.map(|(hash, at)| (*hash, *at)).collect()
        };
        if used.is_empty() {
            return Ok(());
        }
        self.change(|register| {
            register.note_use(&used, now);
            Ok(())
        })
        .await
    }
}
