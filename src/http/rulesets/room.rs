//! What every request about rules needs: the site, its versions, and a way to change what acts.

use std::future::Future;
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::access::{Caller, Permission, Who};
use crate::clock;
use crate::domain::{Refusal, ReleaseKind, Version, Versions, Word};
use crate::http::problem::{Kind, Problem};
use crate::http::{App, envelope, guard};
use crate::publishing::{self, PublishError};
use crate::rules::SourceFile;
use crate::site::Site;
use crate::store::VisitorStore;

use super::wire::{CheckAnswer, Collision, StandBody, VersionFiles, bodies};

/// The most bytes of a body with rules.
const MAX_RULES_BODY: usize = 2 << 20;
/// The most characters of an author's name.
const MAX_AUTHOR: usize = 120;
/// The most characters of a reason.
const MAX_REASON: usize = 500;
/// Who it was when nobody says.
const NOBODY: &str = "unknown";

/// A site whose door the token has opened.
pub(in crate::http) struct Room {
    pub(in crate::http) app: Arc<App>,
    pub(in crate::http) site: Arc<Site>,
    who: Who,
}

impl Room {
    /// # Errors
    ///
    /// When it is not allowed.
    pub(in crate::http) async fn open(
        app: &Arc<App>,
        site: &str,
        headers: &HeaderMap,
        permission: Permission,
    ) -> Result<Self, Problem> {
        let Caller { site, who } = guard::admit(app, site, headers, permission).await?;
        let app = Arc::clone(app);
        Ok(Self { app, site, who })
    }

    /// Who has come in, and where.
    pub(in crate::http) fn caller(&self) -> Caller {
        Caller {
            site: Arc::clone(&self.site),
            who: self.who.clone(),
        }
    }

    /// Who does something and why. A program says for whom it acts.
    ///
    /// # Errors
    ///
    /// When there is no reason, or more text than anybody reads.
    pub(in crate::http) fn word(
        &self,
        author: Option<String>,
        reason: &str,
    ) -> Result<Word, Problem> {
        match &self.who {
            Who::Token(_) => word(author, reason),
            Who::User(_, name) => word(Some(name.to_string()), reason),
        }
    }

    /// Reads a body of at most [`MAX_RULES_BODY`] bytes.
    pub(in crate::http) async fn read<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<T, Problem> {
        let body = guard::read_body_up_to(&self.app, headers, body, MAX_RULES_BODY).await?;
        envelope::parse_body(&body)
    }

    pub(in crate::http) fn store(&self) -> &dyn VisitorStore {
        &*self.app.pipeline.store
    }

    pub(in crate::http) fn versions(&self) -> Result<Versions, Problem> {
        let (_, versions) = publishing::versions(self.store(), self.site.key)?;
        Ok(versions)
    }

    pub(in crate::http) fn files(&self, version: &Version) -> Result<Vec<SourceFile>, Problem> {
        Ok(publishing::load(self.store(), version.hash)?)
    }

    /// A version with its files, as it is sent.
    pub(in crate::http) fn with_files(&self, version: &Version) -> Result<VersionFiles, Problem> {
        Ok(VersionFiles {
            files: bodies(self.files(version)?),
            version: version.into(),
        })
    }

    /// Changes what acts, tells the counters, and looks again at everybody who looks at a page. Runs to its end even
    /// if the client goes away.
    pub(in crate::http) async fn change(
        &self,
        kind: ReleaseKind,
        mut alter: impl FnMut(&mut Versions) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Versions, PublishError> {
        let (app, site, caller) = (Arc::clone(&self.app), Arc::clone(&self.site), self.caller());
        lasting(async move {
            let store = &*app.pipeline.store;
            let (_, before) = publishing::versions(store, site.key)?;
            let changed = publishing::change(store, &site, &mut alter).await;
            let ((), versions) = changed?;
            let stands = [&before, &versions].map(|versions| json!(StandBody::from(versions)));
            let [before, after] = stands.map(Some);
            let action = format!("rules.{}", kind.as_str());
            app.audit(&caller, &action, before, after).await;
            acted(&app, &site, kind, &versions).await;
            Ok(versions)
        })
        .await
    }

    /// The problem that a failed change is. A collision shows both sides: the live version, and `sent` beside it.
    pub(in crate::http) fn problem(
        &self,
        why: PublishError,
        parent: Option<u32>,
        sent: &[SourceFile],
    ) -> Problem {
        let PublishError::Refused(Refusal::Stale { .. }) = why else {
            return why.into();
        };
        let problem = Problem::from(why);
        match self.collision(parent, sent) {
            Ok(collision) => with_more(problem, &collision),
            Err(_) => problem,
        }
    }

    fn collision(&self, parent: Option<u32>, sent: &[SourceFile]) -> Result<Collision, Problem> {
        let versions = self.versions()?;
        let live = version_of(&versions, &versions.live.to_string())?;
        let files = self.files(live)?;
        let parent = parent.and_then(|parent| versions.get(parent));
        let before = parent.map_or_else(|| Ok(Vec::new()), |parent| self.files(parent))?;
        Ok(Collision {
            since_parent: publishing::diff(&before, &files),
            from_live: publishing::diff(&files, sent),
            live: self.with_files(live)?,
        })
    }
}

/// What follows from a change of what acts: it is counted, told, and everybody who looks at a page is looked at again.
pub(super) async fn acted(
    app: &Arc<App>,
    site: &Arc<Site>,
    kind: ReleaseKind,
    versions: &Versions,
) {
    let (name, live, pipeline) = (&*site.name, versions.live, &app.pipeline);
    tracing::info!(site = name, kind = kind.as_str(), live, "the rules");
    pipeline.metrics.count_release(kind);
    pipeline.note_versions(site, versions).await;
    let woken = Arc::clone(app);
    let (key, now) = (site.key, clock::now());
    tokio::task::spawn_blocking(move || woken.pipeline.wake_attentive(key, now));
}

/// The version that a path names.
pub(in crate::http) fn version_of<'a>(
    versions: &'a Versions,
    text: &str,
) -> Result<&'a Version, Problem> {
    let found = text.parse().ok().and_then(|number| versions.get(number));
    found.ok_or_else(|| {
        let shown: String = text.chars().take(20).collect();
        let detail = format!("no version has the number {shown:?}, or not any more");
        Problem::new(Kind::NotFound, detail)
    })
}

