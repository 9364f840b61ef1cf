//! Laws over the example's files and over what becomes of them when somebody types: nothing is lost.

use std::ops::Range;

use proptest::prelude::*;

use super::*;

fn shop() -> Vec<SourceFile> {
    let file = |name: &str, text: &str| SourceFile::new(name, text);
    vec![
        file(
            "hours.toml",
            include_str!("../../../../rules/shop/hours.toml"),
        ),
        file(
            "pages.toml",
            include_str!("../../../../rules/shop/pages.toml"),
        ),
        file(
            "policy.toml",
            include_str!("../../../../rules/shop/policy.toml"),
        ),
        file(
            "scores.toml",
            include_str!("../../../../rules/shop/scores.toml"),
        ),
        file(
            "segments.toml",
            include_str!("../../../../rules/shop/segments.toml"),
        ),
        file(
            "tests.toml",
            include_str!("../../../../rules/shop/tests.toml"),
        ),
        file(
            "triggers.toml",
            include_str!("../../../../rules/shop/triggers.toml"),
        ),
    ]
}

/// Every place within a value.
fn places(data: &Data, path: &mut Vec<Step>, found: &mut Vec<(Vec<Step>, Data)>) {
    let below: Vec<(Step, &Data)> = match data {
        Data::List(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| (Step::Index(at), item))
            .collect(),
        Data::Table(entries) => entries
            .iter()
            .map(|(key, value)| (Step::Key(key.clone()), value))
            .collect(),
        Data::Text(_) | Data::Whole(_) | Data::Fraction(_) | Data::Flag(_) | Data::Date(_) => {
            Vec::new()
        }
    };
    for (step, value) in below {
        path.push(step);
        found.push((path.clone(), value.clone()));
        places(value, path, found);
        path.pop();
    }
}

/// Another value of the same kind.
fn another(data: &Data, salt: u8) -> Data {
    match data {
        Data::Text(text) => Data::Text(format!("{text} # \"{salt}\" 'é'")),
        Data::Whole(number) => Data::Whole(number + i64::from(salt) + 1),
        Data::Fraction(number) => Data::Fraction(number + 0.5),
        Data::Flag(flag) => Data::Flag(!flag),
        Data::Date(_) => Data::Date("2031-05-06".to_owned()),
        Data::List(items) if items.len() > 1 => Data::List(items[1..].to_vec()),
        Data::List(items) => {
            let more = [Data::Text("more, # [ of it ]".to_owned())];
            Data::List(items.iter().cloned().chain(more).collect())
        }
        Data::Table(entries) => {
            let mut entries = entries.clone();
            entries.push((format!("new-{salt}"), Data::Whole(1)));
            Data::Table(entries)
        }
    }
}

fn comments(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('#'))
        .collect();
    lines.sort_unstable();
    lines
}

/// The lines that are not in a range of lines, which may have changed in number.
fn outside(text: &str, lines: Range<usize>) -> (Vec<&str>, usize) {
    let all: Vec<_> = text.split_inclusive('\n').collect();
    let count = all.len();
    (
        all.into_iter().take(lines.start).collect(),
        count - lines.end.min(count),
    )
}

/// One edit of one entry, by numbers that are cut to what there is.
fn one(
    files: &[SourceFile],
    choice: (usize, usize, usize),
    salt: u8,
) -> Option<(FormEdit, FormEntry)> {
    let entries: Vec<(String, FormEntry)> = form(files)
        .into_iter()
        .flat_map(|part| {
            let name = part.part;
            part.entries
                .into_iter()
                .map(move |entry| (name.clone(), entry))
        })
        .collect();
    let (part, entry) = entries.get(choice.0 % entries.len().max(1))?.clone();
    let (file, index) = (entry.file.clone(), entry.index);
    let mut found = Vec::new();
    places(&entry.values, &mut Vec::new(), &mut found);
    let (path, data) = found.get(choice.1 % found.len().max(1))?.clone();
    let mut below = Vec::new();
    if let Data::List(items) = &data {
        below.clone_from(items);
    }
    let count = below.len();
    let (many, at) = (count > 0, choice.2 / 8 % count.max(1));
    let edit = match choice.2 % 8 {
        0 if many => FormEdit::RemoveItem {
            file,
            part,
            index,
            path,
            at,
        },
        1 if many => FormEdit::MoveItem {
            file,
            part,
            index,
            path,
            at,
            to: 0,
        },
        2 | 3 if many => {
            let value = another(&below[at], salt);
            FormEdit::Insert {
                file,
                part,
                index,
                path,
                at: choice.2 / 8 % (count + 1),
                value,
            }
        }
        4 if matches!(path.last(), Some(Step::Key(_))) => FormEdit::Unset {
            file,
            part,
            index,
            path,
        },
        _ => FormEdit::Set {
            file,
            part,
            index,
            path,
            value: another(&data, salt),
        },
    };
    Some((edit, entry))
}

