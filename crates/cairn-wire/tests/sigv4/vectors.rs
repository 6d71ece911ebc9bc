//! Every case of the suite, in both forms: accepted, and reproduced by our own signer.

use std::time::Duration;

use cairn_wire::Parts;
use cairn_wire::sigv4::{AuthError, Payload};

use crate::request::{EXPIRES, Vector, signed_at};

#[test]
fn the_suite_is_whole() {
    assert_eq!(Vector::all().len(), 38);
}

#[test]
fn both_forms_are_accepted() {
    for vector in Vector::all() {
        let name = &vector.name;
        let in_header = vector.judge(&vector.signed_in_header(), signed_at());
        assert_eq!(in_header, Ok(()), "{name}: header");
        let in_query = vector.judge(&vector.signed_in_query(), signed_at());
        assert_eq!(in_query, Ok(()), "{name}: query");
    }
}

#[test]
fn our_signer_makes_the_same_header() {
    for vector in Vector::all() {
        let mut request = vector.unsigned();
        if vector.sign_body {
            let expected = vector.signed_in_header().header("x-amz-content-sha256").cloned();
            request.headers.push(("x-amz-content-sha256".to_owned(), expected.unwrap()));
        }
        let (method, mut headers) = request.head().unwrap();
        let (path, query) = (&request.path, request.query.as_deref());
        let payload = Payload::of(&request.body);
        let parts = Parts { method: &method, path, query, headers: &headers };
        headers = vector.signer().sign(&parts, payload, signed_at()).unwrap();
        let made = headers["authorization"].to_str().unwrap();
        let expected = vector.signed_in_header().header("authorization").cloned().unwrap();
        assert_eq!(made, expected, "{}", vector.name);
    }
}

#[test]
fn our_signer_makes_the_same_query() {
    for vector in Vector::all() {
        let request = vector.unsigned();
        let (method, headers) = request.head().unwrap();
        let (path, query) = (&request.path, request.query.as_deref());
        let parts = Parts { method: &method, path, query, headers: &headers };
        let payload = Payload::of(&request.body);
        let made = vector.signer().presign(&parts, payload, signed_at(), EXPIRES).unwrap();
        assert_eq!(Some(made), vector.signed_in_query().query, "{}", vector.name);
    }
}

#[test]
fn a_signature_lives_for_its_window() {
    let vector = &Vector::all()[0];
    let minute = Duration::from_mins(1);
    let in_header = vector.signed_in_header();
    let in_query = vector.signed_in_query();
    for minutes in 0..=20 {
        let later = signed_at().saturating_add(minute * minutes);
        let earlier = signed_at().saturating_sub(minute * minutes);
        let close = minutes <= 5;
        assert_eq!(vector.judge(&in_header, later).is_ok(), close, "{minutes} minutes late");
        assert_eq!(vector.judge(&in_header, earlier).is_ok(), close, "{minutes} minutes early");
        assert_eq!(vector.judge(&in_query, later), Ok(()), "{minutes} minutes late");
        assert_eq!(vector.judge(&in_query, earlier).is_ok(), close, "{minutes} minutes early");
    }
    let at_the_end = signed_at().saturating_add(EXPIRES);
    assert_eq!(vector.judge(&in_query, at_the_end), Ok(()));
    let over = at_the_end.saturating_add(Duration::from_millis(1));
    assert!(matches!(vector.judge(&in_query, over), Err(AuthError::Expired { .. })));
}

#[test]
fn late_and_early_say_so_in_aws_words() {
    let vector = &Vector::all()[0];
    let request = vector.signed_in_header();
    let late = signed_at().saturating_add(Duration::from_mins(10));
    let early = signed_at().saturating_sub(Duration::from_mins(10));
    let text = |now| vector.judge(&request, now).unwrap_err().to_string();
    assert_eq!(
        text(late),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T124100Z \
         (20150830T124600Z - 5 min.)"
    );
    assert_eq!(
        text(early),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123100Z \
         (20150830T122600Z + 5 min.)"
    );
}
