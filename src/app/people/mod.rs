//! People at the start and while the service runs: the first link, the demonstration's people, what other nodes have
//! changed, and the way back in for an operator who is locked out.

mod rescue;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::access::{HashError, People, PeopleError, REGISTER, Role, SignInError};
use crate::clock::{self, Stopwatch};
use crate::domain::Key;
use crate::http::App;

use super::Running;
use super::backend::Backend;
use super::nodes::Bells;

pub use rescue::{RescueError, Rescued, rescue};

/// The register is compared with the store's this often, in case nobody told of a change.
const COMPARE_EVERY: Duration = Duration::from_secs(2);
/// What was used is written down this often, if at all.
const NOTE_EVERY: Duration = Duration::from_secs(60);

/// Reads who may come in.
pub(super) async fn open(backend: &Backend) -> Result<People, PeopleError> {
    let (store, is_shared) = (backend.store(), matches!(backend, Backend::Redis(_)));
    let open = move || People::open(store, is_shared, clock::now());
    let opened = tokio::task::spawn_blocking(open).await;
    opened.unwrap_or_else(|why| Err(HashError::Fault(why.to_string()).into()))
}

/// The documents that others may change.
pub(super) const DOCUMENTS: [Key; 1] = [REGISTER];

/// Takes over what other nodes have changed, notes what was used, and lets a locked-out operator in. `data` is where
/// a rescue is asked for, where there is such a place.
pub(super) async fn keep_for_ever(app: &Arc<App>, bells: &Bells, data: Option<&Path>) {
    let mut noted = Stopwatch::start();
    loop {
        bells.people.wait(COMPARE_EVERY).await;
        let _ = bells.people.take();
        let follower = Arc::clone(app);
        let follow = move || follower.people.follow(clock::now());
        if let Ok(Err(why)) = tokio::task::spawn_blocking(follow).await {
            tracing::debug!(%why, "who may come in stays as it was");
        }
        if noted.elapsed() >= NOTE_EVERY {
            noted = Stopwatch::start();
            if let Err(why) = app.people.note_use(clock::now()).await {
                tracing::debug!(%why, "what was used is noted later");
            }
        }
        if let Some(data) = data {
            rescue::answer(app, data).await;
        }
    }
}

impl Running {
    /// The address of a page of the console, as people open it from this machine unless the settings say otherwise.
    pub fn console(&self, path: &str) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let base = self.app.public_url.clone();
        let base = base.unwrap_or_else(|| format!("http://{address}"));
        format!("{base}/console/{path}")
    }

    /// The link by which the first administrator is made; `None` when there is one. Each start makes a new one.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    pub async fn setup_link(&self) -> Result<Option<String>, SignInError> {
        let code = self.app.people.offer_setup().await?;
        Ok(code.map(|code| self.console(&format!("setup?code={}", code.text()))))
    }

    /// Sees to it that the demonstration's people are there and sign in with this password.
    ///
    /// # Errors
    ///
    /// When they cannot be kept.
    pub async fn welcome_demo(&self, password: &str) -> Result<(), SignInError> {
        self.app.people.call_demo();
        self.app
            .people
            .make_demo(&DEMO_PEOPLE, password, clock::now())
            .await
    }
}

/// The demonstration's people: address, name, and what they are on all sites.
pub const DEMO_PEOPLE: [(&str, &str, Role); 4] = [
    ("admin@demo.example", "Noor Admin", Role::Administrator),
    ("marketer@demo.example", "Maha Marketer", Role::Marketer),
    ("agent@demo.example", "Ali Agent", Role::Agent),
    ("viewer@demo.example", "Viktor Viewer", Role::Viewer),
];
