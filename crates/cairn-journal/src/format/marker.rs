//! The file `journal`: says that a directory is a journal, and carries what must never change.

use super::{SECTOR, Take, VERSION, close, opened};

const MAGIC: [u8; 4] = *b"CRNJ";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker {
    /// Keys of the id runs depend on it, so that nobody can make ids that collide.
    pub(crate) seed: u64,
    pub(crate) created_ms: i64,
}

/// Why a marker was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkerFault {
    Damaged,
    Version(u16),
}

impl Marker {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SECTOR);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(0u16.to_le_bytes());
        bytes.extend(self.seed.to_le_bytes());
        bytes.extend(self.created_ms.to_le_bytes());
        close(bytes, SECTOR, 0)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, MarkerFault> {
        let body = opened(bytes, SECTOR, 0).ok_or(MarkerFault::Damaged)?;
        let mut take = Take(body);
        let (magic, version) = (take.array::<4>(), take.u16());
        match (magic, version) {
            (Some(MAGIC), Some(VERSION)) => {}
            (Some(MAGIC), Some(other)) => return Err(MarkerFault::Version(other)),
            _ => return Err(MarkerFault::Damaged),
        }
        let read = || {
            take.u16()?;
            Some(Self { seed: take.u64()?, created_ms: take.i64()? })
        };
        Some(read).and_then(|mut read| read()).ok_or(MarkerFault::Damaged)
    }
}
