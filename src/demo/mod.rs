//! The demonstration: a small shop, simulated visitors who speak the real wire protocol, and agents at their desks.

mod pages;
mod proxy;
mod redis;
mod traffic;

use rust_embed::RustEmbed;

use crate::rules::SourceFile;

pub use pages::{PageError, shop};
pub use proxy::balance;
pub use redis::LocalRedis;
pub use traffic::{Traffic, run as run_traffic};

/// The demo site's public key.
pub const SITE: &str = "shop";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/rules/shop"]
struct ShopRules;

/// The shop's rules, as they stand in `rules/shop`.
pub fn shop_rules() -> Vec<SourceFile> {
    let mut names: Vec<_> = ShopRules::iter()
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let files = names
        .iter()
        .filter_map(|name| Some((name, ShopRules::get(name)?)));
    files
        .map(|(name, file)| SourceFile::from_bytes(name.to_string(), file.data.into_owned()))
        .collect()
}
