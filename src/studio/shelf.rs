//! A site's drafts in the store: a list, a document for each draft, and a document for who has it open.
//!
//! Places on the shelf are used again and again, so a site has a fixed number of documents.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{Key, Timestamp};
use crate::publishing;
use crate::rules::SourceFile;
use crate::site::Site;
use crate::store::VisitorStore;

use super::draft::{Draft, Head};
use super::here::{Company, Present};
use super::{DraftError, Stale, merge};

/// The most drafts of a site.
pub const MAX_DRAFTS: usize = 50;
/// How often a change is tried when others are faster.
const MAX_TRIES: usize = 16;

/// The drafts that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Index {
    drafts: Vec<Listed>,
}

/// A draft in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    /// Which document it is.
    slot: usize,
    /// What is told of it. The draft itself is right where the two differ.
    head: Head,
}

/// A site's drafts.
pub struct Shelf {
    store: Arc<dyn VisitorStore>,
    site: Arc<Site>,
}

/// What is to be saved.
#[derive(Clone, Debug)]
pub struct Save {
    /// The revision that was changed.
    pub revision: u64,
    /// The files as they should be.
    pub files: Vec<SourceFile>,
    /// Another title.
    pub title: Option<String>,
    /// The version that the files are made from by now, if it is another one.
    pub parent: Option<u32>,
    /// How many mistakes the rules have.
    pub errors: usize,
    /// Who saves.
    pub who: String,
    /// When.
    pub now: Timestamp,
}

impl Shelf {
    /// The drafts of a site.
    pub fn new(store: Arc<dyn VisitorStore>, site: Arc<Site>) -> Self {
        Self { store, site }
    }

    fn index_key(&self) -> Key {
        Key::of(&format!("drafts:{}", self.site.name))
    }

    fn draft_key(&self, slot: usize) -> Key {
        Key::of(&format!("draft:{}:{slot}", self.site.name))
    }

    fn company_key(&self, slot: usize) -> Key {
        Key::of(&format!("drafting:{}:{slot}", self.site.name))
    }

