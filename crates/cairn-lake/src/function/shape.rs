//! The shape of a call: which types a function takes, and which it gives.
//!
//! A shape is written as Trino's documentation writes it: `map(K, V), K -> V`. A capital letter
//! stands for any type, the same one wherever it stands; `S` stands for a timestamp with or
//! without a zone; `...` repeats the last parameter.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};
use datafusion::common::{Result, internal_err};

use super::types::{self, wider};

/// The types of one form of a function.
#[derive(Debug)]
pub(super) struct Shape {
    parameters: Vec<Type>,
    repeats: bool,
    result: Type,
}

/// What the letters of a shape stand for in one call.
#[derive(Debug, Default)]
pub(super) struct Bound {
    letters: Vec<(char, DataType, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Type {
    Exact(DataType),
    Json,
    Letter(char),
    Array(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Row(Vec<Type>),
}

impl Shape {
    /// # Errors
    /// A text that is no shape.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let Some((parameters, result)) = text.split_once("->") else {
            return internal_err!("the shape '{text}' has no result");
        };
        let parameters = parameters.trim();
        let repeats = parameters.ends_with("...");
        let mut read = Vec::new();
        for part in apart(parameters.trim_end_matches("...")) {
            read.push(Type::parse(part)?);
        }
        Ok(Self { parameters: read, repeats, result: Type::parse(result)? })
    }

    /// The types that arguments of these types are brought to, and what that costs. `None` if the
    /// shape does not fit.
    pub(super) fn fit(&self, given: &[FieldRef]) -> Option<(Vec<DataType>, u32, Bound)> {
        let enough = given.len() == self.parameters.len()
            || (self.repeats && given.len() > self.parameters.len());
        if !enough {
            return None;
        }
        let mut bound = Bound::default();
        let mut cost = 0;
        for (parameter, field) in self.along(given.len()).zip(given) {
            let plain = types::plain(field.data_type());
            cost += parameter.meet(&plain, is_json(field), &mut bound)?;
        }
        let wanted: Vec<DataType> = self
            .along(given.len())
            .zip(given)
            .map(|(parameter, field)| parameter.wanted(field, &bound))
            .collect();
        Some((wanted, cost, bound))
    }

    /// The field of the result.
    pub(super) fn result(&self, name: &str, bound: &Bound) -> FieldRef {
        Arc::new(self.result.field(name, bound))
    }

    fn along(&self, count: usize) -> impl Iterator<Item = &Type> {
        let last = self.parameters.last();
        let rest = std::iter::repeat(last).flatten();
        self.parameters.iter().chain(rest).take(count)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters: Vec<String> = self.parameters.iter().map(Type::to_string).collect();
        let repeated = if self.repeats { ", ..." } else { "" };
        write!(f, "({}{repeated})", parameters.join(", "))?;
        let mut letters = Vec::new();
        self.parameters.iter().for_each(|parameter| parameter.letters(&mut letters));
        if !letters.is_empty() {
            let letters: Vec<String> = letters.iter().map(char::to_string).collect();
            write!(f, " {}", letters.join(", "))?;
        }
        Ok(())
    }
}

impl Bound {
    fn get(&self, letter: char) -> Option<&(char, DataType, bool)> {
        self.letters.iter().find(|(bound, ..)| *bound == letter)
    }

    /// `None` if the letter stands for another type already that has nothing in common with this.
    fn bind(&mut self, letter: char, given: &DataType, json: bool) -> Option<u32> {
        let is_time = matches!(given, DataType::Timestamp(..) | DataType::Date32 | DataType::Null);
        if letter == 'S' && !is_time {
            return None;
        }
        let moved = if letter == 'S' && matches!(given, DataType::Date32) { 2 } else { 0 };
        let given = match (letter, given) {
            ('S', DataType::Date32 | DataType::Null) => types::TIMESTAMP,
            _ => given.clone(),
        };
        match self.letters.iter_mut().find(|(bound, ..)| *bound == letter) {
            Some((_, bound, was_json)) => {
                let both = wider(bound, &given)?;
                let cost = u32::from(!both.equals_datatype(bound));
                *bound = both;
                *was_json |= json;
                Some(cost + moved)
            }
            None => {
                self.letters.push((letter, given, json));
                Some(moved)
            }
        }
    }
}

impl Type {
    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Some((head, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            let mut inner: Vec<Self> =
                apart(inner).into_iter().map(Self::parse).collect::<Result<_>>()?;
            return match (head, inner.len()) {
                ("array", 1) => Ok(Self::Array(Box::new(inner.remove(0)))),
                ("map", 2) => {
                    let value = inner.remove(1);
                    Ok(Self::Map(Box::new(inner.remove(0)), Box::new(value)))
                }
                ("row", _) => Ok(Self::Row(inner)),
                _ => internal_err!("'{text}' is no type of a shape"),
            };
        }
        let mut letters = text.chars();
        if let (Some(letter @ 'A'..='Z'), None) = (letters.next(), letters.next()) {
            return Ok(Self::Letter(letter));
        }
        Ok(match text {
            "json" => Self::Json,
            "varchar" => Self::Exact(DataType::Utf8),
            "bigint" => Self::Exact(DataType::Int64),
            "integer" => Self::Exact(DataType::Int32),
            "double" => Self::Exact(DataType::Float64),
            "real" => Self::Exact(DataType::Float32),
            "boolean" => Self::Exact(DataType::Boolean),
            "timestamp" => Self::Exact(types::TIMESTAMP),
            "timestamp with time zone" => Self::Exact(types::utc()),
            "date" => Self::Exact(DataType::Date32),
            "time" => Self::Exact(types::TIME),
            "varbinary" => Self::Exact(DataType::Binary),
            "interval" => Self::Exact(DataType::Interval(IntervalUnit::MonthDayNano)),
            _ => return internal_err!("'{text}' is no type of a shape"),
        })
    }

