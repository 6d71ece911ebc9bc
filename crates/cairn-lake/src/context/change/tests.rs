use bytes::Bytes;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000);

fn event(service: &str, name: &str, more: &Value) -> Event {
    let mut record = json!({
        "eventTime": "2026-03-01T09:30:00Z", "eventName": name, "awsRegion": "eu-west-1",
        "eventSource": format!("{service}.amazonaws.com"), "eventID": "e",
    });
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    Event::parse(Bytes::from(record.to_string())).unwrap()
}

fn changed(service: &str, name: &str, more: &Value) -> Option<TagChange> {
    change((AccountId::new(1).unwrap(), NOW), &event(service, name, more))
}

/// A change as `resource + resource: key=value key-`, with `*` where what was is gone.
fn said(service: &str, name: &str, more: &Value) -> String {
    let Some(change) = changed(service, name, more) else { return "nothing".to_owned() };
    let tags = change.tags.iter().map(|(key, value)| match value {
        Some(value) => format!("{key}={value}"),
        None => format!("{key}-"),
    });
    let all = change.clears.then(|| "*".to_owned());
    let tags: Vec<_> = all.into_iter().chain(tags).collect();
    format!("{}: {}", change.resources.join(" + "), tags.join(" "))
}

#[test]
fn services_name_tags_and_resources_in_their_own_ways() {
    let list = json!([{ "key": "team", "value": "red" }, { "key": "cost", "value": "" }]);
    let table = "arn:aws:dynamodb:eu-west-1:1:table/t";
    let cases = [
        ("dynamodb", "TagResource", json!({ "resourceArn": table, "tags": list })),
        (
            "lambda",
            "TagResource20170331v2",
            json!({ "resource": table, "tags": { "team": "red", "cost": "" } }),
        ),
        (
            "kms",
            "TagResource",
            json!({ "keyId": table, "tags": [
            { "tagKey": "team", "tagValue": "red" }, { "tagKey": "cost", "tagValue": "" }] }),
        ),
        (
            "tagging",
            "TagResources",
            json!({ "resourceARNList": [table], "tags": { "team": "red", "cost": "" } }),
        ),
        ("cloudtrail", "AddTags", json!({ "resourceId": table, "tagsList": list })),
    ];
    for (service, name, parameters) in cases {
        let more = json!({ "requestParameters": parameters });
        assert_eq!(said(service, name, &more), format!("{table}: cost= team=red"), "{service}");
    }
    let cases = [
        ("dynamodb", "UntagResource", json!({ "resourceArn": table, "tagKeys": ["team"] })),
        (
            "cloudtrail",
            "RemoveTags",
            json!({ "resourceId": table, "tagsList": [{ "key": "team" }] }),
        ),
    ];
    for (service, name, parameters) in cases {
        let more = json!({ "requestParameters": parameters });
        assert_eq!(said(service, name, &more), format!("{table}: team-"), "{service}");
    }
}

#[test]
fn what_tags_say_is_no_resource() {
    let owner = "arn:aws:iam::1:user/a";
    let tagged = json!({ "requestParameters": {
        "resourceArn": "arn:aws:sns:eu-west-1:1:t", "tags": { "owner": owner },
    } });
    assert_eq!(
        said("sns", "TagResource", &tagged),
        format!("arn:aws:sns:eu-west-1:1:t: owner={owner}")
    );
}

#[test]
fn tags_of_a_bucket_are_replaced_as_a_whole() {
    let bucket = json!([{ "ARN": "arn:aws:s3:::b", "type": "AWS::S3::Bucket" }]);
    let tags = json!([{ "Key": "team", "Value": "red" }, { "Key": "ready", "Value": true }]);
    let tagging = json!({ "xmlns": "u", "TagSet": { "Tag": tags } });
    let parameters = json!({ "bucketName": "b", "Tagging": tagging, "tagging": "" });
    let put = json!({ "requestParameters": parameters, "resources": bucket });
    assert_eq!(said("s3", "PutBucketTagging", &put), "arn:aws:s3:::b: * ready=true team=red");
    let one = json!({ "Tagging": { "TagSet": { "Tag": { "Key": "team", "Value": "red" } } } });
    let one = json!({ "requestParameters": one, "resources": bucket });
    assert_eq!(said("s3", "PutBucketTagging", &one), "arn:aws:s3:::b: * team=red");
    let gone = json!({ "requestParameters": { "bucketName": "b" }, "resources": bucket });
    assert_eq!(said("s3", "DeleteBucketTagging", &gone), "arn:aws:s3:::b: *");
    assert_eq!(said("s3", "DeleteBucket", &gone), "arn:aws:s3:::b: *");
    assert_eq!(said("s3", "DeleteBucketPolicy", &gone), "nothing");
}

