//! Compiled regular expressions.
//!
//! The engine is one of linear time: look-around and back-references, which Trino's has, it does
//! not know. Of look-around it gets what questions about names need: `^(?!Describe|List)`, guards
//! at the beginning of the text, which are patterns of their own. All else is refused.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, StringArray};
use datafusion::common::Result;
use regex::{Regex, RegexBuilder};

use super::super::bound;
use super::super::fault::fault;

/// The bytes that a compiled pattern may take.
const PATTERN_BYTES: usize = 4 << 20;
/// How many patterns of a column are kept compiled.
const KEPT: usize = 64;
/// Guards of one pattern.
const GUARDS: usize = 16;

/// A pattern as it is matched.
pub(super) struct Pattern {
    /// Patterns that have to be at the beginning of a text, or must not.
    guards: Vec<(bool, Regex)>,
    regex: Regex,
    /// Has the groups of the pattern, and is found nowhere.
    nowhere: Option<Regex>,
}

impl Pattern {
    fn compile(pattern: &str) -> Result<Self> {
        let (flags, bare) = flags(pattern);
        // Where lines begin, too, a guard is not about the beginning of the text.
        let sound = !flags.contains(['m', 'x']);
        let tempered = tempered(bare);
        let guarded = guarded(tempered.as_deref().unwrap_or(bare)).filter(|_| sound);
        let Some((guards, rest)) = guarded else {
            return Ok(Self { guards: Vec::new(), regex: regex(pattern)?, nowhere: None });
        };
        let guards: Result<Vec<_>> = guards
            .into_iter()
            .map(|(wanted, guard)| Ok((wanted, regex(&format!("{flags}^(?:{guard})"))?)))
            .collect();
        Ok(Self {
            guards: guards?,
            regex: regex(&format!("{flags}^{rest}"))?,
            nowhere: Some(regex(&format!(r"{flags}[^\s\S]{rest}"))?),
        })
    }

    /// What is looked for in a text.
    pub(super) fn of(&self, text: &str) -> &Regex {
        let passes = self.guards.iter().all(|(wanted, guard)| guard.is_match(text) == *wanted);
        match &self.nowhere {
            Some(nowhere) if !passes => nowhere,
            _ => &self.regex,
        }
    }
}

fn regex(pattern: &str) -> Result<Regex> {
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|error| fault(format!("Invalid regular expression: {}", last_line(&error))))
}

/// What is wrong stands in the last line; those before show where.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// What a pattern is told before it begins, as `(?i)`, and the pattern.
fn flags(pattern: &str) -> (&str, &str) {
    let told = pattern.strip_prefix("(?").and_then(|rest| {
        let end = rest.find(|next: char| !next.is_ascii_alphabetic() && next != '-')?;
        (end > 0 && rest[end..].starts_with(')')).then_some(end + "(?)".len())
    });
    pattern.split_at(told.unwrap_or(0))
}

/// `^((?!a).)*$` as `^(?!.*(?:a))(.)*$`: texts without an `a` anywhere. An `a` of which nothing can
/// be left would be found at the end, where the first form does not look.
fn tempered(pattern: &str) -> Option<String> {
    let rest = pattern.strip_prefix("^(")?;
    let (rest, each) = match rest.strip_prefix("?:") {
        Some(rest) => (rest, "."),
        None => (rest, "(.)"),
    };
    let rest = rest.strip_prefix("(?!")?;
    let (without, behind) = rest.split_at(closing(rest)?);
    let plain = |next: char| next.is_alphanumeric() || " _-/:|()".contains(next);
    let parts = without.split(['|', '(', ')']).filter(|part| part.is_empty()).count();
    let groups = without.matches('(').count();
    // Groups leave an empty part at each of their ends; other ones are empty alternatives.
    let is_plain = without.chars().all(plain) && parts == 2 * groups && !without.is_empty();
    (is_plain && behind == ").)*$")
        .then(|| format!("^(?!.*(?:{})){each}*$", without.replace('(', "(?:")))
}

/// The guards of a pattern, and the pattern behind them; `None` for one that has none, or more than
/// guards at its beginning. Groups inside of guards would count with those behind them, and
/// alternatives behind guards would go without.
fn guarded(pattern: &str) -> Option<(Vec<(bool, &str)>, &str)> {
    let mut rest = pattern.strip_prefix('^')?;
    let mut guards = Vec::new();
    while guards.len() < GUARDS {
        let (wanted, inside) = match (rest.strip_prefix("(?!"), rest.strip_prefix("(?=")) {
            (Some(inside), _) => (false, inside),
            (_, Some(inside)) => (true, inside),
            _ => break,
        };
        let end = closing(inside)?;
        guards.push((wanted, &inside[..end]));
        rest = &inside[end + 1..];
    }
    let counted = has_groups(rest) && guards.iter().any(|(_, guard)| has_groups(guard));
    let sound = !guards.is_empty() && !counted && !has_alternatives(rest);
    sound.then_some((guards, rest))
}

