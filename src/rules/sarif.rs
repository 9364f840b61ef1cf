//! Diagnostics as SARIF 2.1.0, which code hosts and editors show beside the lines.
//!
//! Source: OASIS, Static Analysis Results Interchange Format 2.1.0.

use serde_json::{Value, json};

use super::code::{Code, Severity};
use super::diagnostic::{Diagnostic, Place, Related};
use super::fix::{Edit, Fix};
use super::lessons;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run as a SARIF log. `directory` stands before the names of files; it may be empty.
pub fn sarif(diagnostics: &[Diagnostic], directory: &str) -> Value {
    let rules: Vec<_> = Code::ALL.iter().map(|code| rule(*code)).collect();
    let log = Log { directory };
    let results: Vec<_> = diagnostics.iter().map(|d| log.result(d)).collect();
    let driver = json!({
        "name": "ahlan",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.says() },
        "fullDescription": { "text": lessons::of(code).map_or(code.says(), |lesson| lesson.why) },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

struct Log<'a> {
    directory: &'a str,
}

impl Log<'_> {
    fn result(&self, diagnostic: &Diagnostic) -> Value {
        let help = diagnostic.help.as_deref();
        let text = help.map_or(diagnostic.message.clone(), |help| {
            format!("{} Help: {help}", diagnostic.message)
        });
        let index = Code::ALL.iter().position(|code| *code == diagnostic.code);
        let mut location = self.location(&diagnostic.place);
        location["logicalLocations"] = json!([{ "fullyQualifiedName": diagnostic.pointer }]);
        let mut result = json!({
            "ruleId": diagnostic.code.as_str(),
            "ruleIndex": index,
            "level": level(diagnostic.severity),
            "message": { "text": text },
            "locations": [location],
        });
        if !diagnostic.related.is_empty() {
            let related = diagnostic
                .related
                .iter()
                .map(|related| self.related(related));
            result["relatedLocations"] = related.collect();
        }
        if !diagnostic.fixes.is_empty() {
            result["fixes"] = diagnostic.fixes.iter().map(|fix| self.fix(fix)).collect();
        }
        result
    }

    fn location(&self, place: &Place) -> Value {
        let columns = place.end.saturating_sub(place.start);
        let region = json!({
            "startLine": place.line,
            "startColumn": place.column,
            "byteOffset": place.start,
            "byteLength": columns,
        });
        json!({ "physicalLocation": { "artifactLocation": self.artifact(&place.file), "region": region } })
    }

    fn related(&self, related: &Related) -> Value {
        let mut location = self.location(&related.place);
        location["message"] = json!({ "text": related.message });
        location
    }

    fn fix(&self, fix: &Fix) -> Value {
        let mut files: Vec<&str> = fix.edits.iter().map(|edit| &*edit.file).collect();
        files.dedup();
        let change = |file: &str| {
            let edits = fix.edits.iter().filter(|edit| &*edit.file == file);
            let replacements: Vec<_> = edits.map(replacement).collect();
            json!({ "artifactLocation": self.artifact(file), "replacements": replacements })
        };
        let changes: Vec<_> = files.into_iter().map(change).collect();
        json!({ "description": { "text": fix.title }, "artifactChanges": changes })
    }

    fn artifact(&self, file: &str) -> Value {
        let path = super::render::path(self.directory, file);
        json!({ "uri": path.replace('%', "%25").replace(' ', "%20") })
    }
}

fn replacement(edit: &Edit) -> Value {
    json!({
        "deletedRegion": { "byteOffset": edit.start, "byteLength": edit.end.saturating_sub(edit.start) },
        "insertedContent": { "text": edit.text },
    })
}
