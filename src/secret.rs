//! The only drawer of random numbers, and the keeper of the installation's secret.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the place that draws random numbers"
)]

use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes from the operating system.
///
/// # Errors
///
/// When the operating system has none to give.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// A token of 192 random bits, as text.
///
/// # Errors
///
/// When the operating system has no random numbers to give.
pub fn token() -> io::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<24>()?))
}

/// The secret in `dir`, made at the first start. Visitor ids are derived from it: without it, every known visitor
/// is a stranger, so it belongs in every backup.
///
/// # Errors
///
/// When it can be neither read nor made, or has the wrong length.
pub fn load_or_make(dir: &Path) -> io::Result<[u8; 32]> {
    std::fs::create_dir_all(dir)?;
    let path = dir.join("secret");
    match read(&path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => make(&path),
        known => known,
    }
}

/// The secret in a file.
///
/// # Errors
///
/// When it cannot be read or has the wrong length.
pub fn read(path: &Path) -> io::Result<[u8; 32]> {
    let named = |why: io::Error| io::Error::new(why.kind(), format!("{}: {why}", path.display()));
    std::fs::read(path).map_err(named)?.try_into().map_err(|_| {
        let hint = "it does not have 32 bytes; restore it from a backup";
        named(io::Error::new(io::ErrorKind::InvalidData, hint))
    })
}

fn make(path: &Path) -> io::Result<[u8; 32]> {
    let secret = random()?;
    // Written beside and moved into place, so that a crash never leaves half a secret.
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    Ok(secret)
}
