//! Parts of a query: those that are no Trino are refused, names are brought to lower case, and
//! items of a SELECT get the names under which they may be called from outside.

use std::collections::HashSet;

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, LimitClause,
    OrderByKind, Query, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    SetQuantifier, Spanned, TableAlias, TableFactor, Value, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::names::{lower, lower_name, refused_at};
use super::{labels, refuse};

fn unsupported(span: Span, what: &str) -> Refused {
    refused_at(span, format!("mismatched input '{what}'"))
}

/// Refuses what other dialects add to a query.
pub(super) fn check_query(query: &mut Query) -> Result<(), Refused> {
    let span = Span::empty();
    if !query.locks.is_empty() || query.for_clause.is_some() {
        return Err(unsupported(span, "FOR"));
    }
    if query.settings.is_some() {
        return Err(unsupported(span, "SETTINGS"));
    }
    if query.format_clause.is_some() {
        return Err(unsupported(span, "FORMAT"));
    }
    if !query.pipe_operators.is_empty() {
        return Err(unsupported(span, "|>"));
    }
    if query.with.as_ref().is_some_and(|with| with.recursive) {
        return Err(refuse::statement("line 1:1: WITH RECURSIVE is not supported".into()));
    }
    match &query.limit_clause {
        Some(LimitClause::OffsetCommaLimit { .. }) => return Err(unsupported(span, ",")),
        Some(LimitClause::LimitOffset { limit_by, .. }) if !limit_by.is_empty() => {
            return Err(unsupported(span, "BY"));
        }
        _ => {}
    }
    fetch_as_limit(query)?;
    if let Some(order) = &query.order_by
        && (matches!(order.kind, OrderByKind::All(_)) || order.interpolate.is_some())
    {
        return Err(unsupported(span, "ALL"));
    }
    check_body(&query.body)
}

/// FETCH FIRST is LIMIT in other words.
fn fetch_as_limit(query: &mut Query) -> Result<(), Refused> {
    let Some(fetch) = query.fetch.take() else { return Ok(()) };
    let what = match (fetch.with_ties, fetch.percent) {
        (true, _) => "WITH TIES is not supported: use ROWS ONLY, or rank() in a sub-query",
        (_, true) => "PERCENT is not supported: use ROWS ONLY",
        (false, false) => "",
    };
    if !what.is_empty() {
        return Err(refuse::statement(format!("line 1:1: FETCH FIRST … {what}")));
    }
    let rows = fetch.quantity.unwrap_or_else(|| Expr::value(Value::Number("1".into(), false)));
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) if limit.is_none() => *limit = Some(rows),
        None => {
            let (limit, offset, limit_by) = (Some(rows), None, Vec::new());
            query.limit_clause = Some(LimitClause::LimitOffset { limit, offset, limit_by });
        }
        Some(_) => return Err(unsupported(Span::empty(), "FETCH")),
    }
    Ok(())
}

fn check_body(body: &SetExpr) -> Result<(), Refused> {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => Ok(()),
        SetExpr::SetOperation { left, right, set_quantifier, .. } => {
            if matches!(
                set_quantifier,
                SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName
            ) {
                return Err(unsupported(Span::empty(), "BY"));
            }
            check_body(left)?;
            check_body(right)
        }
        SetExpr::Table(_) => Err(unsupported(Span::empty(), "TABLE")),
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
            Err(refuse::statement("line 1:1: only SELECT statements are supported".into()))
        }
    }
}

