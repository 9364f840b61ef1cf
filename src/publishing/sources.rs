//! Rule sets as the store keeps them: the files under their fingerprint.

use std::sync::Arc;

use crate::domain::RuleSetHash;
use crate::rules::{self, Compiled, Look, RuleSet, SourceFile};
use crate::store::VisitorStore;

use super::PublishError;

/// The bytes under which a rule set's files are kept.
pub fn pack(files: &[SourceFile]) -> Vec<u8> {
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|file| (&*file.name, &*file.text))
        .collect();
    serde_json::to_vec(&pairs).expect("texts serialize into memory")
}

/// The files, if these are their bytes.
pub fn unpack(packed: &[u8]) -> Option<Vec<SourceFile>> {
    let pairs: Vec<(String, String)> = serde_json::from_slice(packed).ok()?;
    let file = |(name, text)| SourceFile::new(name, text);
    Some(pairs.into_iter().map(file).collect())
}

/// The rule set of packed files, for replaying records that were made under it.
pub fn compile_packed(packed: &[u8]) -> Option<Arc<RuleSet>> {
    let compiled = rules::compile(&unpack(packed)?).ok()?;
    Some(Arc::new(compiled.rule_set))
}

/// The files of a rule set that the store keeps.
///
/// # Errors
///
/// [`PublishError::Lost`] when it does not keep them, or the store's own fault.
pub fn load(store: &dyn VisitorStore, hash: RuleSetHash) -> Result<Vec<SourceFile>, PublishError> {
    let packed = store.rule_sources(hash)?;
    let files = packed.as_deref().and_then(unpack);
    files.ok_or(PublishError::Lost { hash })
}

/// Compiles, on a thread that may take its time.
///
/// # Errors
///
/// [`PublishError::Mistakes`].
pub async fn compile(files: Vec<SourceFile>) -> Result<Compiled, PublishError> {
    let work = move || match rules::compile(&files) {
        Ok(compiled) => Ok(compiled),
        Err(diagnostics) => Err(PublishError::Mistakes {
            report: rules::render(&diagnostics, &files, "", Look::Plain),
            diagnostics,
        }),
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|why| Err(PublishError::Fault(why.to_string())))
}
