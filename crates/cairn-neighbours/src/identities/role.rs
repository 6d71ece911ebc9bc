//! Roles of the caller's account.

use cairn_core::AccountId;
use cairn_gateway::{Call, Done};
use cairn_store::{NewRole, Role, role};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{changed, decode, listed, seconds, shown};
use crate::Services;
use crate::services::fault;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    role_name: String,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    trusted_accounts: Vec<String>,
}

pub(super) async fn create(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let mut trusted = Vec::with_capacity(input.trusted_accounts.len());
    for text in &input.trusted_accounts {
        let account: AccountId =
            text.parse().map_err(|error| Fault::validation(format!("TrustedAccounts: {error}")))?;
        trusted.push(account);
    }
    let new = NewRole { name: &input.role_name, admin: input.admin, trusted: &trusted };
    let mut txn = services.begin().await?;
    let made = role::create(&mut txn, call.caller.account, new).await.map_err(fault)?;
    let output = json!({ "Role": view(&made) });
    let shown = shown(&output, "Role", made.created);
    changed(services, txn, call, output, Some(shown)).await
}

pub(super) async fn list(services: &Services, call: &Call) -> Result<Done, Fault> {
    let roles = role::list(&services.store, call.caller.account).await.map_err(fault)?;
    Ok(listed(call, json!({ "Roles": roles.iter().map(view).collect::<Vec<_>>() })))
}

pub(super) async fn delete(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let mut txn = services.begin().await?;
    role::delete(&mut txn, call.caller.account, &input.role_name).await.map_err(fault)?;
    changed(services, txn, call, json!({}), None).await
}

fn view(role: &Role) -> Value {
    let trusted: Vec<String> = role.trusted.iter().map(AccountId::to_string).collect();
    json!({
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn(),
        "Admin": role.admin,
        "TrustedAccounts": trusted,
        "CreateDate": seconds(role.created),
    })
}
