//! SQL with places: for the event data store, for times, and for what a question names.
//!
//! `$EDS_ID` is the store. `{NAME|DEFAULT}` is a value, `{time|N days}` a condition on the time,
//! and `{filter}`, behind a condition, more of them; `{a.time|…}` is that of the table alias `a`.

use cairn_core::Timestamp;

use super::slots::Slots;
use crate::query::PLACEHOLDER;

/// A statement, cut at its places.
#[derive(Debug)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(&'static str),
    Store,
    Place(Place),
}

#[derive(Debug)]
struct Place {
    /// The table alias with its dot, or nothing.
    alias: String,
    name: &'static str,
    default: &'static str,
}

/// A statement with question marks, and what stands for each of them in a dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parametric {
    pub(crate) statement: String,
    pub(crate) parameters: Vec<String>,
}

impl Template {
    pub(crate) fn parse(text: &'static str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '$']) {
            pieces.push(Piece::Text(&rest[..at]));
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix(PLACEHOLDER) {
                pieces.push(Piece::Store);
                rest = after;
            } else if let Some((place, after)) =
                rest.strip_prefix('{').and_then(|text| text.split_once('}'))
            {
                pieces.push(Piece::Place(Place::parse(place)));
                rest = after;
            } else {
                pieces.push(Piece::Text(&rest[..1]));
                rest = &rest[1..];
            }
        }
        pieces.push(Piece::Text(rest));
        Self(pieces)
    }

    /// With the store's placeholder and a default in every other place.
    pub(crate) fn shown(&self) -> String {
        self.render(|piece, sql| match piece {
            Piece::Text(text) => sql.push_str(text),
            Piece::Store => sql.push_str(PLACEHOLDER),
            Piece::Place(place) => match place.name {
                "filter" => {}
                "time" => {
                    let (alias, days) = (&place.alias, place.days());
                    let since = format!("date_add('day', -{days}, current_timestamp)");
                    sql.push_str(&format!("{alias}eventTime > {since}"));
                }
                _ => sql.push_str(place.default),
            },
        })
    }

    /// About a store, with what a question names; the defaults of times count from `now`.
    pub(crate) fn filled(
        &self,
        store: &str,
        slots: &Slots,
        covers: &[(&str, &str)],
        now: Timestamp,
    ) -> String {
        let conditions = |alias: &str| slots.conditions(alias, |name| self.says(name, covers));
        self.render(|piece, sql| match piece {
            Piece::Text(text) => sql.push_str(text),
            Piece::Store => sql.push_str(store),
            Piece::Place(place) => match place.name {
                "filter" => {
                    for condition in conditions(&place.alias) {
                        sql.push_str(&format!("\n  AND {condition}"));
                    }
                }
                "time" => sql.push_str(&slots.time(&place.alias, place.days(), now)),
                name => match slots.value(name) {
                    Some(value) => sql.push_str(&value.replace('\'', "''")),
                    None => sql.push_str(place.default),
                },
            },
        })
    }

    /// For a widget of a managed dashboard.
    pub(crate) fn parametric(&self) -> Parametric {
        let mut parameters = Vec::new();
        let statement = self.render(|piece, sql| match piece {
            Piece::Text(text) => sql.push_str(text),
            Piece::Store => {
                parameters.push("$EventDataStoreId$".to_owned());
                sql.push('?');
            }
            Piece::Place(place) => match place.name {
                "filter" => {}
                "time" => {
                    let alias = &place.alias;
                    parameters.extend(["$StartTime$", "$EndTime$"].map(str::to_owned));
                    let range = format!("{alias}eventTime >= '?' AND {alias}eventTime <= '?'");
                    sql.push_str(&range);
                }
                "period" => {
                    parameters.push("$Period$".to_owned());
                    sql.push('?');
                }
                _ => sql.push_str(place.default),
            },
        });
        Parametric { statement, parameters }
    }

    /// The names of the values that a question has to give.
    pub(crate) fn demands(&self) -> impl Iterator<Item = &'static str> {
        let optional = ["time", "filter", "limit", "period"];
        self.places().map(|place| place.name).filter(move |name| !optional.contains(name))
    }

    /// Whether there is a place for a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.places().any(|place| place.name == name)
    }

    /// Whether the statement says something about a slot already.
    fn says(&self, name: &str, covers: &[(&str, &str)]) -> bool {
        self.has(name) || covers.iter().any(|(covered, _)| *covered == name)
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place(place) => Some(place),
            Piece::Text(_) | Piece::Store => None,
        })
    }

    fn render(&self, mut piece: impl FnMut(&Piece, &mut String)) -> String {
        let mut sql = String::new();
        for one in &self.0 {
            piece(one, &mut sql);
        }
        sql
    }
}

impl Place {
    fn parse(text: &'static str) -> Self {
        let (name, default) = text.split_once('|').unwrap_or((text, ""));
        match name.split_once('.') {
            Some((alias, name)) => Self { alias: format!("{alias}."), name, default },
            None => Self { alias: String::new(), name, default },
        }
    }

    /// Of a condition on the time.
    fn days(&self) -> u32 {
        let number = self.default.split(' ').next().unwrap_or_default();
        number.parse().unwrap_or(7)
    }
}
