//! Queues: made, found, described, emptied, deleted.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cairn_store::message;
use cairn_store::queue::{self, Queue};
use serde_json::{Map, Value, json};

use super::access::{self, Access};
use super::fault::{Code, Refusal};
use super::{Call, Output, Sqs, attributes, denied};
use cairn_store::topic::Texts;

/// Queues of one page where the client does not say, and at most.
const PAGE: i64 = 1_000;
/// Between two purges of a queue.
const PURGE: Duration = Duration::from_mins(1);

impl Sqs {
    pub(super) async fn create_queue(&self, call: &Call<'_>) -> Output {
        let name = call.input.required("QueueName")?;
        let account = call.account("CreateQueue")?;
        if !access::within(call.actor, Access::Write, account) {
            let arn = format!("arn:aws:sqs:{}:{account}:{name:.128}", call.region);
            return Err(denied(call.actor, "CreateQueue", &arn));
        }
        if name.strip_suffix(".fifo").is_some() {
            return Err(attributes::no_fifo());
        }
        if !attributes::is_name(name) {
            return Err(Refusal::value(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in \
                 length",
            ));
        }
        let now = self.now();
        let mut new = Queue {
            id: 0,
            account,
            region: call.region.to_owned(),
            name: name.to_owned(),
            attributes: Texts::new(),
            tags: tags(call)?,
            dead_letter: None,
            held: 0,
            created: now,
            modified: now,
            purged: None,
        };
        let given = call.input.map("Attributes")?;
        attributes::apply(&mut new, &given)?;
        let mut txn = self.store.begin().await?;
        match queue::find(&mut txn, account, call.region, name).await? {
            Some(found) => same(&found, &new, &given)?,
            None => {
                queue::create(&mut txn, &new).await?;
                txn.commit().await?;
            }
        }
        Ok(url(call.url(account, name)))
    }

    pub(super) async fn delete_queue(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "DeleteQueue", Access::Write).await?;
        let mut txn = self.store.begin().await?;
        queue::delete(&mut txn, queue.id).await?;
        txn.commit().await?;
        Ok(Map::new())
    }

    pub(super) async fn get_queue_url(&self, call: &Call<'_>) -> Output {
        let name = call.input.required("QueueName")?;
        let account = match call.input.text("QueueOwnerAWSAccountId")? {
            Some(text) if !text.is_empty() => text.parse().map_err(|_| Refusal::no_queue())?,
            _ => call.account("GetQueueUrl")?,
        };
        let queue = self.named(call, account, name, "GetQueueUrl", Access::Read).await?;
        Ok(url(call.url(account, &queue.name)))
    }

    pub(super) async fn list_queues(&self, call: &Call<'_>) -> Output {
        let account = call.account("ListQueues")?;
        let prefix = call.input.text("QueueNamePrefix")?.unwrap_or_default();
        let page = Page::of(call)?;
        let found = queue::list(
            &self.store,
            account,
            call.region,
            prefix,
            &page.after,
            page.limit as usize + 1,
        );
        let (names, token) = page.cut(found.await?);
        let urls: Vec<String> = names.iter().map(|name| call.url(account, name)).collect();
        let mut output = Map::new();
        // As AWS does, nothing rather than an empty list.
        if !urls.is_empty() {
            output.insert("QueueUrls".to_owned(), json!(urls));
        }
        output.extend(token);
        Ok(output)
    }

    pub(super) async fn list_sources(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "ListDeadLetterSourceQueues", Access::Read).await?;
        let page = Page::of(call)?;
        let found = queue::sources(&self.store, &queue, &page.after, page.limit as usize + 1);
        let (names, token) = page.cut(found.await?);
        let urls: Vec<String> = names.iter().map(|name| call.url(queue.account, name)).collect();
        let mut output = Map::from_iter([("queueUrls".to_owned(), json!(urls))]);
        output.extend(token);
        Ok(output)
    }

    pub(super) async fn get_attributes(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "GetQueueAttributes", Access::Read).await?;
        let asked = call.input.texts("AttributeNames")?;
        if let Some(name) = asked.iter().find(|name| !attributes::is_known(name)) {
            return Err(attributes::unknown(name));
        }
        let mut found = attributes::effective(&queue);
        let counts = message::counts(&self.store, queue.id, self.now()).await?;
        let computed = [
            counts.visible.to_string(),
            counts.delayed.to_string(),
            counts.in_flight.to_string(),
            queue.created.seconds().to_string(),
            queue.modified.seconds().to_string(),
            queue.arn(),
        ];
        let names = attributes::COMPUTED.into_iter().map(str::to_owned);
        found.extend(names.zip(computed));
        let all = asked.contains(&"All");
        found.retain(|name, _| all || asked.contains(&name.as_str()));
        let mut output = Map::new();
        if !found.is_empty() {
            output.insert("Attributes".to_owned(), json!(found));
        }
        Ok(output)
    }

    pub(super) async fn set_attributes(&self, call: &Call<'_>) -> Output {
        let given = call.input.map("Attributes")?;
        if given.is_empty() {
            return Err(Refusal::missing("Attribute.Name"));
        }
        self.change(call, "SetQueueAttributes", |queue| attributes::apply(queue, &given)).await
    }

    pub(super) async fn purge_queue(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "PurgeQueue", Access::Write).await?;
        let mut txn = self.store.begin().await?;
        let found = queue::find(&mut txn, queue.account, &queue.region, &queue.name).await?;
        let mut queue = found.ok_or_else(Refusal::no_queue)?;
        let now = self.now();
        if queue.purged.is_some_and(|at| now.since(at) < PURGE) {
            return Err(Refusal::new(
                Code::PurgeQueueInProgress,
                format!(
                    "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                    queue.name
                ),
            ));
        }
        queue.purged = Some(now);
        queue::put(&mut txn, &queue).await?;
        message::purge(&mut txn, queue.id).await?;
        txn.commit().await?;
        Ok(Map::new())
    }

    /// Changes what is kept of a queue.
    pub(super) async fn change(
        &self,
        call: &Call<'_>,
        action: &str,
        change: impl FnOnce(&mut Queue) -> Result<(), Refusal>,
    ) -> Output {
        let queue = self.queue(call, action, Access::Write).await?;
        let mut txn = self.store.begin().await?;
        let found = queue::find(&mut txn, queue.account, &queue.region, &queue.name).await?;
        let mut queue = found.ok_or_else(Refusal::no_queue)?;
        change(&mut queue)?;
        queue.modified = self.now();
        queue::put(&mut txn, &queue).await?;
        txn.commit().await?;
        Ok(Map::new())
    }
}

