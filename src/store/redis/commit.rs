//! A visitor's change: run on a copy, written if the copy was current, run again if it was not.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::Value as Reply;

use crate::domain::{Key, Timestamp, VisitorId, VisitorState};
use crate::secret;
use crate::store::{Change, Notice, RecordBytes, StoreError};

use super::cache::{By, Slot};
use super::keys::Bucket;
use super::link::Lane;
use super::value::Value;
use super::{Shared, decisions, outbox, reply, scripts};

/// How often a change is run before the node gives up.
const TRIES: u32 = 8;
/// Before the second try a node waits at most this long, and twice as long before each further one.
const PAUSE_MICROS: u64 = 500;
/// How long Redis keeps what is written for replicas to confirm, in milliseconds.
const MARK_LIFE: u32 = 5_000;

/// What changes met when they were brought to Redis.
#[derive(Debug, Default)]
pub(super) struct ChangeFigures {
    current: AtomicU64,
    stale: AtomicU64,
}

impl ChangeFigures {
    fn count(&self, tried: &Tried) {
        let met = match tried {
            ControlFlow::Break(()) => &self.current,
            ControlFlow::Continue(_) => &self.stale,
        };
        met.fetch_add(1, Ordering::Relaxed);
    }

    /// All of them by their kind, for the metrics.
    pub(super) fn read(&self) -> Vec<(&'static str, u64)> {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        vec![
            ("current", read(&self.current)),
            ("stale", read(&self.stale)),
        ]
    }
}

/// What a change is run on.
struct Copy {
    /// The version that the change is made from; 0 for a stranger.
    version: u64,
    state: VisitorState,
}

impl Copy {
    fn of(
        value: Option<&Value>,
        site: Key,
        visitor: VisitorId,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let state = value.map(Value::state).transpose()?;
        Ok(Self {
            version: value.map_or(0, Value::version),
            state: state.unwrap_or_else(|| VisitorState::new(site, visitor, now)),
        })
    }
}

impl Shared {
    /// Runs a change until it was made from the current state.
    pub(super) async fn change(
        &self,
        site: Key,
        visitor: VisitorId,
        now: Timestamp,
        change: &mut (dyn FnMut(&mut VisitorState) -> Change + Send),
    ) -> Result<(), StoreError> {
        let bucket = self.keys.bucket(site, visitor);
        let slot = self.cache.slot(visitor);
        let _turn = slot.turn.lock().await;
        self.open()?;
        let mut known = slot.value();
        for nth in 0..TRIES {
            let mut copy = Copy::of(known.as_ref(), site, visitor, now)?;
            let wanted = change(&mut copy.state);
            let tried = if wanted.record.is_some() {
                self.commit(&bucket, &slot, visitor, now, &copy, &wanted)
                    .await?
            } else {
                self.confirm(&bucket, visitor, copy.version).await?
            };
            self.changes.count(&tried);
            let ControlFlow::Continue(current) = tried else {
                return self.replicated(&bucket, wanted.record.is_some()).await;
            };
            match &current {
                Some(value) => slot.hold(value.clone(), &value.state()?, By::Others),
                None => slot.clear(),
            }
            if nth > 0 {
                tokio::time::sleep(pause(nth)?).await;
            }
            known = current;
        }
        let why = format!("{TRIES} times another node was faster to change this visitor");
        Err(StoreError::Unavailable(why))
    }

    /// Writes a change, or answers with the state that was there instead.
    async fn commit(
        &self,
        bucket: &Bucket,
        slot: &Slot,
        visitor: VisitorId,
        now: Timestamp,
        copy: &Copy,
        wanted: &Change,
    ) -> Result<Tried, StoreError> {
        let Some(record) = &wanted.record else {
            return Ok(ControlFlow::Break(()));
        };
        let value = Value::encode(copy.version + 1, token()?, &copy.state);
        let seen = copy.state.session.as_ref().map(|_| copy.state.last_seen);
        let notices = encode_notices(&wanted.notices);
        let (state_key, timeline) = (bucket.visitor(visitor), bucket.timeline(visitor));
        let mut keys = vec![
            &state_key,
            &timeline,
            &bucket.live,
            &bucket.due,
            &bucket.journal,
            &bucket.decisions,
            &bucket.head,
        ];
        let [now, number, seen, wake_at, life] = [
            now.0.to_string(),
            bucket.number.to_string(),
            moment(seen),
            moment(wanted.wake_at),
            self.options.retention.0.to_string(),
        ];
        let version = copy.version.to_be_bytes();
        let record = RecordBytes::of(record);
        let decisions = decisions::encode(&wanted.decisions);
        let mut args: Vec<&[u8]> = vec![
            &version,
            value.bytes(),
            &visitor.0,
            now.as_bytes(),
            number.as_bytes(),
            seen.as_bytes(),
            wake_at.as_bytes(),
            &record,
            &decisions,
            &notices,
            life.as_bytes(),
            &self.node,
            bucket.notices.as_bytes(),
            bucket.feed.as_bytes(),
        ];
        let mut parcels = Vec::new();
        if !wanted.parcels.is_empty() {
            keys.extend([&bucket.outbox, &bucket.outbox_due]);
            parcels = outbox::arguments(&wanted.parcels, self.options.buckets);
        }
        args.extend(parcels.iter().map(Vec::as_slice));
        let (lane, script) = (Lane::Commit(bucket.number), &scripts::COMMIT);
        let answer = self.link.script(lane, script, &keys, &args).await?;
        let tried = tried(&answer)?;
        if tried.is_break() {
            if let Some(dropped) = reply::array(&answer)?.get(2) {
                self.count_dropped(dropped);
            }
            self.mirror.learn(visitor, &value, &copy.state);
            slot.hold(value, &copy.state, By::Us);
        }
        Ok(tried)
    }

