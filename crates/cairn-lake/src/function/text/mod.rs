//! Functions over text. Lengths and places count characters, and begin at 1.

mod base32;
mod basic;
mod binary;
mod distance;
mod format;
mod magnitude;
mod normal;
mod parts;
mod pattern;
mod regexp;
mod split;
mod url;

use super::scalar::Function;

pub(crate) use pattern::pattern_matches;

pub(super) const FUNCTIONS: &[&[Function]] = &[
    basic::FUNCTIONS,
    binary::FUNCTIONS,
    distance::FUNCTIONS,
    format::FUNCTIONS,
    magnitude::FUNCTIONS,
    normal::FUNCTIONS,
    regexp::FUNCTIONS,
    split::FUNCTIONS,
    url::FUNCTIONS,
];
