//! The closed sets of an import.

/// As the API names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    Initializing,
    InProgress,
    Completed,
    /// It is at its end, and something could not be brought or is not as digests say.
    Failed,
    Stopped,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initializing => "INITIALIZING",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Stopped => "STOPPED",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let all =
            [Self::Initializing, Self::InProgress, Self::Completed, Self::Failed, Self::Stopped];
        all.into_iter().find(|status| status.as_str() == name)
    }

    pub const fn is_running(self) -> bool {
        matches!(self, Self::Initializing | Self::InProgress)
    }
}

/// What the work is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Finds folders and digests.
    Listing,
    /// Finds digests that lie outside of the folder that was named.
    ListingDigests,
    /// Reads digests.
    Reading,
    /// Follows the chains of digests.
    Judging,
    /// Brings log files.
    Bringing,
}

impl Stage {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        let all =
            [Self::Listing, Self::ListingDigests, Self::Reading, Self::Judging, Self::Bringing];
        all.into_iter().find(|stage| *stage as i64 == number)
    }
}

/// What is known of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestState {
    Listed,
    /// Its signature is that of a known key.
    Signed,
    /// Nobody knows the key that it names.
    Unsigned,
    /// It may not be believed, or could not be read.
    Refused,
}

impl DigestState {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        let all = [Self::Listed, Self::Signed, Self::Unsigned, Self::Refused];
        all.into_iter().find(|state| *state as i64 == number)
    }
}

/// What digests have said of a file whose events are in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verdict {
    /// None names it, and none ought to.
    #[default]
    Nothing,
    /// Its hash was compared with the one that a digest has for it.
    Compared,
    /// None names it, although they cover its time.
    Unlisted,
}

impl Verdict {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        [Self::Nothing, Self::Compared, Self::Unlisted]
            .into_iter()
            .find(|verdict| *verdict as i64 == number)
    }
}

/// What became of an entry of the list of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureStatus {
    Failed,
    /// The retry that runs has not come to it.
    Retry,
    Succeeded,
}

impl FailureStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "FAILED",
            Self::Retry => "RETRY",
            Self::Succeeded => "SUCCEEDED",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Failed, Self::Retry, Self::Succeeded]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}
