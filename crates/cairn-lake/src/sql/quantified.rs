//! Comparisons with ANY, SOME and ALL of a sub-query. The engine finds other rows for them, so they
//! become IN, or a comparison with the least or the greatest of the values: none of them is needed
//! to tell whether one is beyond them all.

use std::ops::ControlFlow;

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Query, UnaryOperator, VisitMut, VisitorMut,
};

use super::forms;
use super::names::{refused_at, span_of};
use super::subquery::{derived, parsed};

/// What the rows of a sub-query are called, which know no columns of the queries around.
pub(super) const ROWS: &str = "quantified rows";

/// Where no value decides it matters whether there is one, and whether one is not known.
const ANY: &str = r#"CASE WHEN false THEN true ELSE CASE
    (SELECT CASE WHEN count(*) = 0 THEN 0 WHEN count("An item") < count(*) THEN 1 ELSE 2 END
        FROM (SELECT 1) AS "quantified rows" ("An item"))
    WHEN 0 THEN false WHEN 1 THEN NULL ELSE nullif(false, true) END END"#;
const LEAST: &str = r#"(SELECT min("An item") FROM (SELECT 1) AS "quantified rows" ("An item"))"#;
const GREATEST: &str =
    r#"(SELECT max("An item") FROM (SELECT 1) AS "quantified rows" ("An item"))"#;

/// Rewrites all of a statement's.
///
/// # Errors
/// One inside of another: each has copies of what is in it.
pub(super) fn rewrite(query: &mut Query) -> Result<(), Refused> {
    match query.visit(&mut Quantified { around: 0 }) {
        ControlFlow::Break(refused) => Err(refused),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Quantified {
    /// How many of those that are copied are around.
    around: usize,
}

impl VisitorMut for Quantified {
    type Break = Refused;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Refused> {
        if !is_copied(expr) {
            return ControlFlow::Continue(());
        }
        self.around += 1;
        if self.around > 1 {
            let what = "a comparison with ANY or ALL inside of another is not supported";
            return ControlFlow::Break(refused_at(span_of(expr), what));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Refused> {
        self.around -= usize::from(is_copied(expr));
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

/// Whether a comparison becomes more than IN.
fn is_copied(expr: &Expr) -> bool {
    match expr {
        Expr::AnyOp { compare_op, .. } => *compare_op != BinaryOperator::Eq,
        Expr::AllOp { compare_op, .. } => *compare_op != BinaryOperator::NotEq,
        _ => false,
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
    let beyond =
        |bound: &&str| Some(binary(left.clone(), op.clone(), of_rows(parsed(bound)?, subquery)?));
    let beyond: Vec<Expr> = bounds.iter().map(beyond).collect::<Option<_>>()?;
    let decided = beyond.into_iter().reduce(|one, other| binary(one, BinaryOperator::Or, other))?;
    let mut form = parsed(ANY)?;
    let Expr::Case { conditions, else_result: Some(otherwise), .. } = &mut form else {
        return None;
    };
    conditions.first_mut()?.condition = decided;
    let Expr::Case { operand: Some(kind), else_result: Some(known), .. } = otherwise.as_mut()
    else {
        return None;
    };
    let counted = std::mem::replace(kind.as_mut(), Expr::Tuple(Vec::new()));
    **kind = of_rows(counted, subquery)?;
    let Expr::Function(nullif) = known.as_mut() else { return None };
    **forms::arguments_mut(nullif)?.first_mut()? = Expr::IsNull(Box::new(left.clone()));
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
