//! Rewrites what a statement names: identifiers in any case, paths, functions of Trino and its
//! forms that the planner has no word for.

use std::collections::HashSet;
use std::ops::ControlFlow;

use cairn_core::Timestamp;
use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, ObjectName, ObjectNamePart, OneOrManyWithParens, Query, Select,
    SetExpr, Spanned, Subscript, TableFactor, TableWithJoins, Value, ValueWithSpan, VisitMut,
    VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::functions::Functions;
use super::{calls, forms, quantified, refuse, select, subquery};

/// Brings a query into the names that the planner knows. Those that are hidden are what a star has
/// besides an item.
pub(super) fn rewrite(
    query: &mut Query,
    functions: &Functions,
    now: Timestamp,
    hidden: &HashSet<String>,
) -> Result<(), Refused> {
    let (scopes, lambdas) = (Vec::new(), Vec::new());
    let mut names = Names { functions, now, hidden, scopes, lambdas, tries: 0, subqueries: 0 };
    match query.visit(&mut names) {
        ControlFlow::Break(refused) => Err(refused),
        ControlFlow::Continue(()) => Ok(()),
    }
}

pub(super) struct Names<'a> {
    pub(super) functions: &'a Functions,
    pub(super) now: Timestamp,
    hidden: &'a HashSet<String>,
    /// What the relations of the query around are called, and of those around it.
    scopes: Vec<HashSet<String>>,
    /// Parameters of the lambdas around.
    lambdas: Vec<String>,
    /// How many TRY stand around.
    pub(super) tries: usize,
    /// How many sub-queries among items were rewritten.
    subqueries: usize,
}

