//! AWS Signature Version 4: who signed a request, and did they.
//!
//! ```text
//! Presented::parse(parts)            what the request claims; no secret is needed yet
//!   .access_key_id(), .scope()       look the key up; derive or fetch the SigningKey
//!   .verify(&key, payload, skew, now)
//! ```
//!
//! A server that passes bodies on verifies the head alone, with [`Payload::Claimed`], and holds the
//! body against [`Presented::claim`] while it passes: a [`Hasher`] for a hash, [`crate::chunked`]
//! for chunks.
//!
//! Where the key id is unknown, [`Presented::refuse_unknown`] does the work of a verification
//! before it refuses, so that the time taken does not tell which ids exist.

mod canonical;
mod credential;
mod date;
mod error;
mod key;
mod parse;
mod payload;
mod presigned;
mod replay;
mod seed;
mod sign;
mod signed_headers;
mod verify;

pub use canonical::{Dialect, PathStyle};
pub use credential::Scope;
pub use error::{AuthError, Form};
pub use key::SigningKey;
pub use parse::Presented;
pub use payload::{Claim, Hasher, Payload, Streaming};
pub use replay::{Freshness, ReplayGuard};
pub use seed::Seed;
pub use sign::{Signed, Signer};
pub use verify::Skew;

pub(crate) use canonical::fold;
pub(crate) use payload::{sha256, unhex};
pub(crate) use seed::{Chain, Link};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const TERMINATOR: &str = "aws4_request";
/// The longest life of a presigned request, in seconds: 7 days.
pub(crate) const MAX_EXPIRES: u64 = 604_800;
