//! Hostile bytes, for operations of every protocol.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::*;

const OPERATIONS: [(&str, &str, Protocol, &str); 13] = [
    ("s3", "GetObject", Protocol::RestXml, "GET /bucket/key"),
    ("s3", "PutBucketTagging", Protocol::RestXml, "PUT /bucket?tagging"),
    ("s3", "Unheard", Protocol::RestXml, "PUT /bucket/key"),
    ("ec2", "RunInstances", Protocol::Ec2, "POST /"),
    ("ec2", "CreateFlowLogs", Protocol::Ec2, "POST /"),
    ("iam", "CreateRole", Protocol::Query, "POST /"),
    ("sts", "AssumeRole", Protocol::Query, "POST /"),
    ("dynamodb", "TransactWriteItems", JSON, "POST /"),
    ("kms", "CreateKey", JSON, "POST /"),
    ("cloudwatch", "PutMetricData", Protocol::Cbor, "POST /"),
    ("lambda", "CreateFunction", Protocol::RestJson, "POST /2015-03-31/functions"),
    ("route53", "CreateHostedZone", Protocol::RestXml, "POST /2013-04-01/hostedzone"),
    ("moonbase", "Build", Protocol::RestJson, "POST /base"),
];

/// Bytes that look like documents often enough to get past the first check.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<Vec<u8>>(),
        "[a-zA-Z0-9.&=%+]{0,40}".prop_map(String::into_bytes),
        "[<>/a-c \"'=&;!\\[\\]?-]{0,40}".prop_map(String::into_bytes),
        "[{}\\[\\]\",:a-c0-9.eE-]{0,40}".prop_map(String::into_bytes),
        Just(b"Tags.member.1.Key=a&Filter.1.Value.1=b&".to_vec()),
        Just(b"<Tagging><TagSet><Tag><Key>&#x;</Key></Tag></TagSet></Tagging>".to_vec()),
        Just(br#"{"TransactItems":[{"Put":{"Item":{"A":{"S":"x"}}}}],"Key":{"A":1}}"#.to_vec()),
        Just(b"\xbf\x6aMetricData\x9f\xa1\x65Value\xf9\x7e\x00\xff\xff".to_vec()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_panic(
        body in bodies(),
        answer in bodies(),
        query in "[a-zA-Z0-9.&=%+/-]{0,60}",
        status in 100u16..600,
        whole in any::<bool>(),
    ) {
        for (service, operation, protocol, line) in OPERATIONS {
            let mut sample = Sample::new(service, operation, protocol)
                .line(line)
                .body(&body)
                .answered(status, &answer);
            sample.whole = whole;
            sample.with(|asked, answered| {
                let mut asked = *asked;
                if asked.parts.query.is_none() {
                    asked.parts.query = Some(&query);
                }
                let rules = Rules::default();
                let parameters = request_parameters(&asked, &rules);
                let elements = response_elements(&asked, answered, &rules);
                failure(&asked, answered);
                additional_event_data(&asked, answered, &Traffic::default());
                let place = Place {
                    partition: "aws",
                    region: "eu-west-1",
                    account: AccountId::new(1).unwrap(),
                };
                if let Some(operation) = asked.operation {
                    resources(operation, &place, parameters.as_ref(), elements.as_ref());
                }
            });
        }
    }
}
