//! Topics of somebody else's SNS.

use bytes::Bytes;
use cairn_core::AccountId;
use cairn_wire::escape;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;

use super::client::{Ask, Client};
use crate::{Actor, Answer, PortError, PortErrorKind, TopicInfo, Topics};

const VERSION: &str = "2010-03-31";

/// Somebody else's SNS.
#[derive(Clone)]
pub struct RemoteTopics {
    client: Client,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorResponse {
    error: ErrorBody,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorBody {
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublishResponse {
    publish_result: Published,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    message_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributesResponse {
    get_topic_attributes_result: AttributesResult,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributesResult {
    attributes: Entries,
}

#[derive(Debug, Deserialize)]
struct Entries {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    key: String,
    #[serde(default)]
    value: String,
}

impl RemoteTopics {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn call<T: for<'de> Deserialize<'de>>(
        &self,
        action: &str,
        input: &[(&str, &str)],
    ) -> Result<T, PortError> {
        let mut form = format!("Action={action}&Version={VERSION}");
        for (name, value) in input {
            form.push_str(&format!("&{name}={}", escape(value, false)));
        }
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        headers.insert(CONTENT_TYPE, kind);
        let body = Bytes::from(form);
        let ask = Ask { method: Method::POST, path: "/", query: "", headers, body };
        let answer = self.client.send(ask).await?;
        let text = String::from_utf8_lossy(answer.body());
        let status = answer.status().as_u16();
        if status == 200 {
            return quick_xml::de::from_str(&text).map_err(|error| {
                PortError::unavailable(format!("SNS gave an answer that cannot be read: {error}"))
            });
        }
        Err(failure(status, &text))
    }
}

fn failure(status: u16, text: &str) -> PortError {
    let found = quick_xml::de::from_str::<ErrorResponse>(text);
    let (code, message) = match found {
        Ok(found) => (found.error.code, found.error.message),
        Err(_) => ("InternalFailure".to_owned(), format!("SNS answered {status}")),
    };
    let kind = match (status, code.as_str()) {
        (404, _) | (_, "NotFound") => PortErrorKind::Missing,
        (403, _) | (_, "AuthorizationError") => PortErrorKind::Denied,
        (500.., _) | (_, "Throttling" | "ThrottledException") => PortErrorKind::Unavailable,
        _ => PortErrorKind::Invalid,
    };
    PortError::new(kind, code, message)
}

impl Topics for RemoteTopics {
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
            let found: AttributesResponse =
                self.call("GetTopicAttributes", &[("TopicArn", &arn)]).await?;
            let entries = found.get_topic_attributes_result.attributes.entry;
            let policy = entries.into_iter().find(|entry| entry.key == "Policy");
            Ok(TopicInfo { arn, policy: policy.map(|entry| entry.value) })
        })
    }

    fn publish<'a>(
        &'a self,
        _: &'a Actor,
        topic_arn: &'a str,
        subject: Option<&'a str>,
        message: &'a str,
    ) -> Answer<'a, String> {
        Box::pin(async move {
            let mut input = vec![("TopicArn", topic_arn), ("Message", message)];
            input.extend(subject.map(|subject| ("Subject", subject)));
            let done: PublishResponse = self.call("Publish", &input).await?;
            Ok(done.publish_result.message_id)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_errors_are_read() {
        let body = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
            <PublishResult><MessageId>m-1</MessageId></PublishResult><ResponseMetadata>\
            <RequestId>r</RequestId></ResponseMetadata></PublishResponse>";
        let read: PublishResponse = quick_xml::de::from_str(body).unwrap();
        assert_eq!(read.publish_result.message_id, "m-1");
        let body = "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>\
            <entry><key>Owner</key><value>1</value></entry><entry><key>Policy</key>\
            <value>{}</value></entry></Attributes></GetTopicAttributesResult>\
            </GetTopicAttributesResponse>";
        let read: AttributesResponse = quick_xml::de::from_str(body).unwrap();
        assert_eq!(read.get_topic_attributes_result.attributes.entry.len(), 2);
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code>\
            <Message>no</Message></Error></ErrorResponse>";
        let error = failure(403, body);
        assert_eq!(
            (error.kind, error.code.as_str()),
            (PortErrorKind::Denied, "AuthorizationError")
        );
        assert_eq!(failure(502, "<html>").kind, PortErrorKind::Unavailable);
    }
}
