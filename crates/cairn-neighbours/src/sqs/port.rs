//! The queues as others in the house use them.

use cairn_core::event_id;
use cairn_ports::{Actor, Answer, Attributes, PortError, PortErrorKind, Queues};
use cairn_store::queue;
use serde_json::{Map, Value, json};

use super::access::Access;
use super::fault::{Code, Refusal};
use super::message::Letter;
use super::send::sender;
use super::{Sqs, check, deposit, parse_arn};

impl Queues for Sqs {
    fn send<'a>(
        &'a self,
        actor: &'a Actor,
        queue_arn: &'a str,
        body: &'a str,
        attributes: &'a Attributes,
    ) -> Answer<'a, String> {
        Box::pin(async move {
            let sent = self.post(actor, queue_arn, body, attributes).await;
            sent.map_err(PortError::from)
        })
    }
}

impl Sqs {
    async fn post(
        &self,
        actor: &Actor,
        queue_arn: &str,
        body: &str,
        attributes: &Attributes,
    ) -> Result<String, Refusal> {
        let (region, account, name) = parse_arn(queue_arn).ok_or_else(Refusal::no_queue)?;
        let mut txn = self.store.begin().await?;
        let found = queue::find(&mut txn, account, region, name).await?;
        let queue = found.ok_or_else(Refusal::no_queue)?;
        check(actor, "SendMessage", Access::Write, &queue)?;
        let id = event_id(&*self.entropy);
        let typed = |(name, text): &(String, String)| {
            (name.clone(), json!({"DataType": "String", "StringValue": text}))
        };
        let attributes: Map<String, Value> = attributes.iter().map(typed).collect();
        let letter = Letter {
            message_id: &id,
            sender: &sender(actor),
            body,
            attributes: &attributes,
            trace: None,
            delay: None,
        };
        deposit(&mut txn, &queue, &letter, self.now()).await?;
        txn.commit().await?;
        self.bells.ring(queue.id);
        Ok(id)
    }
}

impl From<Refusal> for PortError {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal.code {
            Code::QueueDoesNotExist => PortErrorKind::Missing,
            Code::AccessDenied => PortErrorKind::Denied,
            Code::InternalError | Code::ServiceUnavailable | Code::OverLimit => {
                PortErrorKind::Unavailable
            }
            _ => PortErrorKind::Invalid,
        };
        let code = match kind {
            PortErrorKind::Denied => "AccessDenied",
            _ => refusal.code.query(),
        };
        Self::new(kind, code, refusal.message)
    }
}
