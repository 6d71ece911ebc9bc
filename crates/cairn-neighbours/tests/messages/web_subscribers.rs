//! From a topic to web servers.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_ports::Actor;
use serde_json::{Value, json};

use crate::kit::{House, OWN, element};
use crate::topics::attributes;
use crate::web::{header, json};

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:trail";

/// A topic with a web server that has confirmed; gives the subscription's ARN.
async fn subscribed(house: &House, more: &str) -> String {
    house.sns("Action=CreateTopic&Name=trail").await;
    let form = format!(
        "Action=Subscribe&TopicArn={TOPIC}&Protocol=https&Endpoint=https%3A%2F%2Fsiem.test%2Fin\
         {more}"
    );
    let answer = house.sns(&form).await;
    assert_eq!(element(&answer, "SubscriptionArn"), "pending confirmation");
    assert!(house.post().await);
    let sent = house.web.taken();
    let asked = json(&sent[0]);
    assert_eq!(header(&sent[0], "x-amz-sns-message-type"), "SubscriptionConfirmation");
    assert_eq!(asked["Type"], "SubscriptionConfirmation");
    verify(house, &asked, &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token"]);
    let link = asked["SubscribeURL"].as_str().unwrap();
    let (_, query) = link.split_once("/?").unwrap();
    let (status, document) = house.ask(&Actor::Anonymous, query).await;
    assert_eq!(status, 200, "{document}");
    element(&document, "SubscriptionArn").to_owned()
}

/// The signature of a message, over these members, its topic and its type.
fn verify(house: &House, message: &Value, names: &[&str]) {
    let mut text = String::new();
    for name in names.iter().chain(&["TopicArn", "Type"]) {
        text.push_str(&format!("{name}\n{}\n", message[*name].as_str().unwrap()));
    }
    let signature = STANDARD.decode(message["Signature"].as_str().unwrap()).unwrap();
    let key = public_key(house.sns.certificate());
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(text.as_bytes(), &signature).unwrap();
    assert!(key.verify(format!("{text}x").as_bytes(), &signature).is_err());
    assert_eq!(message["SignatureVersion"], "2");
}

/// The RSA key of 2048 bits that a certificate carries: 270 bytes that begin the same way always.
fn public_key(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(text).unwrap();
    let begins = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
    let at = der.windows(begins.len()).position(|window| window == begins).unwrap();
    der[at..at + 270].to_vec()
}

async fn publish(house: &House, message: &str) {
    house.sns(&format!("Action=Publish&TopicArn={TOPIC}&Message={message}&Subject=S")).await;
}

#[tokio::test]
async fn a_web_server_confirms_and_gets_signed_messages() {
    let house = House::open().await;
    let arn = subscribed(&house, "").await;
    assert!(!house.post().await);
    publish(&house, "hello").await;
    assert!(house.post().await);
    let sent = house.web.taken();
    assert_eq!(sent.len(), 1);
    let request = &sent[0];
    assert_eq!(request.uri(), "https://siem.test/in");
    let message = json(request);
    for (name, value) in [
        ("x-amz-sns-message-type", "Notification"),
        ("x-amz-sns-message-id", message["MessageId"].as_str().unwrap()),
        ("x-amz-sns-topic-arn", TOPIC),
        ("x-amz-sns-subscription-arn", &arn),
        ("content-type", "text/plain; charset=UTF-8"),
    ] {
        assert_eq!(header(request, name), value, "{name}");
    }
    assert_eq!(message["Message"], "hello");
    verify(&house, &message, &["Message", "MessageId", "Subject", "Timestamp"]);
    assert!(!house.post().await);

    // Its own link ends it.
    let link = message["UnsubscribeURL"].as_str().unwrap();
    let (_, query) = link.split_once("/?").unwrap();
    assert_eq!(house.ask(&Actor::Anonymous, query).await.0, 200);
    publish(&house, "late").await;
    assert!(!house.post().await);
}

#[tokio::test]
async fn a_web_server_that_is_away_is_tried_again_and_then_given_up() {
    let house = House::open().await;
    subscribed(&house, "").await;
    house.web.will_answer(&[500, 0, 429]);
    publish(&house, "again").await;
    for _ in 0..3 {
        assert!(house.post().await);
        assert!(!house.post().await);
        house.advance(20);
    }
    assert!(house.post().await);
    let sent = house.web.taken();
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|request| request.body() == sent[0].body()));

    house.web.will_answer(&[503; 9]);
    publish(&house, "never").await;
    for _ in 0..9 {
        house.post().await;
        house.advance(20);
    }
    assert_eq!(house.web.taken().len(), 4);
}

