//! The bounds of event history.

use cairn_core::limits;

use crate::HistoryError;

/// Bounds of event history. Lag, memory and disk follow from them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Records in memory before they are sealed into a part; also about what a restart replays.
    pub table_records: usize,
    /// Sealed tables that may wait in memory for their part; above this indexing waits.
    pub waiting_tables: usize,
    /// Parts that come together before they are merged.
    pub merge_parts: usize,
    /// A merge never makes a part of more rows than this; it takes four bytes of memory for each.
    pub merge_rows: u32,
    /// Pages of parts kept in memory.
    pub cache_bytes: usize,
    /// How many days event history goes back.
    pub days: i64,
    /// Records that one page reads at the most: reached by searches for a text.
    pub scanned_records: usize,
    /// Bytes of these records at the most, save that it reads at least one record.
    pub scanned_bytes: usize,
    /// Record bytes of one page at the most, save that it has at least one record.
    pub page_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            table_records: 100_000,
            waiting_tables: 3,
            merge_parts: 8,
            merge_rows: 4_000_000,
            cache_bytes: 32 * 1024 * 1024,
            days: limits::HISTORY_DAYS,
            scanned_records: 20_000,
            scanned_bytes: 256 * 1024 * 1024,
            page_bytes: 16 * 1024 * 1024,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), HistoryError> {
        if !(1..=10_000_000).contains(&self.table_records) {
            return Err(HistoryError::Setting("table_records must be 1 to 10,000,000"));
        }
        if self.waiting_tables == 0 {
            return Err(HistoryError::Setting("waiting_tables must be at least 1"));
        }
        if self.merge_parts < 2 {
            return Err(HistoryError::Setting("merge_parts must be at least 2"));
        }
        if self.merge_rows > 50_000_000 {
            return Err(HistoryError::Setting("merge_rows must be at most 50,000,000"));
        }
        if !(1..=3653).contains(&self.days) {
            return Err(HistoryError::Setting("days must be 1 to 3,653"));
        }
        if self.scanned_records == 0 {
            return Err(HistoryError::Setting("scanned_records must be at least 1"));
        }
        Ok(())
    }
}
