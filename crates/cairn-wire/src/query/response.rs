//! The two envelopes of the query protocol.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

use super::Xml;
use crate::{Fault, Responsible};

/// The codes that the query protocol spells or answers differently: (JSON code, query code,
/// status).
const SPELLINGS: [(&str, &str, u16); 12] = [
    ("AccessDeniedException", "AccessDenied", 403),
    ("ExpiredTokenException", "ExpiredToken", 403),
    ("IncompleteSignatureException", "IncompleteSignature", 400),
    ("InvalidSignatureException", "SignatureDoesNotMatch", 403),
    ("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403),
    ("RequestEntityTooLargeException", "RequestEntityTooLarge", 413),
    ("SerializationException", "MalformedQueryString", 400),
    ("ThrottlingException", "Throttling", 400),
    ("UnknownOperationException", "InvalidAction", 400),
    ("UnrecognizedClientException", "InvalidClientTokenId", 403),
    ("UnsupportedOperationException", "UnsupportedOperation", 400),
    ("ValidationException", "ValidationError", 400),
];

/// What a service's documents are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape<'a> {
    /// `https://sts.amazonaws.com/doc/2011-06-15/`.
    pub namespace: &'a str,
    /// The operation's name.
    pub action: &'a str,
}

/// `<ActionResponse><ActionResult>…</ActionResult><ResponseMetadata/></ActionResponse>`.
pub fn response(
    shape: Shape<'_>,
    request_id: &str,
    result: impl FnOnce(&mut Xml),
) -> Response<Bytes> {
    let Shape { namespace, action } = shape;
    let document = Xml::document(&format!("{action}Response"), namespace, |xml| {
        xml.nest(&format!("{action}Result"), result);
        xml.nest("ResponseMetadata", |xml| xml.text("RequestId", request_id));
    });
    assemble(StatusCode::OK, request_id, document)
}

/// `<ErrorResponse><Error>…</Error><RequestId/></ErrorResponse>`.
pub fn fault_response(namespace: &str, request_id: &str, fault: &Fault) -> Response<Bytes> {
    let (code, status) = spelling(fault);
    let responsible = match fault.responsible() {
        Responsible::Sender => "Sender",
        Responsible::Receiver => "Receiver",
    };
    let document = Xml::document("ErrorResponse", namespace, |xml| {
        xml.nest("Error", |xml| {
            xml.text("Type", responsible);
            xml.text("Code", &code);
            xml.text("Message", &fault.message);
        });
        xml.text("RequestId", request_id);
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    assemble(status, request_id, document)
}

/// The code as the query protocol spells it: `AccessDenied` for `AccessDeniedException`.
pub fn code(fault: &Fault) -> Cow<'_, str> {
    spelling(fault).0
}

fn spelling(fault: &Fault) -> (Cow<'_, str>, u16) {
    match SPELLINGS.iter().find(|(json, _, _)| *json == fault.code) {
        Some((_, code, status)) => (Cow::Borrowed(code), *status),
        None => (Cow::Borrowed(&fault.code), fault.status),
    }
}

fn assemble(status: StatusCode, request_id: &str, document: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(document));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
