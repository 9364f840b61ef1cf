//! Passwords: hashed slowly, so that who steals the hashes has to guess slowly, and by few at once, so that guessing at
//! the door does not eat the machine.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::secret;

/// Memory for one hash, in KiB; with [`PASSES`], what the OWASP Password Storage Cheat Sheet asks of argon2id.
const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
const PASSES: u32 = 2;
/// So many hashes are worked out at once.
const AT_ONCE: usize = 2;
/// So many may wait for their turn; some tens of milliseconds each.
const MAX_WAITING: usize = 32;
/// The fewest characters of a password.
pub const SHORTEST: usize = 12;
/// The most characters of a password.
pub const LONGEST: usize = 256;
/// The fewest different characters of a password.
const FEWEST_DIFFERENT: usize = 5;

/// Why a password cannot be chosen.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Weak {
    /// It is shorter or longer than it may be.
    #[error(
        "`password` has {SHORTEST} to {LONGEST} characters; a few words that do not belong together are easy to keep in mind"
    )]
    Length,
    /// It is one thing again and again.
    #[error("`password` has at least {FEWEST_DIFFERENT} different characters")]
    Uniform,
    /// It is what anybody would try first.
    #[error("`password` is not made of the e-mail address or the name")]
    Personal,
}

/// Why a hash was not worked out.
#[derive(Debug, Error)]
pub enum HashError {
    /// Too many wait for theirs.
    #[error("too many people sign in at this moment; try again")]
    Busy,
    /// It cannot be done.
    #[error("the service cannot work with passwords: {0}")]
    Fault(String),
}

/// Whether a password may be chosen by somebody of this e-mail address and name.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(password: &str, email: &str, name: &str) -> Result<(), Weak> {
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(Weak::Length);
    }
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < FEWEST_DIFFERENT {
        return Err(Weak::Uniform);
    }
    let plain = |text: &str| text.to_lowercase().replace(char::is_whitespace, "");
    let password = plain(password);
    let local = email.split('@').next().unwrap_or_default();
    if [email, local, name]
        .into_iter()
        .any(|known| plain(known) == password)
    {
        return Err(Weak::Personal);
    }
    Ok(())
}

/// Hashes and compares passwords, few at once.
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// The hash of nobody's password: comparing with it takes as long as with anybody's, and never succeeds.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgb3duIHNhbA$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
        }
    }
}

impl Passwords {
    /// The hash of a password, as PHC string.
    ///
    /// # Errors
    ///
    /// When too many wait.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.work(move || hash(&password)).await?
    }

    /// Whether a password is the one with this hash. Without a hash it never is, after the same time.
    ///
    /// # Errors
    ///
    /// When too many wait.
    pub async fn verify(&self, password: String, known: Option<&str>) -> Result<bool, HashError> {
        let there_is_one = known.is_some();
        let known = known.unwrap_or(NOBODY).to_owned();
        let verify = move || {
            Argon2::default()
                .verify_password(password.as_bytes(), &*known)
                .is_ok()
        };
        Ok(self.work(verify).await? && there_is_one)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let waiting = Arc::clone(&self.waiting);
        let place = waiting.try_acquire_owned().map_err(|_| HashError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            // Both are given back when the work is done, even if nobody waits for it any more.
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|why| HashError::Fault(why.to_string()))
    }
}

fn random() -> Result<[u8; 16], HashError> {
    secret::random().map_err(|why| HashError::Fault(why.to_string()))
}

fn hash(password: &str) -> Result<String, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None);
    let params = params.expect("the parameters are within the bounds of argon2");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(password.as_bytes(), &random()?);
    let hash = hash.map_err(|why| HashError::Fault(why.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let passwords = Passwords::default();
        let good = "three blue camels".to_owned();
        let hash = passwords.hash(good.clone()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hash, passwords.hash(good.clone()).await.unwrap());
        assert!(passwords.verify(good.clone(), Some(&hash)).await.unwrap());
        let other = passwords
            .verify("three blue camel".to_owned(), Some(&hash))
            .await;
        assert!(!other.unwrap());
        assert!(!passwords.verify(good.clone(), None).await.unwrap());
        assert!(
            !passwords
                .verify(good, Some("$argon2id$broken"))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn more_than_can_wait_are_turned_away() {
        let passwords = Passwords::default();
        let all = passwords.turns.try_acquire_many(AT_ONCE as u32).unwrap();
        let mut waiting: Vec<_> = (0..MAX_WAITING)
            .map(|_| Box::pin(passwords.hash("three blue camels".to_owned())))
            .collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        let further = passwords.hash("three blue camels".to_owned()).await;
        assert!(matches!(further, Err(HashError::Busy)), "{further:?}");
        drop((waiting, all));
        passwords
            .hash("three blue camels".to_owned())
            .await
            .unwrap();
    }

    #[test]
    fn what_is_easily_guessed_cannot_be_chosen() {
        let check = |password: &str| check(password, "sara.noor@shop.example", "Sara Noor Haddad");
        assert_eq!(check("short"), Err(Weak::Length));
        assert_eq!(check(&"x1y2z3".repeat(43)), Err(Weak::Length));
        assert_eq!(check("ababababababab"), Err(Weak::Uniform));
        assert_eq!(check("sara.noor@shop.example"), Err(Weak::Personal));
        assert_eq!(check("SaraNoor Haddad"), Err(Weak::Personal));
        assert_eq!(check("ثلاثة جمال زرقاء"), Ok(()));
        assert_eq!(check("three blue camels"), Ok(()));
    }
}
