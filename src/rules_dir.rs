//! Reads a rule set's files. The one place where rule sources come from the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::rules::SourceFile;
use crate::rules::limits::{MAX_FILE_BYTES, MAX_FILES};

/// Why a rule set could not be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Nothing is there, or it may not be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The directory has no rule files.
    #[error("{path} has no *.toml files; `rules/shop` is an example to start from")]
    Empty {
        /// Which directory.
        path: PathBuf,
    },
}

/// Every `*.toml` directly in a directory, by name, or the one file at `path`. Other files are left alone.
///
/// What is wrong with a file's bytes or with its size is for the compiler to say, so that it is said beside everything
/// else.
///
/// # Errors
///
/// When `path` or a file in it cannot be read, or when there is no rule file.
pub fn load_dir(path: &Path) -> Result<Vec<SourceFile>, LoadError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |source| LoadError::Unreadable { path, source }
    };
    let mut paths = vec![path.to_owned()];
    if fs::metadata(path).map_err(unreadable(path))?.is_dir() {
        let entries = fs::read_dir(path).map_err(unreadable(path))?;
        let entries: io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
        paths = entries.map_err(unreadable(path))?;
        paths.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
        paths.sort();
    }
    // One more than fits is kept for the compiler to report.
    paths.truncate(MAX_FILES + 1);
    if paths.is_empty() {
        let path = path.to_owned();
        return Err(LoadError::Empty { path });
    }
    paths
        .iter()
        .map(|path| read(path).map_err(unreadable(path)))
        .collect()
}

/// Reads a file, and no more of it than shows that it is too large.
fn read(path: &Path) -> io::Result<SourceFile> {
    let mut bytes = Vec::new();
    let most = MAX_FILE_BYTES as u64 + 1;
    io::Read::read_to_end(&mut io::Read::take(fs::File::open(path)?, most), &mut bytes)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(SourceFile::from_bytes(name.to_string_lossy(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_its_toml_files_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("b.toml", "b"), ("a.toml", "a"), ("notes.md", "c")] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let names =
            |files: Vec<SourceFile>| -> Vec<_> { files.into_iter().map(|f| f.name).collect() };
        assert_eq!(names(load_dir(dir.path()).unwrap()), ["a.toml", "b.toml"]);
        let one = load_dir(&dir.path().join("b.toml")).unwrap();
        assert_eq!(one, [SourceFile::new("b.toml", "b")]);
    }

    #[test]
    fn nothing_to_read_says_what_and_why() {
        let dir = tempfile::tempdir().unwrap();
        let empty = load_dir(dir.path()).unwrap_err().to_string();
        assert!(empty.contains("no *.toml files"), "{empty}");
        let missing = load_dir(&dir.path().join("nowhere")).unwrap_err();
        assert!(missing.to_string().contains("nowhere"), "{missing}");
    }

    #[test]
    fn a_huge_file_is_read_only_so_far_that_the_compiler_can_refuse_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("huge.toml");
        fs::write(&path, vec![b'#'; 3 * MAX_FILE_BYTES]).unwrap();
        let files = load_dir(&path).unwrap();
        assert_eq!(files[0].text.len(), MAX_FILE_BYTES + 1);
        let refused = crate::rules::compile(&files).unwrap_err();
        assert_eq!(refused[0].code.as_str(), "too-large");
    }
}
