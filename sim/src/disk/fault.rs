/// The kinds of operations that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    Read,
    Write,
    Sync,
    SyncDir,
    Create,
    Rename,
    /// Whatever else: sizes, lists, free space.
    Other,
}

/// The `nth` operation of a class from now on (0 is the next one) fails with EIO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub class: Class,
    pub nth: u64,
}

/// A fault that came true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struck {
    pub class: Class,
    /// The path of the file or directory.
    pub path: String,
    /// Whether the one that commits asked for the operation.
    pub committing: bool,
}

/// Bits that rotted: enough to find the place again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rot {
    pub path: String,
    pub offset: usize,
    pub mask: u8,
    pub(super) inode: u64,
}
