//! CloudTrail Lake's SQL: the text of a statement becomes a logical plan.
//!
//! The language is Trino's; the planner is DataFusion's. What lies between them: names are written
//! in any case, paths reach into structs and maps, tables are the ids of stores, functions go by
//! Trino's names, and UNNEST reads the relations before it. Nothing but the tables that the caller
//! gives can be named.

mod alike;
mod calls;
mod casts;
mod clip;
mod dialect;
mod early;
mod entries;
mod fields;
mod flatten;
mod forms;
mod functions;
mod guard;
mod hints;
mod instants;
mod interval;
mod labels;
mod lambda;
mod like;
mod literals;
mod moments;
mod names;
mod nulls;
mod operators;
mod plan;
mod promote;
mod provider;
mod quantified;
mod refuse;
mod select;
mod session;
mod soft;
mod statement;
mod subquery;
mod text;
mod type_names;
mod types;
mod unnest;
mod values;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::logical_expr::LogicalPlan;

pub(crate) use plan::plan;
pub(crate) use session::{Session, session};
pub(crate) use statement::{parse, stores};

/// Characters of a statement, as StartQuery has it.
pub(crate) const MAX_CHARACTERS: usize = 10_000;
/// How deep expressions and sub-queries may nest in each other.
pub(crate) const MAX_DEPTH: usize = 24;
/// How deep brackets may nest: each takes one of [`MAX_DEPTH`], and the statement around them some.
pub(crate) const MAX_BRACKETS: usize = MAX_DEPTH - 3;
/// How many operators may follow each other without brackets, AND, OR and `||` apart.
pub(crate) const MAX_CHAIN: usize = 40;
/// Elements of a path.
pub(crate) const MAX_PATH: usize = 16;
/// Expressions of a statement, parts of expressions counted.
pub(crate) const MAX_EXPRESSIONS: usize = 5_000;
/// Tables, sub-queries and UNNESTs that a statement reads, each time counted.
pub(crate) const MAX_RELATIONS: usize = 40;

/// The tables that a statement may name.
pub(crate) trait Tables {
    /// The table of a store by its id in lower case.
    fn table(&self, id: &str) -> Option<Arc<dyn TableProvider>>;
}

/// A statement as the engine runs it.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// Optimized already.
    pub(crate) plan: LogicalPlan,
    /// What the columns of the result are called, in their order; two may be the same.
    pub(crate) labels: Vec<String>,
}
