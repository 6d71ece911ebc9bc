//! The channel that a request is about: by its ARN, or by its id.

use cairn_core::Arn;
use cairn_gateway::Call;
use cairn_store::{Channel, Store, StoreError, Txn, channel};

use crate::event_data_store::is_id;
use crate::refusal::{Refusal, Why};

pub(crate) async fn find(store: &Store, call: &Call, given: &str) -> Result<Channel, Refusal> {
    let id = id(call, given)?;
    found(call, id, channel::get(store, call.caller.account, id).await)
}

/// As [`find`], where the change that is under way rests on it.
pub(crate) async fn find_for_change(
    txn: &mut Txn,
    call: &Call,
    given: &str,
) -> Result<Channel, Refusal> {
    let id = id(call, given)?;
    found(call, id, channel::get_for_change(txn, call.caller.account, id).await)
}

/// The id of a channel of the caller's account, in the call's Region.
fn id<'a>(call: &Call, given: &'a str) -> Result<&'a str, Refusal> {
    if is_id(given) {
        return Ok(given);
    }
    let invalid = || {
        let text = format!(
            "{given:.256} is not a valid channel ARN. The following is the format of a channel \
             ARN: arn:aws:cloudtrail:us-east-2:123456789012:channel/01234567890"
        );
        Refusal::new(Why::ChannelARNInvalid, text)
    };
    let arn = Arn::parse(given).filter(|arn| arn.service == "cloudtrail").ok_or_else(invalid)?;
    let id = arn.resource.strip_prefix("channel/").filter(|id| is_id(id)).ok_or_else(invalid)?;
    let (account, region) = (call.caller.account, &call.region);
    if arn.account_id().is_some_and(|named| named != account) {
        let text = format!(
            "AccountID in ARN is wrong, you can only access resources with AccountID {account}."
        );
        return Err(Refusal::new(Why::ChannelARNInvalid, text));
    }
    if arn.region != region.as_str() {
        let text =
            format!("Region in ARN is wrong, you can only access resources in region {region}.");
        return Err(Refusal::new(Why::ChannelARNInvalid, text));
    }
    if channel::arn(account, region, id) != given {
        return Err(invalid());
    }
    Ok(id)
}

fn found(call: &Call, id: &str, got: Result<Channel, StoreError>) -> Result<Channel, Refusal> {
    match got {
        Ok(channel) if channel.region == call.region => Ok(channel),
        Ok(_) | Err(StoreError::NotFound { .. }) => {
            let arn = channel::arn(call.caller.account, &call.region, id);
            Err(Refusal::new(Why::ChannelNotFound, format!("The channel {arn} was not found.")))
        }
        Err(other) => Err(other.into()),
    }
}
