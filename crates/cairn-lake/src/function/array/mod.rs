//! Functions over arrays. Places count from 1.

mod combine;
mod gather;
pub(super) mod join;
mod series;
mod set;
mod sort;

pub(super) use gather::{Gather, map_array, rows_of};

use super::scalar::Function;

pub(super) const FUNCTIONS: &[&[Function]] =
    &[combine::FUNCTIONS, join::FUNCTIONS, series::FUNCTIONS, set::FUNCTIONS, sort::FUNCTIONS];
