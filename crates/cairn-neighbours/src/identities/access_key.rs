//! Access keys of the caller's account: of a user, or of root where no user is named.

use cairn_gateway::{Call, Done};
use cairn_store::{AccessKey, Owner, Status, access_key};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{changed, decode, listed, seconds, shown};
use crate::Services;
use crate::services::fault;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    user_name: Option<String>,
    access_key_id: Option<String>,
    status: Option<String>,
}

impl Input {
    fn owner(&self) -> Owner {
        self.user_name.clone().map_or(Owner::Root, Owner::User)
    }

    fn key(&self) -> Result<&str, Fault> {
        let id = self.access_key_id.as_deref();
        id.ok_or_else(|| Fault::validation("AccessKeyId is missing: name the key"))
    }
}

pub(super) async fn create(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let mut txn = services.begin().await?;
    let account = call.caller.account;
    let made = access_key::create(&mut txn, account, input.owner()).await;
    let (key, secret) = made.map_err(fault)?;
    let mut output = json!({ "AccessKey": view(&key) });
    let shown = shown(&output, "AccessKey", key.created);
    // The secret goes to the caller, once; the record never has it.
    output["AccessKey"]["SecretAccessKey"] = json!(secret.reveal());
    changed(services, txn, call, output, Some(shown)).await
}

pub(super) async fn list(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let keys = access_key::list(&services.store, call.caller.account, input.owner()).await;
    let keys = keys.map_err(fault)?;
    Ok(listed(call, json!({ "AccessKeys": keys.iter().map(view).collect::<Vec<_>>() })))
}

pub(super) async fn update(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let status = match input.status.as_deref() {
        Some("Active") => Status::Active,
        Some("Inactive") => Status::Inactive,
        _ => return Err(Fault::validation("Status must be Active or Inactive")),
    };
    let mut txn = services.begin().await?;
    let set = access_key::set_status(&mut txn, call.caller.account, input.key()?, status).await;
    set.map_err(fault)?;
    changed(services, txn, call, json!({}), None).await
}

pub(super) async fn delete(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let mut txn = services.begin().await?;
    access_key::delete(&mut txn, call.caller.account, input.key()?).await.map_err(fault)?;
    changed(services, txn, call, json!({}), None).await
}

fn view(key: &AccessKey) -> Value {
    let status = match key.status {
        Status::Active => "Active",
        Status::Inactive => "Inactive",
    };
    let mut view = json!({
        "AccessKeyId": key.id,
        "Status": status,
        "CreateDate": seconds(key.created),
    });
    if let Owner::User(name) = &key.owner {
        view["UserName"] = json!(name);
    }
    view
}
