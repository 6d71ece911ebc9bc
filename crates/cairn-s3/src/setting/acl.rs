//! ACLs: kept and shown. Where the owner enforces, which is how buckets are made, there are none.

use cairn_core::AccountId;
use cairn_store::objects::Bucket;

use super::{ACL, OWNERSHIP, store, tree};
use crate::Body;
use crate::access::{Block, admit};
use crate::ask::{self, Ask};
use crate::fault::Fault;
use crate::s3::{Reply, S3, canonical_user, document, ok};
use crate::xml::{Element, Writer};

/// The one canned ACL that says what is so anyway.
pub(crate) const FULL_CONTROL: &str = "bucket-owner-full-control";

const CANNED: &[&str] = &[
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    FULL_CONTROL,
    "log-delivery-write",
];

pub(crate) async fn get(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    Ok(document(shown(bucket.owner, bucket.settings.get(ACL).map(String::as_str))))
}

pub(crate) async fn put(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let acl = asked(ask, body, &bucket).await?;
    store(s3, &bucket.name, ACL, acl).await?;
    Ok(ok())
}

/// The ACL that a request sets: the name of a canned one, or a document.
pub(crate) async fn asked(ask: &Ask, body: Body, bucket: &Bucket) -> Result<Option<String>, Fault> {
    let text = ask::document(ask, body).await?;
    if let Some(canned) = ask.header("x-amz-acl") {
        return check(bucket, Some(canned));
    }
    if has_grants(ask) {
        return check_enforced(bucket).and(Err(Fault::not_implemented("x-amz-grant-*")));
    }
    let root = Element::parse(&text).filter(|root| root.name == "AccessControlPolicy");
    let mut root = root.ok_or_else(Fault::malformed_xml)?;
    let list = root.child("AccessControlList").ok_or_else(Fault::malformed_xml)?;
    if is_owners(list, bucket) {
        return Ok(None);
    }
    check_enforced(bucket)?;
    let public = list.all("Grant").any(|grant| {
        let uri = grant.child("Grantee").and_then(|grantee| grantee.text_of("URI"));
        uri.is_some_and(|uri| uri.ends_with("AllUsers") || uri.ends_with("AuthenticatedUsers"))
    });
    if public && Block::of(bucket).acls_refused {
        return Err(Fault::access_denied());
    }
    let children = std::mem::take(&mut root.children);
    let write = |w: &mut Writer| children.iter().for_each(|child| w.tree(child));
    Ok(Some(Writer::document("AccessControlPolicy", write)))
}

/// The ACL of a new object.
pub(crate) fn of_object(ask: &Ask, bucket: &Bucket) -> Result<Option<String>, Fault> {
    if has_grants(ask) {
        return check_enforced(bucket).and(Err(Fault::not_implemented("x-amz-grant-*")));
    }
    check(bucket, ask.header("x-amz-acl"))
}

fn check(bucket: &Bucket, canned: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(canned) = canned else { return Ok(None) };
    check_canned(canned)?;
    if canned == FULL_CONTROL {
        return Ok(None);
    }
    check_enforced(bucket)?;
    let public = canned.starts_with("public") || canned == "authenticated-read";
    if public && Block::of(bucket).acls_refused {
        return Err(Fault::access_denied());
    }
    Ok(Some(canned.to_owned()).filter(|canned| canned != "private"))
}

pub(crate) fn check_canned(canned: &str) -> Result<(), Fault> {
    if CANNED.contains(&canned) {
        return Ok(());
    }
    Err(Fault::invalid_argument("", "x-amz-acl", canned))
}

fn check_enforced(bucket: &Bucket) -> Result<(), Fault> {
    let root = tree(bucket, OWNERSHIP);
    let rule = root.as_ref().and_then(|root| root.child("Rule"));
    if rule.and_then(|rule| rule.text_of("ObjectOwnership")) == Some("BucketOwnerEnforced") {
        let text = "The bucket does not allow ACLs";
        return Err(Fault::new(400, "AccessControlListNotSupported", text));
    }
    Ok(())
}

fn has_grants(ask: &Ask) -> bool {
    ask.headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"))
}

/// Whether a list gives the owner everything and nobody else anything.
fn is_owners(list: &Element, bucket: &Bucket) -> bool {
    let owner = canonical_user(bucket.owner);
    let mut grants = list.all("Grant");
    let (Some(grant), None) = (grants.next(), grants.next()) else { return false };
    let grantee = grant.child("Grantee").and_then(|grantee| grantee.text_of("ID"));
    grantee == Some(owner.as_str()) && grant.text_of("Permission") == Some("FULL_CONTROL")
}

/// The document of an ACL.
pub(crate) fn shown(owner: AccountId, acl: Option<&str>) -> String {
    if let Some(acl) = acl.filter(|acl| acl.starts_with('<')) {
        return acl.to_owned();
    }
    let groups: &[(&str, &str)] = match acl {
        Some("public-read") => &[("AllUsers", "READ")],
        Some("public-read-write") => &[("AllUsers", "READ"), ("AllUsers", "WRITE")],
        Some("authenticated-read") => &[("AuthenticatedUsers", "READ")],
        Some("log-delivery-write") => &[("LogDelivery", "WRITE"), ("LogDelivery", "READ_ACP")],
        _ => &[],
    };
    let owner = canonical_user(owner);
    let schema = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    Writer::document("AccessControlPolicy", |w| {
        w.element("Owner", |w| w.leaf("ID", &owner));
        w.element("AccessControlList", |w| {
            w.element("Grant", |w| {
                w.raw(&format!("<Grantee {schema} xsi:type=\"CanonicalUser\">"));
                w.leaf("ID", &owner);
                w.raw("</Grantee>");
                w.leaf("Permission", "FULL_CONTROL");
            });
            for (group, permission) in groups {
                let service = if *group == "LogDelivery" { "s3" } else { "global" };
                w.element("Grant", |w| {
                    w.raw(&format!("<Grantee {schema} xsi:type=\"Group\">"));
                    w.leaf("URI", format!("http://acs.amazonaws.com/groups/{service}/{group}"));
                    w.raw("</Grantee>");
                    w.leaf("Permission", permission);
                });
            }
        });
    })
}
