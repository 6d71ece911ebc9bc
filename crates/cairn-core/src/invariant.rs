//! Invariants have names. Each is checked in tests, in simulation and, where cheap, in production.

/// The rules that must hold at every instant. ARCHITECTURE.md explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invariant {
    /// J1: an acknowledged record is durable.
    AckedIsDurable,
    /// J2: `seq` is dense, and so is `acctSeq` within its account.
    SeqIsDense,
    /// J3: readers see nothing above the durable offset.
    ReadersBelowDurable,
    /// J4: one event id, one record.
    IdIsUnique,
    /// C1: a cursor moves only forward, and only with its output.
    CursorFollowsOutput,
    /// A1: an applied mutating call is in the journal or in the outbox.
    EffectIsRecorded,
    /// A2: an account never sees another account's records.
    AccountIsAlone,
}

impl Invariant {
    /// The short name used in ARCHITECTURE.md, in metrics and in panics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AckedIsDurable => "J1",
            Self::SeqIsDense => "J2",
            Self::ReadersBelowDurable => "J3",
            Self::IdIsUnique => "J4",
            Self::CursorFollowsOutput => "C1",
            Self::EffectIsRecorded => "A1",
            Self::AccountIsAlone => "A2",
        }
    }
}

/// Ends the process when an invariant does not hold: wrong evidence is worse than none.
///
/// Stays on in release builds.
#[track_caller]
pub fn check(invariant: Invariant, holds: bool) {
    assert!(holds, "invariant {} ({invariant:?}) does not hold", invariant.code());
}
