use std::time::Duration;

use cairn_core::Clock;

use crate::{AppendError, Disk};

/// How often free space is asked for.
const EVERY: Duration = Duration::from_millis(200);

/// Knows whether there is space, without asking the disk each time.
#[derive(Default)]
pub(crate) struct Space {
    asked: Option<Duration>,
    free: u64,
    /// What was needed when the disk last refused.
    refused: Option<u64>,
}

impl Space {
    /// The refusal for ordinary drafts, if there is one.
    pub(crate) fn refusal(
        &mut self,
        disk: &dyn Disk,
        clock: &dyn Clock,
        reserve: u64,
    ) -> Option<AppendError> {
        let now = clock.elapsed();
        if self.asked.is_none_or(|asked| now.saturating_sub(asked) >= EVERY) {
            self.asked = Some(now);
            self.free = disk.free_bytes().unwrap_or(self.free);
            self.refused = None;
        }
        let needed = self.refused.or((self.free < reserve).then_some(reserve))?;
        Some(AppendError::Full { free: self.free, needed })
    }

    /// Whether a file of this size could be made. A look beforehand: filling the last of the disk
    /// with zeros to learn that it does not suffice would hurt everyone else on it.
    pub(crate) fn allows(&mut self, disk: &dyn Disk, size: u64) -> bool {
        disk.free_bytes().map_or(true, |free| {
            self.free = free;
            free >= size
        })
    }

    /// The disk refused; nothing is tried again before the next time to ask.
    pub(crate) fn refuse(&mut self, clock: &dyn Clock, needed: u64) -> AppendError {
        self.asked = Some(clock.elapsed());
        self.refused = Some(needed);
        AppendError::Full { free: self.free, needed }
    }

    pub(crate) fn free(&self) -> u64 {
        self.free
    }
}
