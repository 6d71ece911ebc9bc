//! Requests of S3, signed before the clock starts: what is measured is not the generator.

use cairn_core::{Clock, SystemClock};
use cairn_wire::Parts;
use cairn_wire::sigv4::{Claim, Dialect, Signer};
use http::{HeaderMap, HeaderValue, Method};

use super::large::Large;
use crate::Failure;
use crate::server::Key;

/// Different keys; each is asked for again and again.
const KEYS: usize = 4096;
const BUCKET: &str = "bench-bucket";
/// Where the client believes it is; the same for everyone, because it is signed.
const HOST: &str = "127.0.0.1:9000";
const AGENT: &str = "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.0 md/arch#x86_64 \
                     lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard md/command#s3.cp";

/// Small GETs. Good for five minutes.
pub(super) fn small(key: &Key) -> Result<Vec<Vec<u8>>, Failure> {
    let path = |index| format!("/{BUCKET}/logs/2026/11/26/object-{index:06}.json");
    let empty = Claim::Sha256(cairn_wire::sigv4::Hasher::new().finish());
    let mut maker = Maker::new(key);
    (0..KEYS).map(|index| maker.request(&Method::GET, &path(index), empty, None)).collect()
}

/// The whole GET, or the head of the PUT.
pub(super) fn large(key: &Key, large: &Large) -> Result<Vec<u8>, Failure> {
    let path = format!("/{BUCKET}/{}-{}", large.kind(), large.bytes);
    let length = Some(large.bytes).filter(|_| large.method == Method::PUT);
    Maker::new(key).request(&large.method, &path, large.claim, length)
}

struct Maker<'a> {
    signer: Signer<'a>,
    clock: SystemClock,
}

impl<'a> Maker<'a> {
    fn new(key: &'a Key) -> Self {
        let signer = Signer {
            access_key_id: &key.id,
            secret: &key.secret,
            session_token: None,
            region: "us-east-1",
            service: "s3",
            dialect: Dialect::of("s3"),
        };
        Self { signer, clock: SystemClock::default() }
    }

    fn request(
        &mut self,
        method: &Method,
        path: &str,
        claim: Claim,
        length: Option<u64>,
    ) -> Result<Vec<u8>, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(HOST));
        headers.insert("accept-encoding", HeaderValue::from_static("identity"));
        headers.insert("user-agent", HeaderValue::from_static(AGENT));
        if let Some(length) = length {
            headers.insert("content-length", HeaderValue::from(length));
        }
        let parts = Parts { method, path, query: None, headers: &headers };
        let now = self.clock.now();
        let signed = self.signer.sign_with(&self.signer.key(now), &parts, claim, now);
        let signed = signed.map_err(|error| Failure(error.to_string()))?;
        let mut text = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
        for (name, value) in &signed.headers {
            text.extend_from_slice(name.as_str().as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value.as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"\r\n");
        Ok(text)
    }
}
