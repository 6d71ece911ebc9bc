//! What the smaller settings must be like.

use cairn_store::objects::Bucket;

use super::{BLOCKS, OWNERSHIP, OWNERSHIPS, PUBLIC_ACCESS_BLOCK, REQUEST_PAYMENT, TAGGING};
use crate::fault::Fault;
use crate::s3::S3;
use crate::xml::Element;

/// The most tags of a bucket.
const BUCKET_TAGS: usize = 50;

pub(super) async fn check(
    s3: &S3,
    name: &str,
    root: &Element,
    bucket: &Bucket,
) -> Result<(), Fault> {
    let fine = match name {
        "accelerate" => matches!(root.text_of("Status"), Some("Enabled" | "Suspended")),
        "cors" => {
            let whole = |rule: &Element| {
                rule.child("AllowedMethod").is_some() && rule.child("AllowedOrigin").is_some()
            };
            !root.children.is_empty() && root.all("CORSRule").all(whole)
        }
        "logging" => return check_logging(s3, root, bucket).await,
        OWNERSHIP => {
            let rule = root.child("Rule").and_then(|rule| rule.text_of("ObjectOwnership"));
            rule.is_some_and(|rule| OWNERSHIPS.contains(&rule))
        }
        PUBLIC_ACCESS_BLOCK => root.children.iter().all(|child| {
            BLOCKS.contains(&child.name.as_str()) && matches!(child.text.trim(), "true" | "false")
        }),
        REQUEST_PAYMENT => matches!(root.text_of("Payer"), Some("BucketOwner" | "Requester")),
        TAGGING => return check_tags(root),
        "website" => {
            let index = root.child("IndexDocument").and_then(|index| index.text_of("Suffix"));
            index.is_some_and(|suffix| !suffix.is_empty() && !suffix.contains('/'))
                || root.child("RedirectAllRequestsTo").is_some()
        }
        _ => false,
    };
    if fine { Ok(()) } else { Err(Fault::malformed_xml()) }
}

async fn check_logging(s3: &S3, root: &Element, bucket: &Bucket) -> Result<(), Fault> {
    let Some(enabled) = root.child("LoggingEnabled") else {
        return if root.children.is_empty() { Ok(()) } else { Err(Fault::malformed_xml()) };
    };
    let target = enabled.text_of("TargetBucket").ok_or_else(Fault::malformed_xml)?;
    if enabled.child("TargetPrefix").is_none() {
        return Err(Fault::malformed_xml());
    }
    let invalid = |text| {
        let fault = Fault::new(400, "InvalidTargetBucketForLogging", text);
        Err(fault.fact("TargetBucket", target))
    };
    match s3.index().bucket(target).await? {
        None => invalid("The target bucket for logging does not exist"),
        Some(found) if found.owner != bucket.owner => {
            invalid("The owner for the bucket to be logged and the target bucket must be the same.")
        }
        Some(_) => Ok(()),
    }
}

pub(crate) fn check_tags(root: &Element) -> Result<(), Fault> {
    parse_tags(root, BUCKET_TAGS).map(drop)
}

/// The tags of a document.
pub(crate) fn parse_tags(root: &Element, most: usize) -> Result<Vec<(String, String)>, Fault> {
    let set = root.child("TagSet").ok_or_else(Fault::malformed_xml)?;
    let mut tags = Vec::new();
    for tag in set.all("Tag") {
        let part = |name: &str| {
            tag.child(name).map(|part| part.text.clone()).ok_or_else(Fault::malformed_xml)
        };
        tags.push((part("Key")?, part("Value")?));
    }
    check_pairs(&tags, most)?;
    Ok(tags)
}

pub(crate) fn check_pairs(tags: &[(String, String)], most: usize) -> Result<(), Fault> {
    let invalid = |text: &'static str| Err(Fault::new(400, "InvalidTag", text));
    if tags.len() > most {
        let text = format!("{} tags cannot be greater than {most}", what(most));
        return Err(Fault::new(400, "BadRequest", text));
    }
    for (at, (key, value)) in tags.iter().enumerate() {
        if key.is_empty() || key.chars().count() > 128 {
            return invalid("The TagKey you have provided is invalid");
        }
        if value.chars().count() > 256 {
            return invalid("The TagValue you have provided is invalid");
        }
        if key.starts_with("aws:") {
            return invalid("System tags cannot be added/updated by requester");
        }
        if tags[..at].iter().any(|(other, _)| other == key) {
            return invalid("Cannot provide multiple Tags with the same key");
        }
    }
    Ok(())
}

fn what(most: usize) -> &'static str {
    if most == BUCKET_TAGS { "Bucket" } else { "Object" }
}
