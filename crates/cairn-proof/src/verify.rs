//! What can be said about a trail's bucket, by somebody who trusts nothing but a pinned key.
//!
//! ```text
//! Survey::new ─► PeriodJob::run … ─► Survey::link ─► FileJob::run … ─► Plan::conclude ─► Report
//!  (a listing)   (digest and proof)   (the chains)     (a log file)      (what is left)
//! ```
//!
//! Jobs are independent of each other: the caller runs them on as many threads as it likes. Bytes
//! come through [`Source`].
//!
//! Not here yet: checkpoints of a transparency log and cosignatures of witnesses. They are further
//! signature lines on proofs, which are passed over today, and would be looked at in `period.rs`
//! (is the checkpoint consistent with the proof?) and in `chain.rs` (with each other?).

mod chain;
mod event;
mod fault;
mod file;
mod inventory;
mod period;
mod plan;
mod report;
mod survey;

use std::time::Duration;

use cairn_core::{AccountId, Region, Timestamp};

use crate::key::KeyWindow;
use crate::note::VerifierKey;

pub use event::{EventError, EventProven, verify_event};
pub use fault::{Fault, Finding, Verdict};
pub use file::{FileFound, FileJob};
pub use inventory::{FetchError, Fetched, Object, Source};
pub use period::{PeriodFound, PeriodJob};
pub use plan::Plan;
pub use report::{Counts, Report};
pub use survey::Survey;

/// Whom to believe.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The root key of the instance: proofs are demanded, and certify the keys of digests.
    Root(Vec<VerifierKey>),
    /// Keys of digests, for trails without proofs, such as AWS's. What only a proof could say is
    /// then not looked at.
    Keys(Vec<KeyWindow>),
}

/// What to verify, and against what.
#[derive(Debug, Clone)]
pub struct Settings {
    pub trust: Trust,
    /// Only what was delivered since; without it, everything from the beginning of the trail.
    pub start: Option<Timestamp>,
    /// Only what was delivered until; without it, until now.
    pub end: Option<Timestamp>,
    pub now: Timestamp,
    /// How old the newest digest may be.
    pub fresh_within: Duration,
    /// How far the clocks of a store and of a trail, and the times of a log file and of its
    /// delivery, may lie apart.
    pub delivery: Duration,
    pub account: Option<AccountId>,
    pub region: Option<Region>,
    /// The name and the home Region of a trail that has to be there.
    pub trail: Option<(String, Region)>,
}

impl Settings {
    /// A digest is due every hour; half an hour more is for making and delivering it.
    pub const FRESH_WITHIN: Duration = Duration::from_mins(90);
    /// Two usual delivery windows.
    pub const DELIVERY: Duration = Duration::from_mins(10);

    /// Everything that is there, as it has to be `now`.
    pub fn all(trust: Trust, now: Timestamp) -> Self {
        Self {
            trust,
            start: None,
            end: None,
            now,
            fresh_within: Self::FRESH_WITHIN,
            delivery: Self::DELIVERY,
            account: None,
            region: None,
            trail: None,
        }
    }

    fn concerns(&self, account: AccountId, region: &Region) -> bool {
        self.account.is_none_or(|wanted| wanted == account)
            && self.region.as_ref().is_none_or(|wanted| wanted == region)
    }

    /// Whether a period that ended then is of interest.
    fn since(&self, end: Timestamp) -> bool {
        self.start.is_none_or(|start| end > start)
    }

    fn until(&self, start: Timestamp) -> bool {
        self.end.is_none_or(|end| start < end)
    }
}

/// Verifies on the calling thread.
pub fn verify(objects: Vec<Object>, source: &dyn Source, settings: Settings) -> Report {
    let survey = Survey::new(objects, settings);
    let periods = survey.jobs().iter().map(|job| job.run(source)).collect();
    let plan = survey.link(periods);
    let files = plan.jobs().iter().map(|job| job.run(source)).collect();
    plan.conclude(files, source)
}
