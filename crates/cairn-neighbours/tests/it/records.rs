//! Records to the letter.

use serde_json::{Value, json};

use crate::kit::{House, OTHER, OWN, operator, tag, user};

#[tokio::test]
async fn a_change_is_recorded_as_the_call_it_stands_for() {
    let house = House::open().await;
    let chief = user(OWN, "chief", true);
    let input = json!({ "UserName": "alice", "Admin": true });
    let made = house.cairn(&chief, "CreateUser", input).await.unwrap();
    let records = house.records();
    assert_eq!(records.len(), 1);
    let (account, record) = &records[0];
    assert_eq!(account, OWN);
    let parsed: Value = serde_json::from_str(record).unwrap();
    let expected = format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","#,
            r#""principalId":"AIDACHIEF","arn":"arn:aws:iam::111122223333:user/chief","#,
            r#""accountId":"111122223333","accessKeyId":"AKIAUSER","userName":"chief"}},"#,
            r#""eventTime":"2023-11-14T22:13:20Z","#,
            r#""eventSource":"iam.amazonaws.com","eventName":"CreateUser","#,
            r#""awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"a-test","#,
            r#""requestParameters":{{"userName":"alice","admin":true}},"#,
            r#""responseElements":{{"user":{{"userName":"alice","userId":{user_id},"#,
            r#""arn":"arn:aws:iam::111122223333:user/alice","admin":true,"#,
            r#""createDate":"Nov 14, 2023, 10:13:20 PM"}}}},"#,
            r#""requestID":"11111111-2222-4333-8444-555555555555","eventID":{event_id},"#,
            r#""readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"#,
            r#""recipientAccountId":"111122223333","eventCategory":"Management"}}"#,
        ),
        user_id = made["User"]["UserId"],
        event_id = parsed["eventID"],
    );
    // The order inside the answer is serde_json's; that of the record's own members is fixed.
    assert_eq!(parsed, serde_json::from_str::<Value>(&expected).unwrap());
    assert_eq!(members(record), members(&expected));
}

/// The names of a record's own members, in order.
fn members(record: &str) -> Vec<String> {
    let cairn_event::Json::Map(members) = cairn_event::Json::parse(record.as_bytes()).unwrap()
    else {
        panic!("no object: {record}");
    };
    members.into_iter().map(|(name, _)| name).collect()
}

#[tokio::test]
async fn an_effect_has_one_record_and_leaves_nothing_in_the_outbox() {
    let house = House::open().await;
    let chief = user(OWN, "chief", true);
    for (operation, input) in [
        ("CreateUser", json!({ "UserName": "alice" })),
        ("ListUsers", json!({})),
        ("DeleteUser", json!({ "UserName": "alice" })),
        ("DeleteUser", json!({ "UserName": "alice" })),
    ] {
        let before = house.records().len();
        let _ = house.cairn(&chief, operation, input).await;
        assert_eq!(house.records().len(), before + 1, "{operation}");
        assert_eq!(house.newest()["eventName"], operation);
    }
    assert_eq!(house.newest()["errorCode"], "NoSuchEntityException");
    let waiting = cairn_store::outbox::list(&house.services.store, 10).await.unwrap();
    assert_eq!(waiting, []);
}

