//! Access keys of the caller's account: of the user who is named, or of the caller.

use cairn_event::IdentityType;
use cairn_gateway::{Call, Done};
use cairn_store::{AccessKey, Owner, Status, access_key};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{changed, decode, keep_an_administrator, listed, seconds, shown};
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
    /// Without a name, the caller's own.
    fn owner(&self, call: &Call) -> Result<Owner, Fault> {
        let identity = &call.caller.identity;
        match (&self.user_name, identity.kind, &identity.user_name) {
            (Some(name), _, _) | (None, Some(IdentityType::IamUser), Some(name)) => {
                Ok(Owner::User(name.clone()))
            }
            (None, Some(IdentityType::Root), _) => Ok(Owner::Root),
            _ => Err(Fault::validation("UserName is missing: a role has no keys of its own")),
        }
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
    let made = access_key::create(&mut txn, account, input.owner(call)?).await;
    let (key, secret) = made.map_err(fault)?;
    let mut output = json!({ "AccessKey": view(&key) });
    let shown = shown(&output, "AccessKey", key.created);
    // The secret goes to the caller, once; the record never has it.
    output["AccessKey"]["SecretAccessKey"] = json!(secret.reveal());
    changed(services, txn, call, output, Some(shown)).await
}

pub(super) async fn list(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let owner = input.owner(call)?;
    let keys = access_key::list(&services.store, call.caller.account, owner).await;
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
    let id = input.key()?;
    let mut txn = services.begin().await?;
    if status == Status::Inactive {
        keep_an_administrator(services, call, |key| key.access_key_id != id)?;
    }
    let set = access_key::set_status(&mut txn, call.caller.account, id, status).await;
    set.map_err(fault)?;
    changed(services, txn, call, json!({}), None).await
}

pub(super) async fn delete(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let id = input.key()?;
    let mut txn = services.begin().await?;
    keep_an_administrator(services, call, |key| key.access_key_id != id)?;
    access_key::delete(&mut txn, call.caller.account, id).await.map_err(fault)?;
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
