//! Patterns in which `*` stands for any run of characters, the empty one included. Linear in practice: one backtrack point.

/// Whether the whole of `text` fits `pattern`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    if !fits_end(pattern, text) {
        // So end most patterns of a site: cheaper than to try them from the front.
        return false;
    }
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((star_p, star_t)) => {
                    star = Some((star_p, star_t + 1));
                    p = star_p + 1;
                    t = star_t + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether the text ends as the pattern does after its last star. Most differ in the last letter already.
fn fits_end(pattern: &[u8], text: &[u8]) -> bool {
    let mut text = text.iter().rev();
    let tail = pattern.iter().rev().take_while(|byte| **byte != b'*');
    tail.into_iter().all(|byte| text.next() == Some(byte))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, text, fits) in [
            ("/pricing*", "/pricing", true),
            ("/pricing*", "/pricing/pro", true),
            ("/*/plans", "/ar/plans", true),
            ("/*/plans", "/plans", false),
            ("*a*b*c", "xxaxxbxbxc", true),
            ("*a*b*c", "xxaxxbxbx", false),
            ("", "", true),
            ("*", "", true),
            ("/", "/x", false),
            ("*/plans", "/plans/x", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} against {text}");
        }
    }
}
