//! Bytes: as text, as digits, and their hashes.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, StringArray};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use md5::{Digest, Md5};

use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::base32;

pub(super) const FUNCTIONS: &[Function] = &[
    function("to_utf8", &[form("varchar -> varbinary", to_utf8)]),
    function(
        "from_utf8",
        &[
            form("varbinary -> varchar", from_utf8),
            form("varbinary, varchar -> varchar", from_utf8),
        ],
    ),
    function(
        "to_hex",
        &[form("varbinary -> varchar", |call| show(call, |b| hex::encode_upper(b)))],
    ),
    function(
        "from_hex",
        &[
            form("varchar -> varbinary", |call| read(call, |text| hex::decode(text).ok())),
            form("varbinary -> varbinary", |call| parsed(call, |bytes| hex::decode(bytes).ok())),
        ],
    ),
    function(
        "to_base64",
        &[form("varbinary -> varchar", |call| show(call, |b| STANDARD.encode(b)))],
    ),
    function(
        "from_base64",
        &[
            form("varchar -> varbinary", |call| read(call, |text| STANDARD.decode(text).ok())),
            form("varbinary -> varbinary", |call| {
                parsed(call, |bytes| STANDARD.decode(bytes).ok())
            }),
        ],
    ),
    function(
        "to_base64url",
        &[form("varbinary -> varchar", |call| show(call, |b| URL_SAFE.encode(b)))],
    ),
    function(
        "from_base64url",
        &[form("varchar -> varbinary", |call| read(call, |text| URL_SAFE.decode(text).ok()))],
    ),
    function("to_base32", &[form("varbinary -> varchar", |call| show(call, base32::encode))]),
    function(
        "from_base32",
        &[
            form("varchar -> varbinary", |call| read(call, |text| base32::decode(text.as_bytes()))),
            form("varbinary -> varbinary", |call| parsed(call, base32::decode)),
        ],
    ),
    function(
        "md5",
        &[form("varbinary -> varbinary", |call| hash(call, |b| Md5::digest(b).to_vec()))],
    ),
    function(
        "sha1",
        &[form("varbinary -> varbinary", |call| {
            hash(call, |b| sha(&digest::SHA1_FOR_LEGACY_USE_ONLY, b))
        })],
    ),
    function(
        "sha256",
        &[form("varbinary -> varbinary", |call| hash(call, |b| sha(&digest::SHA256, b)))],
    ),
    function(
        "sha512",
        &[form("varbinary -> varbinary", |call| hash(call, |b| sha(&digest::SHA512, b)))],
    ),
    function(
        "xxhash64",
        &[form("varbinary -> varbinary", |call| {
            hash(call, |b| twox_hash::XxHash64::oneshot(0, b).to_be_bytes().to_vec())
        })],
    ),
    function("hmac_md5", &[form("varbinary, varbinary -> varbinary", keyed_md5)]),
    function("hmac_sha1", &[form("varbinary, varbinary -> varbinary", |call| keyed(call, 0))]),
    function("hmac_sha256", &[form("varbinary, varbinary -> varbinary", |call| keyed(call, 1))]),
    function("hmac_sha512", &[form("varbinary, varbinary -> varbinary", |call| keyed(call, 2))]),
    function("crc32", &[form("varbinary -> bigint", crc32)]),
    function(
        "to_big_endian_32",
        // A number that is written down is a bigint here.
        &[form("bigint -> varbinary", |call| {
            big_endian(call, |number| i32::try_from(number).ok().map(i32::to_be_bytes))
        })],
    ),
    function(
        "from_big_endian_32",
        &[form("varbinary -> bigint", |call| {
            from_big_endian(call, |bytes| i64::from(i32::from_be_bytes(bytes)))
        })],
    ),
    function(
        "to_big_endian_64",
        &[form("bigint -> varbinary", |call| {
            big_endian(call, |number| Some(number.to_be_bytes()))
        })],
    ),
    function(
        "from_big_endian_64",
        &[form("varbinary -> bigint", |call| from_big_endian(call, i64::from_be_bytes))],
    ),
];

const HMAC: [hmac::Algorithm; 3] =
    [hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA256, hmac::HMAC_SHA512];

fn sha(algorithm: &'static digest::Algorithm, bytes: &[u8]) -> Vec<u8> {
    digest::digest(algorithm, bytes).as_ref().to_vec()
}

fn to_utf8(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| text.get(row).map(str::as_bytes);
    Ok(Arc::new((0..call.rows).map(of).collect::<BinaryArray>()))
}

fn from_utf8(call: &Call<'_>) -> Result<ArrayRef> {
    let bytes = call.bytes(0);
    let by = (call.count() > 1).then(|| call.text(1));
    let of = |row| {
        let bytes = known!(bytes.get(row));
        let by = match &by {
            Some(by) => known!(by.get(row)),
            None => "\u{fffd}",
        };
        if by.chars().count() > 1 {
            return Err(fault("Replacement character string must empty or a single character"));
        }
        let text = String::from_utf8_lossy(bytes);
        if by == "\u{fffd}" || matches!(text, Cow::Borrowed(_)) {
            return Ok(Some(text));
        }
        let mut shown = String::new();
        for chunk in bytes.utf8_chunks() {
            shown.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                shown.push_str(by);
            }
        }
        Ok(Some(Cow::Owned(shown)))
    };
    let texts: Vec<Option<Cow<'_, str>>> = (0..call.rows).map(of).collect::<Result<_>>()?;
    Ok(Arc::new(StringArray::from_iter(texts)))
}

