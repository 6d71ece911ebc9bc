//! A client's side, written apart from the crate's, and what the tests read with.

use aws_lc_rs::{digest, hmac};
use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_wire::Parts;
use cairn_wire::chunked::{Decoder, Event, Flaw, Verifier};
use cairn_wire::sigv4::{Claim, Dialect, Seed, Signer, SigningKey, Streaming};
use http::{HeaderMap, HeaderValue, Method};

pub(crate) const STAMP: &str = "20130524T000000Z";
const SCOPE: &str = "20130524/us-east-1/s3/aws4_request";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature:";

pub(crate) fn signed_at() -> Timestamp {
    Timestamp::parse_basic(STAMP).unwrap()
}

/// A client: a secret, and the head that it signed.
pub(crate) struct Client {
    secret: &'static str,
    pub(crate) key: SigningKey,
    pub(crate) seed: Seed,
}

impl Client {
    pub(crate) fn new(secret: &'static str, form: Streaming) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("s3.amazonaws.com"));
        let parts = Parts { method: &Method::PUT, path: "/b/k", query: None, headers: &headers };
        let signer = signer(secret);
        let key = signer.key(signed_at());
        let signed = signer.sign_with(&key, &parts, Claim::Streaming(form), signed_at()).unwrap();
        Self { secret, key, seed: signed.seed }
    }

    pub(crate) fn verifier(&self, form: Streaming, declared: u64) -> Verifier {
        Verifier::new(Decoder::new(form, declared), &self.key, self.seed.clone())
    }

    /// The body of `chunks`, none of them empty, as SDKs write it.
    pub(crate) fn encode(
        &self,
        form: Streaming,
        chunks: &[&[u8]],
        trailers: &[(&str, &str)],
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let mut last = hex::encode(self.seed.signature());
        for chunk in chunks.iter().chain([&&b""[..]]) {
            out.extend_from_slice(format!("{:x}", chunk.len()).as_bytes());
            if form.is_signed() {
                last = self.sign("PAYLOAD", &format!("{last}\n{}", sha256(b"")), chunk);
                out.extend_from_slice(format!(";chunk-signature={last}").as_bytes());
            }
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(chunk);
            out.extend_from_slice(if chunk.is_empty() { b"" } else { b"\r\n" });
        }
        let mut signed = String::new();
        for (name, value) in trailers {
            signed += &format!("{name}:{value}\n");
            out.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        if form == Streaming::SignedTrailer {
            let signature = self.sign("TRAILER", &last, signed.as_bytes());
            out.extend_from_slice(format!("{TRAILER_SIGNATURE}{signature}\r\n").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    fn sign(&self, kind: &str, before: &str, signed: &[u8]) -> String {
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in SCOPE.split('/') {
            key = mac(&key, part.as_bytes());
        }
        let hash = sha256(signed);
        let text = format!("AWS4-HMAC-SHA256-{kind}\n{STAMP}\n{SCOPE}\n{before}\n{hash}");
        hex::encode(mac(&key, text.as_bytes()))
    }
}

pub(crate) fn signer(secret: &str) -> Signer<'_> {
    Signer {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret,
        session_token: None,
        region: "us-east-1",
        service: "s3",
        dialect: Dialect::of("s3"),
    }
}

/// What a body holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) data: Vec<u8>,
    pub(crate) sizes: Vec<u64>,
    pub(crate) trailers: Vec<(String, String)>,
}

/// Feeds the pieces and gathers the events; the order of events is checked on the way.
pub(crate) fn read<'a>(
    mut verifier: Verifier,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Read, Flaw> {
    let mut read = Read::default();
    let (mut left, mut ended) = (0, false);
    for piece in pieces {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(event) = verifier.next(&mut input)? {
            assert!(!ended, "{event:?} behind the end");
            match event {
                Event::Chunk { size } => {
                    read.sizes.push(size);
                    left = size;
                }
                Event::Data(data) => {
                    assert!(!data.is_empty());
                    left -= data.len() as u64;
                    read.data.extend_from_slice(&data);
                }
                Event::ChunkEnd => assert_eq!(left, 0),
                Event::Trailer(name, value) => {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    read.trailers.push((name.to_string(), value));
                }
                Event::TrailersEnd => {}
                Event::End => ended = true,
            }
        }
        assert!(input.is_empty(), "what is not taken is lost");
    }
    verifier.finish()?;
    assert!(ended);
    Ok(read)
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}
