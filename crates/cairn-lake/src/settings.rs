//! What can be set.

use std::time::Duration;

/// The lake's limits. Those that have no key in the server's configuration are as they are here.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes of rows in memory at which they go into files. While they are written as many again
    /// may come.
    pub memory_bytes: usize,
    /// How long rows are in memory at the most before they go into files.
    pub flush_after: Duration,
    /// zstd's level for data files: 1 to 19. In pages of 20,000 rows the third finds no more than
    /// the first does, and the second a little more.
    pub level: i32,
    /// Rows that a compaction puts into one file.
    pub file_rows: u64,
    /// How often tables are looked through for small files and for rows past their retention.
    pub tend_every: Duration,
    /// How long what a table was before is kept for those who read it.
    pub keep_snapshots: Duration,
    /// Threads of queries.
    pub query_threads: usize,
    /// Queries that run at the same time; others wait.
    pub running_queries: usize,
    /// How long a query may run.
    pub query_timeout: Duration,
    /// Memory of one query.
    pub query_memory: usize,
    /// Rows, and bytes of their texts, that a result may have.
    pub result_rows: u64,
    pub result_bytes: u64,
    /// Bytes that one query may read.
    pub scanned_bytes: u64,
    /// Bytes of footers of files that are kept in memory, and as many of their bloom filters.
    pub cache_bytes: usize,
    /// Uncompressed bytes of one file of a delivered result.
    pub delivery_bytes: u64,
    /// How long results can be read.
    pub keep_results: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_bytes: 128 << 20,
            flush_after: Duration::from_mins(1),
            level: 2,
            file_rows: 2_000_000,
            tend_every: Duration::from_secs(30),
            keep_snapshots: Duration::from_hours(2),
            query_threads: 2,
            running_queries: 4,
            query_timeout: Duration::from_hours(1),
            query_memory: 1 << 30,
            result_rows: 10_000_000,
            result_bytes: 2 << 30,
            scanned_bytes: 1 << 40,
            cache_bytes: 128 << 20,
            delivery_bytes: 256 << 20,
            keep_results: Duration::from_hours(24 * 7),
        }
    }
}