/// The characters of a pattern that mean something, and where: neither escaped nor in a class.
fn marks(pattern: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut escaped, mut class) = (false, false);
    pattern.char_indices().filter(move |(_, next)| {
        if escaped {
            escaped = false;
            return false;
        }
        match next {
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            _ => return !class,
        }
        false
    })
}

/// Where the bracket closes that was opened before.
fn closing(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, mark) in marks(inside) {
        match mark {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn has_groups(pattern: &str) -> bool {
    marks(pattern).any(|(at, mark)| mark == '(' && !pattern[at..].starts_with("(?:"))
}

fn has_alternatives(pattern: &str) -> bool {
    let mut depth = 0_usize;
    marks(pattern).any(|(_, mark)| {
        match mark {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        mark == '|' && depth == 0
    })
}

/// Compiled patterns, each once.
#[derive(Default)]
pub(super) struct Patterns(RefCell<HashMap<String, Arc<Pattern>>>);

impl Patterns {
    pub(super) fn get(&self, pattern: &str) -> Result<Arc<Pattern>> {
        let mut kept = self.0.borrow_mut();
        if let Some(found) = kept.get(pattern) {
            return Ok(Arc::clone(found));
        }
        let compiled = Arc::new(Pattern::compile(pattern)?);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), Arc::clone(&compiled));
        Ok(compiled)
    }
}

/// Where a match and its groups stand in a text.
pub(crate) type Match = Vec<Option<Range<usize>>>;

/// All matches in each text; `None` where the text or the pattern is null.
///
/// # Errors
/// A pattern that is none, more matches than a call may hold.
pub(crate) fn pattern_matches(
    texts: &StringArray,
    by: &StringArray,
) -> Result<Vec<Option<Vec<Match>>>> {
    let patterns = Patterns::default();
    let mut found = Vec::with_capacity(texts.len());
    let mut bytes = 0;
    for (text, pattern) in texts.iter().zip(by) {
        let (Some(text), Some(pattern)) = (text, pattern) else {
            found.push(None);
            continue;
        };
        let pattern = patterns.get(pattern)?;
        let mut of_text = Vec::new();
        for captures in pattern.of(text).captures_iter(text) {
            let groups = captures.iter().map(|group| group.map(|group| group.range()));
            let groups: Match = groups.collect();
            bytes += size_of::<Match>() + size_of_val(groups.as_slice());
            bound::check(bytes)?;
            of_text.push(groups);
        }
        found.push(Some(of_text));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Pattern, guarded};

    #[test]
    fn guards_stand_before_the_pattern() {
        let cases = [
            ("^(?!Describe)", Some((vec![(false, "Describe")], ""))),
            ("^(?!a|b)(?=.*c$)d.*", Some((vec![(false, "a|b"), (true, ".*c$")], "d.*"))),
            (r"^(?!(?:a|b)[)]\))x(y|z)", Some((vec![(false, r"(?:a|b)[)]\)")], "x(y|z)"))),
            ("^Describe", None),
            ("(?!Describe)", None),
            ("^(?!(a))b", Some((vec![(false, "(a)")], "b"))),
            ("^(?!(a))(b)", None),
            ("^(?!a)b|c", None),
            ("^(?!a", None),
            ("^a(?!b)", None),
        ];
        for (pattern, expected) in cases {
            assert_eq!(guarded(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn guards_stand_behind_flags_and_before_every_character() {
        let cases = [
            ("(?i)^(?!get|list)", "GetObject", false),
            ("(?i)^(?!get|list)", "PutObject", true),
            ("^(?!(Get|List))", "ListBuckets", false),
            ("^((?!Get).)*$", "BatchGetItem", false),
            ("^(?:(?!Get).)*$", "PutItem", true),
            ("^((?!(Get|List)).)*$", "AListing", false),
            ("^(?!.*(Get|List)).*$", "BatchGetItem", false),
            ("^((?!Get).)*$", "BatchGet", false),
            ("^((?!Get).)*$", "", true),
        ];
        for (pattern, text, expected) in cases {
            let found = Pattern::compile(pattern).unwrap();
            assert_eq!(found.of(text).is_match(text), expected, "{pattern}: {text}");
        }
        let last = Pattern::compile("^((?!Get).)*$").unwrap();
        let captures = last.of("Put").captures("Put").unwrap();
        assert_eq!(captures.get(1).map(|last| last.as_str()), Some("t"));
        // What these mean they do not say.
        for pattern in ["(?m)^(?!Get)", r"^((?!\d*$).)*$", "^((?!a|).)*$", "^((?!()).)*$"] {
            assert!(Pattern::compile(pattern).is_err(), "{pattern}");
        }
    }
}
