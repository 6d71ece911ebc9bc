//! Comparisons with ANY, SOME and ALL of a sub-query. The engine finds other rows for them, so they
//! become IN, or a comparison with the least or the greatest of the values: none of them is needed
//! to tell whether one is beyond them all.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Query, UnaryOperator, VisitMut, VisitorMut,
};

use super::subquery::{derived, parsed};

/// `NULL` decides nothing; it matters where no other value decides.
const ANY: &str = r#"CASE WHEN false THEN true
    WHEN (SELECT count(*) FROM (SELECT 1) AS "Rows" ("An item")) = 0 THEN false
    WHEN (SELECT count(*) - count("An item") FROM (SELECT 1) AS "Rows" ("An item")) > 0 THEN NULL
    WHEN false THEN NULL ELSE false END"#;
const LEAST: &str = r#"(SELECT min("An item") FROM (SELECT 1) AS "Rows" ("An item"))"#;
const GREATEST: &str = r#"(SELECT max("An item") FROM (SELECT 1) AS "Rows" ("An item"))"#;

/// Rewrites all of a statement's.
pub(super) fn rewrite(query: &mut Query) {
    let _ = query.visit(&mut Quantified);
}

struct Quantified;

impl VisitorMut for Quantified {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let form = match expr {
            Expr::AnyOp { left, compare_op, right, .. } => any(left, compare_op, right),
            Expr::AllOp { left, compare_op, right } => all(left, compare_op, right),
            _ => None,
        };
        if let Some(form) = form {
            *expr = Expr::Nested(Box::new(form));
        }
        ControlFlow::Continue(())
    }
}

/// Each is so where none is otherwise.
fn all(left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Expr> {
    let other = match op {
        BinaryOperator::Eq => BinaryOperator::NotEq,
        BinaryOperator::NotEq => BinaryOperator::Eq,
        BinaryOperator::Lt => BinaryOperator::GtEq,
        BinaryOperator::LtEq => BinaryOperator::Gt,
        BinaryOperator::Gt => BinaryOperator::LtEq,
        BinaryOperator::GtEq => BinaryOperator::Lt,
        _ => return None,
    };
    match any(left, &other, right)? {
        Expr::InSubquery { expr, subquery, .. } => {
            Some(Expr::InSubquery { expr, subquery, negated: true })
        }
        one => {
            let one = Box::new(Expr::Nested(Box::new(one)));
            Some(Expr::UnaryOp { op: UnaryOperator::Not, expr: one })
        }
    }
}

fn any(left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Expr> {
    let Expr::Subquery(subquery) = right else { return None };
    let bounds: &[&str] = match op {
        BinaryOperator::Eq => {
            let (expr, subquery) = (Box::new(left.clone()), subquery.clone());
            return Some(Expr::InSubquery { expr, subquery, negated: false });
        }
        BinaryOperator::NotEq => &[LEAST, GREATEST],
        BinaryOperator::Gt | BinaryOperator::GtEq => &[LEAST],
        BinaryOperator::Lt | BinaryOperator::LtEq => &[GREATEST],
        _ => return None,
    };
    let mut decides = bounds.iter().filter_map(|bound| {
        Some(binary(left.clone(), op.clone(), of_rows(parsed(bound)?, subquery)?))
    });
    let decided = match (decides.next()?, decides.next()) {
        (least, Some(greatest)) => binary(least, BinaryOperator::Or, greatest),
        (one, None) => one,
    };
    let mut form = parsed(ANY)?;
    let Expr::Case { conditions, .. } = &mut form else { return None };
    let [found, none, unknown, null] = conditions.as_mut_slice() else { return None };
    found.condition = decided;
    for counted in [none, unknown] {
        let Expr::BinaryOp { left: count, .. } = &mut counted.condition else { return None };
        **count = of_rows(std::mem::replace(count.as_mut(), Expr::Tuple(Vec::new())), subquery)?;
    }
    null.condition = Expr::IsNull(Box::new(left.clone()));
    Some(form)
}

/// A form's query, of the rows of a sub-query.
fn of_rows(mut form: Expr, subquery: &Query) -> Option<Expr> {
    let Expr::Subquery(around) = &mut form else { return None };
    *derived(around)? = subquery.clone();
    Some(form)
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    Expr::Nested(Box::new(Expr::BinaryOp { left, op, right }))
}
