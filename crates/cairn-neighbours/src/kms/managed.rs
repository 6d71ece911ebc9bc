//! Keys of the services themselves: `alias/aws/s3` and its like. An account has one in each Region
//! from the moment that it is first asked for. Its policy lets the account's principals use it
//! through the service, and nobody change it.

use cairn_store::kms_key::{self, Rotation};
use cairn_store::{NewKmsKey, kms_alias};
use cairn_wire::Fault;
use serde_json::json;

use super::ask::Ask;
use super::state::DAY;
use super::{Kms, fault};

const SERVICES: [&str; 3] = ["s3", "sns", "sqs"];
/// Days between rotations.
const DAYS: u16 = 365;

/// Makes the key that `text` names, if it is the caller's key of a service and not there yet.
pub(super) async fn prepare(kms: &Kms, ask: &Ask<'_>, text: &str) -> Result<(), Fault> {
    let prefix = ask.arn("");
    let alias = text.strip_prefix(prefix.as_str()).unwrap_or(text);
    let service = alias.strip_prefix("alias/aws/").unwrap_or_default();
    if !SERVICES.contains(&service) {
        return Ok(());
    }
    let (account, region) = (ask.account, ask.region);
    let found = kms_alias::target(&kms.store, account, region, alias).await;
    if found.map_err(fault::store)?.is_some() {
        return Ok(());
    }
    let mut txn = kms.begin().await?;
    // Somebody else may have made it since.
    let found = kms_alias::target_in(&mut txn, account, region, alias).await;
    if found.map_err(fault::store)?.is_some() {
        return Ok(());
    }
    let policy = policy(ask, service);
    let description = format!("The account's key of {service}");
    let new =
        NewKmsKey { account, region, description: &description, policy: &policy, managed: true };
    let mut key = kms_key::create(&mut txn, new).await.map_err(fault::store)?;
    let next = kms.now().saturating_add(DAY * DAYS.into());
    key.rotation = Some(Rotation { days: DAYS, next });
    kms_key::save(&mut txn, &key).await.map_err(fault::store)?;
    let made = kms_alias::create(&mut txn, account, region, alias, &key.id).await;
    made.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)
}

/// The aliases that every account has, in their order: `alias/aws/s3` and its like.
pub(super) fn aliases() -> impl Iterator<Item = String> {
    SERVICES.iter().map(|service| format!("alias/aws/{service}"))
}

fn policy(ask: &Ask<'_>, service: &str) -> String {
    let through = json!({
        "Sid": "Through the service, for principals of the account",
        "Effect": "Allow",
        "Principal": { "AWS": "*" },
        "Action": [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
        ],
        "Resource": "*",
        "Condition": { "StringEquals": {
            "kms:CallerAccount": ask.account.to_string(),
            "kms:ViaService": format!("{service}.{}.amazonaws.com", ask.region),
        } },
    });
    let look = json!({
        "Sid": "What is known of the key, for the account",
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{}:root", ask.account) },
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
        "Resource": "*",
    });
    let policy = json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{service}-1"),
        "Statement": [through, look],
    });
    format!("{policy:#}")
}
