//! The members of a call, whichever protocol they came in.

use serde_json::{Map, Value};

use super::fault::{Code, Refusal};
use cairn_store::topic::Texts;

/// Decoded members by the names that the JSON protocol gives them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Input(pub(crate) Map<String, Value>);

impl Input {
    /// # Errors
    /// `SerializationException` for what is not one JSON object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        cairn_wire::aws_json::decode(body)
            .map(Self)
            .map_err(|fault| Refusal::new(Code::Serialization, fault.message))
    }

    /// A text; `None` where it is absent or null.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(mistyped(name, "a string")),
        }
    }

    /// # Errors
    /// `MissingParameter` where the text is absent or empty.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| Refusal::missing(name))
    }

    /// A whole number; forms carry it as text.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => {
                number.as_i64().map(Some).ok_or_else(|| mistyped(name, "an integer"))
            }
            Some(Value::String(text)) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Refusal::value(format!(
                    "Value {text:.128} for parameter {name} is invalid. Reason: Must be an integer."
                ))),
            },
            Some(_) => Err(mistyped(name, "an integer")),
        }
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// `InvalidParameterValue` with the reason.
    pub(crate) fn bounded(
        &self,
        name: &str,
        bounds: std::ops::RangeInclusive<i64>,
        reason: &str,
    ) -> Result<Option<i64>, Refusal> {
        let number = self.number(name)?;
        match number {
            Some(number) if !bounds.contains(&number) => Err(Refusal::value(format!(
                "Value {number} for parameter {name} is invalid. Reason: {reason}"
            ))),
            _ => Ok(number),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let Some(list) = self.list(name)? else {
            return Ok(Vec::new());
        };
        let text = |value: &'_ Value| match value {
            Value::String(_) => Ok(()),
            _ => Err(mistyped(name, "a list of strings")),
        };
        list.iter().try_for_each(text)?;
        Ok(list.iter().filter_map(Value::as_str).collect())
    }

    /// Names and texts; empty where absent.
    pub(crate) fn map(&self, name: &str) -> Result<Texts, Refusal> {
        let Some(map) = self.object(name)? else {
            return Ok(Texts::new());
        };
        let mut texts = Texts::new();
        for (key, value) in map {
            let Value::String(text) = value else {
                return Err(mistyped(name, "a map of strings"));
            };
            texts.insert(key.clone(), text.clone());
        }
        Ok(texts)
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<&Map<String, Value>>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(mistyped(name, "an object")),
        }
    }

    /// The members of a batch.
    pub(crate) fn entries(&self, name: &str) -> Result<Vec<Self>, Refusal> {
        let mut entries = Vec::new();
        for value in self.list(name)?.into_iter().flatten() {
            let Value::Object(map) = value else {
                return Err(mistyped(name, "a list of objects"));
            };
            entries.push(Self(map.clone()));
        }
        Ok(entries)
    }

    fn list(&self, name: &str) -> Result<Option<&Vec<Value>>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(mistyped(name, "a list")),
        }
    }
}

fn mistyped(name: &str, wanted: &str) -> Refusal {
    Refusal::new(Code::Serialization, format!("{name} must be {wanted}"))
}
