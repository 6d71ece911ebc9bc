//! The query parameters of a presigned request.

use std::borrow::Cow;
use std::time::Duration;

use super::canonical::{SIGNATURE, TOKEN};
use super::{AuthError, MAX_EXPIRES};
use crate::percent::{self, Plus};

/// The parameters of a presigned query, decoded.
#[derive(Default)]
pub(super) struct Presigned<'a> {
    pub(super) algorithm: Option<Cow<'a, str>>,
    pub(super) credential: Option<Cow<'a, str>>,
    pub(super) date: Option<Cow<'a, str>>,
    pub(super) expires: Option<Cow<'a, str>>,
    pub(super) signed_headers: Option<Cow<'a, str>>,
    pub(super) signature: Option<Cow<'a, str>>,
    pub(super) token: Option<Cow<'a, str>>,
    pub(super) content: Option<Cow<'a, str>>,
}

impl<'a> Presigned<'a> {
    /// `None` where the query has none of the parameters that make a signature.
    pub(super) fn parse(query: &'a str) -> Result<Option<Self>, AuthError> {
        let mut found = Self::default();
        for piece in query.split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let name = percent::decode(name, Plus::Space)?;
            let Some((slot, name)) = found.slot(&name) else {
                continue;
            };
            fill(slot, percent::decode(value, Plus::Space)?, name)?;
        }
        let signs = found.algorithm.is_some()
            || found.credential.is_some()
            || found.signed_headers.is_some()
            || found.signature.is_some();
        Ok(signs.then_some(found))
    }

    fn slot(&mut self, name: &str) -> Option<(&mut Option<Cow<'a, str>>, &'static str)> {
        Some(match name {
            "X-Amz-Algorithm" => (&mut self.algorithm, "X-Amz-Algorithm"),
            "X-Amz-Credential" => (&mut self.credential, "X-Amz-Credential"),
            "X-Amz-Date" => (&mut self.date, "X-Amz-Date"),
            "X-Amz-Expires" => (&mut self.expires, "X-Amz-Expires"),
            "X-Amz-SignedHeaders" => (&mut self.signed_headers, "X-Amz-SignedHeaders"),
            SIGNATURE => (&mut self.signature, SIGNATURE),
            TOKEN => (&mut self.token, TOKEN),
            "X-Amz-Content-Sha256" => (&mut self.content, "X-Amz-Content-Sha256"),
            _ => return None,
        })
    }

    /// Which of the required parameters are there.
    pub(super) fn named(&self) -> [(&'static str, bool); 6] {
        [
            ("X-Amz-Algorithm", self.algorithm.is_some()),
            ("X-Amz-Credential", self.credential.is_some()),
            (SIGNATURE, self.signature.is_some()),
            ("X-Amz-SignedHeaders", self.signed_headers.is_some()),
            ("X-Amz-Date", self.date.is_some()),
            ("X-Amz-Expires", self.expires.is_some()),
        ]
    }
}

/// The other parameters of the query as they were sent; `None` where there are none.
pub(super) fn strip(query: &str) -> Option<String> {
    let is_signature = |piece: &&str| {
        let name = piece.split('=').next().unwrap_or_default();
        let name = percent::decode(name, Plus::Space).unwrap_or_default();
        Presigned::default().slot(&name).is_some()
    };
    let kept: Vec<&str> = query.split('&').filter(|piece| !is_signature(piece)).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// `X-Amz-Expires`: plain digits, at least one second, at most seven days.
pub(super) fn lifetime(text: &str) -> Result<Duration, AuthError> {
    if text.len() > 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthError::Expires);
    }
    match text.parse() {
        Ok(seconds @ 1..=MAX_EXPIRES) => Ok(Duration::from_secs(seconds)),
        _ => Err(AuthError::Expires),
    }
}

/// Puts a part of the signature into its place, which must be empty.
pub(super) fn fill<T>(slot: &mut Option<T>, value: T, name: &'static str) -> Result<(), AuthError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(AuthError::Repeated(name)),
    }
}
