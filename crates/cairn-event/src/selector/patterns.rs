//! Sets of values that a text is compared with: whole, from the start, from the end. Texts are
//! bytes here: their encoding makes no difference to any of the three.

use std::cmp::Ordering;

/// Values of the three ways to compare. Each look-up takes the logarithm of their number.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns {
    /// By length, then bytes: most comparisons end at the length.
    exact: Box<[Box<[u8]>]>,
    /// In order, and none begins with another, so at most one can fit.
    prefixes: Box<[Box<[u8]>]>,
    /// In order of their bytes read backwards, and none ends with another.
    suffixes: Box<[Box<[u8]>]>,
}

impl Patterns {
    pub(super) fn new(exact: &[String], prefixes: &[String], suffixes: &[String]) -> Self {
        let mut exact: Vec<&[u8]> = exact.iter().map(String::as_bytes).collect();
        exact.sort_unstable_by(|a, b| by_length(a, b));
        exact.dedup();
        let mut prefixes: Vec<&[u8]> = prefixes.iter().map(String::as_bytes).collect();
        prefixes.sort_unstable();
        // In order, whatever begins with a value follows it directly.
        prefixes.dedup_by(|longer, shorter| longer.starts_with(shorter));
        let mut suffixes: Vec<&[u8]> = suffixes.iter().map(String::as_bytes).collect();
        suffixes.sort_unstable_by(|a, b| backwards(a, b));
        suffixes.dedup_by(|longer, shorter| longer.ends_with(shorter));
        let kept = |values: Vec<&[u8]>| values.into_iter().map(Box::from).collect();
        Self { exact: kept(exact), prefixes: kept(prefixes), suffixes: kept(suffixes) }
    }

    /// Whether any value fits the text.
    #[inline]
    pub(super) fn fit(&self, text: &[u8]) -> bool {
        (!self.exact.is_empty() && has(&self.exact, text))
            || (!self.prefixes.is_empty() && begins(&self.prefixes, text))
            || (!self.suffixes.is_empty() && ends(&self.suffixes, text))
    }
}

fn has(values: &[Box<[u8]>], text: &[u8]) -> bool {
    match values {
        [only] => **only == *text,
        _ => values.binary_search_by(|value| by_length(value, text)).is_ok(),
    }
}

fn begins(values: &[Box<[u8]>], text: &[u8]) -> bool {
    let behind = match values {
        [only] => return text.starts_with(only),
        _ => values.partition_point(|value| **value <= *text),
    };
    behind > 0 && text.starts_with(&values[behind - 1])
}

fn ends(values: &[Box<[u8]>], text: &[u8]) -> bool {
    let behind = match values {
        [only] => return text.ends_with(only),
        _ => values.partition_point(|value| backwards(value, text) != Ordering::Greater),
    };
    behind > 0 && text.ends_with(&values[behind - 1])
}

fn by_length(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn backwards(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};

    use super::*;

    fn words() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[abé]{1,4}", 0..6)
    }

    proptest! {
        #[test]
        fn any_value_that_fits_is_found(
            exact in words(), prefixes in words(), suffixes in words(), text in "[abé]{0,6}",
        ) {
            let expected = exact.contains(&text)
                || prefixes.iter().any(|value| text.starts_with(value.as_str()))
                || suffixes.iter().any(|value| text.ends_with(value.as_str()));
            let patterns = Patterns::new(&exact, &prefixes, &suffixes);
            prop_assert_eq!(patterns.fit(text.as_bytes()), expected);
        }
    }
}
