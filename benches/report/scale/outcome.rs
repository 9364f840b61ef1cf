//! What comes of a run.

/// What a run of the model has shown, after its first part, in which queues fill.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Events that came, over the whole run.
    pub(crate) arrived: u64,
    /// Events that were answered, over the whole run.
    pub(crate) answered: u64,
    /// Commits that Redis has written, over the whole run.
    pub(crate) commits: u64,
    /// Events answered a second.
    pub(crate) per_second: f64,
    /// From an event's arrival at the node to its answer, in microseconds.
    pub(crate) mean: f64,
    /// The median of the same.
    pub(crate) p50: f64,
    /// What one event in a hundred exceeds.
    pub(crate) p99: f64,
    /// Questions to Redis, for each event.
    pub(crate) round_trips: f64,
    /// How much of its cores' time the busiest node works.
    pub(crate) node_busy: f64,
    /// How much of its core's time the busiest primary works.
    pub(crate) redis_busy: f64,
    /// Events under way, on average over time.
    pub(crate) in_flight: f64,
}

/// What is counted during a run.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) arrived: u64,
    pub(super) commits: u64,
    /// From when on times and rates are counted, in nanoseconds.
    pub(super) count_from: u64,
    answered: u64,
    asked: u64,
    under_way_ns: f64,
    took: Vec<f32>,
}

impl Tally {
    /// Time passes.
    pub(super) fn pass(&mut self, from: u64, until: u64) {
        let span = until.saturating_sub(from.max(self.count_from));
        self.under_way_ns += span as f64 * (self.arrived - self.answered) as f64;
    }

    /// A node asks Redis.
    pub(super) fn asks(&mut self, now: u64) {
        self.asked += u64::from(now >= self.count_from);
    }

    /// An event that began then is answered.
    pub(super) fn answers(&mut self, begun: u64, now: u64) {
        self.answered += 1;
        if now >= self.count_from {
            self.took.push((now - begun) as f32 / 1e3);
        }
    }

    /// The figures, for a time of so many nanoseconds in which nodes and primaries worked so much of theirs.
    pub(super) fn outcome(mut self, span: u64, worked: &(Vec<f64>, Vec<f64>)) -> Outcome {
        self.took.sort_by(f32::total_cmp);
        let counted = self.took.len() as f64;
        let most = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
        Outcome {
            arrived: self.arrived,
            answered: self.answered,
            commits: self.commits,
            per_second: counted / span as f64 * 1e9,
            mean: self.took.iter().map(|took| f64::from(*took)).sum::<f64>() / counted,
            p50: quantile(&self.took, 0.5),
            p99: quantile(&self.took, 0.99),
            round_trips: self.asked as f64 / counted,
            node_busy: most(&worked.0),
            redis_busy: most(&worked.1),
            in_flight: self.under_way_ns / span as f64,
        }
    }
}

/// The value below which this share of sorted values lies; 0 when there are none.
fn quantile(sorted: &[f32], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    let found = sorted.get(at).or(sorted.last());
    found.map_or(0.0, |value| f64::from(*value))
}
