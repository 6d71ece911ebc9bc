use super::*;

fn call<'a>(service: &'a str, operation: &'a str, body: &'a str) -> Sample<'a> {
    Sample::new(service, operation, JSON).body(body)
}

#[test]
fn templates_are_filled_from_parameters_and_elements() {
    let arn = r#"{"KeyId":"arn:aws:kms:eu-west-1:444455556666:key/k"}"#;
    for (sample, expected) in [
        (
            call("kms", "DescribeKey", r#"{"KeyId":"k"}"#),
            &["111122223333 AWS::KMS::Key arn:aws:kms:eu-west-1:111122223333:key/k"][..],
        ),
        (
            call("kms", "DescribeKey", r#"{"KeyId":"alias/a"}"#),
            &["111122223333 AWS::KMS::Key arn:aws:kms:eu-west-1:111122223333:alias/a"],
        ),
        (
            call("kms", "DescribeKey", arn),
            &["444455556666 AWS::KMS::Key arn:aws:kms:eu-west-1:444455556666:key/k"],
        ),
        (
            call("kms", "CreateKey", "{}").answered(
                200,
                r#"{"KeyMetadata":{"KeyId":"k","Arn":"arn:aws:kms:eu-west-1:111122223333:key/k"}}"#,
            ),
            &["111122223333 AWS::KMS::Key arn:aws:kms:eu-west-1:111122223333:key/k"],
        ),
        (
            call("ssm", "GetParameters", r#"{"Names":["/a/b","c"]}"#),
            &[
                "111122223333  arn:aws:ssm:eu-west-1:111122223333:parameter/a/b",
                "111122223333  arn:aws:ssm:eu-west-1:111122223333:parameter/c",
            ],
        ),
        (
            call(
                "sqs",
                "SendMessage",
                r#"{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/q"}"#,
            ),
            &["111122223333 AWS::SQS::Queue arn:aws:sqs:eu-west-1:111122223333:q"],
        ),
        (
            call("dynamodb", "BatchGetItem", r#"{"RequestItems":{"A":{"Keys":[]},"B":{}}}"#),
            &[
                "111122223333 AWS::DynamoDB::Table arn:aws:dynamodb:eu-west-1:111122223333:table/A",
                "111122223333 AWS::DynamoDB::Table arn:aws:dynamodb:eu-west-1:111122223333:table/B",
            ],
        ),
        (call("kms", "DescribeKey", "{}"), &[]),
    ] {
        assert_eq!(sample.resources(), expected);
    }
}
