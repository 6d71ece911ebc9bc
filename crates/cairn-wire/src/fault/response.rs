//! A fault as an answer, in every family.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use serde::Serialize;

use super::{Family, Fault, cbor};
use crate::aws_json;
use crate::query::{self, Xml};

/// What S3's answers name beside the request: who answered, in Cairn's case not the store behind.
const HOST_ID: &str = "cairn";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The answer to a call that was refused or failed. The answer to HEAD has no body.
pub fn fault_response(
    family: Family,
    method: &Method,
    request_id: &str,
    fault: &Fault,
) -> Response<Bytes> {
    let mut response = match family {
        Family::Json(version) => aws_json::fault_response(version, request_id, fault),
        // Clients of these two read no namespace.
        Family::Query | Family::RestXml => query::fault_response("", request_id, fault),
        Family::Ec2 => ec2(request_id, fault),
        Family::RestJson => rest_json(request_id, fault),
        Family::S3 => s3(request_id, fault),
        Family::Cbor => rpc_cbor(request_id, fault),
    };
    if method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

/// `<Response><Errors><Error>…</Error></Errors><RequestID/></Response>`.
fn ec2(request_id: &str, fault: &Fault) -> Response<Bytes> {
    let (code, status) = Family::Ec2.spell(fault);
    let document = Xml::document("Response", "", |xml| {
        xml.nest("Errors", |xml| {
            xml.nest("Error", |xml| {
                xml.text("Code", &code);
                xml.text("Message", &fault.message);
            });
        });
        xml.text("RequestID", request_id);
    });
    let mut response = answer(status, "text/xml;charset=UTF-8", document);
    insert(response.headers_mut(), REQUEST_ID, request_id);
    response
}

/// `<Error>…</Error>`, without an envelope.
fn s3(request_id: &str, fault: &Fault) -> Response<Bytes> {
    let (code, status) = Family::S3.spell(fault);
    let document = Xml::document("Error", "", |xml| {
        xml.text("Code", &code);
        xml.text("Message", &fault.message);
        xml.text("RequestId", request_id);
        xml.text("HostId", HOST_ID);
    });
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}");
    let mut response = answer(status, "application/xml", document);
    let headers = response.headers_mut();
    insert(headers, HeaderName::from_static("x-amz-request-id"), request_id);
    insert(headers, HeaderName::from_static("x-amz-id-2"), HOST_ID);
    response
}

/// `{"message":…}`, the code in a header.
fn rest_json(request_id: &str, fault: &Fault) -> Response<Bytes> {
    #[derive(Serialize)]
    struct Body<'a> {
        message: &'a str,
    }
    let (code, status) = Family::RestJson.spell(fault);
    let body = Body { message: &fault.message };
    let body = serde_json::to_vec(&body).expect("a text is always JSON");
    let mut response = answer(status, "application/json", body);
    let headers = response.headers_mut();
    insert(headers, HeaderName::from_static("x-amzn-errortype"), &code);
    insert(headers, REQUEST_ID, request_id);
    response
}

/// `{"__type":…,"message":…}` in CBOR.
fn rpc_cbor(request_id: &str, fault: &Fault) -> Response<Bytes> {
    let (code, status) = Family::Cbor.spell(fault);
    let body = cbor::map(&[("__type", &code), ("message", &fault.message)]);
    let mut response = answer(status, "application/cbor", body);
    let headers = response.headers_mut();
    insert(headers, HeaderName::from_static("smithy-protocol"), "rpc-v2-cbor");
    insert(headers, REQUEST_ID, request_id);
    response
}

fn answer(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Leaves a value away that no header can carry.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
