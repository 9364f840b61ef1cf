//! Reads tables, lists and texts and reports those that are not what they should be. `None` always means "reported".

use super::super::code::Code;
use super::super::fix;
use super::super::limits::{MAX_ID_CHARS, MAX_LIST, MAX_NAME_CHARS};
use super::super::schema::TableSpec;
use super::super::sink::{Note, Sink};
use super::super::suggest;
use super::super::tree::{Form, Kind, Node, Table};

impl Sink {
    /// Reports a value of the wrong type.
    pub(super) fn mismatch(&mut self, node: &Node, wanted: &str) -> &mut Note {
        let message = format!("expected {wanted}, found {}", node.kind.noun());
        self.report(Code::TypeMismatch, node.at, message)
    }

    /// Reports keys that the table does not take and keys that it lacks.
    pub(super) fn check_keys(&mut self, table: &Table, spec: &'static TableSpec) {
        let known = spec.keys.iter().map(|key| key.name);
        for entry in &table.entries {
            if known.clone().all(|name| name != entry.key) {
                let message = format!("{} has no key `{}`", spec.header, entry.key);
                let advice = suggest::help(&entry.key, known.clone());
                // Where the key stands several times, or where its true name is taken, a new name mends nothing.
                let taken = advice.as_ref().and_then(|advice| advice.guess.as_deref());
                let taken = taken.is_some_and(|guess| table.get(guess).is_some());
                let note = self.report(Code::UnknownKey, entry.key_at, message);
                note.maybe_help(advice);
                if taken || !entry.is_plain() {
                    note.no_guess();
                }
                if let Some(edits) = table.without(&entry.key) {
                    note.offer(format!("take `{}` out", entry.key), edits);
                }
            }
        }
        let required = spec.keys.iter().filter(|key| key.default.is_none());
        for key in required.filter(|key| table.get(key.name).is_none()) {
            let message = format!("{} needs `{}`: {}", spec.header, key.name, key.says);
            let note = self.report(Code::MissingKey, table.at, message);
            note.help(format!("add `{} = …` ({})", key.name, key.takes));
            let name = table.get("name").and_then(|node| {
                let Kind::Text(text) = &node.kind else {
                    return None;
                };
                Some(slug(text))
            });
            let sample = match (key.name, name) {
                ("id", Some(slug)) if !slug.is_empty() => Some(fix::quoted(&slug)),
                _ => key.sample(),
            };
            if let Some((sample, edits)) =
                sample.and_then(|sample| table.with(key.name, &sample).map(|edits| (sample, edits)))
            {
                note.offer(format!("add `{} = {sample}`", key.name), edits);
            }
        }
    }

