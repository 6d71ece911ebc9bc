use cairn_ports::Actor;
use cairn_store::objects::Settings;

use super::name;
use crate::access;
use crate::ask::{self, Ask};
use crate::fault::Fault;
use crate::s3::{Reply, S3, ok, put_header};
use crate::xml::{Element, Writer};
use crate::{Body, setting};

pub(crate) async fn create(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let account = access::account(ask)?;
    if !matches!(ask.actor, Actor::Principal { admin: true, .. }) {
        return Err(Fault::access_denied());
    }
    name::check(&ask.bucket)?;
    let text = ask::document(ask, body).await?;
    let mut settings = first_settings(ask)?;
    let region = if text.is_empty() {
        s3.parts().region.clone()
    } else {
        let root = Element::parse(&text).filter(|root| root.name == "CreateBucketConfiguration");
        let root = root.ok_or_else(Fault::malformed_xml)?;
        if let Some(tags) = root.child("Tags").filter(|tags| !tags.children.is_empty()) {
            let mut set = tags.clone();
            "TagSet".clone_into(&mut set.name);
            let tagging = Element { children: vec![set], ..Element::default() };
            setting::check_tags(&tagging)?;
            let text = Writer::document("Tagging", |w| w.tree(&tagging.children[0]));
            settings.insert(setting::TAGGING.to_owned(), text);
        }
        match root.text_of("LocationConstraint") {
            Some(constraint) => name::region(constraint)?,
            None => s3.parts().region.clone(),
        }
    };
    let mut change = s3.index().begin().await?;
    if !change.create_bucket(&ask.bucket, account, &region, s3.now(), &settings).await? {
        let owner = change.bucket(&ask.bucket).await?.map(|bucket| bucket.owner);
        if owner != Some(account) {
            return Err(name::taken(&ask.bucket));
        }
        let text = "Your previous request to create the named bucket succeeded and you already \
                    own it.";
        let fault = Fault::new(409, "BucketAlreadyOwnedByYou", text);
        return Err(fault.fact("BucketName", &ask.bucket));
    }
    change.commit().await?;
    let mut answer = ok();
    put_header(answer.headers_mut(), "location", &format!("/{}", ask.bucket));
    Ok(answer)
}

/// What a new bucket has: its owner enforces, and nothing can become public.
fn first_settings(ask: &Ask) -> Result<Settings, Fault> {
    let mut settings = Settings::new();
    let ownership = ask.header("x-amz-object-ownership").unwrap_or("BucketOwnerEnforced");
    if !setting::OWNERSHIPS.contains(&ownership) {
        let name = "x-amz-object-ownership";
        let text = format!("Invalid {name} header: {ownership}");
        return Err(Fault::invalid_argument(text, name, ownership));
    }
    let acl = ask.header("x-amz-acl").filter(|acl| *acl != "private");
    if let Some(acl) = acl {
        if ownership == "BucketOwnerEnforced" {
            let text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced \
                        setting";
            return Err(Fault::new(400, "InvalidBucketAclWithObjectOwnership", text));
        }
        setting::acl::check_canned(acl)?;
        // The block of public access that every new bucket has.
        if acl.starts_with("public") || acl == "authenticated-read" {
            return Err(Fault::access_denied());
        }
        settings.insert(setting::ACL.to_owned(), acl.to_owned());
    }
    let rule = |w: &mut Writer| w.element("Rule", |w| w.leaf("ObjectOwnership", ownership));
    let text = Writer::document("OwnershipControls", rule);
    settings.insert(setting::OWNERSHIP.to_owned(), text);
    let block = Writer::document("PublicAccessBlockConfiguration", |w| {
        for name in setting::BLOCKS {
            w.leaf(name, true);
        }
    });
    settings.insert(setting::PUBLIC_ACCESS_BLOCK.to_owned(), block);
    if ask.is_set("x-amz-bucket-object-lock-enabled") {
        let lock = |w: &mut Writer| w.leaf("ObjectLockEnabled", "Enabled");
        let text = Writer::document("ObjectLockConfiguration", lock);
        settings.insert(setting::LOCK.to_owned(), text);
        let status = |w: &mut Writer| w.leaf("Status", "Enabled");
        let text = Writer::document("VersioningConfiguration", status);
        settings.insert(setting::VERSIONING.to_owned(), text);
    }
    Ok(settings)
}
