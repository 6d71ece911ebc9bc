//! What can go wrong between a command and its server.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;

/// Codes by which a server says that it does not know the caller or does not let it in.
const AUTHENTICATION: [&str; 14] = [
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("{text:?} is no endpoint: write http://host:port or https://host:port")]
    Endpoint { text: String },
    #[error(
        "a request to {url} cannot be signed: its path or the key has characters it may not have"
    )]
    Unsignable { url: String },
    #[error("failed to read certificates from {}: {reason}", path.display())]
    Certificates { path: PathBuf, reason: String },
    #[error("failed to set up TLS: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
    #[error("failed to connect to {url}: {error}")]
    Connect { url: String, error: io::Error },
    #[error("the connection to {url} broke: {error}")]
    Broken { url: String, error: hyper::Error },
    #[error("{url} did not answer within {} s", after.as_secs())]
    Timeout { url: String, after: Duration },
    #[error("{0}")]
    Refused(Refusal),
    #[error("{url} did not answer as a Cairn server does: {error}")]
    NotCairn { url: String, error: serde_json::Error },
}

impl ClientError {
    #[cfg(test)]
    pub(crate) fn refused(status: StatusCode, body: &[u8]) -> Self {
        Self::Refused(Refusal::read(status, &HeaderMap::new(), body))
    }

    /// Whether another key, or another clock, would help.
    pub(crate) fn is_authentication(&self) -> bool {
        let Self::Refused(refusal) = self else {
            return false;
        };
        matches!(refusal.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            || AUTHENTICATION.contains(&refusal.code.as_str())
    }

    /// Whether the server could not be reached or could not answer, which may pass.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Broken { .. } | Self::Timeout { .. } => true,
            Self::Refused(refusal) => refusal.is_passing(),
            _ => false,
        }
    }

    /// Whether to ask again: always where the request was certainly not carried out, else only if
    /// carrying it out twice does no harm.
    pub(super) fn may_repeat(&self, repeatable: bool) -> bool {
        match self {
            Self::Connect { error, .. } => error.kind() != io::ErrorKind::InvalidData,
            Self::Broken { error, .. } => repeatable || error.is_canceled(),
            Self::Refused(refusal) => refusal.is_passing(),
            _ => false,
        }
    }
}

/// A reply that is not a success.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}{}", named(.request_id.as_deref()))]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The AWS error code, or the HTTP status where the reply has none.
    pub(crate) code: String,
    message: String,
    request_id: Option<String>,
}

impl Refusal {
    pub(super) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let fault: Fault = serde_json::from_slice(body).unwrap_or_else(|_| Fault::of_xml(body));
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let named = header("x-amzn-errortype").map(str::to_owned).or(fault.code);
        // `prefix#Code` and `Code:link` are both in use.
        let bare = named.as_deref().map(|code| code.rsplit('#').next().unwrap_or(code));
        let bare = bare.map(|code| code.split(':').next().unwrap_or(code).to_owned());
        Self {
            code: bare.unwrap_or_else(|| status.to_string()),
            message: fault.message.unwrap_or_else(|| "no reason given".to_owned()),
            request_id: header("x-amzn-requestid").map(str::to_owned),
            status,
        }
    }

    /// Whether the signature was refused for where it was made for, not for its key.
    pub(crate) fn is_about_region(&self) -> bool {
        self.message.contains("scoped to a valid region")
    }

    fn is_passing(&self) -> bool {
        matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
            || self.code.starts_with("Throttling")
    }
}

fn named(request_id: Option<&str>) -> String {
    request_id.map(|id| format!(" (request {id})")).unwrap_or_default()
}

#[derive(Default, Deserialize)]
struct Fault {
    #[serde(rename = "__type")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl Fault {
    /// What S3 answers with.
    fn of_xml(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let between = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            let (value, _) = rest.split_once(&format!("</{name}>"))?;
            Some(value.to_owned())
        };
        Self { code: between("Code"), message: between("Message") }
    }
}
