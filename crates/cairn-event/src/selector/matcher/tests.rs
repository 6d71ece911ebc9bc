//! The matcher against an evaluator that reads the rules off the documents, one event at a time.

use std::cell::Cell;

use bytes::Bytes;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::{Matcher, Prospect};
use crate::Event;
use crate::selector::{BasicSelector, Quotas, Scope, Selectors};

const KINDS: [&str; 3] = ["AWS::S3::Object", "AWS::DynamoDB::Table", "AWS::DynamoDB::Stream"];
const NAMES: [&str; 5] = ["GetObject", "PutObject", "GetItem", "Get", "DeleteObject"];
const SOURCES: [&str; 3] = ["kms.amazonaws.com", "s3.amazonaws.com", "rdsdata.amazonaws.com"];
const USERS: [&str; 3] = ["arn:aws:iam::111122223333:user/a", "arn:aws:iam::1:user/ab", ""];

fn arns(kind: &str) -> Vec<&'static str> {
    match kind {
        "AWS::S3::Object" => {
            vec!["arn:aws:s3:::b/", "arn:aws:s3:::b/x", "arn:aws:s3:::b/xy", "arn:aws:s3:::bb/x"]
        }
        "AWS::DynamoDB::Table" => {
            vec!["arn:aws:dynamodb:r:111122223333:table/t", "arn:aws:dynamodb:r:1:table/tt"]
        }
        _ => vec!["arn:aws:dynamodb:r:1:table/t/stream/s", "arn:aws:dynamodb:r:1:table/t/stream/x"],
    }
}

fn all_arns() -> Vec<&'static str> {
    KINDS.iter().flat_map(|kind| arns(kind)).collect()
}

/// A member that may be missing.
fn maybe(values: Vec<Value>) -> impl Strategy<Value = Option<Value>> {
    proptest::option::weighted(0.8, select(values))
}

fn texts(values: &[&str]) -> Vec<Value> {
    values.iter().map(|text| json!(text)).collect()
}

fn resources() -> impl Strategy<Value = Value> {
    let name = prop_oneof![8 => Just("ARN"), 1 => Just("ARNPrefix"), 1 => Just("x")];
    let one = (maybe(texts(&KINDS)), name, select(all_arns())).prop_map(|(kind, name, arn)| {
        let mut resource = Map::new();
        resource.extend(kind.map(|kind| ("type".to_owned(), kind)));
        resource.insert(name.to_owned(), json!(arn));
        Value::Object(resource)
    });
    proptest::collection::vec(one, 0..6).prop_map(Value::Array)
}

fn event() -> impl Strategy<Value = Value> {
    let categories = ["Management", "Data", "Data", "NetworkActivity", "Insight", "Evidence"];
    let category = maybe(texts(&categories));
    let flags = maybe(vec![json!(true), json!(false), json!("true"), json!(null)]);
    let what = (select(&NAMES[..]), select(&SOURCES[..]), select(&USERS[..]));
    let rest = (
        maybe(vec![json!(true), json!(false)]),
        maybe(texts(&["AwsApiCall", "AwsServiceEvent"])),
        maybe(texts(&["true"])),
        maybe(texts(&["vpce-1", "vpce-12"])),
        maybe(texts(&["VpceAccessDenied", "AccessDenied"])),
        resources(),
    );
    (category, flags, what, rest).prop_map(|(category, read_only, what, rest)| {
        let (name, source, user) = what;
        let (management, event_type, console, endpoint, error, resources) = rest;
        let mut event = json!({
            "eventID": "e", "eventTime": "2026-03-01T09:30:00Z", "awsRegion": "r",
            "eventName": name, "eventSource": source, "resources": resources,
            "userIdentity": {"arn": user},
        });
        let members = [
            ("eventCategory", category),
            ("readOnly", read_only),
            ("managementEvent", management),
            ("eventType", event_type),
            ("sessionCredentialFromConsole", console),
            ("vpcEndpointId", endpoint),
            ("errorCode", error),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                event[name] = value;
            }
        }
        event
    })
}

