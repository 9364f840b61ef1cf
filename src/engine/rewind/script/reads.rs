//! What rules ask about a visitor, so that a test tells that and nothing more.

use std::collections::HashSet;

use crate::rules::{Award, Condition, Field, RuleSet};

/// The fields that some condition reads.
pub(super) struct Reads {
    fields: HashSet<Field>,
    /// Whether departments matter.
    pub(super) departments: bool,
}

impl Reads {
    /// What these rules read.
    pub(super) fn of(rules: &RuleSet) -> Self {
        let mut reads = Self {
            fields: HashSet::new(),
            departments: rules.triggers.iter().any(|it| it.department.is_some()),
        };
        for rule in &rules.score_rules {
            reads.ask(&rule.condition);
            if let Award::ByValue { field, .. } = &rule.award {
                reads.add(field);
            }
        }
        for trigger in &rules.triggers {
            reads.ask(&trigger.condition);
            for text in trigger.texts() {
                if let Some(asked) = &text.phone_if {
                    reads.ask(asked);
                }
            }
        }
        reads.departments |= reads.fields.iter().any(|field| {
            matches!(
                field,
                Field::Departments | Field::FreeSlotsIn(_) | Field::ChatOpenIn(_)
            )
        });
        reads
    }

    fn ask(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                for part in parts {
                    self.ask(part);
                }
            }
            Condition::Not(part) => self.ask(part),
            Condition::Segment { condition, .. } => self.ask(condition),
            Condition::Leaf(leaf) => self.add(&leaf.field),
        }
    }

    fn add(&mut self, field: &Field) {
        if let Field::InLast(inner, _) = field {
            return self.add(inner);
        }
        self.fields.insert(field.clone());
    }

    /// Whether one of these is read.
    pub(super) fn any(&self, fields: &[Field]) -> bool {
        fields.iter().any(|field| self.fields.contains(field))
    }

    /// Whether the trait of this name is read.
    pub(super) fn has_trait(&self, name: &str) -> bool {
        self.fields
            .iter()
            .any(|field| matches!(field, Field::VisitorTrait(known) if **known == *name))
    }

    /// Whether the property of this name is read.
    pub(super) fn has_prop(&self, name: &str) -> bool {
        let of_value = name == "value" && self.any(&[Field::EventValue]);
        let own = |field: &Field| matches!(field, Field::EventProp(known) if **known == *name);
        of_value || self.fields.iter().any(own)
    }

    /// The query parameters that are read.
    pub(super) fn query(&self) -> Vec<&str> {
        let names = self.fields.iter().filter_map(query_of);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }
}

/// The name of the query parameter that a field is.
fn query_of(field: &Field) -> Option<&str> {
    let Field::PageQuery(name) = field else {
        return None;
    };
    Some(name)
}
