//! The files of a rule set in one file, to take along.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::rules::SourceFile;

/// A ZIP archive of the files, each as it is. The same files are always the same bytes.
///
/// # Errors
///
/// When the archive cannot hold them, such as two files of one name.
pub fn archive(files: &[SourceFile]) -> Result<Vec<u8>, String> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let begun = archive.start_file(file.name.as_str(), options);
        begun.map_err(|why| why.to_string())?;
        let written = archive.write_all(file.text.as_bytes());
        written.map_err(|why| why.to_string())?;
    }
    let bytes = archive.finish().map_err(|why| why.to_string())?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn an_archive_has_the_files_and_is_always_the_same() {
        let files = [
            SourceFile::new("a.toml", "# é\n"),
            SourceFile::new("b.toml", ""),
        ];
        let bytes = archive(&files).unwrap();
        assert_eq!(bytes, archive(&files).unwrap());
        let mut read = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(read.len(), 2);
        let mut text = String::new();
        read.by_name("a.toml")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "# é\n");
        assert!(archive(&[files[0].clone(), files[0].clone()]).is_err());
    }
}
