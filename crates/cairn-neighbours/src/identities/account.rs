//! Accounts, and the root key that comes with a new one.

use cairn_core::AccountId;
use cairn_gateway::{Call, Done};
use cairn_store::{Account, Owner, access_key, account};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{changed, decode, listed, seconds, shown};
use crate::Services;
use crate::services::fault;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: String,
    account_id: Option<String>,
}

pub(super) async fn create(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let parse = |text: &String| text.parse::<AccountId>();
    let id = input.account_id.as_ref().map(parse).transpose();
    let id = id.map_err(|error| Fault::validation(format!("AccountId: {error}")))?;
    let mut txn = services.begin().await?;
    let made = account::create(&mut txn, id, &input.name).await.map_err(fault)?;
    let key = access_key::create(&mut txn, made.id, Owner::Root).await;
    let (key, secret) = key.map_err(fault)?;
    let mut output = json!({ "Account": view(&made), "AccessKey": { "AccessKeyId": key.id } });
    let shown = shown(&output, "Account", made.created);
    // The secret goes to the caller, once; the record never has it.
    output["AccessKey"]["SecretAccessKey"] = json!(secret.reveal());
    changed(services, txn, call, output, Some(shown)).await
}

pub(super) async fn list(services: &Services, call: &Call) -> Result<Done, Fault> {
    let accounts = account::list(&services.store).await.map_err(fault)?;
    Ok(listed(call, json!({ "Accounts": accounts.iter().map(view).collect::<Vec<_>>() })))
}

fn view(account: &Account) -> Value {
    json!({
        "AccountId": account.id.to_string(),
        "Name": account.name,
        "CreateDate": seconds(account.created),
    })
}
