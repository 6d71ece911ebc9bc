//! Bodies in, bodies out.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Version;
use crate::Fault;

/// Reads an operation's input, which is one JSON object; no bytes at all mean `{}`.
///
/// # Errors
/// `SerializationException`, whose message names what is wrong and the line and column of it.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let text = match std::str::from_utf8(body) {
        Ok("") => "{}",
        Ok(text) => text,
        Err(error) => return Err(Fault::serialization(format!("the body is not UTF-8: {error}"))),
    };
    // A shape would also read itself from an array of its members' values.
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return Err(Fault::serialization("the body must be a JSON object"));
    }
    serde_json::from_str(text).map_err(|error| Fault::serialization(error.to_string()))
}

/// A successful answer.
pub fn response<T: Serialize>(version: Version, request_id: &str, output: &T) -> Response<Bytes> {
    match serde_json::to_vec(output) {
        Ok(body) => assemble(StatusCode::OK, version, request_id, body),
        Err(error) => fault_response(version, request_id, &Fault::internal(error.to_string())),
    }
}

/// `{"__type":…,"message":…}`.
pub fn fault_response(version: Version, request_id: &str, fault: &Fault) -> Response<Bytes> {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "__type")]
        code: &'a str,
        message: &'a str,
    }
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Body { code: &fault.code, message: &fault.message };
    let body = serde_json::to_vec(&body).expect("two texts are always JSON");
    assemble(status, version, request_id, body)
}

fn assemble(
    status: StatusCode,
    version: Version,
    request_id: &str,
    body: Vec<u8>,
) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(version.content_type()));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
