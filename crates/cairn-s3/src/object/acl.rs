//! The ACL of an object: kept, shown, giving nobody anything.

use super::{Detail, bucket_in, find, settle};
use crate::Body;
use crate::access::admit;
use crate::ask::Ask;
use crate::fault::Fault;
use crate::s3::{Reply, S3, document, ok};
use crate::setting;

pub(crate) async fn get(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let object = find(s3, ask, &bucket).await?;
    let detail = Detail::of(&object)?;
    Ok(document(setting::acl::shown(bucket.owner, detail.acl.as_deref())))
}

pub(crate) async fn put(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let acl = setting::acl::asked(ask, body, &bucket).await?;
    let object = find(s3, ask, &bucket).await?;
    let mut change = s3.index().begin().await?;
    let bucket = bucket_in(&mut change, &bucket.name).await?;
    let object = change.version(bucket.id, &object.key, &object.version).await?;
    let object = object.ok_or_else(|| Fault::no_such_key(&ask.key))?;
    let detail = Detail { acl, ..Detail::of(&object)? };
    change.set_detail(&object, &detail.write()).await?;
    settle(s3, change, None, false).await?;
    Ok(ok())
}
