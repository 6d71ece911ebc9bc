//! TagResource, UntagResource and ListResourceTags.

use std::collections::BTreeSet;

use cairn_store::{KmsKey, StoreError, Txn, kms_tag};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::page::Page;
use super::target::{self, By};
use super::{Kms, access, fault};

/// Tags of one page, where the request does not say.
const TAGS: u32 = 50;

/// A tag as a request has it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Tag {
    tag_key: Option<String>,
    tag_value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    tags: Vec<Tag>,
    tag_keys: Vec<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

pub(super) async fn tag(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let tags = read(&input.tags)?;
    let (mut txn, key) = begin(kms, ask, &input).await?;
    kms_tag::put(&mut txn, &key.id, &tags).await.map_err(refused)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn untag(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let (mut txn, key) = begin(kms, ask, &input).await?;
    kms_tag::remove(&mut txn, &key.id, &input.tag_keys).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn list(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    let page = Page::read(check, input.limit, input.marker.as_ref(), TAGS)?;
    let key = target::find(kms, ask, id, By::Key).await?;
    access::check(kms, ask, &key).await?;
    let tags = kms_tag::list(&kms.store, &key.id, &page.after, page.reach()).await;
    let tags = tags.map_err(fault::store)?;
    let view = |(name, value): &(String, String)| json!({ "TagKey": name, "TagValue": value });
    Ok(page.answer("Tags", tags, |(name, _)| name.clone(), view))
}

/// The tags of a request, once they may be kept.
pub(super) fn read(tags: &[Tag]) -> Result<Vec<(String, String)>, Fault> {
    let mut check = Check::default();
    for (index, tag) in tags.iter().enumerate() {
        let at = |member: &str| format!("tags.{}.member.{member}", index + 1);
        check.text(&at("tagKey"), tag.tag_key.as_ref(), 1..=128);
        check.text(&at("tagValue"), tag.tag_value.as_ref(), 0..=256);
    }
    check.done()?;
    let mut names = BTreeSet::new();
    let mut found = Vec::with_capacity(tags.len());
    for tag in tags {
        let (name, value) =
            (tag.tag_key.clone().unwrap_or_default(), tag.tag_value.clone().unwrap_or_default());
        if name.to_ascii_lowercase().starts_with("aws:") {
            return Err(refusal("Tags beginning with aws: are reserved"));
        }
        if !names.insert(name.clone()) {
            return Err(refusal("Duplicate tag keys"));
        }
        found.push((name, value));
    }
    if found.len() > kms_tag::TAGS {
        return Err(refusal("Too many tags"));
    }
    Ok(found)
}

/// Why tags were not kept.
pub(super) fn refused(error: StoreError) -> Fault {
    match error {
        StoreError::LimitExceeded { .. } => refusal("Too many tags"),
        error => fault::store(error),
    }
}

fn refusal(message: &str) -> Fault {
    Fault::client("TagException", message)
}

async fn begin(kms: &Kms, ask: &Ask<'_>, input: &Input) -> Result<(Txn, KmsKey), Fault> {
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    check.count("tagKeys", input.tag_keys.len(), 0..=kms_tag::TAGS);
    check.done()?;
    let mut txn = kms.begin().await?;
    let key = target::find_in(&mut txn, ask, id).await?;
    access::check(kms, ask, &key).await?;
    match key.deletion {
        Some(_) => Err(fault::pending_deletion(&key)),
        None => Ok((txn, key)),
    }
}
