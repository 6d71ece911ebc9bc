//! Whether a presented signature is the one that the key makes.

use std::time::Duration;

use aws_lc_rs::constant_time;
use cairn_core::Timestamp;

use super::canonical::canonical_request;
use super::payload::{hex, sha256};
use super::{ALGORITHM, AuthError, Payload, Presented, Scope, SigningKey, TERMINATOR};

/// How far a client's clock may be off, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew(Duration);

impl Skew {
    pub const MAX: Duration = Duration::from_mins(15);

    /// At most [`Skew::MAX`]; `None` above it.
    pub fn new(allowed: Duration) -> Option<Self> {
        (allowed <= Self::MAX).then_some(Self(allowed))
    }

    pub fn allowed(self) -> Duration {
        self.0
    }

    /// How long a signature in the `Authorization` header can be replayed: it may be dated ahead
    /// by the whole skew, and then lives for the skew beyond its date.
    pub fn window(self) -> Duration {
        self.0 * 2
    }
}

/// Five minutes.
impl Default for Skew {
    fn default() -> Self {
        Self(Duration::from_mins(5))
    }
}

impl Presented<'_> {
    /// Checks the dates, the body and, in constant time, the signature.
    ///
    /// `key` is derived from the secret of [`Presented::access_key_id`] for [`Presented::scope`].
    /// Passing [`Payload::Unsigned`] permits a body that the signature does not cover, and
    /// [`Payload::Claimed`] whatever the request claims: the head is verified, and the body is the
    /// caller's to check against [`Presented::claim`]. [`AuthError::BodyNeeded`] where there is no
    /// claim.
    pub fn verify(
        &self,
        key: &SigningKey,
        payload: Payload,
        skew: Skew,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        self.claim.refuse_chunks(payload)?;
        self.check_dates(skew, now)?;
        let payload = self.claim.settle(payload)?;
        let request = canonical_request(
            &self.parts,
            self.form,
            self.dialect,
            &self.signed_headers,
            &payload,
        )?;
        let made = signature(key, &self.stamp.text, &self.scope, &request);
        constant_time::verify_slices_are_equal(&made, &self.signature)
            .map_err(|_| AuthError::SignatureMismatch)
    }

    /// The error for a key id that nobody has, after the work that a known one would have cost.
    pub fn refuse_unknown(&self, payload: Payload, skew: Skew, now: Timestamp) -> AuthError {
        match self.verify(SigningKey::decoy(), payload, skew, now) {
            Ok(()) | Err(AuthError::SignatureMismatch) => AuthError::UnknownKey,
            Err(other) => other,
        }
    }

    fn check_dates(&self, skew: Skew, now: Timestamp) -> Result<(), AuthError> {
        let signed = self.stamp.at;
        if signed > now.saturating_add(skew.0) {
            return Err(AuthError::NotYetCurrent { signed, now, allowed: skew.0 });
        }
        let allowed = self.expires.unwrap_or(skew.0);
        if now > signed.saturating_add(allowed) {
            return Err(AuthError::Expired { signed, now, allowed });
        }
        Ok(())
    }
}

/// The HMAC over the string to sign.
pub(super) fn signature(
    key: &SigningKey,
    stamp: &str,
    scope: &Scope<'_>,
    request: &[u8],
) -> [u8; 32] {
    key.sign(&[
        ALGORITHM.as_bytes(),
        b"\n",
        stamp.as_bytes(),
        b"\n",
        scope.date.as_bytes(),
        b"/",
        scope.region.as_bytes(),
        b"/",
        scope.service.as_bytes(),
        b"/",
        TERMINATOR.as_bytes(),
        b"\n",
        &hex(&sha256(request)),
    ])
}
