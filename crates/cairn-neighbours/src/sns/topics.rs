//! Topics: made, listed, described, deleted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cairn_store::subscription;
use cairn_store::topic::{self, Texts, Topic};
use cairn_wire::Fault;

use super::{Call, Done, Sns, attributes, fault, form, nothing, tags, topic_owner};
use crate::sqs::access::{self, Access};

/// Topics or subscriptions of one page.
pub(super) const PAGE: usize = 100;

impl Sns {
    pub(super) async fn create_topic(&self, call: &Call<'_>) -> Done {
        let name = call.params.get("Name").unwrap_or_default();
        if name.strip_suffix(".fifo").is_some() {
            return Err(fault::invalid("FifoTopic Reason: FIFO topics are not supported"));
        }
        if !is_name(name) {
            return Err(fault::invalid("Topic Name"));
        }
        let account = call.account("CreateTopic")?;
        let arn = format!("arn:aws:sns:{}:{account}:{name}", call.region);
        if !access::within(call.actor, Access::Write, account) {
            return Err(fault::denied(call.actor, "CreateTopic", &arn));
        }
        let given = form::map(&call.params, "Attributes");
        let mut new = Topic {
            arn,
            account,
            region: call.region.to_owned(),
            attributes: Texts::new(),
            tags: form::tags(&call.params),
            unsubscribed: 0,
            created: self.now(),
        };
        tags::check(&new.tags)?;
        attributes::apply(&mut new, &given)?;
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        match topic::find(&mut txn, &new.arn).await.map_err(fault::store)? {
            Some(found) => same(&found, &new)?,
            None => {
                topic::create(&mut txn, &new).await.map_err(fault::store)?;
                txn.commit().await.map_err(fault::store)?;
            }
        }
        Ok(Box::new(move |xml| xml.text("TopicArn", &new.arn)))
    }

    /// One that is gone already is no error.
    pub(super) async fn delete_topic(&self, call: &Call<'_>) -> Done {
        let arn = call.required("TopicArn")?;
        let owner = topic_owner(arn, call.region, "TopicArn")?;
        let found = self.named(call.actor, arn, owner, "DeleteTopic", Access::Write, &[]).await;
        match found {
            Err(fault) if fault.code == "NotFound" => return Ok(nothing()),
            found => found?,
        };
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        topic::delete(&mut txn, arn).await.map_err(fault::store)?;
        txn.commit().await.map_err(fault::store)?;
        Ok(nothing())
    }

    pub(super) async fn list_topics(&self, call: &Call<'_>) -> Done {
        let account = call.account("ListTopics")?;
        let after = after(call)?;
        let found = topic::list(&self.parts.store, account, call.region, &after, PAGE + 1).await;
        let mut arns = found.map_err(fault::store)?;
        let next = next(&mut arns, |arn| arn);
        Ok(Box::new(move |xml| {
            xml.nest("Topics", |xml| {
                for arn in &arns {
                    xml.nest("member", |xml| xml.text("TopicArn", arn));
                }
            });
            if let Some(token) = next {
                xml.text("NextToken", &token);
            }
        }))
    }

    pub(super) async fn get_topic_attributes(&self, call: &Call<'_>) -> Done {
        let topic = self.topic(call, "TopicArn", "GetTopicAttributes", Access::Read).await?;
        let counts = subscription::counts(&self.parts.store, &topic.arn).await;
        let found = attributes::effective(&topic, counts.map_err(fault::store)?);
        Ok(entries(found))
    }

    pub(super) async fn set_topic_attributes(&self, call: &Call<'_>) -> Done {
        let name = call.required("AttributeName")?;
        let value = call.params.get("AttributeValue").unwrap_or_default();
        let given = Texts::from([(name.to_owned(), value.to_owned())]);
        self.change(call, "TopicArn", "SetTopicAttributes", |topic| {
            attributes::apply(topic, &given)
        })
        .await
    }

    /// Changes what is kept of a topic.
    pub(super) async fn change(
        &self,
        call: &Call<'_>,
        parameter: &str,
        action: &str,
        change: impl FnOnce(&mut Topic) -> Result<(), Fault>,
    ) -> Done {
        let topic = self.topic(call, parameter, action, Access::Write).await?;
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        let found = topic::find(&mut txn, &topic.arn).await.map_err(fault::store)?;
        let mut topic = found.ok_or_else(fault::no_topic)?;
        change(&mut topic)?;
        topic::put(&mut txn, &topic).await.map_err(fault::store)?;
        txn.commit().await.map_err(fault::store)?;
        Ok(nothing())
    }
}

/// `[A-Za-z0-9_-]{1,256}`.
pub(super) fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=256).contains(&name.len()) && name.bytes().all(legal)
}

/// A topic is there already: fine if it is what was asked for.
fn same(found: &Topic, new: &Topic) -> Result<(), Fault> {
    if new.attributes.iter().any(|(name, value)| found.attributes.get(name) != Some(value)) {
        return Err(fault::invalid(
            "Attributes Reason: Topic already exists with different attributes",
        ));
    }
    if !new.tags.is_empty() && new.tags != found.tags {
        return Err(fault::invalid("Tags Reason: Topic already exists with different tags"));
    }
    Ok(())
}

/// `<Attributes><entry><key/><value/></entry>…</Attributes>`.
pub(super) fn entries(texts: Texts) -> super::Output {
    Box::new(move |xml| {
        xml.nest("Attributes", |xml| {
            for (key, value) in &texts {
                xml.nest("entry", |xml| {
                    xml.text("key", key);
                    xml.text("value", value);
                });
            }
        });
    })
}

/// What a page comes after: the token is the last page's last ARN.
pub(super) fn after(call: &Call<'_>) -> Result<String, Fault> {
    let token = call.params.get("NextToken").unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| fault::parameter("NextToken"))
}

/// Cuts a list to one page; gives the token for the next one.
pub(super) fn next<T>(list: &mut Vec<T>, arn: impl Fn(&T) -> &str) -> Option<String> {
    if list.len() <= PAGE {
        return None;
    }
    list.truncate(PAGE);
    list.last().map(|last| URL_SAFE_NO_PAD.encode(arn(last)))
}
