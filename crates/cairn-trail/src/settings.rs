use std::time::Duration;

/// Bounds of delivery.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long records are collected before their files are sealed: 5 minutes as in CloudTrail,
    /// at least 1 second.
    pub window: Duration,
    /// What one digest covers: an hour as in CloudTrail.
    pub digest_period: Duration,
    /// Bytes of open files that are held in memory, over all streams. Where that is little for
    /// each, text is compressed in smaller pieces, of 16 KiB at least.
    pub memory_bytes: usize,
    /// Bytes of text in one file; CloudTrail promises at most 50 MB.
    pub file_bytes: u64,
    /// Of deflate, 1 to 9.
    pub level: u32,
    /// Shares of the streams that are worked on at the same time: more than there are cores, so
    /// that they even out.
    pub lanes: usize,
    /// Files that are on their way to buckets at once.
    pub uploads: usize,
    /// How long files and digests can be delivered again.
    pub retention: Duration,
    /// The longest pause between two attempts for one bucket.
    pub pause: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: Duration::from_mins(5),
            digest_period: Duration::from_hours(1),
            memory_bytes: 64 * 1024 * 1024,
            file_bytes: 50_000_000,
            level: LEVEL,
            lanes: 8,
            uploads: 8,
            retention: Duration::from_hours(24 * 90),
            pause: Duration::from_mins(1),
        }
    }
}

/// The level of deflate that files are written with; `benches` compares them.
const LEVEL: u32 = 3;
