//! "Did you mean …?"

/// The candidate that `word` most likely means, if any is close enough to be worth a guess.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = plain(word);
    let ranked = candidates.into_iter().filter_map(|candidate| {
        let distance = strsim::damerau_levenshtein(&plain, &self::plain(candidate));
        let longest = plain.chars().count().max(candidate.chars().count());
        (distance <= (longest / 3).max(1)).then_some((distance, candidate))
    });
    ranked.min().map(|(_, candidate)| candidate)
}

/// Case, hyphens and underscores are easily mistaken for one another and so cost nothing. Long words are not compared
/// to their end: the distance takes quadratic time, and no name is that long.
fn plain(word: &str) -> String {
    let word = word.chars().take(64).flat_map(char::to_lowercase);
    word.map(|c| if c == '-' { '_' } else { c }).collect()
}

/// What to say about a word that is not among the candidates, and the word to put in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// What people read.
    pub(super) help: String,
    /// The candidate that was most likely meant.
    pub(super) guess: Option<String>,
    /// Whether the word is a misspelling of the guess; otherwise there is merely no other choice.
    pub(super) close: bool,
}

impl Advice {
    /// A guess.
    pub(super) fn did_you_mean(guess: &str) -> Self {
        Self {
            help: format!("did you mean `{guess}`?"),
            guess: Some(guess.to_owned()),
            close: true,
        }
    }

    /// Help without a guess.
    pub(super) fn say(help: impl Into<String>) -> Self {
        let (help, guess, close) = (help.into(), None, false);
        Self { help, guess, close }
    }
}

/// As many candidates are listed at most.
const MOST_LISTED: usize = 16;
/// So many of them are named where there are too many to list.
const NEAREST: usize = 3;

/// The candidates whose spelling is nearest to the word, however far.
fn nearest<'c>(word: &str, candidates: &[&'c str]) -> impl Iterator<Item = &'c str> {
    let plain = plain(word);
    let mut ranked: Vec<_> = candidates
        .iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&plain, &self::plain(name)),
                *name,
            )
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(NEAREST).map(|(_, name)| name)
}

/// Help for the name of something that rules declare under `header`: a guess, the choices, or how to declare it.
pub(super) fn declared<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
    header: &str,
) -> Option<Advice> {
    let none = || Advice::say(format!("there is none yet: declare it under `{header}`"));
    help(word, candidates).or_else(|| Some(none()))
}

/// Help for a word that is not among the candidates: a guess, or else all of them while they are few.
pub(super) fn help<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<Advice> {
    if let Some(close) = closest(word, candidates.clone()) {
        return Some(Advice::did_you_mean(close));
    }
    let all: Vec<_> = candidates.into_iter().collect();
    match all.as_slice() {
        [] => None,
        [only] => Some(Advice {
            help: format!("write `{only}`"),
            guess: Some((*only).to_owned()),
            close: false,
        }),
        [..] if all.len() > MOST_LISTED => {
            let near: Vec<_> = nearest(word, &all)
                .map(|name| format!("`{name}`"))
                .collect();
            let (near, all) = (near.join(", "), all.len());
            Some(Advice::say(format!("the nearest of {all} are {near}")))
        }
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|c| format!("`{c}`")).collect();
            Some(Advice::say(format!("use {} or `{last}`", first.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_made_only_when_they_are_close() {
        let words = ["pricing", "product", "help", "home"];
        for (word, guess) in [
            ("pircing", Some("pricing")),
            ("Pricing", Some("pricing")),
            ("pricings", Some("pricing")),
            ("hlep", Some("help")),
            ("halp", Some("help")),
            ("checkout", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(closest(word, words), guess, "{word}");
        }
        assert_eq!(closest("page-view", ["page_view"]), Some("page_view"));
    }

    #[test]
    fn without_a_guess_the_few_choices_are_listed() {
        let help = |word| help(word, ["page", "session", "visitor"]).expect("advice");
        assert_eq!(help("sesion").help, "did you mean `session`?");
        assert_eq!(help("sesion").guess.as_deref(), Some("session"));
        assert_eq!(help("forever").help, "use `page`, `session` or `visitor`");
        assert_eq!(help("forever").guess, None);
    }

    #[test]
    fn of_many_choices_the_nearest_are_named() {
        let names: Vec<String> = (10..40).map(|n| format!("segment-{n}")).collect();
        let advice = help("seg", names.iter().map(String::as_str)).expect("advice");
        assert_eq!(
            advice.help,
            "the nearest of 30 are `segment-10`, `segment-11`, `segment-12`"
        );
        let none = declared("x", [], "[[segment]]").expect("advice");
        assert_eq!(
            none.help,
            "there is none yet: declare it under `[[segment]]`"
        );
    }
}
