//! The embedded S3: where trails deliver when nothing is configured, and where log readers read.
//!
//! [`S3::serve`] answers the REST requests of S3, [`S3`] as a `Buckets` port takes what trails
//! deliver; both go the same way. Requests come verified: the signature, the chunks of a signed
//! body and the record of the call are the front door's.
//!
//! Bytes lie in files, encrypted, one key for each object; the index in `cairn-store` says which
//! files make which version. A file is synced before a row names it, and removed after no row does.

mod access;
mod ask;
mod bucket;
mod data;
mod dispatch;
mod expire;
mod fault;
mod list;
mod lock;
mod notify;
mod object;
mod port;
mod s3;
mod setting;
mod upload;
mod well_known;
mod xml;

pub use ask::Peer;
pub use expire::ExpireError;
pub use s3::{Body, OpenError, Parts, S3};
