//! An account never sees another account's records.

use cairn_history::{Attribute, Query};

use crate::kit::{House, NOW, Spec, all_pages, by, small};

const ACCOUNTS: [u64; 4] = [1, 2, 256, 111_122_223_333];

fn spec(account: u64, number: usize) -> Spec {
    Spec {
        account,
        id: format!("id-{account}-{number}"),
        name: format!("Name{account}"),
        user: format!("user{account}"),
        bucket: format!("bucket{account}"),
        key: format!("AKIA{account}"),
        read_only: account.is_multiple_of(2),
        ..Spec::new(number, NOW - number as i64)
    }
}

fn value(attribute: Attribute, account: u64) -> String {
    match attribute {
        Attribute::EventId => format!("id-{account}-3"),
        Attribute::EventName => format!("Name{account}"),
        Attribute::ReadOnly => account.is_multiple_of(2).to_string(),
        Attribute::Username => format!("user{account}"),
        Attribute::ResourceType => "AWS::S3::Bucket".to_owned(),
        Attribute::ResourceName => format!("arn:aws:s3:::bucket{account}"),
        Attribute::EventSource => "s3.amazonaws.com".to_owned(),
        Attribute::AccessKeyId => format!("AKIA{account}"),
    }
}

/// Whether other accounts have records with this value, too.
fn shared(attribute: Attribute, one: u64, other: u64) -> bool {
    match attribute {
        Attribute::ResourceType | Attribute::EventSource => true,
        Attribute::ReadOnly => one % 2 == other % 2,
        _ => false,
    }
}

fn check(house: &House, accounts: &[u64]) {
    for asking in ACCOUNTS {
        let own = |query: &Query| {
            let mut found = Vec::new();
            for region in [None, Some("us-east-1")] {
                found = all_pages(&house.scope(asking, region), query);
                let seqs: Vec<_> = found.clone();
                for record in house.journal().read(&seqs).unwrap() {
                    assert_eq!(record.account.as_u64(), asking, "{query:?}");
                }
            }
            found.len()
        };
        let has = if accounts.contains(&asking) { 20 } else { 0 };
        assert_eq!(own(&Query::default()), has);
        for owner in ACCOUNTS {
            for attribute in Attribute::ALL {
                let found = own(&by(attribute, &value(attribute, owner)));
                let visible = owner == asking || shared(attribute, owner, asking);
                let all = if attribute == Attribute::EventId { has.min(1) } else { has };
                let expected = if visible { all } else { 0 };
                assert_eq!(found, expected, "{asking} asks for {attribute:?} of {owner}");
            }
            let text = Query { text: Some(format!("bucket{owner}\"")), ..Query::default() };
            assert_eq!(own(&text), if owner == asking { has } else { 0 });
        }
    }
}

#[test]
fn every_attribute_of_every_account_stays_within_it() {
    // In memory, in parts as sealed, and in merged parts.
    let mut house = House::new(small());
    for number in 0..20 {
        for account in &ACCOUNTS[..3] {
            house.put(&spec(*account, number));
        }
    }
    house.index();
    check(&house, &ACCOUNTS[..3]);
    house.settle();
    assert!(house.history().stats().parts > 0);
    check(&house, &ACCOUNTS[..3]);
    for number in 0..20 {
        house.put(&spec(ACCOUNTS[3], number));
        house.settle();
    }
    check(&house, &ACCOUNTS);
}

#[test]
fn regions_are_asked_for_one_by_one_or_all_at_once() {
    let mut house = House::new(small());
    for number in 0..90 {
        let region = ["us-east-1", "eu-west-1", "Moon Base"][number % 3].to_owned();
        house.put(&Spec { region, ..Spec::new(number, NOW - number as i64) });
    }
    house.settle();
    let count = |region| all_pages(&house.scope(1, region), &Query::default()).len();
    assert_eq!(count(Some("us-east-1")), 30);
    assert_eq!(count(Some("eu-west-1")), 30);
    assert_eq!(count(Some("eu-west-2")), 0);
    assert_eq!(count(None), 90);
    let mut known: Vec<(Option<String>, u64)> = Vec::new();
    for scope in house.history().known_scopes("000000000001".parse().unwrap()) {
        known.push((scope.region.map(|region| region.to_string()), scope.records));
    }
    known.sort();
    let expected =
        [(None, 30), (Some("eu-west-1".to_owned()), 30), (Some("us-east-1".to_owned()), 30)];
    assert_eq!(known, expected);
    assert!(house.history().known_scopes("000000000002".parse().unwrap()).is_empty());
}
