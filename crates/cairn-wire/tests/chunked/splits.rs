//! However a body is cut on its way, it reads the same.

use cairn_wire::sigv4::Streaming;
use proptest::prelude::*;

use crate::encode::{Client, read};

const SECRET: &str = "a secret";
const TRAILERS: [(&str, &str); 2] = [("x-amz-checksum-crc32", "AAAAAA=="), ("x-b", "c d")];

fn cases() -> Vec<(Client, Streaming, Vec<u8>)> {
    let chunks: [&[u8]; 3] = [b"hello \r\n0\r\n\r\n", b"x", &[0xff; 40]];
    [Streaming::Signed, Streaming::SignedTrailer, Streaming::UnsignedTrailer]
        .into_iter()
        .map(|form| {
            let client = Client::new(SECRET, form);
            let trailers = if form.has_trailers() { &TRAILERS[..] } else { &[] };
            let body = client.encode(form, &chunks, trailers);
            (client, form, body)
        })
        .collect()
}

const DECLARED: u64 = 54;

#[test]
fn every_split_reads_the_same() {
    for (client, form, body) in cases() {
        let whole = read(client.verifier(form, DECLARED), [&body[..]]).unwrap();
        assert_eq!(whole.data.len() as u64, DECLARED);
        assert_eq!(whole.trailers.len(), if form.has_trailers() { 2 } else { 0 });
        let bytes = read(client.verifier(form, DECLARED), body.chunks(1)).unwrap();
        assert_eq!(bytes, whole);
        for at in 0..=body.len() {
            let (front, back) = body.split_at(at);
            let halves = read(client.verifier(form, DECLARED), [front, &[], back]).unwrap();
            assert_eq!(halves, whole, "{form:?} cut at {at}");
        }
    }
}

#[test]
fn every_truncation_is_noticed() {
    use cairn_wire::chunked::Flaw;
    for (client, form, body) in cases() {
        for at in 0..body.len() {
            let found = read(client.verifier(form, DECLARED), [&body[..at]]);
            assert_eq!(found, Err(Flaw::Truncated), "{form:?} cut at {at}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_read(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..6),
        trailers in prop::collection::btree_map("x-[a-z]{1,8}", "([!-~]( ?[!-~]){0,8})?", 0..4),
        size in 1_usize..64,
        form in prop::sample::select(vec![
            Streaming::Signed, Streaming::SignedTrailer, Streaming::UnsignedTrailer,
        ]),
    ) {
        let client = Client::new(SECRET, form);
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let mut trailers: Vec<(&str, &str)> =
            trailers.iter().map(|(name, value)| (&**name, &**value)).collect();
        if !form.has_trailers() {
            trailers.clear();
        }
        let body = client.encode(form, &chunks, &trailers);
        let data = chunks.concat();
        let found = read(client.verifier(form, data.len() as u64), body.chunks(size)).unwrap();
        prop_assert_eq!(found.data, data);
        prop_assert_eq!(found.sizes.len(), chunks.len() + 1);
        prop_assert_eq!(found.trailers.len(), trailers.len());
    }

    #[test]
    fn nothing_panics(
        body in "(0|1|5|[0-9a-fA-F]{0,17}|;chunk-signature=[0-9a-f]{64}|\r\n|\n|:|x-[a-c]|\
            x-amz-trailer-signature:|[ -~]){0,30}",
        size in 1_usize..9,
    ) {
        for (client, form, _) in cases() {
            let whole = read(client.verifier(form, 5), [body.as_bytes()]);
            let split = read(client.verifier(form, 5), body.as_bytes().chunks(size));
            prop_assert_eq!(whole, split);
        }
    }
}
