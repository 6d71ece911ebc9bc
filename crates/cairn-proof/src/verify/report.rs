//! What a verification comes to.

use cairn_core::Timestamp;

use super::fault::{Finding, Verdict};
use super::{Settings, Trust};

/// What was looked at and may be believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Trails, by account and Region.
    pub chains: u64,
    pub digests: u64,
    pub proofs: u64,
    /// Log files.
    pub files: u64,
    pub records: u64,
    /// Of log files, before compression.
    pub text_bytes: u64,
    /// Of log files, as stored.
    pub stored_bytes: u64,
    /// Log files that are too new to be named by a digest yet.
    pub pending: u64,
    /// Log files from times for which the trail made no digests.
    pub uncovered: u64,
}

/// The end of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The worst first.
    pub findings: Vec<Finding>,
    pub counts: Counts,
    /// From the start of the first digest to the end of the last.
    pub found: Option<(Timestamp, Timestamp)>,
    /// What was not looked at for want of proofs, a sentence each.
    pub not_covered: &'static [&'static str],
}

const WITHOUT_PROOFS: &[&str] = &[
    "the stored bytes of log files and digests: only their text is signed",
    "whether every record that the trail selected was delivered",
    "whether record counts and eventIDs are as delivered",
    "who vouches for the keys of the digests: they were given",
    "whether a trail that has no newer digests was stopped",
];

impl Report {
    pub(super) fn new(
        settings: &Settings,
        mut findings: Vec<Finding>,
        counts: Counts,
        found: Option<(Timestamp, Timestamp)>,
    ) -> Self {
        // Exit codes happen to be in no order of severity; what matters is that the same bucket
        // gives the same report.
        findings.sort_by(|one, other| {
            let key = |finding: &Finding| {
                let worst = finding.fault.verdict();
                (worst.or(Verdict::Ok) != Verdict::Tampered, worst.exit_code())
            };
            let by_place = (&one.bucket, &one.object).cmp(&(&other.bucket, &other.object));
            key(one).cmp(&key(other)).then(by_place)
        });
        findings.dedup();
        let not_covered = match settings.trust {
            Trust::Root(_) => &[][..],
            Trust::Keys(_) => WITHOUT_PROOFS,
        };
        Self { findings, counts, found, not_covered }
    }

    pub fn verdict(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| finding.fault.verdict());
        verdicts.fold(Verdict::Ok, Verdict::or)
    }

    pub fn exit_code(&self) -> u8 {
        self.verdict().exit_code()
    }
}
