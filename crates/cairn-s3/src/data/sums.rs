//! Checksums of an object: what a client claims, what its bytes have, what an answer says.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::crc::{CRC32, CRC32C, CRC64, Polynomial};
use crate::fault::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    #[serde(rename = "CRC32")]
    Crc32,
    #[serde(rename = "CRC32C")]
    Crc32c,
    #[serde(rename = "CRC64NVME")]
    Crc64,
    #[serde(rename = "SHA1")]
    Sha1,
    #[serde(rename = "SHA256")]
    Sha256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Crc64, Self::Sha1, Self::Sha256];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64 => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64 => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The element of documents.
    pub(crate) fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64 => "ChecksumCRC64NVME",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64 => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    pub(crate) fn polynomial(self) -> Option<&'static Polynomial> {
        match self {
            Self::Crc32 => Some(&CRC32),
            Self::Crc32c => Some(&CRC32C),
            Self::Crc64 => Some(&CRC64),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    /// The checksum of a whole in memory.
    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self.polynomial() {
            Some(polynomial) => self.cut(polynomial.update(0, bytes)),
            None if self == Self::Sha1 => {
                digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
            }
            None => digest(&SHA256, bytes).as_ref().to_vec(),
        }
    }

    fn cut(self, check: u64) -> Vec<u8> {
        check.to_be_bytes()[8 - self.bytes()..].to_vec()
    }
}

/// What a request says about its bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims {
    md5: Option<[u8; 16]>,
    sha256: Option<[u8; 32]>,
    /// The algorithm asked for; its value may come in a trailer.
    pub(crate) algorithm: Option<Algorithm>,
    value: Option<Vec<u8>>,
}

impl Claims {
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Fault> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut claims = Self::default();
        if let Some(md5) = text("content-md5") {
            let decoded = STANDARD.decode(md5.trim()).ok();
            let md5 = decoded.and_then(|bytes| bytes.try_into().ok());
            let invalid = "The Content-MD5 you specified was invalid.";
            claims.md5 = Some(md5.ok_or_else(|| Fault::new(400, "InvalidDigest", invalid))?);
        }
        if let Some(sha256) = text("x-amz-content-sha256").and_then(|text| hex::decode(text).ok()) {
            claims.sha256 = sha256.try_into().ok();
        }
        claims.add(headers)?;
        if claims.algorithm.is_none() {
            let named = text("x-amz-sdk-checksum-algorithm").or(text("x-amz-checksum-algorithm"));
            claims.algorithm = match named {
                Some(name) => Some(Algorithm::parse(name).ok_or_else(unsupported)?),
                None => text("x-amz-trailer").and_then(|trailer| {
                    Algorithm::ALL.into_iter().find(|found| trailer.contains(found.header()))
                }),
            };
        }
        Ok(claims)
    }

    /// Reads the values of headers, or of trailers.
    pub(crate) fn add(&mut self, headers: &HeaderMap) -> Result<(), Fault> {
        for algorithm in Algorithm::ALL {
            let Some(value) = headers.get(algorithm.header()) else { continue };
            let decoded = STANDARD.decode(value.as_bytes()).ok();
            let decoded = decoded.filter(|bytes| bytes.len() == algorithm.bytes());
            let Some(decoded) = decoded else {
                let text = format!("Value for {} header is invalid.", algorithm.header());
                return Err(Fault::invalid_request(text));
            };
            if self.value.as_ref().is_some_and(|value| *value != decoded) {
                let text = "Expecting a single x-amz-checksum- header. Multiple checksum Types \
                            are not allowed.";
                return Err(Fault::invalid_request(text));
            }
            (self.algorithm, self.value) = (Some(algorithm), Some(decoded));
        }
        Ok(())
    }

    /// The algorithm to compute: CRC64NVME where nobody asked for another.
    fn wanted(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::Crc64)
    }

    /// Holds bytes in memory against the claims.
    pub(crate) fn check_whole(&self, bytes: &[u8]) -> Result<(), Fault> {
        let mut running = Running::new(self);
        running.update(bytes);
        self.check(&running.finish())
    }

    pub(crate) fn check(&self, sums: &Sums) -> Result<(), Fault> {
        if self.md5.is_some_and(|md5| md5 != sums.md5) {
            let text = "The Content-MD5 you specified did not match what we received.";
            let computed = STANDARD.encode(sums.md5);
            return Err(Fault::new(400, "BadDigest", text).fact("CalculatedDigest", computed));
        }
        if self.sha256.is_some() && self.sha256 != sums.sha256 {
            let text = "The provided 'x-amz-content-sha256' header does not match what was \
                        computed.";
            return Err(Fault::new(400, "XAmzContentSHA256Mismatch", text));
        }
        if self.value.as_ref().is_some_and(|value| *value != sums.checksum) {
            let text = format!(
                "The {} you specified did not match the calculated checksum.",
                sums.algorithm.name()
            );
            return Err(Fault::new(400, "BadDigest", text));
        }
        Ok(())
    }
}

fn unsupported() -> Fault {
    let text = "Checksum algorithm provided is unsupported. Please try again with any of the \
                valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
    Fault::invalid_request(text)
}

/// What bytes have.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    pub(crate) md5: [u8; 16],
    sha256: Option<[u8; 32]>,
    pub(crate) algorithm: Algorithm,
    pub(crate) checksum: Vec<u8>,
}

impl Sums {
    pub(crate) fn encoded(&self) -> String {
        STANDARD.encode(&self.checksum)
    }
}

/// Computes sums while bytes come in.
pub(crate) struct Running {
    md5: Md5,
    sha256: Option<Context>,
    sha1: Option<Context>,
    algorithm: Algorithm,
    check: u64,
}

impl Running {
    pub(crate) fn new(claims: &Claims) -> Self {
        let algorithm = claims.wanted();
        let sha256 = claims.sha256.is_some() || algorithm == Algorithm::Sha256;
        let sha1 = algorithm == Algorithm::Sha1;
        Self {
            md5: Md5::new(),
            sha256: sha256.then(|| Context::new(&SHA256)),
            sha1: sha1.then(|| Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            algorithm,
            check: 0,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        for context in self.sha256.iter_mut().chain(&mut self.sha1) {
            context.update(bytes);
        }
        if let Some(polynomial) = self.algorithm.polynomial() {
            self.check = polynomial.update(self.check, bytes);
        }
    }

    pub(crate) fn finish(self) -> Sums {
        let sha256: Option<[u8; 32]> =
            self.sha256.and_then(|sha256| sha256.finish().as_ref().try_into().ok());
        let checksum = match (self.algorithm, self.sha1, &sha256) {
            (Algorithm::Sha1, Some(sha1), _) => sha1.finish().as_ref().to_vec(),
            (Algorithm::Sha256, _, Some(sha256)) => sha256.to_vec(),
            (algorithm, _, _) => algorithm.cut(self.check),
        };
        Sums { md5: self.md5.finalize().into(), sha256, algorithm: self.algorithm, checksum }
    }
}

/// The checksum of a whole object from those of its parts, in base64; `None` where the algorithm
/// cannot tell, or a part has none.
pub(crate) fn combined<'a>(
    algorithm: Algorithm,
    parts: impl Iterator<Item = (&'a str, u64)>,
) -> Option<String> {
    let polynomial = algorithm.polynomial()?;
    let mut check = 0;
    for (value, size) in parts {
        let decoded = STANDARD.decode(value).ok()?;
        let second = decoded.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        check = polynomial.combine(check, second, size);
    }
    Some(STANDARD.encode(algorithm.cut(check)))
}