    /// Makes sure that nobody has changed a visitor since this version.
    async fn confirm(
        &self,
        bucket: &Bucket,
        visitor: VisitorId,
        version: u64,
    ) -> Result<Tried, StoreError> {
        let lane = Lane::Commit(bucket.number);
        let (keys, args) = ([bucket.visitor(visitor)], [version.to_be_bytes()]);
        tried(&self.link.script(lane, &scripts::PEEK, &keys, &args).await?)
    }

    /// Waits until as many replicas as wanted have what was written to the bucket. Nothing that follows on the bucket's
    /// line is answered meanwhile, and everything before it is waited for together.
    pub(super) async fn replicated(&self, bucket: &Bucket, wrote: bool) -> Result<(), StoreError> {
        if self.options.replicas == 0 {
            return Ok(());
        }
        let lane = Lane::Commit(bucket.number);
        if !wrote {
            // Replicas are waited for as far as a line has written, and it may be another node that wrote.
            let mut cmd = redis::cmd("SET");
            let cmd = cmd.arg(&bucket.mark).arg(1).arg("PX").arg(MARK_LIFE);
            self.link.command(lane, cmd).await?;
        }
        self.link.replicated(lane, &bucket.head).await
    }

    /// A visitor's state as it is now, with this node's copy brought up to date if it has one.
    pub(super) async fn read(
        &self,
        site: Key,
        visitor: VisitorId,
    ) -> Result<Option<VisitorState>, StoreError> {
        let bucket = self.keys.bucket(site, visitor);
        let slot = self.cache.known(visitor);
        let known = slot.as_ref().and_then(|slot| slot.value());
        let version = known.as_ref().map_or(0, Value::version);
        let current = match self.confirm(&bucket, visitor, version).await? {
            ControlFlow::Break(()) => known,
            ControlFlow::Continue(current) => current,
        };
        let state = current.as_ref().map(Value::state).transpose()?;
        if let (Some(slot), Some(value), Some(state)) = (slot, current, &state) {
            slot.hold_newer(value, state);
        }
        Ok(state)
    }
}

/// Done, or what is there instead: the current state, if there is one.
type Tried = ControlFlow<(), Option<Value>>;

fn tried(answer: &Reply) -> Result<Tried, StoreError> {
    match reply::array(answer)? {
        [Reply::Int(0), Reply::Nil] | [Reply::Int(0)] => Ok(ControlFlow::Continue(None)),
        [Reply::Int(0), value] => {
            let value = Value::of(reply::bytes(value)?)?;
            Ok(ControlFlow::Continue(Some(value)))
        }
        [Reply::Int(_), ..] => Ok(ControlFlow::Break(())),
        _ => Err(reply::strange(answer)),
    }
}

/// What open streams must hear, as an argument; empty for nothing.
fn encode_notices(notices: &[Notice]) -> Vec<u8> {
    if notices.is_empty() {
        return Vec::new();
    }
    postcard::to_stdvec(notices).expect("notices serialize into memory")
}

/// A moment as an argument; empty for none.
fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| at.0.to_string())
}

/// Who has written: a change that finds its own token was written by an earlier try whose answer was lost.
fn token() -> Result<[u8; 8], StoreError> {
    secret::random().map_err(|why| StoreError::Unavailable(why.to_string()))
}

/// A random part of a time that doubles with each try, so that nodes that collided do not collide again.
fn pause(nth: u32) -> Result<Duration, StoreError> {
    let most = PAUSE_MICROS << nth;
    let random = u64::from_be_bytes(token()?);
    Ok(Duration::from_micros(random % most))
}
