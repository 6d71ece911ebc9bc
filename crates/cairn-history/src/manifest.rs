//! Which parts are alive, and where the journal is read on from.

use std::io;

use bytes::{Buf, BufMut};
use cairn_core::Seq;
use cairn_journal::Disk;

use crate::{Damage, Fault, HistoryError};

const NAME: &str = "manifest";
const MAGIC: &[u8; 8] = b"CAIRNMAN";
const VERSION: u32 = 2;

/// The one statement of what the index is. It is replaced as a whole: parts and cursor move
/// together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Every record before this one is in a part, or is none that history shows.
    pub(crate) cursor: Seq,
    /// Ids at and above this were never used by a part that was listed.
    pub(crate) next_id: u64,
    /// Rows before this second may have been left out, because they were too old then. If the clock
    /// is set back beyond it, they are missing, and history has to start over.
    pub(crate) left_out: i64,
    pub(crate) parts: Vec<Listed>,
}

/// A part that is alive: its id, and the checksum of its tail, which no other file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: u64,
    pub(crate) tail_crc: u32,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { cursor: Seq::ZERO.next(), next_id: 1, left_out: i64::MIN, parts: Vec::new() }
    }
}

impl Manifest {
    /// `None` where there is no manifest.
    pub(crate) fn load(disk: &dyn Disk) -> Result<Option<Self>, HistoryError> {
        let file = match disk.open(NAME) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = vec![0; file.len()? as usize];
        file.read_exact_at(&mut bytes, 0)?;
        let damaged = |what| Damage { file: NAME.to_owned(), page: None, what };
        Ok(Some(Self::decode(&bytes).map_err(damaged)?))
    }

    pub(crate) fn store(&self, disk: &dyn Disk) -> io::Result<()> {
        disk.replace(NAME, &self.encode())
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(48 + self.parts.len() * 12);
        bytes.put_slice(MAGIC);
        bytes.put_u32_le(VERSION);
        bytes.put_u64_le(self.cursor.0);
        bytes.put_u64_le(self.next_id);
        bytes.put_i64_le(self.left_out);
        bytes.put_u32_le(self.parts.len() as u32);
        for part in &self.parts {
            bytes.put_u64_le(part.id);
            bytes.put_u32_le(part.tail_crc);
        }
        let crc = crc32c::crc32c(&bytes);
        bytes.put_u32_le(crc);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let (body, mut crc) = bytes
            .split_last_chunk()
            .ok_or(Fault::Missing)
            .map(|(body, crc): (&[u8], &[u8; 4])| (body, &crc[..]))?;
        if crc32c::crc32c(body) != crc.get_u32_le() {
            return Err(Fault::Checksum);
        }
        let mut rest = body.strip_prefix(MAGIC).ok_or(Fault::Format)?;
        if rest.try_get_u32_le() != Ok(VERSION) {
            return Err(Fault::Format);
        }
        let short = |_| Fault::Format;
        let cursor = Seq(rest.try_get_u64_le().map_err(short)?.max(1));
        let next_id = rest.try_get_u64_le().map_err(short)?;
        let left_out = rest.try_get_i64_le().map_err(short)?;
        let count = rest.try_get_u32_le().map_err(short)?;
        let mut parts = Vec::new();
        for _ in 0..count {
            let id = rest.try_get_u64_le().map_err(short)?;
            parts.push(Listed { id, tail_crc: rest.try_get_u32_le().map_err(short)? });
        }
        Ok(Self { cursor, next_id, left_out, parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_a_manifest_counts() {
        let parts = vec![Listed { id: 7, tail_crc: 1 }, Listed { id: 9, tail_crc: u32::MAX }];
        let manifest = Manifest { cursor: Seq(1_000), next_id: 10, left_out: -7, parts };
        let bytes = manifest.encode();
        assert_eq!(Manifest::decode(&bytes), Ok(manifest));
        for bit in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(Manifest::decode(&bent).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(Manifest::decode(&bytes[..length]).is_err(), "{length} bytes");
        }
    }
}
