use cairn_gateway::Late;
use serde_json::Value;

use crate::kit::{Life, put};

fn key_and_outcome(event: &Value) -> (&str, Option<&str>) {
    let outcome = event.pointer("/additionalEventData/outcome").and_then(Value::as_str);
    (event["requestParameters"]["key"].as_str().unwrap(), outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settled_call_has_one_record_that_says_how_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let life = Life::begin(dir.path(), 1).await;
    let facts = put("a");
    let intent = life.intents.intend(&facts, Late::Refused).await.unwrap();
    assert!(life.events().is_empty(), "an intent is no event");
    assert_eq!(life.intents.stats(), (1, 0));
    life.intents.settle(intent, &[facts]).await.unwrap();
    assert_eq!(life.intents.stats(), (0, 0));
    let events = life.events();
    assert_eq!(events.len(), 1);
    assert_eq!(key_and_outcome(&events[0]), ("a", None));
    life.end().await;
    let life = Life::begin(dir.path(), 2).await;
    assert_eq!(life.intents.recover().await.unwrap(), 0);
    assert_eq!(life.events().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_open_at_the_end_stands_once_with_an_unknown_outcome() {
    let dir = tempfile::tempdir().unwrap();
    let life = Life::begin(dir.path(), 1).await;
    for key in ["a", "b", "c"] {
        let intent = life.intents.intend(&put(key), Late::Refused).await.unwrap();
        if key == "b" {
            life.intents.settle(intent, &[put(key)]).await.unwrap();
        }
    }
    life.end().await;
    for start in 2..4 {
        let life = Life::begin(dir.path(), start).await;
        let expected = if start == 2 { 2 } else { 0 };
        assert_eq!(life.intents.recover().await.unwrap(), expected);
        let events = life.events();
        let mut found: Vec<_> = events.iter().map(key_and_outcome).collect();
        found.sort_unstable();
        assert_eq!(found, [("a", Some("Unknown")), ("b", None), ("c", Some("Unknown"))]);
        assert!(events.iter().all(|event| event.get("errorCode").is_none()));
        life.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_call_says_why_nobody_knows_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let life = Life::begin(dir.path(), 1).await;
    let intent = life.intents.intend(&put("a"), Late::Refused).await.unwrap();
    life.intents.abandon(intent, &put("a"), "the upstream broke off");
    while life.intents.stats() != (0, 0) {
        tokio::task::yield_now().await;
    }
    let events = life.events();
    assert_eq!(key_and_outcome(&events[0]), ("a", Some("Unknown")));
    assert_eq!(events[0]["additionalEventData"]["outcomeReason"], "the upstream broke off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_journal_takes_no_intent() {
    let dir = tempfile::tempdir().unwrap();
    let life = Life::with_reserve(dir.path(), 1, u64::MAX / 2).await;
    let fault = life.intents.intend(&put("a"), Late::Refused).await.err().unwrap();
    assert_eq!(fault.status, 503);
    assert!(fault.message.contains("nearly full"), "{}", fault.message);
    assert_eq!(life.intents.stats(), (0, 0));
    assert_eq!(life.intents.record(&[put("a")]).await.unwrap_err().status, 503);
}
