//! What the planner may look up: the caller's tables and the lake's functions.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::common::{Result, plan_err};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::planner::{
    ContextProvider, ExprPlanner, RelationPlanner, TypePlanner,
};
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, TableSource, WindowUDF};

use super::promote::is_flat;
use super::session::Session;
use crate::schema::is_hidden;

/// The names of one statement.
pub(super) struct Provider<'a> {
    pub(super) session: &'a Session,
    pub(super) tables: HashMap<String, Arc<VisibleTable>>,
}

/// A table without its hidden columns. Only planning sees it.
#[derive(Debug)]
pub(super) struct VisibleTable {
    pub(super) table: Arc<dyn TableProvider>,
    schema: SchemaRef,
    /// Where the columns stand in the whole table, and behind them those of flat copies.
    pub(super) whole: Vec<usize>,
}

impl VisibleTable {
    pub(super) fn new(table: Arc<dyn TableProvider>) -> Self {
        let whole = table.schema();
        let (hidden, mut columns): (Vec<usize>, Vec<usize>) =
            (0..whole.fields().len()).partition(|at| is_hidden(whole.field(*at).name()));
        let fields: Vec<_> = columns.iter().map(|at| Arc::clone(&whole.fields()[*at])).collect();
        columns.extend(hidden.into_iter().filter(|at| is_flat(whole.field(*at).name())));
        Self { table, schema: Arc::new(Schema::new(fields)), whole: columns }
    }
}

impl TableSource for VisibleTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl ContextProvider for Provider<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        match (name.schema(), self.tables.get(name.table())) {
            (None, Some(table)) => Ok(Arc::clone(table) as Arc<dyn TableSource>),
            _ => plan_err!("Table '{name}' does not exist"),
        }
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.session.expressions
    }

    fn get_relation_planners(&self) -> &[Arc<dyn RelationPlanner>] {
        &self.session.relations
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::clone(&self.session.types))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.session.functions.scalar(name)
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.session.functions.lambda(name)
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.session.functions.aggregate(name)
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.session.functions.window(name)
    }

    fn get_variable_type(&self, _names: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.session.state.config_options()
    }

    // The names are only for guesses in messages, which go to people who know other names.
    fn udf_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udwf_names(&self) -> Vec<String> {
        Vec::new()
    }
}
