use super::*;

fn call<'a>(service: &'a str, operation: &'a str, body: &'a str) -> Sample<'a> {
    Sample::new(service, operation, JSON).body(body)
}

#[test]
fn bodies_are_shown_by_shape() {
    for (service, operation, body, expected) in [
        (
            "logs",
            "CreateLogGroup",
            r#"{"logGroupName":"g","tags":{"Team":"a"},"kmsKeyId":null}"#,
            r#"{"logGroupName":"g","tags":{"Team":"a"}}"#,
        ),
        (
            "kms",
            "Encrypt",
            r#"{"KeyId":"k","Plaintext":"c2VjcmV0","EncryptionContext":{"SecretARN":"a"},
                "EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
            r#"{"keyId":"k","encryptionContext":{"SecretARN":"a"},
                "encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
        ),
        ("kms", "Decrypt", r#"{"CiphertextBlob":"AQID","KeyId":"k"}"#, r#"{"keyId":"k"}"#),
        (
            "secretsmanager",
            "CreateSecret",
            r#"{"Name":"n","SecretString":"s","ClientRequestToken":"t"}"#,
            r#"{"name":"n","clientRequestToken":"t"}"#,
        ),
        (
            "ssm",
            "PutParameter",
            r#"{"Name":"/p","Value":"s","Type":"SecureString","Overwrite":false}"#,
            r#"{"name":"/p","value":"HIDDEN_DUE_TO_SECURITY_REASONS","type":"SecureString",
                "overwrite":false}"#,
        ),
        (
            "sqs",
            "SendMessage",
            r#"{"QueueUrl":"q","MessageBody":"s","MessageGroupId":"g"}"#,
            r#"{"queueUrl":"q","messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS",
                "messageGroupId":"g"}"#,
        ),
        (
            "cloudtrail",
            "LookupEvents",
            r#"{"StartTime":1700000000,"MaxResults":5,"Moon":{"ApiKey2":"s"}}"#,
            r#"{"startTime":"Nov 14, 2023, 10:13:20 PM","maxResults":5,
                "moon":{"ApiKey2":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#,
        ),
        ("kms", "DescribeKey", r#"{"KeyId":"a","KeyId":"b"}"#, r#"{"keyId":"b"}"#),
        ("ecs", "ListClusters", "{}", "null"),
        ("ecs", "ListClusters", "not json", "null"),
    ] {
        same(&call(service, operation, body).parameters(), expected);
    }
}

#[test]
fn items_show_their_keys_and_names() {
    let put = call(
        "dynamodb",
        "PutItem",
        r#"{"TableName":"Music","Item":{"Artist":{"S":"x"},"Song":{"S":"y"}},
            "ConditionExpression":"a = :v","ExpressionAttributeValues":{":v":{"S":"z"}}}"#,
    )
    .answered(200, r#"{"Attributes":{"Artist":{"S":"x"}}}"#);
    same(
        &put.parameters(),
        r#"{"tableName":"Music","items":["Artist","Song"],"conditionExpression":"a = :v"}"#,
    );
    assert_eq!(put.elements(), "null");
    assert_eq!(
        put.resources(),
        ["111122223333 AWS::DynamoDB::Table arn:aws:dynamodb:eu-west-1:111122223333:table/Music"]
    );
    same(
        &call(
            "dynamodb",
            "UpdateItem",
            r#"{"TableName":"Music","Key":{"Artist":{"S":"x"}},"UpdateExpression":"SET b = :v",
                "ExpressionAttributeValues":{":v":{"S":"z"}}}"#,
        )
        .parameters(),
        r#"{"tableName":"Music","key":{"Artist":"x"},"updateExpression":"SET b = :v"}"#,
    );
}

#[test]
fn answers_of_writes_are_shown() {
    let created = call("kms", "CreateKey", "{}").answered(
        200,
        r#"{"KeyMetadata":{"KeyId":"k","Enabled":true,"CreationDate":1618042462.5}}"#,
    );
    same(
        &created.elements(),
        r#"{"keyMetadata":{"keyId":"k","enabled":true,
            "creationDate":"Apr 10, 2021, 8:14:22 AM"}}"#,
    );
    let failed = call("kms", "CreateKey", "{}").answered(400, r#"{"KeyMetadata":{"KeyId":"k"}}"#);
    assert_eq!(failed.elements(), "null");
}

#[test]
fn cbor_is_shown_like_json() {
    // {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.0,
    //  "Timestamp": 1(1700000000)}]}
    let body = b"\xa2\x69Namespace\x61n\x6aMetricData\x81\xa3\x6aMetricName\x61m\x65Value\xfb\x3f\
        \xf0\x00\x00\x00\x00\x00\x00\x69Timestamp\xc1\x1a\x65\x53\xf1\x00";
    same(
        &Sample::new("cloudwatch", "PutMetricData", Protocol::Cbor).body(body).parameters(),
        r#"{"namespace":"n","metricData":[{"metricName":"m","value":1.0,
            "timestamp":"Nov 14, 2023, 10:13:20 PM"}]}"#,
    );
}

#[test]
fn a_cut_body_and_a_deep_body_show_nothing() {
    assert_eq!(call("kms", "Encrypt", r#"{"KeyId":"k","#).cut().parameters(), "null");
    let deep = format!("{{\"A\":{}{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    assert_eq!(Sample::new("nowhere", "X", JSON).body(&deep).parameters(), "null");
}

#[test]
fn the_operator_hides_more() {
    let rule = |service: Option<&str>, operation: Option<&str>, member: &str| Hide {
        service: service.map(str::to_owned),
        operation: operation.map(str::to_owned),
        member: member.to_owned(),
    };
    let rules = Rules::new(vec![
        rule(Some("logs"), Some("CreateLogGroup"), "LogGroupName"),
        rule(None, None, "team"),
        rule(Some("kms"), None, "tags"),
    ]);
    let found =
        call("logs", "CreateLogGroup", r#"{"logGroupName":"g","tags":{"Team":"a","b":"c"}}"#)
            .rules(rules)
            .parameters();
    same(
        &found,
        r#"{"logGroupName":"HIDDEN_DUE_TO_SECURITY_REASONS",
            "tags":{"Team":"HIDDEN_DUE_TO_SECURITY_REASONS","b":"c"}}"#,
    );
}
