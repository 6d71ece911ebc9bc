use proptest::prelude::{Strategy, any, prop_assert, prop_oneof, proptest};
use serde_json::{Value, json};

use crate::{Context, Malformed, Policy, Principal, Request};

fn statement() -> Value {
    json!({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*",
    })
}

/// A statement with these members changed; `null` takes one away.
fn with(changes: Value) -> Result<Policy, Malformed> {
    let mut statement = statement();
    for (name, value) in changes.as_object().unwrap() {
        statement[name] = value.clone();
        if value.is_null() {
            statement.as_object_mut().unwrap().remove(name);
        }
    }
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    Policy::parse(&policy.to_string())
}

#[test]
fn documented_forms_are_read() {
    let arn = "arn:aws:iam::111122223333:role/path/r";
    let forms = [
        json!({}),
        json!({"Sid": "a b"}),
        json!({"Principal": {"AWS": "*"}}),
        json!({"Principal": {"AWS": ["111122223333", arn, "arn:aws:iam::111122223333:root"]}}),
        json!({"Principal": {"AWS": "AIDAABCDEFGHIJKLMNOP", "Service": "sns.amazonaws.com"}}),
        json!({"Principal": {"Federated": "cognito-identity.amazonaws.com"}}),
        json!({"Principal": {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8"}}),
        json!({"Principal": null, "NotPrincipal": {"AWS": arn}}),
        json!({"Action": ["s3:*", "*"]}),
        json!({"Action": null, "NotAction": "s3:Get*"}),
        json!({"Resource": ["*", "arn:aws:s3:::${aws:username}/*"]}),
        json!({"Resource": null, "NotResource": "arn:aws:s3:::b"}),
        json!({"Condition": {}}),
        json!({"Condition": {"Bool": {"aws:SecureTransport": false}}}),
        json!({"Condition": {"NumericLessThan": {"s3:max-keys": 10}}}),
        json!({"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*", "b"]}}}),
    ];
    for form in forms {
        assert_eq!(with(form.clone()).err(), None, "{form}");
    }
    let one = json!({"Statement": statement(), "Id": "x", "Version": "2008-10-17"});
    assert_eq!(Policy::parse(&one.to_string()).unwrap().statements.len(), 1);
}

#[test]
fn every_operator_is_known() {
    let text = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike"];
    let more = ["StringNotEqualsIgnoreCase", "StringNotLike"];
    let order = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan"];
    let mut operators: Vec<(String, &str)> = Vec::new();
    operators.extend(text.iter().chain(&more).map(|name| ((*name).to_owned(), "x")));
    for name in order.iter().chain(&["GreaterThanEquals"]) {
        operators.push((format!("Numeric{name}"), "-1.5"));
        operators.push((format!("Date{name}"), "2026-01-01T00:00:00Z"));
    }
    let rest = [
        ("Bool", "true"),
        ("BinaryEquals", "AAE="),
        ("IpAddress", "10.0.0.0/8"),
        ("NotIpAddress", "2001:db8::/32"),
        ("ArnEquals", "arn:aws:s3:::b"),
        ("ArnNotEquals", "arn:aws:s3:::b"),
        ("ArnLike", "arn:aws:s3:::*"),
        ("ArnNotLike", "arn:*"),
    ];
    operators.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    for (operator, value) in operators {
        for form in ["", "ForAllValues:", "ForAnyValue:"] {
            for suffix in ["", "IfExists"] {
                let name = format!("{form}{operator}{suffix}");
                let outcome = with(json!({"Condition": {&name: {"aws:x": value}}}));
                assert!(outcome.is_ok(), "{name}: {:?}", outcome.err());
            }
        }
    }
    assert!(with(json!({"Condition": {"Null": {"aws:x": "true"}}})).is_ok());
}

