//! IN and EXISTS with a sub-query among the items of a SELECT. The engine knows them as conditions
//! only, so there they become expressions over a sub-query of one value.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Distinct, Expr, Function, GroupByExpr, Ident, LimitClause, Query, Select,
    SelectItem, SetExpr, TableFactor, UnaryOperator, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::dialect::LakeDialect;
use super::forms;

/// What `x IN (SELECT c ...)` is.
const IN: &str = r#"in_list((SELECT array_agg(DISTINCT "An item") AS "Value"
    FROM (SELECT 1) AS "Rows" ("An item")), NULL)"#;
/// What `EXISTS (SELECT ...)` is.
const EXISTS: &str = r#"(SELECT count(*) AS "Value" FROM (SELECT 1) AS "Rows") > 0"#;

/// Rewrites the items of one SELECT, not those of sub-queries in it. `made` counts what was
/// rewritten in the statement: a value is called by its number, as the engine knows it by its name
/// only.
pub(super) fn items(select: &mut Select, made: &mut usize) {
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            let _ = expr.visit(&mut Items { depth: 0, made });
        }
    }
}

struct Items<'a> {
    /// How many sub-queries are around.
    depth: usize,
    made: &'a mut usize,
}

impl VisitorMut for Items<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        let name = Ident::with_quote('"', format!("Value {}", self.made));
        let (form, negated) = match expr {
            Expr::InSubquery { expr, subquery, negated } => {
                let columns = match expr.as_ref() {
                    Expr::Tuple(values) => values.len(),
                    _ => 1,
                };
                if columns > 1 {
                    forms::as_rows(subquery, columns);
                }
                (contained(expr, subquery, name), *negated)
            }
            Expr::Exists { subquery, negated } => (exists(subquery, name), *negated),
            _ => return ControlFlow::Continue(()),
        };
        if let Some(form) = form {
            *self.made += 1;
            let op = UnaryOperator::Not;
            let form = Box::new(Expr::Nested(Box::new(form)));
            *expr = if negated { Expr::UnaryOp { op, expr: form } } else { *form };
        }
        ControlFlow::Continue(())
    }
}

fn contained(value: &mut Expr, subquery: &mut Query, name: Ident) -> Option<Expr> {
    let mut form = parsed(IN)?;
    let Expr::Function(in_list) = &mut form else { return None };
    let [list, item] = forms::arguments_mut(in_list)?.try_into().ok()?;
    let Expr::Subquery(around) = list else { return None };
    let collected = only_item(around, name)?;
    match plain(subquery).map(|inner| inner.projection.as_mut_slice()) {
        // What it has of the query around it is seen one query deep only.
        Some([SelectItem::UnnamedExpr(of) | SelectItem::ExprWithAlias { expr: of, .. }]) => {
            let Expr::Function(array_agg) = collected else { return None };
            std::mem::swap(*forms::arguments_mut(array_agg)?.first_mut()?, of);
            replace_items(around, subquery);
        }
        _ => std::mem::swap(derived(around)?, subquery),
    }
    std::mem::swap(item, value);
    Some(form)
}

fn exists(subquery: &mut Query, name: Ident) -> Option<Expr> {
    let mut form = parsed(EXISTS)?;
    let Expr::BinaryOp { left, .. } = &mut form else { return None };
    let Expr::Subquery(count) = left.as_mut() else { return None };
    let counted = only_item(count, name)?;
    let limit = subquery.limit_clause.take_if(|limit| is_some_row(limit));
    match plain(subquery) {
        Some(inner) => {
            if let Some(columns) = looked_at(&inner.projection) {
                let Expr::Function(count) = counted else { return None };
                *count = counting(columns)?;
            }
            replace_items(count, subquery);
        }
        None => {
            subquery.limit_clause = limit.or(subquery.limit_clause.take());
            std::mem::swap(derived(count)?, subquery);
        }
    }
    Some(form)
}

/// The one item of a form's query, which gets its name.
fn only_item(query: &mut Query, name: Ident) -> Option<&mut Expr> {
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    match select.projection.first_mut()? {
        SelectItem::ExprWithAlias { expr, alias } => {
            *alias = name;
            Some(expr)
        }
        _ => None,
    }
}

/// Has a query give the items of a form, and the form be that query.
fn replace_items(form: &mut Query, subquery: &mut Query) {
    if let (SetExpr::Select(around), SetExpr::Select(inner)) =
        (form.body.as_mut(), subquery.body.as_mut())
    {
        inner.projection = std::mem::take(&mut around.projection);
        inner.distinct = None;
        std::mem::swap(form, subquery);
    }
}

/// The SELECT of a query that has a row for each that its FROM and WHERE have, or fewer that are
/// the same.
fn plain(query: &mut Query) -> Option<&mut Select> {
    let bare = query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && query.locks.is_empty();
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    let grouped = match &select.group_by {
        GroupByExpr::Expressions(expressions, _) => !expressions.is_empty(),
        GroupByExpr::All(_) => true,
    };
    let simple = |item: &SelectItem| match item {
        SelectItem::Wildcard(_) => true,
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(expr, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        SelectItem::QualifiedWildcard(..) | SelectItem::ExprWithAliases { .. } => false,
    };
    let plain = bare
        && !grouped
        && select.having.is_none()
        && !matches!(select.distinct, Some(Distinct::On(_)))
        && select.projection.iter().all(simple);
    plain.then_some(select)
}

/// Whether a limit leaves a row where there is one.
fn is_some_row(limit: &LimitClause) -> bool {
    let LimitClause::LimitOffset { limit: Some(Expr::Value(rows)), offset: None, limit_by } = limit
    else {
        return false;
    };
    let Value::Number(rows, _) = &rows.value else { return false };
    limit_by.is_empty() && rows.parse::<u64>().is_ok_and(|rows| rows > 0)
}

/// What is always true and names the columns that the items name: they have to be there.
fn looked_at(items: &[SelectItem]) -> Option<Expr> {
    let named = items.iter().filter_map(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    });
    let is_null = |expr: &Expr| Expr::IsNull(Box::new(expr.clone()));
    named.map(is_null).reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::Or,
        right: Box::new(right),
    })
}

fn counting(of: Expr) -> Option<Function> {
    let Expr::Function(mut count) = parsed("count(NULL)")? else { return None };
    **forms::arguments_mut(&mut count)?.first_mut()? = of;
    Some(count)
}

/// The query that a form reads.
pub(super) fn derived(query: &mut Query) -> Option<&mut Query> {
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    match &mut select.from.first_mut()?.relation {
        TableFactor::Derived { subquery, .. } => Some(subquery),
        _ => None,
    }
}

pub(super) fn parsed(form: &str) -> Option<Expr> {
    Parser::new(&LakeDialect).try_with_sql(form).and_then(|mut parser| parser.parse_expr()).ok()
}
