//! AND, OR and CASE stop where Trino's stop: at an operand that decides, before those behind it.
//!
//! The engine runs an operand over all rows where the one before it decides too few of them, moves
//! conditions into files and below one another, and makes AND and OR of a CASE over booleans. What
//! would fail in a row that is decided already fails the query then. A CASE with an operand in
//! front keeps its order everywhere in the engine. So it stands around operands that can fail, and
//! around no others. The conditions of a filter stay what the engine knows, as files are pruned by
//! them, and get their order when it is known how they run.

mod filter;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Case, Cast, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, lit};

pub(super) use filter::FallibleLast;

use crate::function::can_fail;

/// Parts of expressions that may be there twice for it, in one statement.
const COPIED: usize = 5_000;

/// Guards what can fail in every part of a plan.
pub(super) fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut copied = 0;
    let guarded = plan.transform_up_with_subqueries(|plan| {
        let schema = merge_schema(&plan.inputs());
        let mut guard = Guard { schema: &schema, copied };
        let names = NamePreserver::new(&plan);
        let place = match &plan {
            LogicalPlan::Filter(_) => Place::Filter,
            LogicalPlan::Join(_) => Place::Join,
            _ => Place::Elsewhere,
        };
        let guarded = plan.map_expressions(|expr| {
            if !guard.any_can_fail(&expr) {
                return Ok(Transformed::no(expr));
            }
            let name = names.save(&expr);
            let guarded = match place {
                Place::Filter => guard.filter(expr)?,
                Place::Join => guard.join(expr)?,
                Place::Elsewhere => guard.inside(expr)?,
            };
            Ok(Transformed::yes(name.restore(guarded)))
        });
        copied = guard.copied;
        guarded
    })?;
    Ok(guarded.data)
}

/// What a plan does with an expression.
#[derive(Clone, Copy)]
enum Place {
    Filter,
    Join,
    Elsewhere,
}

struct Guard<'a> {
    schema: &'a DFSchema,
    copied: usize,
}

impl Guard<'_> {
    /// The conditions of a filter, each for itself.
    fn filter(&mut self, expr: Expr) -> Result<Expr> {
        Ok(joined(self.each(expr, Operator::And)?, Operator::And))
    }

    /// What rows are joined on. Each operand that the engine can use stays for itself.
    fn join(&mut self, expr: Expr) -> Result<Expr> {
        let operands = self.each(expr, Operator::And)?;
        let guards: Vec<usize> = (0..operands.len()).filter(|at| is_free(&operands[*at])).collect();
        let fails = |at: &usize| self.any_can_fail(&operands[*at]);
        let last = match guards.iter().rposition(fails) {
            Some(last) if last > 0 => last,
            _ => return Ok(joined(operands, Operator::And)),
        };
        let of_guard: Vec<Expr> = guards[..=last].iter().map(|at| operands[*at].clone()).collect();
        if !self.may_copy(&of_guard) {
            return Ok(joined(operands, Operator::And));
        }
        let plain = |(at, operand): (usize, Expr)| {
            let guarded = guards[1..=last].contains(&at) && self.any_can_fail(&operand);
            (!guarded).then_some(operand)
        };
        let mut plain: Vec<Expr> = operands.into_iter().enumerate().filter_map(plain).collect();
        // Rows that are not known to belong together do not, and no operand is run for them.
        plain.push(decided(
            false,
            of_guard,
            |before| Expr::IsTrue(Box::new(before)),
            |last| last.pop().unwrap_or_else(|| lit(true)),
        ));
        Ok(joined(plain, Operator::And))
    }

    /// Any expression: what it gives stays the same for every row.
    fn inside(&mut self, expr: Expr) -> Result<Expr> {
        let guarded = expr.transform_down(|expr| {
            let chain = [Operator::And, Operator::Or].into_iter().find(|op| is_chain(&expr, *op));
            if let Some(op) = chain {
                let guarded = self.chain(expr, op)?;
                return Ok(Transformed::new(guarded, true, TreeNodeRecursion::Jump));
            }
            Ok(match expr {
                Expr::Case(case) if case.expr.is_none() && self.branches_can_fail(&case) => {
                    Transformed::yes(Expr::Case(Case { expr: Some(Box::new(lit(true))), ..case }))
                }
                other => Transformed::no(other),
            })
        })?;
        Ok(guarded.data)
    }

    fn chain(&mut self, expr: Expr, op: Operator) -> Result<Expr> {
        let operands = self.each(expr, op)?;
        let fails = operands.iter().skip(1).any(|operand| self.any_can_fail(operand));
        if !fails || !operands.iter().all(is_free) || !self.may_copy(&operands) {
            return Ok(joined(operands, op));
        }
        // None of those before the last decides where all are joined: they may be null there.
        let all = operands.clone();
        Ok(decided(op == Operator::Or, operands, |before| before, |_| joined(all, op)))
    }

    fn each(&mut self, expr: Expr, op: Operator) -> Result<Vec<Expr>> {
        operands_of(expr, op).into_iter().map(|operand| self.inside(operand)).collect()
    }

    fn branches_can_fail(&self, case: &Case) -> bool {
        let whens = case.when_then_expr.iter().skip(1).map(|(when, _)| when);
        let thens = case.when_then_expr.iter().map(|(_, then)| then);
        whens.chain(thens).chain(&case.else_expr).any(|expr| self.any_can_fail(expr))
    }

    fn may_copy(&mut self, operands: &[Expr]) -> bool {
        let mut parts = 0;
        for operand in operands {
            let counted = operand.apply(|_| {
                parts += 1;
                Ok(TreeNodeRecursion::Continue)
            });
            if counted.is_err() {
                return false;
            }
        }
        let may = self.copied + parts <= COPIED;
        self.copied += if may { parts } else { 0 };
        may
    }

    /// Whether some row can fail an expression or a part of it.
    fn any_can_fail(&self, expr: &Expr) -> bool {
        expr.exists(|part| {
            Ok(match part {
                Expr::Cast(cast) => self.cast_can_fail(cast),
                Expr::BinaryExpr(BinaryExpr { op, right, .. }) => {
                    let number =
                        matches!(right.as_ref(), Expr::Literal(by, _) if is_some_number(by));
                    matches!(op, Operator::Divide | Operator::Modulo) && !number
                }
                Expr::ScalarFunction(ScalarFunction { func, args }) => {
                    // What is constant is known when the statement is planned.
                    can_fail(func.name())
                        && !args.iter().all(|arg| matches!(arg, Expr::Literal(..)))
                }
                _ => false,
            })
        })
        .unwrap_or(true)
    }

    fn cast_can_fail(&self, cast: &Cast) -> bool {
        // What is constant is cast when the statement is planned.
        if matches!(cast.expr.as_ref(), Expr::Literal(..)) {
            return false;
        }
        let from = cast.expr.get_type(self.schema);
        from.map_or(true, |from| cast_can_fail(&from, cast.field.data_type()))
    }
}