#[test]
fn what_is_made_with_tags_has_no_others() {
    let tags = json!([{ "key": "team", "value": "red" }]);
    let trail = "arn:aws:cloudtrail:eu-west-1:1:trail/t";
    let cases = [
        (
            "cloudtrail",
            "CreateTrail",
            "tagsList",
            json!({ "trailARN": trail,
            "snsTopicARN": "arn:aws:sns:eu-west-1:1:t" }),
            trail,
        ),
        (
            "iam",
            "CreateRole",
            "tags",
            json!({ "role": { "arn": "arn:aws:iam::000000000001:role/ci/deploy" } }),
            "iam::000000000001:role/deploy",
        ),
        (
            "lambda",
            "CreateEventSourceMapping20150331",
            "tags",
            json!({
            "functionArn": "arn:aws:lambda:eu-west-1:1:function:f",
            "eventSourceMappingArn": "arn:aws:lambda:eu-west-1:1:event-source-mapping:m" }),
            "arn:aws:lambda:eu-west-1:1:event-source-mapping:m",
        ),
        (
            "cloudformation",
            "CreateStack",
            "tags",
            json!({
            "stackId": "arn:aws:cloudformation:eu-west-1:1:stack/s/1" }),
            "arn:aws:cloudformation:eu-west-1:1:stack/s/1",
        ),
    ];
    for (service, name, member, answer, made) in cases {
        // What was there before is gone, too.
        let mut more = json!({ "requestParameters": {}, "responseElements": answer });
        assert_eq!(said(service, name, &more), format!("{made}: *"), "{name}");
        more["requestParameters"][member] = tags.clone();
        assert_eq!(said(service, name, &more), format!("{made}: * team=red"), "{name}");
        more["errorCode"] = json!("AccessDenied");
        assert_eq!(said(service, name, &more), "nothing", "{name}");
    }
}

#[test]
fn roles_and_users_go_by_their_names() {
    let tags = json!([{ "key": "team", "value": "red" }]);
    let role = |more: Value| json!({ "requestParameters": more });
    let tagged = role(json!({ "roleName": "deploy", "tags": tags }));
    assert_eq!(said("iam", "TagRole", &tagged), "iam::000000000001:role/deploy: team=red");
    let user = role(json!({ "userName": "a", "tagKeys": ["team"] }));
    assert_eq!(said("iam", "UntagUser", &user), "iam::000000000001:user/a: team-");
    assert_eq!(
        said("iam", "DeleteUser", &role(json!({ "userName": "a" }))),
        "iam::000000000001:user/a: *"
    );
    let key = role(json!({ "userName": "a", "accessKeyId": "AKIA1" }));
    assert_eq!(said("iam", "DeleteAccessKey", &key), "nothing");
}

#[test]
fn what_is_gone_has_no_tags_and_what_can_come_back_keeps_them() {
    let table = "arn:aws:dynamodb:eu-west-1:1:table/t";
    let answer = json!({ "tableDescription": { "tableArn": table, "itemCount": 0 } });
    let gone = json!({ "requestParameters": { "tableName": "t" }, "responseElements": answer });
    assert_eq!(said("dynamodb", "DeleteTable", &gone), format!("{table}: *"));
    assert_eq!(said("dynamodb", "DeleteItem", &gone), "nothing");
    let function = "arn:aws:lambda:eu-west-1:1:function:f";
    let mut more = json!({ "requestParameters": { "functionName": function } });
    assert_eq!(said("lambda", "DeleteFunction20150331", &more), format!("{function}: *"));
    more["requestParameters"]["qualifier"] = json!("1");
    assert_eq!(said("lambda", "DeleteFunction20150331", &more), "nothing");
    let store = "arn:aws:cloudtrail:eu-west-1:1:eventdatastore/x";
    let more = json!({ "requestParameters": { "eventDataStore": store } });
    assert_eq!(said("cloudtrail", "DeleteEventDataStore", &more), "nothing");
    let policy = json!({ "requestParameters": { "policyArn": "arn:aws:iam::1:policy/p" } });
    assert_eq!(said("iam", "DeletePolicy", &policy), "arn:aws:iam::1:policy/p: *");
    let url = json!({ "functionArn": function, "functionUrl": "https://x" });
    let url = json!({ "requestParameters": { "functionName": "f" }, "responseElements": url });
    assert_eq!(said("lambda", "CreateFunctionUrlConfig", &url), "nothing");
}