/// Pieces that events begin and end with.
fn pieces(values: &[&'static str]) -> Vec<String> {
    let cut = |text: &&str| {
        let middle = text.len() / 2;
        let ends = [&text[..text.len().saturating_sub(1)], &text[..middle], &text[middle..], text];
        ends.map(str::to_owned)
    };
    values.iter().flat_map(cut).filter(|piece| !piece.is_empty()).collect()
}

fn list(values: Vec<String>) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(select(values), 1..3)
}

/// A condition with any operators.
fn condition(field: &'static str, values: &[&'static str]) -> impl Strategy<Value = Value> + use<> {
    let whole: Vec<String> = values.iter().map(|text| (*text).to_owned()).collect();
    let whole: Vec<String> = whole.into_iter().filter(|text| !text.is_empty()).collect();
    let cut = pieces(values);
    let operators = [
        ("Equals", whole.clone()),
        ("StartsWith", cut.clone()),
        ("EndsWith", cut.clone()),
        ("NotEquals", whole),
        ("NotStartsWith", cut.clone()),
        ("NotEndsWith", cut),
    ];
    let one = |(name, values): (&'static str, Vec<String>)| {
        proptest::option::weighted(0.25, list(values)).prop_map(move |values| (name, values))
    };
    let all: Vec<_> = operators.into_iter().map(one).collect();
    all.prop_map(move |operators| {
        let mut condition = json!({ "Field": field });
        for (name, values) in operators {
            if let Some(values) = values {
                condition[name] = json!(values);
            }
        }
        if condition.as_object().unwrap().len() == 1 {
            condition["NotEquals"] = json!(["nothing"]);
            if field == "resources.ARN" {
                condition["NotStartsWith"] = condition["NotEquals"].take();
                condition.as_object_mut().unwrap().remove("NotEquals");
            }
        }
        condition
    })
}

fn equals(field: &str, values: &[&str]) -> Value {
    json!({"Field": field, "Equals": values})
}

fn read_only() -> impl Strategy<Value = Value> {
    select(vec!["true", "false"]).prop_map(|value| equals("readOnly", &[value]))
}

fn console() -> impl Strategy<Value = Value> {
    select(vec!["Equals", "NotEquals"])
        .prop_map(|operator| json!({"Field": "sessionCredentialFromConsole", operator: ["true"]}))
}

/// Each condition is there or not.
fn some(
    conditions: Vec<proptest::strategy::BoxedStrategy<Value>>,
    always: Vec<Value>,
) -> impl Strategy<Value = Value> {
    let each: Vec<_> = conditions
        .into_iter()
        .map(|condition| proptest::option::weighted(0.35, condition))
        .collect();
    each.prop_map(move |found| {
        let fields: Vec<Value> =
            always.iter().cloned().chain(found.into_iter().flatten()).collect();
        json!({ "FieldSelectors": fields })
    })
}

fn beside_the_category() -> Vec<proptest::strategy::BoxedStrategy<Value>> {
    vec![
        read_only().boxed(),
        condition("eventName", &NAMES).boxed(),
        condition("eventSource", &SOURCES).boxed(),
        condition("eventType", &["AwsApiCall", "AwsServiceEvent"]).boxed(),
        condition("userIdentity.arn", &USERS).boxed(),
        console().boxed(),
    ]
}

fn selector() -> impl Strategy<Value = Value> {
    let category = |name: &str| equals("eventCategory", &[name]);
    let management = some(beside_the_category(), vec![category("Management")]);
    let data = select(&KINDS[..]).prop_flat_map(move |kind| {
        let mut conditions = beside_the_category();
        conditions.push(condition("resources.ARN", &arns(kind)).boxed());
        let always = vec![equals("eventCategory", &["Data"]), equals("resources.type", &[kind])];
        some(conditions, always)
    });
    let network = select(vec!["s3.amazonaws.com", "kms.amazonaws.com"]).prop_flat_map(|source| {
        let conditions = vec![
            condition("eventName", &NAMES).boxed(),
            condition("vpcEndpointId", &["vpce-1", "vpce-12"]).boxed(),
            Just(equals("errorCode", &["VpceAccessDenied"])).boxed(),
        ];
        let always =
            vec![equals("eventCategory", &["NetworkActivity"]), equals("eventSource", &[source])];
        some(conditions, always)
    });
    prop_oneof![2 => management, 4 => data, 1 => network]
}

