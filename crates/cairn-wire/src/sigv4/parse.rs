//! What a request claims about who signed it, before any secret is looked at.

use std::borrow::Cow;
use std::time::Duration;

use cairn_core::Timestamp;
use http::header::AUTHORIZATION;

use super::credential::{Credential, Scope};
use super::date::Stamp;
use super::payload::{self, Claim};
use super::presigned::{self, Presigned, fill, lifetime};
use super::seed::Seed;
use super::signed_headers::{self, single};
use super::{ALGORITHM, AuthError, Dialect, Form};
use crate::Parts;

/// A signature as presented: well formed, in scope of its own date, and not verified yet.
#[derive(Debug, Clone)]
pub struct Presented<'a> {
    pub(super) parts: Parts<'a>,
    pub(super) dialect: Dialect,
    pub(super) form: Form,
    pub(super) access_key_id: Cow<'a, str>,
    pub(super) scope: Scope<'a>,
    pub(super) stamp: Stamp<'a>,
    pub(super) expires: Option<Duration>,
    pub(super) session_token: Option<Cow<'a, str>>,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: [u8; 32],
    pub(super) claim: Claim,
}

impl<'a> Presented<'a> {
    /// Reads the `Authorization` header or the presigned query, of which there must be exactly one.
    pub fn parse(parts: &Parts<'a>) -> Result<Self, AuthError> {
        let fields = Fields::of(parts)?;
        let service = fields.credential.scope.service.clone();
        fields.check(parts, Dialect::of(&service))
    }

    /// The same for a service whose dialect its name does not tell.
    pub fn parse_as(parts: &Parts<'a>, dialect: Dialect) -> Result<Self, AuthError> {
        Fields::of(parts)?.check(parts, dialect)
    }

    pub fn form(&self) -> Form {
        self.form
    }

    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    pub fn scope(&self) -> &Scope<'a> {
        &self.scope
    }

    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    pub fn signed_at(&self) -> Timestamp {
        self.stamp.at
    }

    /// Unique to the request and its key: what a [`super::ReplayGuard`] remembers.
    pub fn signature(&self) -> &[u8; 32] {
        &self.signature
    }

    /// `YYYYMMDDThhmmssZ` as it was signed.
    pub fn stamp(&self) -> &str {
        &self.stamp.text
    }

    /// What the signatures of chunks and trailers start from. To be used once this signature is
    /// verified.
    pub fn seed(&self) -> Seed {
        Seed::new(self.signature, &self.stamp.text, &self.scope)
    }

    /// The query without the parameters of a signature, for a request that is signed again.
    pub fn bare_query(&self) -> Option<Cow<'a, str>> {
        let query = self.parts.query?;
        match self.form {
            Form::Header => Some(Cow::Borrowed(query)),
            Form::Query => presigned::strip(query).map(Cow::Owned),
        }
    }

    /// What the request says of its body. Tells whether the body has to be hashed to verify it.
    pub fn claim(&self) -> Claim {
        self.claim
    }
}

/// The parts of a signature as found, each known to be there once.
struct Fields<'a> {
    form: Form,
    credential: Credential<'a>,
    stamp: Stamp<'a>,
    expires: Option<Duration>,
    token: Option<Cow<'a, str>>,
    signed_headers: Cow<'a, str>,
    signature: [u8; 32],
    content: Option<Cow<'a, str>>,
}

impl<'a> Fields<'a> {
    fn of(parts: &Parts<'a>) -> Result<Self, AuthError> {
        let presigned = Presigned::parse(parts.query.unwrap_or_default())?;
        match (single(parts, AUTHORIZATION.as_str())?, presigned) {
            (None, None) => Err(AuthError::Missing),
            (Some(_), Some(_)) => Err(AuthError::TwoMechanisms),
            (Some(text), None) => Self::of_header(parts, text),
            (None, Some(presigned)) => Self::of_query(parts, presigned),
        }
    }

