use serde_json::{Value, json};

use super::Decision::{self, Allow, ExplicitDeny, ImplicitDeny};
use crate::{Context, Policy, Principal, Request};

mod laws;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ops/alice";

fn identity(arn: &str) -> Principal<'_> {
    let account = arn.split(':').nth(4).unwrap().parse().unwrap();
    Principal::Identity { account, arn, canonical_user: None }
}

fn get(principal: Principal<'_>, policy: &Value) -> Decision {
    let policy = Policy::parse(&policy.to_string()).unwrap();
    let context = Context::new().with("aws:username", "alice");
    let resource = "arn:aws:s3:::b/alice/x";
    policy.evaluate(&Request { principal, action: "s3:GetObject", resource, context: &context })
}

/// One statement that speaks of the request, with these members changed.
fn one(effect: &str, changes: &Value) -> Value {
    let mut statement = json!({
        "Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
    });
    for (name, value) in changes.as_object().unwrap() {
        if let Some(plain) = name.strip_prefix("Not") {
            statement.as_object_mut().unwrap().remove(plain);
        }
        statement[name] = value.clone();
    }
    json!({"Version": "2012-10-17", "Statement": statement})
}

#[test]
fn principals_are_told_apart() {
    let role = "arn:aws:iam::111122223333:role/path/ops";
    let anybody = [identity(ALICE), Principal::Anonymous, Principal::Service("sns.amazonaws.com")];
    for principal in anybody {
        assert_eq!(get(principal, &one("Allow", &json!({}))), Allow, "{principal:?}");
        let star = one("Allow", &json!({"Principal": {"AWS": "*"}}));
        assert_eq!(get(principal, &star), Allow, "{principal:?}");
    }
    let cases = [
        (json!({"AWS": "111122223333"}), identity(ALICE), true),
        (json!({"AWS": "arn:aws:iam::111122223333:root"}), identity(SESSION), true),
        (json!({"AWS": "444455556666"}), identity(ALICE), false),
        (json!({"AWS": ALICE}), identity(ALICE), true),
        (json!({"AWS": ALICE}), identity("arn:aws:iam::111122223333:user/alicea"), false),
        (json!({"AWS": role}), identity(SESSION), true),
        (json!({"AWS": role}), identity("arn:aws:sts::111122223333:assumed-role/ops2/a"), false),
        (json!({"AWS": role}), identity("arn:aws:sts::444455556666:assumed-role/ops/a"), false),
        (json!({"AWS": SESSION}), identity(SESSION), true),
        (json!({"AWS": "111122223333"}), Principal::Anonymous, false),
        (json!({"AWS": "AIDAABCDEFGHIJKLMNOP"}), identity(ALICE), false),
        (json!({"Service": "sns.amazonaws.com"}), Principal::Service("sns.amazonaws.com"), true),
        (json!({"Service": "s3.amazonaws.com"}), Principal::Service("sns.amazonaws.com"), false),
        (json!({"Service": "sns.amazonaws.com"}), identity(ALICE), false),
        (json!({"Federated": "x"}), identity(ALICE), false),
    ];
    for (who, principal, named) in cases {
        let allow = get(principal, &one("Allow", &json!({ "Principal": who })));
        assert_eq!(allow, if named { Allow } else { ImplicitDeny }, "{who} {principal:?}");
        let others = get(principal, &one("Allow", &json!({ "NotPrincipal": who })));
        assert_eq!(others, if named { ImplicitDeny } else { Allow }, "not {who} {principal:?}");
    }
}

#[test]
fn an_owner_without_a_canonical_name_cannot_be_compared() {
    let who = json!({"Principal": {"CanonicalUser": "79a5"}});
    assert_eq!(get(identity(ALICE), &one("Allow", &who)), ImplicitDeny);
    assert_eq!(get(identity(ALICE), &one("Deny", &who)), ExplicitDeny);
    assert_eq!(get(Principal::Anonymous, &one("Deny", &who)), ImplicitDeny);
    let account = "111122223333".parse().unwrap();
    let named = |name| Principal::Identity { account, arn: ALICE, canonical_user: Some(name) };
    assert_eq!(get(named("79a5"), &one("Allow", &who)), Allow);
    assert_eq!(get(named("1234"), &one("Deny", &who)), ImplicitDeny);
}