    /// What it costs to give this parameter a value of a type; `None` if it cannot be.
    fn meet(&self, given: &DataType, json: bool, bound: &mut Bound) -> Option<u32> {
        match (self, given) {
            (Self::Letter(letter), _) => bound.bind(*letter, given, json),
            (_, DataType::Null) => Some(1),
            (Self::Exact(wanted), _) => types::distance(given, wanted),
            (Self::Json, DataType::Utf8) => Some(0),
            (Self::Array(inner), DataType::List(item)) => {
                inner.meet(item.data_type(), is_json(item), bound)
            }
            (Self::Map(key, value), DataType::Map(entries, _)) => {
                let [key_field, value_field] = types::entry(entries)?;
                let key = key.meet(key_field.data_type(), is_json(key_field), bound)?;
                Some(key + value.meet(value_field.data_type(), is_json(value_field), bound)?)
            }
            (Self::Row(parts), DataType::Struct(fields)) if parts.len() == fields.len() => {
                let mut cost = 0;
                for (part, field) in parts.iter().zip(fields) {
                    cost += part.meet(field.data_type(), is_json(field), bound)?;
                }
                Some(cost)
            }
            _ => None,
        }
    }

    /// The type that a value of a field is brought to. It stays as it is where only names differ.
    fn wanted(&self, field: &Field, bound: &Bound) -> DataType {
        let given = types::plain(field.data_type());
        let wanted = self.field("", bound).data_type().clone();
        if wanted.equals_datatype(&given) { given } else { wanted }
    }

    fn field(&self, name: &str, bound: &Bound) -> Field {
        let of = |data_type| Field::new(name, data_type, true);
        match self {
            Self::Exact(exact) => of(exact.clone()),
            Self::Json => as_json(of(DataType::Utf8)),
            Self::Letter(letter) => match bound.get(*letter) {
                Some((_, data_type, true)) => as_json(of(data_type.clone())),
                Some((_, data_type, false)) => of(data_type.clone()),
                None => of(DataType::Null),
            },
            Self::Array(inner) => of(DataType::List(Arc::new(inner.field("item", bound)))),
            Self::Map(key, value) => {
                let key = key.field("key", bound).with_nullable(false);
                of(types::map_of(key, value.field("value", bound)))
            }
            Self::Row(parts) => {
                let fields: Fields = parts
                    .iter()
                    .enumerate()
                    .map(|(at, part)| part.field(&format!("field{at}"), bound))
                    .collect();
                of(DataType::Struct(fields))
            }
        }
    }

    fn letters(&self, found: &mut Vec<char>) {
        match self {
            Self::Letter('S') => {}
            Self::Letter(letter) if !found.contains(letter) => found.push(*letter),
            Self::Array(inner) => inner.letters(found),
            Self::Map(key, value) => {
                key.letters(found);
                value.letters(found);
            }
            Self::Row(parts) => parts.iter().for_each(|part| part.letters(found)),
            _ => {}
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(DataType::Timestamp(TimeUnit::Microsecond, None)) => {
                f.write_str("timestamp(p)")
            }
            Self::Exact(exact) => f.write_str(&types::name(&Field::new("", exact.clone(), true))),
            Self::Json => f.write_str("json"),
            Self::Letter('S') => f.write_str("timestamp(p)"),
            Self::Letter(letter) => write!(f, "{letter}"),
            Self::Array(inner) => write!(f, "array({inner})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Row(parts) => {
                let parts: Vec<String> = parts.iter().map(Self::to_string).collect();
                write!(f, "row({})", parts.join(", "))
            }
        }
    }
}

/// Under this key a field says that its text is JSON.
const TYPE_KEY: &str = "cairn.type";

/// Whether the text of a field is of the type json.
pub(crate) fn is_json(field: &Field) -> bool {
    field.metadata().get(TYPE_KEY).is_some_and(|named| named == "json")
}

/// The field, its text marked as being of the type json.
pub(crate) fn as_json(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert(TYPE_KEY.to_owned(), "json".to_owned());
    field.with_metadata(metadata)
}

/// The parts between the commas that stand in no parentheses.
pub(super) fn apart(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() || !parts.is_empty() {
        parts.push(last);
    }
    parts
}