fn selectors() -> impl Strategy<Value = Vec<Value>> {
    let alone = select(vec!["Insight", "Evidence"])
        .prop_map(|name| vec![json!({"FieldSelectors": [equals("eventCategory", &[name])]})]);
    prop_oneof![9 => proptest::collection::vec(selector(), 1..5), 1 => alone]
}

mod naive {
    use super::{Map, Value};

    fn strings<'a>(of: &'a Value, name: &str) -> Option<Vec<&'a str>> {
        Some(of.get(name)?.as_array()?.iter().map(|value| value.as_str().unwrap()).collect())
    }

    fn category(event: &Value) -> &str {
        match event.get("eventCategory").and_then(Value::as_str) {
            Some(category) => category,
            None if event.get("managementEvent") == Some(&Value::Bool(false)) => "Data",
            None => "Management",
        }
    }

    fn read_only(event: &Value) -> Option<&str> {
        match event.get("readOnly") {
            Some(Value::Bool(true)) => Some("true"),
            Some(Value::Bool(false)) => Some("false"),
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    fn field<'a>(
        event: &'a Value,
        resource: &'a Map<String, Value>,
        name: &str,
    ) -> Option<&'a str> {
        match name {
            "eventCategory" => Some(category(event)),
            "readOnly" => read_only(event),
            "userIdentity.arn" => event["userIdentity"]["arn"].as_str(),
            "resources.type" => resource.get("type")?.as_str(),
            "resources.ARN" => resource.get("ARN").or_else(|| resource.get("ARNPrefix"))?.as_str(),
            other => event.get(other)?.as_str(),
        }
    }

    fn condition(condition: &Value, value: Option<&str>) -> bool {
        let fits = |name: &str, test: fn(&str, &str) -> bool| {
            let values = strings(condition, name)?;
            Some(value.is_some_and(|text| values.iter().any(|one| test(text, one))))
        };
        let positive = [
            fits("Equals", |text, one| text == one),
            fits("StartsWith", |text, one| text.starts_with(one)),
            fits("EndsWith", |text, one| text.ends_with(one)),
        ];
        let negative = [
            fits("NotEquals", |text, one| text == one),
            fits("NotStartsWith", |text, one| text.starts_with(one)),
            fits("NotEndsWith", |text, one| text.ends_with(one)),
        ];
        let required = positive.iter().any(Option::is_some);
        let hit = positive.contains(&Some(true));
        !negative.contains(&Some(true)) && (hit || !required)
    }

    fn advanced_selector(selector: &Value, event: &Value) -> bool {
        let nothing = vec![Value::Object(Map::new())];
        let fields = selector["FieldSelectors"].as_array().unwrap();
        let resources = event["resources"].as_array().unwrap();
        // Only data events are asked about resources; the others hold of none in particular.
        let about = if category(event) == "Data" { resources } else { &nothing };
        about.iter().any(|resource| {
            let resource = resource.as_object().unwrap();
            fields
                .iter()
                .all(|one| condition(one, field(event, resource, one["Field"].as_str().unwrap())))
        })
    }

    pub(super) fn advanced(selectors: &[Value], event: &Value) -> bool {
        selectors.iter().any(|selector| advanced_selector(selector, event))
    }

    fn data_resource(resource: &Value, event: &Value) -> bool {
        let kind = resource["Type"].as_str().unwrap();
        event["resources"].as_array().unwrap().iter().any(|found| {
            let arn = found.get("ARN").or_else(|| found.get("ARNPrefix")).and_then(Value::as_str);
            found["type"] == kind
                && strings(resource, "Values").unwrap().iter().any(|value| match *value {
                    "arn:aws:s3" | "arn:aws:s3:::" | "arn:aws:dynamodb" => true,
                    value if kind == "AWS::S3::Object" => {
                        arn.is_some_and(|arn| arn.starts_with(value))
                    }
                    value => arn == Some(value),
                })
        })
    }

    fn basic_selector(selector: &Value, event: &Value) -> bool {
        let named_read = || event["eventName"].as_str().unwrap().starts_with("Get");
        let reads = read_only(event).map_or_else(named_read, |text| text == "true");
        let right_kind = match selector["ReadWriteType"].as_str().unwrap() {
            "ReadOnly" => reads,
            "WriteOnly" => !reads,
            _ => true,
        };
        let excluded = strings(selector, "ExcludeManagementEventSources").unwrap();
        right_kind
            && match category(event) {
                "Management" => {
                    selector["IncludeManagementEvents"] == true
                        && !excluded.contains(&event["eventSource"].as_str().unwrap())
                }
                "Data" => {
                    let mut resources = selector["DataResources"].as_array().unwrap().iter();
                    resources.any(|resource| data_resource(resource, event))
                }
                _ => false,
            }
    }

    pub(super) fn basic(selectors: &[Value], event: &Value) -> bool {
        selectors.iter().any(|selector| basic_selector(selector, event))
    }
}

