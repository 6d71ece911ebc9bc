//! The settings of a bucket: documents that are checked, kept and given back.

pub(crate) mod acl;
mod check;
mod encryption;
pub(crate) mod policy;
mod versioning;

use cairn_store::objects::Bucket;

pub(crate) use check::{check_pairs, check_tags, parse_tags};
pub(crate) use encryption::{KMS, default_encryption};
pub(crate) use versioning::{Versioning, versioning};

use crate::access::admit;
use crate::ask::{self, Ask};
use crate::fault::Fault;
use crate::s3::{Reply, S3, document, no_content, ok, put_header};
use crate::xml::{Element, Writer};
use crate::{Body, expire, lock, notify};

pub(crate) const ACL: &str = "acl";
pub(crate) const ENCRYPTION: &str = "encryption";
pub(crate) const LIFECYCLE: &str = "lifecycle";
const LIFECYCLE_SIZE: &str = "lifecycleSize";
pub(crate) const LOCK: &str = "lock";
pub(crate) const NOTIFICATION: &str = "notification";
pub(crate) const OWNERSHIP: &str = "ownership";
pub(crate) const POLICY: &str = "policy";
pub(crate) const PUBLIC_ACCESS_BLOCK: &str = "publicAccessBlock";
pub(crate) const REQUEST_PAYMENT: &str = "requestPayment";
pub(crate) const TAGGING: &str = "tagging";
pub(crate) const VERSIONING: &str = "versioning";

