//! Notifications: each at least once, whatever the queue does.

use std::sync::atomic::Ordering::Relaxed;

use crate::kit::{Answered, Asked, House, QUEUE};

async fn configure(house: &House, queue: &str) -> Answered {
    let text = format!(
        "<NotificationConfiguration><QueueConfiguration><Id>news</Id><Queue>{queue}</Queue>\
         <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event>\
         <Filter><S3Key><FilterRule><Name>suffix</Name><Value>.gz</Value></FilterRule></S3Key>\
         </Filter></QueueConfiguration></NotificationConfiguration>"
    );
    Asked::new("PUT", "/one?notification").body(text).of(house).await
}

fn sent(house: &House) -> Vec<serde_json::Value> {
    let sent = std::mem::take(&mut *house.neighbours.sent.lock().unwrap());
    sent.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

#[tokio::test]
async fn a_target_is_tried_then_told() {
    let house = House::new().await;
    house.bucket("one").await;
    configure(&house, QUEUE).await.fine();
    let test = sent(&house).remove(0);
    assert_eq!((&test["Event"], &test["Bucket"]), (&"s3:TestEvent".into(), &"one".into()));
    house.put("/one/a%20b.gz", "xyz").await;
    house.put("/one/other", "x").await;
    house.ask("DELETE", "/one/a%20b.gz").await.fine();
    let events = sent(&house);
    assert_eq!(events.len(), 2);
    let put = &events[0]["Records"][0];
    assert_eq!(put["eventName"], "ObjectCreated:Put");
    assert_eq!(put["s3"]["configurationId"], "news");
    assert_eq!(put["s3"]["object"]["key"], "a+b.gz");
    assert_eq!(put["s3"]["object"]["size"], 3);
    let gone = &events[1]["Records"][0];
    assert_eq!(gone["eventName"], "ObjectRemoved:Delete");
    let place = |event: &serde_json::Value| event["s3"]["object"]["sequencer"].to_string();
    assert!(place(put) < place(gone));
}

#[tokio::test]
async fn what_cannot_be_sent_waits_even_for_another_process() {
    let mut house = House::new().await;
    house.bucket("one").await;
    configure(&house, QUEUE).await.fine();
    sent(&house);
    house.neighbours.queue_down.store(true, Relaxed);
    house.put("/one/a.gz", "x").await;
    house.put("/one/b.gz", "x").await;
    house.restart().await;
    assert!(sent(&house).is_empty());
    house.neighbours.queue_down.store(false, Relaxed);
    house.s3.notify().await;
    let keys: Vec<_> = sent(&house)
        .iter()
        .map(|event| event["Records"][0]["s3"]["object"]["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["a.gz", "b.gz"]);
    house.s3.notify().await;
    assert!(sent(&house).is_empty());
}

#[tokio::test]
async fn a_target_that_does_not_exist_is_refused() {
    let house = House::new().await;
    house.bucket("one").await;
    let refused = configure(&house, "arn:aws:sqs:us-east-1:111122223333:none").await;
    assert_eq!(refused.code(), "InvalidArgument");
    let found = house.ask("GET", "/one?notification").await.fine();
    assert!(!found.text().contains("Queue"));
}
