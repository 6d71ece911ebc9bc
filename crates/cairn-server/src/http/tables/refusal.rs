//! Why the catalog does not answer, in the words of its specification.

use bytes::Bytes;
use cairn_gateway::BearerError;
use cairn_lake::TableError;
use cairn_store::StoreError;
use cairn_wire::Fault;
use http::Response;
use serde_json::json;

use super::json as answer;

#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    message: String,
    /// For the log; never sent.
    internal: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), internal: None }
    }

    pub(super) fn no_namespace(name: &str) -> Self {
        Self::new(404, "NoSuchNamespaceException", format!("Namespace does not exist: {name}"))
    }

    pub(super) fn no_table(name: &str) -> Self {
        Self::new(404, "NoSuchTableException", format!("Table does not exist: {name}"))
    }

    pub(super) fn unauthorised(message: impl Into<String>) -> Self {
        Self::new(401, "NotAuthorizedException", message)
    }

    /// The catalog cannot be written to, by nobody.
    pub(super) fn read_only() -> Self {
        let text = "the catalog is read-only: tables are made by CreateEventDataStore and \
                    published by EnableFederation";
        Self::new(403, "ForbiddenException", text)
    }

    pub(super) fn internal(error: impl ToString) -> Self {
        let refusal = Self::new(500, "InternalServerError", "the catalog cannot be read");
        Self { internal: Some(error.to_string()), ..refusal }
    }

    pub(super) fn response(&self, request: &str) -> Response<Bytes> {
        if let Some(error) = &self.internal {
            tracing::error!(%request, error, "the catalog of tables failed");
        }
        let Self { status, kind, message, .. } = self;
        let body = json!({"error": {"message": message, "type": kind, "code": status}});
        answer(*status, body.to_string().into_bytes())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Io(_) => {
                let text = "the catalog is busy: ask again in a moment";
                Self::new(503, "ServiceUnavailableException", text)
            }
            other => Self::internal(other),
        }
    }
}

impl From<TableError> for Refusal {
    fn from(error: TableError) -> Self {
        Self::internal(error)
    }
}

impl From<BearerError> for Refusal {
    fn from(error: BearerError) -> Self {
        match error {
            BearerError::Unknown => Self::unauthorised(error.to_string()),
            // What tells clients to ask for a new token and to try again.
            BearerError::Expired => {
                Self::new(419, "AuthenticationTimeoutException", error.to_string())
            }
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault.status {
            413 => Self::new(413, "BadRequestException", fault.message),
            503 => Self::new(503, "ServiceUnavailableException", fault.message),
            500..=599 => Self::internal(fault.message),
            _ => Self::unauthorised(fault.message),
        }
    }
}
