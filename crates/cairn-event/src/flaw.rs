//! Why bytes are not a record.

use std::fmt;

use cairn_core::limits;

/// Why bytes are not a record, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{reason}, at byte {at}")]
pub struct Flaw {
    pub reason: Reason,
    /// Offset of the offending byte in the bytes that were given.
    pub at: usize,
}

impl Flaw {
    #[cold]
    pub(crate) fn new(reason: Reason, at: usize) -> Self {
        Self { reason, at }
    }

    /// Bytes that are not UTF-8 break the grammar too; the encoding is then what must be mended.
    #[cold]
    pub(crate) fn in_encoding_of(self, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Err(error) if error.valid_up_to() <= self.at => {
                Self::new(Reason::InvalidUtf8, error.valid_up_to())
            }
            _ => self,
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// What a flaw is. The set is closed: metrics and quarantine headers use [`Reason::code`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, in the order of declaration.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable name, for example `InvalidUtf8`.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

reasons! {
    /// A byte that the JSON grammar does not allow at its place.
    UnexpectedByte
    /// The text ends inside a value.
    Truncated
    /// A control character stands unescaped in a string.
    ControlCharacter
    /// A backslash is followed by something that is no escape.
    BadEscape
    /// A number is not written as JSON writes numbers.
    BadNumber
    /// Values nest deeper than `limits::JSON_DEPTH`.
    TooDeep
    /// The bytes are not UTF-8.
    InvalidUtf8
    /// More bytes than its reader takes: `limits::RECORD_BYTES`, where nothing else is said.
    TooLarge
    /// Something follows the record.
    TrailingBytes
    /// The value is not an object.
    NotAnObject
    /// A member that Cairn reads is there twice, so readers could disagree on what it says.
    DuplicateKey
    /// `eventID` is missing, empty or not a string.
    MissingEventId
    /// `eventTime` is missing, empty or not a string.
    MissingEventTime
    /// `eventName` is missing, empty or not a string.
    MissingEventName
    /// `eventSource` is missing, empty or not a string.
    MissingEventSource
    /// `awsRegion` is missing, empty or not a string.
    MissingAwsRegion
    /// `eventID` is too long or has no exact Unicode text.
    BadEventId
    /// `eventTime` is not an instant between 1970 and 9999.
    BadEventTime
    /// A member of a record stands in the envelope.
    StrayMember
    /// The body holds more records than one request may.
    TooManyRecords
    /// The whole of a member that a record, which says so, had no room for.
    Omitted
}

impl Reason {
    /// The reason of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

/// What is wrong and what the sender should do.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedByte => f.write_str("not JSON: send one JSON object per record"),
            Self::Truncated => f.write_str("the text ends inside a value: send it whole"),
            Self::ControlCharacter => {
                f.write_str("a control character stands in a string: escape it as \\u00XX")
            }
            Self::BadEscape => f.write_str("not a JSON escape: write \\\\ for a backslash"),
            Self::BadNumber => {
                f.write_str("not a JSON number: no leading zeros, signs or bare dots")
            }
            Self::TooDeep => {
                write!(f, "nested deeper than {} levels: flatten it", limits::JSON_DEPTH)
            }
            Self::InvalidUtf8 => f.write_str("not UTF-8: encode the text as UTF-8"),
            Self::TooLarge => {
                write!(f, "larger than {} bytes: shorten the record", limits::RECORD_BYTES)
            }
            Self::TrailingBytes => f.write_str("something follows the record: send one record"),
            Self::NotAnObject => f.write_str("not an object: a record is a JSON object"),
            Self::DuplicateKey => f.write_str("a member is there twice: keep one of them"),
            Self::MissingEventId => f.write_str("no eventID: set it to a text that is not empty"),
            Self::MissingEventTime => f.write_str("no eventTime: set it to an RFC 3339 instant"),
            Self::MissingEventName => f.write_str("no eventName: set it to the name of the action"),
            Self::MissingEventSource => {
                f.write_str("no eventSource: set it to the service, for example s3.amazonaws.com")
            }
            Self::MissingAwsRegion => f.write_str("no awsRegion: set it to the Region"),
            Self::BadEventId => write!(
                f,
                "not an eventID: use at most {} bytes of text without lone surrogates",
                limits::EVENT_ID_BYTES
            ),
            Self::BadEventTime => {
                f.write_str("not an eventTime: write an instant such as 2026-01-31T09:30:00Z")
            }
            Self::StrayMember => {
                f.write_str("a record's member stands beside Records: move it into a record")
            }
            Self::TooManyRecords => f.write_str("too many records: send the rest in a new request"),
            Self::Omitted => f.write_str("the record had no room for it: it is kept here, whole"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_code() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
        assert_eq!(Reason::from_code("Nonsense"), None);
    }

    #[test]
    fn texts_say_what_to_do_and_have_no_final_stop() {
        for reason in Reason::ALL {
            let text = reason.to_string();
            assert!(text.contains(": ") && !text.ends_with('.'), "{text}");
        }
    }

    #[test]
    fn a_flaw_in_the_encoding_goes_before_the_grammar() {
        let flaw = Flaw::new(Reason::UnexpectedByte, 3);
        assert_eq!(flaw.in_encoding_of(b"{\xff}"), Flaw::new(Reason::InvalidUtf8, 1));
        assert_eq!(flaw.in_encoding_of(b"{}}}\xff"), flaw);
    }
}
