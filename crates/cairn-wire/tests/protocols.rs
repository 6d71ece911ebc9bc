//! Answers and refusals as they leave, byte for byte.

use cairn_wire::aws_json::{self, Version};
use cairn_wire::query::{self, Shape};
use cairn_wire::sigv4::AuthError;
use cairn_wire::{Fault, Protocol, recognise};
use http::Response;
use serde::{Deserialize, Serialize};

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    max_results: Option<u32>,
}

fn text(response: &Response<bytes::Bytes>) -> &str {
    std::str::from_utf8(response.body()).expect("answers are text")
}

#[test]
fn json_answers_repeat_the_version() {
    for (version, content_type) in [
        (Version::V1_0, "application/x-amz-json-1.0"),
        (Version::V1_1, "application/x-amz-json-1.1"),
    ] {
        let response = aws_json::response(version, "id-1", &Input { max_results: Some(3) });
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], content_type);
        assert_eq!(response.headers()["x-amzn-requestid"], "id-1");
        assert_eq!(text(&response), r#"{"MaxResults":3}"#);
    }
}

#[test]
fn json_faults_keep_the_operators_text_to_themselves() {
    let fault = Fault::internal("the disk is on fire");
    let response = aws_json::fault_response(Version::V1_1, "id-1", &fault);
    assert_eq!(response.status(), 500);
    let told = "the request failed because of an internal error";
    let expected = format!(r#"{{"__type":"InternalFailure","message":"{told}"}}"#);
    assert_eq!(text(&response), expected);
}

#[test]
fn unknown_operations_are_400() {
    let fault = Fault::unknown_operation("Nonsense\"");
    let json = aws_json::fault_response(Version::V1_1, "id-1", &fault);
    assert_eq!(json.status(), 400);
    assert!(text(&json).starts_with(r#"{"__type":"UnknownOperationException""#));
    let query = query::fault_response(STS, "id-1", &fault);
    assert_eq!(query.status(), 400);
    assert!(text(&query).contains("<Code>InvalidAction</Code>"));
}

#[test]
fn inputs_are_objects_and_errors_say_where() {
    let decode = aws_json::decode::<Input>;
    assert_eq!(decode(b""), Ok(Input { max_results: None }));
    assert_eq!(decode(b"{\"MaxResults\":5,\"Unknown\":[1]}"), Ok(Input { max_results: Some(5) }));
    let refused: [(&[u8], &str); 6] = [
        (b"{\"MaxResults\":\"5\"}", "string \"5\", expected u32 at line 1 column 17"),
        (b"{\"MaxResults\":", "line 1 column 14"),
        (b"{} {}", "trailing characters at line 1 column 4"),
        (b"[5]", "the body must be a JSON object"),
        (b"\xff", "not UTF-8"),
        (b"null", "the body must be a JSON object"),
    ];
    for (body, part) in refused {
        let fault = decode(body).unwrap_err();
        assert_eq!((fault.status, &*fault.code), (400, "SerializationException"));
        assert!(fault.message.contains(part), "{}", fault.message);
    }
    let deep = format!("{{\"Unknown\":{}", "[".repeat(100_000));
    assert_eq!(decode(deep.as_bytes()).unwrap_err().code, "SerializationException");
}

#[test]
fn query_answers_have_their_envelope() {
    let shape = Shape { namespace: STS, action: "GetCallerIdentity" };
    let response = query::response(shape, "id-1", |xml| xml.text("Account", "111122223333"));
    assert_eq!(response.headers()["content-type"], "text/xml");
    assert_eq!(
        text(&response),
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>\n"
    );
}

#[test]
fn query_faults_use_the_protocols_own_codes() {
    for (error, code, status) in [
        (AuthError::UnknownKey, "InvalidClientTokenId", 403),
        (AuthError::SignatureMismatch, "SignatureDoesNotMatch", 403),
        (AuthError::Missing, "MissingAuthenticationToken", 403),
        (AuthError::TokenExpired, "ExpiredToken", 403),
        (AuthError::Expires, "IncompleteSignature", 400),
    ] {
        let message = error.to_string();
        let response = query::fault_response(STS, "id-1", &error.into());
        assert_eq!(response.status(), status);
        let expected = format!(
            "<ErrorResponse xmlns=\"{STS}\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>id-1</RequestId></ErrorResponse>\n"
        );
        assert_eq!(text(&response), expected);
    }
}

#[test]
fn nothing_is_recognised_in_a_plain_request() {
    let headers = http::HeaderMap::new();
    let parts = cairn_wire::Parts {
        method: &http::Method::GET,
        path: "/healthz",
        query: Some("ActionX=1"),
        headers: &headers,
    };
    assert_eq!(recognise(&parts, b""), None);
    let by_query = cairn_wire::Parts { query: Some("Action=GetCallerIdentity"), ..parts };
    assert_eq!(recognise(&by_query, b"").map(|route| route.protocol), Some(Protocol::Query));
}
