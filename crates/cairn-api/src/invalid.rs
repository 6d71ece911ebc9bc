//! How broken constraints are reported.

use std::fmt;

/// Longest part of an offending value that a message repeats, in characters.
const SHOWN_CHARS: usize = 256;

/// A request breaks constraints of the model. `Display` is the message that the client reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    violations: Vec<Violation>,
}

/// One broken constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, in the service's notation: `lookupAttributes.1.member.attributeValue`.
    pub path: String,
    /// The value as the message shows it; none if a required member is absent.
    pub value: Option<String>,
    /// The rule, as a sentence: `Member must have length less than or equal to 128`.
    pub rule: String,
}

impl Invalid {
    /// The most violations one answer lists.
    pub const LISTED: usize = 10;

    pub(crate) fn new(violations: Vec<Violation>) -> Self {
        Self { violations }
    }

    /// At least one, at most [`Invalid::LISTED`], in the order of the model's members.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl std::error::Error for Invalid {}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.violations.len();
        let noun = if count == 1 { "error" } else { "errors" };
        write!(f, "{count} validation {noun} detected: ")?;
        for (at, violation) in self.violations.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value ")?;
        match &self.value {
            None => f.write_str("null")?,
            Some(value) => write!(f, "'{}'", shown(value))?,
        }
        write!(f, " at '{}' failed to satisfy constraint: {}", self.path, self.rule)
    }
}

fn shown(value: &str) -> &str {
    match value.char_indices().nth(SHOWN_CHARS) {
        None => value,
        Some((end, _)) => &value[..end],
    }
}
