//! Whatever the request, what our signer signs our verifier accepts.

use std::time::Duration;

use cairn_wire::Parts;
use cairn_wire::sigv4::{Dialect, Form, Payload, Presented, Signer, SigningKey, Skew};
use http::{HeaderMap, HeaderValue, Method};
use proptest::prelude::*;

use crate::request::signed_at;

const SECRET: &str = "a secret";

fn signer<'a>(service: &'a str, session_token: Option<&'a str>) -> Signer<'a> {
    let dialect = Dialect::of(service);
    Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: SECRET,
        session_token,
        region: "us-east-1",
        service,
        dialect,
    }
}

fn accepted(parts: &Parts<'_>, payload: Payload, form: Form) {
    let presented = Presented::parse(parts).unwrap();
    assert_eq!(presented.form(), form);
    let scope = presented.scope();
    let key = SigningKey::derive(SECRET, &scope.date, &scope.region, &scope.service);
    assert_eq!(presented.verify(&key, payload, Skew::default(), signed_at()), Ok(()));
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted(
        path in "(/([a-zA-Z.~ +é]|%2F|%41){0,6}){1,4}",
        query in proptest::option::of("(([a-c+é]|%3d){0,3}=?[a-z%]{0}[a-z+]{0,4}&?){0,5}"),
        value in "[ -~]{0,40}",
        body in proptest::collection::vec(any::<u8>(), 0..64),
        token in proptest::option::of("[A-Za-z0-9+/=]{1,40}"),
        service in prop::sample::select(vec!["cloudtrail", "sts", "s3", "cairn"]),
        unsigned in any::<bool>(),
    ) {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("cairn.example"));
        headers.insert("my-header", HeaderValue::from_str(&value).unwrap());
        let parts = Parts {
            method: &Method::POST,
            path: &path,
            query: query.as_deref(),
            headers: &headers,
        };
        let signer = signer(service, token.as_deref());
        let payload = if unsigned { Payload::Unsigned } else { Payload::of(&body) };
        let signed = signer.sign(&parts, payload, signed_at()).unwrap();
        accepted(&Parts { headers: &signed, ..parts }, payload, Form::Header);

        let payload = if service == "s3" { Payload::Unsigned } else { Payload::of(&body) };
        let expires = Duration::from_mins(1);
        let presigned = signer.presign(&parts, payload, signed_at(), expires).unwrap();
        accepted(&Parts { query: Some(&presigned), ..parts }, payload, Form::Query);
    }

    #[test]
    fn nothing_panics(
        path in any::<String>(),
        query in proptest::option::of("(X-Amz-(Date|Expires|Credential|Signature|SignedHeaders|\
            Algorithm|Security-Token)=?|[&=%/;+]|[0-9a-fTZ]|é){0,40}"),
        authorization in "(AWS4-HMAC-SHA256 |Credential=|SignedHeaders=|Signature=|[ ,=/;]|[ -~]){0,40}",
        date in "[0-9TZ]{0,20}|[A-Za-z0-9:, ]{29}",
    ) {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("cairn.example"));
        headers.insert("date", HeaderValue::from_str(&date).unwrap());
        let query = query.as_deref();
        let parts = Parts { method: &Method::GET, path: &path, query, headers: &headers };
        prop_assert!(Presented::parse(&parts).is_err());
        let mut signed = headers.clone();
        signed.insert("authorization", HeaderValue::from_str(&authorization).unwrap());
        let with_header = Parts { headers: &signed, ..parts };
        prop_assert!(Presented::parse(&with_header).is_err());
    }
}
