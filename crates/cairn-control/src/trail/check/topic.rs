//! The topic: that it is there, and that its policy lets CloudTrail publish.

use cairn_core::Arn;
use cairn_ports::{PortErrorKind, Topics};
use cairn_store::TrailSettings;

use super::{Subject, policy};
use crate::refusal::{Refusal, Why};

/// Characters of a topic's name or ARN.
const NAME: usize = 256;

/// The ARN of the topic, for a trail that has one.
pub(super) async fn check(
    topics: &dyn Topics,
    subject: Subject<'_>,
    settings: &TrailSettings,
) -> Result<Option<String>, Refusal> {
    let Some(name) = settings.topic_name.as_deref() else { return Ok(None) };
    if !is_topic(name) {
        let text = format!("The SNS topic name {name:.256} is not valid.");
        return Err(Refusal::new(Why::InvalidSnsTopicName, text));
    }
    let topic = topics.topic(subject.account, subject.home_region.as_str(), name).await;
    let topic = topic.map_err(|error| match error.kind {
        PortErrorKind::Missing | PortErrorKind::Denied | PortErrorKind::Invalid => insufficient(),
        PortErrorKind::Exists | PortErrorKind::Conflict | PortErrorKind::Unavailable => {
            let text = format!("failed to ask about the topic {name}: {error}");
            Refusal::new(Why::Unavailable, text)
        }
    })?;
    // A topic that is not Cairn's does not show its policy: the first notification tells.
    let delivery = subject.delivery(settings);
    let refuses = |text: &String| !policy::lets_publish(text, &topic.arn, &delivery);
    if topic.policy.as_ref().is_some_and(refuses) {
        return Err(insufficient());
    }
    Ok(Some(topic.arn))
}

fn insufficient() -> Refusal {
    let text = "SNS Topic does not exist or the topic policy is incorrect!";
    Refusal::new(Why::InsufficientSnsTopicPolicy, text)
}

fn is_topic(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.len() > NAME {
        return false;
    }
    match Arn::parse(name) {
        Some(arn) => arn.service == "sns" && arn.account_id().is_some() && !arn.region.is_empty(),
        None => !name.is_empty() && name.bytes().all(legal),
    }
}
