//! Prints what finding a forwarded call's operation and rendering its record's members costs:
//! `cargo run --release -p cairn-gateway --example render_speed`.

use std::hint::black_box;
use std::io::Write;

use cairn_catalog::Catalog;
use cairn_core::{AccountId, Clock, SystemClock};
use cairn_gateway::render::{
    Answered, Asked, Place, Rules, Traffic, additional_event_data, failure, request_parameters,
    resources, response_elements,
};
use cairn_wire::aws_json::Version;
use cairn_wire::{Parts, Protocol};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

const ROUNDS: usize = 200;
/// Calls of each kind in a round.
const CALLS: usize = 100;

struct Kind {
    service: &'static str,
    operation: &'static str,
    protocol: Protocol,
    method: Method,
    path: &'static str,
    query: Option<&'static str>,
    headers: HeaderMap,
    body: &'static [u8],
    answer: &'static [u8],
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut sum = 0.0;
    let kinds = kinds();
    for kind in &kinds {
        let nanoseconds = best(|| (0..CALLS).map(|_| render(kind)).sum()) * 1e9 / CALLS as f64;
        sum += nanoseconds;
        let bytes = kind.body.len() + kind.answer.len();
        writeln!(
            out,
            "{:10} {:28} {bytes:5} bytes {nanoseconds:7.0} ns",
            kind.service, kind.operation
        )?;
    }
    writeln!(out, "mean {:.0} ns", sum / kinds.len() as f64)
}

/// Finds and renders one call; gives how many of its parts there were.
fn render(kind: &Kind) -> usize {
    let catalog = Catalog::embedded();
    let service = catalog.named(kind.service).map(|id| catalog.service(id));
    let query = kind.query.unwrap_or_default();
    let found = match (service, kind.protocol) {
        (Some(service), Protocol::RestJson | Protocol::RestXml) => {
            service.route(kind.method.as_str(), kind.path, query)
        }
        _ => None,
    };
    let (operation, labels) = match found {
        Some(matched) => (Some(matched.operation), matched.labels),
        None => (service.and_then(|service| service.operation(kind.operation)), Vec::new()),
    };
    let parts =
        Parts { method: &kind.method, path: kind.path, query: kind.query, headers: &kind.headers };
    let asked = Asked {
        service,
        operation,
        protocol: kind.protocol,
        parts,
        labels: &labels,
        bucket: None,
        host: Some("service.eu-west-1.amazonaws.com"),
        body: kind.body,
        whole: true,
    };
    let answered = Answered { status: 200, headers: &kind.headers, body: kind.answer, whole: true };
    let rules = Rules::default();
    let parameters = request_parameters(&asked, &rules);
    let elements = response_elements(&asked, &answered, &rules);
    let account = AccountId::new(111_122_223_333).unwrap_or(AccountId::MAX);
    let place = Place { partition: "aws", region: "eu-west-1", account };
    let named = operation.map_or(0, |operation| {
        resources(operation, &place, parameters.as_ref(), elements.as_ref()).len()
    });
    let extra = additional_event_data(&asked, &answered, &Traffic::default());
    usize::from(parameters.is_some())
        + usize::from(elements.is_some())
        + usize::from(extra.is_some())
        + usize::from(failure(&asked, &answered).is_some())
        + named
}

/// Seconds of the fastest round.
fn best(mut round: impl FnMut() -> usize) -> f64 {
    let clock = SystemClock::default();
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = clock.elapsed().as_secs_f64();
        black_box(round());
        best = best.min(clock.elapsed().as_secs_f64() - start);
    }
    best
}

fn kinds() -> Vec<Kind> {
    let kind = |service, operation, protocol, body: &'static str, answer: &'static str| Kind {
        service,
        operation,
        protocol,
        method: Method::POST,
        path: "/",
        query: None,
        headers: HeaderMap::new(),
        body: body.as_bytes(),
        answer: answer.as_bytes(),
    };
    let json = Protocol::Json(Version::V1_1);
    let get = Kind {
        method: Method::GET,
        path: "/invoices/2026/march.pdf",
        query: Some("x-id=GetObject"),
        ..kind("s3", "GetObject", Protocol::RestXml, "", "")
    };
    let put = Kind {
        method: Method::PUT,
        path: "/invoices/2026/march.pdf",
        headers: signed(),
        ..kind("s3", "PutObject", Protocol::RestXml, "", "")
    };
    let invoke = Kind {
        path: "/2015-03-31/functions/resize/invocations",
        headers: signed(),
        ..kind("lambda", "Invoke", Protocol::RestJson, "{\"a\":1}", "{}")
    };
    let change = Kind {
        path: "/2013-04-01/hostedzone/Z1/rrset",
        ..kind("route53", "ChangeResourceRecordSets", Protocol::RestXml, CHANGE, CHANGED)
    };
    vec![
        get,
        put,
        invoke,
        change,
        kind("ec2", "DescribeInstances", Protocol::Ec2, DESCRIBE, ""),
        kind("ec2", "RunInstances", Protocol::Ec2, LAUNCH, LAUNCHED),
        kind("iam", "CreateRole", Protocol::Query, ROLE, ROLE_MADE),
        kind("sts", "AssumeRole", Protocol::Query, ASSUME, ASSUMED),
        kind("dynamodb", "PutItem", json, ITEM, "{}"),
        kind("kms", "GenerateDataKey", json, DATA_KEY, "{}"),
        kind("logs", "CreateLogStream", json, STREAM, "{}"),
    ]
}