#[tokio::test]
async fn what_the_policy_gives_up_goes_to_the_dead_letters() {
    let house = House::open().await;
    let policy = json!({
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        },
    });
    let url = house.queue("dead", json!({"Policy": policy.to_string()})).await;
    let redrive = json!({"deadLetterTargetArn": format!("arn:aws:sqs:eu-central-1:{OWN}:dead")});
    let delivery = json!({"healthyRetryPolicy": {"numRetries": 0}});
    let arn = subscribed(
        &house,
        &format!(
            "&Attributes.entry.1.key=RedrivePolicy&Attributes.entry.1.value={redrive}\
             &Attributes.entry.2.key=DeliveryPolicy&Attributes.entry.2.value={delivery}\
             &Attributes.entry.3.key=RawMessageDelivery&Attributes.entry.3.value=true"
        ),
    )
    .await;
    let shown =
        attributes(&house, &format!("GetSubscriptionAttributes&SubscriptionArn={arn}")).await;
    assert!(shown["EffectiveDeliveryPolicy"].as_str().unwrap().contains("\"numRetries\":0"));
    // The first may come again and the policy says no; the second never may.
    house.web.will_answer(&[500, 404]);
    publish(&house, "one").await;
    publish(&house, "two").await;
    house.post().await;
    assert!(!house.post().await);
    let sent = house.web.taken();
    assert_eq!(sent.len(), 2);
    assert_eq!(header(&sent[0], "x-amz-sns-rawdelivery"), "true");
    let found = house.receive(&url).await;
    let bodies: Vec<&Value> = found.iter().map(|found| &found["Body"]).collect();
    assert_eq!(bodies, ["one", "two"]);
    let reason = &found[1]["MessageAttributes"]["ErrorMessage"]["StringValue"];
    assert_eq!(reason, "the web server answered 404");
}

#[tokio::test]
async fn a_web_server_that_is_away_does_not_hold_up_the_others() {
    let house = House::open().await;
    subscribed(&house, "").await;
    let other = format!(
        "Action=Subscribe&TopicArn={TOPIC}&Protocol=http&Endpoint=http%3A%2F%2Fother.test%2F\
         &ReturnSubscriptionArn=true"
    );
    house.sns(&other).await;
    house.post().await;
    let asked = json(&house.web.taken()[0]);
    let confirm = format!(
        "Action=ConfirmSubscription&TopicArn={TOPIC}&Token={}",
        asked["Token"].as_str().unwrap()
    );
    house.ask(&Actor::Anonymous, &confirm).await;
    for _ in 0..40 {
        publish(&house, "x").await;
    }
    // The first step meets both; from then on only the one that answers is asked.
    house.web.answer_as(|uri| if uri.contains("other.test") { 200 } else { 500 });
    while house.post().await {}
    let sent = house.web.taken();
    let to = |host: &str| sent.iter().filter(|one| one.uri().to_string().contains(host)).count();
    assert_eq!(to("other.test"), 40);
    assert!(to("siem.test") <= 16, "{}", to("siem.test"));
    // After an hour nothing is tried any more.
    house.advance(3_601);
    while house.post().await {}
    assert_eq!(house.web.taken().len(), 0);
}

#[tokio::test]
async fn the_key_and_what_waits_outlive_a_restart() {
    let house = House::open().await;
    subscribed(&house, "").await;
    let certificate = house.sns.certificate().to_owned();
    publish(&house, "kept").await;
    house.store.close().await;
    let house = house.reopen().await;
    assert_eq!(house.sns.certificate(), certificate);
    assert!(house.post().await);
    assert_eq!(json(&house.web.taken()[0])["Message"], "kept");
}
