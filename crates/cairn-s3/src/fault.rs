//! What S3 answers when it does not do what was asked.

use std::borrow::Cow;

use cairn_core::ErrorKind;
use cairn_ports::{PortError, PortErrorKind};
use cairn_store::StoreError;
use http::StatusCode;

use crate::xml::Writer;

/// An error of S3: its code, its status and what its document has besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Cow<'static, str>,
    pub(crate) status: StatusCode,
    pub(crate) message: Cow<'static, str>,
    /// Elements after the message.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Headers beside the document.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Fault {
    pub(crate) fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            message: message.into(),
            facts: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        Self::new(404, "NoSuchBucket", "The specified bucket does not exist")
            .fact("BucketName", bucket)
    }

    pub(crate) fn no_such_key(key: &str) -> Self {
        Self::new(404, "NoSuchKey", "The specified key does not exist.").fact("Key", key)
    }

    pub(crate) fn no_such_version(key: &str, version: &str) -> Self {
        Self::new(404, "NoSuchVersion", "The specified version does not exist.")
            .fact("Key", key)
            .fact("VersionId", version)
    }

    pub(crate) fn no_such_upload(upload: &str) -> Self {
        let text = "The specified upload does not exist. The upload ID may be invalid, or the \
                    upload may have been aborted or completed.";
        Self::new(404, "NoSuchUpload", text).fact("UploadId", upload)
    }

    pub(crate) fn access_denied() -> Self {
        Self::new(403, "AccessDenied", "Access Denied")
    }

    pub(crate) fn locked() -> Self {
        let text = "Access Denied because object protected by object lock.";
        Self::new(403, "AccessDenied", text)
    }

    pub(crate) fn malformed_xml() -> Self {
        let text = "The XML you provided was not well-formed or did not validate against our \
                    published schema";
        Self::new(400, "MalformedXML", text)
    }

    pub(crate) fn invalid_argument(
        message: impl Into<Cow<'static, str>>,
        name: &str,
        value: &str,
    ) -> Self {
        Self::new(400, "InvalidArgument", message)
            .fact("ArgumentName", name)
            .fact("ArgumentValue", value)
    }

    pub(crate) fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "InvalidRequest", message)
    }

    pub(crate) fn precondition_failed(condition: &str) -> Self {
        let text = "At least one of the pre-conditions you specified did not hold";
        Self::new(412, "PreconditionFailed", text).fact("Condition", condition)
    }

    pub(crate) fn not_implemented(header: &str) -> Self {
        let text = "A header you provided implies functionality that is not implemented";
        Self::new(501, "NotImplemented", text).fact("Header", header)
    }

    pub(crate) fn method_not_allowed(method: &str, resource: &str) -> Self {
        let text = "The specified method is not allowed against this resource.";
        Self::new(405, "MethodNotAllowed", text)
            .fact("Method", method)
            .fact("ResourceType", resource)
    }

    pub(crate) fn internal() -> Self {
        Self::new(500, "InternalError", "We encountered an internal error. Please try again.")
    }

    pub(crate) fn slow_down() -> Self {
        Self::new(503, "SlowDown", "Please reduce your request rate.")
    }

    /// The error's document.
    pub(crate) fn document(&self, resource: &str, request_id: &str, host_id: &str) -> String {
        Writer::bare("Error", |w| {
            w.leaf("Code", &self.code);
            w.leaf("Message", &self.message);
            for (name, value) in &self.facts {
                w.leaf(name, value);
            }
            w.leaf("Resource", resource);
            w.leaf("RequestId", request_id);
            w.leaf("HostId", host_id);
        })
    }

    /// The same for who calls through the port.
    pub(crate) fn into_port(self) -> PortError {
        let kind = match (&*self.code, self.status.as_u16()) {
            ("PreconditionFailed", _) => PortErrorKind::Exists,
            ("ConditionalRequestConflict" | "OperationAborted", _) => PortErrorKind::Conflict,
            ("KMS.DisabledException" | "KMS.KMSInvalidStateException", _) => PortErrorKind::Denied,
            (_, 403) => PortErrorKind::Denied,
            (_, 404) => PortErrorKind::Missing,
            (_, 500..) => PortErrorKind::Unavailable,
            _ => PortErrorKind::Invalid,
        };
        PortError::new(kind, self.code, self.message)
    }

    /// What a key's service refused, in the words of S3.
    pub(crate) fn of_keys(error: &PortError) -> Self {
        let code = &*error.code;
        match error.kind {
            PortErrorKind::Denied if code.starts_with("AccessDenied") => {
                Self::new(403, "AccessDenied", error.message.clone())
            }
            PortErrorKind::Unavailable => {
                tracing::warn!(%error, "a key cannot be reached");
                Self::new(503, "ServiceUnavailable", "Reduce your request rate.")
            }
            _ => {
                let code =
                    if code.starts_with("KMS.") { code.into() } else { format!("KMS.{code}") };
                Self::new(400, code, error.message.clone())
            }
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error.kind() {
            ErrorKind::Throttled => Self::slow_down(),
            _ => {
                tracing::error!(%error, "the index of objects failed");
                Self::internal()
            }
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the files of objects failed");
        Self::internal()
    }
}
