//! From documents to rules.

use super::{Condition, Matcher, Rule};
use crate::selector::Selectors;
use crate::selector::advanced::{AdvancedSelector, FieldSelector};
use crate::selector::basic::{self, BasicSelector, DataResource};
use crate::selector::class::Class;
use crate::selector::fields::flag;
use crate::selector::member::Member;
use crate::selector::patterns::Patterns;

pub(super) fn compile(selectors: &Selectors) -> Matcher {
    let mut matcher = Matcher::default();
    match selectors {
        Selectors::Basic(selectors) => {
            for selector in selectors {
                matcher.add_basic(selector);
            }
        }
        Selectors::Advanced(selectors) => {
            for selector in selectors {
                matcher.add_advanced(selector);
            }
        }
    }
    matcher
}

impl Matcher {
    fn add_basic(&mut self, selector: &BasicSelector) {
        if selector.include_management_events {
            let mut conditions = access(&selector.read_write_type);
            if !selector.exclude_management_event_sources.is_empty() {
                conditions.push(Condition {
                    member: Member::EventSource,
                    positive: None,
                    negative: exactly(&selector.exclude_management_event_sources),
                });
            }
            self.management.push(Rule { conditions, arns: Vec::new() });
        }
        for resource in &selector.data_resources {
            let conditions = access(&selector.read_write_type);
            self.add_data(&resource.kind, Rule { conditions, arns: arns(resource) });
        }
    }

    fn add_advanced(&mut self, selector: &AdvancedSelector) {
        let mut rule = Rule::default();
        for field in &selector.field_selectors {
            match Member::from_name(&field.field) {
                // These say where the rule goes.
                Some(Member::EventCategory | Member::ResourceType) => {}
                Some(member @ Member::ResourceArn) => rule.arns.push(condition(member, field)),
                Some(member) => rule.conditions.push(condition(member, field)),
                None if is_positive(field) => return,
                None => {}
            }
        }
        rule.conditions.sort_by_key(|condition| condition.member);
        for class in values(selector, "eventCategory") {
            match Class::from_name(class) {
                Some(Class::Management) => self.management.push(rule.clone()),
                Some(Class::Data) => {
                    for kind in values(selector, "resources.type") {
                        self.add_data(kind, rule.clone());
                    }
                }
                Some(class) => self.others.push((class, rule.clone())),
                None => {}
            }
        }
    }

    fn add_data(&mut self, kind: &str, rule: Rule) {
        match self.data.iter_mut().find(|(own, _)| **own == *kind) {
            Some((_, rules)) => rules.push(rule),
            None => self.data.push((kind.into(), vec![rule])),
        }
    }
}

/// What the first selector of the field may equal.
fn values<'a>(selector: &'a AdvancedSelector, name: &str) -> &'a [String] {
    let field = selector.field_selectors.iter().find(|field| field.field == name);
    field.and_then(|field| field.equals.as_deref()).unwrap_or_default()
}

fn is_positive(field: &FieldSelector) -> bool {
    field.equals.is_some() || field.starts_with.is_some() || field.ends_with.is_some()
}

fn condition(member: Member, field: &FieldSelector) -> Condition {
    let positive = is_positive(field).then(|| {
        Patterns::new(
            field.equals.as_deref().unwrap_or_default(),
            field.starts_with.as_deref().unwrap_or_default(),
            field.ends_with.as_deref().unwrap_or_default(),
        )
    });
    let negative = Patterns::new(
        field.not_equals.as_deref().unwrap_or_default(),
        field.not_starts_with.as_deref().unwrap_or_default(),
        field.not_ends_with.as_deref().unwrap_or_default(),
    );
    Condition { member, positive, negative }
}

/// `ReadWriteType` as a condition; `All` needs none.
fn access(read_write_type: &str) -> Vec<Condition> {
    let read_only = match read_write_type {
        "ReadOnly" => true,
        "WriteOnly" => false,
        _ => return Vec::new(),
    };
    let positive = Some(exactly(&[flag(read_only).to_owned()]));
    vec![Condition { member: Member::Access, positive, negative: Patterns::default() }]
}

/// Objects are selected by what their ARN begins with, all else by the ARN itself.
fn arns(resource: &DataResource) -> Vec<Condition> {
    let DataResource { kind, values } = resource;
    if values.iter().any(|value| basic::is_all(kind, value)) {
        return Vec::new();
    }
    let positive = match kind.as_str() {
        basic::S3 => Patterns::new(&[], values, &[]),
        _ => exactly(values),
    };
    let negative = Patterns::default();
    vec![Condition { member: Member::ResourceArn, positive: Some(positive), negative }]
}

fn exactly(values: &[String]) -> Patterns {
    Patterns::new(values, &[], &[])
}