impl VisitorMut for Names<'_> {
    type Break = Refused;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Refused> {
        if let Err(refused) = select::check_query(query) {
            return ControlFlow::Break(refused);
        }
        if self.scopes.is_empty()
            && let Err(refused) = quantified::rewrite(query)
        {
            return ControlFlow::Break(refused);
        }
        let mut relations = HashSet::new();
        collect_relations(&query.body, &mut relations);
        self.scopes.push(relations);
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            select::lower_alias(&mut cte.alias);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Refused> {
        self.scopes.pop();
        select::order_by_items(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Refused> {
        if let Err(refused) = select::check_select(select) {
            return ControlFlow::Break(refused);
        }
        subquery::items(select, &mut self.subqueries);
        select::name_items(select, self.hidden, |path| self.is_column(path));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Refused> {
        match select::check_table(table) {
            Ok(()) => ControlFlow::Continue(()),
            Err(refused) => ControlFlow::Break(refused),
        }
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<Refused> {
        lower_name(name);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Refused> {
        match expr {
            Expr::Lambda(lambda) => {
                let params = match &mut lambda.params {
                    OneOrManyWithParens::One(one) => std::slice::from_mut(one),
                    OneOrManyWithParens::Many(many) => many.as_mut_slice(),
                };
                for param in params {
                    lower(&mut param.name);
                    self.lambdas.push(param.name.value.clone());
                }
            }
            Expr::CompoundFieldAccess { root, access_chain } => self.root_path(root, access_chain),
            Expr::InSubquery { expr, subquery, .. } => {
                let columns = match expr.as_ref() {
                    Expr::Tuple(values) => values.len(),
                    _ => 1,
                };
                if columns > 1 || matches!(*subquery.body, SetExpr::Values(_)) {
                    forms::as_rows(subquery, columns);
                }
            }
            Expr::ILike { .. } => {
                let what =
                    "mismatched input 'ILIKE'; use lower(x) LIKE, with a pattern in lower case";
                return ControlFlow::Break(refused_at(span_of(expr), what));
            }
            _ => {}
        }
        match calls::enter(self, expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(refused) => ControlFlow::Break(refused),
        }
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Refused> {
        match expr {
            Expr::Identifier(ident) => lower(ident),
            Expr::CompoundIdentifier(path) => self.path(expr_path(path), expr),
            Expr::Lambda(lambda) => {
                let params = match &lambda.params {
                    OneOrManyWithParens::One(_) => 1,
                    OneOrManyWithParens::Many(many) => many.len(),
                };
                self.lambdas.truncate(self.lambdas.len().saturating_sub(params));
            }
            _ => {}
        }
        match calls::leave(self, expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(refused) => ControlFlow::Break(refused),
        }
    }
}

fn expr_path(path: &mut Vec<Ident>) -> Vec<Ident> {
    std::mem::take(path)
}

impl Names<'_> {
    /// Whether the whole path is the column of a relation that it names, and not a field.
    fn is_column(&self, path: &[Ident]) -> bool {
        path.len() == 2 && self.is_relation(&path[0])
    }

    fn is_relation(&self, ident: &Ident) -> bool {
        let name = ident.value.to_ascii_lowercase();
        !self.lambdas.contains(&name) && self.scopes.iter().any(|scope| scope.contains(&name))
    }

    /// A path is a column, or that of a relation, and fields behind it. The planner would look for
    /// catalogs and schemas in it.
    fn path(&self, mut path: Vec<Ident>, expr: &mut Expr) {
        let column = if self.is_relation(&path[0]) { 2 } else { 1 };
        let fields = path.split_off(column.min(path.len()));
        path.iter_mut().for_each(lower);
        let root = match path.len() {
            1 => Expr::Identifier(path.remove(0)),
            _ => Expr::CompoundIdentifier(path),
        };
        if fields.is_empty() {
            *expr = root;
            return;
        }
        let access_chain = fields.into_iter().map(field).collect();
        *expr = Expr::CompoundFieldAccess { root: Box::new(root), access_chain };
    }

    /// Fields are texts for the planner; in a path with subscripts the first may be a column.
    fn root_path(&self, root: &mut Expr, chain: &mut Vec<AccessExpr>) {
        if let (Expr::Identifier(relation), Some(AccessExpr::Dot(Expr::Identifier(column)))) =
            (&*root, chain.first())
            && self.is_relation(relation)
        {
            *root = Expr::CompoundIdentifier(vec![relation.clone(), column.clone()]);
            chain.remove(0);
        }
        for access in chain {
            match access {
                AccessExpr::Dot(Expr::Identifier(ident)) => *access = field(ident.clone()),
                // The planner would take the key of a map for the name of a field.
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    let key = std::mem::replace(index, Expr::Tuple(Vec::new()));
                    *index = Expr::Nested(Box::new(key));
                }
                _ => {}
            }
        }
    }
}

fn field(ident: Ident) -> AccessExpr {
    let value = Value::SingleQuotedString(ident.value);
    AccessExpr::Dot(Expr::Value(ValueWithSpan { value, span: ident.span }))
}

/// Names are the same in any case, quoted or not. Quotes keep the planner from reading them again.
pub(super) fn lower(ident: &mut Ident) {
    ident.value.make_ascii_lowercase();
    ident.quote_style = Some('"');
}

pub(super) fn lower_name(name: &mut ObjectName) {
    for part in &mut name.0 {
        if let ObjectNamePart::Identifier(ident) = part {
            lower(ident);
        }
    }
}

fn collect_relations(body: &SetExpr, found: &mut HashSet<String>) {
    match body {
        SetExpr::Select(select) => {
            for from in &select.from {
                collect_from(from, found);
            }
        }
        SetExpr::SetOperation { left, right, .. } => {
            collect_relations(left, found);
            collect_relations(right, found);
        }
        _ => {}
    }
}

fn collect_from(from: &TableWithJoins, found: &mut HashSet<String>) {
    for table in std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
    {
        let name = match table {
            TableFactor::Table { alias: None, name, .. } => {
                name.0.last().and_then(|part| part.as_ident())
            }
            TableFactor::Table { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::UNNEST { alias, .. } => alias.as_ref().map(|alias| &alias.name),
            TableFactor::NestedJoin { table_with_joins, .. } => {
                collect_from(table_with_joins, found);
                None
            }
            _ => None,
        };
        if let Some(name) = name {
            found.insert(name.value.to_ascii_lowercase());
        }
    }
}

/// Where an expression begins.
pub(super) fn refused_at(span: Span, what: impl std::fmt::Display) -> Refused {
    refuse::at(span.start, what)
}

/// The place of an expression in the text.
pub(super) fn span_of(expr: &Expr) -> Span {
    expr.span()
}
