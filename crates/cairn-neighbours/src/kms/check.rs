//! What a request's members may be, and what is said of those that may not.

use std::ops::RangeInclusive;

use cairn_wire::Fault;

use crate::services::ECHO;

/// Lengths of a key's id in a request, in characters.
const KEY_ID: RangeInclusive<usize> = 1..=2048;
/// Grant tokens of one request.
const GRANT_TOKENS: usize = 10;

/// Collects what is wrong, so that one answer says all of it.
#[derive(Default)]
pub(super) struct Check {
    flaws: Vec<String>,
}

impl Check {
    /// A member that must be there; an empty text stands for one that is not.
    pub(super) fn text<'a>(
        &mut self,
        name: &str,
        value: Option<&'a String>,
        length: RangeInclusive<usize>,
    ) -> &'a str {
        let Some(value) = value else {
            self.flaws.push(format!(
                "Value null at '{name}' failed to satisfy constraint: Member must not be null"
            ));
            return "";
        };
        self.length(name, value, length);
        value
    }

    pub(super) fn key_id<'a>(&mut self, value: Option<&'a String>) -> &'a str {
        self.text("keyId", value, KEY_ID)
    }

    pub(super) fn length(&mut self, name: &str, value: &str, length: RangeInclusive<usize>) {
        let found = value.chars().count();
        self.bound(&format!("Value '{value:.ECHO$}'"), name, "length", found as i64, &length);
    }

    /// The length of bytes, which are not repeated.
    pub(super) fn bytes(&mut self, name: &str, value: &[u8], length: RangeInclusive<usize>) {
        self.bound("Value", name, "length", value.len() as i64, &length);
    }

    pub(super) fn number(&mut self, name: &str, value: i64, range: RangeInclusive<usize>) {
        self.bound(&format!("Value '{value}'"), name, "value", value, &range);
    }

    /// How many members a list has.
    pub(super) fn count(&mut self, name: &str, found: usize, range: RangeInclusive<usize>) {
        self.bound("Value", name, "length", found as i64, &range);
    }

    pub(super) fn grant_tokens(&mut self, tokens: &[String]) {
        self.count("grantTokens", tokens.len(), 0..=GRANT_TOKENS);
    }

    pub(super) fn choice(&mut self, name: &str, value: Option<&String>, of: &[&str]) {
        if let Some(value) = value.filter(|value| !of.contains(&value.as_str())) {
            self.flaws.push(format!(
                "Value '{value:.ECHO$}' at '{name}' failed to satisfy constraint: Member must \
                 satisfy enum value set: [{}]",
                of.join(", ")
            ));
        }
    }

    /// `pattern` is what the message shows of the rule that `legal` is.
    pub(super) fn pattern(
        &mut self,
        name: &str,
        value: &str,
        pattern: &str,
        legal: impl Fn(char) -> bool,
    ) {
        if !value.chars().all(legal) {
            self.flaws.push(format!(
                "Value '{value:.ECHO$}' at '{name}' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: {pattern}"
            ));
        }
    }

    pub(super) fn done(self) -> Result<(), Fault> {
        let count = self.flaws.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let flaws = self.flaws.join("; ");
        Err(Fault::validation(format!("{count} validation {errors} detected: {flaws}")))
    }

    fn bound(
        &mut self,
        shown: &str,
        name: &str,
        what: &str,
        found: i64,
        range: &RangeInclusive<usize>,
    ) {
        let rule = if found < *range.start() as i64 {
            format!("greater than or equal to {}", range.start())
        } else if found > *range.end() as i64 {
            format!("less than or equal to {}", range.end())
        } else {
            return;
        };
        self.flaws.push(format!(
            "{shown} at '{name}' failed to satisfy constraint: Member must have {what} {rule}"
        ));
    }
}
