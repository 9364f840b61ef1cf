//! The desk that all nodes share: agents' words, and the chats promised in their name.

use std::collections::HashMap;
use std::sync::Arc;

use redis::Value as Reply;

use crate::domain::{InvitationId, Key, Millis, Timestamp};
use crate::store::{Answer, Claim, Limits, SharedDesk, SharedState, SharedWord, StoreError};

use super::link::Lane;
use super::{Redis, Shared, keys, reply, scripts};

/// The names of a site's keys.
struct Names {
    agents: String,
    claims: String,
    departments: String,
    bids: String,
}

/// What a node has said of its offers counts for so long.
const BID_HOLDS: Millis = Millis::from_secs(3);

impl Names {
    fn of(site: Key) -> Self {
        Self {
            agents: keys::site_key(site, "agents"),
            claims: keys::site_key(site, "claims"),
            departments: keys::site_key(site, "claims:in"),
            bids: keys::site_key(site, "bids"),
        }
    }
}

impl SharedDesk for Redis {
    fn read(&self, site: Key) -> Answer<'_, SharedState> {
        Box::pin(self.shared.read_desk(site))
    }

    fn say(&self, site: Key, word: SharedWord, most: usize, now: Timestamp) -> Answer<'_, bool> {
        Box::pin(async move {
            let (lapses, now, most) = (word.until.0, now.0, most);
            let (lapses, now, most) = (lapses.to_string(), now.to_string(), most.to_string());
            let news = keys::news(site);
            let args = [
                word.agent.as_bytes(),
                lapses.as_bytes(),
                &word.bytes,
                now.as_bytes(),
                most.as_bytes(),
                news.as_bytes(),
            ];
            let keys = [Names::of(site).agents];
            self.shared.asked(&scripts::SAY, &keys, &args).await
        })
    }

    fn claim(&self, site: Key, claim: Claim, limits: Limits, now: Timestamp) -> Answer<'_, bool> {
        Box::pin(async move {
            let (ends, now) = (claim.until.0.to_string(), now.0.to_string());
            let (total, there) = (limits.total.to_string(), limits.department.to_string());
            let args = [
                &claim.invitation.0[..],
                ends.as_bytes(),
                claim.department.as_deref().unwrap_or_default().as_bytes(),
                now.as_bytes(),
                total.as_bytes(),
                there.as_bytes(),
            ];
            let names = Names::of(site);
            let keys = [names.claims, names.departments];
            self.shared.asked(&scripts::CLAIM, &keys, &args).await
        })
    }

    fn bid(&self, site: Key, worths: Vec<u32>, now: Timestamp) -> Answer<'_, Vec<u32>> {
        Box::pin(async move {
            let keys = [Names::of(site).bids];
            let node = &self.shared.node;
            let words: Vec<String> = worths.iter().map(u32::to_string).collect();
            let said = format!("{}:{}", now.0, words.join(","));
            let life = BID_HOLDS.0.to_string();
            let args = [&node[..], said.as_bytes(), life.as_bytes()];
            let found = self
                .shared
                .link
                .script(Lane::Read, &scripts::BID, &keys, &args);
            let found = found.await?;
            let others = pairs(&found)?
                .into_iter()
                .filter(|(who, _)| *who != &node[..]);
            Ok(others.flat_map(|(_, said)| read_bids(said, now)).collect())
        })
    }

    fn release(
        &self,
        site: Key,
        invitation: InvitationId,
        until: Option<Timestamp>,
    ) -> Answer<'_, ()> {
        Box::pin(async move {
            let until = until.map(|until| until.0.to_string()).unwrap_or_default();
            let news = keys::news(site);
            let args = [&invitation.0[..], until.as_bytes(), news.as_bytes()];
            let names = Names::of(site);
            let keys = [names.claims, names.departments];
            let released = self.shared.asked(&scripts::RELEASE, &keys, &args).await;
            released.map(|_| ())
        })
    }
}

impl Shared {
    /// Runs a script that answers yes or no.
    async fn asked(
        &self,
        script: &scripts::Script,
        keys: &[String],
        args: &[&[u8]],
    ) -> Result<bool, StoreError> {
        let answer = self.link.script(Lane::Read, script, keys, args).await?;
        if let Reply::Int(answer) = answer {
            Ok(answer == 1)
        } else {
            Err(reply::strange(&answer))
        }
    }

    async fn read_desk(&self, site: Key) -> Result<SharedState, StoreError> {
        let names = Names::of(site);
        let keys = [names.agents, names.claims, names.departments];
        let none: [&[u8]; 0] = [];
        let found = self.link.script(Lane::Read, &scripts::DESK, &keys, &none);
        let found = found.await?;
        let [agents, claims, departments] = reply::array(&found)? else {
            return Err(reply::strange(&found));
        };
        let departments: HashMap<&[u8], &[u8]> = pairs(departments)?.into_iter().collect();
        let words = pairs(agents)?.into_iter();
        let claims = pairs(claims)?.into_iter();
        Ok(SharedState {
            words: words
                .filter_map(|(agent, word)| read_word(agent, word))
                .collect(),
            claims: claims
                .filter_map(|(id, until)| read_claim(id, until, departments.get(id).copied()))
                .collect(),
        })
    }
}

type Pairs<'a> = Vec<(&'a [u8], &'a [u8])>;

/// The names and values of a hash, or the members and scores of a sorted set.
fn pairs(answer: &Reply) -> Result<Pairs<'_>, StoreError> {
    let pairs = reply::array(answer)?.chunks_exact(2);
    pairs
        .map(|pair| Ok((reply::bytes(&pair[0])?, reply::bytes(&pair[1])?)))
        .collect()
}

/// A word as it was said: when it lapses, in decimal digits, a colon, what it says.
fn read_word(agent: &[u8], word: &[u8]) -> Option<SharedWord> {
    let colon = word.iter().position(|byte| *byte == b':')?;
    Some(SharedWord {
        agent: String::from_utf8(agent.to_vec()).ok()?,
        until: moment(&word[..colon])?,
        bytes: word[colon + 1..].to_vec(),
    })
}

fn read_claim(id: &[u8], until: &[u8], department: Option<&[u8]>) -> Option<Claim> {
    let department = department.map(std::str::from_utf8).transpose().ok()?;
    Some(Claim {
        invitation: InvitationId(id.try_into().ok()?),
        department: department.map(Arc::from),
        until: moment(until)?,
    })
}

/// What a node has said of its offers: when, in decimal digits, a colon, and numbers with commas between.
fn read_bids(said: &[u8], now: Timestamp) -> Vec<u32> {
    let said = std::str::from_utf8(said).unwrap_or_default();
    let Some((at, worths)) = said.split_once(':') else {
        return Vec::new();
    };
    let at = moment(at.as_bytes()).unwrap_or(Timestamp(0));
    if now.since(at) > BID_HOLDS {
        return Vec::new();
    }
    worths.split(',').filter_map(|it| it.parse().ok()).collect()
}

fn moment(digits: &[u8]) -> Option<Timestamp> {
    let digits = std::str::from_utf8(digits).ok()?;
    digits.parse().ok().map(Timestamp)
}
