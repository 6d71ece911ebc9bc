//! Why a request is not authenticated, in the words that AWS uses.

use std::time::Duration;

use cairn_core::{ErrorKind, Timestamp};

use crate::Fault;

/// How much of what a client sent an error repeats.
const ECHO: usize = 128;

/// Where a signature travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In `X-Amz-…` query parameters: a presigned request.
    Query,
}

/// Every reason to refuse a signature. The texts go to the client; none tells a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("Missing Authentication Token")]
    Missing,
    #[error(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the \
         Authorization header should be specified"
    )]
    TwoMechanisms,
    #[error("Unsupported AWS 'algorithm': '{0}'")]
    Algorithm(String),
    #[error("{}", missing_parts(*form, names))]
    MissingParts { form: Form, names: Vec<&'static str> },
    #[error("'{0}' must be given exactly once")]
    Repeated(&'static str),
    #[error("'{0}' is not a valid key=value pair in Authorization header")]
    Pair(String),
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. \
         keyid/date/region/service/term, got '{0}'"
    )]
    Credential(String),
    #[error("Credential should be scoped with a valid terminator: 'aws4_request', not '{0}'")]
    Terminator(String),
    #[error("Date must be in ISO-8601 'basic format', e.g. 20150830T123600Z. Got '{0}'")]
    Date(String),
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
         HTTP: '{scope}' != '{}', from '{signed}'", &signed[..8.min(signed.len())]
    )]
    ScopeDate { scope: String, signed: String },
    #[error("X-Amz-Expires must be a number of seconds between 1 and 604800")]
    Expires,
    #[error("SignedHeaders must be lower-case header names, sorted, each once, joined by ';'")]
    SignedHeaders,
    #[error("'{0}' must be a 'SignedHeader' in the AWS Credential.")]
    Unsigned(String),
    #[error("The query string contains a syntax error")]
    Escape,
    #[error(
        "Signature expired: {} is now earlier than {} ({} - {}.)",
        signed.basic(), now.saturating_sub(*allowed).basic(), now.basic(), span(*allowed)
    )]
    Expired { signed: Timestamp, now: Timestamp, allowed: Duration },
    #[error(
        "Signature not yet current: {} is still later than {} ({} + {}.)",
        signed.basic(), now.saturating_add(*allowed).basic(), now.basic(), span(*allowed)
    )]
    NotYetCurrent { signed: Timestamp, now: Timestamp, allowed: Duration },
    #[error("x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.")]
    BadContentHash,
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    ContentHashMismatch,
    #[error("the body must be signed here: UNSIGNED-PAYLOAD is not accepted")]
    UnsignedPayload,
    #[error("aws-chunked bodies are not accepted here: sign the whole body")]
    StreamingPayload,
    #[error("the request must state its body's hash in 'x-amz-content-sha256'")]
    BodyNeeded,
    #[error(
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details."
    )]
    SignatureMismatch,
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    #[error("The security token included in the request is expired")]
    TokenExpired,
    #[error("this signature was used before: sign the request again")]
    Replayed,
}

impl AuthError {
    /// The code that JSON protocols show; query protocols derive theirs from it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::TwoMechanisms
            | Self::Algorithm(_)
            | Self::MissingParts { .. }
            | Self::Repeated(_)
            | Self::Pair(_)
            | Self::Credential(_)
            | Self::Date(_)
            | Self::Expires
            | Self::BodyNeeded => "IncompleteSignatureException",
            Self::Escape => "MalformedQueryString",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::TokenExpired => "ExpiredTokenException",
            Self::BadContentHash | Self::StreamingPayload => "InvalidArgument",
            Self::ContentHashMismatch => "XAmzContentSHA256Mismatch",
            Self::Terminator(_)
            | Self::ScopeDate { .. }
            | Self::SignedHeaders
            | Self::Unsigned(_)
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::UnsignedPayload
            | Self::SignatureMismatch
            | Self::Replayed => "InvalidSignatureException",
        }
    }

    pub(super) fn algorithm(text: &str) -> Self {
        Self::Algorithm(echo(text))
    }

    pub(super) fn pair(text: &str) -> Self {
        Self::Pair(echo(text))
    }

    pub(super) fn credential(text: &str) -> Self {
        Self::Credential(echo(text))
    }

    pub(super) fn terminator(text: &str) -> Self {
        Self::Terminator(echo(text))
    }

    pub(super) fn malformed_date(text: &str) -> Self {
        Self::Date(echo(text))
    }

    pub(super) fn scope_date(scope: &str, signed: &str) -> Self {
        Self::ScopeDate { scope: echo(scope), signed: echo(signed) }
    }
}

impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        let fault = Fault::client(error.code(), error.to_string()).with_kind(ErrorKind::Denied);
        match error {
            AuthError::Expired { .. } | AuthError::NotYetCurrent { .. } => {
                Fault { skewed: true, ..fault }
            }
            _ => fault,
        }
    }
}

/// Cuts what a client sent to a length that cannot make an error large.
fn echo(text: &str) -> String {
    text.chars().take(ECHO).collect()
}

fn span(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} sec"),
    }
}

fn missing_parts(form: Form, names: &[&str]) -> String {
    let sentences = names.iter().map(|name| match (form, *name) {
        (Form::Query, name) => format!("AWS query-string parameters must include '{name}'."),
        (Form::Header, "X-Amz-Date") => "Authorization header requires existence of either a \
                                         'X-Amz-Date' or a 'Date' header."
            .to_owned(),
        (Form::Header, name) => format!("Authorization header requires '{name}' parameter."),
    });
    sentences.collect::<Vec<_>>().join(" ")
}
