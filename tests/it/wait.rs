//! Waiting: on a condition, with a deadline, never for a fixed time.

use std::time::{Duration, Instant};

/// Long enough for a busy machine; a test that waits for so long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(15);

/// Asks again and again until there is an answer.
///
/// # Panics
///
/// When there is none before the deadline.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(DEADLINE, what, ask).await
}

/// The same, for what takes longer.
pub(crate) async fn until_within<T>(
    deadline: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < deadline, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks again and again for so long, and fails as soon as the answer is not the wanted one: for what must not happen.
pub(crate) async fn always(what: &str, span: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < span {
        assert!(holds().await, "did not stay so: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
