//! Laws that hold of all policies, and an evaluator that reads the rules off the documents.

use std::cell::Cell;

use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::evaluate::Decision;
use crate::{Context, Policy, Principal, Request};

/// What the naive evaluator knows of a request.
#[derive(Debug, Clone)]
struct Asked {
    /// An account's user, a service, or nobody.
    principal: &'static str,
    action: &'static str,
    resource: &'static str,
    /// Values by the lower-case name of their key.
    keys: Map<String, Value>,
}

const KEYS: [&str; 3] = ["aws:a", "aws:B", "aws:list"];
const ACTIONS: [&str; 3] = ["s3:Get", "s3:Put", "sqs:Get"];
const RESOURCES: [&str; 4] =
    ["arn:aws:s3:::a", "arn:aws:s3:::a/x", "arn:aws:s3:::b/x", "arn:aws:s3:::a/y"];
const PRINCIPALS: [&str; 4] = [
    "arn:aws:iam::111122223333:user/a",
    "arn:aws:iam::111122223333:user/b",
    "sns.amazonaws.com",
    "",
];

fn some_of(values: &[&'static str], most: usize) -> impl Strategy<Value = Value> + use<> {
    let list = proptest::collection::vec(select(values.to_vec()), 1..=most);
    (list, any::<bool>()).prop_map(|(list, alone)| match list.as_slice() {
        [only] if alone => json!(only),
        _ => json!(list),
    })
}

fn principal() -> impl Strategy<Value = Value> {
    let arns = [PRINCIPALS[0], PRINCIPALS[1], "111122223333", "444455556666"];
    prop_oneof![
        Just(json!("*")),
        some_of(&arns, 2).prop_map(|names| json!({ "AWS": names })),
        Just(json!({"Service": "sns.amazonaws.com"})),
        some_of(&arns, 2).prop_map(|names| json!({"AWS": names, "Service": "sns.amazonaws.com"})),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let tests = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
    let quantifier = select(vec!["", "", "ForAllValues:", "ForAnyValue:"]);
    let suffix = select(vec!["", "", "IfExists"]);
    let text = (quantifier, select(tests.to_vec()), suffix)
        .prop_map(|(quantifier, test, suffix)| format!("{quantifier}{test}{suffix}"));
    let key = || select(vec!["aws:a", "aws:b", "AWS:LIST"]);
    let text = (text, key(), some_of(&["x", "y", "xy", "x*", "?"], 3))
        .prop_map(|(operator, key, values)| json!({ operator: { key: values } }));
    let null = (key(), any::<bool>()).prop_map(|(key, absent)| json!({"Null": {key: absent}}));
    let unknown = key().prop_map(|key| json!({"StringMatches": {key: "x"}}));
    prop_oneof![8 => text, 2 => null, 1 => unknown]
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let flips = [(); 3].map(|()| proptest::bool::weighted(0.15));
    let actions = ["s3:Get", "S3:*", "s3:?et", "*", "s3:Put", "sqs:*"];
    let resources = ["*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::?/x"];
    let condition = proptest::option::weighted(0.5, condition());
    let parts = (principal(), some_of(&actions, 3), some_of(&resources, 2), condition);
    (effect, flips, parts).prop_map(|(effect, flips, parts)| {
        let (principal, actions, resources, condition) = parts;
        let name = |flip: bool, name: &str| {
            if flip { format!("Not{name}") } else { name.to_owned() }
        };
        let mut statement = json!({ "Effect": effect });
        statement[name(flips[0], "Principal")] = principal;
        statement[name(flips[1], "Action")] = actions;
        statement[name(flips[2], "Resource")] = resources;
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    })
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(statement(), 1..4)
}

fn asked() -> impl Strategy<Value = Asked> {
    let value = proptest::option::weighted(0.7, select(vec!["x", "y", "xy", "z"]));
    let list = proptest::option::weighted(0.7, some_of(&["x", "y", "z"], 3));
    let what = (select(&PRINCIPALS[..]), select(&ACTIONS[..]), select(&RESOURCES[..]));
    (what, value.clone(), value, list).prop_map(|(what, a, b, list)| {
        let values = [a.map(|a| json!([a])), b.map(|b| json!([b])), list];
        let known = KEYS.iter().zip(values);
        let keys = known.filter_map(|(key, value)| Some((key.to_lowercase(), value?))).collect();
        let (principal, action, resource) = what;
        Asked { principal, action, resource, keys }
    })
}

fn list(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text.as_str()],
        _ => value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect(),
    }
}

fn decide(statements: &[Value], asked: &Asked) -> Decision {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let policy = Policy::parse_foreign(&text).unwrap();
    let context = asked
        .keys
        .iter()
        .fold(Context::new(), |context, (key, values)| context.with_all(key, list(values)));
    let principal = match asked.principal {
        "" => Principal::Anonymous,
        name if name.contains(':') => super::identity(name),
        name => Principal::Service(name),
    };
    let Asked { action, resource, .. } = asked;
    policy.evaluate(&Request { principal, action, resource, context: &context })
}

mod naive {
    use super::{Asked, Decision, Value, list};

