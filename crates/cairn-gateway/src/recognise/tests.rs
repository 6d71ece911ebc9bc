//! One table for all protocols, and what must not be believed.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;

use super::*;

/// A request as a line of a table: what is not named is absent.
#[derive(Default, Clone, Copy)]
struct Line<'a> {
    /// Service and Region of the signature.
    scope: Option<(&'a str, &'a str)>,
    method: &'a str,
    /// With the query.
    uri: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

/// What is looked at in an answer.
#[derive(Debug, PartialEq)]
struct Seen {
    service: Option<&'static str>,
    /// The operation's name, or what the request calls it, in brackets.
    operation: String,
    protocol: Protocol,
    region: Option<String>,
    bucket: Option<String>,
    labels: Vec<(String, String)>,
    signing_name: Option<String>,
}

fn seen(line: &Line<'_>) -> Seen {
    let domains = ["cairn.local".to_owned(), "s3.cairn.local".to_owned()];
    let mut headers = HeaderMap::new();
    for (name, value) in line.headers {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let (path, query) = match line.uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (line.uri, None),
    };
    let method: Method = line.method.parse().unwrap();
    let parts = Parts { method: &method, path, query, headers: &headers };
    let scope =
        Scope { service: line.scope.map(|scope| scope.0), region: line.scope.map(|scope| scope.1) };
    let found = recognise(&parts, scope, line.body.as_bytes(), &domains);
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
    Seen {
        service: found.service.map(|service| service.name),
        operation: match found.operation {
            Some(operation) => operation.name.to_owned(),
            None => format!("[{}]", found.named.as_deref().unwrap_or_default()),
        },
        protocol: found.protocol,
        region: text(&found.region),
        bucket: text(&found.bucket),
        labels: found.labels.iter().map(|one| (one.name.into(), one.value.into())).collect(),
        signing_name: text(&found.signing_name),
    }
}

/// Service and operation of a line.
fn call(line: &Line<'_>) -> (&'static str, String) {
    let seen = seen(line);
    (seen.service.unwrap_or("-"), seen.operation)
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");

fn post<'a>(
    service: &'a str,
    uri: &'a str,
    headers: &'a [(&str, &str)],
    body: &'a str,
) -> Line<'a> {
    let scope = (!service.is_empty()).then_some((service, "eu-west-1"));
    Line { scope, method: "POST", uri, headers, body }
}

fn rest<'a>(service: &'a str, method: &'a str, uri: &'a str) -> Line<'a> {
    let scope = (!service.is_empty()).then_some((service, "eu-west-1"));
    Line { scope, method, uri, headers: &[], body: "" }
}

/// A request to a host, signed for nothing.
fn at<'a>(method: &'a str, uri: &'a str, host: &'a [(&'a str, &'a str)]) -> Line<'a> {
    Line { scope: None, method, uri, headers: host, body: "" }
}