/// Refuses what other dialects add to a SELECT.
pub(super) fn check_select(select: &mut Select) -> Result<(), Refused> {
    let foreign = [
        (select.top.is_some(), "TOP"),
        (select.into.is_some(), "INTO"),
        (select.exclude.is_some(), "EXCLUDE"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW"),
        (select.prewhere.is_some(), "PREWHERE"),
        (!select.connect_by.is_empty(), "CONNECT"),
        (!select.cluster_by.is_empty(), "CLUSTER"),
        (!select.distribute_by.is_empty(), "DISTRIBUTE"),
        (!select.sort_by.is_empty(), "SORT"),
        (select.qualify.is_some(), "QUALIFY"),
        (select.value_table_mode.is_some(), "AS"),
        (select.select_modifiers.is_some(), "SELECT"),
        (matches!(select.distinct, Some(Distinct::On(_))), "ON"),
        (select.flavor != SelectFlavor::Standard, "FROM"),
        (select.projection.is_empty(), "FROM"),
    ];
    let span = select.select_token.0.span;
    if let Some((_, what)) = foreign.iter().find(|(found, _)| *found) {
        return Err(unsupported(span, what));
    }
    match &mut select.group_by {
        GroupByExpr::All(_) => return Err(unsupported(span, "ALL")),
        GroupByExpr::Expressions(_, modifiers) if !modifiers.is_empty() => {
            return Err(unsupported(span, "WITH"));
        }
        GroupByExpr::Expressions(expressions, _) => apart(expressions),
    }
    for item in &select.projection {
        let options = match item {
            SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => options,
            SelectItem::ExprWithAliases { .. } => return Err(unsupported(item.span(), "(")),
            SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. } => continue,
        };
        if !is_plain(options) {
            return Err(unsupported(item.span(), "*"));
        }
    }
    for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
        check_join(join)?;
    }
    Ok(())
}

/// `GROUP BY (a, b)` groups by both.
fn apart(expressions: &mut Vec<Expr>) {
    let single = |expr| match expr {
        Expr::Tuple(values) if !values.is_empty() => values,
        other => vec![other],
    };
    *expressions = std::mem::take(expressions).into_iter().flat_map(single).collect();
}

fn is_plain(options: &WildcardAdditionalOptions) -> bool {
    options.opt_ilike.is_none()
        && options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none()
}

fn check_join(join: &mut Join) -> Result<(), Refused> {
    let span = join.relation.span();
    let keeps_right = matches!(
        join.join_operator,
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
    );
    let constraint = match &mut join.join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => constraint,
        JoinOperator::CrossJoin(JoinConstraint::None) => return Ok(()),
        _ => return Err(refused_at(span, "the join is not supported")),
    };
    match constraint {
        JoinConstraint::None => Err(refused_at(span, "mismatched input. Expecting: 'ON', 'USING'")),
        // The engine gives the left side's column, which has no value where there is only a right.
        JoinConstraint::Using(_) | JoinConstraint::Natural if keeps_right => {
            Err(refused_at(span, "RIGHT and FULL JOIN are supported with ON, not with USING"))
        }
        JoinConstraint::Using(columns) => {
            columns.iter_mut().for_each(lower_name);
            Ok(())
        }
        JoinConstraint::On(_) | JoinConstraint::Natural => Ok(()),
    }
}

/// Refuses what is no table of Trino, and brings names to lower case.
pub(super) fn check_table(table: &mut TableFactor) -> Result<(), Refused> {
    let span = table.span();
    let alias = match table {
        TableFactor::Table { args: Some(_), name, .. } => {
            return Err(refused_at(span, format!("Table function '{name}' not registered")));
        }
        TableFactor::Table { alias, sample, version, with_ordinality, json_path, .. } => {
            if sample.is_some() {
                return Err(refused_at(span, "TABLESAMPLE is not supported"));
            }
            if version.is_some() || *with_ordinality || json_path.is_some() {
                return Err(refused_at(span, "mismatched input after the table's name"));
            }
            alias
        }
        TableFactor::Derived { alias, sample, .. } => {
            if sample.is_some() {
                return Err(refused_at(span, "TABLESAMPLE is not supported"));
            }
            alias
        }
        TableFactor::UNNEST { alias, with_offset: false, .. } => alias,
        TableFactor::NestedJoin { alias, table_with_joins } => {
            for join in &mut table_with_joins.joins {
                check_join(join)?;
            }
            alias
        }
        TableFactor::Function { name, .. } => {
            return Err(refused_at(span, format!("Table function '{name}' not registered")));
        }
        _ => return Err(refused_at(span, "the table is not supported")),
    };
    if let Some(alias) = alias {
        lower_alias(alias);
    }
    Ok(())
}

pub(super) fn lower_alias(alias: &mut TableAlias) {
    lower(&mut alias.name);
    for column in &mut alias.columns {
        lower(&mut column.name);
    }
}

