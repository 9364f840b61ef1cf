//! Programs that read the shop: counted, never listed.

use std::time::Duration;

use serde_json::json;

use crate::clock;
use crate::demo::SITE;

use super::dice::Dice;
use super::walk::Street;
use super::wire::Speaker;

/// One comes about this often, in seconds.
const EVERY_S: f64 = 25.0;

/// What crawlers say of themselves, and where they live. Browsers driven by programs are not among them: the demo lets
/// those in, for people who try it with one.
#[rustfmt::skip]
pub(super) const CRAWLERS: [(&str, &str); 8] = [
    ("66.249.66.5", "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.7390.122 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("66.249.66.18", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/141.0.7390.122 Safari/537.36"),
    ("157.55.39.40", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36"),
    ("17.241.227.9", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)"),
    ("20.171.207.12", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"),
    ("5.255.253.31", "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"),
    ("185.191.171.7", "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)"),
    ("54.236.1.14", "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)"),
];

/// Lets crawlers in, one after the other.
pub(super) async fn crawl(street: &Street, seed: u64) {
    let mut dice = Dice::new(seed, u64::MAX - 1);
    let mut paths: Vec<&String> = street.shop.titles.keys().collect();
    paths.sort();
    loop {
        let (address, user_agent) = *dice.pick(&CRAWLERS);
        let now = clock::now();
        let url = format!("{}{}", street.shop.origin, dice.pick(&paths));
        let event = json!({
            "id": format!("crawl-{:x}", dice.next()), "type": "page_view", "at": now.0,
            "page": "p", "url": url,
        });
        let key = base64_key(&mut dice);
        let body = json!({ "site": SITE, "key": key, "sent": now.0, "events": [event] });
        let who = Speaker {
            address,
            user_agent,
        };
        let _ = street.wire.collect(who, body.to_string()).await;
        tokio::time::sleep(Duration::from_secs_f64(dice.gap(EVERY_S))).await;
    }
}

/// Crawlers keep nothing, so each look has a new key.
fn base64_key(dice: &mut Dice) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(dice.bytes())
}
