//! Tables as comma-separated values (RFC 4180), safe to open in a spreadsheet.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// What may stand in a cell.
#[derive(Clone, Debug)]
pub(super) enum Cell<'a> {
    /// A text, such as a name that a visitor or a marketer has made up.
    Text(&'a str),
    /// A whole number.
    Count(u64),
    /// Any number; nothing for one that is not finite.
    Number(f64),
    /// Nothing.
    Empty,
}

/// A table in the making.
pub(super) struct Csv(String);

impl Csv {
    /// A table with these columns.
    pub(super) fn with(columns: &[&str]) -> Self {
        let mut table = Self(String::new());
        let names: Vec<_> = columns.iter().map(|name| Cell::Text(name)).collect();
        table.row(&names);
        table
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) {
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            match cell {
                Cell::Text(text) => self.text(text),
                Cell::Count(number) => self.0.push_str(&number.to_string()),
                Cell::Number(number) if number.is_finite() => self.0.push_str(&number.to_string()),
                Cell::Number(_) | Cell::Empty => {}
            }
        }
        self.0.push_str("\r\n");
    }

    /// A spreadsheet takes a text that begins like a formula for one, and works it out: an apostrophe keeps it a text.
    /// Source: OWASP, *CSV Injection*.
    fn text(&mut self, text: &str) {
        let is_formula = |first| {
            matches!(
                first,
                '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
            )
        };
        let first = text.trim_start_matches(' ').chars().next();
        let guard = if first.is_some_and(is_formula) {
            "'"
        } else {
            ""
        };
        if text.contains([',', '"', '\r', '\n']) {
            let text = text.replace('"', "\"\"");
            self.0.extend(["\"", guard, &text, "\""]);
        } else {
            self.0.push_str(guard);
            self.0.push_str(text);
        }
    }

    /// The table as a file to keep.
    pub(super) fn answer(self, name: &str) -> Response {
        let disposition = format!("attachment; filename=\"{name}.csv\"");
        let headers = [
            (
                header::CONTENT_TYPE,
                "text/csv; charset=utf-8; header=present".to_owned(),
            ),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut table = Csv::with(&["a", "b", "c", "d"]);
        table.row(&[
            Cell::Text("say \"hi\", please"),
            Cell::Count(3),
            Cell::Number(-0.5),
            Cell::Number(f64::INFINITY),
        ]);
        table.row(&[
            Cell::Text("two\nlines"),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ]);
        let wanted = "a,b,c,d\r\n\"say \"\"hi\"\", please\",3,-0.5,\r\n\"two\nlines\",,,\r\n";
        assert_eq!(table.0, wanted);
    }

    #[test]
    fn no_text_becomes_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "  =1", "＝1"] {
            let mut table = Csv(String::new());
            table.row(&[Cell::Text(text)]);
            assert!(table.0.starts_with('\''), "{text:?}: {:?}", table.0);
        }
        let mut table = Csv(String::new());
        table.row(&[Cell::Text("=HYPERLINK(\"x\",\"y\")"), Cell::Text("a-b=c")]);
        assert_eq!(table.0, "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",a-b=c\r\n");
    }
}
