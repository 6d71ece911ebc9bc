//! Values and files of Avro, as manifests need them.

use apache_avro::types::Value;
use apache_avro::{Codec, DeflateSettings, Reader, Schema, Writer};
use serde_json::{Value as Json, json};

use super::TableError;

/// A file of `rows`, with entries of metadata beside the schema.
pub(super) fn write(
    schema: &Schema,
    metadata: &[(&str, String)],
    rows: impl Iterator<Item = Value>,
) -> Result<Vec<u8>, TableError> {
    let codec = Codec::Deflate(DeflateSettings::default());
    let mut writer = Writer::with_codec(schema, Vec::new(), codec);
    for (key, value) in metadata {
        writer.add_user_metadata((*key).to_owned(), value)?;
    }
    for row in rows {
        writer.append(row)?;
    }
    // A file without rows has a header too.
    writer.flush()?;
    Ok(writer.into_inner()?)
}

/// The rows of a file, each taken apart by `parse`.
pub(super) fn read<T>(
    path: &impl ToString,
    bytes: &[u8],
    parse: impl Fn(Value) -> Option<T>,
) -> Result<Vec<T>, TableError> {
    let reader = Reader::new(bytes).map_err(|error| TableError::damaged(path, error))?;
    let mut rows = Vec::new();
    for row in reader {
        let row = row.map_err(|error| TableError::damaged(path, error))?;
        rows.push(parse(row).ok_or_else(|| TableError::damaged(path, "a row has another form"))?);
    }
    Ok(rows)
}

pub(super) fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Record(fields.map(|(name, value)| (name.to_owned(), value)).into())
}

pub(super) fn text(text: impl ToString) -> Value {
    Value::String(text.to_string())
}

pub(super) fn int(number: i32) -> Value {
    Value::Int(number)
}

pub(super) fn long(number: i64) -> Value {
    Value::Long(number)
}

pub(super) fn binary(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

/// A value of the union of null and something.
pub(super) fn maybe(value: Option<Value>) -> Value {
    match value {
        None => Value::Union(0, Box::new(Value::Null)),
        Some(value) => Value::Union(1, Box::new(value)),
    }
}

pub(super) fn list(values: impl Iterator<Item = Value>) -> Value {
    maybe(Some(Value::Array(values.collect())))
}

/// A map whose keys are numbers is an array of pairs.
pub(super) fn map<T>(entries: &[(i32, T)], value: impl Fn(&T) -> Value) -> Value {
    list(entries.iter().map(|(id, entry)| record([("key", int(*id)), ("value", value(entry))])))
}

/// A row that is being taken apart.
pub(super) struct Row(Vec<(String, Value)>);

impl Row {
    pub(super) fn of(value: Value) -> Option<Self> {
        match value {
            Value::Record(fields) => Some(Self(fields)),
            Value::Union(_, inner) => Self::of(*inner),
            _ => None,
        }
    }

    /// `None` for what is null or not there.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let (_, value) = self.0.iter_mut().find(|(field, _)| field == name)?;
        match std::mem::replace(value, Value::Null) {
            Value::Union(_, inner) => Some(*inner).filter(|inner| *inner != Value::Null),
            Value::Null => None,
            value => Some(value),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn long(&mut self, name: &str) -> Option<i64> {
        number(&self.take(name)?)
    }

    pub(super) fn count(&mut self, name: &str) -> Option<u64> {
        u64::try_from(self.long(name)?).ok()
    }

    pub(super) fn longs(&mut self, name: &str) -> Option<Vec<i64>> {
        self.array(name)?.iter().map(number).collect()
    }

    pub(super) fn numbers(&mut self, name: &str) -> Option<Vec<(i32, i64)>> {
        self.pairs(name, |value| number(&value))
    }

    pub(super) fn binaries(&mut self, name: &str) -> Option<Vec<(i32, Box<[u8]>)>> {
        self.pairs(name, |value| match value {
            Value::Bytes(bytes) => Some(bytes.into()),
            _ => None,
        })
    }

    /// An array that is null is empty.
    pub(super) fn array(&mut self, name: &str) -> Option<Vec<Value>> {
        match self.take(name) {
            None => Some(Vec::new()),
            Some(Value::Array(values)) => Some(values),
            Some(_) => None,
        }
    }

    fn pairs<T>(
        &mut self,
        name: &str,
        parse: impl Fn(Value) -> Option<T>,
    ) -> Option<Vec<(i32, T)>> {
        let mut pairs = Vec::new();
        for pair in self.array(name)? {
            let mut pair = Self::of(pair)?;
            let id = i32::try_from(pair.long("key")?).ok()?;
            pairs.push((id, parse(pair.take("value")?)?));
        }
        pairs.sort_unstable_by_key(|(id, _)| *id);
        Some(pairs)
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(i64::from(*number)),
        Value::Long(number) => Some(*number),
        _ => None,
    }
}

/// A field that is always there.
pub(super) fn field(id: i32, name: &str, of: impl Into<Json>) -> Json {
    json!({"name": name, "type": of.into(), "field-id": id})
}

/// A field that may be null.
pub(super) fn optional(id: i32, name: &str, of: impl Into<Json>) -> Json {
    json!({"name": name, "type": ["null", of.into()], "default": null, "field-id": id})
}

/// The type of a map from field ids to `of`.
pub(super) fn map_type(key: i32, value: i32, of: &str) -> Json {
    json!({
        "type": "array",
        "logicalType": "map",
        "items": {
            "type": "record",
            "name": format!("k{key}_v{value}"),
            "fields": [field(key, "key", "int"), field(value, "value", of)],
        },
    })
}
