//! Selectors made ready to be asked about every event.

mod compile;

use super::Selectors;
use super::class::Class;
use super::fields::{Fields, flag};
use super::member::Member;
use super::patterns::Patterns;
use crate::Event;

/// Selectors, compiled: grouped by category and, for data events, by type of resource; values in
/// sets that are searched, not walked.
///
/// An event matches where any selector holds. A selector holds where all its fields do. A field
/// holds where none of its `Not` values fits and, if it has others, any of those fits; a field that
/// the event does not have fits no value. Of the fields of resources, it is enough that one
/// resource of the selected type holds.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    management: Vec<Rule>,
    /// By `resources.type`.
    data: Vec<(Box<str>, Vec<Rule>)>,
    others: Vec<(Class, Rule)>,
}

/// What is known of a data event before its call was made.
#[derive(Debug, Clone, Copy)]
pub struct Prospect<'a> {
    /// `resources.type`, `eventSource`, `eventName`.
    pub kind: &'a str,
    pub source: &'a str,
    pub name: &'a str,
    /// `None` where it is not known.
    pub read_only: Option<bool>,
}

/// One selector, without its category and its type of resource.
#[derive(Debug, Clone, Default)]
struct Rule {
    /// In the order in which looking at them costs more.
    conditions: Vec<Condition>,
    /// On `resources.ARN`; one resource has to fulfil them all.
    arns: Vec<Condition>,
}

#[derive(Debug, Clone)]
struct Condition {
    member: Member,
    /// `None` where any value will do.
    positive: Option<Patterns>,
    negative: Patterns,
}

impl Matcher {
    /// Compiles validated selectors. Of others, a field that does not exist is one that no event
    /// has.
    pub fn compile(selectors: &Selectors) -> Self {
        compile::compile(selectors)
    }

    /// Whether a trail or an event data store with these selectors receives the event.
    pub fn matches(&self, event: &Event) -> bool {
        self.matches_fields(&Fields::of(event))
    }

    /// The same of an event that other matchers look at too.
    #[inline]
    pub fn matches_fields(&self, fields: &Fields<'_>) -> bool {
        match fields.class {
            Some(Class::Management) => self.management.iter().any(|rule| rule.holds(fields)),
            Some(Class::Data) => self.data.iter().any(|(kind, rules)| {
                fields.resources().of_kind(kind).next().is_some()
                    && rules.iter().any(|rule| rule.holds_of(fields, kind))
            }),
            Some(class) => {
                self.others.iter().any(|(own, rule)| *own == class && rule.holds(fields))
            }
            None => false,
        }
    }

    /// Whether some data events of resources of this type may match.
    pub fn wants_data(&self, kind: &str) -> bool {
        self.data.iter().any(|(own, rules)| **own == *kind && !rules.is_empty())
    }

    /// Whether a data event may match, judged by what is known before there is a record. Where it
    /// says no, no record of the call would match.
    pub fn may_want(&self, prospect: &Prospect<'_>) -> bool {
        let known = |member: Member| match member {
            Member::EventName => Some(prospect.name),
            Member::EventSource => Some(prospect.source),
            Member::ReadOnly | Member::Access => prospect.read_only.map(flag),
            _ => None,
        };
        let of_kind = self.data.iter().filter(|(kind, _)| **kind == *prospect.kind);
        of_kind.flat_map(|(_, rules)| rules).any(|rule| rule.may_hold(known))
    }

    /// Whether some management events that read, or that write, may match.
    pub(super) fn may_log_management(&self, read_only: bool) -> bool {
        self.management.iter().any(|rule| rule.may_hold(access(read_only)))
    }

    /// Whether some data events that read, or that write, may match.
    pub(super) fn may_log_data(&self, read_only: bool) -> bool {
        let mut rules = self.data.iter().flat_map(|(_, rules)| rules);
        rules.any(|rule| rule.may_hold(access(read_only)))
    }
}

fn access(read_only: bool) -> impl Fn(Member) -> Option<&'static str> {
    move |member| matches!(member, Member::ReadOnly | Member::Access).then(|| flag(read_only))
}

impl Rule {
    #[inline]
    fn holds(&self, fields: &Fields<'_>) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(fields.text(condition.member).map(str::as_bytes)))
    }

    #[inline]
    fn holds_of(&self, fields: &Fields<'_>, kind: &str) -> bool {
        self.holds(fields)
            && (self.arns.is_empty()
                || fields.resources().of_kind(kind).any(|resource| {
                    self.arns.iter().all(|condition| condition.holds(resource.arn.as_deref()))
                }))
    }

    /// Whether what is known leaves the rule a chance. Of what is not known, anything may come.
    fn may_hold<'a>(&self, known: impl Fn(Member) -> Option<&'a str>) -> bool {
        self.conditions.iter().all(|condition| match known(condition.member) {
            Some(value) => condition.holds(Some(value.as_bytes())),
            None => true,
        })
    }
}

impl Condition {
    #[inline]
    fn holds(&self, value: Option<&[u8]>) -> bool {
        match value {
            Some(text) => {
                !self.negative.fit(text)
                    && self.positive.as_ref().is_none_or(|positive| positive.fit(text))
            }
            None => self.positive.is_none(),
        }
    }
}

#[cfg(test)]
mod tests;
