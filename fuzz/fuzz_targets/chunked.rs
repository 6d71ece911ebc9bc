//! Any bytes as a body in chunks: reading never panics, reads the same however the body is cut, and
//! accepts no chunk that our key did not sign; what is sent on has the body's length.
//!
//! Input: the form, the size of the pieces, the declared length, and then the body.

#![no_main]

use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_wire::chunked::{Decoder, Event, Flaw, Resigner, Verifier};
use cairn_wire::sigv4::{Claim, Dialect, Seed, Signer, SigningKey, Streaming};
use cairn_wire::{Fault, Parts};
use http::{HeaderMap, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "a secret that no corpus holds";

fuzz_target!(|data: &[u8]| {
    let [form, size, declared, body @ ..] = data else {
        return;
    };
    let form = match form % 3 {
        0 => Streaming::Signed,
        1 => Streaming::SignedTrailer,
        _ => Streaming::UnsignedTrailer,
    };
    let (size, declared) = (usize::from(*size).max(1), u64::from(*declared));
    let whole = decode(form, declared, body, body.len().max(1));
    let cut = decode(form, declared, body, size);
    assert_eq!(whole, cut);

    let (key, seed) = signed(form);
    let verifier = Verifier::new(Decoder::new(form, declared), &key, seed.clone());
    let mut resigner = Resigner::new(verifier, &key, seed);
    match resign(&mut resigner, body, size) {
        Ok(sent) if form.is_signed() => panic!("{} bytes that nobody signed", sent.len()),
        Ok(sent) => assert_eq!(sent, body),
        Err(flaw) => drop(Fault::from(flaw)),
    }
});

/// The data and how many trailers there are.
fn decode(
    form: Streaming,
    declared: u64,
    body: &[u8],
    size: usize,
) -> Result<(Vec<u8>, usize), Flaw> {
    let mut decoder = Decoder::new(form, declared);
    let (mut data, mut trailers) = (Vec::new(), 0);
    for piece in body.chunks(size) {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(event) = decoder.next(&mut input)? {
            match event {
                Event::Data(slice) => data.extend_from_slice(&slice),
                Event::Trailer(..) => trailers += 1,
                Event::Chunk { .. } | Event::ChunkEnd | Event::TrailersEnd | Event::End => {}
            }
        }
        assert!(input.is_empty());
    }
    decoder.finish()?;
    assert_eq!(data.len() as u64, declared);
    Ok((data, trailers))
}

fn resign(resigner: &mut Resigner, body: &[u8], size: usize) -> Result<Vec<u8>, Flaw> {
    let mut sent = Vec::new();
    for piece in body.chunks(size) {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(bytes) = resigner.next(&mut input)? {
            sent.extend_from_slice(&bytes);
        }
    }
    resigner.finish()?;
    Ok(sent)
}

fn signed(form: Streaming) -> (SigningKey, Seed) {
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: SECRET,
        session_token: None,
        region: "us-east-1",
        service: "s3",
        dialect: Dialect::of("s3"),
    };
    let now = Timestamp::from_seconds(1_440_938_160);
    let key = signer.key(now);
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("cairn.example"));
    let parts = Parts { method: &Method::PUT, path: "/b/k", query: None, headers: &headers };
    let signed = signer.sign_with(&key, &parts, Claim::Streaming(form), now);
    (key, signed.expect("the request can be signed").seed)
}
