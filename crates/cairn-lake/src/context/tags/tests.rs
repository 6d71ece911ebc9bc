use bytes::Bytes;
use serde_json::json;

use super::*;

const ROLE: &str = "iam::111122223333:role/deploy";
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
    TagChange { account: account(1), resources, clears, tags: tags.collect(), ends: None }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn event() -> Event {
    let record = json!({
        "eventTime": "2026-03-01T09:30:00Z", "eventName": "GetObject", "awsRegion": "eu-west-1",
        "eventSource": "s3.amazonaws.com", "eventID": "e", "userIdentity": {
            "type": "AssumedRole", "accessKeyId": "ASIA1",
            "arn": "arn:aws:sts::111122223333:assumed-role/deploy/a",
            "sessionContext": { "sessionIssuer": { "arn": "arn:aws:iam::111122223333:role/ci/deploy" } },
        },
        "resources": [{ "ARN": format!("{BUCKET}/a.pdf") }, { "ARN": BUCKET }],
        "requestParameters": { "bucketName": "invoices" },
    });
    Event::parse(Bytes::from(record.to_string())).unwrap()
}

fn principal(tags: &Tags, came: i64) -> Vec<(&str, &str)> {
    tags.seen(account(1), at(came)).of_principal(&event()).into_iter().collect()
}

/// The tags of the resources that the event names.
fn resources(tags: &Tags, of: u64) -> Vec<(String, Vec<(&str, &str)>)> {
    let seen = tags.seen(account(of), at(0));
    let arns = seen.arns(&event()).into_iter();
    arns.map(|arn| (arn.clone(), seen.of(&arn).collect::<Vec<_>>()))
        .filter(|(_, tags)| !tags.is_empty())
        .collect()
}

#[test]
fn only_what_is_asked_for_is_kept() {
    let mut tags = tags();
    let red = change(BUCKET, false, &[("team", Some("red")), ("cost", Some("1"))]);
    let other = change("arn:aws:s3:::other", false, &[("cost", Some("1"))]);
    let foreign = TagChange { account: account(2), ..red.clone() };
    assert!(tags.concern(&red) && !tags.concern(&other) && !tags.concern(&foreign));
    for change in [&red, &other, &foreign] {
        tags.apply(change, at(0));
    }
    assert_eq!(resources(&tags, 1), [(BUCKET.to_owned(), vec![("team", "red")])]);
    assert!(resources(&tags, 2).is_empty());
    assert_eq!(tags.accounts[&account(1)].of.len(), 1);
    assert!(tags.concern(&change(BUCKET, true, &[])));
    assert!(!tags.concern(&change("arn:aws:s3:::other", true, &[])));
    tags.apply(&change(BUCKET, false, &[("team", None)]), at(0));
    assert!(resources(&tags, 1).is_empty() && tags.accounts[&account(1)].of.is_empty());
}

#[test]
fn tags_of_a_session_go_over_those_of_its_role_until_it_ends() {
    let mut tags = tags();
    tags.apply(&change(ROLE, false, &[("team", Some("red"))]), at(0));
    assert_eq!(principal(&tags, 0), [("team", "red")]);
    let session = |team, ends| {
        let ends = Some(at(ends));
        TagChange { ends, ..change("ASIA1", false, &[("team", Some(team))]) }
    };
    tags.apply(&session("blue", 100), at(0));
    assert_eq!(principal(&tags, 100), [("team", "blue")]);
    assert_eq!(principal(&tags, 101), [("team", "red")]);
    // One that begins again lasts as long as it does then.
    tags.apply(&session("green", 150), at(50));
    tags.apply(&change(BUCKET, true, &[]), at(120));
    assert_eq!(principal(&tags, 120), [("team", "green")]);
    tags.apply(&change(BUCKET, true, &[]), at(151));
    assert!(tags.accounts[&account(1)].sessions.is_empty());
    tags.apply(&change(ROLE, true, &[("cost", Some("1"))]), at(151));
    assert!(principal(&tags, 151).is_empty());
}

#[test]
fn a_role_of_the_same_name_elsewhere_has_tags_of_its_own() {
    let mut tags = tags();
    let other = "iam::444455556666:role/deploy";
    tags.apply(&change(other, false, &[("team", Some("red"))]), at(0));
    assert!(principal(&tags, 0).is_empty());
}
