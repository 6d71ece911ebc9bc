use std::fmt;

/// What must hold whatever the disk does. The first seven are the oracle's, over all that is
/// stored; the others watch the journal while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// O1: what was acknowledged, or shown to a reader, is there.
    Lost,
    /// O2: nothing is there that nobody attempted.
    Invented,
    /// O3: what was refused is not there.
    Refused,
    /// O4: what got no answer is there once or not at all.
    UnknownTwice,
    /// O5: one id, one record.
    Twice,
    /// O6: the bytes are those that were given.
    Altered,
    /// O7: `seq` and `acct_seq` are dense, and in the order of the acknowledgements.
    Order,
    /// The answer fits what was sent: as many outcomes as drafts, and repeats are called repeats.
    Answer,
    /// J3: readers see nothing above the durable place.
    AboveDurable,
    /// After a failed write or sync the writer acknowledges nothing.
    AckAfterFailure,
    /// The journal opens, reads and commits unless the disk gave it a reason not to.
    Works,
    /// An error about damage names a file that is damaged.
    Names,
    /// A full disk is refused with `Full`, and the end of it is noticed.
    Space,
    /// A torn tail that was cut is recorded.
    CutRecorded,
    /// A scrub finds damage in sealed segments, and only there where it is.
    Scrub,
    /// The oracle objects when what it judges is tampered with.
    SelfTest,
    /// The same seed does the same.
    Replay,
}

impl Rule {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lost => "O1",
            Self::Invented => "O2",
            Self::Refused => "O3",
            Self::UnknownTwice => "O4",
            Self::Twice => "O5",
            Self::Altered => "O6",
            Self::Order => "O7",
            Self::Answer => "answer",
            Self::AboveDurable => "J3",
            Self::AckAfterFailure => "ack-after-failure",
            Self::Works => "works",
            Self::Names => "names",
            Self::Space => "space",
            Self::CutRecorded => "cut-recorded",
            Self::Scrub => "scrub",
            Self::SelfTest => "self-test",
            Self::Replay => "replay",
        }
    }
}

/// A rule that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: Rule,
    pub what: String,
}

impl Violation {
    pub(crate) fn new(rule: Rule, what: impl Into<String>) -> Self {
        Self { rule, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}): {}", self.rule.code(), self.rule, self.what)
    }
}

/// Gives a violation unless the rule holds.
pub(crate) fn hold(
    rule: Rule,
    holds: bool,
    what: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation::new(rule, what())) }
}
