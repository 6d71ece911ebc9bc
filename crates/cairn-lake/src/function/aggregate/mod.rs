//! Aggregates that the engine does not have, or has with another meaning.

mod collect;
mod digest;
mod moments;
mod percentile;
mod pick;
mod replay;
pub(super) mod sum;
pub(super) mod udaf;

use udaf::Aggregate;

pub(super) const AGGREGATES: &[&[Aggregate]] =
    &[pick::AGGREGATES, collect::AGGREGATES, moments::AGGREGATES, percentile::AGGREGATES];
