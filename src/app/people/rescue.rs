//! The way back in for an operator who is locked out. Who may write where everything lies may do everything anyway; so
//! a link is asked for there: in Redis directly, or by a file in the data directory, which a running service takes
//! within seconds and a stopped one at its start.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::access::{Code, Link, People, PeopleError, Permission, Who, audit, link};
use crate::clock;
use crate::config::Config;
use crate::domain::Millis;
use crate::http::App;
use crate::store::VisitorStore;

use crate::app::StartError;
use crate::app::backend::Backend;

/// The link is valid for so long.
const LIFE: Millis = Millis::from_hours(1);
/// A running service is waited for so long,
const PATIENCE: Duration = Duration::from_secs(8);
/// and looked for this often.
const PAUSE: Duration = Duration::from_millis(100);
/// Who is named in the audit log.
const WHO: &str = "command line";

/// Why nobody was rescued.
#[derive(Debug, Error)]
pub enum RescueError {
    /// Nobody has this address.
    #[error("nobody has the e-mail address {email:?}; administrators are: {administrators}")]
    Nobody {
        /// Which one.
        email: String,
        /// Those who manage the installation.
        administrators: String,
    },
    /// The service says no.
    #[error("the service says: {0}")]
    Refused(String),
    /// The store does not let anybody in.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The store cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A file cannot be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// There is no randomness.
    #[error("no link can be drawn: {0}")]
    Random(io::Error),
}

/// A link for somebody.
#[derive(Debug)]
pub struct Rescued {
    /// Its code.
    pub code: Code,
    /// Whether it holds already; else it does once the service is started.
    pub holds: bool,
}

/// What is asked for.
#[derive(Serialize, Deserialize)]
struct Asked {
    email: String,
    link: Link,
}

/// Makes a link by which somebody who is known chooses a new password. It is valid for an hour.
///
/// # Errors
///
/// Why not.
pub async fn rescue(config: &Config, email: &str) -> Result<Rescued, RescueError> {
    let code = Code::draw("").map_err(RescueError::Random)?;
    let asked = Asked {
        email: email.trim().to_lowercase(),
        link: link(&code, LIFE, clock::now()),
    };
    if config.store.redis.is_none() {
        let holds = ask(&config.data, &asked).await?;
        return Ok(Rescued { code, holds });
    }
    let backend = Backend::open(config, Arc::new(|_| {})).await?;
    let people = super::open(&backend).await?;
    let granted = grant(&people, &*backend.store(), asked).await;
    let closed = backend.store().close().await;
    granted?;
    closed.map_err(PeopleError::from)?;
    Ok(Rescued { code, holds: true })
}

/// Gives somebody the link.
async fn grant(people: &People, store: &dyn VisitorStore, asked: Asked) -> Result<(), RescueError> {
    let found = people.look(|register| register.by_email(&asked.email).map(|user| user.id));
    let found = found.ok_or_else(|| nobody(people, &asked.email))?;
    let user = people.offer_link(found, asked.link).await?;
    let after = serde_json::json!({ "id": user.id, "email": user.email });
    let who = Who::Token(WHO.into());
    let entry = audit::Entry::new(&who, "user.link", None, None, Some(after), clock::now());
    entry.write(store).await.map_err(PeopleError::from)?;
    tracing::warn!(
        email = user.email,
        "a link for a new password was made on the command line"
    );
    Ok(())
}

/// Says that nobody has this address, and who could be meant.
fn nobody(people: &People, email: &str) -> RescueError {
    let administrators = people.look(|register| {
        let everybody = register.users.iter();
        let managers = everybody.filter(|user| user.may_somewhere(Permission::ManagePeople));
        let managers: Vec<&str> = managers.map(|user| &*user.email).collect();
        managers.join(", ")
    });
    RescueError::Nobody {
        email: email.to_owned(),
        administrators,
    }
}

/// Where a rescue is asked for, and where it is answered.
fn files(data: &Path) -> (PathBuf, PathBuf) {
    (data.join("rescue"), data.join("rescue.answer"))
}

/// Asks a running service; whether it has answered.
async fn ask(data: &Path, asked: &Asked) -> Result<bool, RescueError> {
    let (request, answer) = files(data);
    let at = |path: &Path| {
        let path = path.to_owned();
        move |why| RescueError::File { path, why }
    };
    let _ = fs::remove_file(&answer);
    let bytes = serde_json::to_vec(asked).expect("a request serializes into memory");
    write(&request, &bytes).map_err(at(&request))?;
    let waiting = clock::Stopwatch::start();
    while waiting.elapsed() < PATIENCE {
        match fs::read_to_string(&answer) {
            Ok(said) => {
                let _ = fs::remove_file(&answer);
                return if said.is_empty() {
                    Ok(true)
                } else {
                    Err(RescueError::Refused(said))
                };
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(at(&answer)(why)),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

/// Answers whoever asks in the data directory.
pub(super) async fn answer(app: &App, data: &Path) {
    let (request, answer) = files(data);
    let Ok(bytes) = fs::read(&request) else {
        return;
    };
    let said = match serde_json::from_slice::<Asked>(&bytes) {
        Err(why) => Some(format!("the request cannot be read: {why}")),
        Ok(asked) => {
            let granted = grant(&app.people, &*app.pipeline.store, asked).await;
            granted.err().map(|why| why.to_string())
        }
    };
    // Removed first: a request that stays would be granted again.
    let done = fs::remove_file(&request);
    let done = done.and_then(|()| write(&answer, said.unwrap_or_default().as_bytes()));
    if let Err(why) = done {
        tracing::error!(%why, file = %request.display(), "a rescue cannot be answered");
    }
}

/// Writes a file for the owner's eyes, at once or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(bytes)?;
    fs::rename(&beside, path)
}
