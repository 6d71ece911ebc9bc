//! Functions of the engine that mean what Trino's mean.

use super::aggregate::sum;

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Once a row.
    Scalar,
    /// Once a group; OVER makes a window's of it.
    Aggregate,
    /// Only with OVER.
    Window,
}

/// Trino's name, the engine's first one (an alias is not found), and how it is called.
pub(super) const STOCK: &[(&str, &str, Kind)] = &[
    ("coalesce", "coalesce", Kind::Scalar),
    ("nullif", "nullif", Kind::Scalar),
    ("row", "struct", Kind::Scalar),
    ("count", "count", Kind::Aggregate),
    ("sum", sum::NAME, Kind::Aggregate),
    ("avg", "avg", Kind::Aggregate),
    ("min", "min", Kind::Aggregate),
    ("max", "max", Kind::Aggregate),
    ("array_agg", "array_agg", Kind::Aggregate),
    ("listagg", "string_agg", Kind::Aggregate),
    ("approx_distinct", "approx_distinct", Kind::Aggregate),
    ("bool_and", "bool_and", Kind::Aggregate),
    ("every", "bool_and", Kind::Aggregate),
    ("bool_or", "bool_or", Kind::Aggregate),
    ("bitwise_and_agg", "bit_and", Kind::Aggregate),
    ("bitwise_or_agg", "bit_or", Kind::Aggregate),
    ("bitwise_xor_agg", "bit_xor", Kind::Aggregate),
    ("stddev", "stddev", Kind::Aggregate),
    ("stddev_samp", "stddev", Kind::Aggregate),
    ("stddev_pop", "stddev_pop", Kind::Aggregate),
    ("variance", "var", Kind::Aggregate),
    ("var_samp", "var", Kind::Aggregate),
    ("var_pop", "var_pop", Kind::Aggregate),
    ("corr", "corr", Kind::Aggregate),
    ("covar_pop", "covar_pop", Kind::Aggregate),
    ("covar_samp", "covar_samp", Kind::Aggregate),
    ("regr_slope", "regr_slope", Kind::Aggregate),
    ("regr_intercept", "regr_intercept", Kind::Aggregate),
    ("regr_count", "regr_count", Kind::Aggregate),
    ("regr_r2", "regr_r2", Kind::Aggregate),
    ("regr_avgx", "regr_avgx", Kind::Aggregate),
    ("regr_avgy", "regr_avgy", Kind::Aggregate),
    ("regr_sxx", "regr_sxx", Kind::Aggregate),
    ("regr_sxy", "regr_sxy", Kind::Aggregate),
    ("regr_syy", "regr_syy", Kind::Aggregate),
    ("grouping", "grouping", Kind::Aggregate),
    ("rank", "rank", Kind::Window),
    ("dense_rank", "dense_rank", Kind::Window),
    ("row_number", "row_number", Kind::Window),
    ("ntile", "ntile", Kind::Window),
    ("percent_rank", "percent_rank", Kind::Window),
    ("cume_dist", "cume_dist", Kind::Window),
    ("lag", "lag", Kind::Window),
    ("lead", "lead", Kind::Window),
    ("first_value", "first_value", Kind::Window),
    ("last_value", "last_value", Kind::Window),
    ("nth_value", "nth_value", Kind::Window),
];
