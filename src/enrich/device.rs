//! The kind of machine, by what a user agent contains.

use crate::domain::Device;

/// Televisions, the boxes behind them, and consoles: what browses on a television.
const TV: [&str; 23] = [
    "android tv",
    "androidtv",
    "appletv",
    "apple tv",
    "bravia",
    "crkey",
    "googletv",
    "google tv",
    "hbbtv",
    "netcast",
    "nintendo switch",
    "nintendo wii",
    "philipstv",
    "playstation",
    "roku",
    "smart tv",
    "smart-tv",
    "smarttv",
    "viera",
    "web0s",
    "webos.tv",
    "webtv",
    "xbox",
];
/// Tablets that say so. A "Tablet PC" is a Windows computer.
const TABLET: [&str; 6] = ["ipad", "kindle", "playbook", "silk/", "tablet;", "tablet)"];
/// Telephones that say so.
const MOBILE: [&str; 9] = [
    "blackberry",
    "cldc",
    "iphone",
    "ipod",
    "midp",
    "mobi",
    "opera mini",
    "symbian",
    "windows phone",
];
/// Systems of computers.
const DESKTOP: [&str; 4] = ["cros ", "macintosh", "windows", "x11"];

/// The kind of machine behind `user_agent`; `category` is woothee's opinion, asked last.
pub(super) fn of(user_agent: &str, category: &str) -> Device {
    let text = user_agent.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    // A hand-held PlayStation is the one console that is no television.
    let hand_held = has(&["playstation portable", "playstation vita"]);
    if !hand_held && (has(&TV) || is_fire_tv(&text)) {
        Device::Tv
    } else if has(&TABLET) {
        Device::Tablet
    } else if hand_held || has(&MOBILE) {
        Device::Mobile
    } else if text.contains("android") {
        // Chrome on Android says "Mobile" on telephones and leaves it out on tablets.
        Device::Tablet
    } else if has(&DESKTOP) {
        Device::Desktop
    } else {
        by_category(category)
    }
}

/// Amazon's televisions and sticks carry model names such as `AFTKA`.
fn is_fire_tv(text: &str) -> bool {
    text.match_indices("; aft").any(|(at, mark)| {
        let model = text[at + mark.len()..].split([' ', ')', ';']).next();
        model.is_some_and(|model| (1..=8).contains(&model.len()))
    })
}

fn by_category(category: &str) -> Device {
    match category {
        "pc" => Device::Desktop,
        "smartphone" | "mobilephone" => Device::Mobile,
        "appliance" => Device::Tv,
        _ => Device::Other,
    }
}
