//! A request that a gateway verifies by its head and signs again for the endpoint behind it.

use std::time::Duration;

use cairn_wire::Parts;
use cairn_wire::sigv4::{
    AuthError, Claim, Dialect, Hasher, Payload, Presented, Signer, SigningKey, Skew, Streaming,
};
use http::{HeaderMap, HeaderValue, Method};

use crate::request::signed_at;

const HERE: &str = "the secret here";
const THERE: &str = "the secret there";
const BODY: &[u8] = b"a body";

fn signer<'a>(secret: &'a str, service: &'a str, token: Option<&'a str>) -> Signer<'a> {
    Signer {
        access_key_id: "AKIDEXAMPLE",
        secret,
        session_token: token,
        region: "us-east-1",
        service,
        dialect: Dialect::of(service),
    }
}

fn parts<'a>(headers: &'a HeaderMap, query: Option<&'a str>) -> Parts<'a> {
    Parts { method: &Method::PUT, path: "/a%20b/c", query, headers }
}

fn host() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("cairn.example"));
    headers
}

fn judge(parts: &Parts<'_>, secret: &str, payload: Payload) -> Result<Claim, AuthError> {
    let presented = Presented::parse(parts)?;
    let scope = presented.scope();
    let key = SigningKey::derive(secret, &scope.date, &scope.region, &scope.service);
    presented.verify(&key, payload, Skew::default(), signed_at())?;
    Ok(presented.claim())
}

#[test]
fn the_head_is_verified_by_what_it_claims() {
    let signer = signer(HERE, "s3", None);
    let key = signer.key(signed_at());
    let hash = {
        let mut hasher = Hasher::new();
        BODY.chunks(2).for_each(|piece| hasher.update(piece));
        hasher.finish()
    };
    assert_eq!(Payload::Sha256(hash), Payload::of(BODY));
    for claim in [
        Claim::Sha256(hash),
        Claim::Unsigned,
        Claim::Streaming(Streaming::Signed),
        Claim::Streaming(Streaming::SignedTrailer),
        Claim::Streaming(Streaming::UnsignedTrailer),
    ] {
        let headers = host();
        let signed = signer.sign_with(&key, &parts(&headers, None), claim, signed_at()).unwrap();
        let parts = parts(&signed.headers, None);
        assert_eq!(judge(&parts, HERE, Payload::Claimed), Ok(claim));
        assert_eq!(judge(&parts, THERE, Payload::Claimed), Err(AuthError::SignatureMismatch));
        let mut other = signed.headers.clone();
        let text = HeaderValue::from_static("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
        let same = other.insert("x-amz-content-sha256", text.clone()) == Some(text);
        let judged = judge(&Parts { headers: &other, ..parts }, HERE, Payload::Claimed);
        assert_eq!(judged.is_ok(), same, "{claim:?}");
    }
}

#[test]
fn a_head_without_a_claim_needs_the_body() {
    let signer = signer(HERE, "sts", None);
    let headers = host();
    let parts = parts(&headers, None);
    let signed = signer.sign(&parts, Payload::of(BODY), signed_at()).unwrap();
    assert!(!signed.contains_key("x-amz-content-sha256"));
    let parts = Parts { headers: &signed, ..parts };
    assert_eq!(judge(&parts, HERE, Payload::Claimed), Err(AuthError::BodyNeeded));
    assert_eq!(judge(&parts, HERE, Payload::of(BODY)), Ok(Claim::Absent));
    let signed = signer.sign(&parts, Payload::Claimed, signed_at());
    assert_eq!(signed.unwrap_err(), AuthError::BodyNeeded);
}

#[test]
fn chunks_are_refused_where_the_whole_body_is_wanted() {
    let mut headers = host();
    let late = signed_at().saturating_add(Duration::from_hours(1));
    for text in [
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOADS",
    ] {
        headers.insert("x-amz-content-sha256", HeaderValue::from_static(text));
        let signer = signer(HERE, "s3", None);
        let mut signed = signer.sign(&parts(&headers, None), Payload::of(b""), late).unwrap();
        signed.insert("x-amz-content-sha256", HeaderValue::from_static(text));
        // Before the date and the signature are looked at, which are both wrong.
        for payload in [Payload::of(b""), Payload::Unsigned] {
            let judged = judge(&parts(&signed, None), HERE, payload);
            assert_eq!(judged, Err(AuthError::StreamingPayload), "{text}");
        }
    }
}

#[test]
fn signing_again_replaces_the_first_signature() {
    let headers = host();
    let here = signer(HERE, "s3", Some("token+here="));
    let mut first = here.sign(&parts(&headers, None), Payload::of(BODY), signed_at()).unwrap();
    for name in ["accept-encoding", "via", "x-forwarded-for", "keep-alive", "traceparent"] {
        first.insert(name, HeaderValue::from_static("on the way"));
    }
    for token in [None, Some("token+there=")] {
        let there = signer(THERE, "s3", token);
        let key = there.key(signed_at());
        let claim = Claim::from(Payload::of(BODY));
        let again = there.sign_with(&key, &parts(&first, None), claim, signed_at()).unwrap();
        let token_now = again.headers.get("x-amz-security-token");
        assert_eq!(token_now.map(HeaderValue::as_bytes), token.map(str::as_bytes));
        let authorization = again.headers["authorization"].to_str().unwrap();
        let expected = match token {
            None => "SignedHeaders=host;x-amz-content-sha256;x-amz-date, ",
            Some(_) => "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, ",
        };
        assert!(authorization.contains(expected), "{authorization}");
        assert!(authorization.ends_with(&hex::encode(again.seed.signature())));
        let parts = parts(&again.headers, None);
        assert_eq!(judge(&parts, THERE, Payload::of(BODY)), Ok(claim));
        assert_eq!(Presented::parse(&parts).unwrap().seed(), again.seed);
    }
}

#[test]
fn a_presigned_query_is_bared() {
    let headers = host();
    let here = signer(HERE, "s3", Some("token"));
    for (query, bare) in [
        (Some("b=2&a=%20+&X-Amz-Meta=1"), Some("b=2&a=%20+&X-Amz-Meta=1")),
        (Some("X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"), None),
        (None, None),
    ] {
        let parts = parts(&headers, query);
        let expires = Duration::from_mins(1);
        let signed = here.presign(&parts, Payload::Unsigned, signed_at(), expires).unwrap();
        let parts = Parts { query: Some(&signed), ..parts };
        assert_eq!(judge(&parts, HERE, Payload::Claimed), Ok(Claim::Unsigned));
        assert_eq!(Presented::parse(&parts).unwrap().bare_query().as_deref(), bare);
    }
    let signed = here.sign(&parts(&headers, Some("a=%20")), Payload::Unsigned, signed_at());
    let signed = signed.unwrap();
    let presented = parts(&signed, Some("a=%20"));
    assert_eq!(Presented::parse(&presented).unwrap().bare_query().as_deref(), Some("a=%20"));
}
