//! The examples that AWS publishes for both signed forms: 65 KiB of the letter a, and a checksum.

use bytes::Bytes;
use cairn_wire::Parts;
use cairn_wire::chunked::{Decoder, Verifier, decoded_length};
use cairn_wire::sigv4::{AuthError, Claim, Payload, Presented, Seed, SigningKey, Skew, Streaming};
use http::{HeaderMap, HeaderValue, Method};

use crate::encode::{Read, read, signed_at, signer};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SIZES: [usize; 3] = [65_536, 1024, 0];

fn headers(form: Streaming) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "s3.amazonaws.com"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let (name, value) = match form {
        Streaming::SignedTrailer => ("x-amz-trailer", "x-amz-checksum-crc32c"),
        _ => ("content-length", "66824"),
    };
    headers.insert(name, HeaderValue::from_static(value));
    headers
}

fn body(signatures: [&str; 3], tail: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (size, signature) in SIZES.into_iter().zip(signatures) {
        body.extend_from_slice(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
        body.extend_from_slice(&vec![b'a'; size]);
        body.extend_from_slice(if size == 0 { b"" } else { b"\r\n" });
    }
    body.extend_from_slice(tail.as_bytes());
    body.extend_from_slice(b"\r\n");
    body
}

/// Signs the head, verifies it as a server does and gives what the chunks start from.
fn head(form: Streaming, expected: &str) -> (SigningKey, Seed) {
    let headers = headers(form);
    let path = "/examplebucket/chunkObject.txt";
    let parts = Parts { method: &Method::PUT, path, query: None, headers: &headers };
    let signer = signer(SECRET);
    let key = signer.key(signed_at());
    let signed = signer.sign_with(&key, &parts, Claim::Streaming(form), signed_at()).unwrap();
    assert_eq!(hex::encode(signed.seed.signature()), expected);

    let parts = Parts { headers: &signed.headers, ..parts };
    let presented = Presented::parse(&parts).unwrap();
    assert_eq!(presented.claim(), Claim::Streaming(form));
    assert_eq!(presented.stamp(), "20130524T000000Z");
    assert_eq!(decoded_length(&parts), Some(66_560));
    let verify = |payload| presented.verify(&key, payload, Skew::default(), signed_at());
    assert_eq!(verify(Payload::Claimed), Ok(()));
    assert_eq!(verify(Payload::of(b"")), Err(AuthError::StreamingPayload));
    assert_eq!(verify(Payload::Unsigned), Err(AuthError::StreamingPayload));
    let unknown = presented.refuse_unknown(Payload::Claimed, Skew::default(), signed_at());
    assert_eq!(unknown, AuthError::UnknownKey);
    assert_eq!(presented.seed(), signed.seed);
    (key, signed.seed)
}

fn whole(form: Streaming, key: &SigningKey, seed: Seed, body: &[u8]) -> Read {
    let verifier = Verifier::new(Decoder::new(form, 66_560), key, seed);
    let read = read(verifier, [body]).unwrap();
    assert_eq!(read.sizes, SIZES.map(|size| size as u64));
    assert!(read.data.iter().all(|byte| *byte == b'a') && read.data.len() == 66_560);
    read
}

const PLAIN: [&str; 3] = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
const PLAIN_SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

#[test]
fn signed_chunks() {
    let form = Streaming::Signed;
    let (key, seed) = head(form, PLAIN_SEED);
    let body = body(PLAIN, "");
    assert_eq!(body.len(), 66_824);
    assert_eq!(whole(form, &key, seed, &body).trailers, []);
}

const CHECKED: [&str; 3] = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
];
const CHECKED_SEED: &str = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const CHECKSUM: &str = "x-amz-checksum-crc32c:sOO8/Q==";
const CHECKSUM_SIGNATURE: &str =
    "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";

#[test]
fn signed_chunks_with_a_trailer() {
    let form = Streaming::SignedTrailer;
    let (key, seed) = head(form, CHECKED_SEED);
    // As SDKs write it, as MinIO's client does, and with an empty line where the trailers start.
    for tail in [
        format!("{CHECKSUM}\r\n{CHECKSUM_SIGNATURE}\r\n"),
        format!("{CHECKSUM}\n\r\n{CHECKSUM_SIGNATURE}\r\n"),
        format!("\r\n{CHECKSUM}\r\n{CHECKSUM_SIGNATURE}\r\n"),
    ] {
        let read = whole(form, &key, seed.clone(), &body(CHECKED, &tail));
        let expected = ("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned());
        assert_eq!(read.trailers, [expected]);
    }
}

/// The same chunks as without trailers, under the head that announces none.
#[test]
fn three_trailers_are_signed_together_in_any_order() {
    let (key, seed) = head(Streaming::Signed, PLAIN_SEED);
    let signature = "df5735bd9f3295cd9386572292562fefc93ba94e80a0a1ddcbd652c4e0a75e6c";
    for trailers in
        ["first:1st\r\nsecond:2nd\r\nthird:3rd", "third:3rd\r\nFirst: 1st\r\nsecond:2nd"]
    {
        let tail = format!("{trailers}\r\nx-amz-trailer-signature:{signature}\r\n");
        let body = body(PLAIN, &tail);
        let read = whole(Streaming::SignedTrailer, &key, seed.clone(), &body);
        assert_eq!(read.trailers.len(), 3);
    }
}

#[test]
fn data_is_a_slice_of_what_was_fed() {
    let (key, seed) = head(Streaming::Signed, PLAIN_SEED);
    let mut input = Bytes::from(body(PLAIN, ""));
    let whole = input.as_ptr_range();
    let mut verifier = Verifier::new(Decoder::new(Streaming::Signed, 66_560), &key, seed);
    while let Some(event) = verifier.next(&mut input).unwrap() {
        if let cairn_wire::chunked::Event::Data(data) = event {
            assert!(whole.contains(&data.as_ptr()));
        }
    }
}