#[test]
fn tags_are_read_from_whatever_they_are_wrapped_in() {
    let arn = "arn:aws:lambda:eu-west-1:1:function:f";
    let cases = [
        (json!({ "Key": "x", "team": "red" }), "Key=x team=red"),
        (json!({ "items": [{ "key": "team", "value": "red" }] }), "team=red"),
        (json!({ "Tag": { "Key": "team", "tag": 1, "Value": 7 } }), "team=7"),
    ];
    for (tags, expected) in cases {
        let more = json!({ "requestParameters": { "resource": arn, "tags": tags } });
        assert_eq!(said("lambda", "TagResource20170331v2", &more), format!("{arn}: {expected}"));
    }
    let none = json!({ "requestParameters": { "bucketName": "b", "Tagging": { "TagSet": "" } },
        "resources": [{ "ARN": "arn:aws:s3:::b" }] });
    assert_eq!(said("s3", "PutBucketTagging", &none), "arn:aws:s3:::b: *");
    for keys in [json!(["team"]), json!({ "items": ["team"] }), json!("team")] {
        let more = json!({ "requestParameters": { "resource": arn, "tagKeys": keys } });
        assert_eq!(said("cloudfront", "UntagResource", &more), format!("{arn}: team-"));
    }
    let (one, two) = ("arn:aws:s3:::one", "arn:aws:s3:::two");
    let more = json!({ "requestParameters": { "resourceARNList": [one, two], "tags": { "a": "b" } },
        "responseElements": { "failedResourcesMap": { one: { "errorCode": "x" } } } });
    assert_eq!(said("tagging", "TagResources", &more), format!("{two}: a=b"));
}

#[test]
fn sessions_have_tags_for_as_long_as_they_may_last() {
    let answer = json!({ "credentials": { "accessKeyId": "ASIA1" } });
    let list = json!([{ "key": "team", "value": "red" }]);
    let cases = [
        ("AssumeRole", json!({ "tags": list, "roleArn": "arn:aws:iam::1:role/r" })),
        ("AssumeRoleWithSAML", json!({ "principalTags": { "team": "red" } })),
        ("GetFederationToken", json!({ "tags": list })),
    ];
    for (name, parameters) in cases {
        let more = json!({ "requestParameters": parameters, "responseElements": answer });
        let found = changed("sts", name, &more).unwrap();
        assert_eq!((found.resources, found.clears), (vec!["ASIA1".to_owned()], false));
        assert_eq!(found.tags["team"].as_deref(), Some("red"));
        assert_eq!(found.ends.unwrap().millis(), 1_000 + 36 * 60 * 60 * 1000);
        let without = json!({ "requestParameters": {}, "responseElements": answer });
        assert_eq!(changed("sts", name, &without), None);
    }
}

#[test]
fn what_breaks_bounds_is_left_out() {
    let tags = json!({
        "": "x", "long": "x".repeat(257), "k".repeat(129): "x", "fits": "x".repeat(256),
    });
    let table = "arn:aws:dynamodb:eu-west-1:1:table/t";
    let more = json!({ "requestParameters": { "resourceArn": table, "tags": tags } });
    let found = changed("dynamodb", "TagResource", &more).unwrap();
    assert_eq!(found.tags.keys().collect::<Vec<_>>(), ["fits"]);
    let many: Map<String, Value> = (0..60).map(|at| (format!("k{at}"), json!("x"))).collect();
    let more = json!({ "requestParameters": { "resourceArn": table, "tags": many } });
    assert_eq!(changed("dynamodb", "TagResource", &more).unwrap().tags.len(), TAGS);
    let arns: Vec<_> = (0..30).map(|at| format!("arn:aws:s3:::b{at}")).collect();
    let more = json!({ "requestParameters": { "resourceARNList": arns, "tags": { "a": "b" } } });
    assert_eq!(changed("tagging", "TagResources", &more).unwrap().resources.len(), RESOURCES);
    let name = "x".repeat(NAME_BYTES + 1);
    let more = json!({ "requestParameters": { "roleName": name, "tags": { "a": "b" } } });
    assert_eq!(changed("iam", "TagRole", &more), None);
    for parameters in [json!(null), json!("x"), json!({ "tags": 1 }), json!({ "tags": [1, [2]] })] {
        let more = json!({ "requestParameters": parameters });
        assert_eq!(changed("dynamodb", "TagResource", &more), None, "{parameters}");
    }
}
