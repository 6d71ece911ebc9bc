//! The topics as others in the house use them.

use cairn_core::AccountId;
use cairn_ports::{Actor, Answer, PortError, PortErrorKind, TopicInfo, Topics};
use cairn_store::topic;
use cairn_wire::Fault;

use super::publish::Draft;
use super::{Sns, attributes, fault, topic_owner};
use crate::sqs::access::Access;

impl Topics for Sns {
    fn topic<'a>(
        &'a self,
        account: AccountId,
        region: &'a str,
        name: &'a str,
    ) -> Answer<'a, TopicInfo> {
        Box::pin(async move {
            let arn = if name.starts_with("arn:") {
                name.to_owned()
            } else {
                format!("arn:aws:sns:{region}:{account}:{name}")
            };
            let found = topic::get(&self.parts.store, &arn).await;
            let found =
                found.map_err(fault::store).and_then(|found| found.ok_or_else(fault::no_topic));
            let topic = found.map_err(refusal)?;
            let set = topic.attributes.get(attributes::POLICY).cloned();
            let policy = set.unwrap_or_else(|| attributes::default_policy(&topic));
            Ok(TopicInfo { arn, policy: Some(policy) })
        })
    }

    fn publish<'a>(
        &'a self,
        actor: &'a Actor,
        topic_arn: &'a str,
        subject: Option<&'a str>,
        message: &'a str,
    ) -> Answer<'a, String> {
        Box::pin(async move {
            let published = self.publish_for(actor, topic_arn, subject, message).await;
            published.map_err(refusal)
        })
    }
}

impl Sns {
    async fn publish_for(
        &self,
        actor: &Actor,
        topic_arn: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, Fault> {
        let region = cairn_core::Arn::parse(topic_arn).map(|arn| arn.region).unwrap_or_default();
        let owner = topic_owner(topic_arn, region, "TopicArn")?;
        let topic = self.named(actor, topic_arn, owner, "Publish", Access::Write, &[]).await?;
        self.publish_draft(&topic, &Draft::plain(subject, message)?).await
    }
}

fn refusal(fault: Fault) -> PortError {
    fault::report(&fault);
    let kind = match &*fault.code {
        "NotFound" => PortErrorKind::Missing,
        "AuthorizationError" => PortErrorKind::Denied,
        _ if fault.status == 429 || fault.status >= 500 => PortErrorKind::Unavailable,
        _ => PortErrorKind::Invalid,
    };
    PortError::new(kind, fault.code, fault.message)
}
