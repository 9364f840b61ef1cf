//! The installation has one secret, whatever Redis loses and whoever starts meanwhile.

use ahlan::store::{Redis, StoreError, VisitorStore};

use crate::contract::words::{SITE, START, custom, send, visitor};
use crate::rig;
use crate::store::options;
use crate::wait::until;

async fn node(redis: &rig::Redis) -> Redis {
    Redis::open(options(&[redis.url()], false)).await.unwrap()
}

fn kept(redis: &rig::Redis) -> Option<Vec<u8>> {
    redis.say(&["GET", "ahlan:secret"]).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_after_a_flush_takes_the_old_secret() {
    let redis = rig::Redis::start(&[]);
    let old = node(&redis).await;
    assert_eq!(old.secret([1; 32]).await, Ok([1; 32]));
    let () = redis.say(&["FLUSHALL"]).unwrap();
    let new = node(&redis).await;
    assert_eq!(new.secret([2; 32]).await, Ok([1; 32]));
    assert_eq!((old.health(), new.health()), (Ok(()), Ok(())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_secret_holds_and_the_younger_node_stops() {
    let (redis, elsewhere) = (rig::Redis::start(&[]), rig::Redis::start(&[]));
    let old = node(&redis).await;
    assert_eq!(old.secret([1; 32]).await, Ok([1; 32]));
    let first = kept(&redis);
    // A younger one, as drawn by a node that was faster than the old one.
    let young = node(&elsewhere).await;
    assert_eq!(young.secret([2; 32]).await, Ok([2; 32]));
    let younger = kept(&elsewhere);
    assert!(first.is_some() && younger.is_some() && first != younger);
    let client = redis::Client::open(redis.url()).unwrap();
    let mut set = redis::cmd("SET");
    let set = set.arg("ahlan:secret").arg(younger);
    set.query::<()>(&mut client.get_connection().unwrap())
        .unwrap();
    until("the old node puts its own back", async || {
        (kept(&redis) == first).then_some(())
    })
    .await;
    assert_eq!(old.health(), Ok(()));
    // The same from the other side: an older one appears where the young node is.
    let port = redis.port().to_string();
    let () = elsewhere.say(&["REPLICAOF", "127.0.0.1", &port]).unwrap();
    until("the older secret has arrived", async || {
        (kept(&elsewhere) == first).then_some(())
    })
    .await;
    let () = elsewhere.say(&["REPLICAOF", "NO", "ONE"]).unwrap();
    until("the young node notices", async || {
        (young.health() == Err(StoreError::Estranged)).then_some(())
    })
    .await;
    let refused = send(&young, visitor(1), &[custom("e", START)], START).await;
    assert_eq!(refused, Err(StoreError::Estranged));
    assert!(young.get(SITE, visitor(1)).await.is_ok());
    assert_eq!(kept(&elsewhere), first, "it leaves the older one alone");
}
