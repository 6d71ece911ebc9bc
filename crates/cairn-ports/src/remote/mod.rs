//! The ports over somebody else's services: AWS's own, or what speaks like them.

mod client;
mod kms;
mod s3;
mod sns;
mod xml;

pub use client::{Client, Credentials, Endpoint};
pub use kms::RemoteKeys;
pub use s3::RemoteBuckets;
pub use sns::RemoteTopics;
