//! The two envelopes of the query protocol.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

use super::Xml;
use crate::{Family, Fault, Responsible};

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
    let (code, status) = Family::Query.spell(fault);
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
    Family::Query.code(fault)
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