#[test]
fn every_protocol_is_recognised() {
    let v1_0 = Protocol::Json(Version::V1_0);
    let cases = [
        (
            post("dynamodb", "/", &[JSON, ("x-amz-target", "DynamoDB_20120810.GetItem")], "{}"),
            ("dynamodb", "GetItem", v1_0),
        ),
        (
            post(
                "dynamodb",
                "/",
                &[JSON, ("x-amz-target", "DynamoDBStreams_20120810.GetRecords")],
                "{}",
            ),
            ("dynamodbstreams", "GetRecords", v1_0),
        ),
        (
            post(
                "cloudtrail",
                "/",
                &[(
                    "x-amz-target",
                    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
                )],
                "{}",
            ),
            ("cloudtrail", "LookupEvents", Protocol::Json(Version::V1_1)),
        ),
        (
            post("timestream", "/", &[JSON, ("x-amz-target", "Timestream_20181101.Query")], "{}"),
            ("timestream-query", "Query", v1_0),
        ),
        (
            post("iam", "/", &[FORM], "Action=CreateUser&Version=2010-05-08"),
            ("iam", "CreateUser", Protocol::Query),
        ),
        (
            post("ec2", "/", &[FORM], "Action=RunInstances&Version=2016-11-15"),
            ("ec2", "RunInstances", Protocol::Ec2),
        ),
        (
            rest("sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15"),
            ("sts", "GetCallerIdentity", Protocol::Query),
        ),
        (
            post("rds", "/", &[FORM], "Action=DescribeDBClusters&Version=2014-10-31"),
            ("rds", "DescribeDBClusters", Protocol::Query),
        ),
        (
            post(
                "elasticloadbalancing",
                "/",
                &[FORM],
                "Action=DescribeLoadBalancers&Version=2012-06-01",
            ),
            ("elb", "DescribeLoadBalancers", Protocol::Query),
        ),
        (
            post("elasticloadbalancing", "/", &[FORM], "Version=2015-12-01&Action=DescribeRules"),
            ("elbv2", "DescribeRules", Protocol::Query),
        ),
        (
            post("sqs", "/111122223333/queue", &[FORM], "Action=SendMessage&MessageBody=a"),
            ("sqs", "SendMessage", Protocol::Query),
        ),
        (
            post(
                "sqs",
                "/111122223333/queue",
                &[JSON, ("x-amz-target", "AmazonSQS.SendMessage")],
                "{}",
            ),
            ("sqs", "SendMessage", v1_0),
        ),
        (
            post("monitoring", "/", &[FORM], "Action=PutMetricData&Version=2010-08-01"),
            ("cloudwatch", "PutMetricData", Protocol::Query),
        ),
        (
            post(
                "monitoring",
                "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                &[("smithy-protocol", "rpc-v2-cbor")],
                "",
            ),
            ("cloudwatch", "PutMetricData", Protocol::Cbor),
        ),
        (
            rest("lambda", "GET", "/2015-03-31/functions/name/configuration"),
            ("lambda", "GetFunctionConfiguration", Protocol::RestJson),
        ),
        (rest("apigateway", "GET", "/v2/apis"), ("apigatewayv2", "GetApis", Protocol::RestJson)),
        (rest("apigateway", "GET", "/restapis"), ("apigateway", "GetRestApis", Protocol::RestJson)),
        (
            rest("bedrock", "POST", "/model/a.b-v1%3A0/invoke"),
            ("bedrock-runtime", "InvokeModel", Protocol::RestJson),
        ),
        (
            rest("sagemaker", "POST", "/endpoints/name/invocations"),
            ("sagemaker-runtime", "InvokeEndpoint", Protocol::RestJson),
        ),
        (
            rest("route53", "GET", "/2013-04-01/hostedzone/Z1/rrset"),
            ("route53", "ListResourceRecordSets", Protocol::RestXml),
        ),
    ];
    for (line, (service, operation, protocol)) in cases {
        let seen = seen(&line);
        let found = (seen.service.unwrap_or("-"), &*seen.operation, seen.protocol);
        assert_eq!(found, (service, operation, protocol), "{} {}", line.method, line.uri);
        assert_eq!(seen.region.as_deref(), Some("eu-west-1"));
        assert_eq!(seen.signing_name.as_deref(), line.scope.map(|scope| scope.0));
    }
}

#[test]
fn what_is_not_known_keeps_its_name() {
    let target = [JSON, ("x-amz-target", "DynamoDB_20120810.FoldTable")];
    let strange = [JSON, ("x-amz-target", "Widgets_20300101.FoldWidget")];
    let cases = [
        (post("dynamodb", "/", &target, "{}"), "dynamodb", "[FoldTable]"),
        (post("widgets", "/", &strange, "{}"), "-", "[FoldWidget]"),
        (post("", "/", &strange, "{}"), "-", "[FoldWidget]"),
        (post("iam", "/", &[FORM], "Action=FoldUser&Version=2010-05-08"), "iam", "[FoldUser]"),
        (post("widgets", "/", &[FORM], "Action=FoldWidget"), "-", "[FoldWidget]"),
        (post("iam", "/", &[FORM], "Action=Fold%20User"), "iam", "[]"),
        (rest("lambda", "PATCH", "/2030-01-01/folds"), "lambda", "[PATCH /2030-01-01]"),
        (rest("widgets", "PATCH", "/folds/a"), "-", "[PATCH /folds]"),
        (rest("widgets", "PATCH", "/f%20lds/a"), "-", "[PATCH]"),
        (rest("s3", "PATCH", "/bucket/key"), "s3", "[PATCH]"),
        (rest("sqs", "GET", "/111122223333/queue"), "sqs", "[GET /111122223333]"),
    ];
    for (line, service, operation) in cases {
        assert_eq!(call(&line), (service, operation.to_owned()), "{} {}", line.method, line.uri);
    }
    let unsigned = seen(&post("", "/", &strange, "{}"));
    assert_eq!(unsigned.signing_name.as_deref(), Some("Widgets_20300101"));
}

