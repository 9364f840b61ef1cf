//! Makes the edits of forms: each changes its own lines and leaves all others, comments and order as they are.
//!
//! What is where is read from the file, a few bytes are put in the place of others, and the result is read again: it
//! must say what was asked for and nothing else, or the edit is refused.

use super::super::limits::{MAX_FILE_BYTES, MAX_FILES};
use super::super::schema::ROOT;
use super::super::source::SourceFile;
use super::at::{At, Step};
use super::edit::FormEdit;
use super::set;
use super::sheet::{Sheet, apply};
use super::tables::{self, SINGLE};
use super::{Data, wanted};

/// The most edits at once.
pub const MAX_EDITS: usize = 200;
/// Each edit reads its file again: so many bytes are read at most for all of them.
const MAX_READ: usize = 64 << 20;

/// Why edits were not made; none of them was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("edit {edit}: {why}")]
pub struct BadEdit {
    /// Which of them, from 0.
    pub edit: usize,
    /// Why it cannot be made.
    pub why: String,
}

/// What edits have made.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// All files.
    pub files: Vec<SourceFile>,
    /// The table that was added last.
    pub added: Option<At>,
}

/// Makes the edits one after the other.
///
/// # Errors
///
/// The first that cannot be made.
pub fn edit(files: &[SourceFile], edits: &[FormEdit]) -> Result<Edited, BadEdit> {
    let mut edited = Edited {
        files: files.to_vec(),
        added: None,
    };
    if edits.len() > MAX_EDITS {
        let why = format!("at most {MAX_EDITS} edits are made at once");
        return Err(BadEdit {
            edit: MAX_EDITS,
            why,
        });
    }
    let largest = files.iter().map(|file| file.text.len()).max();
    if edits.len() * largest.unwrap_or(0) > MAX_READ {
        let why = "these are too many edits for files of this size; send fewer at once".to_owned();
        return Err(BadEdit { edit: 0, why });
    }
    for (at, edit) in edits.iter().enumerate() {
        edited.make(edit).map_err(|why| BadEdit { edit: at, why })?;
    }
    Ok(edited)
}

impl Edited {
    fn make(&mut self, edit: &FormEdit) -> Result<(), String> {
        match edit {
            FormEdit::Set {
                file,
                part,
                index,
                path,
                value,
            } => self.within(file, part, *index, path, |text, at| {
                set::set(text, at, value)
            }),
            FormEdit::Unset {
                file,
                part,
                index,
                path,
            } => self.within(file, part, *index, path, set::unset),
            FormEdit::Insert {
                file,
                part,
                index,
                path,
                at,
                value,
            } => self.within(file, part, *index, path, |text, list| {
                set::insert_item(text, list, *at, value)
            }),
            FormEdit::RemoveItem {
                file,
                part,
                index,
                path,
                at,
            } => self.within(file, part, *index, path, |text, list| {
                set::remove_item(text, list, *at)
            }),
            FormEdit::MoveItem {
                file,
                part,
                index,
                path,
                at,
                to,
            } => self.within(file, part, *index, path, |text, list| {
                set::move_item(text, list, *at, *to)
            }),
            FormEdit::Add {
                file,
                part,
                after,
                values,
            } => {
                let file = file.clone().unwrap_or_else(|| self.home(part));
                self.add(&file, part, *after, values)
            }
            FormEdit::Remove { file, part, index } => self.remove(file, part, *index),
            FormEdit::Move {
                file,
                part,
                index,
                to,
            } => self.shift(file, part, *index, *to),
            FormEdit::Duplicate { file, part, index } => self.duplicate(file, part, *index),
            FormEdit::Append { file, text } => self.append(file, text),
        }
    }

