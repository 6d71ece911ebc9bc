//! What the columns of a result are called: the alias, else the last element of the path as typed,
//! else `_colN`, N counting every column from 0.

use datafusion::common::DFSchema;
use datafusion::sql::sqlparser::ast::{AccessExpr, Expr, Query, SelectItem, SetExpr};

/// What one item of the outermost SELECT is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Label {
    Named(String),
    Unnamed,
    /// All columns of the tables: as many as the plan has more than the other items are.
    All,
}

/// The labels of a query that is as it was typed.
pub(super) fn labels(query: &Query) -> Vec<Label> {
    let mut body = query.body.as_ref();
    loop {
        body = match body {
            SetExpr::Query(inner) => inner.body.as_ref(),
            SetExpr::SetOperation { left, .. } => left.as_ref(),
            SetExpr::Select(select) => return select.projection.iter().map(label).collect(),
            SetExpr::Values(values) => {
                let columns = values.rows.first().map_or(0, |row| row.content.len());
                return vec![Label::Unnamed; columns];
            }
            _ => return Vec::new(),
        };
    }
}

fn label(item: &SelectItem) -> Label {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Label::Named(alias.value.clone()),
        SelectItem::UnnamedExpr(expr) => leaf(expr).map_or(Label::Unnamed, Label::Named),
        SelectItem::ExprWithAliases { .. } => Label::Unnamed,
        SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => Label::All,
    }
}

/// The last element of a path, as typed; none for other expressions.
pub(super) fn leaf(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.clone()),
        Expr::CompoundIdentifier(path) => path.last().map(|ident| ident.value.clone()),
        Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last()? {
            AccessExpr::Dot(Expr::Identifier(ident)) => Some(ident.value.clone()),
            _ => None,
        },
        Expr::Nested(inner) => leaf(inner),
        _ => None,
    }
}

/// The labels of a plan's columns.
pub(super) fn resolve(labels: &[Label], schema: &DFSchema) -> Vec<String> {
    let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    let stars = labels.iter().filter(|label| **label == Label::All).count();
    // Several stars may stand for different numbers of columns.
    if stars > 1 {
        return names.into_iter().cloned().collect();
    }
    let starred = names.len().saturating_sub(labels.len() - stars);
    let mut resolved: Vec<String> = Vec::with_capacity(names.len());
    for label in labels {
        let column = resolved.len();
        match label {
            Label::Named(name) => resolved.push(name.clone()),
            Label::Unnamed => resolved.push(format!("_col{column}")),
            Label::All => {
                let all = names.iter().skip(column).take(starred);
                resolved.extend(all.map(|name| (*name).clone()));
            }
        }
    }
    debug_assert_eq!(resolved.len(), names.len());
    resolved
}