fn cast_can_fail(from: &DataType, to: &DataType) -> bool {
    let widens = from.is_temporal() && to.is_temporal()
        || from.is_integer() && to.is_floating()
        || to.is_string();
    from != to && !widens
}

/// Goes through operands in their order until one is what decides; else it is what `rest` makes.
fn decided(
    decides: bool,
    mut operands: Vec<Expr>,
    asked: impl Fn(Expr) -> Expr,
    rest: impl FnOnce(&mut Vec<Expr>) -> Expr,
) -> Expr {
    let otherwise = rest(&mut operands.split_off(operands.len() - 1));
    let when = |operand| (Box::new(asked(operand)), Box::new(lit(decides)));
    Expr::Case(Case {
        expr: Some(Box::new(lit(decides))),
        when_then_expr: operands.into_iter().map(when).collect(),
        else_expr: Some(Box::new(otherwise)),
    })
}

/// Whether an operand may stand twice, and within a CASE: what the engine makes joins of may not.
fn is_free(expr: &Expr) -> bool {
    let bound = expr.exists(|part| {
        Ok(matches!(
            part,
            Expr::OuterReferenceColumn(..)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::ScalarSubquery(_)
                | Expr::SetComparison(_)
        ))
    });
    !bound.unwrap_or(true) && !expr.is_volatile()
}

/// Whether a divisor is a number other than nought.
fn is_some_number(value: &ScalarValue) -> bool {
    let number = value.cast_to(&DataType::Float64);
    number.is_ok_and(|number| number != ScalarValue::Float64(Some(0.0)))
}

fn is_chain(expr: &Expr, op: Operator) -> bool {
    matches!(expr, Expr::BinaryExpr(binary) if binary.op == op)
}

fn operands_of(expr: Expr, op: Operator) -> Vec<Expr> {
    let (mut operands, mut ahead) = (Vec::new(), vec![expr]);
    while let Some(expr) = ahead.pop() {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op: of, right }) if of == op => {
                ahead.push(*right);
                ahead.push(*left);
            }
            operand => operands.push(operand),
        }
    }
    operands
}

/// Operands as a tree that is as flat as can be.
fn joined(mut operands: Vec<Expr>, op: Operator) -> Expr {
    if operands.len() > 1 {
        let right = operands.split_off(operands.len() / 2);
        let (left, right) = (joined(operands, op), joined(right, op));
        return Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)));
    }
    operands.pop().unwrap_or_else(|| lit(op == Operator::And))
}
