//! What is refused before any signature is looked at, and how a client is told.

use bytes::Bytes;
use cairn_wire::chunked::{CHUNK_BYTES, Decoder, Event, Flaw, TRAILERS, decoded_length};
use cairn_wire::sigv4::Streaming;
use cairn_wire::{Family, Fault, Parts};
use http::{HeaderMap, HeaderValue, Method};

/// The last event, once everything is fed.
fn last(form: Streaming, declared: u64, body: &str) -> Result<Option<Event>, Flaw> {
    let mut decoder = Decoder::new(form, declared);
    let mut input = Bytes::copy_from_slice(body.as_bytes());
    let mut last = None;
    loop {
        match decoder.next(&mut input) {
            Ok(Some(event)) => last = Some(event),
            Ok(None) => break,
            Err(flaw) => {
                assert_eq!(decoder.next(&mut Bytes::from_static(b"0\r\n\r\n")), Err(flaw));
                assert_eq!(decoder.finish(), Err(flaw));
                return Err(flaw);
            }
        }
    }
    decoder.finish()?;
    Ok(last)
}

#[test]
fn bodies_without_signatures() {
    let form = Streaming::UnsignedTrailer;
    let many = (0..=TRAILERS).map(|n| format!("x-{n}:1\r\n")).collect::<Vec<_>>().concat();
    let sum = "x-amz-trailer-signature:".to_owned() + &"0".repeat(64);
    let end = Ok(Some(Event::End));
    let first = Flaw::Line { number: 1 };
    for (body, expected) in [
        ("3\r\nabc\r\n0\r\n\r\n", end.clone()),
        ("1\r\na\r\n2\r\nbc\r\n0\r\nx:y\r\n\r\n", end.clone()),
        ("003\r\nabc\r\n000\r\nx:y\n\r\n\r\n", end),
        ("3\r\nabc\r\n0\r\n\r\n\r\n\r\n", Err(Flaw::Surplus)),
        ("3\r\nabc\r\n0\r\n\r\n\r", Err(Flaw::Surplus)),
        ("3\r\nabc\r\n0\r\n\r\n0", Err(Flaw::Surplus)),
        ("", Err(Flaw::Truncated)),
        ("3\r\nabc\r\n0\r\n", Err(Flaw::Truncated)),
        ("3\r\nabc\r\n", Err(Flaw::Truncated)),
        ("3\r\nabc0\r\n\r\n", Err(Flaw::DataEnd { number: 1 })),
        ("3\r\nabc\n0\r\n\r\n", Err(Flaw::DataEnd { number: 1 })),
        ("2\r\nab\r\n0\r\n\r\n", Err(Flaw::Length { declared: 3 })),
        ("4\r\nabcd\r\n0\r\n\r\n", Err(Flaw::Length { declared: 3 })),
        ("ffffffffffffffff\r\n", Err(Flaw::Length { declared: 3 })),
        ("3\nabc\r\n0\r\n\r\n", Err(first)),
        ("+3\r\nabc", Err(first)),
        ("\r\n", Err(first)),
        (&"0".repeat(128), Err(first)),
        (&format!("3;chunk-signature={}\r\n", "0".repeat(64)), Err(first)),
        ("3\r\nabc\r\n0\r\nxy\r\n\r\n", Err(Flaw::Trailer)),
        (&format!("3\r\nabc\r\n0\r\nx:{}", "y".repeat(1022)), Err(Flaw::Trailer)),
        ("3\r\nabc\r\n0\r\nx:y\r\nX:z\r\n\r\n", Err(Flaw::TrailerPlace)),
        (&format!("3\r\nabc\r\n0\r\n{many}\r\n"), Err(Flaw::TrailerPlace)),
        (&format!("3\r\nabc\r\n0\r\n{sum}\r\n\r\n"), Err(Flaw::TrailerPlace)),
    ] {
        assert_eq!(last(form, 3, body), expected, "{body:?}");
    }
}

#[test]
fn bodies_with_signatures() {
    let line = |size: &str| format!("{size};chunk-signature={}\r\n", "0".repeat(64));
    let empty = line("0");
    let sum = "x-amz-trailer-signature:".to_owned() + &"0".repeat(64) + "\r\n";
    let (plain, checked) = (Streaming::Signed, Streaming::SignedTrailer);
    let end = Ok(Some(Event::End));
    let over = format!("{:x}", CHUNK_BYTES + 1);
    for (form, body, expected) in [
        (plain, format!("{empty}\r\n"), end.clone()),
        (checked, format!("{empty}{sum}\r\n"), end),
        (plain, format!("{empty}\r\n\r\n"), Err(Flaw::Surplus)),
        (plain, format!("{empty}a:b\r\n\r\n"), Err(Flaw::TrailerPlace)),
        (plain, format!("{empty}{sum}\r\n"), Err(Flaw::TrailerPlace)),
        (checked, format!("{empty}\r\n"), Err(Flaw::Truncated)),
        (checked, format!("{empty}\r\n\r\n"), Err(Flaw::TrailerPlace)),
        (checked, format!("{empty}{sum}{sum}\r\n"), Err(Flaw::TrailerPlace)),
        (checked, format!("{empty}{sum}a:b\r\n\r\n"), Err(Flaw::TrailerPlace)),
        (checked, "0\r\n\r\n".to_owned(), Err(Flaw::Line { number: 1 })),
        (plain, line(&over), Err(Flaw::ChunkSize { number: 1, size: CHUNK_BYTES + 1 })),
    ] {
        assert_eq!(last(form, 0, &body), expected, "{body:?}");
    }
}

#[test]
fn flaws_have_codes_that_clients_of_s3_know() {
    let code = |flaw: Flaw| Family::S3.code(&Fault::from(flaw)).into_owned();
    assert_eq!(code(Flaw::ChunkSignature { number: 1 }), "SignatureDoesNotMatch");
    assert_eq!(code(Flaw::TrailerSignature), "SignatureDoesNotMatch");
    assert_eq!(code(Flaw::Truncated), "IncompleteBody");
    assert_eq!(code(Flaw::Length { declared: 1 }), "IncompleteBody");
    assert_eq!(code(Flaw::ChunkSize { number: 1, size: 2 }), "EntityTooLarge");
    assert_eq!(code(Flaw::Trailer), "MalformedTrailerError");
    assert_eq!(code(Flaw::Line { number: 1 }), "InvalidRequest");
}

#[test]
fn the_declared_length_is_a_plain_number() {
    let of = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-amz-decoded-content-length", HeaderValue::from_static(value));
        }
        decoded_length(&Parts { method: &Method::PUT, path: "/", query: None, headers: &headers })
    };
    assert_eq!(of(&["66560"]), Some(66_560));
    for bad in [&[][..], &[""], &["+1"], &["-1"], &["1", "1"], &["99999999999999999999"]] {
        assert_eq!(of(bad), None, "{bad:?}");
    }
}
