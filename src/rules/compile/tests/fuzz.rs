//! Compiling any bytes never panics: real files with bits flipped, tokens swapped, pieces cut and joined.
//!
//! A few inputs run with the other tests; `AHLAN_FUZZ_INPUTS=1000000 cargo test --lib tests::fuzz` runs as many as
//! are asked for, from `AHLAN_FUZZ_SEED` on. A seed gives the same inputs again.

use super::super::compile;
use super::codes;
use super::shop::shop;
use super::{BASE, said};
use crate::rules::{Look, SourceFile, annotations, format, mend, render, sarif};

const TOKENS: [&str; 24] = [
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "#",
    ".",
    "[[trigger]]\n",
    "[[segment]]\n",
    "[hours]\n",
    "all",
    "any",
    "not",
    "-1",
    "1e400",
    "nan",
    "\"30s\"",
    "1979-05-27",
    "'",
    "\u{202e}",
    "'''",
];

/// A small generator of numbers: xorshift64*, by S. Vigna.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn span(&mut self, end: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(end + 1);
        start..(start + self.below(most)).min(end)
    }
}

/// What real rules look like: the shop's files, and rules that each earn a code.
fn seeds() -> Vec<Vec<u8>> {
    let shop = shop().into_iter().map(|file| file.text);
    let cases = codes::cases().into_iter().map(|(_, source)| source);
    let all = shop.chain(cases).chain([BASE.to_owned()]);
    all.map(String::into_bytes).collect()
}

fn change(dice: &mut Dice, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let end = bytes.len();
    match dice.below(6) {
        0 => {
            let at = dice.below(end);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => bytes.truncate(dice.below(end + 1)),
        2 => drop(bytes.drain(dice.span(end, 60))),
        3 => {
            let token = TOKENS[dice.below(TOKENS.len())].bytes();
            bytes.splice(dice.span(end, 4), token);
        }
        4 => {
            let other = &seeds[dice.below(seeds.len())];
            let piece = other[dice.span(other.len(), 400)].to_vec();
            bytes.splice(dice.span(end, 200), piece);
        }
        _ => {
            let words: Vec<_> = bytes.split(|b| *b == b' ').map(<[u8]>::to_vec).collect();
            let (mut words, count) = (words.clone(), words.len());
            words.swap(dice.below(count), dice.below(count));
            *bytes = words.join(&b' ');
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long to fuzz is the tester's setting, not the service's"
)]
fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |set| set.parse().expect("a number"))
}

#[test]
fn no_bytes_are_too_much() {
    let seeds = seeds();
    let first = number("AHLAN_FUZZ_SEED", 1);
    let inputs = number("AHLAN_FUZZ_INPUTS", 300);
    for seed in first..first + inputs {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut bytes = seeds[dice.below(seeds.len())].clone();
        for _ in 0..=dice.below(4) {
            change(&mut dice, &mut bytes, &seeds);
        }
        let files = [
            SourceFile::new("base.toml", BASE),
            SourceFile::from_bytes("rules.toml", bytes),
        ];
        let looked = std::panic::catch_unwind(|| {
            let said = said(compile(&files));
            render(&said, &files, "", Look::Plain);
            sarif(&said, "");
            annotations(&said, "");
            if seed % 8 == 0 {
                mend(&files);
                let _ = format(&files[1].text);
            }
        });
        assert!(looked.is_ok(), "seed {seed} panics on\n{}", files[1].text);
    }
}
