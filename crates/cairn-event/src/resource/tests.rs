use bytes::Bytes;

use crate::Event;

/// Type and name of each resource of a record of this service with these members.
fn resources(source: &str, members: &str) -> Vec<(Option<String>, String)> {
    let head =
        r#""eventID":"e","eventTime":"2026-03-01T09:30:00Z","eventName":"n","awsRegion":"r""#;
    let raw = format!("{{{head},\"eventSource\":\"{source}\",{members}}}");
    let event = Event::parse(Bytes::from(raw)).unwrap();
    let owned =
        |resource: crate::Resource<'_>| (resource.kind.map(Into::into), resource.name.into());
    event.resources().into_iter().map(owned).collect()
}

fn typed(kind: &str, name: &str) -> (Option<String>, String) {
    (Some(kind.to_owned()), name.to_owned())
}

#[test]
fn listed_resources_are_read_in_their_order() {
    let list = r#""resources":[
        {"accountId":"111122223333","type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/\u0031"},
        {"ARN":"arn:aws:s3:::b"},
        {"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::b/p"},
        {"type":"AWS::KMS::Key","ARN":""}, {"type":"AWS::KMS::Key"}, "odd", [], 1
    ]"#;
    let expected = [
        typed("AWS::S3::Object", "arn:aws:s3:::b/1"),
        (None, "arn:aws:s3:::b".to_owned()),
        typed("AWS::S3::Object", "arn:aws:s3:::b/p"),
    ];
    assert_eq!(resources("other.amazonaws.com", list), expected);
}

#[test]
fn well_known_parameters_name_resources() {
    let parameters =
        r#""requestParameters":{"roleName":"ops","policyArn":"arn:p","other":"x","userName":7}"#;
    let expected = [typed("AWS::IAM::Role", "ops"), typed("AWS::IAM::Policy", "arn:p")];
    assert_eq!(resources("iam.amazonaws.com", parameters), expected);
    assert_eq!(resources("other.amazonaws.com", parameters), []);
    assert_eq!(resources("iam.amazonaws.com", "\"requestParameters\":null"), []);
}

#[test]
fn a_name_is_shown_once() {
    let both = r#""resources":[{"type":"AWS::KMS::Key","ARN":"arn:k"}],
        "requestParameters":{"keyId":"arn:k"}"#;
    assert_eq!(resources("kms.amazonaws.com", both), [typed("AWS::KMS::Key", "arn:k")]);
}
