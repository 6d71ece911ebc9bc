use cairn_core::Timestamp;
use serde_json::{Value, json};

use super::Condition;
use crate::json::Json;
use crate::parse::Strictness;
use crate::truth::Truth::{self, No, Unknown, Yes};
use crate::{Context, ContextValue};

fn context() -> Context {
    let second = "2026-03-01T09:30:00Z";
    Context::new()
        .with("aws:SourceArn", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main")
        .with("aws:SecureTransport", true)
        .with("aws:TextBool", "True")
        .with("aws:CurrentTime", Timestamp::parse(second).unwrap())
        .with("aws:EpochTime", 1_772_357_400.0)
        .with("aws:SourceIp", "10.1.2.3".parse::<std::net::IpAddr>().unwrap())
        .with("aws:MappedIp", "::ffff:10.1.2.3")
        .with("aws:SixIp", "2001:db8::7")
        .with("s3:max-keys", 10.0)
        .with("s3:prefix", "home/Alice")
        .with("aws:username", "alice")
        .with("aws:Bytes", ContextValue::Binary(vec![0, 1]))
        .with_all("aws:TagKeys", ["env", "team"])
        .with_all("aws:Empty", Vec::<&str>::new())
}

fn holds(operator: &str, key: &str, operand: Value) -> Truth {
    let document = json!({ operator: { key: operand } }).to_string();
    let parsed: Json = serde_json::from_str(&document).unwrap();
    let conditions = Condition::parse_all(&parsed, true, Strictness::Keep).unwrap();
    Truth::all(conditions.iter().map(|condition| condition.holds(&context())))
}

fn check(cases: &[(&str, &str, Value, Truth)]) {
    for (operator, key, operand, expected) in cases {
        let outcome = holds(operator, key, operand.clone());
        assert_eq!(outcome, *expected, "{operator} {key} {operand}");
    }
}

#[test]
fn texts_are_compared() {
    check(&[
        ("StringEquals", "s3:prefix", json!("home/Alice"), Yes),
        ("StringEquals", "S3:Prefix", json!(["x", "home/Alice"]), Yes),
        ("StringEquals", "s3:prefix", json!("home/*"), No),
        ("StringNotEquals", "s3:prefix", json!(["x", "home/Alice"]), No),
        ("StringNotEquals", "s3:prefix", json!(["x", "y"]), Yes),
        ("StringEqualsIgnoreCase", "s3:prefix", json!("HOME/alice"), Yes),
        ("StringNotEqualsIgnoreCase", "s3:prefix", json!("HOME/alice"), No),
        ("StringLike", "s3:prefix", json!("home/?lice"), Yes),
        ("StringLike", "s3:prefix", json!("home/a*"), No),
        ("StringNotLike", "s3:prefix", json!("home/*"), No),
        ("StringEquals", "s3:max-keys", json!("10"), Yes),
        ("StringEquals", "aws:SecureTransport", json!("true"), Yes),
        ("StringEqualsIgnoreCase", "s3:prefix", json!("home/${aws:username}"), Yes),
        ("StringEquals", "s3:prefix", json!("home/${aws:nobody}"), Unknown),
        ("StringEquals", "s3:prefix", json!(["home/${aws:nobody}", "home/Alice"]), Yes),
        ("StringNotEquals", "s3:prefix", json!("home/${aws:nobody}"), Unknown),
    ]);
}

#[test]
fn keys_that_are_not_there_fulfil_only_negations() {
    for operator in
        ["StringEquals", "NumericLessThan", "Bool", "IpAddress", "ArnLike", "DateEquals"]
    {
        let operand = json!(match operator {
            "Bool" => "true",
            "IpAddress" => "10.0.0.0/8",
            "ArnLike" => "arn:*",
            "DateEquals" => "2026-03-01",
            _ => "1",
        });
        assert_eq!(holds(operator, "aws:no", operand.clone()), No, "{operator}");
        assert_eq!(holds(&format!("{operator}IfExists"), "aws:no", operand), Yes, "{operator}");
    }
    check(&[
        ("StringNotEquals", "aws:no", json!("x"), Yes),
        ("NotIpAddress", "aws:no", json!("10.0.0.0/8"), Yes),
        ("ArnNotLike", "aws:no", json!("arn:*"), Yes),
        ("StringNotEqualsIfExists", "aws:no", json!("x"), Yes),
        ("StringEqualsIfExists", "s3:prefix", json!("x"), No),
        ("Null", "aws:no", json!("true"), Yes),
        ("Null", "aws:no", json!("false"), No),
        ("Null", "aws:Empty", json!("true"), Yes),
        ("Null", "s3:prefix", json!("true"), No),
        ("Null", "s3:prefix", json!(false), Yes),
        ("Null", "s3:prefix", json!("perhaps"), Unknown),
    ]);
}

#[test]
fn lists_need_a_word_on_how_they_are_meant() {
    check(&[
        ("StringEquals", "aws:TagKeys", json!("env"), Unknown),
        ("ForAnyValue:StringEquals", "aws:TagKeys", json!("env"), Yes),
        ("ForAnyValue:StringEquals", "aws:TagKeys", json!("x"), No),
        ("ForAllValues:StringEquals", "aws:TagKeys", json!("env"), No),
        ("ForAllValues:StringEquals", "aws:TagKeys", json!(["env", "team", "x"]), Yes),
        ("ForAllValues:StringNotEquals", "aws:TagKeys", json!("env"), No),
        ("ForAllValues:StringNotEquals", "aws:TagKeys", json!("x"), Yes),
        ("ForAnyValue:StringNotEquals", "aws:TagKeys", json!("env"), Yes),
        ("ForAllValues:StringEquals", "aws:no", json!("env"), Yes),
        ("ForAllValues:StringEquals", "aws:Empty", json!("env"), Yes),
        ("ForAnyValue:StringEquals", "aws:no", json!("env"), No),
        ("ForAnyValue:StringNotEquals", "aws:no", json!("env"), No),
        ("ForAnyValue:StringEqualsIfExists", "aws:no", json!("env"), Yes),
        ("ForAnyValue:StringEquals", "s3:prefix", json!("home/Alice"), Yes),
    ]);
}

#[test]
fn numbers_and_dates_are_compared() {
    let now = "2026-03-01T09:30:00Z";
    check(&[
        ("NumericEquals", "s3:max-keys", json!("10.0"), Yes),
        ("NumericEquals", "s3:max-keys", json!(10), Yes),
        ("NumericNotEquals", "s3:max-keys", json!([9, 10]), No),
        ("NumericLessThan", "s3:max-keys", json!(10), No),
        ("NumericLessThanEquals", "s3:max-keys", json!(10), Yes),
        ("NumericGreaterThan", "s3:max-keys", json!("9.5"), Yes),
        ("NumericGreaterThanEquals", "s3:max-keys", json!(11), No),
        ("NumericEquals", "s3:prefix", json!(1), Unknown),
        ("NumericNotEquals", "s3:prefix", json!(1), Unknown),
        ("DateEquals", "aws:CurrentTime", json!(now), Yes),
        ("DateEquals", "aws:EpochTime", json!(now), Yes),
        ("DateEquals", "aws:CurrentTime", json!("1772357400"), Yes),
        ("NumericEquals", "aws:EpochTime", json!("1772357400"), Yes),
        ("DateLessThan", "aws:CurrentTime", json!("2026-03-02"), Yes),
        ("DateGreaterThan", "aws:CurrentTime", json!("2026-03-01T09:30Z"), No),
        ("DateGreaterThanEquals", "aws:CurrentTime", json!("2026"), Yes),
        ("DateNotEquals", "aws:CurrentTime", json!(now), No),
        ("DateEquals", "s3:prefix", json!(now), Unknown),
    ]);
}

#[test]
fn booleans_bytes_and_addresses_are_compared() {
    check(&[
        ("Bool", "aws:SecureTransport", json!("true"), Yes),
        ("Bool", "aws:SecureTransport", json!(false), No),
        ("Bool", "aws:TextBool", json!("true"), Yes),
        ("Bool", "s3:prefix", json!("true"), Unknown),
        ("BinaryEquals", "aws:Bytes", json!("AAE="), Yes),
        ("BinaryEquals", "aws:Bytes", json!("AAI="), No),
        ("IpAddress", "aws:SourceIp", json!("10.0.0.0/8"), Yes),
        ("IpAddress", "aws:SourceIp", json!("10.1.2.3"), Yes),
        ("IpAddress", "aws:SourceIp", json!("10.1.2.2/31"), Yes),
        ("IpAddress", "aws:SourceIp", json!(["192.0.2.0/24", "::/0"]), No),
        ("IpAddress", "aws:SourceIp", json!("0.0.0.0/0"), Yes),
        ("NotIpAddress", "aws:SourceIp", json!("10.0.0.0/8"), No),
        ("IpAddress", "aws:MappedIp", json!("10.0.0.0/8"), Yes),
        ("IpAddress", "aws:SourceIp", json!("::ffff:10.0.0.0/104"), Yes),
        ("IpAddress", "aws:SixIp", json!("2001:db8::/32"), Yes),
        ("IpAddress", "aws:SixIp", json!("2001:db9::/32"), No),
        ("NotIpAddress", "s3:prefix", json!("10.0.0.0/8"), Unknown),
    ]);
}

#[test]
fn arns_are_compared_part_by_part() {
    let key = "aws:SourceArn";
    check(&[
        ("ArnLike", key, json!("arn:aws:cloudtrail:*:111122223333:trail/*"), Yes),
        ("ArnEquals", key, json!("arn:aws:cloudtrail:*:111122223333:trail/*"), Yes),
        ("ArnLike", key, json!("arn:aws:cloudtrail:*:444455556666:trail/*"), No),
        ("ArnLike", key, json!("arn:aws:*:trail/main"), No),
        ("ArnLike", key, json!("arn:aws:cloudtrail:*"), Yes),
        ("ArnLike", key, json!("*"), Yes),
        ("ArnNotLike", key, json!("arn:aws:cloudtrail:*:*:trail/main"), No),
        ("ArnNotEquals", key, json!("arn:aws:s3:::b"), Yes),
        ("ArnLike", "s3:prefix", json!("*"), No),
        ("ArnLike", key, json!("main"), Unknown),
    ]);
}

#[test]
fn what_nobody_understands_cannot_be_evaluated() {
    check(&[
        ("StringMatches", "s3:prefix", json!(".*"), Unknown),
        ("StringMatchesIfExists", "aws:no", json!(".*"), Unknown),
        ("ForSomeValues:StringEquals", "s3:prefix", json!("x"), Unknown),
        ("IpAddress", "aws:SourceIp", json!("everywhere"), Unknown),
        ("NotIpAddress", "aws:SourceIp", json!("everywhere"), Unknown),
    ]);
}
