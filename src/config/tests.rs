//! What settings are taken, and what is said of the others.

use super::*;

fn load(text: &str) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ahlan.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(&path).map_err(|why| why.to_string())
}

const SITE: &str =
    "[[site]]\nkey = \"shop\"\norigins = [\"https://shop.example\"]\nrules = \"rules/shop\"\n";

#[test]
fn a_small_file_is_enough() {
    let config = load(SITE).unwrap();
    assert_eq!(config.retention, Millis::from_days(30));
    assert!(config.site[0].honour_gpc);
}

#[test]
fn unknown_keys_are_refused_with_a_suggestion() {
    let why = load(&format!("retension = \"7d\"\n{SITE}")).unwrap_err();
    assert!(why.contains("did you mean `retention`?"), "{why}");
    assert!(why.contains("line 1"), "{why}");
    let why = load(&format!("{SITE}orign = [\"*\"]\n")).unwrap_err();
    assert!(why.contains("did you mean `origins`?"), "{why}");
}

#[test]
fn values_out_of_bounds_say_what_to_write() {
    for (text, wanted) in [
        ("", "no [[site]]"),
        (
            &*SITE.replace("https://shop.example", "shop.example"),
            "is not an origin",
        ),
        (
            &*SITE.replace("https://shop.example", "https://shop.example/"),
            "is not an origin",
        ),
        (&*SITE.replace("\"shop\"", "\"my shop\""), "a key has"),
        (&*format!("{SITE}{SITE}"), "two sites"),
        (&*format!("{SITE}tokens = [\"short\"]\n"), "can be guessed"),
        (&*format!("retention = \"30\"\n{SITE}"), "add a unit"),
        (&*format!("retention = \"5m\"\n{SITE}"), "at least 1h"),
        (
            &*format!("trusted_proxies = [\"proxy\"]\n{SITE}"),
            "such as 10.0.0.0/8",
        ),
        (&*format!("max_connections = 0\n{SITE}"), "at least 1"),
        (
            &*format!("[timeouts]\nhead = \"1d\"\n{SITE}"),
            "write 100ms to 10m",
        ),
    ] {
        let why = load(text).unwrap_err();
        assert!(why.contains(wanted), "{text}\n{why}");
    }
}

#[test]
fn a_shared_store_is_named_and_its_password_is_not() {
    let config = |store: &str| load(&format!("{store}\n{SITE}"));
    let store = "store = { redis = { urls = [\"redis://:hush@10.0.0.1\"] } }";
    let redis = config(store).unwrap().store.redis.unwrap();
    assert_eq!((redis.cluster, redis.buckets), (None, 64));
    let shown = format!("{redis:?}");
    assert!(shown.contains("redis://10.0.0.1:6379"), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");
    let cluster =
        "[store.redis]\nurls = [\"redis://a\", \"redis://b\"]\ncluster = true\nbuckets = 256";
    let redis = config(cluster).unwrap().store.redis.unwrap();
    assert_eq!(
        redis.address().unwrap().to_string(),
        "redis+cluster://a:6379,b:6379"
    );
    for (store, wanted) in [
        ("urls = []", "name at least one address"),
        (
            "urls = [\"redis+cluster://:hush@a\"]\ncluster = false",
            "`cluster = false` contradicts the address redis+cluster://a:6379",
        ),
        ("urls = [\"redis+cluster://:hush@a/1\"]", "only database 0"),
        ("urls = [\"rediss://:hush@a\"]", "\"rediss\""),
        (
            "urls = [\"redis://a\", \"redis://b\"]",
            "do not belong together",
        ),
        (
            "urls = [\"redis://:hush@a\"]\nbuckets = 100",
            "power of two",
        ),
        (
            "urls = [\"redis://a\"]\nbucket = 64",
            "did you mean `buckets`?",
        ),
    ] {
        let why = config(&format!("[store.redis]\n{store}")).unwrap_err();
        assert!(why.contains(wanted), "{store}\n{why}");
        assert!(!why.contains("hush"), "{why}");
    }
}

#[test]
fn an_address_in_the_place_of_a_table_is_told_where_it_belongs() {
    for text in [
        "store = \"redis://:hush@a\"",
        "[store]\nredis = \"redis://me:hush@a\"",
    ] {
        let why = load(&format!("{text}\n{SITE}")).unwrap_err();
        assert!(why.contains("urls = [\"redis://host:port\"]"), "{why}");
        assert!(why.contains("://…@a") && !why.contains("hush"), "{why}");
    }
}

#[test]
fn an_address_on_the_command_line_is_enough() {
    let at = |url: &str| StoreConfig::at(&url.parse().unwrap());
    let store = at("redis+sentinel://a,b/main").unwrap();
    let address = store.redis.unwrap().address().unwrap();
    assert_eq!(address.to_string(), "redis+sentinel://a:26379,b:26379/main");
    let why = at("127.0.0.1:17801").unwrap_err().to_string();
    assert!(why.contains("write redis://127.0.0.1:17801"), "{why}");
    let why = at("postgres://:hush@a").unwrap_err().to_string();
    assert!(why.contains("redis://") && !why.contains("hush"), "{why}");
}
