use cairn_core::AccountId;

use crate::{Actor, Answer};

/// Message attributes of type String.
pub type Attributes = Vec<(String, String)>;

/// Topics that messages are published to: SNS.
pub trait Topics: Send + Sync + 'static {
    /// `name` is a topic's name, looked for in the account and the Region, or its ARN.
    ///
    /// # Errors
    /// `Missing` with `NotFound`.
    fn topic<'a>(
        &'a self,
        account: AccountId,
        region: &'a str,
        name: &'a str,
    ) -> Answer<'a, TopicInfo>;

    /// Publishes a message; kept until its subscribers have it. Gives the message's id.
    ///
    /// # Errors
    /// `Missing` with `NotFound`; `Denied` with `AuthorizationError` where the topic's policy says
    /// no.
    fn publish<'a>(
        &'a self,
        actor: &'a Actor,
        topic_arn: &'a str,
        subject: Option<&'a str>,
        message: &'a str,
    ) -> Answer<'a, String>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInfo {
    pub arn: String,
    /// The topic policy's text; unknown where the topic is not Cairn's.
    pub policy: Option<String>,
}

/// Queues that messages are sent to: SQS.
pub trait Queues: Send + Sync + 'static {
    /// Sends a message; durable when it returns. Gives the message's id.
    ///
    /// # Errors
    /// `Missing` where there is no such queue, `Denied` where its policy says no.
    fn send<'a>(
        &'a self,
        actor: &'a Actor,
        queue_arn: &'a str,
        body: &'a str,
        attributes: &'a Attributes,
    ) -> Answer<'a, String>;
}
