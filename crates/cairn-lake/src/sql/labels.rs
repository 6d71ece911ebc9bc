//! What the columns of a result are called: the alias, else the last element of the path as typed,
//! else `_colN`, N counting every column from 0.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use datafusion::common::DFSchema;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Join, JoinConstraint, JoinOperator, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor,
};

/// What one item of the outermost SELECT is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Label {
    Named(String),
    Unnamed,
    /// All columns of the tables: as many as the plan has more than the other items are.
    All,
}

/// Columns that are named one by one: stars of stars may stand for more than there is memory for.
const COLUMNS: usize = 1024;

/// The columns of what a statement names with WITH, by names in lower case.
type Named = HashMap<String, Rc<Vec<Label>>>;

/// The labels of a query that is as it was typed.
pub(super) fn labels(query: &Query) -> Vec<Label> {
    of_query(query, &Named::new())
}

fn of_query(query: &Query, outside: &Named) -> Vec<Label> {
    let mut named = outside.clone();
    for table in query.with.iter().flat_map(|with| &with.cte_tables) {
        let of = renamed(of_query(&table.query, &named), Some(&table.alias));
        named.insert(table.alias.name.value.to_ascii_lowercase(), Rc::new(of));
    }
    let mut body = query.body.as_ref();
    loop {
        body = match body {
            SetExpr::Query(inner) => return of_query(inner, &named),
            SetExpr::SetOperation { left, .. } => left.as_ref(),
            SetExpr::Select(select) => return of_select(select, &named),
            SetExpr::Values(values) => {
                let columns = values.rows.first().map_or(0, |row| row.content.len());
                return vec![Label::Unnamed; columns];
            }
            _ => return Vec::new(),
        };
    }
}

fn of_select(select: &Select, named: &Named) -> Vec<Label> {
    let relations = OnceCell::new();
    // Looked at once, however many stars there are.
    let relations = || relations.get_or_init(|| Relations::of(select, named));
    let mut labels = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::ExprWithAlias { alias, .. } => {
                labels.push(Label::Named(alias.value.clone()));
            }
            SelectItem::UnnamedExpr(expr) => {
                labels.push(leaf(expr).map_or(Label::Unnamed, Label::Named));
            }
            SelectItem::ExprWithAliases { .. } => labels.push(Label::Unnamed),
            SelectItem::QualifiedWildcard(kind, _) => labels.extend(relations().one(kind)),
            SelectItem::Wildcard(_) => labels.extend(relations().all()),
        }
        if labels.len() > COLUMNS {
            return vec![Label::All];
        }
    }
    labels
}

/// What a SELECT reads from.
struct Relations {
    /// By what they are called; without columns where only the plan knows them.
    each: Vec<(Option<String>, Option<Vec<Label>>)>,
    /// Whether a star stands for all columns of all of them.
    whole: bool,
}

impl Relations {
    fn of(select: &Select, named: &Named) -> Self {
        let joins = || select.from.iter().flat_map(|from| &from.joins);
        let tables = select.from.iter().flat_map(|from| {
            std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
        });
        let each = tables.map(|table| (called(table), of_table(table, named)));
        Self { each: each.collect(), whole: joins().all(|join| !leaves_out(join)) }
    }

    fn all(&self) -> Vec<Label> {
        let columns = self.each.iter().map(|(_, columns)| columns.as_ref());
        let known: Option<Vec<&Vec<Label>>> = columns.collect();
        match known.filter(|known| self.whole && !known.is_empty()) {
            Some(known) if known.iter().map(|of| of.len()).sum::<usize>() <= COLUMNS => {
                known.into_iter().flatten().cloned().collect()
            }
            _ => vec![Label::All],
        }
    }

    fn one(&self, kind: &SelectItemQualifiedWildcardKind) -> Vec<Label> {
        let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
            return vec![Label::All];
        };
        let name = name.to_string();
        let is_it = |known: &String| known.eq_ignore_ascii_case(&name);
        let found = self.each.iter().find(|(known, _)| known.as_ref().is_some_and(is_it));
        let columns = found.and_then(|(_, columns)| columns.clone());
        columns.unwrap_or_else(|| vec![Label::All])
    }
}

fn called(table: &TableFactor) -> Option<String> {
    match table {
        TableFactor::Table { name, alias, .. } => {
            Some(alias.as_ref().map_or_else(|| name.to_string(), |alias| alias.name.value.clone()))
        }
        TableFactor::Derived { alias, .. } | TableFactor::UNNEST { alias, .. } => {
            alias.as_ref().map(|alias| alias.name.value.clone())
        }
        _ => None,
    }
}

fn leaves_out(join: &Join) -> bool {
    let (JoinOperator::Join(constraint)
    | JoinOperator::Inner(constraint)
    | JoinOperator::Left(constraint)
    | JoinOperator::LeftOuter(constraint)
    | JoinOperator::Right(constraint)
    | JoinOperator::RightOuter(constraint)
    | JoinOperator::FullOuter(constraint)) = &join.join_operator
    else {
        return false;
    };
    matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural)
}

/// `None` where only the plan knows the columns.
fn of_table(table: &TableFactor, named: &Named) -> Option<Vec<Label>> {
    let (labels, alias) = match table {
        TableFactor::Table { name, alias, .. } => {
            (named.get(&name.to_string().to_ascii_lowercase())?.to_vec(), alias)
        }
        TableFactor::Derived { subquery, alias, .. } => (of_query(subquery, named), alias),
        TableFactor::UNNEST { alias, .. } => (Vec::new(), alias),
        _ => return None,
    };
    let labels = renamed(labels, alias.as_ref());
    (!labels.is_empty() && !labels.contains(&Label::All)).then_some(labels)
}

/// The names that an alias gives, where it does.
fn renamed(labels: Vec<Label>, alias: Option<&TableAlias>) -> Vec<Label> {
    match alias {
        Some(alias) if !alias.columns.is_empty() => {
            let names = alias.columns.iter().map(|column| column.name.value.clone());
            names.map(Label::Named).collect()
        }
        _ => labels,
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
    let whole = stars > 0 || labels.len() == names.len();
    if stars > 1 || !whole {
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
