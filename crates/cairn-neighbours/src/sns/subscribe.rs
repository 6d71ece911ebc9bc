//! Subscribe: an endpoint is written down, and asked to confirm where it is somebody else's.

use cairn_core::{AccountId, event_id};
use cairn_ports::Actor;
use cairn_store::notice::{self, Way};
use cairn_store::subscription::{self, Subscription};
use cairn_store::topic::{self, Texts};
use cairn_wire::Fault;

use super::{Call, Done, Output, Sns, fault, form, subscriptions, topic_owner};
use crate::sqs;
use crate::sqs::access::{self, Access};

/// What an ARN is called until the endpoint has confirmed.
const PENDING: &str = "pending confirmation";
/// Bytes of an endpoint.
const ENDPOINT_BYTES: usize = 2_048;

impl Sns {
    pub(super) async fn subscribe(&self, call: &Call<'_>) -> Done {
        let arn = call.required("TopicArn")?;
        let owner = topic_owner(arn, call.region, "TopicArn")?;
        let protocol = call.required("Protocol")?;
        let endpoint = call.params.get("Endpoint").unwrap_or_default();
        let known = Endpoint::parse(protocol, endpoint)?;
        let context = [("sns:protocol", protocol), ("sns:endpoint", endpoint)];
        self.named(call.actor, arn, owner, "Subscribe", Access::Write, &context).await?;
        let given = form::map(&call.params, "Attributes");
        let mut attributes = Texts::new();
        subscriptions::apply(&mut attributes, &given)?;
        // Who owns the queue has said yes by subscribing it.
        let account = call.account("Subscribe")?;
        let sure =
            known.owner() == Some(account) && access::within(call.actor, Access::Write, account);
        let new = Subscription {
            arn: format!("{arn}:{}", event_id(&*self.parts.entropy)),
            topic: arn.to_owned(),
            account,
            principal: access::name(call.actor).to_owned(),
            protocol: protocol.to_owned(),
            endpoint: endpoint.to_owned(),
            attributes,
            token: (!sure).then(|| self.token()),
            authenticated: sure,
            created: self.now(),
        };
        let made = self.write_down(new, known.way()).await?;
        let shown = call.params.get("ReturnSubscriptionArn") == Some("true");
        Ok(answer(made, shown))
    }

    /// Makes the subscription, or finds the one that is there.
    async fn write_down(&self, new: Subscription, way: Way) -> Result<Subscription, Fault> {
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        let topic = topic::find(&mut txn, &new.topic).await.map_err(fault::store)?;
        topic.ok_or_else(fault::no_topic)?;
        let found =
            subscription::of_endpoint(&mut txn, &new.topic, &new.protocol, &new.endpoint).await;
        let subscription = match found.map_err(fault::store)? {
            Some(found) if !new.attributes.is_empty() && new.attributes != found.attributes => {
                return Err(fault::invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            Some(found) => found,
            None => {
                subscription::create(&mut txn, &new).await.map_err(fault::store)?;
                new
            }
        };
        if subscription.token.is_some() {
            let asked = notice::ask(&mut txn, &subscription.arn, way, self.now()).await;
            asked.map_err(fault::store)?;
        }
        txn.commit().await.map_err(fault::store)?;
        self.wake(way);
        Ok(subscription)
    }

    /// 32 random bytes in hexadecimal digits.
    fn token(&self) -> String {
        let mut bytes = [0u8; 32];
        self.parts.entropy.fill(&mut bytes);
        hex::encode(bytes)
    }

    pub(super) fn wake(&self, way: Way) {
        match way {
            Way::Queue => self.for_queues.wake(),
            Way::Web => self.for_web.wake(),
        }
    }
}

fn answer(subscription: Subscription, shown: bool) -> Output {
    let pending = subscription.token.is_some() && !shown;
    let arn = if pending { PENDING.to_owned() } else { subscription.arn };
    Box::new(move |xml| xml.text("SubscriptionArn", &arn))
}

/// Where messages go.
pub(super) enum Endpoint {
    Queue(AccountId),
    Web,
}

impl Endpoint {
    fn parse(protocol: &str, endpoint: &str) -> Result<Self, Fault> {
        let scheme = match protocol {
            "sqs" => {
                let parsed = sqs::parse_arn(endpoint);
                let (_, account, _) = parsed.ok_or_else(|| fault::invalid("SQS endpoint ARN"))?;
                return Ok(Self::Queue(account));
            }
            "http" => "http://",
            "https" => "https://",
            other => {
                return Err(fault::invalid(format!(
                    "Amazon SNS does not support this protocol string: {other:.64}"
                )));
            }
        };
        let uri: Option<http::Uri> = endpoint.parse().ok();
        let legal = uri.is_some_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
        let short = endpoint.len() <= ENDPOINT_BYTES;
        let prefix = endpoint.get(..scheme.len()).unwrap_or_default();
        if !prefix.eq_ignore_ascii_case(scheme) {
            return Err(fault::invalid("Endpoint must match the specified protocol"));
        }
        if legal && short { Ok(Self::Web) } else { Err(fault::parameter("Endpoint")) }
    }

    fn owner(&self) -> Option<AccountId> {
        match self {
            Self::Queue(account) => Some(*account),
            Self::Web => None,
        }
    }

    fn way(&self) -> Way {
        match self {
            Self::Queue(_) => Way::Queue,
            Self::Web => Way::Web,
        }
    }
}

/// How messages of a protocol travel.
pub(super) fn way(protocol: &str) -> Way {
    if protocol == "sqs" { Way::Queue } else { Way::Web }
}

/// Whether the actor made the subscription's account, or owns its topic.
pub(super) fn is_of(actor: &Actor, access: Access, subscription: &Subscription) -> bool {
    let arn = cairn_core::Arn::parse(&subscription.topic);
    let owner = arn.and_then(|arn| arn.account_id());
    access::within(actor, access, subscription.account)
        || owner.is_some_and(|owner| access::within(actor, access, owner))
}
