//! UNNEST: arrays, arrays of rows and maps as relations, which read the relations before them.
//!
//! The planner sees a placeholder with the columns that come out; when the statement is planned,
//! the join around a placeholder becomes the engine's own unnesting of the join's left side.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::TableReference;
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{
    Column, DFSchema, DFSchemaRef, JoinType, NullHandling, Result, ScalarValue, UnnestOptions,
    internal_err, plan_err,
};
use datafusion::functions::core::get_field;
use datafusion::functions_nested::expr_fn::{cardinality, gen_series};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{
    Expr, ExprSchemable, Extension, Join, LogicalPlan, LogicalPlanBuilder,
    UserDefinedLogicalNodeCore, cast, lit,
};
use datafusion::sql::sqlparser::ast::{TableAlias, TableFactor};

use super::entries::entries;

/// Plans UNNEST as a placeholder.
#[derive(Debug)]
pub(super) struct UnnestPlanner;

impl RelationPlanner for UnnestPlanner {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let (alias, array_exprs, with_ordinality) = match relation {
            TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                (alias, array_exprs, with_ordinality)
            }
            other => return Ok(RelationPlanning::Original(Box::new(other))),
        };
        // What is read belongs to relations before, so that it is found further out.
        let schema = DFSchema::empty();
        let mut args = Vec::with_capacity(array_exprs.len());
        for array in array_exprs {
            args.push(context.sql_to_expr(array, &schema)?);
        }
        let node = Placeholder::new(args, with_ordinality, alias.as_ref(), &schema)?;
        let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

/// UNNEST before it is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Placeholder {
    args: Vec<Expr>,
    shapes: Vec<Shape>,
    ordinality: bool,
    schema: DFSchemaRef,
}

/// How many columns an argument has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shape {
    /// An array whose items are one column.
    Items,
    /// An array of rows whose fields are a column each.
    Rows(Vec<String>),
    /// A map: what its keys and its values are called.
    Entries([String; 2]),
}

impl Placeholder {
    fn new(
        args: Vec<Expr>,
        ordinality: bool,
        alias: Option<&TableAlias>,
        schema: &DFSchema,
    ) -> Result<Self> {
        let types = args.iter().map(|arg| arg.get_type(schema)).collect::<Result<Vec<_>>>()?;
        let names: Vec<&str> = alias
            .map(|alias| alias.columns.iter().map(|column| column.name.value.as_str()).collect())
            .unwrap_or_default();
        let wanted = names.len();
        let relation = alias.map(|alias| TableReference::bare(alias.name.value.clone()));
        let only = alias.map(|alias| alias.name.value.as_str());
        // As many names as there are arguments call the rows whole, not their fields, unless there
        // are as many fields.
        let apart: usize = types.iter().map(width).sum();
        let whole = wanted > 0
            && wanted == args.len() + usize::from(ordinality)
            && apart != wanted - usize::from(ordinality);
        let mut shapes = Vec::with_capacity(args.len());
        let mut fields: Vec<FieldRef> = Vec::new();
        for of in types {
            shapes.push(columns(&of, whole, only, &mut fields)?);
        }
        if ordinality {
            fields.push(Arc::new(Field::new("ordinality", DataType::Int64, true)));
        }
        if wanted > 0 && wanted != fields.len() {
            return plan_err!(
                "Column alias list has {wanted} entries but '{}' has {} columns available",
                only.unwrap_or("unnest"),
                fields.len()
            );
        }
        let named = fields.iter().enumerate().map(|(at, field)| {
            let name = names.get(at).copied().unwrap_or(field.name());
            (relation.clone(), Arc::new(field.as_ref().clone().with_name(name)))
        });
        let schema = DFSchema::new_with_metadata(named.collect(), Default::default())?;
        Ok(Self { args, shapes, ordinality, schema: Arc::new(schema) })
    }
}