/// Gives the items of a SELECT the names by which a query around it, or its ORDER BY, may call
/// them. An engine's plan takes each name once; the second of two is out of reach, as it would be
/// ambiguous. So is a column that a star has already.
pub(super) fn name_items(
    select: &mut Select,
    hidden: &HashSet<String>,
    is_column: impl Fn(&[Ident]) -> bool,
) {
    let mut taken = HashSet::new();
    let stars = Stars::of(select);
    let projection = std::mem::take(&mut select.projection);
    for (at, item) in projection.into_iter().enumerate() {
        let item = match item {
            SelectItem::ExprWithAlias { expr, mut alias } => {
                lower(&mut alias);
                let starred = stars.any() && hidden.contains(&alias.value);
                if starred || !taken.insert(alias.value.clone()) {
                    alias = unreachable_name(at);
                }
                SelectItem::ExprWithAlias { expr, alias }
            }
            SelectItem::UnnamedExpr(expr) if stars.have(&expr, &is_column) => {
                SelectItem::ExprWithAlias { expr, alias: unreachable_name(at) }
            }
            SelectItem::UnnamedExpr(expr) => {
                let leaf = labels::leaf(&expr).map(|name| name.to_ascii_lowercase());
                match leaf.filter(|leaf| taken.insert(leaf.clone())) {
                    Some(leaf) if is_path(&expr, &is_column) => {
                        let alias = Ident::with_quote('"', leaf);
                        SelectItem::ExprWithAlias { expr, alias }
                    }
                    Some(_) => SelectItem::UnnamedExpr(expr),
                    None => SelectItem::ExprWithAlias { expr, alias: unreachable_name(at) },
                }
            }
            SelectItem::QualifiedWildcard(mut kind, options) => {
                if let SelectItemQualifiedWildcardKind::ObjectName(name) = &mut kind {
                    lower_name(name);
                }
                SelectItem::QualifiedWildcard(kind, options)
            }
            other => other,
        };
        select.projection.push(item);
    }
}

/// Which columns the stars of a SELECT stand for.
#[derive(Default)]
struct Stars {
    /// Those of all relations.
    all: bool,
    /// Those of relations by their names.
    of: HashSet<String>,
}

impl Stars {
    fn of(select: &Select) -> Self {
        let mut stars = Self::default();
        let single = matches!(select.from.as_slice(), [only] if only.joins.is_empty());
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => stars.all = true,
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    stars.all |= single;
                    let last = name.0.last().and_then(|part| part.as_ident());
                    stars.of.extend(last.map(|ident| ident.value.to_ascii_lowercase()));
                }
                _ => {}
            }
        }
        stars
    }

    fn any(&self) -> bool {
        self.all || !self.of.is_empty()
    }

    fn have(&self, expr: &Expr, is_column: &impl Fn(&[Ident]) -> bool) -> bool {
        match expr {
            Expr::Identifier(_) => self.all,
            Expr::CompoundIdentifier(path) => {
                is_column(path)
                    && (self.all || self.of.contains(&path[0].value.to_ascii_lowercase()))
            }
            Expr::Nested(inner) => self.have(inner, is_column),
            _ => false,
        }
    }
}

/// An expression of ORDER BY that is an item's becomes the item's name: behind DISTINCT the engine
/// knows items by their names only.
pub(super) fn order_by_items(query: &mut Query) {
    let (SetExpr::Select(select), Some(order)) = (query.body.as_ref(), &mut query.order_by) else {
        return;
    };
    let OrderByKind::Expressions(orders) = &mut order.kind else { return };
    for order in orders {
        let same = select.projection.iter().find_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } if *expr == order.expr => Some(alias),
            _ => None,
        });
        if let Some(alias) = same {
            order.expr = Expr::Identifier(alias.clone());
        }
    }
}

/// Whether the item reaches into a row.
fn is_path(expr: &Expr, is_column: &impl Fn(&[Ident]) -> bool) -> bool {
    match expr {
        Expr::CompoundIdentifier(path) => !is_column(path),
        Expr::CompoundFieldAccess { .. } => true,
        Expr::Nested(inner) => is_path(inner, is_column),
        _ => false,
    }
}

/// A name that no statement can write: identifiers of statements are lower case when they resolve.
fn unreachable_name(at: usize) -> Ident {
    Ident::with_quote('"', format!("Column {at}"))
}
