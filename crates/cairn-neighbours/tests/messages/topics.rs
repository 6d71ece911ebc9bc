//! Topics and subscriptions as they are kept.

use cairn_ports::{Actor, PortErrorKind, Topics};
use serde_json::{Value, json};

use crate::kit::{House, OTHER, OWN, REGION, admin, element, id, reader};

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:trail";

#[tokio::test]
async fn a_topic_is_made_once_and_described() {
    let house = House::open().await;
    let make = "Action=CreateTopic&Name=trail&Attributes.entry.1.key=DisplayName\
                &Attributes.entry.1.value=T&Tags.member.1.Key=k&Tags.member.1.Value=v";
    let made = house.sns(make).await;
    assert_eq!(
        made,
        format!(
            "<CreateTopicResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
             <CreateTopicResult><TopicArn>{TOPIC}</TopicArn></CreateTopicResult>\
             <ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata>\
             </CreateTopicResponse>\n"
        )
    );
    assert_eq!(house.sns(make).await, made);
    assert_eq!(element(&house.sns("Action=CreateTopic&Name=trail").await, "TopicArn"), TOPIC);
    house
        .denied(
            "Action=CreateTopic&Name=trail&Attributes.entry.1.key=DisplayName\
             &Attributes.entry.1.value=U",
            400,
            "InvalidParameter",
            "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
        )
        .await;
    let attributes = attributes(&house, &format!("GetTopicAttributes&TopicArn={TOPIC}")).await;
    for (name, value) in [
        ("TopicArn", TOPIC),
        ("Owner", OWN),
        ("DisplayName", "T"),
        ("SubscriptionsConfirmed", "0"),
        ("SubscriptionsPending", "0"),
        ("SubscriptionsDeleted", "0"),
    ] {
        assert_eq!(attributes[name], value, "{name}");
    }
    let policy: Value = serde_json::from_str(attributes["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Condition"]["StringEquals"]["AWS:SourceOwner"], OWN);
    let delivery = attributes["EffectiveDeliveryPolicy"].as_str().unwrap();
    let delivery: Value = serde_json::from_str(delivery).unwrap();
    assert_eq!(delivery["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3);
    assert!(house.sns("Action=ListTopics").await.contains(TOPIC));
    house.sns(&format!("Action=DeleteTopic&TopicArn={TOPIC}")).await;
    house.sns(&format!("Action=DeleteTopic&TopicArn={TOPIC}")).await;
    let get = format!("Action=GetTopicAttributes&TopicArn={TOPIC}");
    house.denied(&get, 404, "NotFound", "Topic does not exist").await;
}

#[tokio::test]
async fn bad_topics_are_refused_in_the_words_of_sns() {
    let house = House::open().await;
    house.sns("Action=CreateTopic&Name=trail").await;
    let set = |name: &str, value: &str| {
        format!(
            "Action=SetTopicAttributes&TopicArn={TOPIC}&AttributeName={name}&AttributeValue={value}"
        )
    };
    for (form, message) in [
        ("Action=CreateTopic&Name=a%20b".to_owned(), "Invalid parameter: Topic Name"),
        ("Action=CreateTopic".to_owned(), "Invalid parameter: Topic Name"),
        (
            "Action=CreateTopic&Name=a.fifo".to_owned(),
            "Invalid parameter: FifoTopic Reason: FIFO topics are not supported",
        ),
        (set("Nope", "1"), "Invalid parameter: AttributeName"),
        (set("Policy", "{}"), "Invalid parameter: Policy Error: null"),
        (set("DeliveryPolicy", "x"), "Invalid parameter: DeliveryPolicy: failed to parse JSON"),
        (
            "Action=GetTopicAttributes&TopicArn=x".to_owned(),
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
        ),
        ("Action=GetTopicAttributes".to_owned(), "Invalid parameter: TopicArn"),
        (
            format!("Action=Subscribe&TopicArn={TOPIC}&Protocol=email&Endpoint=a%40b"),
            "Invalid parameter: Amazon SNS does not support this protocol string: email",
        ),
        (
            format!("Action=Subscribe&TopicArn={TOPIC}&Protocol=sqs&Endpoint=queue"),
            "Invalid parameter: SQS endpoint ARN",
        ),
        (
            format!("Action=Subscribe&TopicArn={TOPIC}&Protocol=https&Endpoint=http%3A%2F%2Fx"),
            "Invalid parameter: Endpoint must match the specified protocol",
        ),
        (format!("Action=Publish&TopicArn={TOPIC}&Message="), "Invalid parameter: Empty message"),
        (
            format!("Action=Publish&TopicArn={TOPIC}&Message=a&Subject=%0A"),
            "Invalid parameter: Subject",
        ),
        (
            format!("Action=Publish&TopicArn={TOPIC}&Message=a&MessageStructure=json"),
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            format!("Action=ConfirmSubscription&TopicArn={TOPIC}&Token=x"),
            "Invalid parameter: Token",
        ),
    ] {
        house.denied(&form, 400, "InvalidParameter", message).await;
    }
    let long = format!("Action=Publish&TopicArn={TOPIC}&Message={}", "x".repeat(262_145));
    house.denied(&long, 400, "InvalidParameter", "Invalid parameter: Message too long").await;
    let message = "The action Nonsense is not valid for this web service.";
    house.denied("Action=Nonsense", 400, "InvalidAction", message).await;
}

#[tokio::test]
async fn tags_and_permissions_come_and_go() {
    let house = House::open().await;
    house.sns("Action=CreateTopic&Name=trail").await;
    house
        .sns(&format!(
            "Action=TagResource&ResourceArn={TOPIC}&Tags.member.1.Key=a&Tags.member.1.Value=1\
             &Tags.member.2.Key=b&Tags.member.2.Value=2"
        ))
        .await;
    house.sns(&format!("Action=UntagResource&ResourceArn={TOPIC}&TagKeys.member.1=a")).await;
    let tags = house.sns(&format!("Action=ListTagsForResource&ResourceArn={TOPIC}")).await;
    assert!(tags.contains("<Tags><member><Key>b</Key><Value>2</Value></member></Tags>"), "{tags}");
    let none = format!("Action=ListTagsForResource&ResourceArn={TOPIC}x");
    house.denied(&none, 404, "ResourceNotFound", "Resource does not exist").await;

    let publish = format!("Action=Publish&TopicArn={TOPIC}&Message=a");
    assert_eq!(house.ask(&admin(OTHER), &publish).await.0, 403);
    let add = format!(
        "Action=AddPermission&TopicArn={TOPIC}&Label=let&AWSAccountId.member.1={OTHER}\
         &ActionName.member.1=Publish"
    );
    house.sns(&add).await;
    let again = "Invalid parameter: Statement already exists";
    house.denied(&add, 400, "InvalidParameter", again).await;
    assert_eq!(house.ask(&admin(OTHER), &publish).await.0, 200);
    assert_eq!(house.ask(&reader(OTHER), &publish).await.0, 403);
    assert_eq!(house.ask(&reader(OWN), &publish).await.0, 403);
    let look = format!("Action=GetTopicAttributes&TopicArn={TOPIC}");
    assert_eq!(house.ask(&reader(OWN), &look).await.0, 200);
    house.sns(&format!("Action=RemovePermission&TopicArn={TOPIC}&Label=let")).await;
    let (status, document) = house.ask(&admin(OTHER), &publish).await;
    assert_eq!(status, 403);
    assert_eq!(element(&document, "Code"), "AuthorizationError");
}

#[tokio::test]
async fn a_trail_publishes_only_where_the_policy_lets_it() {
    let house = House::open().await;
    house.sns("Action=CreateTopic&Name=trail").await;
    let trail = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/t";
    let actor = Actor::trail(trail, id(OWN));
    let kind = async |actor: &Actor, arn: &str| {
        house.sns.publish(actor, arn, None, "m").await.map_err(|error| (error.kind, error.code))
    };
    let denied = Err((PortErrorKind::Denied, "AuthorizationError".to_owned()));
    assert_eq!(kind(&actor, TOPIC).await, denied);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "AWSCloudTrailSNSPolicy20131101",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "SNS:Publish",
            "Resource": TOPIC,
            "Condition": {"StringEquals": {"aws:SourceArn": trail}},
        }],
    });
    house
        .sns(&format!(
            "Action=SetTopicAttributes&TopicArn={TOPIC}&AttributeName=Policy&AttributeValue={}",
            policy.to_string().replace('+', "%2B")
        ))
        .await;
    assert!(kind(&actor, TOPIC).await.is_ok());
    let other = Actor::trail("arn:aws:cloudtrail:eu-central-1:444455556666:trail/t", id(OTHER));
    assert_eq!(kind(&other, TOPIC).await, denied);
    let missing = Err((PortErrorKind::Missing, "NotFound".to_owned()));
    assert_eq!(kind(&actor, &format!("{TOPIC}x")).await, missing);
    let info = house.sns.topic(id(OWN), REGION, "trail").await.unwrap();
    assert_eq!((info.arn.as_str(), info.policy), (TOPIC, Some(policy.to_string())));
}

/// The entries of an answer.
pub(crate) async fn attributes(house: &House, form: &str) -> serde_json::Map<String, Value> {
    let document = house.sns(&format!("Action={form}")).await;
    let entries = document.split("<entry>").skip(1);
    entries
        .map(|entry| {
            let value = element(entry, "value").replace("&quot;", "\"");
            (element(entry, "key").to_owned(), value.into())
        })
        .collect()
}
