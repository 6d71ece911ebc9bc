//! Context keys: in the rows of the store that has them, from its own change on.

use cairn_ports::lake::Row;
use cairn_store::EventDataStore;

use crate::kit::{House, NOW};

const KEYS: &str = r#"{"MaxEventSize":"Large","ContextKeySelectors":[
    {"Type":"RequestContext","Equals":["aws:PrincipalArn","aws:MultiFactorAuthAge"]}]}"#;
const CONTEXT: &str = concat!(
    r#","eventContext":{"requestContext":{"aws:PrincipalArn":"#,
    r#""arn:aws:iam::111122223333:user/a"},"tagContext":{}}}"#,
);

async fn rows(house: &mut House, store: &EventDataStore) -> Vec<Row> {
    let statement = "SELECT eventName, element_at(eventContext.requestContext, \
                     'aws:PrincipalArn'), eventJson FROM $EDS \
                     WHERE eventSource = 'ec2.amazonaws.com' ORDER BY eventName";
    house.rows(store, statement).await
}

fn texts(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row[2].1.as_deref().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_with_keys_has_rows_of_its_own() {
    for restarts in [false, true] {
        let mut house = House::new().await;
        let (plain, keyed) = (house.create("plain").await, house.create("keyed").await);
        house.put("Before", 1, NOW);
        let keys = |plan: &mut cairn_store::LakeDocument| {
            plan.event_configuration = Some(KEYS.to_owned());
        };
        house.change(&keyed, "PutEventConfiguration", keys).await;
        house.put("During", 1, NOW);
        house.change(&keyed, "PutEventConfiguration", |plan| plan.event_configuration = None).await;
        house.put("Later", 1, NOW);
        if restarts {
            // The changes are met, and nothing of it is in files.
            house.collector.step().await.unwrap();
            house.restart().await;
        }
        house.settle().await;
        for _ in 0..2 {
            let (without, with) = (rows(&mut house, &plain).await, rows(&mut house, &keyed).await);
            let arns: Vec<_> = with.iter().map(|row| row[1].1.as_deref()).collect();
            assert_eq!(arns, [None, Some("arn:aws:iam::111122223333:user/a"), None]);
            assert!(without.iter().all(|row| row[1].1.is_none()));
            let (without, with) = (texts(&without), texts(&with));
            assert_eq!((without[0], without[2]), (with[0], with[2]));
            let same = without[1].strip_suffix('}').unwrap();
            assert_eq!(with[1], format!("{same}{CONTEXT}"));
            house.flush().await;
            house.restart().await;
            house.settle().await;
        }
    }
}

const TAG_KEYS: &str = r#"{"MaxEventSize":"Large","ContextKeySelectors":[
    {"Type":"TagContext","Equals":["team"]}]}"#;
const TABLE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/t";

/// Tags as rows tell them, in the order of the journal.
async fn teams(house: &mut House, store: &EventDataStore) -> Vec<String> {
    let statement = "SELECT element_at(element_at(eventContext.tagContext.resourceTags, 1).tags, \
                     'team') FROM $EDS WHERE eventSource = 'dynamodb.amazonaws.com' \
                     ORDER BY eventTime";
    let rows = house.rows(store, statement).await;
    rows.into_iter().map(|row| row[0].1.clone().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_tell_the_tags_of_their_own_time_after_every_restart() {
    let mut house = House::new().await;
    let plain = house.create("plain").await;
    let table = |more: &str| format!(r#"{{"resourceArn":"{TABLE}"{more}}}"#);
    let tagged = |team: &str| table(&format!(r#","tags":[{{"key":"team","value":"{team}"}}]"#));
    let put = |house: &mut House, second: i64, name: &str, parameters: &str| {
        house.put_call(name, "dynamodb.amazonaws.com", parameters, NOW + second);
    };
    // Before anybody asks, and before the first file.
    put(&mut house, 1, "TagResource", &tagged("red"));
    house.settle().await;
    house.flush().await;
    let keyed = house.create("keyed").await;
    let keys = |plan: &mut cairn_store::LakeDocument| {
        plan.event_configuration = Some(TAG_KEYS.to_owned());
    };
    house.change(&keyed, "PutEventConfiguration", keys).await;
    put(&mut house, 2, "UpdateTable", &table(""));
    put(&mut house, 3, "TagResource", &tagged("blue"));
    put(&mut house, 4, "UpdateTable", &table(""));
    put(&mut house, 5, "UntagResource", &table(r#","tagKeys":["team"]"#));
    put(&mut house, 6, "UpdateTable", &table(""));
    let mut wanted = vec!["red", "red", "blue", "blue", ""];
    house.settle().await;
    assert_eq!(teams(&mut house, &keyed).await, wanted);
    // What was in memory is made again, as it was.
    house.restart().await;
    house.settle().await;
    assert_eq!(teams(&mut house, &keyed).await, wanted);
    put(&mut house, 7, "TagResource", &tagged("green"));
    house.settle().await;
    house.flush().await;
    house.restart().await;
    put(&mut house, 8, "UpdateTable", &table(""));
    house.settle().await;
    wanted.extend(["", "green"]);
    assert_eq!(teams(&mut house, &keyed).await, wanted);
    assert!(teams(&mut house, &plain).await.iter().all(String::is_empty));
}
