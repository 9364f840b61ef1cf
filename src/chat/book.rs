//! What the chat layer keeps in the store: a site's settings, and its figures. Small documents that all nodes share.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{ChatReport, Key, Timestamp};
use crate::store::{Control, StoreError, VisitorStore};

use super::desk::Desk;
use super::figures::Figures;
use super::settings::{ChatSettings, Settings};

/// How often a change is tried when others are faster.
const MAX_TRIES: usize = 16;
/// The layout of the figures; those of another are begun anew.
const FIGURES_LAYOUT: u8 = 1;

/// Why chat settings were not changed, or figures not noted.
#[derive(Debug, Error)]
pub enum BookError {
    /// The store did not take or show something.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They have been changed since.
    #[error("the chat settings are at revision {0} by now")]
    Changed(u64),
    /// They cannot be used.
    #[error("{0}")]
    Refused(String),
    /// Others were faster, again and again.
    #[error("others change the same at this moment; try again")]
    Contended,
}

/// What the store holds of a site. A name with a colon can be no site's.
fn settings_key(site: &str) -> Key {
    Key::of(&format!("chat:{site}"))
}

fn figures_key(site: &str) -> Key {
    Key::of(&format!("chat-figures:{site}"))
}

/// The documents that are kept of a site.
pub fn documents(site: &str) -> [Key; 2] {
    [settings_key(site), figures_key(site)]
}

#[derive(Serialize, Deserialize)]
struct Page {
    layout: u8,
    figures: Figures,
}

/// A document, read on a thread that may wait.
async fn read(store: &Arc<dyn VisitorStore>, key: Key) -> Result<Option<Control>, StoreError> {
    let store = Arc::clone(store);
    let read = tokio::task::spawn_blocking(move || store.control(key)).await;
    read.unwrap_or_else(|why| Err(StoreError::Unavailable(why.to_string())))
}

fn settings(found: Option<Control>) -> Result<Settings, BookError> {
    let Some(found) = found else {
        return Ok(Settings::default());
    };
    let written: ChatSettings = serde_json::from_slice(&found.bytes)
        .map_err(|why| BookError::Refused(format!("the chat settings cannot be read: {why}")))?;
    Settings::read(written, found.revision).map_err(BookError::Refused)
}

fn figures(found: Option<Control>) -> (u64, Figures) {
    let Some(found) = found else {
        return (0, Figures::default());
    };
    // What cannot be read is measured anew.
    let page = postcard::from_bytes::<Page>(&found.bytes).ok();
    let page = page.filter(|page| page.layout == FIGURES_LAYOUT);
    (
        found.revision,
        page.map(|page| page.figures).unwrap_or_default(),
    )
}

/// Takes over what the store holds of a site, if it is newer than what the desk knows. Returns whether the settings are.
///
/// # Errors
///
/// When the store cannot be asked, or holds settings that cannot be used; what is known stays.
pub async fn follow(
    store: &Arc<dyn VisitorStore>,
    desk: &Desk,
    site: &str,
) -> Result<bool, BookError> {
    let key = Key::of(site);
    let (revision, found) = figures(read(store, figures_key(site)).await?);
    desk.take_figures(key, revision, found);
    let found = settings(read(store, settings_key(site)).await?)?;
    Ok(desk.set_up(key, found))
}

/// Changes a site's settings if they are still at revision `expected`; they hold on this node at once. Returns them.
///
/// # Errors
///
/// Why not; nothing was changed then, unless the store failed.
pub async fn change(
    store: &Arc<dyn VisitorStore>,
    desk: &Desk,
    site: &str,
    expected: u64,
    written: ChatSettings,
) -> Result<Arc<Settings>, BookError> {
    let mut settings = Settings::read(written, expected).map_err(BookError::Refused)?;
    let bytes = serde_json::to_vec(&settings.written).expect("settings serialize into memory");
    let key = settings_key(site);
    let Ok(revision) = store.set_control(key, expected, &bytes).await? else {
        let found = read(store, key).await?;
        return Err(BookError::Changed(found.map_or(0, |found| found.revision)));
    };
    settings.revision = revision;
    desk.set_up(Key::of(site), settings);
    Ok(desk.settings(Key::of(site)))
}

/// Notes what the chat layer says happened at `at`, for the queue and for how long first replies take. Told twice, it
/// counts once.
///
/// # Errors
///
/// When the store does not take it.
pub async fn note(
    store: &Arc<dyn VisitorStore>,
    desk: &Desk,
    site: &str,
    report: &ChatReport,
    at: Timestamp,
) -> Result<(), BookError> {
    let (site_key, key) = (Key::of(site), figures_key(site));
    let (mut revision, mut known) = desk.figures(site_key);
    for _ in 0..MAX_TRIES {
        if !known.take(report, at) {
            return Ok(());
        }
        let page = Page {
            layout: FIGURES_LAYOUT,
            figures: known,
        };
        let bytes = postcard::to_stdvec(&page).expect("figures serialize into memory");
        if let Ok(revision) = store.set_control(key, revision, &bytes).await? {
            desk.take_figures(site_key, revision, page.figures);
            return Ok(());
        }
        (revision, known) = figures(read(store, key).await?);
    }
    Err(BookError::Contended)
}