pub(crate) const OWNERSHIPS: &[&str] =
    &["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];
pub(crate) const BLOCKS: &[&str] =
    &["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

const SIZE_HEADER: &str = "x-amz-transition-default-minimum-object-size";
/// The first is the default.
const SIZES: &[&str] = &["all_storage_classes_128K", "varies_by_storage_class"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Put,
    Delete,
}

/// What a bucket answers that has no such setting.
#[derive(Debug)]
enum Missing {
    Fault(&'static str, &'static str),
    /// The elements below the root.
    Document(&'static str),
}

#[derive(Debug)]
pub(crate) struct Setting {
    name: &'static str,
    /// The operations that get, put and delete it; empty for none.
    operations: [&'static str; 3],
    root: &'static str,
    missing: Missing,
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "accelerate",
        operations: ["GetBucketAccelerateConfiguration", "PutBucketAccelerateConfiguration", ""],
        root: "AccelerateConfiguration",
        missing: Missing::Document(""),
    },
    Setting {
        name: "cors",
        operations: ["GetBucketCors", "PutBucketCors", "DeleteBucketCors"],
        root: "CORSConfiguration",
        missing: Missing::Fault("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    },
    Setting {
        name: ENCRYPTION,
        operations: ["GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"],
        root: "ServerSideEncryptionConfiguration",
        missing: Missing::Document(
            "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
             </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>\
             </Rule>",
        ),
    },
    Setting {
        name: LIFECYCLE,
        operations: [
            "GetBucketLifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
            "DeleteBucketLifecycle",
        ],
        root: "LifecycleConfiguration",
        missing: Missing::Fault(
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        ),
    },
    Setting {
        name: LOCK,
        operations: ["GetObjectLockConfiguration", "PutObjectLockConfiguration", ""],
        root: "ObjectLockConfiguration",
        missing: Missing::Fault(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
    },
    Setting {
        name: "logging",
        operations: ["GetBucketLogging", "PutBucketLogging", ""],
        root: "BucketLoggingStatus",
        missing: Missing::Document(""),
    },
    Setting {
        name: NOTIFICATION,
        operations: [
            "GetBucketNotificationConfiguration",
            "PutBucketNotificationConfiguration",
            "",
        ],
        root: "NotificationConfiguration",
        missing: Missing::Document(""),
    },
    Setting {
        name: OWNERSHIP,
        operations: [
            "GetBucketOwnershipControls",
            "PutBucketOwnershipControls",
            "DeleteBucketOwnershipControls",
        ],
        root: "OwnershipControls",
        missing: Missing::Fault(
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        ),
    },
    Setting {
        name: PUBLIC_ACCESS_BLOCK,
        operations: ["GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"],
        root: "PublicAccessBlockConfiguration",
        missing: Missing::Fault(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
    },
    Setting {
        name: "replication",
        operations: ["GetBucketReplication", "", "DeleteBucketReplication"],
        root: "ReplicationConfiguration",
        missing: Missing::Fault(
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
    },
    Setting {
        name: REQUEST_PAYMENT,
        operations: ["GetBucketRequestPayment", "PutBucketRequestPayment", ""],
        root: "RequestPaymentConfiguration",
        missing: Missing::Document("<Payer>BucketOwner</Payer>"),
    },
    Setting {
        name: TAGGING,
        operations: ["GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging"],
        root: "Tagging",
        missing: Missing::Fault("NoSuchTagSet", "The TagSet does not exist"),
    },
    Setting {
        name: VERSIONING,
        operations: ["GetBucketVersioning", "PutBucketVersioning", ""],
        root: "VersioningConfiguration",
        missing: Missing::Document(""),
    },
    Setting {
        name: "website",
        operations: ["GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"],
        root: "WebsiteConfiguration",
        missing: Missing::Fault(
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
    },
];

pub(crate) fn find(operation: &str) -> Option<(&'static Setting, Verb)> {
    // Old names that clients may still use.
    let operation = match operation {
        "GetBucketLifecycle" => "GetBucketLifecycleConfiguration",
        "PutBucketLifecycle" => "PutBucketLifecycleConfiguration",
        operation => operation,
    };
    SETTINGS.iter().find_map(|setting| {
        let at = setting.operations.iter().position(|found| *found == operation)?;
        Some((setting, [Verb::Get, Verb::Put, Verb::Delete][at]))
    })
}

pub(crate) async fn answer(
    s3: &S3,
    ask: &Ask,
    body: Body,
    setting: &Setting,
    verb: Verb,
) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    match verb {
        Verb::Get => get(&bucket, setting),
        Verb::Put => put(s3, ask, body, setting, &bucket).await,
        Verb::Delete => {
            store(s3, &bucket.name, setting.name, None).await?;
            Ok(no_content())
        }
    }
}

fn get(bucket: &Bucket, setting: &Setting) -> Result<Reply, Fault> {
    match (bucket.settings.get(setting.name), &setting.missing) {
        (Some(text), _) if setting.name == LIFECYCLE => {
            let size = bucket.settings.get(LIFECYCLE_SIZE).map(String::as_str);
            Ok(with_lifecycle_size(document(text.clone()), size))
        }
        (Some(text), _) => Ok(document(text.clone())),
        (None, Missing::Fault(code, text)) => {
            Err(Fault::new(404, *code, *text).fact("BucketName", &bucket.name))
        }
        (None, Missing::Document(inner)) => {
            Ok(document(Writer::document(setting.root, |w| w.raw(inner))))
        }
    }
}

async fn put(
    s3: &S3,
    ask: &Ask,
    body: Body,
    setting: &Setting,
    bucket: &Bucket,
) -> Result<Reply, Fault> {
    let text = ask::document(ask, body).await?;
    let root = Element::parse(&text).filter(|root| root.name == setting.root);
    let mut root = root.ok_or_else(Fault::malformed_xml)?;
    match setting.name {
        ENCRYPTION => encryption::check(&root)?,
        LIFECYCLE => expire::complete(&mut root)?,
        LOCK => lock::check_default(&root)?,
        NOTIFICATION => notify::check(s3, ask, bucket, &mut root).await?,
        VERSIONING => versioning::check(&mut root)?,
        name => check::check(s3, name, &root, bucket).await?,
    }
    let empty = root.children.is_empty() && matches!(setting.missing, Missing::Document(_));
    let children = root.children;
    let text = Writer::document(setting.root, |w| children.iter().for_each(|child| w.tree(child)));
    if setting.name == LIFECYCLE {
        let size = ask.header(SIZE_HEADER);
        if let Some(size) = size.filter(|size| !SIZES.contains(size)) {
            return Err(Fault::invalid_argument("Invalid value", SIZE_HEADER, size));
        }
        store(s3, &bucket.name, LIFECYCLE_SIZE, size.map(str::to_owned)).await?;
        store(s3, &bucket.name, LIFECYCLE, Some(text)).await?;
        return Ok(with_lifecycle_size(ok(), size));
    }
    store(s3, &bucket.name, setting.name, (!empty).then_some(text)).await?;
    Ok(if setting.name == TAGGING { no_content() } else { ok() })
}

/// Nothing is ever moved between storage classes, but clients wait until they read what they set.
fn with_lifecycle_size(mut answer: Reply, size: Option<&str>) -> Reply {
    put_header(answer.headers_mut(), SIZE_HEADER, size.unwrap_or(SIZES[0]));
    answer
}

/// Keeps a setting of the bucket as it is now, not as the request found it.
pub(crate) async fn store(
    s3: &S3,
    bucket: &str,
    name: &str,
    value: Option<String>,
) -> Result<(), Fault> {
    let mut change = s3.index().begin().await?;
    let mut bucket = change.bucket(bucket).await?.ok_or_else(|| Fault::no_such_bucket(bucket))?;
    match name {
        VERSIONING => versioning::check_change(&bucket, value.as_deref())?,
        LOCK => lock::check_change(&bucket)?,
        _ => {}
    }
    change.set(&mut bucket, name, value).await?;
    change.commit().await?;
    Ok(())
}

/// A setting's document.
pub(crate) fn tree(bucket: &Bucket, name: &str) -> Option<Element> {
    Element::parse(bucket.settings.get(name)?.as_bytes())
}
