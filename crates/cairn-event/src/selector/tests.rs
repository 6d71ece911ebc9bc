use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    AdvancedSelector, BasicSelector, InsightSelector, InvalidInsights, Quotas, Scope, Selectors,
    TrailScope, folder,
};
use crate::{Category, Event};

fn basic(list: Value) -> Selectors {
    serde_json::from_value(json!({ "EventSelectors": list })).unwrap()
}

fn advanced(list: Value) -> Selectors {
    serde_json::from_value(json!({ "AdvancedEventSelectors": list })).unwrap()
}

fn refusal(selectors: &Selectors, scope: Scope) -> String {
    let outcome = selectors.validate(scope, &Quotas::default());
    outcome.map_or_else(|error| error.to_string(), |()| String::new())
}

#[test]
fn defaults_are_written_out_and_are_not_custom() {
    let written = serde_json::to_value(basic(json!([{}]))).unwrap();
    let expected = json!({"EventSelectors": [{
        "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
        "ExcludeManagementEventSources": [],
    }]});
    assert_eq!(written, expected);
    assert!(!basic(json!([{}])).has_custom());
    assert!(basic(json!([{"ReadWriteType": "ReadOnly"}])).has_custom());
    assert!(basic(json!([{}, {}])).has_custom());
    let own = advanced(json!([{
        "Name": "Management events selector",
        "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
    }]));
    assert_eq!(own, Selectors::default());
    assert!(!own.has_custom());
    let renamed = advanced(json!([{
        "Name": "mine", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
    }]));
    assert!(renamed.has_custom());
    assert_eq!(refusal(&Selectors::default(), Scope::Trail), "");
}

#[test]
fn a_request_gives_one_kind() {
    assert!(Selectors::of(None, None).is_err());
    assert!(Selectors::of(Some(vec![]), Some(vec![])).is_err());
    let given = Selectors::of(Some(vec![BasicSelector::default()]), None).unwrap();
    assert_eq!(given, basic(json!([{}])));
    let given = Selectors::of(None, Some(vec![AdvancedSelector::default()])).unwrap();
    assert!(matches!(given, Selectors::Advanced(_)));
}

