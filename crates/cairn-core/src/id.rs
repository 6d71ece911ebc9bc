//! Identifiers: the account, the Region, the place in the journal, and ids made from entropy.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Entropy;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("an account id is 12 decimal digits, for example 111122223333")]
    Account,
    #[error("a Region is 1 to 32 characters of a-z, 0-9 and '-', for example us-east-1")]
    Region,
}

/// A 12-digit AWS account id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(u64);

impl AccountId {
    /// The largest account id, `999999999999`.
    pub const MAX: AccountId = AccountId(999_999_999_999);

    /// `None` above twelve digits.
    pub fn new(value: u64) -> Option<Self> {
        (value <= Self::MAX.0).then_some(Self(value))
    }

    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl FromStr for AccountId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdError::Account);
        }
        text.parse().map(Self).map_err(|_| IdError::Account)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

/// A Region's name. Cairn serves whichever Region a client signs for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(Arc<str>);

impl Region {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > 32 || !text.bytes().all(legal) {
            return Err(IdError::Region);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record's place in the journal: dense, starting at 1. Zero is before everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Seq(pub u64);

impl Seq {
    pub const ZERO: Seq = Seq(0);

    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A random version-4 UUID in lower-case text: an `eventID` or a `requestID`.
pub fn event_id(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 16];
    entropy.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text
}

/// An IAM-style unique id: a four-letter prefix (`AIDA`, `AROA`, `AKIA`, `ASIA`) and sixteen
/// characters of the base-32 alphabet.
pub fn unique_id(prefix: &str, entropy: &dyn Entropy) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = [0u8; 16];
    entropy.fill(&mut bytes);
    let mut text = String::with_capacity(prefix.len() + 16);
    text.push_str(prefix);
    text.extend(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededEntropy;

    #[test]
    fn account_ids_are_twelve_digits() {
        assert_eq!("000000000001".parse::<AccountId>().unwrap().to_string(), "000000000001");
        for bad in ["", "1", "12345678901", "1234567890123", "12345678901a", "+12345678901"] {
            assert_eq!(bad.parse::<AccountId>(), Err(IdError::Account), "{bad:?}");
        }
    }

    #[test]
    fn regions_refuse_what_could_be_a_path() {
        assert!("us-gov-east-1".parse::<Region>().is_ok());
        for bad in ["", "US-EAST-1", "../etc", "a/b", "a b"] {
            assert_eq!(bad.parse::<Region>(), Err(IdError::Region), "{bad:?}");
        }
    }

    #[test]
    fn event_ids_are_version_4_uuids() {
        let id = event_id(&SeededEntropy::new(7));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_ne!(id, event_id(&SeededEntropy::new(8)));
    }
}
