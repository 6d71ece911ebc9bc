//! Planted defects. The tests, the simulation and the fault rigs are scored on finding them; the
//! product is built without the feature, and then every question here answers "no".

/// One way in which the journal could be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    not(feature = "mutants"),
    expect(unreachable_pub, reason = "only the tests of the feature can name a defect")
)]
pub enum Defect {
    /// Tickets are released after the write, before the sync.
    AckBeforeFsync,
    /// Tickets are released before anything is written.
    AckBeforeWrite,
    /// New names are not made durable.
    NoDirectoryFsync,
    /// Recovery does not check the checksum of a block's payload.
    NoCrc,
    /// A block's checksum does not cover the last bytes of its payload.
    CrcWithoutLength,
    /// An error of a sync is taken for success.
    FsyncErrorIgnored,
    /// A failed sync is tried once more, and its answer believed.
    FsyncRetried,
    /// The segment with the torn tail is sealed where it is instead of being copied.
    AppendAfterTear,
    /// Damage in the middle is cut like a torn tail.
    TruncateOnMidLogDamage,
    /// Two records with one id are duplicates whatever their bytes.
    DedupeByIdOnly,
    /// Ids stored by an earlier process are not known.
    NoDedupeAfterRestart,
    /// `acct_seq` starts again with each process.
    AcctSeqRestarts,
    /// The hash chain is not checked.
    SkipPrevHash,
    /// Readers see records that are not yet durable.
    ReaderAboveDurable,
    /// A duplicate of a record in flight is acknowledged at once.
    DuplicateAckedEarly,
    /// Ids of different accounts are one namespace.
    IdsIgnoreAccount,
}

#[cfg(feature = "mutants")]
impl Defect {
    pub const ALL: [Defect; 16] = [
        Self::AckBeforeFsync,
        Self::AckBeforeWrite,
        Self::NoDirectoryFsync,
        Self::NoCrc,
        Self::CrcWithoutLength,
        Self::FsyncErrorIgnored,
        Self::FsyncRetried,
        Self::AppendAfterTear,
        Self::TruncateOnMidLogDamage,
        Self::DedupeByIdOnly,
        Self::NoDedupeAfterRestart,
        Self::AcctSeqRestarts,
        Self::SkipPrevHash,
        Self::ReaderAboveDurable,
        Self::DuplicateAckedEarly,
        Self::IdsIgnoreAccount,
    ];
}

/// The defect this journal was opened with, if any.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Planted {
    #[cfg(feature = "mutants")]
    defect: Option<Defect>,
}

impl Planted {
    #[cfg(feature = "mutants")]
    pub(crate) fn new(settings: &crate::Settings) -> Self {
        Self { defect: settings.defect }
    }

    #[cfg(not(feature = "mutants"))]
    pub(crate) fn new(_: &crate::Settings) -> Self {
        Self {}
    }

    #[cfg(feature = "mutants")]
    #[inline]
    pub(crate) fn has(self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    #[cfg(not(feature = "mutants"))]
    #[expect(clippy::unused_self, reason = "there is nothing to look at without the feature")]
    #[inline]
    pub(crate) fn has(self, _: Defect) -> bool {
        false
    }
}
