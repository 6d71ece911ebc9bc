//! The body's part in a signature.

use aws_lc_rs::digest;

use super::AuthError;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What the server (or the signing client) knows of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// The SHA-256 of all its bytes.
    Sha256([u8; 32]),
    /// The body is not covered. A server passes this only where it permits that.
    Unsigned,
}

impl Payload {
    pub fn of(body: &[u8]) -> Self {
        Self::Sha256(sha256(body))
    }
}

/// What a request says of its body, in `x-amz-content-sha256`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: the signature covers the body's hash all the same.
    Absent,
    Sha256([u8; 32]),
    Unsigned,
}

impl Claim {
    pub(super) fn parse(text: &str) -> Result<Self, AuthError> {
        if text == UNSIGNED {
            return Ok(Self::Unsigned);
        }
        if text.starts_with("STREAMING-") {
            return Err(AuthError::StreamingPayload);
        }
        unhex(text).map(Self::Sha256).ok_or(AuthError::BadContentHash)
    }

    /// The last line of the canonical request, once the claim agrees with the body.
    pub(super) fn settle(self, payload: Payload) -> Result<Line, AuthError> {
        match (self, payload) {
            (Self::Absent, Payload::Sha256(found)) => Ok(Line::Hash(hex(&found))),
            (Self::Sha256(claimed), Payload::Sha256(found)) if claimed == found => {
                Ok(Line::Hash(hex(&found)))
            }
            (Self::Sha256(_), Payload::Sha256(_)) => Err(AuthError::ContentHashMismatch),
            (Self::Unsigned, Payload::Unsigned) => Ok(Line::Unsigned),
            (_, _) => Err(AuthError::UnsignedPayload),
        }
    }
}

/// The canonical request's last line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    Hash([u8; 64]),
    Unsigned,
}

impl Line {
    pub(super) fn of(payload: Payload) -> Self {
        match payload {
            Payload::Sha256(found) => Self::Hash(hex(&found)),
            Payload::Unsigned => Self::Unsigned,
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Hash(text) => text,
            Self::Unsigned => UNSIGNED.as_bytes(),
        }
    }
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let found = digest::digest(&digest::SHA256, bytes);
    found.as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

pub(super) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    hex::encode_to_slice(bytes, &mut text).expect("64 digits hold 32 bytes");
    text
}

/// Exactly 64 lower-case digits: signatures and hashes have one spelling.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
