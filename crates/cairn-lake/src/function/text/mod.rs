//! Functions over text. Lengths and places count characters, and begin at 1.

mod basic;
mod binary;
mod distance;
mod format;
mod regexp;
mod split;
mod url;

use super::scalar::Function;

pub(super) const FUNCTIONS: &[&[Function]] = &[
    basic::FUNCTIONS,
    binary::FUNCTIONS,
    distance::FUNCTIONS,
    format::FUNCTIONS,
    regexp::FUNCTIONS,
    split::FUNCTIONS,
    url::FUNCTIONS,
];
