//! GetKeyPolicy, PutKeyPolicy and ListKeyPolicies: every key has one policy, called `default`.

use cairn_policy::{Decision, Malformed, Policy};
use cairn_ports::EncryptionContext;
use cairn_store::kms_key;
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::page::Page;
use super::target::{self, By};
use super::{Kms, access, fault};

const NAME: &str = "default";
/// Bytes of a key policy.
const POLICY_BYTES: usize = 32 * 1024;
/// Characters of a policy that a request may have, by the model.
const POLICY_TEXT: usize = 131_072;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    policy_name: Option<String>,
    policy: Option<String>,
    bypass_policy_lockout_safety_check: Option<bool>,
    limit: Option<i64>,
    marker: Option<String>,
}

pub(super) async fn get(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    check_name(&mut check, input.policy_name.as_ref());
    check.done()?;
    let key = target::find(kms, ask, id, By::Key).await?;
    access::check(kms, ask, &key).await?;
    known(input.policy_name.as_ref())?;
    Ok(json!({ "Policy": key.policy, "PolicyName": NAME }))
}

pub(super) async fn put(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    check_name(&mut check, input.policy_name.as_ref());
    let text = check.text("policy", input.policy.as_ref(), 1..=POLICY_TEXT);
    check_characters(&mut check, text);
    check.done()?;
    let mut txn = kms.begin().await?;
    let mut key = target::find_in(&mut txn, ask, id).await?;
    access::check(kms, ask, &key).await?;
    known(input.policy_name.as_ref())?;
    let parsed = parse(text)?;
    if input.bypass_policy_lockout_safety_check != Some(true) {
        let decision =
            access::decide(&parsed, ask, &key, "kms:PutKeyPolicy", &EncryptionContext::new());
        check_lockout(decision)?;
    }
    key.policy = text.to_owned();
    kms_key::save(&mut txn, &key).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn list(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    Page::read(check, input.limit, input.marker.as_ref(), 100)?;
    let key = target::find(kms, ask, id, By::Key).await?;
    access::check(kms, ask, &key).await?;
    Ok(json!({ "PolicyNames": [NAME], "Truncated": false }))
}

/// The text of a policy that a new key may have.
pub(super) fn check_text(check: &mut Check, text: &str) {
    check.length("policy", text, 1..=POLICY_TEXT);
    check_characters(check, text);
}

/// A policy that can be evaluated.
pub(super) fn parse(text: &str) -> Result<Policy, Fault> {
    if text.len() > POLICY_BYTES {
        let message = format!("A key policy may have at most {POLICY_BYTES} bytes");
        return Err(Fault::client("LimitExceededException", message));
    }
    Policy::parse(text).map_err(|error| {
        malformed(match error {
            Malformed::Principal(_) => {
                "Policy contains a statement with one or more invalid principals.".to_owned()
            }
            other => other.to_string(),
        })
    })
}

/// Whoever sets a policy must be able to set the next one.
pub(super) fn check_lockout(decision: Decision) -> Result<(), Fault> {
    if decision == Decision::Allow {
        return Ok(());
    }
    let text = "The new key policy will not allow you to update the key policy in the future.";
    Err(malformed(text.to_owned()))
}

fn malformed(message: String) -> Fault {
    Fault::client("MalformedPolicyDocumentException", message)
}

fn check_characters(check: &mut Check, text: &str) {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    check.pattern("policy", text, r"[\u0009\u000A\u000D\u0020-\u00FF]+", legal);
}

fn check_name(check: &mut Check, name: Option<&String>) {
    if let Some(name) = name {
        check.length("policyName", name, 1..=128);
        check.pattern("policyName", name, r"[\w]+", |c| c.is_ascii_alphanumeric() || c == '_');
    }
}

fn known(name: Option<&String>) -> Result<(), Fault> {
    match name {
        Some(name) if name != NAME => Err(fault::not_found("No such policy exists".to_owned())),
        _ => Ok(()),
    }
}
