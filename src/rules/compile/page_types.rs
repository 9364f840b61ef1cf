//! `[[page_type]]`: a name and the patterns of its paths.

use crate::domain::Key;

use super::super::code::Code;
use super::super::fix;
use super::super::glob;
use super::super::limits::{MAX_PATTERN_CHARS, MAX_PATTERNS};
use super::super::parts::PageType;
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::tree::{Node, Table};
use super::Context;
use super::names::Register;

/// Reads all page types and enters their names.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Vec<PageType> {
    let mut register = Register::of("page type");
    let mut patterns_left = MAX_PATTERNS;
    let mut page_types: Vec<PageType> = Vec::new();
    for table in tables {
        let Some((page_type, at)) = one(cx, table, &mut register, &mut patterns_left) else {
            continue;
        };
        if is_unreachable(&page_type, &page_types) {
            let name = &page_type.name;
            let message = format!("earlier page types take every page that `{name}` could");
            cx.sink
                .report(Code::UnreachablePageType, at, message)
                .help("the first page type whose pattern fits wins: move this one up, or narrow the others");
        }
        page_types.push(page_type);
    }
    page_types
}

fn one(
    cx: &mut Context,
    table: &Table,
    register: &mut Register,
    patterns_left: &mut usize,
) -> Option<(PageType, Spot)> {
    let sink = &mut cx.sink;
    sink.check_keys(table, &schema::PAGE_TYPE);
    let patterns = table
        .get("match")
        .and_then(|node| patterns(sink, node, patterns_left));
    let node = table.get("name")?;
    // Even a name that is not well formed is declared: one mistake should not be reported wherever it is used.
    if let Some(name) = sink.text(node) {
        let declared = (name.to_owned(), node.at);
        if sink.id(node).is_some() && !register.enter(sink, name, node.at) {
            return None;
        }
        cx.names.page_types.push(declared);
        let (key, name, patterns) = (Key::of(name), name.into(), patterns?);
        return Some((
            PageType {
                key,
                name,
                patterns,
            },
            node.at,
        ));
    }
    None
}

fn patterns(sink: &mut Sink, node: &Node, left: &mut usize) -> Option<Vec<Box<str>>> {
    let nodes = sink.one_or_more(node)?;
    if nodes.len() > *left {
        let message = format!("all page types together have at most {MAX_PATTERNS} patterns");
        sink.report(Code::TooMany, nodes[*left].at, message);
        return None;
    }
    *left -= nodes.len();
    let patterns: Vec<_> = nodes.iter().map(|node| pattern(sink, node)).collect();
    patterns.into_iter().collect()
}

/// A pattern that some path can fit: a path begins with a slash and has neither host nor query.
fn pattern(sink: &mut Sink, node: &Node) -> Option<Box<str>> {
    let text = sink.prose(node, MAX_PATTERN_CHARS)?;
    let (help, meant) = if let Some((_, rest)) = text.split_once("://") {
        let path = rest.find('/').map_or("/", |at| &rest[at..]);
        let help = "leave out the host: only the path is compared".to_owned();
        (help, path.to_owned())
    } else if let Some(end) = text.find(['?', '#']) {
        let path = &text[..end];
        let help =
            format!("only the path is compared: write \"{path}\" and ask for `page.query.<name>`");
        (help, path.to_owned())
    } else if !text.starts_with(['/', '*']) {
        let help = format!("a path begins with a slash: write \"/{text}\" or \"*/{text}\"");
        (help, format!("/{text}"))
    } else {
        return Some(text.to_lowercase().into());
    };
    let message = format!("no path fits the pattern `{}`", text.escape_debug());
    let note = sink.report(Code::BadPattern, node.at, message);
    note.help(help);
    if meant.starts_with(['/', '*']) && !meant.contains(['?', '#']) && !meant.contains("://") {
        let written = fix::quoted(&meant);
        note.offer(format!("write `{written}`"), vec![(node.at, written)]);
    }
    None
}

/// Whether each pattern lies within an earlier page type's: a pattern that fits another pattern's very text, stars
/// included, fits everything the other fits, since only a star can stand for a star.
fn is_unreachable(page_type: &PageType, earlier: &[PageType]) -> bool {
    let covered = |pattern: &str| {
        let mut others = earlier.iter().flat_map(|known| &known.patterns);
        others.any(|other| glob::matches(other, pattern))
    };
    !page_type.patterns.is_empty() && page_type.patterns.iter().all(|pattern| covered(pattern))
}
