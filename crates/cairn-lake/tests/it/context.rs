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