    fn of_header(parts: &Parts<'a>, text: &'a str) -> Result<Self, AuthError> {
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        if !algorithm.starts_with("AWS4-") {
            return Err(AuthError::Missing);
        }
        if algorithm != ALGORITHM {
            return Err(AuthError::algorithm(algorithm));
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for pair in rest.split(',').map(str::trim) {
            let (name, value) = pair.split_once('=').ok_or_else(|| AuthError::pair(pair))?;
            let (slot, name) = match name {
                "Credential" => (&mut credential, "Credential"),
                "SignedHeaders" => (&mut signed_headers, "SignedHeaders"),
                "Signature" => (&mut signature, "Signature"),
                _ => return Err(AuthError::pair(pair)),
            };
            fill(slot, value, name)?;
        }
        let stamp = Stamp::of_headers(parts)?;
        let (Some(credential), Some(signed_headers), Some(signature), Some(stamp)) =
            (credential, signed_headers, signature, stamp.clone())
        else {
            let named = [
                ("Credential", credential.is_some()),
                ("Signature", signature.is_some()),
                ("SignedHeaders", signed_headers.is_some()),
                ("X-Amz-Date", stamp.is_some()),
            ];
            return Err(missing(Form::Header, &named));
        };
        Ok(Self {
            form: Form::Header,
            credential: Credential::parse(Cow::Borrowed(credential))?,
            stamp,
            expires: None,
            token: single(parts, "x-amz-security-token")?.map(Cow::Borrowed),
            signed_headers: Cow::Borrowed(signed_headers),
            signature: payload::unhex(signature).ok_or(AuthError::SignatureMismatch)?,
            content: single(parts, "x-amz-content-sha256")?.map(Cow::Borrowed),
        })
    }

    fn of_query(parts: &Parts<'a>, found: Presigned<'a>) -> Result<Self, AuthError> {
        let named = found.named();
        let (
            Some(algorithm),
            Some(credential),
            Some(date),
            Some(expires),
            Some(signed_headers),
            Some(signature),
        ) = (
            found.algorithm,
            found.credential,
            found.date,
            found.expires,
            found.signed_headers,
            found.signature,
        )
        else {
            return Err(missing(Form::Query, &named));
        };
        if algorithm != ALGORITHM {
            return Err(AuthError::algorithm(&algorithm));
        }
        let content = either(parts, "x-amz-content-sha256", found.content)?;
        Ok(Self {
            form: Form::Query,
            credential: Credential::parse(credential)?,
            stamp: Stamp::parse(date)?,
            expires: Some(lifetime(&expires)?),
            token: either(parts, "x-amz-security-token", found.token)?,
            signed_headers,
            signature: payload::unhex(&signature).ok_or(AuthError::SignatureMismatch)?,
            content,
        })
    }

    fn check(self, parts: &Parts<'a>, dialect: Dialect) -> Result<Presented<'a>, AuthError> {
        let Credential { access_key_id, scope } = self.credential;
        if self.stamp.text.get(..8) != Some(&*scope.date) {
            return Err(AuthError::scope_date(&scope.date, &self.stamp.text));
        }
        signed_headers::check(parts, &self.signed_headers, dialect)?;
        if let Some(name) = self.stamp.header {
            signed_headers::require(&self.signed_headers, name)?;
        }
        let claim = match &self.content {
            Some(text) => Claim::parse(text)?,
            None if self.form == Form::Query && dialect.content_header => Claim::Unsigned,
            None => Claim::Absent,
        };
        Ok(Presented {
            parts: *parts,
            dialect,
            form: self.form,
            access_key_id,
            scope,
            stamp: self.stamp,
            expires: self.expires,
            session_token: self.token,
            signed_headers: self.signed_headers,
            signature: self.signature,
            claim,
        })
    }
}

/// What a presigned request may say in a header or in a parameter, but not in both.
fn either<'a>(
    parts: &Parts<'a>,
    name: &'static str,
    parameter: Option<Cow<'a, str>>,
) -> Result<Option<Cow<'a, str>>, AuthError> {
    match (single(parts, name)?, parameter) {
        (Some(_), Some(_)) => Err(AuthError::Repeated(name)),
        (header, parameter) => Ok(header.map(Cow::Borrowed).or(parameter)),
    }
}

fn missing(form: Form, named: &[(&'static str, bool)]) -> AuthError {
    let absent = named.iter().filter(|(_, there)| !there).map(|(name, _)| *name);
    AuthError::MissingParts { form, names: absent.collect() }
}
