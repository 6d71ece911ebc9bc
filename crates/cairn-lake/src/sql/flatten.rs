//! Bounds of a parsed statement: long chains of AND, OR and `||` become balanced trees, and what is
//! still too deep or too much is refused. What comes later recurses over the tree.

use std::ops::ControlFlow;

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Query, SetExpr, Spanned, TableFactor, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::{MAX_DEPTH, MAX_EXPRESSIONS, MAX_PATH, MAX_RELATIONS, refuse};

pub(super) fn flatten(query: &mut Query) -> Result<(), Refused> {
    match query.visit(&mut Bounds::default()) {
        ControlFlow::Break(refused) => Err(refused),
        ControlFlow::Continue(()) => Ok(()),
    }
}

#[derive(Default)]
struct Bounds {
    depth: usize,
    expressions: usize,
    relations: usize,
}

impl VisitorMut for Bounds {
    type Break = Refused;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Refused> {
        self.depth += 1;
        // A chain of UNION leans to the left, one level for each.
        let mut body = query.body.as_ref();
        while let SetExpr::SetOperation { left, .. } = body {
            self.relations += 1;
            body = left;
        }
        self.bounded(Location::new(1, 1))
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<Refused> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Refused> {
        self.relations += 1;
        self.depth += 1;
        self.bounded(table.span().start)
    }

    fn post_visit_table_factor(&mut self, _table: &mut TableFactor) -> ControlFlow<Refused> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Refused> {
        balance(expr);
        self.depth += 1;
        self.expressions += 1;
        let elements = match expr {
            Expr::CompoundIdentifier(path) => path.len(),
            Expr::CompoundFieldAccess { access_chain, .. } => access_chain.len(),
            _ => 0,
        };
        if elements > MAX_PATH {
            let what = format!("the path has more than {MAX_PATH} elements");
            return ControlFlow::Break(refuse::at(expr.span().start, what));
        }
        // Spans of deep trees are as deep to compute.
        self.bounded(Location::new(1, 1))
    }

    fn post_visit_expr(&mut self, _expr: &mut Expr) -> ControlFlow<Refused> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

impl Bounds {
    fn bounded(&self, place: Location) -> ControlFlow<Refused> {
        let what = if self.depth > 2 * MAX_DEPTH {
            "the statement is nested too deeply".to_owned()
        } else if self.expressions > MAX_EXPRESSIONS {
            format!("the statement has more than {MAX_EXPRESSIONS} expressions")
        } else if self.relations > MAX_RELATIONS {
            format!("the statement reads more than {MAX_RELATIONS} tables")
        } else {
            return ControlFlow::Continue(());
        };
        ControlFlow::Break(refuse::at(place, what))
    }
}

/// Lays the chain of one associative operator out as a balanced tree.
fn balance(expr: &mut Expr) {
    let Expr::BinaryOp { op, .. } = expr else { return };
    if !matches!(op, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::StringConcat) {
        return;
    }
    let chain = op.clone();
    let mut operands = Vec::new();
    let mut rest = take(expr);
    loop {
        match rest {
            Expr::BinaryOp { left, op, right } if op == chain => {
                operands.push(*right);
                rest = *left;
            }
            first => {
                operands.push(first);
                break;
            }
        }
    }
    operands.reverse();
    *expr = tree(operands, &chain);
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Tuple(Vec::new()))
}

fn tree(mut operands: Vec<Expr>, op: &BinaryOperator) -> Expr {
    // Two operands stand as they stood; so do the leaves of a tree.
    if operands.len() == 1 {
        return operands.remove(0);
    }
    let right = operands.split_off(operands.len().div_ceil(2));
    Expr::BinaryOp {
        left: Box::new(tree(operands, op)),
        op: op.clone(),
        right: Box::new(tree(right, op)),
    }
}
