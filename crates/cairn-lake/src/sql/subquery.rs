//! IN and EXISTS with a sub-query among the items of a SELECT. The engine knows them as conditions
//! only, so there they become expressions over a sub-query of one value.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, TableFactor, UnaryOperator, VisitMut,
    VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::dialect::LakeDialect;
use super::forms;

/// What `x IN (SELECT c ...)` is: null as IN is, where the value is not found beside a null.
const IN: &str = r#"contains(coalesce((SELECT array_agg(DISTINCT c0)
    FROM (SELECT 1) AS "Rows" (c0)), ARRAY[]), NULL)"#;
/// What `EXISTS (SELECT ...)` is.
const EXISTS: &str = r#"(SELECT count(*) FROM (SELECT 1) AS "Rows") > 0"#;

/// Rewrites the items of one SELECT, not those of sub-queries in it.
pub(super) fn items(select: &mut Select) {
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            let _ = expr.visit(&mut Items { depth: 0 });
        }
    }
}

struct Items {
    /// How many sub-queries are around.
    depth: usize,
}

impl VisitorMut for Items {
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
        let (form, negated) = match expr {
            Expr::InSubquery { expr, subquery, negated } => {
                let columns = match expr.as_ref() {
                    Expr::Tuple(values) => values.len(),
                    _ => 1,
                };
                if columns > 1 {
                    forms::as_rows(subquery, columns);
                }
                (contained(expr, subquery), *negated)
            }
            Expr::Exists { subquery, negated } => (exists(subquery), *negated),
            _ => return ControlFlow::Continue(()),
        };
        if let Some(form) = form {
            let op = UnaryOperator::Not;
            let form = Box::new(Expr::Nested(Box::new(form)));
            *expr = if negated { Expr::UnaryOp { op, expr: form } } else { *form };
        }
        ControlFlow::Continue(())
    }
}

fn contained(value: &mut Expr, subquery: &mut Query) -> Option<Expr> {
    let mut form = parsed(IN)?;
    let Expr::Function(contains) = &mut form else { return None };
    let [list, item] = forms::arguments_mut(contains)?.try_into().ok()?;
    let Expr::Function(coalesce) = list else { return None };
    let Expr::Subquery(around) = forms::arguments_mut(coalesce)?.into_iter().next()? else {
        return None;
    };
    std::mem::swap(derived(around)?, subquery);
    std::mem::swap(item, value);
    Some(form)
}

fn exists(subquery: &mut Query) -> Option<Expr> {
    let mut form = parsed(EXISTS)?;
    let Expr::BinaryOp { left, .. } = &mut form else { return None };
    let Expr::Subquery(count) = left.as_mut() else { return None };
    if is_plain(subquery) {
        // What it has of the query around it is seen one query deep only.
        let (SetExpr::Select(count), SetExpr::Select(inner)) =
            (count.body.as_mut(), subquery.body.as_mut())
        else {
            return None;
        };
        inner.projection = std::mem::take(&mut count.projection);
        count.from = Vec::new();
        std::mem::swap(count, inner);
    } else {
        std::mem::swap(derived(count)?, subquery);
    }
    Some(form)
}

/// Whether a query has a row for each that its FROM and WHERE have.
fn is_plain(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let grouped = match &select.group_by {
        GroupByExpr::Expressions(expressions, _) => !expressions.is_empty(),
        GroupByExpr::All(_) => true,
    };
    let plain = |item: &SelectItem| match item {
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(expr, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        SelectItem::ExprWithAliases { .. } => false,
    };
    query.with.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && !grouped
        && select.having.is_none()
        && select.projection.iter().all(plain)
}

/// The query that a form reads.
fn derived(query: &mut Query) -> Option<&mut Query> {
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    match &mut select.from.first_mut()?.relation {
        TableFactor::Derived { subquery, .. } => Some(subquery),
        _ => None,
    }
}

fn parsed(form: &str) -> Option<Expr> {
    Parser::new(&LakeDialect).try_with_sql(form).and_then(|mut parser| parser.parse_expr()).ok()
}
