//! Reports on a whole decision log: asked for, read from its beginning to its end, one at a time.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::clock;
use crate::domain::{Decision, Millis, Timestamp};
use crate::http::App;
use crate::http::moment::moment;
use crate::http::problem::{Kind, Problem};
use crate::site::Site;
use crate::store::{Order, Span};

/// The most decisions that one report reads.
const MAX_READ: u64 = 5_000_000;
/// After so many decisions, whether the service is about to stop is asked.
const PAUSE: u64 = 10_000;

/// Who may walk a whole decision log: one request at a time, so that the memory of reports stays bounded.
#[derive(Debug)]
pub struct EffectTurn(Arc<Semaphore>);

impl Default for EffectTurn {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// In which form a report is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Json,
    /// As a table.
    Csv,
}

impl Form {
    pub(super) fn read(word: Option<&str>) -> Result<Self, Problem> {
        match word {
            None | Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(_) => {
                let detail = "`format` is `json` or `csv`";
                Err(Problem::new(Kind::BadParameter, detail))
            }
        }
    }
}

/// The period of a report, and the moment it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Period {
    pub(super) span: Span,
    pub(super) now: Timestamp,
}

impl Period {
    /// The period that two parameters say; from the beginning of the log and up to now unless told.
    pub(super) fn read(since: Option<&str>, until: Option<&str>) -> Result<Self, Problem> {
        let now = clock::now();
        // A burst may run a little ahead of the clock.
        let latest = now + Millis::from_mins(1);
        let since = moment("since", since, now)?;
        let until = moment("until", until, now)?;
        let span = Span {
            from: since.unwrap_or(Timestamp(0)),
            until: until.unwrap_or(latest).min(latest),
        };
        Ok(Self { span, now })
    }
}

/// How far a report has come.
pub(super) struct Walked {
    /// Decisions that were read.
    pub(super) decisions: u64,
    /// Up to where.
    pub(super) until: Timestamp,
    /// Whether that is all of the period.
    pub(super) complete: bool,
}

/// Does work that may take its time, when its turn has come. The turn goes with the work, which goes on when the client
/// has gone.
pub(super) async fn in_turn<T: Send + 'static>(
    app: Arc<App>,
    work: impl FnOnce(&App) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let turn = Arc::clone(&app.effect_turn.0).acquire_owned().await;
    let turn = turn.map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    let found = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work(&app)
    });
    found
        .await
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))?
}

/// Shows the decisions of a period, oldest first, until there are too many or the service is about to stop.
pub(super) fn walk(
    app: &App,
    site: &Site,
    period: Period,
    take: &mut dyn FnMut(&Decision),
) -> Result<Walked, Problem> {
    let mut walked = Walked {
        decisions: 0,
        until: period.span.until.min(period.now),
        complete: true,
    };
    let mut look = |_, decision: Decision| {
        let stops = walked.decisions.is_multiple_of(PAUSE) && *app.draining.borrow();
        if walked.decisions == MAX_READ || stops {
            (walked.until, walked.complete) = (decision.at, false);
            return ControlFlow::Break(());
        }
        walked.decisions += 1;
        take(&decision);
        ControlFlow::Continue(())
    };
    let store = &app.pipeline.store;
    store.decisions(site.key, period.span, Order::OldestFirst, &mut look)?;
    Ok(walked)
}