fn show(call: &Call<'_>, show: impl Fn(&[u8]) -> String) -> Result<ArrayRef> {
    let bytes = call.bytes(0);
    let of = |row| bytes.get(row).map(&show);
    call.texts(|row| Ok(of(row)))
}

fn broken() -> DataFusionError {
    fault("Invalid input: the text is not encoded so")
}

fn read(call: &Call<'_>, read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| read(known!(text.get(row))).map(Some).ok_or_else(broken);
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<BinaryArray>>()?))
}

fn parsed(call: &Call<'_>, read: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Result<ArrayRef> {
    let bytes = call.bytes(0);
    let of = |row| read(known!(bytes.get(row))).map(Some).ok_or_else(broken);
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<BinaryArray>>()?))
}

fn hash(call: &Call<'_>, hash: impl Fn(&[u8]) -> Vec<u8>) -> Result<ArrayRef> {
    let bytes = call.bytes(0);
    let of = |row| bytes.get(row).map(&hash);
    Ok(Arc::new((0..call.rows).map(of).collect::<BinaryArray>()))
}

fn crc32(call: &Call<'_>) -> Result<ArrayRef> {
    let bytes = call.bytes(0);
    let of = |row| bytes.get(row).map(checksum);
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

/// The checksum of gzip and zip files.
fn checksum(bytes: &[u8]) -> i64 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = 0_u32.wrapping_sub(sum & 1);
            sum = (sum >> 1) ^ (0xEDB8_8320 & carry);
        }
    }
    i64::from(!sum)
}

fn big_endian<const SIZE: usize>(
    call: &Call<'_>,
    bytes: impl Fn(i64) -> Option<[u8; SIZE]>,
) -> Result<ArrayRef> {
    let number = call.long(0);
    let of = |row| {
        let number = known!(number.get(row));
        let beyond = || fault(format!("{number} has more than {SIZE} bytes"));
        bytes(number).map(Some).ok_or_else(beyond)
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<BinaryArray>>()?))
}

fn from_big_endian<const SIZE: usize>(
    call: &Call<'_>,
    number: impl Fn([u8; SIZE]) -> i64,
) -> Result<ArrayRef> {
    let bytes = call.bytes(0);
    let of = |row| {
        let bytes = known!(bytes.get(row));
        let wrong = |_| {
            let got = bytes.len();
            fault(format!("expected {SIZE}-byte input, but got instead: {got}"))
        };
        Ok(Some(number(<[u8; SIZE]>::try_from(bytes).map_err(wrong)?)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn keyed(call: &Call<'_>, algorithm: usize) -> Result<ArrayRef> {
    let (bytes, key) = (call.bytes(0), call.bytes(1));
    let of = |row| {
        let key = hmac::Key::new(HMAC[algorithm], key.get(row)?);
        Some(hmac::sign(&key, bytes.get(row)?))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<BinaryArray>()))
}

/// RFC 2104.
fn keyed_md5(call: &Call<'_>) -> Result<ArrayRef> {
    const BLOCK: usize = 64;
    let (bytes, key) = (call.bytes(0), call.bytes(1));
    let of = |row| {
        let (bytes, key) = (bytes.get(row)?, key.get(row)?);
        let hashed = Md5::digest(key);
        let key = if key.len() > BLOCK { &hashed[..] } else { key };
        let padded = |pad: u8| {
            let mut block = [pad; BLOCK];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let inner = Md5::new_with_prefix(padded(0x36)).chain_update(bytes).finalize();
        Some(Md5::new_with_prefix(padded(0x5c)).chain_update(inner).finalize().to_vec())
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<BinaryArray>()))
}

pub(super) fn concat(call: &Call<'_>) -> Result<ArrayRef> {
    let parts: Vec<_> = (0..call.count()).map(|at| call.bytes(at)).collect();
    let of = |row| {
        let mut bytes = Vec::new();
        for part in &parts {
            bytes.extend_from_slice(part.get(row)?);
        }
        Some(bytes)
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<BinaryArray>()))
}

pub(super) fn reversed(call: &Call<'_>) -> Result<ArrayRef> {
    hash(call, |bytes| bytes.iter().rev().copied().collect())
}

/// Bytes from a place that counts from 1, or from the end if negative.
pub(super) fn part(call: &Call<'_>) -> Result<ArrayRef> {
    let (bytes, start) = (call.bytes(0), call.long(1));
    let length = (call.count() > 2).then(|| call.long(2));
    let of = |row| {
        let (bytes, start) = (bytes.get(row)?, start.get(row)?);
        let length = match &length {
            Some(length) => length.get(row)?,
            None => i64::MAX,
        };
        let size = bytes.len() as i64;
        let first = if start > 0 { start - 1 } else { size.saturating_add(start) };
        if start == 0 || length <= 0 || !(0..size).contains(&first) {
            return Some(&[][..]);
        }
        Some(&bytes[first as usize..first.saturating_add(length).min(size) as usize])
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<BinaryArray>()))
}
