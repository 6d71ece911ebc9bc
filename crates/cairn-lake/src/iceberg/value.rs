//! Single values in the binary form that bounds have.

use super::schema::Type;

/// Code points of a text's bound.
const TEXT: usize = 16;
/// Bytes of a binary value's bound.
const BYTES: usize = 16;

/// A value of a column that has bounds.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Boolean(bool),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970.
    Timestamp(i64),
    Text(String),
    Binary(Vec<u8>),
}

impl Value {
    pub(super) fn encode(&self) -> Box<[u8]> {
        match self {
            Self::Boolean(value) => Box::new([u8::from(*value)]),
            Self::Int(value) | Self::Date(value) => Box::new(value.to_le_bytes()),
            Self::Long(value) | Self::Timestamp(value) => Box::new(value.to_le_bytes()),
            Self::Float(value) => Box::new(value.to_le_bytes()),
            Self::Double(value) => Box::new(value.to_le_bytes()),
            Self::Text(value) => value.as_bytes().into(),
            Self::Binary(value) => value.as_slice().into(),
        }
    }

    /// `None` for bytes that are no value of the type.
    pub(super) fn decode(of: &Type, bytes: &[u8]) -> Option<Self> {
        Some(match of {
            Type::Boolean => Self::Boolean(*bytes.first()? != 0),
            Type::Int => Self::Int(i32::from_le_bytes(bytes.try_into().ok()?)),
            Type::Date => Self::Date(i32::from_le_bytes(bytes.try_into().ok()?)),
            Type::Long => Self::Long(i64::from_le_bytes(bytes.try_into().ok()?)),
            Type::Timestamp | Type::Timestamptz => {
                Self::Timestamp(i64::from_le_bytes(bytes.try_into().ok()?))
            }
            Type::Float => Self::Float(f32::from_le_bytes(bytes.try_into().ok()?)),
            Type::Double => Self::Double(f64::from_le_bytes(bytes.try_into().ok()?)),
            Type::String => Self::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
            Type::Binary => Self::Binary(bytes.to_vec()),
            Type::Struct(_) | Type::List(_) | Type::Map(_) => return None,
        })
    }

    /// The value or one below it, short enough for a manifest.
    pub(super) fn lower(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(text.chars().take(TEXT).collect()),
            Self::Binary(mut bytes) => {
                bytes.truncate(BYTES);
                Self::Binary(bytes)
            }
            short => short,
        }
    }

    /// The value or one above it, short enough for a manifest; `None` where there is none.
    pub(super) fn upper(self) -> Option<Self> {
        match self {
            Self::Text(text) => text_above(&text).map(Self::Text),
            Self::Binary(bytes) => bytes_above(bytes).map(Self::Binary),
            short => Some(short),
        }
    }
}

fn text_above(text: &str) -> Option<String> {
    let Some((end, _)) = text.char_indices().nth(TEXT) else { return Some(text.to_owned()) };
    let mut front: Vec<char> = text[..end].chars().collect();
    while let Some(last) = front.pop() {
        if let Some(next) = after(last) {
            front.push(next);
            return Some(front.into_iter().collect());
        }
    }
    None
}

/// The next code point that a text can have: surrogates are left out.
fn after(last: char) -> Option<char> {
    match last {
        '\u{d7ff}' => Some('\u{e000}'),
        _ => char::from_u32(u32::from(last) + 1),
    }
}

fn bytes_above(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    if bytes.len() <= BYTES {
        return Some(bytes);
    }
    bytes.truncate(BYTES);
    while let Some(last) = bytes.pop() {
        if last < u8::MAX {
            bytes.push(last + 1);
            return Some(bytes);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn above(text: &str) -> Option<String> {
        match Value::Text(text.to_owned()).upper()? {
            Value::Text(text) => Some(text),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_bound_above_a_long_text_ends_in_the_next_code_point() {
        assert_eq!(above("0123456789abcdef").as_deref(), Some("0123456789abcdef"));
        assert_eq!(above("0123456789abcdefg").as_deref(), Some("0123456789abcdeg"));
        assert_eq!(above(&"\u{d7ff}".repeat(17)).unwrap().chars().last(), Some('\u{e000}'));
        let last = format!("a{}", "\u{10ffff}".repeat(16));
        assert_eq!(above(&last).as_deref(), Some("b"));
        assert_eq!(above(&"\u{10ffff}".repeat(17)), None);
    }

    #[test]
    fn the_bound_above_long_bytes_carries() {
        let bytes = [vec![7], vec![255; 16]].concat();
        assert_eq!(Value::Binary(bytes).upper(), Some(Value::Binary(vec![8])));
        assert_eq!(Value::Binary(vec![255; 17]).upper(), None);
    }

    #[test]
    fn values_have_the_bytes_of_the_specification() {
        assert_eq!(*Value::Boolean(true).encode(), [1]);
        assert_eq!(*Value::Int(-2).encode(), [0xfe, 0xff, 0xff, 0xff]);
        assert_eq!(*Value::Date(1).encode(), [1, 0, 0, 0]);
        assert_eq!(*Value::Timestamp(256).encode(), [0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(*Value::Double(1.0).encode(), [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(*Value::Text("é".to_owned()).encode(), [0xc3, 0xa9]);
    }

    proptest! {
        #[test]
        fn bounds_enclose(text in "\\PC{0,24}|[\u{d7fe}-\u{e001}\u{10fffe}\u{10ffff}]{14,20}") {
            let value = Value::Text(text.clone());
            prop_assert!(value.clone().lower() <= value);
            if let Some(upper) = value.clone().upper() {
                prop_assert!(upper >= value);
            }
            prop_assert_eq!(Value::decode(&Type::String, &value.encode()), Some(value));
        }
    }
}
