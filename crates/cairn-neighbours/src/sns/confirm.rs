//! ConfirmSubscription and Unsubscribe, which links in messages lead to.

use std::time::Duration;

use cairn_ports::Actor;
use cairn_store::{StoreError, notice, subscription, topic};

use super::subscribe::is_of;
use super::{Call, Done, Sns, fault, nothing, topic_owner};
use crate::sqs::access::Access;

/// How long an endpoint may take to confirm.
const PATIENCE: Duration = Duration::from_hours(48);
/// Publications without subscribers that are forgotten at a time.
const STEP: usize = 1_000;

impl Sns {
    /// Whoever knows the token has read what was sent to the endpoint.
    pub(super) async fn confirm_subscription(&self, call: &Call<'_>) -> Done {
        let arn = call.required("TopicArn")?;
        topic_owner(arn, call.region, "TopicArn")?;
        let token = call.required("Token")?;
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        let found = subscription::of_token(&mut txn, arn, token).await.map_err(fault::store)?;
        let mut found = found.ok_or_else(|| fault::invalid("Token"))?;
        if self.now().since(found.created) > PATIENCE {
            return Err(fault::invalid("Token"));
        }
        found.token = None;
        // Only then is a link not enough to unsubscribe.
        found.authenticated = call.params.get("AuthenticateOnUnsubscribe") == Some("true")
            && is_of(call.actor, Access::Write, &found);
        subscription::put(&mut txn, &found).await.map_err(fault::store)?;
        txn.commit().await.map_err(fault::store)?;
        Ok(Box::new(move |xml| xml.text("SubscriptionArn", &found.arn)))
    }

    /// A link that was sent to the endpoint is enough, unless the subscription was confirmed by
    /// somebody with credentials. One that is gone already is no error.
    pub(super) async fn unsubscribe(&self, call: &Call<'_>) -> Done {
        let arn = call.required("SubscriptionArn")?;
        if arn.split(':').count() != 7 {
            return Err(fault::parameter("SubscriptionArn"));
        }
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        let found = subscription::find(&mut txn, arn).await.map_err(fault::store)?;
        let Some(found) = found else {
            return Ok(nothing());
        };
        let by_link = *call.actor == Actor::Anonymous && !found.authenticated;
        if found.token.is_some() && by_link {
            return Err(fault::invalid(
                "This operation cannot be performed until the subscription \
                 is confirmed",
            ));
        }
        if !by_link && !is_of(call.actor, Access::Write, &found) {
            return Err(fault::denied(call.actor, "Unsubscribe", arn));
        }
        subscription::delete(&mut txn, arn).await.map_err(fault::store)?;
        if let Some(mut topic) = topic::find(&mut txn, &found.topic).await.map_err(fault::store)? {
            topic.unsubscribed += 1;
            topic::put(&mut txn, &topic).await.map_err(fault::store)?;
        }
        txn.commit().await.map_err(fault::store)?;
        Ok(nothing())
    }

    /// Forgets who never confirmed, and what nobody waits for.
    pub(super) async fn tidy(&self) -> Result<(), StoreError> {
        let mut txn = self.parts.store.begin().await?;
        subscription::expire(&mut txn, self.now().saturating_sub(PATIENCE)).await?;
        notice::sweep(&mut txn, STEP).await?;
        txn.commit().await
    }
}
