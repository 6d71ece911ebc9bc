//! Single rules, and the service's sentences for them.

use crate::constraint::{Pattern, Range, Text};

/// One rule of a table.
pub(super) enum Rule<'a> {
    AtLeast(i64, &'static str),
    AtMost(i64, &'static str),
    Matches(&'a Pattern),
}

impl Rule<'_> {
    /// Whether a string satisfies the rule.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Rule::Matches(pattern) => pattern.matches(text),
            Rule::AtLeast(..) | Rule::AtMost(..) => self.holds_for(text.chars().count() as i64),
        }
    }

    /// Whether a number, or a length, satisfies the rule.
    pub(super) fn holds_for(&self, number: i64) -> bool {
        match self {
            Rule::AtLeast(min, _) => number >= *min,
            Rule::AtMost(max, _) => number <= *max,
            Rule::Matches(_) => true,
        }
    }

    /// The rule as the service words it.
    pub(super) fn sentence(&self) -> String {
        match self {
            Rule::AtLeast(min, what) => {
                format!("Member must have {what} greater than or equal to {min}")
            }
            Rule::AtMost(max, what) => {
                format!("Member must have {what} less than or equal to {max}")
            }
            Rule::Matches(pattern) => {
                format!("Member must satisfy regular expression pattern: {}", pattern.text())
            }
        }
    }
}

/// The rules of a range; `what` it bounds is `value` or `length`.
pub(super) fn range_rules<'a>(
    range: &Range,
    what: &'static str,
) -> impl Iterator<Item = Rule<'a>> + use<'a> {
    let max = range.max.map(|max| Rule::AtMost(max, what));
    let min = range.min.map(|min| Rule::AtLeast(min, what));
    max.into_iter().chain(min)
}

pub(super) fn text_rules(text: &Text) -> Vec<Rule<'_>> {
    let pattern = text.pattern.as_ref().map(Rule::Matches);
    range_rules(&text.length, "length").chain(pattern).collect()
}

pub(super) fn satisfies(text: &Text, value: &str) -> bool {
    text_rules(text).iter().all(|rule| rule.holds(value))
}

/// All rules of a string as one list: how a broken one inside a list or a map is reported.
pub(super) fn all_rules(text: &Text) -> String {
    let sentences: Vec<String> = text_rules(text).iter().map(Rule::sentence).collect();
    format!("[{}]", sentences.join(", "))
}
