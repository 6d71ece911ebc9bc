use std::net::TcpListener;

use cairn_wire::Parts;
use cairn_wire::sigv4::{Dialect, Payload, Signer};
use hyper::{HeaderMap, Method};
use serde_json::json;

use super::fake::{Answer, NOW, SECRET, Seen, against, client};
use super::*;

async fn list_users(client: &mut Client) -> Result<Value, ClientError> {
    client.call(Operation::ListUsers, &json!({})).await
}

async fn create_key(client: &mut Client) -> Result<Value, ClientError> {
    client.call(Operation::CreateAccessKey, &json!({})).await
}

const OK: Answer = Answer::Reply(200, r#"{"Users":[]}"#);
const BUSY: Answer = Answer::Reply(503, r#"{"__type":"ServiceUnavailable","message":"starting"}"#);

/// The headers of a request, as the server would see them.
fn headers(seen: &Seen) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in seen.head.lines().skip(1).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        let name: hyper::header::HeaderName = name.parse().unwrap();
        headers.append(name, value.parse().unwrap());
    }
    headers
}

#[test]
fn a_request_carries_the_signature_that_its_parts_give() {
    let body = Bytes::from_static(b"{\"Records\":[]}");
    let (result, seen) = against(&[Answer::Reply(200, r#"{"Stored":3}"#)], async |client| {
        client.ingest(body.clone(), true).await
    });
    assert_eq!(result.unwrap().stored, 3);
    let request = &seen[0];
    assert!(request.head.starts_with("POST /ingest?account=record HTTP/1.1\r\n"));
    assert_eq!(request.body, body);
    let mut sent = headers(request);
    let presented = sent.remove("authorization").unwrap();
    let presented = presented.to_str().unwrap();
    assert!(presented.contains("Credential=AKIAEXAMPLE/20261121/eu-west-1/cairn/aws4_request"));
    for name in ["host", "x-amz-date", "x-amz-security-token", "content-type"] {
        let list = presented.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
        assert!(list.split(';').any(|signed| signed == name), "{name} in {list}");
    }
    // What a verifier computes from the request as it arrived.
    sent.remove("content-length");
    let parts = Parts {
        method: &Method::POST,
        path: "/ingest",
        query: Some("account=record"),
        headers: &sent,
    };
    let signer = Signer {
        access_key_id: "AKIAEXAMPLE",
        secret: SECRET,
        session_token: Some("a/token+with=signs"),
        region: "eu-west-1",
        service: "cairn",
        dialect: Dialect::of("cairn"),
    };
    let again = signer.sign(&parts, Payload::of(&body), NOW).unwrap();
    assert_eq!(again["authorization"].to_str().unwrap(), presented);
}

#[test]
fn calls_share_a_connection_and_differ_in_their_signatures() {
    let ((), seen) = against(&[OK, OK], async |client| {
        list_users(client).await.unwrap();
        list_users(client).await.unwrap();
    });
    let target = seen[0].head.to_lowercase().contains("x-amz-target: cairn_20261121.listusers");
    assert!(target, "{}", seen[0].head);
    assert_ne!(headers(&seen[0])["authorization"], headers(&seen[1])["authorization"]);
}

#[test]
fn a_server_that_is_starting_is_asked_again() {
    let (result, seen) = against(&[BUSY, BUSY, OK], list_users);
    assert_eq!(result.unwrap(), json!({"Users": []}));
    assert_eq!(seen.len(), 3);
    let throttled = Answer::Reply(400, r#"{"__type":"ThrottlingException","message":"slow"}"#);
    let (result, seen) = against(&[throttled, OK], create_key);
    assert!(result.is_ok() && seen.len() == 2);
}

#[test]
fn patience_ends() {
    let (result, seen) = against(&[BUSY; 4], list_users);
    assert_eq!(result.unwrap_err().to_string(), "ServiceUnavailable: starting");
    assert_eq!(seen.len(), 4);
}

#[test]
fn a_broken_connection_is_no_reason_to_do_a_thing_twice() {
    let (result, seen) = against(&[Answer::Hangup, OK], list_users);
    assert!(result.is_ok() && seen.len() == 2);
    let (result, seen) = against(&[Answer::Hangup], create_key);
    assert!(matches!(result, Err(ClientError::Broken { .. })));
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_refusal_is_final_and_says_why() {
    let refusal = r#"{"__type":"com.amazon.coral#InvalidClientTokenId:","message":"who?"}"#;
    let (result, seen) = against(&[Answer::Reply(403, refusal)], list_users);
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "InvalidClientTokenId: who?");
    assert!(error.is_authentication());
    assert_eq!(seen.len(), 1);
}

#[test]
fn something_else_that_answers_is_recognised() {
    let (result, _) = against(&[Answer::Reply(200, "<html>")], list_users);
    assert!(matches!(result, Err(ClientError::NotCairn { .. })));
}

#[test]
fn a_slow_answer_ends_in_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = client(format!("http://{}", listener.local_addr().unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let call = Call {
        method: Method::POST,
        service: CAIRN,
        path: "/".to_owned(),
        query: None,
        target: None,
        body: Bytes::new(),
        repeatable: true,
        timeout: Duration::from_millis(50),
    };
    let result: Result<Value, _> = runtime.block_on(client.exchange(&call));
    assert!(matches!(result, Err(ClientError::Timeout { .. })));
}
