//! The engine's session, set to behave as Trino does.

use std::sync::{Arc, OnceLock};

use datafusion::common::Result;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::planner::{ExprPlanner, RelationPlanner, TypePlanner};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::SessionConfig;

use super::clip::Clip;
use super::early::RowsEarly;
use super::fields::FieldPlanner;
use super::functions::Functions;
use super::guard::FallibleLast;
use super::instants::WithoutZoneIsUtc;
use super::lambda::ApartFromColumns;
use super::soft::WithoutLostLimits;
use super::types::Types;
use super::unnest::UnnestPlanner;
use crate::function::{Bound, Over};
use crate::tally::Count;

/// What statements are planned with. It has no catalog, no table functions and no file formats.
pub(crate) struct Session {
    /// Optimizes and runs what was planned.
    pub(crate) state: SessionState,
    pub(super) functions: Arc<Functions>,
    pub(super) expressions: Vec<Arc<dyn ExprPlanner>>,
    pub(super) relations: Vec<Arc<dyn RelationPlanner>>,
    pub(super) types: Arc<dyn TypePlanner>,
}

impl Session {
    /// In which a plan of this session runs. A call may make so many bytes, and ends when the query
    /// is `over`.
    pub(crate) fn running(mut self, bytes: usize, over: Over) -> SessionState {
        let options = self.state.config_mut().options_mut();
        options.extensions.insert(Bound { bytes, over: Some(over) });
        // Calls are given the options that hold from here on.
        self.state.mark_start_execution();
        self.state
    }
}

/// A session over what the caller sets for running: memory, batches, partitions.
///
/// # Errors
/// A function that the engine does not take.
pub(crate) fn session(config: SessionConfig, runtime: Arc<RuntimeEnv>) -> Result<Session> {
    let mut config =
        config.with_information_schema(false).with_create_default_catalog_and_schema(false);
    let options = config.options_mut();
    options.sql_parser.default_null_ordering = "nulls_last".into();
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.collect_spans = false;
    options.execution.time_zone = Some("UTC".into());
    // The engine loses track of what cannot be null where functions are put in place of its own.
    options.execution.skip_physical_aggregate_schema_check = true;
    let functions = functions()?;
    let mut expressions: Vec<Arc<dyn ExprPlanner>> =
        vec![Arc::new(FieldPlanner::new(Arc::clone(&functions)))];
    expressions.extend(SessionStateDefaults::default_expr_planners());
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(expressions.clone())
        .with_analyzer_rule(Arc::new(WithoutZoneIsUtc))
        .with_physical_optimizer_rules(physical_rules())
        .build();
    let relations: Vec<Arc<dyn RelationPlanner>> = vec![Arc::new(UnnestPlanner)];
    Ok(Session { state, functions, expressions, relations, types: Arc::new(Types) })
}

/// The engine's rules, after those of ours that move what has lambdas in it and what can fail, and
/// let sorts and files know of each other; and before those that know what plans look like in the
/// end.
fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> =
        vec![Arc::new(ApartFromColumns), Arc::new(FallibleLast), Arc::new(RowsEarly)];
    rules.extend(PhysicalOptimizer::new().rules);
    rules.extend([Arc::new(Clip) as _, Arc::new(Count) as _, Arc::new(WithoutLostLimits) as _]);
    rules
}

/// The functions, which are the same for every session.
fn functions() -> Result<Arc<Functions>> {
    static ALL: OnceLock<Arc<Functions>> = OnceLock::new();
    if let Some(functions) = ALL.get() {
        return Ok(Arc::clone(functions));
    }
    let functions = Arc::new(Functions::new()?);
    Ok(Arc::clone(ALL.get_or_init(|| functions)))
}
