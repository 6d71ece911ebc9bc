//! Users of the caller's account.

use cairn_gateway::{Call, Done};
use cairn_store::{Principal, User, user};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{changed, decode, keep_an_administrator, listed, seconds, shown};
use crate::Services;
use crate::services::fault;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    user_name: String,
    #[serde(default)]
    admin: bool,
}

pub(super) async fn create(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let mut txn = services.begin().await?;
    let account = call.caller.account;
    let made =
        user::create(&mut txn, account, &input.user_name, input.admin).await.map_err(fault)?;
    let output = json!({ "User": view(&made) });
    let shown = shown(&output, "User", made.created);
    changed(services, txn, call, output, Some(shown)).await
}

pub(super) async fn list(services: &Services, call: &Call) -> Result<Done, Fault> {
    let users = user::list(&services.store, call.caller.account).await.map_err(fault)?;
    Ok(listed(call, json!({ "Users": users.iter().map(view).collect::<Vec<_>>() })))
}

pub(super) async fn delete(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(call)?;
    let mut txn = services.begin().await?;
    let name = input.user_name.to_lowercase();
    keep_an_administrator(services, call, |key| match &key.principal {
        Principal::User { name: other, .. } => other.to_lowercase() != name,
        Principal::Root => true,
    })?;
    user::delete(&mut txn, call.caller.account, &input.user_name).await.map_err(fault)?;
    changed(services, txn, call, json!({}), None).await
}

fn view(user: &User) -> Value {
    json!({
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn(),
        "Admin": user.admin,
        "CreateDate": seconds(user.created),
    })
}
