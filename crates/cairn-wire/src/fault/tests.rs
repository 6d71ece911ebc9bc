//! Faults in every family, byte for byte.

use std::time::Duration;

use cairn_core::Timestamp;
use http::{Method, Response};

use super::spelling::SPELLINGS;
use super::{Family, Fault, fault_response};
use crate::Protocol;
use crate::aws_json::Version;
use crate::sigv4::AuthError;

const JSON: Family = Family::Json(Version::V1_1);

fn answer(family: Family, fault: &Fault) -> Response<bytes::Bytes> {
    fault_response(family, &Method::POST, "id-1", fault)
}

fn text(response: &Response<bytes::Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

fn spelled(family: Family, fault: &Fault) -> (String, u16) {
    (family.code(fault).into_owned(), answer(family, fault).status().as_u16())
}

#[test]
fn the_table_is_sorted_and_names_nothing_twice() {
    assert!(SPELLINGS.windows(2).all(|pair| pair[0].json < pair[1].json));
}

#[test]
fn each_family_has_its_words() {
    let denied = Fault::access_denied("no");
    let throttled = Fault::throttled();
    let internal = Fault::internal("the disk is on fire");
    let forged = Fault::from(AuthError::SignatureMismatch);
    let unknown = Fault::from(AuthError::UnknownKey);
    let large = Fault::too_large(5);
    let own = Fault::client("EventAlreadyExists", "other codes are everybody's").with_status(409);
    let cases = [
        (JSON, &denied, "AccessDeniedException", 400),
        (JSON, &forged, "InvalidSignatureException", 400),
        (JSON, &throttled, "ThrottlingException", 400),
        (Family::Cbor, &unknown, "UnrecognizedClientException", 400),
        (Family::Cbor, &internal, "InternalFailure", 500),
        (Family::RestJson, &denied, "AccessDeniedException", 403),
        (Family::RestJson, &throttled, "ThrottlingException", 429),
        (Family::Query, &denied, "AccessDenied", 403),
        (Family::Query, &unknown, "InvalidClientTokenId", 403),
        (Family::RestXml, &forged, "SignatureDoesNotMatch", 403),
        (Family::Ec2, &denied, "UnauthorizedOperation", 403),
        (Family::Ec2, &forged, "AuthFailure", 401),
        (Family::Ec2, &throttled, "RequestLimitExceeded", 503),
        (Family::Ec2, &internal, "InternalError", 500),
        (Family::S3, &denied, "AccessDenied", 403),
        (Family::S3, &forged, "SignatureDoesNotMatch", 403),
        (Family::S3, &unknown, "InvalidAccessKeyId", 403),
        (Family::S3, &throttled, "SlowDown", 503),
        (Family::S3, &large, "EntityTooLarge", 400),
        (Family::S3, &internal, "InternalError", 500),
    ];
    for (family, fault, code, status) in cases {
        assert_eq!(spelled(family, fault), (code.to_owned(), status), "{family:?}");
    }
    for family in [JSON, Family::Query, Family::Ec2, Family::RestJson, Family::S3, Family::Cbor] {
        assert_eq!(spelled(family, &own), ("EventAlreadyExists".to_owned(), 409), "{family:?}");
    }
}

#[test]
fn a_clock_that_is_off_is_told_from_a_forged_signature() {
    let signed = Timestamp::from_seconds(1_440_938_160);
    let (allowed, now) = (Duration::from_mins(5), Timestamp::from_seconds(1_440_948_160));
    for error in [
        AuthError::Expired { signed, now, allowed },
        AuthError::NotYetCurrent { signed: now, now: signed, allowed },
    ] {
        let fault = Fault::from(error);
        assert_eq!(spelled(JSON, &fault).0, "InvalidSignatureException");
        assert_eq!(spelled(Family::Query, &fault), ("SignatureDoesNotMatch".to_owned(), 403));
        assert_eq!(spelled(Family::Ec2, &fault), ("RequestExpired".to_owned(), 400));
        assert_eq!(spelled(Family::S3, &fault), ("RequestTimeTooSkewed".to_owned(), 403));
    }
}

#[test]
fn rest_json_names_the_code_in_a_header() {
    let response = answer(Family::RestJson, &Fault::access_denied("no \"x\""));
    assert_eq!(response.headers()["x-amzn-errortype"], "AccessDeniedException");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-amzn-requestid"], "id-1");
    assert_eq!(text(&response), r#"{"message":"no \"x\""}"#);
}

#[test]
fn xml_families_have_their_envelopes() {
    let fault = Fault::access_denied("<no>");
    let of = |family| {
        let response = answer(family, &fault);
        (text(&response).to_owned(), response.headers()["content-type"].clone())
    };
    let (body, kind) = of(Family::Ec2);
    assert_eq!(kind, "text/xml;charset=UTF-8");
    assert_eq!(
        body,
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>&lt;no&gt;</Message>\
         </Error></Errors><RequestID>id-1</RequestID></Response>\n"
    );
    for family in [Family::Query, Family::RestXml] {
        let (body, kind) = of(family);
        assert_eq!(kind, "text/xml");
        assert_eq!(
            body,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>&lt;no&gt;</Message></Error><RequestId>id-1</RequestId></ErrorResponse>\n"
        );
    }
    let (body, kind) = of(Family::S3);
    assert_eq!(kind, "application/xml");
    assert_eq!(
        body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code>\
         <Message>&lt;no&gt;</Message><RequestId>id-1</RequestId><HostId>cairn</HostId></Error>\n"
    );
}

#[test]
fn cbor_is_a_map_of_two_texts() {
    let response = answer(Family::Cbor, &Fault::throttled());
    assert_eq!(response.headers()["smithy-protocol"], "rpc-v2-cbor");
    assert_eq!(response.headers()["content-type"], "application/cbor");
    let expected = b"\xa2\x66__type\x73ThrottlingException\x67message\x6dRate exceeded";
    assert_eq!(&response.body()[..], expected);
}

#[test]
fn an_answer_to_head_has_no_body() {
    for protocol in [
        Protocol::Json(Version::V1_0),
        Protocol::Query,
        Protocol::Ec2,
        Protocol::RestJson,
        Protocol::RestXml,
        Protocol::Cbor,
    ] {
        for family in [Family::from(protocol), Family::S3] {
            let response = fault_response(family, &Method::HEAD, "id-1", &Fault::throttled());
            assert!(response.body().is_empty(), "{family:?}");
            assert!(response.status().as_u16() >= 400, "{family:?}");
        }
    }
}