/// A queue is there already: fine if it is what was asked for.
fn same(found: &Queue, new: &Queue, given: &Texts) -> Result<(), Refusal> {
    let (found, new) = (attributes::effective(found), attributes::effective(new));
    for name in given.keys() {
        if found.get(name) != new.get(name) {
            return Err(Refusal::new(
                Code::QueueNameExists,
                format!(
                    "A queue already exists with the same name and a different value for \
                     attribute {name}"
                ),
            ));
        }
    }
    Ok(())
}

fn tags(call: &Call<'_>) -> Result<Texts, Refusal> {
    // The JSON protocol spells this one member in lower case.
    let name = if call.input.0.contains_key("tags") { "tags" } else { "Tags" };
    let tags = call.input.map(name)?;
    super::tags::check(&tags)?;
    Ok(tags)
}

fn url(url: String) -> Map<String, Value> {
    Map::from_iter([("QueueUrl".to_owned(), url.into())])
}

/// Which part of a list is asked for.
struct Page {
    after: String,
    limit: i64,
    /// Whether the client said how many it wants; only then there is a token.
    limited: bool,
}

impl Page {
    fn of(call: &Call<'_>) -> Result<Self, Refusal> {
        let reason = "Must be an integer from 1 to 1000.";
        let limit = call.input.bounded("MaxResults", 1..=PAGE, reason)?;
        let after = match call.input.text("NextToken")? {
            None | Some("") => String::new(),
            Some(token) => {
                let bytes = URL_SAFE_NO_PAD.decode(token).ok();
                let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                name.ok_or_else(|| Refusal::value("Invalid or expired next token."))?
            }
        };
        Ok(Self { after, limit: limit.unwrap_or(PAGE), limited: limit.is_some() })
    }

    fn cut(&self, mut names: Vec<String>) -> (Vec<String>, Option<(String, Value)>) {
        let more = names.len() > self.limit as usize;
        names.truncate(self.limit as usize);
        let last = names.last().filter(|_| more && self.limited);
        let token = last.map(|name| URL_SAFE_NO_PAD.encode(name));
        (names, token.map(|token| ("NextToken".to_owned(), token.into())))
    }
}