    /// A document and its revision in the store; a fresh one if there is none.
    async fn read<T: DeserializeOwned + Default + Send + 'static>(
        &self,
        document: Key,
    ) -> Result<(u64, T), DraftError> {
        let store = Arc::clone(&self.store);
        let read = tokio::task::spawn_blocking(move || store.control(document)).await;
        let Some(control) = read.map_err(|why| DraftError::Fault(why.to_string()))?? else {
            return Ok((0, T::default()));
        };
        let read = serde_json::from_slice(&control.bytes);
        let read = read.map_err(|why| DraftError::Fault(why.to_string()))?;
        Ok((control.revision, read))
    }

    async fn write<T: Serialize + Sync>(
        &self,
        document: Key,
        revision: u64,
        value: &T,
    ) -> Result<bool, DraftError> {
        let bytes = serde_json::to_vec(value).expect("drafts serialize into memory");
        let set = self.store.set_control(document, revision, &bytes).await?;
        Ok(set.is_ok())
    }

    /// Changes a document by `alter`, which may be called several times.
    async fn change<T, R>(
        &self,
        document: Key,
        mut alter: impl FnMut(&mut T) -> Result<R, DraftError>,
    ) -> Result<R, DraftError>
    where
        T: Serialize + DeserializeOwned + Default + Clone + PartialEq + Send + Sync + 'static,
    {
        for _ in 0..MAX_TRIES {
            let (revision, mut value) = self.read::<T>(document).await?;
            let before = value.clone();
            let said = alter(&mut value)?;
            if value == before || self.write(document, revision, &value).await? {
                return Ok(said);
            }
        }
        Err(DraftError::Contended)
    }

    /// Every draft, the one that was saved last first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn list(&self) -> Result<Vec<Head>, DraftError> {
        let (_, index) = self.read::<Index>(self.index_key()).await?;
        let mut heads: Vec<_> = index.drafts.into_iter().map(|listed| listed.head).collect();
        heads.sort_by_key(|head| std::cmp::Reverse(head.updated_at));
        Ok(heads)
    }

    /// Puts a new draft on the shelf.
    ///
    /// # Errors
    ///
    /// [`DraftError::Full`], or that the store does not take it.
    pub async fn create(&self, head: &Head, files: &[SourceFile]) -> Result<(), DraftError> {
        let slot = self.change(self.index_key(), |index: &mut Index| {
            let taken = |slot: &usize| index.drafts.iter().all(|listed| listed.slot != *slot);
            let slot = (0..MAX_DRAFTS).find(taken).ok_or(DraftError::Full)?;
            let head = head.clone();
            index.drafts.push(Listed { slot, head });
            Ok(slot)
        });
        let slot = slot.await?;
        let draft = Draft::new(head.clone(), files);
        let written = self.change(self.draft_key(slot), |kept: &mut Draft| {
            kept.clone_from(&draft);
            Ok(())
        });
        let written = written.await;
        if written.is_err() {
            // A draft without files is none.
            let _ = self.unlist(&head.id).await;
        }
        written
    }

    async fn unlist(&self, id: &str) -> Result<Option<usize>, DraftError> {
        let unlisted = self.change(self.index_key(), |index: &mut Index| {
            let at = index.drafts.iter().position(|listed| listed.head.id == id);
            Ok(at.map(|at| index.drafts.remove(at).slot))
        });
        unlisted.await
    }

    async fn slot(&self, id: &str) -> Result<usize, DraftError> {
        let (_, index) = self.read::<Index>(self.index_key()).await?;
        let listed = index.drafts.iter().find(|listed| listed.head.id == id);
        listed.map(|listed| listed.slot).ok_or(DraftError::Unknown)
    }

    async fn open(&self, id: &str) -> Result<(usize, u64, Draft), DraftError> {
        let slot = self.slot(id).await?;
        let (revision, draft) = self.read::<Draft>(self.draft_key(slot)).await?;
        if draft.head.id == id {
            Ok((slot, revision, draft))
        } else {
            Err(DraftError::Unknown)
        }
    }

    /// A draft with its files.
    ///
    /// # Errors
    ///
    /// [`DraftError::Unknown`], or that the store cannot be read.
    pub async fn get(&self, id: &str) -> Result<(Head, Vec<SourceFile>), DraftError> {
        let (_, _, draft) = self.open(id).await?;
        let files = draft.files();
        Ok((draft.head, files))
    }

    /// Saves a draft, unless somebody else has saved it since that revision. Saving the same again changes nothing.
    ///
    /// # Errors
    ///
    /// [`DraftError::Stale`] with both changes in one, or that there is no such draft.
    pub async fn save(&self, id: &str, save: &Save) -> Result<Head, DraftError> {
        for _ in 0..MAX_TRIES {
            let (slot, revision, mut draft) = self.open(id).await?;
            let parent = save.parent.unwrap_or(draft.head.parent);
            let title = save.title.clone();
            let title = title.unwrap_or_else(|| draft.head.title.clone());
            let files = draft.files();
            let same = files == save.files && parent == draft.head.parent;
            if same && title == draft.head.title {
                return Ok(draft.head);
            }
            if save.revision != draft.head.revision && files != save.files {
                return Err(self.stale(draft, files, save).await);
            }
            draft.head.title = title;
            draft.head.parent = parent;
            draft.head.errors = save.errors;
            draft.save(&save.files, &save.who, save.now);
            if self.write(self.draft_key(slot), revision, &draft).await? {
                self.tell(&draft.head).await;
                return Ok(draft.head);
            }
        }
        Err(DraftError::Contended)
    }

    /// Brings the list up to date; the draft is saved whether this works or not.
    async fn tell(&self, head: &Head) {
        let told = self.change(self.index_key(), |index: &mut Index| {
            let mut listed = index.drafts.iter_mut();
            let listed = listed.find(|listed| listed.head.id == head.id);
            if let Some(listed) = listed.filter(|listed| listed.head.revision < head.revision) {
                listed.head.clone_from(head);
            }
            Ok(())
        });
        if let Err(why) = told.await {
            tracing::warn!(site = &*self.site.name, %why, "the list of drafts is not up to date");
        }
    }

    /// Why a save is not made: what others have saved meanwhile, and both changes in one.
    async fn stale(&self, draft: Draft, files: Vec<SourceFile>, save: &Save) -> DraftError {
        let seen = draft.at(save.revision);
        let remembered = seen.is_some();
        let base = match seen {
            Some(base) => base,
            None => self.version(draft.head.parent).await.unwrap_or_default(),
        };
        DraftError::Stale(Box::new(Stale {
            merged: merge(&base, &save.files, &files),
            head: draft.head,
            files,
            remembered,
        }))
    }

    /// The files of a version.
    ///
    /// # Errors
    ///
    /// When there is no such version, or it cannot be read.
    pub async fn version(&self, number: u32) -> Result<Vec<SourceFile>, DraftError> {
        let (store, site) = (Arc::clone(&self.store), self.site.key);
        let read = tokio::task::spawn_blocking(move || {
            let (_, versions) = publishing::versions(&*store, site)?;
            let version = versions.get(number).ok_or(DraftError::Unknown)?;
            Ok(publishing::load(&*store, version.hash)?)
        });
        read.await
            .unwrap_or_else(|why| Err(DraftError::Fault(why.to_string())))
    }

    /// Takes a draft from the shelf.
    ///
    /// # Errors
    ///
    /// [`DraftError::Unknown`], or that the store does not take it.
    pub async fn remove(&self, id: &str) -> Result<Head, DraftError> {
        let (slot, _, draft) = self.open(id).await?;
        self.unlist(id).await?;
        // The place may have been given to another draft by now.
        let emptied = self.change(self.draft_key(slot), |kept: &mut Draft| {
            if kept.head.id == id {
                *kept = Draft::default();
            }
            Ok(())
        });
        if let Err(why) = emptied.await {
            tracing::warn!(site = &*self.site.name, %why, "the texts of a removed draft are still kept");
        }
        Ok(draft.head)
    }

    /// Notes that somebody has a draft open; returns the draft as it is listed, and who else has.
    ///
    /// # Errors
    ///
    /// [`DraftError::Unknown`], or that the store does not take it.
    pub async fn enter(&self, id: &str, who: &Present) -> Result<(Head, Vec<Present>), DraftError> {
        let (slot, _, draft) = self.open(id).await?;
        let others = self.change(self.company_key(slot), |company: &mut Company| {
            Ok(company.enter(id, who))
        });
        Ok((draft.head, others.await?))
    }

    /// Who has a draft open but this one.
    ///
    /// # Errors
    ///
    /// [`DraftError::Unknown`], or that the store cannot be read.
    pub async fn others(
        &self,
        id: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<Vec<Present>, DraftError> {
        let slot = self.slot(id).await?;
        let (_, company) = self.read::<Company>(self.company_key(slot)).await?;
        Ok(company.others(id, who, now))
    }
}
