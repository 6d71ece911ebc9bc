//! The key of a store: that it is there, can be used, and lets CloudTrail make data keys.

use cairn_core::{AccountId, Region};
use cairn_ports::{Actor, EncryptionContext, Keys};

use crate::refusal::{Refusal, Why};
use crate::trail::key;

/// The key's ARN, by whatever it is called.
pub(crate) async fn check(
    keys: &dyn Keys,
    (account, region): (AccountId, &Region),
    store_arn: &str,
    id: &str,
) -> Result<String, Refusal> {
    let refused = |error| {
        key::refused(&error, id, || {
            let text = format!("Insufficient permissions to access KMS key {id}.");
            Refusal::new(Why::InsufficientEncryptionPolicy, text)
        })
    };
    key::check_id(id)?;
    let found = keys.describe(account, region.as_str(), id).await.map_err(refused)?;
    key::check_state(&found)?;
    if found.region != region.as_str() {
        let text = format!(
            "The KMS key {} and the event data store are not in the same Region: the event data \
             store is in {region}.",
            found.arn
        );
        return Err(Refusal::new(Why::KmsKeyNotFound, text));
    }
    let actor = Actor::trail(store_arn, account);
    let context: EncryptionContext =
        [("aws:cloudtrail:arn".to_owned(), store_arn.to_owned())].into();
    keys.generate_data_key(&actor, &found.arn, &context).await.map_err(refused)?;
    Ok(found.arn)
}