/// How many columns an argument is, with the fields of rows a column each.
fn width(of: &DataType) -> usize {
    match of {
        DataType::List(item) | DataType::LargeList(item) => match item.data_type() {
            DataType::Struct(members) => members.len(),
            _ => 1,
        },
        DataType::Map(..) => 2,
        _ => 1,
    }
}

fn columns(
    of: &DataType,
    whole: bool,
    only: Option<&str>,
    fields: &mut Vec<FieldRef>,
) -> Result<Shape> {
    match of {
        DataType::List(item) | DataType::LargeList(item) => match item.data_type() {
            DataType::Struct(members) if !whole => {
                let nullable = |field: &FieldRef| field.as_ref().clone().with_nullable(true);
                fields.extend(members.iter().map(|field| Arc::new(nullable(field))));
                Ok(Shape::Rows(members.iter().map(|field| field.name().clone()).collect()))
            }
            _ => {
                let name = only.unwrap_or("_col0");
                let item = item.as_ref().clone().with_name(name).with_nullable(true);
                fields.push(Arc::new(item));
                Ok(Shape::Items)
            }
        },
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                for (field, name) in pair.iter().zip(["key", "value"]) {
                    let field = field.as_ref().clone().with_name(name).with_nullable(true);
                    fields.push(Arc::new(field));
                }
                Ok(Shape::Entries([pair[0].name().clone(), pair[1].name().clone()]))
            }
            _ => internal_err!("a map without entries"),
        },
        other => plan_err!("Cannot unnest type: {other}"),
    }
}

/// Puts the engine's unnesting in place of every placeholder.
pub(super) fn resolve(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut made = 0;
    let resolved = plan.transform_up_with_subqueries(|plan| {
        if let LogicalPlan::Join(join) = &plan
            && let Some(node) = placeholder(&join.right)
        {
            let unnested = joined(join, node, made)?;
            made += 1;
            return Ok(Transformed::yes(unnested));
        }
        if let Some(node) = direct(&plan)
            && node.args.iter().all(|arg| !arg.contains_outer())
        {
            let left = LogicalPlanBuilder::empty(true).build()?;
            let unnested = unnested(left, node, NullHandling::Drop, made)?;
            made += 1;
            return Ok(Transformed::yes(unnested));
        }
        Ok(Transformed::no(plan))
    })?;
    let plan = resolved.data;
    let mut left = false;
    plan.apply_with_subqueries(|plan| {
        left |= direct(plan).is_some();
        Ok(TreeNodeRecursion::Continue)
    })?;
    if left {
        return plan_err!("UNNEST of a column of an outer query is not supported");
    }
    Ok(plan)
}

fn direct(plan: &LogicalPlan) -> Option<&Placeholder> {
    let LogicalPlan::Extension(extension) = plan else { return None };
    extension.node.as_any().downcast_ref::<Placeholder>()
}

/// The placeholder that a side of a join is.
fn placeholder(mut plan: &LogicalPlan) -> Option<&Placeholder> {
    loop {
        plan = match plan {
            LogicalPlan::Subquery(subquery) => &subquery.subquery,
            LogicalPlan::SubqueryAlias(alias) => &alias.input,
            other => return direct(other),
        };
    }
}

fn joined(join: &Join, node: &Placeholder, made: usize) -> Result<LogicalPlan> {
    let always = join
        .filter
        .as_ref()
        .is_none_or(|filter| matches!(filter, Expr::Literal(ScalarValue::Boolean(Some(true)), _)));
    let nulls = match join.join_type {
        JoinType::Inner => NullHandling::Drop,
        JoinType::Left if always => NullHandling::PreserveAndExpandEmpty,
        _ => {
            return plan_err!("UNNEST on other than the right side of CROSS JOIN is not supported");
        }
    };
    if !join.on.is_empty() {
        return plan_err!("JOIN involving UNNEST is only supported with condition ON TRUE");
    }
    let plan = unnested(join.left.as_ref().clone(), node, nulls, made)?;
    match &join.filter {
        Some(filter) if !always => LogicalPlanBuilder::from(plan).filter(filter.clone())?.build(),
        _ => Ok(plan),
    }
}

