//! Grants: CreateGrant, ListGrants, ListRetirableGrants, RevokeGrant and RetireGrant.
//!
//! A grant holds from the answer to CreateGrant on, so grant tokens are not needed to use it; those
//! that come are read as far as their number.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_ports::{Actor, EncryptionContext};
use cairn_store::{KmsGrant, KmsKey, kms_grant, kms_key};
use cairn_wire::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::describe::instant;
use super::page::Page;
use super::target::{self, By};
use super::{Kms, access, encrypt, fault, state};

/// What a symmetric key can be granted for.
const OPERATIONS: [&str; 10] = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "RevokeGrant",
];
/// Grants of one page, where the request does not say.
const GRANTS: u32 = 50;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    grantee_principal: Option<String>,
    retiring_principal: Option<String>,
    operations: Option<Vec<String>>,
    constraints: Option<Constraints>,
    grant_tokens: Vec<String>,
    name: Option<String>,
    grant_id: Option<String>,
    grant_token: Option<String>,
    dry_run: Option<bool>,
    limit: Option<i64>,
    marker: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Constraints {
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context_subset: Option<EncryptionContext>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context_equals: Option<EncryptionContext>,
}

impl Constraints {
    fn hold(&self, context: &EncryptionContext) -> bool {
        let within = |wanted: &EncryptionContext| {
            wanted.iter().all(|(name, value)| context.get(name) == Some(value))
        };
        self.encryption_context_subset.as_ref().is_none_or(within)
            && self.encryption_context_equals.as_ref().is_none_or(|wanted| wanted == context)
    }
}

pub(super) async fn create(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    let grantee = check_principal(&mut check, "granteePrincipal", input.grantee_principal.as_ref());
    if input.retiring_principal.is_some() {
        check_principal(&mut check, "retiringPrincipal", input.retiring_principal.as_ref());
    }
    let operations = check_operations(&mut check, input.operations.as_deref());
    if let Some(name) = &input.name {
        check.length("name", name, 1..=256);
        let legal = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
        check.pattern("name", name, "^[a-zA-Z0-9:/_-]+$", legal);
    }
    check.grant_tokens(&input.grant_tokens);
    check.done()?;
    let key = target::find(kms, ask, id, By::Key).await?;
    access::check(kms, ask, &key).await?;
    state::check_usable(&key)?;
    encrypt::not_dry(input.dry_run)?;
    let constraints = input.constraints.as_ref().map(serde_json::to_string).transpose();
    let grant = KmsGrant {
        id: random_hex(kms),
        key_id: key.id,
        token: random_token(kms),
        name: input.name.clone(),
        grantee: grantee.to_owned(),
        retiring: input.retiring_principal.clone(),
        operations: json!(operations).to_string(),
        constraints: constraints.map_err(|error| Fault::internal(error.to_string()))?,
        issuer: ask.account,
        created: kms.now(),
    };
    let mut txn = kms.begin().await?;
    kms_grant::create(&mut txn, &grant).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({ "GrantId": grant.id, "GrantToken": grant.token }))
}

pub(super) async fn list(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    if let Some(id) = &input.grant_id {
        check.length("grantId", id, 1..=128);
    }
    if input.grantee_principal.is_some() {
        check_principal(&mut check, "granteePrincipal", input.grantee_principal.as_ref());
    }
    let page = Page::read(check, input.limit, input.marker.as_ref(), GRANTS)?;
    let key = target::find(kms, ask, id, By::Key).await?;
    access::check(kms, ask, &key).await?;
    let found = kms_grant::list(&kms.store, &key.id, &page.after, u32::MAX).await;
    let mut found = found.map_err(fault::store)?;
    found.retain(|grant| input.grant_id.as_ref().is_none_or(|id| *id == grant.id));
    let of = input.grantee_principal.as_ref();
    found.retain(|grant| of.is_none_or(|grantee| *grantee == grant.grantee));
    Ok(page.answer("Grants", found, |grant| grant.id.clone(), |grant| view(&key.arn(), grant)))
}

pub(super) async fn retirable(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let principal =
        check_principal(&mut check, "retiringPrincipal", input.retiring_principal.as_ref());
    let page = Page::read(check, input.limit, input.marker.as_ref(), GRANTS)?;
    access::check_admin(ask, "*")?;
    // Only principals of the caller's account are its business.
    if !principal.contains(&format!(":{}:", ask.account)) {
        return Err(fault::no_identity_policy(ask, "*"));
    }
    let found = kms_grant::retirable(&kms.store, principal, &page.after, page.reach()).await;
    let found = found.map_err(fault::store)?;
    let mut arns = std::collections::BTreeMap::new();
    for grant in &found {
        if let Some(key) = kms_key::get(&kms.store, &grant.key_id).await.map_err(fault::store)? {
            arns.insert(grant.key_id.clone(), key.arn());
        }
    }
    let arn = |grant: &KmsGrant| arns.get(&grant.key_id).cloned().unwrap_or_default();
    Ok(page.answer("Grants", found, |grant| grant.id.clone(), |grant| view(&arn(grant), grant)))
}