#[tokio::test]
async fn a_secret_is_in_the_answer_and_in_no_record() {
    let house = House::open().await;
    let input = json!({ "Name": "third", "AccountId": "777788889999" });
    let account = house.cairn(&operator(), "CreateAccount", input).await.unwrap();
    assert_eq!(
        house.newest()["responseElements"],
        json!({
            "account": {
                "accountId": "777788889999",
                "name": "third",
                "createDate": "Nov 14, 2023, 10:13:20 PM",
            },
            "accessKey": { "accessKeyId": account["AccessKey"]["AccessKeyId"] },
        })
    );
    house.cairn(&operator(), "CreateUser", json!({ "UserName": "carol" })).await.unwrap();
    let carol = json!({ "UserName": "carol" });
    let key = house.cairn(&operator(), "CreateAccessKey", carol).await.unwrap();
    assert_eq!(
        house.newest()["responseElements"],
        json!({ "accessKey": {
            "userName": "carol",
            "accessKeyId": key["AccessKey"]["AccessKeyId"],
            "status": "Active",
            "createDate": "Nov 14, 2023, 10:13:20 PM",
        } })
    );
    let alice = user(OWN, "alice", false);
    let session = house.sts(&alice, "GetSessionToken", &[]).await.unwrap();
    let shown = &house.newest()["responseElements"]["credentials"];
    assert_eq!(shown["sessionToken"], tag(&session, "SessionToken"));
    for secret in [
        account["AccessKey"]["SecretAccessKey"].as_str().unwrap(),
        key["AccessKey"]["SecretAccessKey"].as_str().unwrap(),
        tag(&session, "SecretAccessKey"),
    ] {
        assert_eq!(secret.len(), 40);
        assert!(house.records().iter().all(|(_, record)| !record.contains(secret)));
    }
}

#[tokio::test]
async fn a_role_is_entered_from_its_own_account() {
    let house = House::open().await;
    let role = house.role(OWN, "deploy", false, OWN).await;
    let alice = user(OWN, "alice", false);
    let answer = house.assume(&alice, &role, &[("SourceIdentity", "alice")]).await.unwrap();
    let records = house.records();
    assert_eq!(records.len(), 1, "nobody else is concerned");
    let record = house.newest();
    assert_eq!(record["eventSource"], "sts.amazonaws.com");
    assert_eq!(record["readOnly"], true);
    assert_eq!(record.get("sharedEventID"), None);
    let resource = json!([
        { "accountId": OWN, "type": "AWS::IAM::Role", "ARN": role.arn() }
    ]);
    assert_eq!(record["resources"], resource);
    assert_eq!(
        record["responseElements"],
        json!({
            "credentials": {
                "accessKeyId": tag(&answer, "AccessKeyId"),
                "sessionToken": tag(&answer, "SessionToken"),
                "expiration": "Nov 14, 2023, 11:13:20 PM",
            },
            "assumedRoleUser": {
                "assumedRoleId": format!("{}:night-shift", role.id),
                "arn": format!("arn:aws:sts::{OWN}:assumed-role/deploy/night-shift"),
            },
            "sourceIdentity": "alice",
        })
    );
}

#[tokio::test]
async fn a_role_that_is_entered_from_outside_is_recorded_on_both_sides() {
    let house = House::open().await;
    let role = house.role(OTHER, "audit", false, OWN).await;
    let alice = user(OWN, "alice", false);
    house.assume(&alice, &role, &[]).await.unwrap();
    let records = house.records();
    let accounts: Vec<&str> = records.iter().map(|(account, _)| &**account).collect();
    assert_eq!(accounts, [OWN, OTHER]);
    let [mut mine, mut theirs] =
        [0, 1].map(|n: usize| serde_json::from_str::<Value>(&records[n].1).unwrap());
    assert_eq!(mine["userIdentity"]["userName"], "alice");
    let foreign = json!({ "type": "AWSAccount", "principalId": "AIDAALICE", "accountId": OWN });
    assert_eq!(theirs["userIdentity"], foreign);
    assert_eq!(
        (&mine["recipientAccountId"], &theirs["recipientAccountId"]),
        (&json!(OWN), &json!(OTHER))
    );
    assert_ne!(mine["eventID"], theirs["eventID"]);
    assert_eq!(mine["sharedEventID"].as_str().unwrap().len(), 36);
    // Everything else is the same.
    for member in ["userIdentity", "recipientAccountId", "eventID"] {
        mine[member] = Value::Null;
        theirs[member] = Value::Null;
    }
    assert_eq!(mine, theirs);
}

#[tokio::test]
async fn a_role_that_stays_shut_is_recorded_with_the_caller_alone() {
    let house = House::open().await;
    let role = house.role(OTHER, "private", false, OTHER).await;
    house.assume(&user(OWN, "alice", false), &role, &[]).await.unwrap_err();
    let records = house.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].0, OWN);
    assert_eq!(house.newest()["errorCode"], "AccessDenied");
}
