use std::time::Duration;

use super::*;
use crate::hint::hint;

fn refused(status: u16, code: &str) -> Failure {
    let status = hyper::StatusCode::from_u16(status).unwrap();
    let body = format!(r#"{{"__type":"com.example#{code}","message":"no"}}"#);
    Failure::Client(ClientError::refused(status, body.as_bytes()))
}

fn unreachable() -> Failure {
    let error = io::Error::from(io::ErrorKind::ConnectionRefused);
    Failure::Client(ClientError::Connect { url: "http://127.0.0.1:1".to_owned(), error })
}

#[test]
fn every_end_has_its_exit_code() {
    let timeout = ClientError::Timeout { url: String::new(), after: Duration::from_secs(1) };
    let incomplete = IngestError::Incomplete { conflicts: 1, refused: 0, unread: 0 };
    let ends = [
        (unreachable(), 1),
        (Failure::Client(timeout), 1),
        (Failure::Ingest(incomplete), 1),
        (refused(400, "InvalidLookupAttributesException"), 1),
        (refused(500, "InternalFailure"), 1),
        (Failure::Time(TimeError::Range), 2),
        (Failure::Empty, 3),
        (refused(400, "UnrecognizedClientException"), 5),
        (refused(403, "SomethingElse"), 5),
        (refused(400, "AccessDeniedException"), 5),
        (
            Failure::Ingest(IngestError::Client(ClientError::refused(
                hyper::StatusCode::FORBIDDEN,
                b"{}",
            ))),
            5,
        ),
        (Failure::Credentials(CredentialsError::NoKey), 5),
        (Failure::Credentials(CredentialsError::NoEndpoint), 1),
        (Failure::Interrupted, 130),
        (Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)), 0),
        (Failure::from(io::Error::from(io::ErrorKind::StorageFull)), 1),
    ];
    for (failure, code) in ends {
        assert_eq!(failure.code(), code, "{failure}");
    }
}

#[test]
fn a_server_that_is_away_and_a_key_that_is_wrong_have_hints() {
    assert!(hint(&unreachable()).unwrap().contains("cairn serve"));
    assert!(hint(&refused(403, "InvalidClientTokenId")).unwrap().contains("cairn env"));
    assert!(hint(&refused(403, "SignatureDoesNotMatch")).unwrap().contains("clock"));
    assert_eq!(hint(&Failure::Empty), None);
    let region = br#"{"__type":"InvalidSignatureException",
        "message":"Credential should be scoped to a valid region."}"#;
    let region = ClientError::refused(hyper::StatusCode::FORBIDDEN, region);
    assert!(hint(&Failure::Client(region)).unwrap().contains("AWS_REGION"));
}

#[test]
fn a_refusal_says_code_message_and_request() {
    let Failure::Client(error) = refused(400, "ValidationException") else { unreachable!() };
    assert_eq!(error.to_string(), "ValidationException: no");
}