fn parsed(event: &Value) -> Event {
    Event::parse(Bytes::from(event.to_string())).unwrap()
}

const CASES: u32 = 6000;

/// How many cases at least have to be on each side. Of the advanced selectors' cases 10.6% match,
/// give or take 0.4%, so that chance alone does not come near it.
const EACH_SIDE: u32 = CASES / 20;

/// Runs the cases and demands that they are not all on one side.
fn compare<S: Strategy>(strategy: &S, test: impl Fn(&S::Value) -> Result<bool, TestError>)
where
    S::Value: std::fmt::Debug,
{
    let hits = Cell::new(0);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(strategy, |value| {
        let hit = test(&value)?;
        hits.set(hits.get() + u32::from(hit));
        Ok(())
    });
    outcome.unwrap();
    let hits = hits.get();
    assert!((EACH_SIDE..=CASES - EACH_SIDE).contains(&hits), "{hits} of {CASES} match");
}

type TestError = proptest::test_runner::TestCaseError;

#[test]
fn advanced_selectors_match_what_the_rules_say() {
    compare(&(selectors(), event()), |(documents, event)| {
        let selectors: Selectors =
            serde_json::from_value(json!({ "AdvancedEventSelectors": documents })).unwrap();
        let valid = selectors.validate(Scope::EventDataStore, &Quotas::default());
        prop_assert_eq!(valid, Ok(()));
        let matcher = Matcher::compile(&selectors);
        let hit = matcher.matches(&parsed(event));
        prop_assert_eq!(hit, naive::advanced(documents, event));
        prop_assert!(!hit || was_foreseen(&matcher, event));
        Ok(hit)
    });
}

/// Whether the gateway would have been told that somebody may want the event.
fn was_foreseen(matcher: &Matcher, event: &Value) -> bool {
    let read = parsed(event);
    if read.category() != crate::Category::Data {
        return true;
    }
    let resources = event["resources"].as_array().unwrap();
    resources.iter().filter_map(|resource| resource["type"].as_str()).any(|kind| {
        let prospect = Prospect {
            kind,
            source: &read.source(),
            name: &read.name(),
            read_only: read.read_only(),
        };
        let unsure = Prospect { read_only: None, ..prospect };
        let wanted = matcher.may_want(&prospect);
        assert!(!wanted || (matcher.may_want(&unsure) && matcher.wants_data(kind)));
        wanted
    })
}

fn basic_selectors() -> impl Strategy<Value = Vec<BasicSelector>> {
    let access = select(vec!["All", "ReadOnly", "WriteOnly"]);
    let excluded = proptest::collection::vec(select(vec![SOURCES[0], SOURCES[2]]), 0..2);
    let objects = select(vec![
        "arn:aws:s3",
        "arn:aws:s3:::",
        "arn:aws:s3:::b/",
        "arn:aws:s3:::b/x",
        "arn:aws:s3:::c/",
    ]);
    let objects = proptest::collection::vec(objects, 1..3)
        .prop_map(|values| json!({"Type": KINDS[0], "Values": values}));
    let mut tables = arns(KINDS[1]);
    tables.push("arn:aws:dynamodb");
    let tables = proptest::collection::vec(select(tables), 1..3)
        .prop_map(|values| json!({"Type": KINDS[1], "Values": values}));
    let data = proptest::collection::vec(prop_oneof![objects, tables], 0..3);
    let one =
        (access, any::<bool>(), data, excluded).prop_map(|(access, include, data, excluded)| {
            serde_json::from_value(json!({
                "ReadWriteType": access, "IncludeManagementEvents": include, "DataResources": data,
                "ExcludeManagementEventSources": excluded,
            }))
            .unwrap()
        });
    proptest::collection::vec(one, 1..4)
}

