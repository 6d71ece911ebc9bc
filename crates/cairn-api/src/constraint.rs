//! The types of the constraint tables: what the model demands of a request beyond the types of its
//! members.
//!
//! Only what constrains is listed. A member without a rule is absent from its structure; the typed
//! decoding after the check still reads it.

use std::sync::OnceLock;

use regex_lite::Regex;

/// The constrained members of a structure.
#[derive(Debug)]
pub struct Structure {
    pub(crate) members: &'static [Member],
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
}

/// What a value has to satisfy.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Anything of the right type.
    Any,
    Text(&'static Text),
    Number(&'static Range),
    /// The list's own length, then each element.
    List(&'static Range, &'static Shape),
    /// The map's own size, then each key and each value.
    Map(&'static Range, &'static Text, &'static Text),
    Structure(&'static Structure),
}

/// An inclusive range of a number, or of a length.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
}

/// The rules of a string: its length in characters and its pattern.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) length: Range,
    pub(crate) pattern: Option<Pattern>,
}

/// A regular expression that the whole string has to match, compiled when first needed.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: &'static str,
    regex: OnceLock<Regex>,
}

impl Pattern {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, regex: OnceLock::new() }
    }

    /// The expression as the model writes it.
    pub(crate) fn text(&self) -> &'static str {
        self.text
    }

    pub(crate) fn matches(&self, value: &str) -> bool {
        let regex = self.regex.get_or_init(|| {
            let whole = format!("^(?:{})$", self.text);
            Regex::new(&whole).expect("a test compiles every pattern of the model")
        });
        regex.is_match(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Shape, Structure};
    use crate::generated::operations::every_constraints;

    #[test]
    fn every_pattern_of_the_model_compiles() {
        let mut compiled = 0;
        for structure in every_constraints() {
            compiled += compile_all(structure);
        }
        assert!(compiled > 50, "only {compiled} patterns were reached");
    }

    fn compile_all(structure: &Structure) -> usize {
        structure.members.iter().map(|member| compile(&member.shape)).sum()
    }

    fn compile(shape: &Shape) -> usize {
        let texts = match shape {
            Shape::Structure(structure) => return compile_all(structure),
            Shape::List(_, element) => return compile(element),
            Shape::Text(text) => vec![text],
            Shape::Map(_, key, value) => vec![key, value],
            Shape::Any | Shape::Number(_) => vec![],
        };
        let patterns: Vec<&Pattern> =
            texts.into_iter().filter_map(|text| text.pattern.as_ref()).collect();
        for pattern in &patterns {
            pattern.matches("");
        }
        patterns.len()
    }
}
