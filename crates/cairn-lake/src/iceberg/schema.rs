//! A table's columns, from an Arrow schema whose fields carry their ids.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Field as ArrowField, FieldRef, Schema as ArrowSchema, TimeUnit};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use serde_json::{Value as Json, json};

use super::TableError;

/// The columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub fields: Vec<Field>,
}

/// A column, or a member of one. Readers find it in a file by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub id: i32,
    pub name: String,
    pub required: bool,
    pub of: Type,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Date,
    /// Microseconds, without a zone.
    Timestamp,
    /// Microseconds of UTC.
    Timestamptz,
    String,
    Binary,
    Struct(Vec<Field>),
    List(Box<Field>),
    /// Key and value.
    Map(Box<(Field, Field)>),
}

impl Schema {
    /// Every field, at every depth, needs [`PARQUET_FIELD_ID_META_KEY`] among its metadata.
    pub(crate) fn from_arrow(schema: &ArrowSchema) -> Result<Self, TableError> {
        let fields = schema.fields().iter().map(|field| Field::from_arrow(field, ""));
        Ok(Self { fields: fields.collect::<Result<_, _>>()? })
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The highest id at any depth.
    pub(super) fn last_id(&self) -> i32 {
        self.fields.iter().map(Field::last_id).max().unwrap_or(0)
    }

    /// Types of the columns that have bounds: leaves that are within no list and no map.
    pub(super) fn bounded(&self) -> BTreeMap<i32, Type> {
        let mut found = BTreeMap::new();
        self.fields.iter().for_each(|field| field.collect_bounded(&mut found));
        found
    }

    /// `{"type":"struct","schema-id":0,"fields":[…]}`
    pub(super) fn to_json(&self, id: i32) -> Json {
        let fields: Vec<Json> = self.fields.iter().map(Field::to_json).collect();
        json!({"type": "struct", "schema-id": id, "fields": fields})
    }

    pub(super) fn from_json(json: &Json) -> Option<Self> {
        let fields = json.get("fields")?.as_array()?.iter().map(Field::from_json);
        Some(Self { fields: fields.collect::<Option<_>>()? })
    }

    /// For readers of files that carry no ids.
    pub(super) fn name_mapping(&self) -> Json {
        Json::Array(self.fields.iter().map(Field::name_mapping).collect())
    }
}

impl Field {
    fn from_arrow(field: &ArrowField, path: &str) -> Result<Self, TableError> {
        let column =
            if path.is_empty() { field.name().clone() } else { format!("{path}.{}", field.name()) };
        let id = field.metadata().get(PARQUET_FIELD_ID_META_KEY).and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| TableError::FieldId { column: column.clone() })?;
        let of = Type::from_arrow(field.data_type(), &column)?;
        Ok(Self { id, name: field.name().clone(), required: !field.is_nullable(), of })
    }

    fn last_id(&self) -> i32 {
        let below = match &self.of {
            Type::Struct(fields) => fields.iter().map(Self::last_id).max().unwrap_or(0),
            Type::List(element) => element.last_id(),
            Type::Map(pair) => pair.0.last_id().max(pair.1.last_id()),
            _ => 0,
        };
        self.id.max(below)
    }

    fn collect_bounded(&self, found: &mut BTreeMap<i32, Type>) {
        match &self.of {
            Type::Struct(fields) => fields.iter().for_each(|field| field.collect_bounded(found)),
            Type::List(_) | Type::Map(_) => {}
            leaf => {
                found.insert(self.id, leaf.clone());
            }
        }
    }

    fn to_json(&self) -> Json {
        let of = self.of.to_json();
        json!({"id": self.id, "name": self.name, "required": self.required, "type": of})
    }

    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            id: id_of(json, "id")?,
            name: json.get("name")?.as_str()?.to_owned(),
            required: json.get("required")?.as_bool()?,
            of: Type::from_json(json.get("type")?)?,
        })
    }

    fn name_mapping(&self) -> Json {
        let mut mapping = json!({"field-id": self.id, "names": [self.name]});
        let below: Vec<Json> = match &self.of {
            Type::Struct(fields) => fields.iter().map(Self::name_mapping).collect(),
            Type::List(element) => vec![element.name_mapping()],
            Type::Map(pair) => vec![pair.0.name_mapping(), pair.1.name_mapping()],
            _ => return mapping,
        };
        mapping["fields"] = Json::Array(below);
        mapping
    }
}

