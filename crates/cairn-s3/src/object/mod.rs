//! Objects: put, copied, read, described, deleted.

pub(crate) mod acl;
mod attributes;
mod commit;
mod condition;
mod copy;
mod delete;
mod detail;
mod get;
mod put;
mod range;
mod seal;
pub(crate) mod tags;

pub(crate) use attributes::attributes;
pub(crate) use commit::{Draft, bucket_in, commit, settle};
pub(crate) use condition::{Condition, check_read};
pub(crate) use copy::{CopySource, copy};
pub(crate) use delete::{delete, delete_many, gone};
pub(crate) use detail::{Checksum, Detail, PartDetail};
pub(crate) use get::{find, get};
pub(crate) use put::{MOST_AT_ONCE, described, put, told};
pub(crate) use range::parse as parse_range;
pub(crate) use seal::{Seal, Wish, choose, open_secret, tell_seal};
