//! Texts of a policy: wildcards and policy variables.

use std::borrow::Cow;

use crate::truth::Truth;
use crate::{Context, Malformed};

/// A text to compare with, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Char(char),
    /// `*`: any characters, or none.
    Any,
    /// `?`: one character.
    One,
    /// `${key}` or `${key, 'default'}`. Its value is compared letter by letter.
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// What a text may contain besides letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub(crate) wildcards: bool,
    /// Policies of version 2008-10-17 have no variables.
    pub(crate) variables: bool,
}

impl Pattern {
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, Malformed> {
        let mut parts = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if syntax.variables && rest.starts_with("${") {
                let invalid = || Malformed::Variable(text.to_owned());
                let end = rest.find('}').ok_or_else(invalid)?;
                parts.push(variable(&rest[2..end]).ok_or_else(invalid)?);
                rest = &rest[end + 1..];
                continue;
            }
            parts.push(match first {
                '*' if syntax.wildcards => Part::Any,
                '?' if syntax.wildcards => Part::One,
                letter => Part::Char(letter),
            });
            rest = &rest[first.len_utf8()..];
        }
        Ok(Self { parts })
    }

    /// Whether the whole text fits. Unknown where a variable has no value.
    pub(crate) fn fits(&self, text: &str, context: &Context) -> Truth {
        let Some(parts) = self.resolved(context) else { return Truth::Unknown };
        let text: Vec<char> = text.chars().collect();
        Truth::of(glob(&parts, &text))
    }

    /// The same, whatever the case of letters.
    pub(crate) fn fits_in_any_case(&self, text: &str, context: &Context) -> Truth {
        let Some(parts) = self.resolved(context) else { return Truth::Unknown };
        let lower = |part: &Part| match part {
            Part::Char(letter) => letter.to_lowercase().map(Part::Char).collect(),
            other => vec![other.clone()],
        };
        let parts: Vec<Part> = parts.iter().flat_map(lower).collect();
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        Truth::of(glob(&parts, &text))
    }

    /// Cuts at the colons that the policy wrote, into `count` patterns at most.
    pub(crate) fn split(&self, count: usize) -> Vec<Self> {
        let mut found = Vec::new();
        for parts in self.parts.splitn(count, |part| *part == Part::Char(':')) {
            found.push(Self { parts: parts.to_vec() });
        }
        found
    }

    pub(crate) fn ends_with_any(&self) -> bool {
        self.parts.last() == Some(&Part::Any)
    }

    /// The parts with the values of variables in their places.
    fn resolved(&self, context: &Context) -> Option<Cow<'_, [Part]>> {
        if !self.parts.iter().any(|part| matches!(part, Part::Variable { .. })) {
            return Some(Cow::Borrowed(&self.parts));
        }
        let mut resolved = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let Part::Variable { key, default } = part else {
                resolved.push(part.clone());
                continue;
            };
            let value = match (context.values(key), default) {
                ([value], _) => value.as_text(),
                ([], Some(default)) => Cow::Borrowed(default.as_str()),
                _ => return None,
            };
            resolved.extend(value.chars().map(Part::Char));
        }
        Some(Cow::Owned(resolved))
    }
}

/// What stands between the braces.
fn variable(inside: &str) -> Option<Part> {
    if let "*" | "?" | "$" = inside {
        return inside.chars().next().map(Part::Char);
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, quoted)) => {
            let quoted = quoted.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key, Some(quoted.to_owned()))
        }
    };
    let key = key.trim();
    let legal = |letter: char| !letter.is_whitespace() && !matches!(letter, '{' | '$' | '*' | '?');
    (key.contains(':') && key.chars().all(legal))
        .then(|| Part::Variable { key: key.to_lowercase(), default })
}

/// Goes back only to the last `*`, so the time is bounded by the product of the lengths.
fn glob(parts: &[Part], text: &[char]) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    while at < text.len() {
        let fits = match parts.get(part) {
            Some(Part::Any) => {
                last_any = Some((part, at));
                part += 1;
                continue;
            }
            Some(Part::One) => true,
            Some(Part::Char(letter)) => *letter == text[at],
            Some(Part::Variable { .. }) | None => false,
        };
        if fits {
            part += 1;
            at += 1;
            continue;
        }
        let Some((any, from)) = last_any else { return false };
        last_any = Some((any, from + 1));
        part = any + 1;
        at = from + 1;
    }
    parts[part..].iter().all(|part| *part == Part::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Syntax = Syntax { wildcards: true, variables: true };

    fn fits(pattern: &str, text: &str) -> Truth {
        let context = Context::new().with("aws:username", "a*").with_all("aws:list", ["a", "b"]);
        Pattern::parse(pattern, FULL).unwrap().fits(text, &context)
    }

    #[test]
    fn wildcards_stand_for_characters() {
        let cases = [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "aXbYbc", true),
            ("a*b", "ab", true),
            ("a*b", "abc", false),
            ("?é?", "aéb", true),
            ("**", "x", true),
            ("*aab", "aaaab", true),
            ("a?", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(fits(pattern, text), Truth::of(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn variables_are_letters_and_need_a_value() {
        assert_eq!(fits("home/${aws:UserName}/*", "home/a*/x"), Truth::Yes);
        assert_eq!(fits("home/${aws:UserName}/*", "home/ab/x"), Truth::No);
        assert_eq!(fits("${aws:nothing}", "x"), Truth::Unknown);
        assert_eq!(fits("${aws:list}", "a"), Truth::Unknown);
        assert_eq!(fits("${aws:nothing, 'x'}", "x"), Truth::Yes);
        assert_eq!(fits("${*}${?}${$}", "*?$"), Truth::Yes);
        assert_eq!(fits("${*}", "x"), Truth::No);
        for bad in ["${aws:a", "${}", "${name}", "${a:${b:c}}", "${a:b, x}"] {
            assert_eq!(Pattern::parse(bad, FULL), Err(Malformed::Variable(bad.to_owned())));
        }
        let old = Syntax { wildcards: true, variables: false };
        let literal = Pattern::parse("${a:b}", old).unwrap();
        assert_eq!(literal.fits("${a:b}", &Context::new()), Truth::Yes);
    }
}
