//! The bytes of the files, as pure functions: no IO, and no panic on whatever bytes come in.
//! `docs/format/journal.md` draws the pictures.

pub(crate) mod block;
pub(crate) mod footer;
pub(crate) mod frame;
mod le;
pub(crate) mod marker;
pub(crate) mod segment;

use aws_lc_rs::digest;
pub(crate) use le::Take;

/// The version written into every header.
pub(crate) const VERSION: u16 = 1;
/// Blocks and footers begin at multiples of this: the unit that a disk writes whole or not at all.
pub(crate) const SECTOR: usize = 512;

/// Above every number that counts records, blocks or segments, and low enough to add to.
pub(crate) const COUNT_LIMIT: u64 = 1 << 62;

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    finish(context)
}

pub(crate) fn finish(context: digest::Context) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// `length` rounded up to whole sectors.
pub(crate) fn padded(length: usize) -> usize {
    length.next_multiple_of(SECTOR)
}

/// Appends the CRC32C of all that `bytes` holds, after zeros up to `size - 4`.
pub(crate) fn close(mut bytes: Vec<u8>, size: usize, salt: u64) -> Vec<u8> {
    bytes.resize(size - 4, 0);
    let crc = salted_crc(salt, &bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

/// The first `size` bytes without their CRC, if that is right.
fn opened(bytes: &[u8], size: usize, salt: u64) -> Option<&[u8]> {
    let (body, crc) = bytes.get(..size)?.split_last_chunk::<4>()?;
    (u32::from_le_bytes(*crc) == salted_crc(salt, body)).then_some(body)
}

/// CRC32C over a salt and bytes. The salt is random and never leaves the file, so that nobody can
/// put bytes into a record that would pass for a header.
fn salted_crc(salt: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), bytes)
}
