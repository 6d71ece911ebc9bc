//! From a topic into queues.

use cairn_ports::Actor;
use serde_json::{Value, json};

use crate::kit::{House, OTHER, OWN, admin, element};
use crate::topics::attributes;

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:trail";

/// A topic, and a queue that it may send to.
async fn topic_and_queue(house: &House) -> (String, String) {
    house.sns("Action=CreateTopic&Name=trail").await;
    let url = house.queue("reader", json!({"Policy": policy(TOPIC)})).await;
    (url, format!("arn:aws:sqs:eu-central-1:{OWN}:reader"))
}

fn policy(topic: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        },
    })
    .to_string()
}

async fn subscribe(house: &House, queue: &str, more: &str) -> String {
    let form = format!("Action=Subscribe&TopicArn={TOPIC}&Protocol=sqs&Endpoint={queue}{more}");
    element(&house.sns(&form).await, "SubscriptionArn").to_owned()
}

fn publish(message: &str, more: &str) -> String {
    format!("Action=Publish&TopicArn={TOPIC}&Message={message}{more}")
}

#[tokio::test]
async fn a_queue_gets_the_envelope_or_the_bare_message() {
    let house = House::open().await;
    let (url, queue) = topic_and_queue(&house).await;
    let arn = subscribe(&house, &queue, "").await;
    assert!(arn.starts_with(&format!("{TOPIC}:")), "{arn}");
    assert_eq!(subscribe(&house, &queue, "").await, arn);
    let attribute = "&Subject=Hello&MessageAttributes.entry.1.Name=kind\
        &MessageAttributes.entry.1.Value.DataType=String\
        &MessageAttributes.entry.1.Value.StringValue=log";
    let published = house.sns(&publish("%7B%22a%22%3A1%7D", attribute)).await;
    house.deliver().await;
    let found = &house.receive(&url).await[0];
    let body = found["Body"].as_str().unwrap();
    assert!(body.starts_with("{\n  \"Type\" : \"Notification\",\n  \"MessageId\" : "), "{body}");
    let envelope: Value = serde_json::from_str(body).unwrap();
    let names: Vec<&str> = body.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(
        names,
        [
            "Type",
            "MessageId",
            "TopicArn",
            "Subject",
            "Message",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertURL",
            "UnsubscribeURL",
            "MessageAttributes",
        ]
    );
    assert_eq!(envelope["MessageId"], element(&published, "MessageId"));
    assert_eq!(envelope["Message"], r#"{"a":1}"#);
    assert_eq!(envelope["Timestamp"], "2023-11-14T22:13:20.000Z");
    assert_eq!(envelope["MessageAttributes"]["kind"], json!({"Type": "String", "Value": "log"}));
    assert_eq!(envelope["SigningCertURL"], "http://cairn.test:7750/sns/signing.pem");
    assert_eq!(found["MessageAttributes"], Value::Null);

    let raw = format!(
        "Action=SetSubscriptionAttributes&SubscriptionArn={arn}\
         &AttributeName=RawMessageDelivery&AttributeValue=true"
    );
    house.sns(&raw).await;
    house.sns(&publish("bare", attribute)).await;
    house.deliver().await;
    let found = &house.receive(&url).await[0];
    assert_eq!(found["Body"], "bare");
    assert_eq!(found["MessageAttributes"]["kind"]["StringValue"], "log");
    assert_eq!(found["Attributes"]["SenderId"], "sns.amazonaws.com");
}

#[tokio::test]
async fn filters_choose_and_protocols_have_words_of_their_own() {
    let house = House::open().await;
    let (url, queue) = topic_and_queue(&house).await;
    let filter = "&Attributes.entry.1.key=FilterPolicy\
        &Attributes.entry.1.value=%7B%22s3Bucket%22%3A%5B%7B%22prefix%22%3A%22logs%22%7D%5D%7D\
        &Attributes.entry.2.key=FilterPolicyScope&Attributes.entry.2.value=MessageBody\
        &Attributes.entry.3.key=RawMessageDelivery&Attributes.entry.3.value=true";
    let arn = subscribe(&house, &queue, filter).await;
    let shown =
        attributes(&house, &format!("GetSubscriptionAttributes&SubscriptionArn={arn}")).await;
    for (name, value) in [
        ("Protocol", "sqs"),
        ("Endpoint", queue.as_str()),
        ("Owner", OWN),
        ("RawMessageDelivery", "true"),
        ("PendingConfirmation", "false"),
        ("ConfirmationWasAuthenticated", "true"),
        ("SubscriptionPrincipal", "arn:aws:iam::111122223333:user/admin"),
        ("FilterPolicy", r#"{"s3Bucket":[{"prefix":"logs"}]}"#),
        ("FilterPolicyScope", "MessageBody"),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    for message in [r#"{"s3Bucket":"logs-1"}"#, r#"{"s3Bucket":"other"}"#, "text"] {
        house.sns(&publish(message, "")).await;
    }
    let own = json!({"default": "x", "sqs": r#"{"s3Bucket":"logs-2"}"#}).to_string();
    house.sns(&publish(&own, "&MessageStructure=json")).await;
    house.deliver().await;
    let bodies: Vec<Value> =
        house.receive(&url).await.iter().map(|found| found["Body"].clone()).collect();
    assert_eq!(bodies, [r#"{"s3Bucket":"logs-1"}"#, r#"{"s3Bucket":"logs-2"}"#]);
}

#[tokio::test]
async fn what_was_published_is_delivered_once_after_a_restart() {
    let house = House::open().await;
    let (url, queue) = topic_and_queue(&house).await;
    subscribe(&house, &queue, "").await;
    house.sns(&publish("kept", "")).await;
    house.store.close().await;
    let house = house.reopen().await;
    house.deliver().await;
    house.deliver().await;
    assert_eq!(house.receive(&url).await.len(), 1);
}

#[tokio::test]
async fn a_queue_that_does_not_let_the_topic_in_gets_nothing() {
    let house = House::open().await;
    let (url, queue) = topic_and_queue(&house).await;
    let dead = house.queue("dead", json!({"Policy": policy(TOPIC)})).await;
    let other = policy("arn:aws:sns:eu-central-1:111122223333:other");
    let change = json!({"QueueUrl": url, "Attributes": {"Policy": other}});
    house.sqs("SetQueueAttributes", change).await;
    let arn = subscribe(&house, &queue, "").await;
    house.sns(&publish("one", "")).await;
    house.deliver().await;
    assert_eq!(house.receive(&url).await, Vec::<Value>::new());
    let redrive = json!({"deadLetterTargetArn": format!("arn:aws:sqs:eu-central-1:{OWN}:dead")});
    house
        .sns(&format!(
            "Action=SetSubscriptionAttributes&SubscriptionArn={arn}\
             &AttributeName=RedrivePolicy&AttributeValue={redrive}"
        ))
        .await;
    house.sns(&publish("two", "")).await;
    house.deliver().await;
    let found = house.receive(&dead).await;
    let envelope: Value = serde_json::from_str(found[0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["Message"], "two");
    assert_eq!(
        found[0]["MessageAttributes"]["ErrorMessage"]["StringValue"],
        "the queue's policy does not allow it"
    );
}

#[tokio::test]
async fn batches_answer_for_each_entry() {
    let house = House::open().await;
    let (url, queue) = topic_and_queue(&house).await;
    subscribe(&house, &queue, "").await;
    let entry = |n: usize, id: &str, message: &str| {
        format!(
            "&PublishBatchRequestEntries.member.{n}.Id={id}\
             &PublishBatchRequestEntries.member.{n}.Message={message}"
        )
    };
    let batch = format!("Action=PublishBatch&TopicArn={TOPIC}");
    let done = house.sns(&format!("{batch}{}{}", entry(1, "a", "x"), entry(2, "b", ""))).await;
    assert!(done.contains("<Successful><member><Id>a</Id><MessageId>"), "{done}");
    assert!(done.contains("<Failed><member><Id>b</Id><Code>InvalidParameter</Code>"), "{done}");
    house.deliver().await;
    assert_eq!(house.receive(&url).await.len(), 1);
    let empty = "The batch request doesn't contain any entries.";
    house.denied(&batch, 400, "EmptyBatchRequest", empty).await;
    let twice = format!("{batch}{}{}", entry(1, "a", "x"), entry(2, "a", "x"));
    let distinct = "Two or more batch entries in the request have the same Id.";
    house.denied(&twice, 400, "BatchEntryIdsNotDistinct", distinct).await;
}

#[tokio::test]
async fn a_queue_of_another_account_has_to_confirm() {
    let house = House::open().await;
    house.sns("Action=CreateTopic&Name=trail").await;
    let body = json!({"QueueName": "reader", "Attributes": {"Policy": policy(TOPIC)}});
    let url = house.call(&admin(OTHER), "CreateQueue", body).await.body["QueueUrl"].clone();
    let queue = format!("arn:aws:sqs:eu-central-1:{OTHER}:reader");
    assert_eq!(subscribe(&house, &queue, "").await, "pending confirmation");
    house.sns(&publish("early", "")).await;
    house.deliver().await;
    let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 10});
    let found = house.call(&admin(OTHER), "ReceiveMessage", receive).await.body;
    let messages = found["Messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    let asked: Value = serde_json::from_str(messages[0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(asked["Type"], "SubscriptionConfirmation");
    let confirm = format!(
        "Action=ConfirmSubscription&TopicArn={TOPIC}&Token={}",
        asked["Token"].as_str().unwrap()
    );
    let (status, document) = house.ask(&Actor::Anonymous, &confirm).await;
    assert_eq!(status, 200, "{document}");
    let listed = house.sns(&format!("Action=ListSubscriptionsByTopic&TopicArn={TOPIC}")).await;
    assert!(listed.contains(element(&document, "SubscriptionArn")), "{listed}");
}

#[tokio::test]
async fn a_link_does_not_end_what_somebody_with_credentials_began() {
    let house = House::open().await;
    let (_, queue) = topic_and_queue(&house).await;
    let arn = subscribe(&house, &queue, "").await;
    let leave = format!("Action=Unsubscribe&SubscriptionArn={arn}");
    assert_eq!(house.ask(&Actor::Anonymous, &leave).await.0, 403);
    assert_eq!(house.ask(&admin(OTHER), &leave).await.0, 403);
    house.sns(&leave).await;
    house.sns(&leave).await;
    let shown = attributes(&house, &format!("GetTopicAttributes&TopicArn={TOPIC}")).await;
    assert_eq!(shown["SubscriptionsDeleted"], "1");
    assert_eq!(shown["SubscriptionsConfirmed"], "0");
}