/// Makes the edit and looks at what else has changed.
fn check(files: &[SourceFile], edit: &FormEdit, entry: &FormEntry) -> Result<(), TestCaseError> {
    let edited = super::edit(files, std::slice::from_ref(edit));
    let edited = match edited {
        Ok(edited) => edited,
        Err(why) => return Err(TestCaseError::fail(format!("{edit:?}: {why}"))),
    };
    for (old, new) in files.iter().zip(&edited.files) {
        if old.name != entry.file {
            prop_assert_eq!(old, new);
            continue;
        }
        let lines = entry.line - 1..entry.end_line;
        let (before, rest) = outside(&old.text, lines);
        prop_assert!(
            new.text.starts_with(&before.concat()),
            "{:?}\n{}",
            edit,
            new.text
        );
        let after: Vec<_> = old.text.split_inclusive('\n').rev().take(rest).collect();
        let after: String = after.into_iter().rev().collect();
        prop_assert!(new.text.ends_with(&after), "{:?}\n{}", edit, new.text);
        let added = matches!(
            edit,
            FormEdit::Set {
                value: Data::Text(_)
                    | Data::Whole(_)
                    | Data::Flag(_)
                    | Data::Fraction(_)
                    | Data::Date(_),
                ..
            } | FormEdit::Insert { .. }
        );
        if added {
            prop_assert_eq!(comments(&old.text), comments(&new.text), "{:?}", edit);
        }
    }
    Ok(())
}

fn with_crlf(files: Vec<SourceFile>) -> Vec<SourceFile> {
    let file = |file: SourceFile| SourceFile::new(file.name, file.text.replace('\n', "\r\n"));
    files.into_iter().map(file).collect()
}

/// Every value of every entry, given to itself.
fn unchanged(files: &[SourceFile]) -> Result<(), TestCaseError> {
    for part in form(files) {
        for entry in part.entries {
            let Data::Table(values) = entry.values else {
                continue;
            };
            for (key, value) in values {
                let json = serde_json::to_string(&value).unwrap();
                let Ok(value) = serde_json::from_str(&json) else {
                    continue;
                };
                let set = FormEdit::Set {
                    file: entry.file.clone(),
                    part: part.part.clone(),
                    index: entry.index,
                    path: vec![Step::Key(key)],
                    value,
                };
                let edited = super::edit(files, &[set])
                    .map_err(|why| TestCaseError::fail(why.to_string()))?;
                prop_assert_eq!(&edited.files, files);
            }
        }
    }
    Ok(())
}

#[test]
fn the_example_is_written_back_byte_by_byte() {
    unchanged(&shop()).unwrap();
    unchanged(&with_crlf(shop())).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_of_the_example_changes_its_own_lines_only(
        choice in (any::<usize>(), any::<usize>(), any::<usize>()),
        salt in any::<u8>(),
        crlf in any::<bool>(),
    ) {
        let files = if crlf { with_crlf(shop()) } else { shop() };
        if let Some((edit, entry)) = one(&files, choice, salt) {
            check(&files, &edit, &entry)?;
        }
    }

    #[test]
    fn entries_of_the_example_come_and_go(which in any::<usize>(), op in 0..3u8, to in any::<usize>()) {
        let files = shop();
        let parts: Vec<_> = form(&files).into_iter().filter(|part| !part.single).collect();
        let entries: Vec<_> = parts.iter().flat_map(|part| {
            part.entries.iter().map(|entry| (part.part.clone(), entry.clone()))
        }).collect();
        let (part, entry) = entries[which % entries.len()].clone();
        let (file, index) = (entry.file.clone(), entry.index);
        let of_file = entries.iter().filter(|(other, one)| *other == part && one.file == file).count();
        let edit = match op {
            0 => FormEdit::Remove { file, part, index },
            1 => FormEdit::Move { file, part, index, to: to % of_file },
            _ => FormEdit::Duplicate { file, part, index },
        };
        let edited = super::edit(&files, std::slice::from_ref(&edit));
        prop_assert!(edited.is_ok(), "{:?}: {:?}", edit, edited);
        let edited = edited.unwrap();
        let text = |files: &[SourceFile]| files.iter().find(|file| file.name == entry.file).unwrap().text.clone();
        let (old, new) = (text(&files), text(&edited.files));
        let (gone, come) = (comments(&old), comments(&new));
        match op {
            1 => prop_assert_eq!(gone, come),
            0 => prop_assert!(come.len() + entry.comment.lines().count() <= gone.len()),
            _ => prop_assert!(come.len() >= gone.len()),
        }
        prop_assert!(!new.contains("\n\n\n"));
    }

    #[test]
    fn what_somebody_types_is_written_back_or_refused(
        file in 0..7usize,
        cut in (any::<prop::sample::Index>(), 0..60usize),
        put in prop::sample::select(vec!["", "\n", " ", "# x\n", "a.b = 1\n", "[policy]\n", "[[score]]\n", "{ }", "[", "\"", "'''", ", ", "\t"]),
        choice in (any::<usize>(), any::<usize>(), any::<usize>()),
        salt in any::<u8>(),
    ) {
        let mut files = shop();
        let mut chars: Vec<char> = files[file].text.chars().collect();
        let start = cut.0.index(chars.len() + 1);
        let end = (start + cut.1).min(chars.len());
        chars.splice(start..end, put.chars());
        files[file].text = chars.into_iter().collect();
        if let Some((edit, _)) = one(&files, choice, salt) {
            // Whatever is made has been read again and compared; here it must only not panic.
            let _ = super::edit(&files, &[edit]);
        }
    }
}