#[test]
fn the_signature_binds_the_service() {
    let read = [JSON, ("x-amz-target", "DynamoDB_20120810.GetItem")];
    let cbor = [("smithy-protocol", "rpc-v2-cbor")];
    let path = "/service/GraniteServiceVersion20100801/operation/ListMetrics";
    let cases = [
        (post("s3", "/bucket", &read, ""), "s3", "[POST]"),
        (post("sqs", "/", &read, "{}"), "sqs", "[GetItem]"),
        (post("s3", "/bucket?Action=GetCallerIdentity", &[], ""), "s3", "[POST]"),
        (rest("s3", "PUT", "/b/k?Action=GetCallerIdentity"), "s3", "PutObject"),
        (post("s3", path, &cbor, ""), "s3", "[POST]"),
        (rest("s3", "PUT", "/v20180820/key"), "s3", "PutObject"),
        (
            post(
                "sagemaker",
                "/endpoints/name/invocations",
                &[JSON, ("x-amz-target", "SageMaker.ListEndpoints")],
                "{}",
            ),
            "sagemaker-runtime",
            "InvokeEndpoint",
        ),
    ];
    for (line, service, operation) in cases {
        assert_eq!(call(&line), (service, operation.to_owned()), "{} {}", line.method, line.uri);
    }
}

#[test]
fn two_names_are_none() {
    let both = [FORM, ("x-amz-target", "AmazonSQS.ReceiveMessage")];
    let twice = [
        JSON,
        ("x-amz-target", "DynamoDB_20120810.GetItem"),
        ("x-amz-target", "DynamoDB_20120810.DeleteItem"),
    ];
    let json = [JSON, ("x-amz-target", "DynamoDB_20120810.GetItem")];
    let cases = [
        post("iam", "/", &[FORM], "Action=ListUsers&Action=DeleteUser"),
        post("iam", "/?Action=DeleteUser", &[FORM], "Action=ListUsers"),
        post("iam", "/", &[FORM], "Action=ListUsers&%41ction=DeleteUser"),
        post("iam", "/", &[FORM], "Action=ListUsers&Act%69on=DeleteUser"),
        post("sqs", "/", &both, "Action=DeleteMessage"),
        post("dynamodb", "/", &twice, "{}"),
        post("dynamodb", "/?Action=DeleteItem", &json, "{}"),
        rest("s3", "POST", "/b/k?select&select-type=2&uploads"),
    ];
    for line in cases {
        let (_, operation) = call(&line);
        assert!(operation.starts_with('['), "{} {}: {operation}", line.uri, line.body);
    }
    let same = post("iam", "/?Action=ListUsers", &[FORM], "Action=ListUsers");
    assert_eq!(call(&same), ("iam", "ListUsers".into()));
}

#[test]
fn hosts_name_buckets_and_regions() {
    let cases = [
        ("b.s3.us-west-2.amazonaws.com", Some("b"), Some("us-west-2")),
        ("My.Bucket.s3.us-west-2.amazonaws.com:443", Some("my.bucket"), Some("us-west-2")),
        ("a.s3.b.s3.amazonaws.com", Some("a.s3.b"), None),
        ("b.s3.dualstack.us-west-2.amazonaws.com", Some("b"), Some("us-west-2")),
        ("b.s3-us-west-2.amazonaws.com", Some("b"), Some("us-west-2")),
        ("b.s3-accelerate.amazonaws.com", Some("b"), None),
        ("b.s3-fips.us-gov-west-1.amazonaws.com", Some("b"), Some("us-gov-west-1")),
        ("b.s3.cn-north-1.amazonaws.com.cn", Some("b"), Some("cn-north-1")),
        (
            "ap-111122223333.s3-accesspoint.us-west-2.amazonaws.com",
            Some("ap-111122223333"),
            Some("us-west-2"),
        ),
        ("alias.mrap.accesspoint.s3-global.amazonaws.com", Some("alias.mrap"), None),
        (
            "b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com",
            Some("b--usw2-az1--x-s3"),
            Some("us-west-2"),
        ),
        ("s3.us-west-2.amazonaws.com", None, Some("us-west-2")),
        ("s3.amazonaws.com", None, None),
        ("b.cairn.local:8080", Some("b"), None),
        ("b.S3.cairn.local", Some("b"), None),
        ("s3.cairn.local", None, None),
        ("cairn.local", None, None),
        ("xcairn.local", None, None),
        ("...cairn.local", None, None),
        ("..cairn.local", None, None),
        ("a/b.cairn.local", None, None),
        ("127.0.0.1:9000", None, None),
        ("[::1]:9000", None, None),
    ];
    for (host, bucket, region) in cases {
        let headers = [("host", host)];
        let seen = seen(&at("GET", "/a//b", &headers));
        let operation = "GetObject";
        assert_eq!(seen.bucket.as_deref(), bucket, "{host}");
        assert_eq!(seen.region.as_deref(), region, "{host}");
        assert_eq!((seen.service, &*seen.operation), (Some("s3"), operation), "{host}");
        let key = if bucket.is_some() { "a//b" } else { "/b" };
        assert_eq!(seen.labels.last().unwrap(), &("Key".into(), key.into()), "{host}");
    }
}

