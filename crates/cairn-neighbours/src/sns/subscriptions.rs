//! Subscriptions: listed, described, changed.

use cairn_store::subscription::{self, Subscription};
use cairn_store::topic::{self, Texts};
use cairn_wire::Fault;

use super::backoff::Backoff;
use super::filter::Filter;
use super::subscribe::is_of;
use super::topics::{PAGE, after, entries, next};
use super::{Call, Done, Output, Sns, fault, nothing};
use crate::sqs;
use crate::sqs::access::Access;

pub(super) const RAW: &str = "RawMessageDelivery";
pub(super) const FILTER: &str = "FilterPolicy";
pub(super) const SCOPE: &str = "FilterPolicyScope";
pub(super) const DELIVERY: &str = "DeliveryPolicy";
pub(super) const REDRIVE: &str = "RedrivePolicy";

impl Sns {
    pub(super) async fn list_subscriptions(&self, call: &Call<'_>) -> Done {
        let account = call.account("ListSubscriptions")?;
        let after = after(call)?;
        let store = &self.parts.store;
        let found = subscription::of_account(store, account, call.region, &after, PAGE + 1).await;
        Ok(listed(found.map_err(fault::store)?))
    }

    pub(super) async fn list_subscriptions_by_topic(&self, call: &Call<'_>) -> Done {
        let action = "ListSubscriptionsByTopic";
        let topic = self.topic(call, "TopicArn", action, Access::Read).await?;
        let after = after(call)?;
        let found = subscription::of_topic(&self.parts.store, &topic.arn, &after, PAGE + 1).await;
        Ok(listed(found.map_err(fault::store)?))
    }

    pub(super) async fn get_subscription_attributes(&self, call: &Call<'_>) -> Done {
        let found = self.own(call, "GetSubscriptionAttributes", Access::Read).await?;
        let topic = topic::get(&self.parts.store, &found.topic).await.map_err(fault::store)?;
        let of_topic = topic.and_then(|topic| topic.attributes.get(DELIVERY).cloned());
        let mut shown = found.attributes.clone();
        let backoff = backoff(&found.attributes, of_topic.as_deref());
        if found.protocol != "sqs" {
            let policy = backoff.subscription_policy();
            shown.insert("EffectiveDeliveryPolicy".to_owned(), policy);
        }
        let owner = found.account.to_string();
        for (name, value) in [
            ("SubscriptionArn", found.arn),
            ("TopicArn", found.topic),
            ("Owner", owner),
            ("Protocol", found.protocol),
            ("Endpoint", found.endpoint),
            ("PendingConfirmation", found.token.is_some().to_string()),
            ("ConfirmationWasAuthenticated", found.authenticated.to_string()),
            ("SubscriptionPrincipal", found.principal),
        ] {
            shown.insert(name.to_owned(), value);
        }
        shown.entry(RAW.to_owned()).or_insert_with(|| "false".to_owned());
        if shown.contains_key(FILTER) {
            shown.entry(SCOPE.to_owned()).or_insert_with(|| "MessageAttributes".to_owned());
        }
        Ok(entries(shown))
    }

    pub(super) async fn set_subscription_attributes(&self, call: &Call<'_>) -> Done {
        let name = call.required("AttributeName")?;
        let value = call.params.get("AttributeValue").unwrap_or_default();
        let found = self.own(call, "SetSubscriptionAttributes", Access::Write).await?;
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        let found = subscription::find(&mut txn, &found.arn).await.map_err(fault::store)?;
        let mut found = found.ok_or_else(fault::no_subscription)?;
        let given = Texts::from([(name.to_owned(), value.to_owned())]);
        apply(&mut found.attributes, &given)?;
        subscription::put(&mut txn, &found).await.map_err(fault::store)?;
        txn.commit().await.map_err(fault::store)?;
        Ok(nothing())
    }

    /// The subscription that the call names, if the actor made it or owns the topic.
    pub(super) async fn own(
        &self,
        call: &Call<'_>,
        action: &str,
        access: Access,
    ) -> Result<Subscription, Fault> {
        let arn = call.required("SubscriptionArn")?;
        if arn.split(':').count() != 7 {
            return Err(fault::invalid(format!(
                "SubscriptionArn Reason: An ARN must have at least 6 elements, not {}",
                arn.split(':').count()
            )));
        }
        let found = subscription::get(&self.parts.store, arn).await.map_err(fault::store)?;
        let found = found.ok_or_else(fault::no_subscription)?;
        if is_of(call.actor, access, &found) {
            return Ok(found);
        }
        Err(fault::denied(call.actor, action, arn))
    }
}

/// Takes over what is given. What becomes empty is no longer set.
pub(super) fn apply(attributes: &mut Texts, given: &Texts) -> Result<(), Fault> {
    for (name, value) in given {
        if value.is_empty() || (name == FILTER && value == "{}") {
            check_name(name)?;
            attributes.remove(name);
        } else {
            check(name, value)?;
            attributes.insert(name.clone(), value.clone());
        }
    }
    // What is legal depends on where it is looked for.
    Filter::of(attributes).map(|_| ())
}

fn check(name: &str, value: &str) -> Result<(), Fault> {
    check_name(name)?;
    match name {
        RAW if !matches!(value, "true" | "false") => Err(fault::invalid(format!(
            "{RAW}: Invalid value [{value:.64}]. Must be true or false."
        ))),
        SCOPE if !matches!(value, "MessageAttributes" | "MessageBody") => {
            Err(fault::invalid(format!(
                "{SCOPE}: Invalid value [{value:.64}]. Please use either \
                 MessageBody or MessageAttributes"
            )))
        }
        DELIVERY => Backoff::of_subscription(value).map(|_| ()),
        REDRIVE if dead_letter(value).is_none() => {
            Err(fault::invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn"))
        }
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    match name {
        RAW | FILTER | SCOPE | DELIVERY | REDRIVE => Ok(()),
        _ => Err(fault::parameter("AttributeName")),
    }
}

/// The ARN of the queue that takes what cannot be delivered.
pub(super) fn dead_letter(policy: &str) -> Option<String> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    let arn = policy["deadLetterTargetArn"].as_str()?;
    sqs::parse_arn(arn).map(|_| arn.to_owned())
}

/// The subscription's own policy, or the topic's, or the default.
pub(super) fn backoff(subscription: &Texts, topic: Option<&str>) -> Backoff {
    let own = subscription.get(DELIVERY).and_then(|text| Backoff::of_subscription(text).ok());
    let of_topic = || topic.and_then(|text| Backoff::of_topic(text).ok());
    own.or_else(of_topic).unwrap_or_default()
}

fn listed(mut found: Vec<Subscription>) -> Output {
    let next = next(&mut found, |subscription| &subscription.arn);
    Box::new(move |xml| {
        xml.nest("Subscriptions", |xml| {
            for found in &found {
                let pending = found.token.is_some();
                let arn = if pending { "PendingConfirmation" } else { &found.arn };
                xml.nest("member", |xml| {
                    xml.text("TopicArn", &found.topic);
                    xml.text("Protocol", &found.protocol);
                    xml.text("SubscriptionArn", arn);
                    xml.text("Owner", &found.account.to_string());
                    xml.text("Endpoint", &found.endpoint);
                });
            }
        });
        if let Some(token) = next {
            xml.text("NextToken", &token);
        }
    })
}