    /// Changes a value within a table.
    fn within(
        &mut self,
        file: &str,
        part: &str,
        index: usize,
        path: &[Step],
        change: impl FnOnce(&str, &set::Spot<'_>) -> Result<set::Done, String>,
    ) -> Result<(), String> {
        self.change(file, |text| change(text, &set::Spot { part, index, path }))
    }

    /// Changes a file. `alter` returns the new text and what it has to say.
    fn change(
        &mut self,
        name: &str,
        alter: impl FnOnce(&str) -> Result<(String, Data), String>,
    ) -> Result<(), String> {
        let file = self.files.iter_mut().find(|file| file.name == name);
        let file = file.ok_or_else(|| format!("there is no file {name:?}"))?;
        let (text, expected) = alter(&file.text)?;
        let said = Sheet::read(&text).map(|sheet| sheet.data());
        if !said.is_ok_and(|said| said.says_the_same(&expected)) {
            return Err(
                "it cannot be made in this file as it is written; edit the text".to_owned(),
            );
        }
        if text.len() > MAX_FILE_BYTES {
            return Err(format!("a file has at most {} MiB", MAX_FILE_BYTES >> 20));
        }
        *file = SourceFile::new(name, text);
        Ok(())
    }

    /// The file that has most tables of this kind, or one that is named after it.
    fn home(&self, part: &str) -> String {
        let count = |file: &SourceFile| {
            Sheet::read(&file.text).map_or(0, |sheet| sheet.entries(part).len())
        };
        let counted = self.files.iter().map(|file| (count(file), file));
        let most = counted.filter(|(count, _)| *count > 0);
        if let Some((_, file)) = most.max_by_key(|(count, _)| *count) {
            return file.name.clone();
        }
        if let [only] = &*self.files {
            return only.name.clone();
        }
        let name = match part {
            "page_type" => "pages.toml",
            "score" | "group" | "score_rule" | "matrix" => "scores.toml",
            "trigger" => "triggers.toml",
            "segment" => "segments.toml",
            "hours" => "hours.toml",
            "test" => "tests.toml",
            _ => "policy.toml",
        };
        name.to_owned()
    }

    /// Makes a file if there is none of this name.
    fn open(&mut self, name: &str) -> Result<(), String> {
        if self.files.iter().any(|file| file.name == name) {
            return Ok(());
        }
        if self.files.len() >= MAX_FILES {
            return Err(format!("a rule set has at most {MAX_FILES} files"));
        }
        self.files.push(SourceFile::new(name, ""));
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    fn add(
        &mut self,
        file: &str,
        part: &str,
        after: Option<usize>,
        values: &Data,
    ) -> Result<(), String> {
        let Data::Table(entries) = values else {
            return Err("`values` is a table".to_owned());
        };
        if ROOT.keys.iter().all(|key| key.name != part) {
            return Err(format!("there is no part `{part}`"));
        }
        self.open(file)?;
        let mut index = 0;
        self.change(file, |text| {
            let (splices, at) = tables::add(&Sheet::read(text)?, part, after, entries)?;
            index = at;
            let expected = wanted::added(text, part, at, values)?;
            Ok((apply(text, splices), expected))
        })?;
        self.note(file, part, index);
        Ok(())
    }

    fn remove(&mut self, file: &str, part: &str, index: usize) -> Result<(), String> {
        self.change(file, |text| {
            let expected = wanted::removed(text, part, index)?;
            set::remove_entry(text, part, index).map(|text| (text, expected))
        })
    }

    fn shift(&mut self, file: &str, part: &str, index: usize, to: usize) -> Result<(), String> {
        self.change(file, |text| {
            let expected = wanted::moved(text, part, index, to)?;
            let splices = tables::shift(&Sheet::read(text)?, part, index, to)?;
            Ok((apply(text, splices), expected))
        })
    }

    fn note(&mut self, file: &str, part: &str, index: usize) {
        self.added = Some(At {
            file: file.to_owned(),
            part: part.to_owned(),
            index,
            path: Vec::new(),
        });
    }

    fn duplicate(&mut self, file: &str, part: &str, index: usize) -> Result<(), String> {
        let (key, taken) = self.taken(part);
        self.change(file, |text| {
            let sheet = Sheet::read(text)?;
            let node = sheet.entries(part).get(index);
            let mut copy = Data::of(node.ok_or("there is no such entry")?);
            let splices = tables::duplicate(&sheet, part, index)?;
            let text = apply(text, splices);
            let expected = wanted::added(sheet.text, part, index + 1, &copy)?;
            let Some(name) = copy.get(key).and_then(Data::text) else {
                return Ok((text, expected));
            };
            let name = Data::Text(tables::fresh(name, key, &taken));
            let path = [Step::Key(key.to_owned())];
            let (text, _) = set::set(
                &text,
                &set::Spot {
                    part,
                    index: index + 1,
                    path: &path,
                },
                &name,
            )?;
            copy.put(key, name);
            Ok((text, wanted::added(sheet.text, part, index + 1, &copy)?))
        })?;
        self.note(file, part, index + 1);
        Ok(())
    }

    /// The key that names tables of a kind, and the names that there are in all files.
    fn taken(&self, part: &str) -> (&'static str, Vec<String>) {
        let key = match part {
            "score_rule" | "trigger" => "id",
            _ => "name",
        };
        let mut taken = Vec::new();
        for file in &self.files {
            let Ok(sheet) = Sheet::read(&file.text) else {
                continue;
            };
            let entries = sheet.entries(part).iter().map(Data::of);
            taken.extend(entries.filter_map(|entry| Some(entry.get(key)?.text()?.to_owned())));
        }
        (key, taken)
    }

    fn append(&mut self, name: &str, lines: &str) -> Result<(), String> {
        Sheet::read(lines).map_err(|why| format!("the lines are not TOML: {why}"))?;
        self.open(name)?;
        let mut place = None;
        self.change(name, |text| {
            let splices = tables::append(&Sheet::read(text)?, lines);
            let text = apply(text, splices);
            let sheet = Sheet::read(&text)?;
            let last = sheet
                .table()
                .entries
                .iter()
                .filter(|entry| entry.value.list().is_some());
            let last = last.max_by_key(|entry| Sheet::extent(&entry.value).end);
            place = last.map(|entry| (entry.key.clone(), sheet.entries(&entry.key).len() - 1));
            let data = sheet.data();
            Ok((text, data))
        })?;
        if let Some((part, index)) = place.filter(|(part, _)| !SINGLE.contains(&&**part)) {
            self.note(name, &part, index);
        }
        Ok(())
    }
}
