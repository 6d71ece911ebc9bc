use crate::OpenError;
#[cfg(feature = "mutants")]
use crate::defect::Defect;

/// Bounds of a journal. Sizes are bytes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Size of a segment file. A block that is larger gets a larger file.
    pub segment_bytes: u64,
    /// How much record data one group commit takes, before compression. One record may exceed it.
    pub block_bytes: usize,
    /// What may wait to be written. Above this `append` waits and `submit` answers `Busy`.
    pub queue_bytes: usize,
    /// Recent records kept in memory for tail readers: one that falls behind these reads them from
    /// disk, unpacks and parses them, and so falls behind further.
    pub recent_bytes: usize,
    /// Decompressed chunks kept in memory for random reads.
    pub cache_bytes: usize,
    /// Below this much free space only control records are taken.
    pub reserve_bytes: u64,
    /// A planted defect, for scoring the tests that must find it.
    #[cfg(feature = "mutants")]
    pub defect: Option<Defect>,
}

const MIB: usize = 1024 * 1024;

impl Default for Settings {
    fn default() -> Self {
        Self {
            segment_bytes: 32 * MIB as u64,
            block_bytes: 8 * MIB,
            queue_bytes: 64 * MIB,
            recent_bytes: 64 * MIB,
            cache_bytes: 16 * MIB,
            reserve_bytes: 64 * MIB as u64,
            #[cfg(feature = "mutants")]
            defect: None,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        if self.segment_bytes < 4096 || self.segment_bytes > 1 << 40 {
            return Err(OpenError::Setting("segment_bytes must be 4 KiB to 1 TiB"));
        }
        if self.block_bytes == 0 || self.block_bytes > 256 * MIB {
            return Err(OpenError::Setting("block_bytes must be 1 byte to 256 MiB"));
        }
        if self.queue_bytes == 0 || self.queue_bytes > u32::MAX as usize {
            return Err(OpenError::Setting("queue_bytes must be 1 byte to 4 GiB"));
        }
        Ok(())
    }
}