/// Runs to its end, whoever waits for it.
pub(in crate::http) async fn lasting<T: Send + 'static>(
    work: impl Future<Output = Result<T, PublishError>> + Send + 'static,
) -> Result<T, PublishError> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|why| Err(PublishError::Fault(why.to_string())))
}

/// Who does something and why.
///
/// # Errors
///
/// When there is no reason, or more text than anybody reads.
fn word(author: Option<String>, reason: &str) -> Result<Word, Problem> {
    let bad = |detail: String| Err(Problem::new(Kind::BadParameter, detail));
    let who = author.unwrap_or_else(|| NOBODY.to_owned());
    if who.trim().is_empty() || who.chars().count() > MAX_AUTHOR {
        return bad(format!("`author` has 1 to {MAX_AUTHOR} characters"));
    }
    if reason.trim().is_empty() || reason.chars().count() > MAX_REASON {
        return bad(format!(
            "`reason` has 1 to {MAX_REASON} characters; it is what others read who ask why the rules changed"
        ));
    }
    Ok(Word {
        who: who.trim().to_owned(),
        reason: reason.trim().to_owned(),
        at: clock::now(),
    })
}

pub(in crate::http) fn with_more(mut problem: Problem, more: &impl Serialize) -> Problem {
    if let Ok(serde_json::Value::Object(more)) = serde_json::to_value(more) {
        problem.more = more;
    }
    problem
}

impl From<PublishError> for Problem {
    fn from(why: PublishError) -> Self {
        let told = why.to_string();
        match why {
            PublishError::Refused(Refusal::Unknown(_) | Refusal::NotScheduled(_)) => {
                Self::new(Kind::NotFound, told)
            }
            PublishError::Refused(
                Refusal::InThePast | Refusal::EndsFirst | Refusal::TooFarAhead,
            ) => Self::new(Kind::BadParameter, told),
            PublishError::Refused(Refusal::Stale { .. }) => Self::new(Kind::StaleVersion, told),
            PublishError::Refused(
                Refusal::AlreadyLive(_)
                | Refusal::NotLive(_)
                | Refusal::RollingOut(_)
                | Refusal::NoRollout
                | Refusal::NoShadow
                | Refusal::NeverLive(_)
                | Refusal::NothingBefore(_)
                | Refusal::Overlaps(_)
                | Refusal::ScheduleFull,
            ) => Self::new(Kind::NotPossible, told),
            PublishError::Store(why) => why.into(),
            PublishError::Mistakes { diagnostics, .. } => {
                let answer = CheckAnswer::of(diagnostics);
                let detail = format!(
                    "{} errors; `diagnostics` has each at its place",
                    answer.errors
                );
                with_more(Self::new(Kind::BadRules, detail), &answer)
            }
            PublishError::TestFails(tests) => {
                let tests = serde_json::json!({ "tests": tests });
                with_more(Self::new(Kind::FailedTest, told), &tests)
            }
            PublishError::Contended => Self::new(Kind::Unavailable, told).retry_after(1),
            PublishError::Lost { .. } | PublishError::Unreadable(_) | PublishError::Fault(_) => {
                tracing::error!(why = told, "the rules cannot be changed");
                Self::new(Kind::Internal, told)
            }
        }
    }
}
