//! The one table of operations.

use std::pin::Pin;

use crate::ask::Ask;
use crate::fault::Fault;
use crate::s3::{Reply, S3};
use crate::{Body, bucket, list, lock, object, setting, upload};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, Fault>> + Send + 'a>>;

/// Boxed, because the future of all operations is as large as the largest of them.
pub(crate) fn answer<'a>(s3: &'a S3, ask: &'a Ask, body: Body) -> Answer<'a> {
    Box::pin(of_buckets(s3, ask, body))
}

async fn of_buckets(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    match ask.operation {
        "ListBuckets" => bucket::list(s3, ask).await,
        "CreateBucket" => bucket::create(s3, ask, body).await,
        "DeleteBucket" => bucket::delete(s3, ask).await,
        "HeadBucket" => bucket::head(s3, ask).await,
        "GetBucketLocation" => bucket::location(s3, ask).await,
        "ListObjects" => list::objects(s3, ask).await,
        "ListObjectsV2" => list::pages(s3, ask).await,
        "ListObjectVersions" => list::versions(s3, ask).await,
        "PutBucketPolicy" => setting::policy::put(s3, ask, body).await,
        "GetBucketPolicy" => setting::policy::get(s3, ask).await,
        "DeleteBucketPolicy" => setting::policy::delete(s3, ask).await,
        "GetBucketPolicyStatus" => setting::policy::status(s3, ask).await,
        "GetBucketAcl" => setting::acl::get(s3, ask).await,
        "PutBucketAcl" => setting::acl::put(s3, ask, body).await,
        _ if ask.key.is_empty() => match setting::find(ask.operation) {
            Some((setting, verb)) => setting::answer(s3, ask, body, setting, verb).await,
            None => of_objects(s3, ask, body).await,
        },
        _ => of_objects(s3, ask, body).await,
    }
}

async fn of_objects(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    match ask.operation {
        "PutObject" => object::put(s3, ask, body).await,
        "CopyObject" => object::copy(s3, ask).await,
        "GetObject" | "HeadObject" => object::get(s3, ask).await,
        "GetObjectAttributes" => object::attributes(s3, ask).await,
        "DeleteObject" => object::delete(s3, ask).await,
        "DeleteObjects" => object::delete_many(s3, ask, body).await,
        "GetObjectTagging" => object::tags::get(s3, ask).await,
        "PutObjectTagging" => object::tags::put(s3, ask, body).await,
        "DeleteObjectTagging" => object::tags::delete(s3, ask).await,
        "GetObjectAcl" => object::acl::get(s3, ask).await,
        "PutObjectAcl" => object::acl::put(s3, ask, body).await,
        "GetObjectRetention" => lock::get_retention(s3, ask).await,
        "PutObjectRetention" => lock::put_retention(s3, ask, body).await,
        "GetObjectLegalHold" => lock::get_hold(s3, ask).await,
        "PutObjectLegalHold" => lock::put_hold(s3, ask, body).await,
        "CreateMultipartUpload" => upload::create(s3, ask).await,
        "UploadPart" => upload::part(s3, ask, body).await,
        "UploadPartCopy" => upload::part_copy(s3, ask).await,
        "CompleteMultipartUpload" => upload::complete(s3, ask, body).await,
        "AbortMultipartUpload" => upload::abort(s3, ask).await,
        "ListParts" => upload::parts(s3, ask).await,
        "ListMultipartUploads" => upload::list(s3, ask).await,
        operation => Err(Fault::not_implemented(operation)),
    }
}
