//! JSON values that keep what a record must keep: the order of members and the digits of numbers.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use crate::scan;
use crate::text::decode;
use crate::{Flaw, Reason};

/// A JSON value: the parameters of a call, the elements of its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    /// Members in their order; a name may be there twice.
    Map(Vec<(String, Json)>),
}

/// A number as it was written, of any size and precision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Json {
    /// Reads any JSON text up to `limits::JSON_DEPTH` deep. A lone surrogate becomes U+FFFD.
    pub fn parse(bytes: &[u8]) -> Result<Self, Flaw> {
        let start = validate(bytes).map_err(|flaw| flaw.in_encoding_of(bytes))?;
        Ok(read(bytes, start)?.0)
    }

    /// A map of these members.
    pub fn map<N: Into<String>, V: Into<Json>>(members: impl IntoIterator<Item = (N, V)>) -> Self {
        Self::Map(members.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The first member of this name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Writes the names of all members as records do: the first letter in lower case.
    pub fn lower_camel(&mut self) {
        match self {
            Self::List(elements) => elements.iter_mut().for_each(Self::lower_camel),
            Self::Map(members) => {
                for (name, value) in members {
                    if let Some(first) = name.get_mut(..1) {
                        first.make_ascii_lowercase();
                    }
                    value.lower_camel();
                }
            }
            _ => {}
        }
    }

    /// How many lists and maps stand inside one another.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::List(elements) => 1 + elements.iter().map(Self::depth).max().unwrap_or(0),
            Self::Map(members) => {
                1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0)
            }
            _ => 0,
        }
    }
}

impl Number {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Number(Number(value.to_string()))
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        Self::Number(Number(value.to_string()))
    }
}

impl From<Vec<Json>> for Json {
    fn from(elements: Vec<Json>) -> Self {
        Self::List(elements)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(Number(digits)) => RawValue::from_string(digits.clone())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(elements) => {
                let mut list = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    list.serialize_element(element)?;
                }
                list.end()
            }
            Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Checks the whole text; gives the place of its value.
fn validate(bytes: &[u8]) -> Result<usize, Flaw> {
    let start = scan::skip_space(bytes, 0);
    let end = scan::skip_space(bytes, scan::skip_value(bytes, start, 0)?);
    if end < bytes.len() {
        return Err(Flaw::new(Reason::TrailingBytes, end));
    }
    scan::check_utf8(bytes)?;
    Ok(start)
}

/// Reads the validated value at `at`; gives it and the place behind it. Validation has bounded how
/// deep this calls itself.
fn read(bytes: &[u8], at: usize) -> Result<(Json, usize), Flaw> {
    match scan::peek(bytes, at) {
        b'{' => {
            let mut members = Vec::new();
            let end = scan::object(bytes, at, |name, at| {
                let (value, end) = read(bytes, at)?;
                members.push((decode(&bytes[name.start..name.end]).into_owned(), value));
                Ok::<usize, Flaw>(end)
            })?;
            Ok((Json::Map(members), end))
        }
        b'[' => {
            let mut elements = Vec::new();
            let end = scan::array(bytes, at, |at| {
                let (element, end) = read(bytes, at)?;
                elements.push(element);
                Ok(end)
            })?;
            Ok((Json::List(elements), end))
        }
        b'"' => {
            let text = scan::text(bytes, at + 1)?;
            let value = decode(&bytes[text.start..text.end]).into_owned();
            Ok((Json::Text(value), text.end + 1))
        }
        first => {
            let end = scan::skip_value(bytes, at, 0)?;
            let value = match first {
                b'n' => Json::Null,
                b't' | b'f' => Json::Bool(first == b't'),
                _ => Json::Number(Number(decode(&bytes[at..end]).into_owned())),
            };
            Ok((value, end))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};

    use super::*;

    fn written(json: &Json) -> String {
        serde_json::to_string(json).unwrap()
    }

    #[test]
    fn order_digits_and_repeated_names_are_kept() {
        let text = r#"{"z":1e400,"a":[-0,1.10,null,true,{}],"z":"\u001f€"}"#;
        let json = Json::parse(text.as_bytes()).unwrap();
        assert_eq!(written(&json), text);
        assert_eq!(json.get("z").map(written).as_deref(), Some("1e400"));
        assert_eq!(json.depth(), 3);
    }

    #[test]
    fn names_become_lower_camel() {
        let mut json =
            Json::parse(r#"{"TrailName":"A","ÉTag":[{"Key":1}],"":0}"#.as_bytes()).unwrap();
        json.lower_camel();
        assert_eq!(written(&json), r#"{"trailName":"A","ÉTag":[{"key":1}],"":0}"#);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for bad in [&b"{} x"[..], b"[1,]", b"\"\xff\"", b"", b"nul"] {
            assert!(Json::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Json::parse(&[b'['; 129]).unwrap_err().reason, Reason::TooDeep);
    }

    fn values() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<String>().prop_map(Json::from),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            let members = proptest::collection::vec((any::<String>(), inner.clone()), 0..6);
            let elements = proptest::collection::vec(inner, 0..6);
            prop_oneof![elements.prop_map(Json::List), members.prop_map(Json::Map)]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(json in values()) {
            prop_assert_eq!(Json::parse(written(&json).as_bytes()), Ok(json));
        }
    }
}
