//! What an error asks of its reader.

/// The few kinds an error can be. Details stay with the error; this says who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong: change it.
    Invalid,
    /// What the request names does not exist.
    NotFound,
    /// The request contradicts what is stored: look, then decide.
    Conflict,
    /// The caller may not do this.
    Denied,
    /// Too many requests: wait, then retry.
    Throttled,
    /// Not now (starting, stopping, disk full): retry later, or an operator must act.
    Unavailable,
    /// Stored bytes are damaged: an operator must act before anything continues.
    Data,
    /// A defect in Cairn.
    Internal,
}
