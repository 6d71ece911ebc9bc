use bytes::Bytes;
use serde_json::json;

use super::*;

const ROLE: &str = "iam::role/deploy";
const BUCKET: &str = "arn:aws:s3:::invoices";

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

/// Of the first account.
fn tags() -> Tags {
    let wanted = Wanted::from([(account(1), BTreeSet::from(["team".to_owned()]))]);
    Tags { wanted, accounts: HashMap::new() }
}

fn change(resource: &str, clears: bool, tags: &[(&str, Option<&str>)]) -> TagChange {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned)));
    let resources = vec![resource.to_owned()];
    TagChange {
        account: account(1),
        seq: Seq(1),
        resources,
        clears,
        tags: tags.collect(),
        ends: None,
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn event() -> Event {
    let record = json!({
        "eventTime": "2026-03-01T09:30:00Z", "eventName": "GetObject", "awsRegion": "eu-west-1",
        "eventSource": "s3.amazonaws.com", "eventID": "e", "userIdentity": {
            "type": "AssumedRole", "accessKeyId": "ASIA1",
            "arn": "arn:aws:sts::1:assumed-role/deploy/a",
            "sessionContext": { "sessionIssuer": { "arn": "arn:aws:iam::1:role/ci/deploy" } },
        },
        "resources": [{ "ARN": format!("{BUCKET}/a.pdf") }, { "ARN": BUCKET }],
        "requestParameters": { "bucketName": "invoices" },
    });
    Event::parse(Bytes::from(record.to_string())).unwrap()
}

fn principal(tags: &Tags) -> Vec<(&str, &str)> {
    let event = event();
    tags.of_principal(&event, account(1)).into_iter().collect()
}

#[test]
fn only_what_is_asked_for_is_kept() {
    let mut tags = tags();
    tags.apply(&change(BUCKET, false, &[("team", Some("red")), ("cost", Some("1"))]), at(0));
    tags.apply(&change("arn:aws:s3:::other", false, &[("cost", Some("1"))]), at(0));
    let other = TagChange { account: account(2), ..change(BUCKET, false, &[("team", Some("x"))]) };
    tags.apply(&other, at(0));
    let found = tags.of_resources(&event(), account(1));
    assert_eq!(found, [(BUCKET.to_owned(), BTreeMap::from([("team", "red")]))]);
    assert!(tags.of_resources(&event(), account(2)).is_empty());
    assert_eq!(tags.accounts[&account(1)].of.len(), 1);
    tags.apply(&change(BUCKET, false, &[("team", None)]), at(0));
    assert!(tags.of_resources(&event(), account(1)).is_empty());
    assert!(tags.accounts[&account(1)].of.is_empty());
}

#[test]
fn tags_of_a_session_go_over_those_of_its_role() {
    let mut tags = tags();
    tags.apply(&change(ROLE, false, &[("team", Some("red"))]), at(0));
    assert_eq!(principal(&tags), [("team", "red")]);
    let ends = Some(at(100));
    let session = TagChange { ends, ..change("ASIA1", false, &[("team", Some("blue"))]) };
    tags.apply(&session, at(0));
    assert_eq!(principal(&tags), [("team", "blue")]);
    tags.apply(&change(BUCKET, true, &[]), at(100));
    assert_eq!(principal(&tags), [("team", "blue")]);
    tags.apply(&change(BUCKET, true, &[]), at(101));
    assert_eq!(principal(&tags), [("team", "red")]);
    tags.apply(&change(ROLE, true, &[("cost", Some("1"))]), at(101));
    assert!(principal(&tags).is_empty());
}
