//! Words that sell, where people look for help.

use super::super::code::Code;
use super::super::sink::Sink;
use super::super::tree::{Kind, Table};
use super::Subject;
use crate::domain::Key;

/// On pages whose type has one of these in its name, people look for help.
pub(in super::super) const HELP_WORDS: [&str; 5] = ["help", "support", "contact", "faq", "docs"];
/// Words and phrases that sell, in lower case and without vowel marks.
const SELLING: [&str; 29] = [
    "buy now",
    "order now",
    "shop now",
    "discount",
    "discounts",
    "offer",
    "offers",
    "sale",
    "deal",
    "deals",
    "coupon",
    "promo",
    "promotion",
    "upgrade",
    "special price",
    "% off",
    "free trial",
    "limited time",
    "خصم",
    "خصومات",
    "تخفيض",
    "تخفيضات",
    "عرض",
    "عروض",
    "كوبون",
    "اشتر",
    "اشتري",
    "تسوق",
    "اطلب الان",
];
/// What Arabic writes in front of a word without a space.
const ARABIC_PREFIXES: [&str; 9] = ["", "ال", "و", "ب", "ل", "وال", "بال", "لل", "ف"];

/// Looks at the messages of triggers that are bound to pages on which people look for help.
pub(super) fn run(sink: &mut Sink, subject: &Subject<'_>) {
    for table in subject.tables("trigger") {
        let id = super::text(table, "id").unwrap_or_default();
        let pages = subject.rule_set.trigger(Key::of(id)).into_iter();
        let names = pages.flat_map(|trigger| &trigger.page_types);
        let mut names = names.filter_map(|key| subject.rule_set.page_type_name(*key));
        let Some(page) = names.find(|name| HELP_WORDS.iter().any(|word| name.contains(word)))
        else {
            continue;
        };
        if let Some(Kind::Table(invitation)) = table.get("invitation").map(|node| &node.kind) {
            messages(sink, page, invitation);
        }
    }
}

fn messages(sink: &mut Sink, page: &str, invitation: &Table) {
    let Some(Kind::Table(messages)) = invitation.get("message").map(|node| &node.kind) else {
        return;
    };
    for entry in &messages.entries {
        let Kind::Text(text) = &entry.value.kind else {
            continue;
        };
        if let Some(word) = selling(text) {
            let message = format!("people on a `{page}` page look for help; \"{word}\" sells");
            sink.report(Code::SellingTone, entry.value.at, message)
                .help("offer to solve the problem; whoever is helped comes back to buy");
        }
    }
}

/// The first word or phrase of a text that sells.
fn selling(text: &str) -> Option<&'static str> {
    let plain = plain(text);
    SELLING.into_iter().find(|phrase| {
        let arabic = !phrase.is_ascii();
        let prefixes = if arabic {
            &ARABIC_PREFIXES[..]
        } else {
            &ARABIC_PREFIXES[..1]
        };
        prefixes.iter().any(|prefix| {
            let wanted = if phrase.starts_with('%') {
                (*phrase).to_owned()
            } else {
                format!(" {prefix}{phrase}")
            };
            plain.contains(&format!("{wanted} "))
        })
    })
}

/// Lower case, one space between words and at both ends, without marks over letters and with one form of alif.
fn plain(text: &str) -> String {
    let mut out = String::from(" ");
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\u{64b}'..='\u{652}' | '\u{640}' => {}
            'أ' | 'إ' | 'آ' | 'ٱ' => out.push('ا'),
            c if c.is_alphanumeric() || c == '%' => out.push(c),
            _ if out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    out.push(' ');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_sell_are_found_whole() {
        for (text, found) in [
            ("Get 20% off today!", Some("% off")),
            ("Our best offer, just for you", Some("offer")),
            ("BUY NOW", Some("buy now")),
            ("Wholesale questions? We are here.", None),
            ("Tell me what happened.", None),
            ("احصل على الخَصم الآن", Some("خصم")),
            ("اشترِ الآن", Some("اشتر")),
            ("أخبرني بما حدث", None),
        ] {
            assert_eq!(selling(text), found, "{text}");
        }
    }
}
