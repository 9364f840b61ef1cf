//! The list as it changes where many nodes share Redis: whoever takes the events, every watcher sees them.

use serde_json::{Value, json};

use crate::client::{custom, page_view};
use crate::rig::Redis;
use crate::server::{Server, Setup};
use crate::stream::Events;

fn nodes(redis: &Redis) -> [Server; 2] {
    let start = || {
        Server::start_with(Setup {
            tables: format!("[store.redis]\nurls = [{:?}]", redis.url()),
            ..Setup::default()
        })
    };
    [start(), start()]
}

/// Reads events until one shows what is wanted.
async fn shows(events: &mut Events, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let (_, said) = events.next_word().await.unwrap();
        if wanted(&said) {
            return said;
        }
    }
    panic!("the window never showed {what}");
}

fn order(said: &Value) -> Vec<&str> {
    let order = said["order"].as_array().unwrap().iter();
    order.map(|id| id.as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_watcher_sees_what_other_nodes_take() {
    let redis = Redis::start(&[]);
    let [here, there] = nodes(&redis);
    let view = |path| [page_view("p", "p", path)];
    let before = there.accept("before", &view("/")).await.visitor;
    let mut events = Events::watch(&here, "sort=started", None).await;
    let known = |said: &Value| order(said) == [&*before];
    shows(&mut events, "who was there before", known).await;
    let late = there.accept("late", &view("/pricing")).await.visitor;
    let both = |said: &Value| order(said) == [&*before, &*late];
    shows(&mut events, "who came later", both).await;
    // Who moves from one node to the other is one visitor, and hot only once.
    let carts: Vec<Value> = (0..12)
        .map(|n| custom(&format!("c{n}"), "add_to_cart"))
        .collect();
    here.accept("late", &carts[..6]).await;
    there.accept("late", &carts[6..]).await;
    let hot = |said: &Value| said["hot"] != json!([]);
    let said = shows(&mut events, "who is hot", hot).await;
    assert_eq!(said["hot"][0]["id"], json!(late));
    assert_eq!(said["hot"][0]["row"]["scores"][0]["stage"], "hot");
    // Tracking refused at the other node: the visit is over, and nothing remembered here says otherwise.
    let no = json!({"id": "n", "type": "consent", "state": "denied"});
    there.accept("late", &[no]).await;
    shows(&mut events, "who stays", |said| order(said) == [&*before]).await;
    let now = here.agent("/v1/sites/shop/now").await.json();
    assert_eq!(now["visitors"], 1);
}
