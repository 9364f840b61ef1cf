//! Patterns in which `*` stands for any run of characters, the empty one included. Linear in practice: one backtrack point.

/// Whether the whole of `text` fits `pattern`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    if !text.ends_with(tail(pattern)) {
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

/// What stands after the last star, or all of it.
fn tail(pattern: &[u8]) -> &[u8] {
    let star = pattern.iter().rposition(|byte| *byte == b'*');
    star.map_or(pattern, |at| &pattern[at + 1..])
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