impl Type {
    fn from_arrow(of: &DataType, column: &str) -> Result<Self, TableError> {
        let refused = || TableError::Type { column: column.to_owned(), found: of.clone() };
        Ok(match of {
            DataType::Boolean => Self::Boolean,
            DataType::Int8 | DataType::Int16 | DataType::Int32 => Self::Int,
            DataType::Int64 => Self::Long,
            DataType::Float32 => Self::Float,
            DataType::Float64 => Self::Double,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(TimeUnit::Microsecond, None) => Self::Timestamp,
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => Self::Timestamptz,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::String,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Binary,
            DataType::Dictionary(_, values) => Self::from_arrow(values, column)?,
            DataType::Struct(fields) => {
                let fields = fields.iter().map(|field| Field::from_arrow(field, column));
                Self::Struct(fields.collect::<Result<_, _>>()?)
            }
            DataType::List(element) | DataType::LargeList(element) => {
                let element = Field { name: "element".to_owned(), ..inner(element, column)? };
                Self::List(Box::new(element))
            }
            DataType::Map(entries, _) => {
                let DataType::Struct(pair) = entries.data_type() else { return Err(refused()) };
                let [key, value] = &pair[..] else { return Err(refused()) };
                let key = Field { name: "key".to_owned(), required: true, ..inner(key, column)? };
                let value = Field { name: "value".to_owned(), ..inner(value, column)? };
                Self::Map(Box::new((key, value)))
            }
            _ => return Err(refused()),
        })
    }

    fn to_json(&self) -> Json {
        match self {
            Self::Struct(fields) => {
                let fields: Vec<Json> = fields.iter().map(Field::to_json).collect();
                json!({"type": "struct", "fields": fields})
            }
            Self::List(element) => json!({
                "type": "list",
                "element-id": element.id,
                "element-required": element.required,
                "element": element.of.to_json(),
            }),
            Self::Map(pair) => json!({
                "type": "map",
                "key-id": pair.0.id,
                "key": pair.0.of.to_json(),
                "value-id": pair.1.id,
                "value-required": pair.1.required,
                "value": pair.1.of.to_json(),
            }),
            plain => Json::from(plain.name()),
        }
    }

    fn from_json(json: &Json) -> Option<Self> {
        if let Some(name) = json.as_str() {
            return PLAIN.iter().find(|plain| plain.name() == name).cloned();
        }
        let member = |name: &str, id: &str, required: bool| {
            let of = Self::from_json(json.get(name)?)?;
            Some(Field { id: id_of(json, id)?, name: name.to_owned(), required, of })
        };
        let flag = |name: &str| json.get(name).and_then(Json::as_bool);
        Some(match json.get("type")?.as_str()? {
            "struct" => Self::Struct(Schema::from_json(json)?.fields),
            "list" => {
                let required = flag("element-required")?;
                Self::List(Box::new(member("element", "element-id", required)?))
            }
            "map" => {
                let value = member("value", "value-id", flag("value-required")?)?;
                Self::Map(Box::new((member("key", "key-id", true)?, value)))
            }
            _ => return None,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Timestamptz => "timestamptz",
            Self::String => "string",
            Self::Binary => "binary",
            Self::Struct(_) => "struct",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }
}

const PLAIN: [Type; 10] = [
    Type::Boolean,
    Type::Int,
    Type::Long,
    Type::Float,
    Type::Double,
    Type::Date,
    Type::Timestamp,
    Type::Timestamptz,
    Type::String,
    Type::Binary,
];

fn inner(field: &FieldRef, column: &str) -> Result<Field, TableError> {
    Field::from_arrow(field, column)
}

fn id_of(json: &Json, name: &str) -> Option<i32> {
    i32::try_from(json.get(name)?.as_i64()?).ok()
}