fn signed() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261126/eu-west-1"),
        ("x-amz-date", "20261126T002551Z"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-id-2", "8fLqYEXAMPLE/IMgyHbAZEXAMPLEOFKLPFEXAMPLEmLkwEXAMPLE="),
        ("content-type", "application/pdf"),
        ("content-length", "182044"),
        ("user-agent", "Boto3/1.40.1 md/Botocore#1.40.1"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers
}

const DESCRIBE: &str = "Action=DescribeInstances&Version=2016-11-15&MaxResults=1000\
    &Filter.1.Name=instance-state-name&Filter.1.Value.1=running&Filter.1.Value.2=stopped\
    &Filter.2.Name=tag%3ATeam&Filter.2.Value.1=data";
const LAUNCH: &str = "Action=RunInstances&Version=2016-11-15&ImageId=ami-0123456789abcdef0\
    &InstanceType=t3.micro&MinCount=1&MaxCount=1&KeyName=ops&SecurityGroupId.1=sg-01234567\
    &SubnetId=subnet-01234567&ClientToken=D37569A7-CF2F-4BD3-8DDE-F17AB408204D\
    &TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Team\
    &TagSpecification.1.Tag.1.Value=data&Monitoring.Enabled=false&EbsOptimized=false";
const LAUNCHED: &str = "<RunInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
    <requestId>95b435ce-68af-4a4b-b89c-f653d8946ebc</requestId><reservationId>r-0ac0088de73525c3c\
    </reservationId><ownerId>111122223333</ownerId><groupSet/><instancesSet><item><instanceId>\
    i-0dbc91f429e48eeed</instanceId><imageId>ami-0123456789abcdef0</imageId><instanceState><code>0\
    </code><name>pending</name></instanceState><privateDnsName>ip-10-0-1-10.ec2.internal\
    </privateDnsName><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>t3.micro\
    </instanceType><launchTime>2026-07-10T11:55:21.000Z</launchTime><placement><availabilityZone>\
    eu-west-1a</availabilityZone><tenancy>default</tenancy></placement><monitoring><state>disabled\
    </state></monitoring><subnetId>subnet-01234567</subnetId><tagSet><item><key>Team</key><value>\
    data</value></item></tagSet></item></instancesSet></RunInstancesResponse>";
const ROLE: &str = "Action=CreateRole&Version=2010-05-08&RoleName=deploy&Path=%2F\
    &AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22\
    Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D\
    &Tags.member.1.Key=Team&Tags.member.1.Value=data";
const ROLE_MADE: &str = "<CreateRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
    <CreateRoleResult><Role><Path>/</Path><RoleName>deploy</RoleName><RoleId>AROAEXAMPLE</RoleId>\
    <Arn>arn:aws:iam::111122223333:role/deploy</Arn><CreateDate>2026-07-19T21:29:12Z</CreateDate>\
    </Role></CreateRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
    </CreateRoleResponse>";
const ASSUME: &str = "Action=AssumeRole&Version=2011-06-15&DurationSeconds=900\
    &RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdeploy&RoleSessionName=ci";
const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>\
    AROAEXAMPLE:ci</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/deploy/ci</Arn>\
    </AssumedRoleUser><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret\
    </SecretAccessKey><SessionToken>token</SessionToken><Expiration>2026-03-13T20:33:21Z\
    </Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
const ITEM: &str = r#"{"TableName":"Music","Item":{"Artist":{"S":"No One You Know"},
    "SongTitle":{"S":"Call Me Today"},"Year":{"N":"2015"},"Awards":{"L":[{"S":"a"},{"S":"b"}]}},
    "ConditionExpression":"attribute_not_exists(Artist)","ReturnConsumedCapacity":"TOTAL"}"#;
const DATA_KEY: &str = r#"{"KeyId":"arn:aws:kms:eu-west-1:111122223333:key/0dd1","KeySpec":
    "AES_256","EncryptionContext":{"aws:s3:arn":"arn:aws:s3:::invoices/2026/march.pdf"}}"#;
const STREAM: &str = r#"{"logGroupName":"/aws/lambda/resize","logStreamName":"2026/11/26/[1]a"}"#;
const CHANGE: &str = "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>UPSERT\
    </Action><ResourceRecordSet><Name>a.example.com.</Name><Type>A</Type><TTL>300</TTL>\
    <ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>\
    </ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>";
const CHANGED: &str = "<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>\
    PENDING</Status><SubmittedAt>2026-01-16T00:41:36Z</SubmittedAt></ChangeInfo>\
    </ChangeResourceRecordSetsResponse>";
