//! The work of one backtest: waiting for its turn, then running on threads of its own.

use std::ops::ControlFlow;

use axum::body::Bytes;
use tokio::sync::mpsc;

use crate::backtest::{self, BacktestError, Job, ONE_IN, Progress, Source};
use crate::clock;
use crate::engine::backtest::Report;
use crate::journal::StoreJournal;

use super::super::room::Room;
use super::{BacktestLine, Place, ProgressBody};

/// From fewer visitors than these nothing is estimated: everything is known nearly as soon.
const FEWEST: u64 = 200;
/// Where an estimate is made first, so many thousandths of the way are that.
const ESTIMATE_PERMILLE: u16 = 250;
/// Why there is no report, for somebody who does not look at it any more.
const REPLACED: &str = "a newer backtest of yours has taken the place of this one";

/// One backtest, and where it is told.
pub(super) struct Work {
    pub(super) room: Room,
    pub(super) job: Job,
    pub(super) partial: bool,
    pub(super) lines: mpsc::Sender<Bytes>,
}

impl Work {
    /// Waits for its turn, then runs on a thread that may take its time. Ends at once when nobody listens any more.
    pub(super) async fn wait(self, mut place: Place) {
        let ahead = place.ahead();
        if ahead > 0 {
            self.tell(&BacktestLine {
                waiting: Some(ahead),
                ..BacktestLine::default()
            });
        }
        let its_turn = tokio::select! {
            () = self.lines.closed() => return,
            its_turn = place.turn() => its_turn,
        };
        if !its_turn {
            return self.tell(&problem(REPLACED.to_owned()));
        }
        let lines = self.lines.clone();
        let thread = std::thread::Builder::new().name("backtest".to_owned());
        if let Err(why) = thread.spawn(move || self.run(place)) {
            let _ = lines.try_send(line(&problem(why.to_string())));
        }
    }

    fn run(self, place: Place) {
        backtest::stand_back();
        let journal = StoreJournal(self.room.store());
        let app = &self.room.app;
        let site = self.room.site.key;
        let taped = app.backtests.tapes.over(&journal, site, clock::now());
        let last = match self.report(&taped, &place) {
            Ok(report) => BacktestLine {
                report: Some(report),
                ..BacktestLine::default()
            },
            Err(BacktestError::Cancelled) if place.is_over() => problem(REPLACED.to_owned()),
            Err(why) => problem(why.to_string()),
        };
        // Whoever is next need not wait until a slow reader has taken all of it.
        drop(place);
        let _ = self.lines.blocking_send(line(&last));
    }

    fn report(&self, source: &dyn Source, place: &Place) -> Result<Report, BacktestError> {
        let mut done = 0;
        if self.partial {
            let (begin, end) = (0, ESTIMATE_PERMILLE);
            let mut tell = |progress| self.go_on(progress, place, begin, end);
            let estimate = backtest::estimate(source, &self.job, &mut tell)?;
            if estimate.visitors >= FEWEST * ONE_IN {
                self.tell(&BacktestLine {
                    partial: Some(estimate),
                    share: Some(1.0 / ONE_IN as f64),
                    ..BacktestLine::default()
                });
            }
            done = end;
        }
        let mut tell = |progress| self.go_on(progress, place, done, 1_000);
        backtest::run(source, &self.job, &mut tell)
    }

    /// Tells how far it has come between `begin` and `end` thousandths of the way, and whether to go on.
    fn go_on(
        &self,
        progress: Option<Progress>,
        place: &Place,
        begin: u16,
        end: u16,
    ) -> ControlFlow<()> {
        if self.lines.is_closed() || place.is_over() || *self.room.app.draining.borrow() {
            return ControlFlow::Break(());
        }
        if let Some(progress) = progress {
            let way = u32::from(end - begin) * u32::from(progress.permille) / 1_000;
            self.tell(&BacktestLine {
                progress: Some(ProgressBody {
                    records: progress.records,
                    moment: progress.moment.0,
                    permille: begin + way as u16,
                }),
                ..BacktestLine::default()
            });
        }
        ControlFlow::Continue(())
    }

    /// Tells something that may be left out where somebody reads slowly.
    fn tell(&self, what: &BacktestLine) {
        let _ = self.lines.try_send(line(what));
    }
}

fn problem(why: String) -> BacktestLine {
    BacktestLine {
        problem: Some(why),
        ..BacktestLine::default()
    }
}

fn line(line: &BacktestLine) -> Bytes {
    let mut text = serde_json::to_vec(line).expect("a line serializes into memory");
    text.push(b'\n');
    text.into()
}
