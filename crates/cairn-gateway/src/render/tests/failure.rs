use super::*;

fn found(sample: &Sample<'_>) -> String {
    let failure = sample.with(failure);
    failure.map_or("none".to_owned(), |failure| {
        format!("{}: {}", failure.code, failure.message.as_deref().unwrap_or("-"))
    })
}

#[test]
fn errors_are_read_in_each_protocol() {
    let json = || Sample::new("kms", "Encrypt", JSON);
    let rest = || {
        Sample::new("lambda", "ListFunctions", Protocol::RestJson).line("GET /2015-03-31/functions")
    };
    let error = |code: &str| {
        format!(
            "<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>m &amp; n</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        )
    };
    let (missing, denied, invalid) =
        (error("NoSuchEntity"), error("AccessDenied"), error("InvalidDBInstanceState"));
    let ec2 = "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>m</Message>\
               </Error></Errors><RequestID>r</RequestID></Response>";
    let s3 = "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>m</Message></Error>";
    let get = || {
        Sample::new("s3", "GetObject", Protocol::RestXml)
            .line("GET /k")
            .bucket("invoices", "invoices.s3.amazonaws.com")
    };
    for (sample, expected) in [
        (json().answered(200, "{}"), "none"),
        (
            json().answered(400, r#"{"__type":"com.amazonaws#NotFoundException","message":"m"}"#),
            "NotFoundException: m",
        ),
        (json().answered(400, r#"{"__type":"AccessDeniedException"}"#), "AccessDenied: -"),
        (json().answered(500, "<html>"), "InternalServerError: -"),
        (
            rest()
                .answer_header("x-amzn-errortype", "ResourceNotFoundException:http://a/b")
                .answered(404, r#"{"Message":"m"}"#),
            "ResourceNotFoundException: m",
        ),
        (
            Sample::new("iam", "GetUser", Protocol::Query).answered(404, &missing),
            "NoSuchEntityException: m & n",
        ),
        (
            Sample::new("iam", "GetUser", Protocol::Query).answered(403, &denied),
            "AccessDenied: m & n",
        ),
        (
            Sample::new("rds", "DeleteDBInstance", Protocol::Query).answered(400, &invalid),
            "InvalidDBInstanceStateFault: m & n",
        ),
        (
            Sample::new("ec2", "DescribeVpcs", Protocol::Ec2).answered(400, ec2),
            "Client.InvalidVpcID.NotFound: m",
        ),
        (
            Sample::new("ec2", "DescribeVpcs", Protocol::Ec2).answered(503, ec2),
            "Server.InvalidVpcID.NotFound: m",
        ),
        (
            Sample::new("cloudwatch", "ListMetrics", Protocol::Cbor)
                .answered(400, b"\xa2\x66__type\x64a#Bc\x67message\x61m"),
            "Bc: m",
        ),
        (get().answered(404, s3), "NoSuchBucket: m"),
        (get().answered(200, s3), "NoSuchBucket: m"),
        (get().answered(200, "text"), "none"),
        (get().answered(404, ""), "NoSuchKey: The specified key does not exist."),
        (get().answered(403, ""), "AccessDenied: Access Denied"),
    ] {
        assert_eq!(found(&sample), expected);
    }
}