#[test]
fn wrong_basic_selectors_are_refused() {
    let data =
        |kind: &str, value: &str| json!([{"DataResources": [{"Type": kind, "Values": [value]}]}]);
    let object = "AWS::S3::Object";
    let invalid = |value: &str| format!("Value {value} for DataResources.Values is invalid.");
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    let cases = [
        (json!([{}]), String::new()),
        (
            json!([]),
            "The number of event selectors must be between 1 and 5; 0 were specified.".into(),
        ),
        (json!([{}, {}, {}, {}, {}]), String::new()),
        (
            json!([{}, {}, {}, {}, {}, {}]),
            "The number of event selectors must be between 1 and 5; 6 were specified.".into(),
        ),
        (
            json!([{"ReadWriteType": "read-only"}]),
            "Value read-only for ReadWriteType is invalid.".into(),
        ),
        (
            json!([{"ExcludeManagementEventSources": ["ec2.amazonaws.com"]}]),
            "Event selector ExcludeManagementEventSources is not valid".into(),
        ),
        (json!([{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]), String::new()),
        (
            data("AWS::SQS::Queue", "arn:aws:sqs"),
            "Value AWS::SQS::Queue for DataResources.Type is invalid.".into(),
        ),
        (data(object, "arn:aws:s3"), String::new()),
        (data(object, "arn:aws:s3:::"), String::new()),
        (data(object, "arn:aws-cn:s3:::logs/a"), String::new()),
        (data(object, "arn:aws:s3:::*/*"), invalid("arn:aws:s3:::*/*")),
        (data(object, "arn:aws:s3:::*"), invalid("arn:aws:s3:::*")),
        (data(object, "arn:aws:lambda"), invalid("arn:aws:lambda")),
        (data(object, "logs/"), invalid("logs/")),
        (data(object, "arn:aws:s3:::logs"), "Invalid S3 ARN: arn:aws:s3:::logs".into()),
        (data(object, "arn:aws:s3:::/logs"), "Invalid S3 ARN: arn:aws:s3:::/logs".into()),
        (data("AWS::Lambda::Function", "arn:aws:lambda"), String::new()),
        (data("AWS::Lambda::Function", function), String::new()),
        (data("AWS::Lambda::Function", "arn:aws:lambda:*"), invalid("arn:aws:lambda:*")),
        (data("AWS::DynamoDB::Table", "arn:aws:dynamodb"), String::new()),
        (data("AWS::DynamoDB::Table", function), invalid(function)),
        (json!([{"DataResources": [{"Type": object, "Values": []}]}]), invalid("")),
    ];
    for (list, expected) in cases {
        assert_eq!(refusal(&basic(list.clone()), Scope::Trail), expected, "{list}");
    }
}

#[test]
fn values_are_counted() {
    let objects = |count: usize| {
        let values: Vec<String> = (0..count).map(|at| format!("arn:aws:s3:::b/{at}")).collect();
        let all = json!({"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]});
        basic(json!([{"DataResources": [{"Type": "AWS::S3::Object", "Values": values}, all]}]))
    };
    assert_eq!(refusal(&objects(250), Scope::Trail), "");
    let text = "The number of data resources cannot exceed 250; 251 were specified.";
    assert_eq!(refusal(&objects(251), Scope::Trail), text);
    let names = |count: usize| {
        let values: Vec<String> = (0..count).map(|at| format!("n{at}")).collect();
        advanced(json!([{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::SQS::Queue"]},
            {"Field": "eventName", "NotEquals": values},
        ]}]))
    };
    assert_eq!(refusal(&names(498), Scope::Trail), "");
    assert!(refusal(&names(499), Scope::Trail).ends_with("cannot exceed 500; 501 were specified."));
    let six = json!(vec![
        json!({"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
        ]});
        6
    ]);
    assert_eq!(refusal(&advanced(six.clone()), Scope::Trail), "");
    assert!(refusal(&advanced(six), Scope::EventDataStore).contains("between 1 and 5; 6 were"));
}

/// One selector with these fields beside its category.
fn refused(category: &str, fields: Value, scope: Scope) -> String {
    let mut all = vec![json!({"Field": "eventCategory", "Equals": [category]})];
    all.extend(fields.as_array().unwrap().iter().cloned());
    refusal(&advanced(json!([{ "FieldSelectors": all }])), scope)
}

#[test]
fn fields_belong_to_categories_and_scopes() {
    let arn = "arn:aws:iam::111122223333:user/a";
    let any = |field: &str, value: &str| json!([{"Field": field, "StartsWith": [value]}]);
    let unsupported = |field: &str, category: &str| {
        format!("Field {field} is not supported for the {category} event category.")
    };
    let name = any("eventName", "Get");
    let cases = [
        ("Management", json!([{"Field": "readOnly", "Equals": ["true"]}]), None, None),
        ("Management", name.clone(), Some(unsupported("eventName", "Management")), None),
        (
            "Management",
            any("userIdentity.arn", arn),
            Some(unsupported("userIdentity.arn", "Management")),
            None,
        ),
        (
            "Management",
            json!([{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}]),
            None,
            None,
        ),
        (
            "Management",
            json!([{"Field": "eventSource", "NotEquals": ["ec2.amazonaws.com"]}]),
            Some("Value ec2.amazonaws.com is invalid for field eventSource.".into()),
            None,
        ),
        (
            "Management",
            json!([{"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}]),
            Some("Operator Equals is not supported for field eventSource.".into()),
            None,
        ),
        (
            "NetworkActivity",
            json!([{"Field": "eventSource", "Equals": ["ec2.amazonaws.com"]}]),
            None,
            None,
        ),
    ];
    for (category, fields, of_trail, of_store) in cases {
        let outcome = refused(category, fields.clone(), Scope::Trail);
        assert_eq!(outcome, of_trail.unwrap_or_default(), "{fields}");
        let outcome = refused(category, fields.clone(), Scope::EventDataStore);
        assert_eq!(outcome, of_store.unwrap_or_else(String::new), "{fields}");
    }
    for scope in [Scope::Trail, Scope::EventDataStore] {
        let text = unsupported("resources.ARN", "Management");
        assert_eq!(refused("Management", any("resources.ARN", "arn"), scope), text);
        assert_eq!(
            refused("Management", any("eventname", "x"), scope),
            unsupported("eventname", "Management")
        );
        let once =
            "Field resources.type must be specified exactly once in an advanced event selector.";
        assert_eq!(refused("Data", name.clone(), scope), once);
        let once =
            "Field eventSource must be specified exactly once in an advanced event selector.";
        assert_eq!(refused("NetworkActivity", name.clone(), scope), once);
    }
}

#[test]
fn wrong_conditions_of_data_events_are_refused() {
    let cases = [
        (
            json!({"Field": "readOnly", "Equals": ["maybe"]}),
            "Value maybe is invalid for field readOnly.",
        ),
        (
            json!({"Field": "readOnly", "NotEquals": ["true"]}),
            "Operator NotEquals is not supported for field readOnly.",
        ),
        (
            json!({"Field": "eventName"}),
            "Field eventName must have at least one operator, with at least one value each.",
        ),
        (
            json!({"Field": "eventName", "Equals": []}),
            "Field eventName must have at least one operator, with at least one value each.",
        ),
        (
            json!({"Field": "eventName", "EndsWith": [""]}),
            "The values of field eventName must have 1 to 2048 characters.",
        ),
        (
            json!({"Field": "resources.ARN", "Equals": ["arn:aws:s3:::b"]}),
            "Invalid S3 ARN: arn:aws:s3:::b",
        ),
        (
            json!({"Field": "resources.ARN", "NotEquals": ["arn:aws:sqs:r:1:b/c"]}),
            "Value arn:aws:sqs:r:1:b/c is invalid for field resources.ARN.",
        ),
        (json!({"Field": "resources.ARN", "StartsWith": ["b"]}), ""),
        (
            json!({"Field": "sessionCredentialFromConsole", "Equals": ["false"]}),
            "Value false is invalid for field sessionCredentialFromConsole.",
        ),
        (json!({"Field": "sessionCredentialFromConsole", "NotEquals": ["true"]}), ""),
        (
            json!({"Field": "vpcEndpointId", "Equals": ["v"]}),
            "Field vpcEndpointId is not supported for the Data event category.",
        ),
        (
            json!({"Field": "eventCategory", "Equals": ["Data"]}),
            "Field eventCategory must be specified exactly once in an advanced event selector.",
        ),
    ];
    for (field, expected) in cases {
        let kind = json!({"Field": "resources.type", "Equals": ["AWS::S3::Object"]});
        assert_eq!(refused("Data", json!([kind, field]), Scope::Trail), expected);
    }
    let kind = |values: Value| {
        refused("Data", json!([{"Field": "resources.type", "Equals": values}]), Scope::Trail)
    };
    assert_eq!(
        kind(json!(["AWS::S3::Bucket"])),
        "Value AWS::S3::Bucket is invalid for field resources.type."
    );
    assert_eq!(
        kind(json!(["AWS::S3::Object", "AWS::SQS::Queue"])),
        "Field resources.type must have exactly one value."
    );
    let long = json!([{"Name": "n".repeat(1001), "FieldSelectors": []}]);
    assert!(refusal(&advanced(long), Scope::Trail).contains("cannot exceed 1000 characters"));
    assert!(
        refusal(&advanced(json!([{"FieldSelectors": []}])), Scope::Trail)
            .contains("at least one field")
    );
}

#[test]
fn some_categories_are_only_for_event_data_stores_and_stand_alone() {
    for category in ["Insight", "ConfigurationItem", "Evidence", "ActivityAuditLog"] {
        let text = format!("Value {category} is invalid for field eventCategory.");
        assert_eq!(refused(category, json!([]), Scope::Trail), text);
        assert_eq!(refused(category, json!([]), Scope::EventDataStore), "");
        let name = json!([{"Field": "eventName", "Equals": ["n"]}]);
        assert!(
            refused(category, name, Scope::EventDataStore).starts_with("Field eventName is not")
        );
        let one = |category: &str| json!({"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}]});
        let two = advanced(json!([one(category), one("Management")]));
        assert!(refusal(&two, Scope::EventDataStore).contains("cannot be combined"));
    }
    assert!(
        refused("Aggregated", json!([]), Scope::EventDataStore).starts_with("Value Aggregated")
    );
}

#[test]
fn insights_need_the_events_they_are_drawn_from() {
    let writes = basic(json!([{"ReadWriteType": "WriteOnly"}]));
    let reads = basic(json!([{"ReadWriteType": "ReadOnly"}]));
    let data = basic(json!([{"IncludeManagementEvents": false, "DataResources": [
        {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]},
    ]}]));
    let check = |insight: &str, categories: Value, source: &Selectors, scope: Scope| {
        let list = json!([{"InsightType": insight, "EventCategories": categories}]);
        let list: Vec<InsightSelector> = serde_json::from_value(list).unwrap();
        InsightSelector::validate(&list, source, scope).is_ok()
    };
    let (rate, error) = ("ApiCallRateInsight", "ApiErrorRateInsight");
    let management = json!(["Management"]);
    assert!(check(rate, management.clone(), &writes, Scope::Trail));
    assert!(!check(rate, management.clone(), &reads, Scope::Trail));
    assert!(check(error, management.clone(), &reads, Scope::Trail));
    assert!(!check(error, management.clone(), &data, Scope::EventDataStore));
    assert!(check(rate, json!(["Data"]), &data, Scope::Trail));
    assert!(!check(rate, json!(["Data"]), &data, Scope::EventDataStore));
    assert!(!check(rate, json!(["Data"]), &writes, Scope::Trail));
    assert!(!check(rate, json!(["Insight"]), &writes, Scope::Trail));
    assert!(!check("Rate", management, &writes, Scope::Trail));
    let twice: Vec<InsightSelector> =
        serde_json::from_value(json!([{"InsightType": rate}, {"InsightType": rate}])).unwrap();
    assert_eq!(twice[0].event_categories, ["Management"]);
    let outcome = InsightSelector::validate(&twice, &writes, Scope::Trail);
    assert_eq!(outcome, Err(InvalidInsights::Twice(rate.to_owned())));
    assert_eq!(InsightSelector::validate(&[], &data, Scope::Trail), Ok(()));
}

fn happened(source: &str, region: &str, more: &str) -> Event {
    let what = r#""eventID":"e","eventTime":"2026-03-01T09:30:00Z","eventName":"n""#;
    let text = format!(r#"{{{what},"eventSource":"{source}","awsRegion":"{region}"{more}}}"#);
    Event::parse(Bytes::from(text)).unwrap()
}

#[test]
fn trails_cover_their_regions_and_global_services() {
    let trail = |home: &str, multi_region, include_global| TrailScope {
        home_region: home.parse().unwrap(),
        multi_region,
        include_global,
    };
    let iam = happened("iam.amazonaws.com", "us-east-1", "");
    let ec2 = happened("ec2.amazonaws.com", "us-east-1", "");
    let global = r#","tlsDetails":{"clientProvidedHostHeader":"sts.amazonaws.com"}"#;
    let global = happened("sts.amazonaws.com", "us-east-1", global);
    let regional = r#","tlsDetails":{"clientProvidedHostHeader":"sts.us-east-1.amazonaws.com"}"#;
    let regional = happened("sts.amazonaws.com", "us-east-1", regional);
    let elsewhere = happened("sts.amazonaws.com", "eu-west-1", "");
    let cases = [
        (trail("us-east-1", false, true), [true, true, true, true, false]),
        (trail("us-east-1", false, false), [false, true, false, true, false]),
        (trail("eu-west-1", false, true), [false, false, false, false, true]),
        (trail("eu-west-1", true, true), [true, true, true, true, true]),
        (trail("eu-west-1", false, false), [false, false, false, false, true]),
    ];
    for (trail, expected) in cases {
        let covered = [&iam, &ec2, &global, &regional, &elsewhere].map(|event| trail.covers(event));
        assert_eq!(covered, expected, "{trail:?}");
    }
}

#[test]
fn categories_have_folders() {
    assert_eq!(folder(Category::Management), Some("CloudTrail"));
    assert_eq!(folder(Category::Data), Some("CloudTrail"));
    assert_eq!(folder(Category::Insight), Some("CloudTrail-Insight"));
    assert_eq!(folder(Category::NetworkActivity), Some("CloudTrail-NetworkActivity"));
    assert_eq!(folder(Category::ConfigurationItem), None);
    assert_eq!(folder(Category::Evidence), None);
    assert_eq!(folder(Category::Other), None);
}