#[test]
fn basic_selectors_match_what_the_rules_say() {
    compare(&(basic_selectors(), event()), |(documents, event)| {
        let selectors = Selectors::Basic(documents.clone());
        prop_assert_eq!(selectors.validate(Scope::Trail, &Quotas::default()), Ok(()));
        let matcher = Matcher::compile(&selectors);
        let hit = matcher.matches(&parsed(event));
        let written = serde_json::to_value(documents).unwrap();
        prop_assert_eq!(hit, naive::basic(written.as_array().unwrap(), event));
        prop_assert!(!hit || was_foreseen(&matcher, event));
        Ok(hit)
    });
}

fn matches(selector: Value, event: &Value) -> bool {
    let selectors =
        serde_json::from_value(json!({ "AdvancedEventSelectors": [selector] })).unwrap();
    Matcher::compile(&selectors).matches(&parsed(event))
}

#[test]
fn escaped_names_and_values_are_the_same_texts() {
    let selector = json!({"FieldSelectors": [
        equals("eventCategory", &["Data"]),
        equals("resources.type", &["AWS::S3::Object"]),
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::b/x=1"]},
        equals("sessionCredentialFromConsole", &["true"]),
    ]});
    let selectors =
        serde_json::from_value(json!({ "AdvancedEventSelectors": [selector] })).unwrap();
    let matcher = Matcher::compile(&selectors);
    let written = |console: &str| {
        let what = r#""eventID":"e","eventTime":"2026-03-01T09:30:00Z","eventName":"n""#;
        let origin = r#""eventSource":"s","awsRegion":"r","eventCategory":"Data""#;
        let resource = r#"{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/x\u003d1/y"}"#;
        Event::parse(Bytes::from(format!(
            "{{{what},{origin},\"resources\":[{resource}]{console}}}"
        )))
        .unwrap()
    };
    assert!(matcher.matches(&written(r#","sessionCredentialFromConsole":"true""#)));
    assert!(matcher.matches(&written(r#","sessionCredentialFromC\u006fnsole":"\u0074rue""#)));
    assert!(!matcher.matches(&written(r#","sessionCredentialFromConsole":"false""#)));
    assert!(!matcher.matches(&written(r#","note":"sessionCredentialFromConsole""#)));
    assert!(!matcher.matches(&written("")));
}

#[test]
fn one_resource_has_to_fulfil_all_conditions() {
    let event = json!({
        "eventID": "e", "eventTime": "2026-03-01T09:30:00Z", "awsRegion": "r", "eventName": "n",
        "eventSource": "s", "eventCategory": "Data", "resources": [
            {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::a/1"},
            {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/2"},
        ],
    });
    let selector = |not: &str| {
        json!({"FieldSelectors": [
            equals("eventCategory", &["Data"]),
            equals("resources.type", &["AWS::S3::Object"]),
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::a/"]},
            {"Field": "resources.ARN", "NotEndsWith": [not]},
        ]})
    };
    assert!(matches(selector("2"), &event));
    assert!(!matches(selector("1"), &event));
}

#[test]
fn fields_that_do_not_exist_are_fields_that_no_event_has() {
    let event = json!({
        "eventID": "e", "eventTime": "2026-03-01T09:30:00Z", "awsRegion": "r", "eventName": "n",
        "eventSource": "s",
    });
    let selector = |operator: &str| {
        json!({"FieldSelectors": [
            equals("eventCategory", &["Management"]), {"Field": "eventname", operator: ["n"]},
        ]})
    };
    assert!(!matches(selector("Equals"), &event));
    assert!(matches(selector("NotEquals"), &event));
}