#[test]
fn hosts_name_services() {
    let cases = [
        (
            "lambda.us-east-1.amazonaws.com",
            "GET",
            "/2015-03-31/functions",
            "lambda",
            "ListFunctions",
        ),
        (
            "runtime.sagemaker.us-east-1.amazonaws.com",
            "POST",
            "/endpoints/a/invocations",
            "sagemaker-runtime",
            "InvokeEndpoint",
        ),
        ("sts.amazonaws.com", "GET", "/?Action=GetCallerIdentity", "sts", "GetCallerIdentity"),
        (
            "111122223333.s3-control.us-west-2.amazonaws.com",
            "GET",
            "/v20180820/jobs",
            "s3control",
            "ListJobs",
        ),
        ("oidc.us-east-1.amazonaws.com", "POST", "/token", "sso-oidc", "CreateToken"),
        ("kms-fips.us-east-1.amazonaws.com", "POST", "/", "kms", "[POST]"),
        ("s3express-control.us-west-2.amazonaws.com", "GET", "/", "s3", "ListDirectoryBuckets"),
        ("s3express-control.us-west-2.amazonaws.com", "PUT", "/b--x-s3", "s3", "CreateBucket"),
    ];
    for (host, method, uri, service, operation) in cases {
        let headers = [("host", host)];
        assert_eq!(call(&at(method, uri, &headers)), (service, operation.to_owned()), "{host}");
    }
}

#[test]
fn what_nobody_signed_is_s3s_or_a_public_action() {
    let assume = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=a";
    assert_eq!(call(&post("", "/", &[FORM], assume)), ("sts", "AssumeRoleWithWebIdentity".into()));
    let pool = [JSON, ("x-amz-target", "AWSCognitoIdentityService.GetId")];
    assert_eq!(call(&post("", "/", &pool, "{}")), ("cognito-identity", "GetId".into()));
    let get = seen(&rest("", "GET", "/bucket/key"));
    assert_eq!((get.service, &*get.operation), (Some("s3"), "GetObject"));
    assert_eq!(get.signing_name.as_deref(), Some("s3"));
}

#[test]
fn browsers_are_understood() {
    let upload = [("content-type", "multipart/form-data; boundary=x")];
    let hosted = [("content-type", "multipart/form-data; boundary=x"), ("host", "b.cairn.local")];
    assert_eq!(call(&post("", "/bucket", &upload, "")), ("s3", "PostObject".into()));
    assert_eq!(call(&post("", "/bucket/", &upload, "")), ("s3", "PostObject".into()));
    let by_host = seen(&post("", "/", &hosted, ""));
    assert_eq!((&*by_host.operation, by_host.bucket.as_deref()), ("PostObject", Some("b")));
    assert_eq!(call(&post("", "/bucket/key", &upload, "")).1, "[POST]");
    for uri in ["/bucket/key", "/bucket", "/bucket/a/b"] {
        assert_eq!(call(&rest("", "OPTIONS", uri)).1, "PreflightRequest", "{uri}");
    }
}

