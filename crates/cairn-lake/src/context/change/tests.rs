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
    change((AccountId::new(1).unwrap(), Seq(7), NOW), &event(service, name, more))
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
            json!({ "role": { "arn": "arn:aws:iam::1:role/ci/deploy" } }),
            "iam::role/deploy",
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
        let mut more = json!({ "requestParameters": {}, "responseElements": answer });
        assert_eq!(said(service, name, &more), "nothing", "{name}");
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
    assert_eq!(said("iam", "TagRole", &tagged), "iam::role/deploy: team=red");
    let user = role(json!({ "userName": "a", "tagKeys": ["team"] }));
    assert_eq!(said("iam", "UntagUser", &user), "iam::user/a: team-");
    assert_eq!(said("iam", "DeleteUser", &role(json!({ "userName": "a" }))), "iam::user/a: *");
    let key = role(json!({ "userName": "a", "accessKeyId": "AKIA1" }));
    assert_eq!(said("iam", "DeleteAccessKey", &key), "nothing");
    let table = role(json!({ "tableArn": "arn:aws:dynamodb:eu-west-1:1:table/t" }));
    assert_eq!(said("dynamodb", "DeleteTable", &table), "arn:aws:dynamodb:eu-west-1:1:table/t: *");
    assert_eq!(said("dynamodb", "DeleteItem", &table), "nothing");
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
    for parameters in [json!(null), json!("x"), json!({ "tags": 1 }), json!({ "tags": [1, [2]] })] {
        let more = json!({ "requestParameters": parameters });
        assert_eq!(changed("dynamodb", "TagResource", &more), None, "{parameters}");
    }
}
