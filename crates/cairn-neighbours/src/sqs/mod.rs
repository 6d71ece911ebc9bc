//! SQS: queues that log readers take notifications from.

pub(crate) mod access;
mod attributes;
mod batch;
mod delete;
mod dialect;
mod digest;
mod expiry;
mod fault;
mod form;
mod input;
mod message;
mod permission;
mod port;
mod queues;
mod receipt;
mod receive;
mod send;
mod tags;
mod visibility;
mod waiting;

use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{AccountId, Arn, Clock, Entropy, Timestamp};
use cairn_ports::Actor;
use cairn_store::Store;
use cairn_store::queue::{self, Queue};
use http::header::HOST;
use http::{Request, Response};
use serde_json::{Map, Value};

use self::access::{Access, Resource};
use self::dialect::Dialect;
use self::fault::{Code, Refusal};
use self::input::Input;
use self::waiting::Bells;

pub use self::expiry::Expiry;
pub(crate) use self::message::{Letter, deposit};

const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

type Output = Result<Map<String, Value>, Refusal>;

/// The embedded SQS. A clone is the same one.
#[derive(Clone)]
pub struct Sqs {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Where clients reach the server when they do not say: `https://cairn.example:8443`.
    endpoint: Arc<str>,
    bells: Arc<Bells>,
}

/// One call as its operation sees it.
struct Call<'a> {
    actor: &'a Actor,
    region: &'a str,
    /// Scheme and host that the client used.
    base: String,
    input: Input,
}

impl Sqs {
    /// `endpoint`: scheme, host and port that the server is reached at.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        endpoint: &str,
    ) -> Self {
        let endpoint = endpoint.trim_end_matches('/').into();
        Self { store, clock, entropy, endpoint, bells: Arc::default() }
    }

    /// Answers one call, whose signature was verified. ReceiveMessage may take 20 s.
    pub async fn answer(
        &self,
        actor: &Actor,
        region: &str,
        request_id: &str,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let dialect = Dialect::of(request);
        let (operation, input) = match dialect.read(request) {
            Ok(read) => read,
            Err(refusal) => return refusal.answer(dialect, request_id),
        };
        let call = Call { actor, region, base: self.base(request), input };
        match self.run(&operation, &call).await {
            Ok(output) => dialect.write(&operation, request_id, output),
            Err(refusal) => refusal.answer(dialect, request_id),
        }
    }

    async fn run(&self, operation: &str, call: &Call<'_>) -> Output {
        match operation {
            "AddPermission" => self.add_permission(call).await,
            "ChangeMessageVisibility" => self.change_visibility(call).await,
            "ChangeMessageVisibilityBatch" => self.change_visibility_batch(call).await,
            "CreateQueue" => self.create_queue(call).await,
            "DeleteMessage" => self.delete_message(call).await,
            "DeleteMessageBatch" => self.delete_message_batch(call).await,
            "DeleteQueue" => self.delete_queue(call).await,
            "GetQueueAttributes" => self.get_attributes(call).await,
            "GetQueueUrl" => self.get_queue_url(call).await,
            "ListDeadLetterSourceQueues" => self.list_sources(call).await,
            "ListQueueTags" => self.list_tags(call).await,
            "ListQueues" => self.list_queues(call).await,
            "PurgeQueue" => self.purge_queue(call).await,
            "ReceiveMessage" => self.receive_message(call).await,
            "RemovePermission" => self.remove_permission(call).await,
            "SendMessage" => self.send_message(call).await,
            "SendMessageBatch" => self.send_message_batch(call).await,
            "SetQueueAttributes" => self.set_attributes(call).await,
            "TagQueue" => self.tag_queue(call).await,
            "UntagQueue" => self.untag_queue(call).await,
            other => Err(dialect::unknown(other)),
        }
    }

    /// The host is the client's own word: it gets back addresses that it can reach.
    fn base(&self, request: &Request<Bytes>) -> String {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
        match (host, self.endpoint.split_once("://")) {
            (Some(host), Some((scheme, _))) if !host.is_empty() && host.bytes().all(legal) => {
                format!("{scheme}://{host}")
            }
            _ => self.endpoint.to_string(),
        }
    }

    /// The queue that `QueueUrl` names, if the actor may do this to it.
    async fn queue(&self, call: &Call<'_>, action: &str, access: Access) -> Result<Queue, Refusal> {
        let (account, name) = address(call.input.required("QueueUrl")?)?;
        self.named(call, account, name, action, access).await
    }

    async fn named(
        &self,
        call: &Call<'_>,
        account: AccountId,
        name: &str,
        action: &str,
        access: Access,
    ) -> Result<Queue, Refusal> {
        let found = queue::get(&self.store, account, call.region, name).await?;
        let Some(queue) = found else {
            // Whether a queue of somebody else exists is none of the actor's business.
            if access::within(call.actor, Access::Read, account) {
                return Err(Refusal::no_queue());
            }
            let arn = format!("arn:aws:sqs:{}:{account}:{name}", call.region);
            return Err(denied(call.actor, action, &arn));
        };
        check(call.actor, action, access, &queue)?;
        Ok(queue)
    }

    /// Wakes who waits at a queue.
    pub(crate) fn ring(&self, queue: i64) {
        self.bells.ring(queue);
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Call<'_> {
    fn url(&self, account: AccountId, name: &str) -> String {
        format!("{}/{account}/{name}", self.base)
    }

    /// The account of whoever calls.
    fn account(&self, action: &str) -> Result<AccountId, Refusal> {
        match self.actor {
            Actor::Principal { account, .. } => Ok(*account),
            Actor::Service { .. } | Actor::Anonymous => Err(denied(self.actor, action, "*")),
        }
    }
}