#[test]
fn s3_has_sources_and_operations_apart() {
    let source = |service, uri| {
        let method = Method::GET;
        let headers = HeaderMap::new();
        let parts = Parts { method: &method, path: uri, query: None, headers: &headers };
        let scope = Scope { service: Some(service), region: Some("us-west-2") };
        let found = recognise(&parts, scope, b"", &[]);
        (found.event_source().unwrap().into_owned(), found.operation.unwrap().name)
    };
    let express = source("s3express", "/bucket--x-s3/key");
    assert_eq!(express, ("s3express.amazonaws.com".into(), "GetObject"));
    assert_eq!(source("s3express", "/").1, "ListDirectoryBuckets");
    assert_eq!(source("s3", "/b/k"), ("s3.amazonaws.com".into(), "GetObject"));
    let endpoints = source("s3-outposts", "/S3Outposts/ListEndpoints");
    assert_eq!(endpoints, ("s3-outposts.amazonaws.com".into(), "ListEndpoints"));
    let copy = [("x-amz-copy-source", "/other/key")];
    let put = Line { headers: &copy, ..rest("s3", "PUT", "/b/k") };
    assert_eq!(call(&put), ("s3", "CopyObject".into()));
    let account = [("x-amz-account-id", "111122223333")];
    let block = Line {
        headers: &account,
        ..rest("s3", "GET", "/v20180820/configuration/publicAccessBlock")
    };
    assert_eq!(call(&block), ("s3control", "GetPublicAccessBlock".into()));
}

#[test]
fn names_that_cannot_be_names_are_not_passed_on() {
    let long = "a".repeat(NAME_BYTES + 1);
    let line =
        Line { scope: Some((&long, "EU WEST")), method: "GET", uri: "/x", ..Line::default() };
    let seen = seen(&line);
    assert_eq!((seen.signing_name.as_deref(), seen.region), (Some("s3"), None));
    let body = format!("Action={long}");
    assert_eq!(call(&post("iam", "/", &[FORM], &body)), ("iam", "[]".into()));
}

proptest! {
    /// Whatever comes, an answer comes, and its names are short.
    #[test]
    fn nothing_panics(
        method in "GET|PUT|POST|HEAD|DELETE|OPTIONS|[A-Z]{1,200}",
        path in "(/[ -~]{0,12}){1,6}|/service/[ -~]{0,9}/operation/[ -~]{0,9}|/",
        query in proptest::option::of("([ -~]{0,9}(=[ -~]{0,9})?&){0,4}(Action=)?[ -~]{0,9}"),
        host in "([a-zA-Z0-9-]{0,6}\\.){0,4}(s3|s3-control|s3express-a|lambda)?[.a-z0-9:\\[\\]-]{0,12}(\\.amazonaws\\.com|\\.api\\.aws|cairn\\.local)?(:[0-9]{0,5})?",
        target in "[!-~]{0,40}|DynamoDB_20120810\\.[A-Za-z]{0,9}",
        kind in "application/x-www-form-urlencoded|application/x-amz-json-1\\.[01]|[!-~]{0,20}",
        service in proptest::option::of("s3|dynamodb|iam|sqs|sagemaker|lambda|[ -~]{0,140}"),
        body in proptest::collection::vec(any::<u8>(), 0..64),
        marks in 0..8u8,
    ) {
        let mut headers = HeaderMap::new();
        let mut add = |name: &'static str, value: &str| {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        };
        add("host", &host);
        add("content-type", &kind);
        if marks & 1 != 0 { add("x-amz-target", &target); }
        if marks & 2 != 0 { add("smithy-protocol", "rpc-v2-cbor"); }
        if marks & 4 != 0 { add("x-amz-account-id", "1"); }
        let method: Method = method.parse().unwrap();
        let query = query.as_deref();
        let parts = Parts { method: &method, path: &path, query, headers: &headers };
        let scope = Scope { service: service.as_deref(), region: Some("us-east-1") };
        let found = recognise(&parts, scope, &body, &["cairn.local".to_owned()]);
        for name in [&found.named, &found.signing_name, &found.bucket].into_iter().flatten() {
            prop_assert!(name.len() <= NAME_BYTES);
            prop_assert!(name.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
        if let Some(bucket) = &found.bucket {
            prop_assert!(!bucket.contains('/') && !bucket.contains("..") && !bucket.is_empty());
        }
        if let Some(operation) = found.operation {
            let service = found.service.unwrap();
            prop_assert!(std::ptr::eq(operation, service.operation(operation.name).unwrap()));
        }
    }
}