#[test]
fn actions_and_resources_fit_with_wildcards() {
    let cases = [
        (json!({"Action": "S3:getobject"}), true),
        (json!({"Action": "s3:Get*"}), true),
        (json!({"Action": "s3:GetObjec?"}), true),
        (json!({"Action": "s3:GetObject?"}), false),
        (json!({"Action": ["s3:PutObject", "*"]}), true),
        (json!({"Action": "sqs:*"}), false),
        (json!({"NotAction": "s3:Put*"}), true),
        (json!({"NotAction": "s3:*"}), false),
        (json!({"Resource": "*"}), true),
        (json!({"Resource": "arn:aws:s3:::B/*"}), false),
        (json!({"Resource": "arn:aws:s3:::b"}), false),
        (json!({"Resource": "arn:aws:s3:::b/${aws:username}/?"}), true),
        (json!({"Resource": "arn:aws:s3:::b/${aws:userid, 'alice'}/x"}), true),
        (json!({"NotResource": "arn:aws:s3:::c/*"}), true),
        (json!({"NotResource": ["arn:aws:s3:::c/*", "arn:aws:s3:::b/alice/*"]}), false),
    ];
    for (changes, applies) in cases {
        let allow = get(identity(ALICE), &one("Allow", &changes));
        assert_eq!(allow, if applies { Allow } else { ImplicitDeny }, "{changes}");
        let deny = get(identity(ALICE), &one("Deny", &changes));
        assert_eq!(deny, if applies { ExplicitDeny } else { ImplicitDeny }, "{changes}");
    }
}

#[test]
fn variables_belong_to_the_newer_version() {
    let mut policy = one("Allow", &json!({"Resource": "arn:aws:s3:::b/${aws:username}/x"}));
    assert_eq!(get(identity(ALICE), &policy), Allow);
    policy["Version"] = json!("2008-10-17");
    assert_eq!(get(identity(ALICE), &policy), ImplicitDeny);
    policy.as_object_mut().unwrap().remove("Version");
    assert_eq!(get(identity(ALICE), &policy), ImplicitDeny);
}

#[test]
fn what_cannot_be_evaluated_never_allows_and_always_denies() {
    let changes = [
        json!({"Condition": {"StringMatches": {"aws:username": "a"}}}),
        json!({"Condition": {"NumericEquals": {"aws:username": "1"}}}),
        json!({"Condition": {"StringEquals": {"aws:username": "${aws:userid}"}}}),
        json!({"Resource": "arn:aws:s3:::b/${aws:userid}/x"}),
        json!({"NotResource": "arn:aws:s3:::b/${aws:userid}/x"}),
    ];
    let context = Context::new().with("aws:username", "alice");
    let request = Request {
        principal: identity(ALICE),
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/alice/x",
        context: &context,
    };
    for changes in changes {
        let decide = |effect: &str| {
            let text = one(effect, &changes).to_string();
            Policy::parse_foreign(&text).unwrap().evaluate(&request)
        };
        assert_eq!(decide("Allow"), ImplicitDeny, "{changes}");
        assert_eq!(decide("Deny"), ExplicitDeny, "{changes}");
    }
    // Where another part of the statement does not fit, it says nothing.
    let elsewhere = json!({
        "Action": "s3:PutObject", "Condition": {"StringMatches": {"aws:username": "a"}},
    });
    let text = one("Deny", &elsewhere).to_string();
    assert_eq!(Policy::parse_foreign(&text).unwrap().evaluate(&request), ImplicitDeny);
}

#[test]
fn a_denial_wins_wherever_it_stands() {
    let statement = |effect: &str| one(effect, &json!({}))["Statement"].clone();
    for order in [["Allow", "Deny"], ["Deny", "Allow"]] {
        let policy = json!({"Statement": order.map(statement)});
        assert_eq!(get(identity(ALICE), &policy), ExplicitDeny, "{order:?}");
    }
}
