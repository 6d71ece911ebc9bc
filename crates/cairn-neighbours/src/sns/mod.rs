//! SNS: topics that trails and buckets publish to, and the subscribers behind them.

mod attributes;
mod backoff;
mod certificate;
mod confirm;
mod courier;
mod envelope;
mod fault;
mod filter;
mod form;
mod notary;
mod permission;
mod port;
mod post;
mod publish;
mod subscribe;
mod subscriptions;
mod tags;
mod topics;

use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{AccountId, Arn, Clock, Entropy, Timestamp};
use cairn_ports::{Actor, Transport};
use cairn_store::topic::{self, Topic};
use cairn_store::{Store, StoreError};
use cairn_task::Wake;
use cairn_wire::Fault;
use cairn_wire::query::{self, Params, Shape, Xml};
use http::{Request, Response};

use self::notary::Notary;
use crate::sqs::Sqs;
use crate::sqs::access::{self, Access, Resource};

pub use self::courier::Courier;
pub use self::post::Post;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";
/// Where [`Sns::certificate`] is to be served.
pub const CERTIFICATE_PATH: &str = "/sns/signing.pem";

/// What an operation writes into its answer.
type Output = Box<dyn FnOnce(&mut Xml) + Send>;
type Done = Result<Output, Fault>;

/// What the embedded SNS is built with.
#[derive(Clone)]
pub struct Parts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Reaches web servers that subscribe.
    pub transport: Arc<dyn Transport>,
    /// The queues that subscribe.
    pub sqs: Sqs,
}

/// The embedded SNS. A clone is the same one.
#[derive(Clone)]
pub struct Sns {
    parts: Parts,
    /// Where subscribers reach the server: `https://cairn.example:8443`.
    endpoint: Arc<str>,
    notary: Arc<Notary>,
    /// There is something for queues, and for web servers.
    for_queues: Wake,
    for_web: Wake,
}

/// One call as its operation sees it.
struct Call<'a> {
    actor: &'a Actor,
    region: &'a str,
    params: Params,
}

impl Sns {
    /// Makes the key that messages are signed with at the first start. `endpoint`: scheme, host and
    /// port that links in messages lead to.
    pub async fn open(parts: Parts, endpoint: &str) -> Result<Self, StoreError> {
        let notary = Notary::open(&parts.store, &*parts.clock, &*parts.entropy).await?;
        Ok(Self {
            parts,
            endpoint: endpoint.trim_end_matches('/').into(),
            notary: Arc::new(notary),
            for_queues: Wake::default(),
            for_web: Wake::default(),
        })
    }

    /// The certificate that messages are verified with, in PEM: for [`CERTIFICATE_PATH`].
    pub fn certificate(&self) -> &str {
        self.notary.certificate()
    }

    /// Answers one call, whose signature was verified. Links in messages come without one.
    pub async fn answer(
        &self,
        actor: &Actor,
        region: &str,
        request_id: &str,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let answered = async {
            let params = Params::parse(request.uri().query(), request.body())?;
            let operation = params.action().unwrap_or_default().to_owned();
            let call = Call { actor, region, params };
            let output = self.run(&operation, &call).await?;
            Ok((operation, output))
        };
        match answered.await {
            Ok((operation, output)) => {
                let shape = Shape { namespace: NAMESPACE, action: &operation };
                query::response(shape, request_id, output)
            }
            Err(fault) => {
                fault::report(&fault);
                query::fault_response(NAMESPACE, request_id, &fault)
            }
        }
    }

    async fn run(&self, operation: &str, call: &Call<'_>) -> Done {
        match operation {
            "AddPermission" => self.add_permission(call).await,
            "ConfirmSubscription" => self.confirm_subscription(call).await,
            "CreateTopic" => self.create_topic(call).await,
            "DeleteTopic" => self.delete_topic(call).await,
            "GetSubscriptionAttributes" => self.get_subscription_attributes(call).await,
            "GetTopicAttributes" => self.get_topic_attributes(call).await,
            "ListSubscriptions" => self.list_subscriptions(call).await,
            "ListSubscriptionsByTopic" => self.list_subscriptions_by_topic(call).await,
            "ListTagsForResource" => self.list_tags(call).await,
            "ListTopics" => self.list_topics(call).await,
            "Publish" => self.publish(call).await,
            "PublishBatch" => self.publish_batch(call).await,
            "RemovePermission" => self.remove_permission(call).await,
            "SetSubscriptionAttributes" => self.set_subscription_attributes(call).await,
            "SetTopicAttributes" => self.set_topic_attributes(call).await,
            "Subscribe" => self.subscribe(call).await,
            "TagResource" => self.tag_resource(call).await,
            "Unsubscribe" => self.unsubscribe(call).await,
            "UntagResource" => self.untag_resource(call).await,
            other => Err(fault::unknown(other)),
        }
    }

    /// The topic that a parameter names, if the actor may do this to it.
    async fn topic(
        &self,
        call: &Call<'_>,
        parameter: &str,
        action: &str,
        access: Access,
    ) -> Result<Topic, Fault> {
        let arn = call.required(parameter)?;
        let owner = topic_owner(arn, call.region, parameter)?;
        self.named(call.actor, arn, owner, action, access, &[]).await
    }

    async fn named(
        &self,
        actor: &Actor,
        arn: &str,
        owner: AccountId,
        action: &str,
        access: Access,
        context: &[(&str, &str)],
    ) -> Result<Topic, Fault> {
        let Some(topic) = topic::get(&self.parts.store, arn).await.map_err(fault::store)? else {
            // Whether a topic of somebody else exists is none of the actor's business.
            if matches!(actor, Actor::Service { .. }) || access::within(actor, Access::Read, owner)
            {
                return Err(fault::no_topic());
            }
            return Err(fault::denied(actor, action, arn));
        };
        let policy = topic.attributes.get(attributes::POLICY).map(String::as_str);
        let resource = Resource { owner, arn, policy };
        if access::is_allowed(actor, &format!("sns:{action}"), access, resource, context) {
            return Ok(topic);
        }
        Err(fault::denied(actor, action, arn))
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

impl Call<'_> {
    fn required(&self, name: &str) -> Result<&str, Fault> {
        let value = self.params.get(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| fault::parameter(name))
    }

    /// The account of whoever calls.
    fn account(&self, action: &str) -> Result<AccountId, Fault> {
        match self.actor {
            Actor::Principal { account, .. } => Ok(*account),
            Actor::Service { .. } | Actor::Anonymous => Err(fault::denied(self.actor, action, "*")),
        }
    }
}

/// An operation that answers nothing.
fn nothing() -> Output {
    Box::new(|_| {})
}

/// The account of a topic's ARN.
fn topic_owner(arn: &str, region: &str, parameter: &str) -> Result<AccountId, Fault> {
    let count = arn.split(':').count();
    if count < 6 {
        return Err(fault::invalid(format!(
            "{parameter} Reason: An ARN must have at least 6 elements, not {count}"
        )));
    }
    let parts = Arn::parse(arn).filter(|arn| arn.service == "sns" && arn.region == region);
    let owner = parts.filter(|arn| topics::is_name(arn.resource)).and_then(|arn| arn.account_id());
    owner.ok_or_else(|| fault::parameter(parameter))
}
