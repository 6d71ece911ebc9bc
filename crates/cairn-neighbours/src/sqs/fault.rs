//! Why SQS refuses, in the words of both of its protocols.

use bytes::Bytes;
use cairn_store::StoreError;
use cairn_wire::aws_json::Version;
use cairn_wire::{Fault, query};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

use super::NAMESPACE;
use super::dialect::Dialect;

/// A refusal: what it is called, and its text for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    AccessDenied,
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InternalError,
    InvalidAction,
    InvalidAddress,
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidBatchEntryId,
    InvalidMessageContents,
    InvalidParameterValue,
    MessageNotInflight,
    MissingParameter,
    OverLimit,
    PurgeQueueInProgress,
    QueueDoesNotExist,
    QueueNameExists,
    ReceiptHandleIsInvalid,
    Serialization,
    ServiceUnavailable,
    TooManyEntries,
    UnsupportedOperation,
}

/// Whose shape an error is in the JSON protocol.
const SQS: &str = "com.amazonaws.sqs#";
const CORAL: &str = "com.amazon.coral.service#";

impl Code {
    /// Namespace and name in the JSON protocol, name in the query protocol, status.
    fn words(self) -> (&'static str, &'static str, &'static str, u16) {
        match self {
            Self::AccessDenied => (CORAL, "AccessDeniedException", "AccessDenied", 403),
            Self::BatchEntryIdsNotDistinct => (
                SQS,
                "BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                400,
            ),
            Self::BatchRequestTooLong => {
                (SQS, "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400)
            }
            Self::EmptyBatchRequest => {
                (SQS, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400)
            }
            Self::InternalError => (CORAL, "InternalFailure", "InternalError", 500),
            Self::InvalidAction => (CORAL, "UnknownOperationException", "InvalidAction", 400),
            Self::InvalidAddress => (SQS, "InvalidAddress", "InvalidAddress", 404),
            Self::InvalidAttributeName => {
                (SQS, "InvalidAttributeName", "InvalidAttributeName", 400)
            }
            Self::InvalidAttributeValue => {
                (SQS, "InvalidAttributeValue", "InvalidAttributeValue", 400)
            }
            Self::InvalidBatchEntryId => {
                (SQS, "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400)
            }
            Self::InvalidMessageContents => {
                (SQS, "InvalidMessageContents", "InvalidMessageContents", 400)
            }
            Self::InvalidParameterValue => {
                (CORAL, "InvalidParameterValueException", "InvalidParameterValue", 400)
            }
            Self::MessageNotInflight => {
                (SQS, "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400)
            }
            Self::MissingParameter => {
                (CORAL, "MissingRequiredParameterException", "MissingParameter", 400)
            }
            Self::OverLimit => (SQS, "OverLimit", "OverLimit", 403),
            Self::PurgeQueueInProgress => {
                (SQS, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403)
            }
            Self::QueueDoesNotExist => {
                (SQS, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400)
            }
            Self::QueueNameExists => (SQS, "QueueNameExists", "QueueAlreadyExists", 400),
            Self::ReceiptHandleIsInvalid => {
                (SQS, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404)
            }
            Self::Serialization => (CORAL, "SerializationException", "MalformedInput", 400),
            Self::ServiceUnavailable => (CORAL, "ServiceUnavailable", "ServiceUnavailable", 503),
            Self::TooManyEntries => (
                SQS,
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                400,
            ),
            Self::UnsupportedOperation => {
                (SQS, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400)
            }
        }
    }

    /// As the query protocol and the entries of batches name it.
    pub(crate) fn query(self) -> &'static str {
        self.words().2
    }

    pub(crate) fn is_sender(self) -> bool {
        self.words().3 < 500
    }
}

impl Refusal {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameterValue, message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        let message = format!("The request must contain the parameter {parameter}.");
        Self::new(Code::MissingParameter, message)
    }

    pub(crate) fn no_queue() -> Self {
        Self::new(Code::QueueDoesNotExist, "The specified queue does not exist.")
    }

    pub(super) fn answer(&self, dialect: Dialect, request_id: &str) -> Response<Bytes> {
        match dialect {
            Dialect::Json(version) => self.json(version, request_id),
            Dialect::Query => self.xml(request_id),
        }
    }

    fn json(&self, version: Version, request_id: &str) -> Response<Bytes> {
        let (namespace, name, query, status) = self.code.words();
        // The status of the older protocol stays with it, but for these two kinds.
        let status = if status == 403 || status >= 500 { status } else { 400 };
        let body = serde_json::json!({
            "__type": format!("{namespace}{name}"),
            "message": self.message,
        });
        let mut response = assemble(status, version.content_type(), request_id, body.to_string());
        let error = format!("{query};{}", self.responsible());
        if let Ok(error) = HeaderValue::from_str(&error) {
            response.headers_mut().insert("x-amzn-query-error", error);
        }
        response
    }

    fn xml(&self, request_id: &str) -> Response<Bytes> {
        let (_, _, code, status) = self.code.words();
        let message = match self.code {
            Code::QueueDoesNotExist => "The specified queue does not exist for this wsdl version.",
            _ => &self.message,
        };
        let fault = Fault::client(code, message).with_status(status);
        query::fault_response(NAMESPACE, request_id, &fault)
    }

    fn responsible(&self) -> &'static str {
        if self.code.is_sender() { "Sender" } else { "Receiver" }
    }
}

/// The client learns only whether it may come again.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LimitExceeded { .. } => Self::new(Code::OverLimit, error.to_string()),
            StoreError::Busy | StoreError::DiskFull | StoreError::Io(_) => {
                Self::new(Code::ServiceUnavailable, error.to_string())
            }
            error => {
                tracing::error!(%error, "a call of SQS failed");
                let message = "We encountered an internal error. Please try again.";
                Self::new(Code::InternalError, message)
            }
        }
    }
}

fn assemble(status: u16, kind: &'static str, request_id: &str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