fn check(actor: &Actor, action: &str, access: Access, queue: &Queue) -> Result<(), Refusal> {
    let arn = queue.arn();
    let policy = queue.attributes.get("Policy").map(String::as_str);
    let resource = Resource { owner: queue.account, arn: &arn, policy };
    if access::is_allowed(actor, &format!("sqs:{action}"), access, resource, &[]) {
        return Ok(());
    }
    Err(denied(actor, action, &arn))
}

/// Whether a service may put messages into the queue.
pub(crate) fn may_send(actor: &Actor, queue: &Queue) -> bool {
    check(actor, "SendMessage", Access::Write, queue).is_ok()
}

fn denied(actor: &Actor, action: &str, arn: &str) -> Refusal {
    let action = action.to_ascii_lowercase();
    Refusal::new(
        Code::AccessDenied,
        format!(
            "User: {} is not authorized to perform: sqs:{action} on resource: {arn} because no \
             resource-based policy allows the sqs:{action} action",
            access::name(actor)
        ),
    )
}

/// Account and name from `https://host/111122223333/name`; host and scheme do not matter.
fn address(url: &str) -> Result<(AccountId, &str), Refusal> {
    let mut parts = url.rsplit('/');
    let name = parts.next().filter(|name| !name.is_empty());
    let account = parts.next().and_then(|account| account.parse().ok());
    match (account, name) {
        (Some(account), Some(name)) => Ok((account, name)),
        _ => Err(Refusal::new(
            Code::InvalidAddress,
            format!("The address {url:.256} is not valid for this endpoint."),
        )),
    }
}

/// Region, account and name of a queue's ARN.
pub(crate) fn parse_arn(arn: &str) -> Option<(&str, AccountId, &str)> {
    let parts = Arn::parse(arn).filter(|arn| arn.service == "sqs" && !arn.region.is_empty())?;
    let legal = !parts.resource.contains(':') && attributes::is_name(parts.resource);
    legal.then_some((parts.region, parts.account_id()?, parts.resource))
}