    fn glob(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some(b'*'), _) => {
                glob(&pattern[1..], text) || (!text.is_empty() && glob(pattern, &text[1..]))
            }
            (Some(b'?'), Some(_)) => glob(&pattern[1..], &text[1..]),
            (Some(letter), Some(other)) if letter == other => glob(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    fn named(principal: &Value, who: &str) -> bool {
        if *principal == "*" {
            return true;
        }
        let of = |kind: &str| principal.get(kind).map(list).unwrap_or_default();
        let account = who.split(':').nth(4);
        of("Service").contains(&who)
            || of("AWS").iter().any(|name| *name == who || account == Some(*name))
    }

    /// Whether a part holds: its plain form, or the other way round its `Not` form.
    fn part(statement: &Value, name: &str, test: impl Fn(&Value) -> bool) -> bool {
        match statement.get(name) {
            Some(value) => test(value),
            None => !test(&statement[format!("Not{name}")]),
        }
    }

    /// `None` where it cannot be evaluated.
    fn condition(operator: &str, key: &str, operands: &Value, asked: &Asked) -> Option<bool> {
        let values = asked.keys.get(&key.to_lowercase()).map(list).unwrap_or_default();
        if operator == "Null" {
            return Some(values.is_empty() == operands.as_bool().unwrap());
        }
        if operator == "StringMatches" {
            return None;
        }
        let fits = |value: &str| {
            let any = list(operands).iter().any(|operand| {
                if operator.contains("Like") {
                    glob(operand.as_bytes(), value.as_bytes())
                } else {
                    *operand == value
                }
            });
            any != operator.contains("Not")
        };
        if values.is_empty() && operator.ends_with("IfExists") {
            return Some(true);
        }
        if operator.starts_with("ForAll") {
            return Some(values.iter().all(|value| fits(value)));
        }
        if operator.starts_with("ForAny") {
            return Some(values.iter().any(|value| fits(value)));
        }
        match values.as_slice() {
            [] => Some(operator.contains("Not")),
            [only] => Some(fits(only)),
            _ => None,
        }
    }

    fn applies(statement: &Value, asked: &Asked) -> Option<bool> {
        let plain = part(statement, "Principal", |who| named(who, asked.principal))
            && part(statement, "Action", |actions| {
                let action = asked.action.to_lowercase();
                let fits = |one: &&str| glob(one.to_lowercase().as_bytes(), action.as_bytes());
                list(actions).iter().any(fits)
            })
            && part(statement, "Resource", |resources| {
                let fits = |one: &&str| glob(one.as_bytes(), asked.resource.as_bytes());
                list(resources).iter().any(fits)
            });
        let Some(conditions) = statement.get("Condition") else { return Some(plain) };
        if !plain {
            return Some(false);
        }
        // There is one operator with one key.
        let (operator, keys) = conditions.as_object().unwrap().iter().next().unwrap();
        let (key, operands) = keys.as_object().unwrap().iter().next().unwrap();
        condition(operator, key, operands, asked)
    }

    pub(super) fn decide(statements: &[Value], asked: &Asked) -> Decision {
        let of = |effect: &str, doubt: bool| {
            let mut those = statements.iter().filter(|statement| statement["Effect"] == effect);
            those.any(|statement| applies(statement, asked).unwrap_or(doubt))
        };
        match (of("Deny", true), of("Allow", false)) {
            (true, _) => Decision::ExplicitDeny,
            (false, true) => Decision::Allow,
            (false, false) => Decision::ImplicitDeny,
        }
    }
}

const CASES: u32 = 3000;

fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestError>) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(strategy, test).unwrap();
}

type TestError = proptest::test_runner::TestCaseError;

#[test]
fn decisions_are_those_of_the_rules() {
    let seen = [(); 3].map(|()| Cell::new(0));
    run(&(statements(), asked()), |(statements, asked)| {
        let decision = decide(&statements, &asked);
        let count = &seen[decision as usize];
        count.set(count.get() + 1);
        prop_assert_eq!(decision, naive::decide(&statements, &asked));
        Ok(())
    });
    assert!(seen.iter().all(|count| count.get() > CASES / 20), "{seen:?}");
}

#[test]
fn the_order_of_statements_makes_no_difference() {
    run(&(statements(), asked(), any::<usize>()), |(statements, asked, turn)| {
        let mut other = statements.clone();
        other.reverse();
        let turn = turn % other.len();
        other.rotate_left(turn);
        prop_assert_eq!(decide(&statements, &asked), decide(&other, &asked));
        Ok(())
    });
}

#[test]
fn another_denial_never_widens() {
    run(&(statements(), statement(), asked()), |(statements, mut more, asked)| {
        more["Effect"] = json!("Deny");
        let before = decide(&statements, &asked);
        let after = decide(&[statements, vec![more]].concat(), &asked);
        let same_or_denied = after == before || after == Decision::ExplicitDeny;
        prop_assert_eq!((before, same_or_denied), (before, true));
        Ok(())
    });
}

#[test]
fn another_permission_never_takes_away() {
    run(&(statements(), statement(), asked()), |(statements, mut more, asked)| {
        more["Effect"] = json!("Allow");
        let before = decide(&statements, &asked);
        let after = decide(&[statements, vec![more]].concat(), &asked);
        let same_or_allowed =
            after == before || (before == Decision::ImplicitDeny && after == Decision::Allow);
        prop_assert_eq!((before, same_or_allowed), (before, true));
        Ok(())
    });
}
