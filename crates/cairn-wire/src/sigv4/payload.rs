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
    /// Whatever the request claims: the server checks the body against the claim while it passes.
    Claimed,
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
    /// The body is in chunks, which [`crate::chunked`] reads.
    Streaming(Streaming),
}

/// The forms of a body in chunks. Those that are signed with an asymmetric key are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streaming {
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: each chunk is signed.
    Signed,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: and so are the trailers behind them.
    SignedTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: chunks and trailers, none of them signed.
    UnsignedTrailer,
}

impl Streaming {
    const ALL: [Self; 3] = [Self::Signed, Self::SignedTrailer, Self::UnsignedTrailer];

    /// What `x-amz-content-sha256` says.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Signed | Self::SignedTrailer)
    }

    pub const fn has_trailers(self) -> bool {
        matches!(self, Self::SignedTrailer | Self::UnsignedTrailer)
    }
}

/// What a signing client says of the body that it knows as `payload`.
impl From<Payload> for Claim {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Sha256(found) => Self::Sha256(found),
            Payload::Unsigned => Self::Unsigned,
            Payload::Claimed => Self::Absent,
        }
    }
}

impl Claim {
    pub(super) fn parse(text: &str) -> Result<Self, AuthError> {
        if text == UNSIGNED {
            return Ok(Self::Unsigned);
        }
        if text.starts_with("STREAMING-") {
            let found = Streaming::ALL.into_iter().find(|form| form.text() == text);
            return found.map(Self::Streaming).ok_or(AuthError::StreamingPayload);
        }
        unhex(text).map(Self::Sha256).ok_or(AuthError::BadContentHash)
    }

    /// Refuses chunks where the server has the body as a whole.
    pub(super) fn refuse_chunks(self, payload: Payload) -> Result<(), AuthError> {
        match (self, payload) {
            (Self::Streaming(_), Payload::Sha256(_) | Payload::Unsigned) => {
                Err(AuthError::StreamingPayload)
            }
            (_, _) => Ok(()),
        }
    }

    /// The last line of the canonical request, once the claim agrees with the body.
    pub(super) fn settle(self, payload: Payload) -> Result<Line, AuthError> {
        match (self, payload) {
            (claim, Payload::Claimed) => Line::of(claim),
            (Self::Streaming(_), _) => Err(AuthError::StreamingPayload),
            (Self::Absent, Payload::Sha256(found)) => Ok(Line::Hash(hex(&found))),
            (Self::Sha256(claimed), Payload::Sha256(found)) if claimed == found => {
                Ok(Line::Hash(hex(&found)))
            }
            (Self::Sha256(_), Payload::Sha256(_)) => Err(AuthError::ContentHashMismatch),
            (Self::Unsigned, Payload::Unsigned) => Ok(Line::Text(UNSIGNED)),
            (_, _) => Err(AuthError::UnsignedPayload),
        }
    }
}

/// The canonical request's last line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    Hash([u8; 64]),
    Text(&'static str),
}

impl Line {
    /// Fails where the claim says nothing: the line then is the body's hash.
    pub(super) fn of(claim: Claim) -> Result<Self, AuthError> {
        match claim {
            Claim::Absent => Err(AuthError::BodyNeeded),
            Claim::Sha256(claimed) => Ok(Self::Hash(hex(&claimed))),
            Claim::Unsigned => Ok(Self::Text(UNSIGNED)),
            Claim::Streaming(form) => Ok(Self::Text(form.text())),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Hash(text) => text,
            Self::Text(text) => text.as_bytes(),
        }
    }
}

/// The SHA-256 of bytes that come in pieces: what a [`Claim::Sha256`] is held against.
#[derive(Clone)]
pub struct Hasher(digest::Context);

impl Hasher {
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(self) -> [u8; 32] {
        self.0.finish().as_ref().try_into().expect(SHA256_SIZE)
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher(..)")
    }
}

const SHA256_SIZE: &str = "SHA-256 gives 32 bytes";

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect(SHA256_SIZE)
}

pub(crate) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    hex::encode_to_slice(bytes, &mut text).expect("64 digits hold 32 bytes");
    text
}

/// Exactly 64 lower-case digits: signatures and hashes have one spelling.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