fn unnested(
    left: LogicalPlan,
    node: &Placeholder,
    nulls: NullHandling,
    made: usize,
) -> Result<LogicalPlan> {
    let kept: Vec<Expr> = left.schema().columns().into_iter().map(Expr::Column).collect();
    let name = |at: usize| format!("Unnest {made} {at}");
    let mut lists = Vec::new();
    for (arg, shape) in node.args.iter().zip(&node.shapes) {
        let arg = inner(arg.clone())?;
        lists.push(if matches!(shape, Shape::Entries(_)) { entries(arg) } else { arg });
    }
    if node.ordinality {
        lists.push(ordinals(&lists));
    }
    let places: Vec<Column> = (0..lists.len()).map(|at| Column::from_name(name(at))).collect();
    let lists = lists.into_iter().enumerate().map(|(at, list)| list.alias(name(at)));
    let options = UnnestOptions::new().with_null_handling(nulls);
    let mut outputs = kept.clone();
    let mut targets = node.schema.iter();
    for (place, shape) in places.iter().zip(node.shapes.iter().chain([&Shape::Items])) {
        let place = Expr::Column(place.clone());
        let members: Vec<Expr> = match shape {
            Shape::Items => vec![place],
            Shape::Rows(fields) => fields.iter().map(|field| member(&place, field)).collect(),
            Shape::Entries(pair) => pair.iter().map(|field| member(&place, field)).collect(),
        };
        for output in members {
            let Some((relation, field)) = targets.next() else {
                return internal_err!("UNNEST gives more columns than it has");
            };
            // The engine forgets which items are JSON.
            let kept = Some(FieldMetadata::new_from_field(field)).filter(|kept| !kept.is_empty());
            outputs.push(output.alias_qualified_with_metadata(
                relation.cloned(),
                field.name(),
                kept,
            ));
        }
    }
    LogicalPlanBuilder::from(left)
        .project(kept.into_iter().chain(lists))?
        .unnest_columns_with_options(places, options)?
        .project(outputs)?
        .build()
}

/// 1, 2, 3 … as long as the longest list.
fn ordinals(lists: &[Expr]) -> Expr {
    let lengths = lists.iter().map(|list| {
        let length = cast(cardinality(list.clone()), DataType::Int64);
        datafusion::functions::expr_fn::coalesce(vec![length, lit(0_i64)])
    });
    let longest = datafusion::functions::expr_fn::greatest(lengths.collect());
    gen_series(lit(1_i64), longest, lit(1_i64))
}

fn member(of: &Expr, field: &str) -> Expr {
    let args = vec![of.clone(), lit(field)];
    Expr::ScalarFunction(ScalarFunction::new_udf(get_field(), args))
}

/// What was a column further out is one of the left side.
fn inner(expr: Expr) -> Result<Expr> {
    let moved = expr.transform(|expr| {
        Ok(match expr {
            Expr::OuterReferenceColumn(_, column) => Transformed::yes(Expr::Column(column)),
            other => Transformed::no(other),
        })
    })?;
    Ok(moved.data)
}

impl Hash for Placeholder {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.args.hash(state);
        self.shapes.hash(state);
        self.ordinality.hash(state);
    }
}

impl PartialOrd for Placeholder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.args.partial_cmp(&other.args)
    }
}

impl UserDefinedLogicalNodeCore for Placeholder {
    fn name(&self) -> &'static str {
        "Unnest"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        Vec::new()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.args.clone()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unnest: {} lists", self.args.len())
    }

    fn with_exprs_and_inputs(&self, args: Vec<Expr>, _: Vec<LogicalPlan>) -> Result<Self> {
        Ok(Self { args, ..self.clone() })
    }
}