    /// The value of a key that may be absent.
    #[expect(
        clippy::option_option,
        reason = "the outer `None` means reported, the inner one absent"
    )]
    pub(super) fn optional<'t, T>(
        &mut self,
        table: &'t Table,
        key: &str,
        read: impl FnOnce(&mut Self, &'t Node) -> Option<T>,
    ) -> Option<Option<T>> {
        table
            .get(key)
            .map_or(Some(None), |node| read(self, node).map(Some))
    }

    /// Any text.
    pub(super) fn text<'t>(&mut self, node: &'t Node) -> Option<&'t str> {
        if let Kind::Text(text) = &node.kind {
            return Some(text);
        }
        let mistake = self.mismatch(node, "a text");
        if matches!(
            node.kind,
            Kind::Whole(_) | Kind::Fraction(_) | Kind::Flag(_)
        ) {
            mistake.help("put it in quotes");
            if let Some(written) = node.written() {
                mistake.fix_here(fix::quoted(&written));
            }
        }
        None
    }

    /// A text that people read: neither empty nor longer than `most` characters, and all of it printable.
    pub(super) fn prose<'t>(&mut self, node: &'t Node, most: usize) -> Option<&'t str> {
        let text = self.text(node)?;
        let length = text.chars().count();
        let wrong = if text.trim().is_empty() {
            "this text is empty".to_owned()
        } else if length > most {
            format!("this text has {length} characters; at most {most} fit")
        } else if text.chars().any(char::is_control) {
            "this text has a line break or another control character".to_owned()
        } else {
            return Some(text);
        };
        self.report(Code::BadText, node.at, wrong);
        None
    }

    /// The `name` that people read, or the id.
    pub(super) fn name<'t>(&mut self, table: &'t Table, id: Option<&'t str>) -> Option<&'t str> {
        table
            .get("name")
            .map_or(id, |node| self.prose(node, MAX_NAME_CHARS))
    }

    /// An id, or a name that rules refer to.
    pub(super) fn id<'t>(&mut self, node: &'t Node) -> Option<&'t str> {
        let text = self.text(node)?;
        if is_id(text) {
            return Some(text);
        }
        let message = format!("`{}` cannot be an id", text.escape_debug());
        let slug = slug(text);
        let rule = format!("ids have 1 to {MAX_ID_CHARS} of a-z, 0-9, `-` and `_`");
        let help = if slug.is_empty() {
            rule
        } else {
            format!("{rule}; write \"{slug}\"")
        };
        let note = self.report(Code::BadId, node.at, message);
        note.help(help);
        if !slug.is_empty() {
            let written = fix::quoted(&slug);
            note.offer(format!("write `{written}`"), vec![(node.at, written)]);
        }
        None
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(node)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let message = format!(
                "`{}` is not a word that may stand here",
                text.escape_debug()
            );
            let known = words.iter().map(|(word, _)| *word);
            self.report(Code::UnknownWord, node.at, message)
                .maybe_help(suggest::help(text, known));
        }
        found.map(|(_, value)| *value)
    }

    /// The entries of a list.
    pub(super) fn list<'t>(&mut self, node: &'t Node) -> Option<&'t [Node]> {
        let Kind::List(nodes) = &node.kind else {
            let mistake = self.mismatch(node, "a list");
            mistake.help("put it in square brackets");
            let headed = matches!(&node.kind, Kind::Table(table) if table.form != Form::Braces);
            if !headed {
                let brackets = vec![
                    (node.at.before(), "[".to_owned()),
                    (node.at.after(), "]".to_owned()),
                ];
                mistake.fix("put it in square brackets", brackets);
            }
            return None;
        };
        if nodes.len() > MAX_LIST {
            let message = format!("a list has at most {MAX_LIST} entries");
            self.report(Code::TooMany, nodes[MAX_LIST].at, message);
            return None;
        }
        Some(nodes)
    }

    /// One value or a list of them.
    pub(super) fn one_or_more<'t>(&mut self, node: &'t Node) -> Option<&'t [Node]> {
        match &node.kind {
            Kind::List(_) => self.list(node),
            Kind::Text(_)
            | Kind::Whole(_)
            | Kind::Fraction(_)
            | Kind::Flag(_)
            | Kind::Date(_)
            | Kind::Table(_) => Some(std::slice::from_ref(node)),
        }
    }

    /// A table with the keys that `spec` lists.
    pub(super) fn table<'t>(
        &mut self,
        node: &'t Node,
        spec: &'static TableSpec,
    ) -> Option<&'t Table> {
        let Kind::Table(table) = &node.kind else {
            self.mismatch(node, "a table");
            return None;
        };
        self.check_keys(table, spec);
        Some(table)
    }
}

/// Whether a text may be an id.
fn is_id(text: &str) -> bool {
    (1..=MAX_ID_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// The id that a text was most likely meant to be; empty when there is none.
fn slug(text: &str) -> String {
    let fold = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '_') => c,
        _ => '-',
    };
    let slug: String = text.trim().chars().take(MAX_ID_CHARS).map(fold).collect();
    slug.trim_matches('-').to_owned()
}
