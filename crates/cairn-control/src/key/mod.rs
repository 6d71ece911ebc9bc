//! Keys that digests are signed with.

mod list_public;