pub(super) async fn revoke(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    let grant_id = check.text("grantId", input.grant_id.as_ref(), 1..=128);
    check.done()?;
    let mut txn = kms.begin().await?;
    let key = target::find_in(&mut txn, ask, id).await?;
    access::check(kms, ask, &key).await?;
    let grant = kms_grant::get_in(&mut txn, grant_id).await.map_err(fault::store)?;
    let grant = grant.filter(|grant| grant.key_id == key.id && grant.id == grant_id);
    let grant = grant.ok_or_else(|| no_grant(grant_id, &key))?;
    encrypt::not_dry(input.dry_run)?;
    kms_grant::delete(&mut txn, &grant.id).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

/// By the token, or by key ARN and grant id. The retiring principal may, the grantee if the grant
/// says so, and whom the key's policy lets.
pub(super) async fn retire(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut txn = kms.begin().await?;
    let grant = match (&input.grant_token, &input.key_id, &input.grant_id) {
        (Some(token), None, None) => {
            let grant = kms_grant::get_in(&mut txn, token).await.map_err(fault::store)?;
            grant.filter(|grant| grant.token == *token).ok_or_else(|| {
                Fault::client("InvalidGrantTokenException", "The grant token is not valid.")
            })?
        }
        (None, Some(id), Some(grant_id)) => {
            let key = target::find_in(&mut txn, ask, id).await?;
            let grant = kms_grant::get_in(&mut txn, grant_id).await.map_err(fault::store)?;
            let grant = grant.filter(|grant| grant.key_id == key.id && grant.id == *grant_id);
            grant.ok_or_else(|| no_grant(grant_id, &key))?
        }
        _ => {
            let message = "Specify either a grant token, or a key ARN and a grant id.";
            return Err(Fault::validation(message));
        }
    };
    let key = kms_key::get_in(&mut txn, &grant.key_id).await.map_err(fault::store)?;
    let key = key.filter(|key| key.region == ask.region);
    let key = key.ok_or_else(|| fault::unseen(ask, "kms:RetireGrant"))?;
    let named = names(ask.actor);
    let retires = grant.retiring.as_ref().is_some_and(|name| named.contains(name))
        || (named.contains(&grant.grantee) && allows(&grant, "RetireGrant"));
    if !retires {
        access::check(kms, ask, &key).await?;
    }
    encrypt::not_dry(input.dry_run)?;
    kms_grant::delete(&mut txn, &grant.id).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

/// Whether a grant lets the actor do this with the key.
pub(super) async fn covers(
    kms: &Kms,
    ask: &Ask<'_>,
    key: &KmsKey,
    action: &str,
    context: &EncryptionContext,
) -> Result<bool, Fault> {
    let operation = action.trim_start_matches("kms:");
    let named = names(ask.actor);
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let grants = kms_grant::of_grantee(&kms.store, &key.id, &named).await.map_err(fault::store)?;
    Ok(grants.iter().any(|grant| allows(grant, operation) && constraints(grant).hold(context)))
}

/// What a grant may name the actor by.
fn names(actor: &Actor) -> Vec<String> {
    match actor {
        Actor::Service { principal, .. } => vec![(*principal).to_owned()],
        Actor::Principal { arn, .. } => {
            std::iter::once(arn.clone()).chain(access::role_of(arn)).collect()
        }
        Actor::Anonymous => Vec::new(),
    }
}

fn allows(grant: &KmsGrant, operation: &str) -> bool {
    let operations: Vec<String> = serde_json::from_str(&grant.operations).unwrap_or_default();
    operations.iter().any(|name| name == operation)
}

/// Constraints that cannot be read hold never: nothing equals what is not there.
fn constraints(grant: &KmsGrant) -> Constraints {
    let never = Constraints {
        encryption_context_subset: Some([(String::new(), String::new())].into()),
        encryption_context_equals: Some(EncryptionContext::new()),
    };
    match &grant.constraints {
        Some(text) => serde_json::from_str(text).unwrap_or(never),
        None => Constraints::default(),
    }
}

fn view(key_arn: &str, grant: &KmsGrant) -> Value {
    let operations: Value = serde_json::from_str(&grant.operations).unwrap_or_default();
    let mut view = json!({
        "KeyId": key_arn,
        "GrantId": grant.id,
        "Name": grant.name.as_deref().unwrap_or_default(),
        "CreationDate": instant(grant.created),
        "GranteePrincipal": grant.grantee,
        "IssuingAccount": format!("arn:aws:iam::{}:root", grant.issuer),
        "Operations": operations,
    });
    if let Some(retiring) = &grant.retiring {
        view["RetiringPrincipal"] = json!(retiring);
    }
    if grant.constraints.is_some() {
        view["Constraints"] = json!(constraints(grant));
    }
    view
}

fn check_principal<'a>(check: &mut Check, name: &str, value: Option<&'a String>) -> &'a str {
    let value = check.text(name, value, 1..=256);
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    check.pattern(name, value, r"^[\w+=,.@:/-]+$", legal);
    value
}

fn check_operations<'a>(check: &mut Check, operations: Option<&'a [String]>) -> &'a [String] {
    let Some(operations) = operations else {
        check.text("operations", None, 1..=1);
        return &[];
    };
    check.count("operations", operations.len(), 1..=OPERATIONS.len());
    for operation in operations {
        check.choice("operations", Some(operation), &OPERATIONS);
    }
    operations
}

fn no_grant(id: &str, key: &KmsKey) -> Fault {
    fault::not_found(format!("Grant '{id:.128}' does not exist for key '{}'", key.arn()))
}

fn random_hex(kms: &Kms) -> String {
    let mut bytes = [0u8; 32];
    kms.entropy.fill(&mut bytes);
    hex::encode(bytes)
}

fn random_token(kms: &Kms) -> String {
    let mut bytes = [0u8; 96];
    kms.entropy.fill(&mut bytes);
    STANDARD.encode(bytes)
}
