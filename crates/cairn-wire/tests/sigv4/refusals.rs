//! What a client is told, for each way in which a signature can be wrong.

use cairn_wire::Fault;
use cairn_wire::sigv4::AuthError;

use crate::request::{Request, Vector, signed_at};

const CREDENTIAL: &str = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
const LIST: &str = "SignedHeaders=host;x-amz-date";
const SIGNATURE: &str =
    "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

fn vanilla() -> Vector {
    Vector::all().into_iter().find(|vector| vector.name == "get-vanilla").unwrap()
}

fn judge(request: &Request) -> (String, String) {
    let error = vanilla().judge(request, signed_at()).unwrap_err();
    (error.code().to_owned(), error.to_string())
}

fn with_authorization(text: &str) -> (String, String) {
    let mut request = vanilla().signed_in_header();
    text.clone_into(request.header("authorization").unwrap());
    judge(&request)
}

fn with_query(edit: impl Fn(&str) -> String) -> (String, String) {
    let mut request = vanilla().signed_in_query();
    request.query = request.query.as_deref().map(edit);
    judge(&request)
}

#[test]
fn parts_of_the_header() {
    let incomplete = "IncompleteSignatureException";
    let cases = [
        ("", "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ("Bearer x", "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ("AWS4-HMAC-SHA1 x", incomplete, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'"),
        (
            "AWS4-HMAC-SHA256 Credential",
            incomplete,
            "'Credential' is not a valid key=value pair in Authorization header",
        ),
        (
            &format!("AWS4-HMAC-SHA256 {CREDENTIAL}"),
            incomplete,
            "Authorization header requires 'Signature' parameter. Authorization header requires \
             'SignedHeaders' parameter.",
        ),
        (
            &format!("AWS4-HMAC-SHA256 {CREDENTIAL}, {CREDENTIAL}"),
            incomplete,
            "'Credential' must be given exactly once",
        ),
        (
            &format!("AWS4-HMAC-SHA256 Credential=A/20150830/x, {LIST}, {SIGNATURE}"),
            incomplete,
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got 'A/20150830/x'",
        ),
        (
            &format!(
                "AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws5_request, {LIST}, {SIGNATURE}"
            ),
            "InvalidSignatureException",
            "Credential should be scoped with a valid terminator: 'aws4_request', not \
             'aws5_request'",
        ),
        (
            &format!(
                "AWS4-HMAC-SHA256 Credential=A/20150831/r/s/aws4_request, {LIST}, {SIGNATURE}"
            ),
            "InvalidSignatureException",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '20150831' != '20150830', from '20150830T123600Z'",
        ),
        (
            &format!("AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=x-amz-date, {SIGNATURE}"),
            "InvalidSignatureException",
            "'host' must be a 'SignedHeader' in the AWS Credential.",
        ),
        (
            &format!("AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=host, {SIGNATURE}"),
            "InvalidSignatureException",
            "'x-amz-date' must be a 'SignedHeader' in the AWS Credential.",
        ),
    ];
    for (text, code, message) in cases {
        assert_eq!(with_authorization(text), (code.to_owned(), message.to_owned()), "{text}");
    }
}

#[test]
fn parts_of_the_query() {
    let cut = |name: &str| with_query(|query| query.replacen(name, "Other", 1));
    for name in
        ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature"]
    {
        let text = format!("AWS query-string parameters must include '{name}'.");
        assert_eq!(cut(name), ("IncompleteSignatureException".to_owned(), text));
    }
    for expires in ["0", "604801", "-1", "+5", "", "9999999999999999999999"] {
        let (code, text) = with_query(|query| query.replace("=3600", &format!("={expires}")));
        assert_eq!(code, "IncompleteSignatureException", "{expires}");
        assert_eq!(text, AuthError::Expires.to_string(), "{expires}");
    }
    assert_eq!(with_query(|query| format!("{query}&a=%zz")).0, "MalformedQueryString");
    let date = with_query(|query| query.replace("T123600Z", "T126000Z"));
    assert_eq!(
        date.1,
        "Date must be in ISO-8601 'basic format', e.g. 20150830T123600Z. Got '20150830T126000Z'"
    );
}

#[test]
fn both_forms_at_once_are_refused() {
    let mut request = vanilla().signed_in_header();
    request.query = vanilla().signed_in_query().query;
    assert_eq!(judge(&request).1, AuthError::TwoMechanisms.to_string());
}

#[test]
fn critical_headers_are_there_once() {
    for name in ["Host", "X-Amz-Date", "Authorization"] {
        let mut request = vanilla().signed_in_header();
        let value = request.header(name).unwrap().clone();
        request.headers.push((name.to_owned(), value));
        let text = format!("'{}' must be given exactly once", name.to_ascii_lowercase());
        assert_eq!(judge(&request).1, text);
    }
}

#[test]
fn a_body_must_be_the_one_claimed() {
    let vector = Vector::all().into_iter().find(|vector| vector.sign_body).unwrap();
    let mut request = vector.signed_in_header();
    request.body.push(b'x');
    let error = vector.judge(&request, signed_at()).unwrap_err();
    assert_eq!(error, AuthError::ContentHashMismatch);
}

#[test]
fn an_unknown_key_is_told_only_that() {
    let mut request = vanilla().signed_in_header();
    let text = request.header("authorization").unwrap();
    *text = text.replace("AKIDEXAMPLE", "AKIDUNKNOWN");
    let error = vanilla().judge(&request, signed_at()).unwrap_err();
    assert_eq!(error, AuthError::UnknownKey);
    let fault = Fault::from(error);
    assert_eq!((fault.status, &*fault.code), (400, "UnrecognizedClientException"));
}

#[test]
fn errors_repeat_little_of_what_came() {
    let (_, text) = with_authorization(&format!("AWS4-{} x", "é".repeat(5000)));
    assert!(text.len() < 600, "{}", text.len());
    let (_, text) = with_authorization(&format!("AWS4-HMAC-SHA256 {}", "A".repeat(5000)));
    assert!(text.len() < 600, "{}", text.len());
}
