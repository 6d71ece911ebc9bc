//! S3's answers, as far as Cairn reads them.

use serde::Deserialize;

use crate::{PortError, PortErrorKind};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorBody {
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListBucketResult {
    #[serde(default)]
    pub(super) is_truncated: bool,
    #[serde(default)]
    pub(super) contents: Vec<Contents>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Contents {
    pub(super) key: String,
    #[serde(default)]
    pub(super) size: u64,
    #[serde(rename = "ETag", default)]
    pub(super) etag: String,
    #[serde(default)]
    pub(super) last_modified: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct VersioningConfiguration {
    #[serde(rename = "Status")]
    pub(super) status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RequestPaymentConfiguration {
    #[serde(rename = "Payer")]
    pub(super) payer: Option<String>,
}

/// The body of an answer that says 200.
pub(super) fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, PortError> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    // A store may find out that it failed after it said 200.
    if let Some(error) = error_in(body) {
        return Err(error_of(500, &error.code, &error.message));
    }
    quick_xml::de::from_str(text).map_err(|error| {
        PortError::unavailable(format!("an answer that is not what was asked for: {error}"))
    })
}

/// What an answer with an error's status says. Answers to HEAD have no body.
pub(super) fn error(status: u16, body: &[u8]) -> PortError {
    match error_in(body) {
        Some(found) => error_of(status, &found.code, &found.message),
        None => {
            let code = match status {
                403 => "AccessDenied",
                404 => "NotFound",
                409 => "ConditionalRequestConflict",
                412 => "PreconditionFailed",
                503 => "SlowDown",
                400..500 => "InvalidRequest",
                _ => "InternalError",
            };
            error_of(status, code, &format!("the store answered {status}"))
        }
    }
}

/// Whether a body that came with 200 is an error all the same.
pub(super) fn is_error(body: &[u8]) -> bool {
    error_in(body).is_some()
}

fn error_in(body: &[u8]) -> Option<ErrorBody> {
    let text = std::str::from_utf8(body).ok()?;
    text.contains("<Error").then(|| quick_xml::de::from_str(text).ok()).flatten()
}

fn error_of(status: u16, code: &str, message: &str) -> PortError {
    let kind = match (status, code) {
        (_, "NoSuchBucket" | "NoSuchKey" | "NotFound" | "NoSuchBucketPolicy" | "NoSuchVersion") => {
            PortErrorKind::Missing
        }
        (_, "PreconditionFailed") => PortErrorKind::Exists,
        (_, "ConditionalRequestConflict" | "OperationAborted") => PortErrorKind::Conflict,
        // A clock that is off, a key that was rotated: time or an operator mends it.
        (_, "RequestTimeout" | "RequestTimeTooSkewed" | "BadDigest" | "IncompleteBody") => {
            PortErrorKind::Unavailable
        }
        (404, _) => PortErrorKind::Missing,
        (401 | 403, _) => PortErrorKind::Denied,
        (_, code) if code.starts_with("KMS.") => PortErrorKind::Denied,
        (429 | 500.., _) => PortErrorKind::Unavailable,
        _ => PortErrorKind::Invalid,
    };
    PortError::new(kind, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart() {
        let body = |code: &str| {
            format!(
                "<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>m</Message>\
                 <X>1</X></Error>"
            )
        };
        let kind = |status, code: &str| error(status, body(code).as_bytes()).kind;
        assert_eq!(kind(404, "NoSuchBucket"), PortErrorKind::Missing);
        assert_eq!(kind(403, "AccessDenied"), PortErrorKind::Denied);
        assert_eq!(kind(412, "PreconditionFailed"), PortErrorKind::Exists);
        assert_eq!(kind(400, "KMS.DisabledException"), PortErrorKind::Denied);
        assert_eq!(kind(503, "SlowDown"), PortErrorKind::Unavailable);
        assert_eq!(kind(400, "InvalidArgument"), PortErrorKind::Invalid);
        assert_eq!(error(403, b"").code, "AccessDenied");
        assert_eq!(error(500, b"<html>").kind, PortErrorKind::Unavailable);
    }

    #[test]
    fn an_error_may_come_with_200() {
        let body = b"<Error><Code>InternalError</Code><Message>late</Message></Error>";
        assert!(is_error(body) && !is_error(b"") && !is_error(b"<ListBucketResult/>"));
        let read = read::<ListBucketResult>(body).unwrap_err();
        assert_eq!((read.kind, read.code.as_str()), (PortErrorKind::Unavailable, "InternalError"));
    }

    #[test]
    fn pages_are_read() {
        let body = b"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Name>b</Name>\
            <IsTruncated>true</IsTruncated><Contents><Key>a&amp;b</Key><Size>3</Size>\
            <ETag>&quot;x&quot;</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
            </Contents>\
            <Contents><Key>c</Key></Contents></ListBucketResult>";
        let page: ListBucketResult = read(body).unwrap();
        assert!(page.is_truncated);
        let keys: Vec<_> = page.contents.iter().map(|one| (one.key.as_str(), one.size)).collect();
        assert_eq!(keys, [("a&b", 3), ("c", 0)]);
    }
}