#[test]
fn what_is_no_policy_is_refused() {
    let value = |operator: &str, value: &str| Malformed::Value {
        operator: operator.to_owned(),
        value: value.to_owned(),
    };
    let condition =
        |operator: &str, operand: Value| json!({"Condition": {operator: {"aws:x": operand}}});
    let principal = |name: &str| Malformed::Principal(name.to_owned());
    let cases = [
        (json!({"Effect": null}), Malformed::Missing("Effect")),
        (json!({"Effect": "allow"}), Malformed::Effect("allow".into())),
        (json!({"Sid": 1}), Malformed::Type("Sid")),
        (json!({"Principals": "*"}), Malformed::Member("Principals".into())),
        (json!({"Principal": null}), Malformed::Missing("Principal")),
        (json!({"NotPrincipal": "*"}), Malformed::Both { one: "Principal", other: "NotPrincipal" }),
        (json!({"Principal": "111122223333"}), principal("111122223333")),
        (json!({"Principal": {}}), Malformed::Type("Principal")),
        (json!({"Principal": {"AWS": []}}), Malformed::Type("Principal")),
        (json!({"Principal": {"AWS": "1234"}}), principal("1234")),
        (
            json!({"Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}}),
            principal("arn:aws:iam::111122223333:user/*"),
        ),
        (json!({"Principal": {"AWS": "arn:aws:s3:::b"}}), principal("arn:aws:s3:::b")),
        (json!({"Principal": {"Service": "*"}}), principal("*")),
        (json!({"Principal": {"Group": "g"}}), principal("Group")),
        (json!({"Action": "GetObject"}), Malformed::Action("GetObject".into())),
        (json!({"Action": []}), Malformed::Type("Action")),
        (json!({"Action": null}), Malformed::Missing("Action")),
        (json!({"Resource": "b/*"}), Malformed::Resource("b/*".into())),
        (json!({"Resource": null}), Malformed::Missing("Resource")),
        (
            json!({"Resource": "arn:aws:s3:::${user}"}),
            Malformed::Variable("arn:aws:s3:::${user}".into()),
        ),
        (json!({"Condition": []}), Malformed::NotAnObject("Condition")),
        (condition("StringMatches", json!("x")), Malformed::Operator("StringMatches".into())),
        (condition("NullIfExists", json!("true")), Malformed::Operator("NullIfExists".into())),
        (
            condition("ForAnyValue:Null", json!("true")),
            Malformed::Operator("ForAnyValue:Null".into()),
        ),
        (condition("StringEquals", json!([])), Malformed::Type("Condition")),
        (condition("StringEquals", json!(null)), Malformed::Type("Condition")),
        (condition("Bool", json!("yes")), value("Bool", "yes")),
        (condition("NumericEquals", json!("inf")), value("NumericEquals", "inf")),
        (condition("DateEquals", json!("yesterday")), value("DateEquals", "yesterday")),
        (condition("IpAddress", json!("10.0.0.0/33")), value("IpAddress", "10.0.0.0/33")),
        (condition("BinaryEquals", json!("%")), value("BinaryEquals", "%")),
        (condition("ArnLike", json!("s3")), value("ArnLike", "s3")),
        (condition("StringLike", json!("${aws:x")), value("StringLike", "${aws:x")),
        (json!({"Condition": {"StringEquals": {"x": "y"}}}), Malformed::Key("x".into())),
    ];
    for (changes, expected) in cases {
        assert_eq!(with(changes.clone()).err(), Some(expected), "{changes}");
    }
}

#[test]
fn documents_that_are_no_policy_are_refused() {
    let one = statement();
    let cases = [
        ("{".to_owned(), Malformed::Json { line: 1 }),
        ("[]".to_owned(), Malformed::NotAnObject("Policy")),
        ("{}".to_owned(), Malformed::Missing("Statement")),
        (json!({"Statement": []}).to_string(), Malformed::Type("Statement")),
        (json!({"Statement": ["x"]}).to_string(), Malformed::NotAnObject("Statement")),
        (
            json!({"Statement": one, "Version": "2020-01-01"}).to_string(),
            Malformed::Version("2020-01-01".into()),
        ),
        (json!({"Statement": one, "Version": 2012}).to_string(), Malformed::Type("Version")),
        (json!({"Statement": one, "Name": "x"}).to_string(), Malformed::Member("Name".into())),
        (format!(r#"{{"Statement":{one},"Statement":{one}}}"#), Malformed::Json { line: 1 }),
        ("[".repeat(100_000), Malformed::Json { line: 1 }),
    ];
    for (text, expected) in cases {
        assert_eq!(Policy::parse(&text).err(), Some(expected), "{}", &text[..text.len().min(80)]);
    }
}

/// Texts that are close to what a policy has.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9:*?/,'. é${}-]{0,24}", any::<String>()]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(
        text in text(), operator in "(ForAllValues:)?(String|Date|Numeric|Arn)(Equals|Like)",
    ) {
        let places = [
            json!({"Principal": {"AWS": &text}}),
            json!({"Action": format!("s3:{text}")}),
            json!({"Resource": format!("arn:{text}")}),
            json!({"Condition": {operator: {"aws:a": &text}}}),
            json!({"Condition": {&text: {"aws:a": "x"}}}),
        ];
        let context = Context::new().with("aws:a", text.as_str());
        for place in places {
            let Ok(policy) = with(place) else { continue };
            let resource = format!("arn:{text}");
            let request = Request {
                principal: Principal::Anonymous, action: &text, resource: &resource,
                context: &context,
            };
            let first = policy.evaluate(&request);
            prop_assert!(first == policy.evaluate(&request));
        }
    }
}
