//! What belongs to a site, a part of the service or the whole installation: documents, the sources of rules, the secret,
//! the layout.

use redis::Value as Reply;

use crate::domain::{Key, RuleSetHash};
use crate::store::{Conflict, Control, STATE_LAYOUT, StoreError};

use super::keys::{self, MAX_BUCKETS};
use super::link::{Lane, Link};
use super::{Shared, reply, scripts};

/// The number of buckets that holds for all nodes: what the first one has said. Refuses what another version laid out.
pub(super) async fn agree(link: &Link, buckets: u16) -> Result<u16, StoreError> {
    let wanted = buckets.clamp(1, MAX_BUCKETS).next_power_of_two();
    for (name, said) in [("layout", u16::from(STATE_LAYOUT)), ("buckets", wanted)] {
        let mut cmd = redis::cmd("HSETNX");
        link.command(Lane::Read, cmd.arg(keys::META).arg(name).arg(said))
            .await?;
    }
    let mut cmd = redis::cmd("HMGET");
    let found = link
        .command(Lane::Read, cmd.arg(keys::META).arg("layout").arg("buckets"))
        .await?;
    let [layout, buckets] = reply::array(&found)? else {
        return Err(reply::strange(&found));
    };
    let (layout, buckets) = (number(layout)?, number(buckets)?);
    if layout != u64::from(STATE_LAYOUT) {
        let why = format!("its layout is {layout} and this version reads {STATE_LAYOUT}");
        return Err(corrupt("what is in Redis", &why));
    }
    let agreed = u16::try_from(buckets).unwrap_or(0);
    if !agreed.is_power_of_two() || agreed > MAX_BUCKETS {
        let why = format!("{buckets} is not a power of two up to {MAX_BUCKETS}");
        return Err(corrupt("the number of buckets in Redis", &why));
    }
    if agreed != wanted {
        tracing::warn!(
            agreed,
            wanted,
            "the number of buckets stays what it was when the first node began"
        );
    }
    Ok(agreed)
}

impl Shared {
    pub(super) async fn keep_rules(
        &self,
        hash: RuleSetHash,
        sources: &[u8],
    ) -> Result<(), StoreError> {
        let mut cmd = redis::cmd("SET");
        let cmd = cmd.arg(keys::rules(hash)).arg(sources);
        self.link.command(Lane::Read, cmd).await?;
        self.seen.rules(hash, sources);
        Ok(())
    }

    pub(super) async fn rule_sources(
        &self,
        hash: RuleSetHash,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut cmd = redis::cmd("GET");
        let found = self.link.command(Lane::Read, cmd.arg(keys::rules(hash)));
        let found = found.await?;
        let found = reply::maybe_bytes(&found)?;
        if let Some(sources) = found {
            self.seen.rules(hash, sources);
        }
        let seen = || self.seen.sources(hash).map(|sources| sources.to_vec());
        Ok(found.map(<[u8]>::to_vec).or_else(seen))
    }

    /// A document; one that Redis has lost is put back first.
    pub(super) async fn document(&self, document: Key) -> Result<Option<Control>, StoreError> {
        let mut found = self.read_document(document).await?;
        let revision = found.as_ref().map_or(0, |found| found.revision);
        if let Some(lost) = self.seen.newer(document, revision) {
            self.put_back(document, &lost).await?;
            found = self.read_document(document).await?;
        }
        if let Some(found) = &found {
            self.seen.document(document, found);
        }
        Ok(found)
    }

    async fn read_document(&self, document: Key) -> Result<Option<Control>, StoreError> {
        let mut cmd = redis::cmd("HMGET");
        let cmd = cmd
            .arg(keys::control(document))
            .arg("revision")
            .arg("bytes");
        let found = self.link.command(Lane::Read, cmd).await?;
        match reply::array(&found)? {
            [Reply::Nil, Reply::Nil] => Ok(None),
            [revision, bytes] => Ok(Some(Control {
                revision: number(revision)?,
                bytes: reply::bytes(bytes)?.to_vec(),
            })),
            _ => Err(reply::strange(&found)),
        }
    }

    pub(super) async fn change_document(
        &self,
        document: Key,
        expected: u64,
        bytes: &[u8],
    ) -> Result<Result<u64, Conflict>, StoreError> {
        self.open()?;
        let (keys, news) = ([keys::control(document)], keys::news(document));
        let expected = expected.to_string();
        let args = [expected.as_bytes(), bytes, news.as_bytes()];
        let script = &scripts::CONTROL;
        let answer = self.link.script(Lane::Read, script, &keys, &args).await?;
        let Reply::Int(revision) = answer else {
            return Err(reply::strange(&answer));
        };
        let Ok(revision) = u64::try_from(revision) else {
            return Ok(Err(Conflict));
        };
        let bytes = bytes.to_vec();
        self.seen.document(document, &Control { revision, bytes });
        Ok(Ok(revision))
    }
}

fn number(answer: &Reply) -> Result<u64, StoreError> {
    let text = std::str::from_utf8(reply::bytes(answer)?);
    let number = text.ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| reply::strange(answer))
}

fn corrupt(what: &str, why: &str) -> StoreError {
    StoreError::Corrupt {
        what: what.to_owned(),
        why: why.to_owned(),
    }
}
