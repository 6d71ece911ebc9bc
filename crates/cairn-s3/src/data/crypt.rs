//! Encryption at rest: AES-256-GCM over frames, so that a range needs only its own.
//!
//! Every file has a key of its own, made from the object's secret and the file's id, so the number
//! of the frame is nonce enough. The nonce also says which frame is the last: a file that was cut
//! at a frame's end does not open.

use std::io;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

pub(crate) const SECRET_BYTES: usize = 32;
/// Bytes of an object in one frame.
pub(crate) const FRAME: usize = 64 * 1024;
/// Bytes that a frame has more on disk.
pub(crate) const TAG: usize = 16;

/// What the keys of an object's files are made from.
pub(crate) type Secret = Zeroizing<[u8; SECRET_BYTES]>;

/// A secret for one purpose.
pub(crate) fn derive(master: &[u8; SECRET_BYTES], salt: &[u8], purpose: &str) -> Secret {
    let mut out = Zeroizing::new([0; SECRET_BYTES]);
    Salt::new(HKDF_SHA256, salt)
        .extract(master)
        .expand(&[purpose.as_bytes()], Length)
        .and_then(|okm| okm.fill(&mut *out))
        .expect("32 bytes are fewer than HKDF can give");
    out
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        SECRET_BYTES
    }
}

/// Seals and opens the frames of one file.
pub(crate) struct FileKey(LessSafeKey);

impl FileKey {
    pub(crate) fn new(secret: &Secret, file: &str) -> Self {
        let key = derive(secret, file.as_bytes(), "cairn-s3 file");
        let key = UnboundKey::new(&AES_256_GCM, &*key).expect("a key of AES-256 has 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// Appends the sealed frame to `out`.
    pub(crate) fn seal(&self, number: u64, last: bool, frame: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(frame);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce(number, last), Aad::empty(), &mut out[start..])
            .expect("a frame is shorter than AES-GCM can seal");
        out.extend_from_slice(tag.as_ref());
    }

    /// Opens a sealed frame in its place.
    pub(crate) fn open<'a>(
        &self,
        number: u64,
        last: bool,
        sealed: &'a mut [u8],
    ) -> io::Result<&'a [u8]> {
        match self.0.open_in_place(nonce(number, last), Aad::empty(), sealed) {
            Ok(frame) => Ok(frame),
            Err(_) => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("frame {number} of an object's file was changed"),
            )),
        }
    }
}

fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes[0] = u8::from(last);
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::{FileKey, Secret};

    #[test]
    fn a_frame_opens_only_in_its_place() {
        let secret = Secret::new([7; 32]);
        let key = FileKey::new(&secret, "a");
        let mut sealed = Vec::new();
        key.seal(3, true, b"frame", &mut sealed);
        assert_eq!(key.open(3, true, &mut sealed.clone()).unwrap(), b"frame");
        assert!(key.open(2, true, &mut sealed.clone()).is_err());
        assert!(key.open(3, false, &mut sealed.clone()).is_err());
        assert!(FileKey::new(&secret, "b").open(3, true, &mut sealed.clone()).is_err());
        sealed[0] ^= 1;
        assert!(key.open(3, true, &mut sealed).is_err());
    }
}
