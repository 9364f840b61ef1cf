//! What each code has to teach: why it matters, and an example of wrong and right.

use std::fmt::Write as _;

use super::code::Code;
use super::suggest;

/// One section a code: the reason, then an example that earns it and one that does not.
const TEXT: &str = include_str!("lessons.md");

/// What a code has to teach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lesson {
    /// Why it matters and what to do.
    pub(super) why: &'static str,
    /// Rules that earn the code, as TOML; whole files are at fault where there is no example.
    pub(super) wrong: Option<&'static str>,
    /// The same as it should be.
    pub(super) right: Option<&'static str>,
}

/// The lesson of a code; every code has one.
pub(super) fn of(code: Code) -> Option<Lesson> {
    let heading = format!("### `{}`\n", code.as_str());
    let (_, rest) = TEXT.split_once(heading.as_str())?;
    let section = rest.split("\n### ").next().unwrap_or(rest);
    let mut examples = section.split("```toml\n").skip(1);
    let mut example = || examples.next()?.split("```").next();
    Some(Lesson {
        why: section.split("\nWrong:").next().unwrap_or(section).trim(),
        wrong: example(),
        right: example(),
    })
}

/// All lessons as they stand in the reference.
pub(super) fn all() -> &'static str {
    TEXT.split_once("-->").map_or(TEXT, |(_, text)| text).trim()
}

/// What a code means, at length.
///
/// # Errors
///
/// When there is no such code: what to write instead.
pub fn explain(word: &str) -> Result<String, String> {
    let Some(code) = Code::ALL.iter().find(|code| code.as_str() == word) else {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let guess = suggest::closest(word, known);
        let guess = guess.map_or(String::new(), |guess| format!("; did you mean `{guess}`?"));
        return Err(format!("there is no code `{word}`{guess}"));
    };
    let mut out = format!("{} ({})\n{}\n", word, code.severity().as_str(), code.says());
    let Some(lesson) = of(*code) else {
        return Ok(out);
    };
    // Writing to a string cannot fail.
    let _ = write!(out, "\n{}\n", lesson.why);
    for (title, example) in [("Wrong", lesson.wrong), ("Right", lesson.right)] {
        if let Some(example) = example {
            let lines: Vec<_> = example.lines().map(|line| format!("    {line}")).collect();
            let _ = write!(out, "\n{title}:\n\n{}\n", lines.join("\n"));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::source::SourceFile;
    use super::*;
    use crate::rules::compile;

    /// What the examples refer to.
    const BESIDE: &str = "[[page_type]]\nname = \"pricing\"\nmatch = \"/pricing*\"\n[[page_type]]\nname = \"help\"\nmatch = \"/help*\"\n[[score]]\nname = \"buy\"\nstages = { warm = 25, hot = 60 }\n";

    fn codes(example: &str) -> Vec<&'static str> {
        let files = [
            SourceFile::new("beside.toml", BESIDE),
            SourceFile::new("example.toml", example),
        ];
        let said = compile(&files).map_or_else(|mistakes| mistakes, |compiled| compiled.notes);
        let about = said
            .into_iter()
            .filter(|d| *d.place.file == *"example.toml");
        about.map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn every_code_teaches_and_its_examples_are_true() {
        for code in Code::ALL {
            let word = code.as_str();
            let lesson =
                of(*code).unwrap_or_else(|| panic!("src/rules/lessons.md has no `{word}`"));
            assert!(lesson.why.len() > 40, "{word} says little");
            let whole_files = matches!(
                code,
                Code::NotUtf8 | Code::TooLarge | Code::TooMany | Code::TooDeep | Code::KeyClash
            );
            assert!(
                whole_files || (lesson.wrong.is_some() && lesson.right.is_some()),
                "{word} has no examples"
            );
            if let Some(wrong) = lesson.wrong {
                assert!(
                    codes(wrong).contains(&word),
                    "{word}: {:?}\n{wrong}",
                    codes(wrong)
                );
            }
            if let Some(right) = lesson.right {
                assert_eq!(codes(right), [""; 0], "{word}:\n{right}");
            }
        }
    }

    #[test]
    fn explanations_are_for_codes_only() {
        let text = explain("bad-duration").expect("a code");
        assert!(text.starts_with("bad-duration (error)\n"), "{text}");
        assert!(text.contains("Wrong:") && text.contains("Right:"), "{text}");
        assert_eq!(
            explain("bad-durations").unwrap_err(),
            "there is no code `bad-durations`; did you mean `bad-duration`?"
        );
    }
}
