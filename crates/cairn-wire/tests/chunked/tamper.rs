//! A signed body with one byte changed is refused, unless it says the same in another spelling.

use cairn_wire::Fault;
use cairn_wire::chunked::Flaw;
use cairn_wire::sigv4::Streaming;

use crate::encode::{Client, read};

const CHUNKS: [&[u8]; 2] = [b"some data", b"more of it"];
const DECLARED: u64 = 19;

#[test]
fn each_tampered_byte_is_refused() {
    for form in [Streaming::Signed, Streaming::SignedTrailer] {
        let client = Client::new("a secret", form);
        let trailers = if form.has_trailers() { &[("x-amz-checksum", "abc=")][..] } else { &[] };
        let body = client.encode(form, &CHUNKS, trailers);
        let honest = read(client.verifier(form, DECLARED), [&body[..]]).unwrap();
        let mut same = 0;
        for at in 0..body.len() {
            for bit in 0..8 {
                let mut mutant = body.clone();
                mutant[at] ^= 1 << bit;
                if let Ok(found) = read(client.verifier(form, DECLARED), [&mutant[..]]) {
                    assert_eq!(found, honest, "{form:?}: byte {at}, bit {bit}");
                    same += 1;
                }
            }
        }
        // Other spellings of the same: a letter of a name or a size in its other case, and a tab in
        // the place of a trailer's CR.
        let letters = "axamzchecksumxamztrailersignature".len();
        assert!(same <= letters + 2, "{same} mutants passed");
    }
}

#[test]
fn a_missing_inserted_or_doubled_byte_is_refused() {
    let form = Streaming::SignedTrailer;
    let client = Client::new("a secret", form);
    let body = client.encode(form, &CHUNKS, &[("x-amz-checksum", "abc=")]);
    let honest = read(client.verifier(form, DECLARED), [&body[..]]).unwrap();
    for at in 0..body.len() {
        for letter in [None, Some(b'0'), Some(b'\r'), Some(b'\n'), Some(b' '), Some(body[at])] {
            let mut mutant = body.clone();
            match letter {
                None => drop(mutant.remove(at)),
                Some(letter) => mutant.insert(at, letter),
            }
            if let Ok(found) = read(client.verifier(form, DECLARED), [&mutant[..]]) {
                assert_eq!(found, honest, "byte {at}, {letter:?}");
            }
        }
    }
}

#[test]
fn chunks_cannot_change_places() {
    let form = Streaming::Signed;
    let client = Client::new("a secret", form);
    let body = client.encode(form, &[b"one", b"two"], &[]);
    let each = "3;chunk-signature=".len() + 64 + 2 + 3 + 2;
    let swapped = [&body[each..2 * each], &body[..each], &body[2 * each..]].concat();
    let found = read(client.verifier(form, 6), [&swapped[..]]);
    assert_eq!(found, Err(Flaw::ChunkSignature { number: 1 }));
    let dropped = [&body[..each], &body[2 * each..]].concat();
    let found = read(client.verifier(form, 3), [&dropped[..]]);
    assert_eq!(found, Err(Flaw::ChunkSignature { number: 2 }));
}

#[test]
fn another_key_or_head_is_refused() {
    let form = Streaming::Signed;
    let client = Client::new("a secret", form);
    let body = client.encode(form, &CHUNKS, &[]);
    for other in [Client::new("another", form), Client::new("a secret", Streaming::SignedTrailer)] {
        let flaw = read(other.verifier(form, DECLARED), [&body[..]]).unwrap_err();
        assert_eq!(flaw, Flaw::ChunkSignature { number: 1 });
        assert_eq!(Fault::from(flaw).code, "InvalidSignatureException");
    }
}
