//! CreateKey.

use cairn_core::AccountId;
use cairn_ports::EncryptionContext;
use cairn_store::{NewKmsKey, kms_key, kms_tag};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::describe::metadata;
use super::tag::{self, Tag};
use super::{Kms, access, fault, policy};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    policy: Option<String>,
    description: Option<String>,
    key_usage: Option<String>,
    customer_master_key_spec: Option<String>,
    key_spec: Option<String>,
    origin: Option<String>,
    custom_key_store_id: Option<String>,
    bypass_policy_lockout_safety_check: Option<bool>,
    tags: Option<Vec<Tag>>,
    multi_region: Option<bool>,
    xks_key_id: Option<String>,
}

const USAGES: [&str; 4] =
    ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
const ORIGINS: [&str; 4] = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];
const SPECS: [&str; 17] = [
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ECC_NIST_EDWARDS25519",
];

pub(super) async fn create(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    if let Some(text) = &input.policy {
        policy::check_text(&mut check, text);
    }
    let description = input.description.as_deref().unwrap_or_default();
    check.length("description", description, 0..=super::describe::DESCRIPTION);
    check.choice("keyUsage", input.key_usage.as_ref(), &USAGES);
    check.choice("customerMasterKeySpec", input.customer_master_key_spec.as_ref(), &SPECS);
    check.choice("keySpec", input.key_spec.as_ref(), &SPECS);
    check.choice("origin", input.origin.as_ref(), &ORIGINS);
    check.done()?;
    let tags = tag::read(input.tags.as_deref().unwrap_or_default())?;
    access::check_admin(ask, "*")?;
    refuse_other_kinds(&input)?;
    let policy = input.policy.clone().unwrap_or_else(|| default_policy(ask.account));
    let parsed = policy::parse(&policy)?;

    let mut txn = kms.begin().await?;
    let (account, region) = (ask.account, ask.region);
    let new = NewKmsKey { account, region, description, policy: &policy, managed: false };
    let key = kms_key::create(&mut txn, new).await.map_err(fault::store)?;
    if input.bypass_policy_lockout_safety_check != Some(true) {
        let decision =
            access::decide(&parsed, ask, &key, "kms:PutKeyPolicy", &EncryptionContext::new());
        policy::check_lockout(decision)?;
    }
    kms_tag::put(&mut txn, &key.id, &tags).await.map_err(tag::refused)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({ "KeyMetadata": metadata(&key) }))
}

/// Cairn keeps symmetric keys of one Region whose material it made.
fn refuse_other_kinds(input: &Input) -> Result<(), Fault> {
    if input.key_spec.is_some() && input.customer_master_key_spec.is_some() {
        return Err(Fault::validation(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. \
             CustomerMasterKeySpec is deprecated.",
        ));
    }
    let spec = input.key_spec.as_deref().or(input.customer_master_key_spec.as_deref());
    if spec.is_some_and(|spec| spec != "SYMMETRIC_DEFAULT") {
        return Err(fault::unsupported("Cairn keeps keys of KeySpec SYMMETRIC_DEFAULT only"));
    }
    if let Some(usage) = input.key_usage.as_deref().filter(|usage| *usage != "ENCRYPT_DECRYPT") {
        return Err(Fault::validation(format!(
            "KeyUsage {usage} is not compatible with KeySpec SYMMETRIC_DEFAULT"
        )));
    }
    let elsewhere = input.custom_key_store_id.is_some() || input.xks_key_id.is_some();
    if elsewhere || input.origin.as_deref().is_some_and(|origin| origin != "AWS_KMS") {
        return Err(fault::unsupported("Cairn keeps keys of Origin AWS_KMS only"));
    }
    if input.multi_region == Some(true) {
        return Err(fault::unsupported("Cairn keeps keys of one Region only"));
    }
    Ok(())
}

/// The account decides: what AWS gives a key that is made without a policy.
fn default_policy(account: AccountId) -> String {
    let statement = json!({
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": "kms:*",
        "Resource": "*",
    });
    let policy = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [statement],
    });
    format!("{policy:#}")
}
