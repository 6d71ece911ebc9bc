//! Event notifications: written into the change that they tell of, sent after it.

mod config;
mod event;
mod send;

use cairn_store::objects::{Bucket, Change, NewVersion};

pub(crate) use config::check;
pub(crate) use send::send;

use crate::ask::Ask;
use crate::fault::Fault;
use crate::s3::S3;

/// Keeps the event for every target that wants it, until it was sent. Gives whether there is one.
pub(crate) async fn add(
    s3: &S3,
    ask: &Ask,
    change: &mut Change,
    bucket: &Bucket,
    name: &'static str,
    version: &NewVersion<'_>,
) -> Result<bool, Fault> {
    let mut told = false;
    for target in config::targets(bucket) {
        if !target.wants(name, version.key) {
            continue;
        }
        let body = event::record(s3, ask, bucket, &target.id, name, version);
        change.add_event(&target.arn, &bucket.name, bucket.owner, &body).await?;
        told = true;
    }
    Ok(told)
}
