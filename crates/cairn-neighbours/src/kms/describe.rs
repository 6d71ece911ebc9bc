//! DescribeKey, ListKeys and UpdateKeyDescription.

use cairn_core::Timestamp;
use cairn_store::{KmsKey, kms_key};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::page::Page;
use super::target::{self, By};
use super::{Kms, access, fault, managed};

/// Characters of a description.
pub(super) const DESCRIPTION: usize = 8192;
/// Keys of one page, where the request does not say.
const KEYS: u32 = 100;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    description: Option<String>,
    grant_tokens: Vec<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

pub(super) async fn describe(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    check.grant_tokens(&input.grant_tokens);
    check.done()?;
    managed::prepare(kms, ask, id).await?;
    let key = target::find(kms, ask, id, By::KeyOrAlias).await?;
    access::check(kms, ask, &key).await?;
    Ok(json!({ "KeyMetadata": metadata(&key) }))
}

pub(super) async fn list(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let page = Page::read(Check::default(), input.limit, input.marker.as_ref(), KEYS)?;
    access::check_admin(ask, "*")?;
    let ids = kms_key::list(&kms.store, ask.account, ask.region, &page.after, page.reach()).await;
    let ids = ids.map_err(fault::store)?;
    let view = |id: &String| json!({ "KeyId": id, "KeyArn": ask.arn(&format!("key/{id}")) });
    Ok(page.answer("Keys", ids, String::clone, view))
}

pub(super) async fn update(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    let description = check.text("description", input.description.as_ref(), 0..=DESCRIPTION);
    check.done()?;
    let mut txn = kms.begin().await?;
    let mut key = target::find_in(&mut txn, ask, id).await?;
    access::check(kms, ask, &key).await?;
    if key.deletion.is_some() {
        return Err(fault::pending_deletion(&key));
    }
    key.description = description.to_owned();
    kms_key::save(&mut txn, &key).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

/// `Enabled`, `Disabled`, `PendingDeletion`.
pub(super) fn state(key: &KmsKey) -> &'static str {
    match (key.deletion, key.enabled) {
        (Some(_), _) => "PendingDeletion",
        (None, true) => "Enabled",
        (None, false) => "Disabled",
    }
}

/// `KeyMetadata`.
pub(super) fn metadata(key: &KmsKey) -> Value {
    let mut view = json!({
        "AWSAccountId": key.account.to_string(),
        "KeyId": key.id,
        "Arn": key.arn(),
        "CreationDate": instant(key.created),
        "Enabled": state(key) == "Enabled",
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": state(key),
        "Origin": "AWS_KMS",
        "KeyManager": if key.managed { "AWS" } else { "CUSTOMER" },
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
        "CurrentKeyMaterialId": key.material,
    });
    if let Some(deletion) = key.deletion {
        view["DeletionDate"] = instant(deletion.at);
    }
    view
}

/// Seconds since 1970, with their fraction.
pub(super) fn instant(at: Timestamp) -> Value {
    json!(at.millis() as f64 / 1000.0)
}
