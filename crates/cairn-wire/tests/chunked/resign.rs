//! A body under another key: what is written is what another client would have written.

use bytes::Bytes;
use cairn_wire::chunked::{Flaw, Resigner};
use cairn_wire::sigv4::Streaming;

use crate::encode::{Client, read};

const CHUNKS: [&[u8]; 3] = [b"some data", b"\r\n0\r\n\r\n", b"x"];
const DECLARED: u64 = 17;

fn trailers(form: Streaming) -> &'static [(&'static str, &'static str)] {
    if form.has_trailers() { &[("x-amz-checksum-crc32", "AAAAAA==")] } else { &[] }
}

/// What is sent on for the pieces, and how that ends.
fn resign<'a>(
    mut resigner: Resigner,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Result<(), Flaw>) {
    let mut out = Vec::new();
    for piece in pieces {
        let mut input = Bytes::copy_from_slice(piece);
        loop {
            match resigner.next(&mut input) {
                Ok(Some(bytes)) => out.extend_from_slice(&bytes),
                Ok(None) => break,
                Err(flaw) => return (out, Err(flaw)),
            }
        }
        assert!(input.is_empty());
    }
    (out, resigner.finish())
}

#[test]
fn the_other_client_would_have_written_the_same() {
    for form in [Streaming::Signed, Streaming::SignedTrailer, Streaming::UnsignedTrailer] {
        let (here, there) = (Client::new("a secret", form), Client::new("another", form));
        let body = here.encode(form, &CHUNKS, trailers(form));
        let expected = there.encode(form, &CHUNKS, trailers(form));
        assert_eq!(body == expected, !form.is_signed());
        for size in 1..=body.len() {
            let verifier = here.verifier(form, DECLARED);
            let resigner = Resigner::new(verifier, &there.key, there.seed.clone());
            let (sent, end) = resign(resigner, body.chunks(size));
            assert_eq!(end, Ok(()));
            assert_eq!(sent, expected, "{form:?} in pieces of {size}");
        }
    }
}

#[test]
fn odd_spellings_keep_their_length() {
    let form = Streaming::SignedTrailer;
    let (here, there) = (Client::new("a secret", form), Client::new("another", form));
    let body = here.encode(form, &[&[7; 10]], trailers(form));
    let text = |from: &[u8]| from.iter().map(|byte| char::from(*byte)).collect::<String>();
    let odd = text(&body)
        .replacen("a;", "000A;", 1)
        .replace("AAAAAA==\r\n", " AAAAAA==\n\r\n")
        .replace("signature:", "signature: ");
    let resigner = Resigner::new(here.verifier(form, 10), &there.key, there.seed.clone());
    let (sent, end) = resign(resigner, [odd.as_bytes()]);
    assert_eq!((sent.len(), end), (odd.len(), Ok(())));
    let found = read(there.verifier(form, 10), [&sent[..]]).unwrap();
    assert_eq!((found.data.len(), found.trailers.len()), (10, 1));
}

#[test]
fn nothing_of_a_forged_chunk_leaves() {
    let form = Streaming::SignedTrailer;
    let (here, there) = (Client::new("a secret", form), Client::new("another", form));
    let body = here.encode(form, &[&[b'#'; 9], &[b'*'; 8]], &[("x-a", "?")]);
    for (letter, flaw) in [
        (b'#', Flaw::ChunkSignature { number: 1 }),
        (b'*', Flaw::ChunkSignature { number: 2 }),
        (b'?', Flaw::TrailerSignature),
    ] {
        let mut forged = body.clone();
        let at = forged.iter().rposition(|byte| *byte == letter).unwrap();
        forged[at] = b'!';
        let resigner = Resigner::new(here.verifier(form, 17), &there.key, there.seed.clone());
        let (sent, end) = resign(resigner, forged.chunks(5));
        assert_eq!(end, Err(flaw));
        assert!(!sent.contains(&letter) && !sent.contains(&b'!'), "{flaw}");
    }
}

#[test]
fn a_chunk_is_held_until_it_is_whole() {
    let form = Streaming::Signed;
    let (here, there) = (Client::new("a secret", form), Client::new("another", form));
    let body = here.encode(form, &[&[7; 1000]], &[]);
    let mut resigner = Resigner::new(here.verifier(form, 1000), &there.key, there.seed.clone());
    let chunk = body.len() - "0;chunk-signature=".len() - 64 - 4;
    let mut front = Bytes::copy_from_slice(&body[..chunk - 1]);
    assert_eq!(resigner.next(&mut front), Ok(None));
    let mut back = Bytes::copy_from_slice(&body[chunk - 1..]);
    let sent = resigner.next(&mut back).unwrap().unwrap();
    assert_eq!(sent.len(), chunk);
}
