//! The committed file: all of it can be read, and every route leads to its operation.

use std::collections::BTreeSet;

use cairn_catalog::{Catalog, Condition, Location, Operation, Protocol, Service, Shape};

fn services() -> impl Iterator<Item = &'static Service> {
    let catalog = Catalog::embedded();
    catalog.services().map(|id| catalog.service(id))
}

fn service(name: &str) -> &'static Service {
    let catalog = Catalog::embedded();
    catalog.service(catalog.named(name).expect("the catalog has the service"))
}

/// A request's path and query for a route, with invented values.
fn fill(operation: &Operation) -> (String, String) {
    let (path, query) = operation.uri.split_once('?').unwrap_or((operation.uri, ""));
    let mut filled = String::new();
    for segment in path.split('/').skip(1) {
        filled.push('/');
        match segment.strip_prefix('{') {
            None => filled.push_str(segment),
            Some(label) if label.ends_with("+}") => filled.push_str("first/second%2Fhalf"),
            Some(_) => filled.push_str("a%3Ab"),
        }
    }
    let mut query = query.to_owned();
    for condition in &*operation.conditions {
        if let Condition::Query(name) = condition {
            query.push_str(&format!("&{name}=x"));
        }
    }
    (filled, query)
}

#[test]
fn all_services_are_unpacked() {
    let operations: usize = services().map(|service| service.operations().len()).sum();
    assert!(services().count() > 400, "{} services", services().count());
    assert!(operations > 18_000, "{operations} operations");
}

#[test]
fn the_file_is_small() {
    assert!(include_bytes!("../catalog.bin").len() < 4 << 20);
}

#[test]
fn every_route_leads_to_its_operation() {
    let mut never = Vec::new();
    for service in services() {
        if !matches!(service.protocol, Protocol::RestJson | Protocol::RestXml) {
            continue;
        }
        for operation in service.operations() {
            if operation.conditions.contains(&Condition::Never) {
                never.push(format!("{} {}", service.name, operation.name));
                continue;
            }
            let (path, query) = fill(operation);
            let headers: Vec<&str> = operation.conditions.iter().filter_map(header).collect();
            let has_header = |name: &str| headers.contains(&name);
            for path in [path.clone(), format!("{path}/")] {
                // Two slashes are a segment of their own; a label that takes the rest takes them.
                if path.ends_with("//") {
                    continue;
                }
                let found = service.route_with(operation.method, &path, &query, &has_header);
                let found = found.unwrap_or_else(|| panic!("{} {}", service.name, operation.uri));
                assert_eq!(found.operation.name, operation.name, "{} {path}?{query}", service.name);
                assert_eq!(found.labels.len(), operation.uri.matches('{').count());
            }
        }
    }
    let expected = [
        "s3 GetBucketLifecycle",
        "s3 GetBucketNotification",
        "s3 ListDirectoryBuckets",
        "s3 PostObject",
        "s3 PutBucketLifecycle",
        "s3 PutBucketNotification",
    ];
    assert_eq!(never, expected);
}

fn header(condition: &Condition) -> Option<&'static str> {
    match condition {
        Condition::Header(name) => Some(name),
        Condition::Query(_) | Condition::Never => None,
    }
}

#[test]
fn labels_are_members_of_the_path() {
    for service in services() {
        for operation in service.operations() {
            let Some(input) = operation.input else { continue };
            let Shape::Structure { members, .. } = service.shape(input) else {
                panic!("{} {}: an input is a structure", service.name, operation.name);
            };
            let path = members.iter().filter(|member| member.location == Location::Path);
            let path: BTreeSet<&str> = path.map(|member| member.wire_name()).collect();
            let mut labels = operation.uri.split('{').skip(1);
            let known = labels
                .all(|label| path.contains(label.split('}').next().unwrap().trim_end_matches('+')));
            assert!(known, "{} {}: {}", service.name, operation.name, operation.uri);
        }
    }
}

#[test]
fn s3_tells_its_operations_apart() {
    let s3 = service("s3");
    let cases = [
        ("GET", "/", "", "ListBuckets"),
        ("GET", "/", "x-id=ListBuckets", "ListBuckets"),
        ("GET", "/b", "", "ListObjects"),
        ("GET", "/b/", "", "ListObjects"),
        ("GET", "/b", "list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/b", "prefix=a&list-type=1", "ListObjects"),
        ("GET", "/b", "versions", "ListObjectVersions"),
        ("GET", "/b", "versioning=", "GetBucketVersioning"),
        ("GET", "/b", "inventory&id=1", "GetBucketInventoryConfiguration"),
        ("GET", "/b", "inventory", "ListBucketInventoryConfigurations"),
        ("GET", "/b", "lifecycle", "GetBucketLifecycleConfiguration"),
        ("GET", "/b/k", "", "GetObject"),
        ("GET", "/b/k", "x-id=GetObject&versionId=1", "GetObject"),
        ("GET", "/b/k", "acl", "GetObjectAcl"),
        ("GET", "/b/k", "uploadId=1&part-number-marker=2", "ListParts"),
        ("HEAD", "/b", "", "HeadBucket"),
        ("HEAD", "/b/k", "", "HeadObject"),
        ("PUT", "/b", "", "CreateBucket"),
        ("PUT", "/b/k", "", "PutObject"),
        ("PUT", "/b/k", "partNumber=1&uploadId=2", "UploadPart"),
        ("PUT", "/b/k", "uploadId=2&partNumber=1&x-id=UploadPart", "UploadPart"),
        ("POST", "/b", "delete", "DeleteObjects"),
        ("POST", "/b/k", "uploads", "CreateMultipartUpload"),
        ("POST", "/b/k", "uploadId=1", "CompleteMultipartUpload"),
        ("POST", "/b/k", "select&select-type=2", "SelectObjectContent"),
        ("DELETE", "/b/k", "uploadId=1", "AbortMultipartUpload"),
        ("DELETE", "/b/k", "", "DeleteObject"),
        ("OPTIONS", "/b/k", "", "PreflightRequest"),
    ];
    for (method, path, query, name) in cases {
        let found = s3.route(method, path, query).map(|found| found.operation.name);
        assert_eq!(found, Some(name), "{method} {path}?{query}");
    }
    assert!(s3.route("POST", "/b", "").is_none());
    assert!(s3.route("POST", "/b/k", "").is_none());
    assert!(s3.route("PATCH", "/b/k", "").is_none());
}

#[test]
fn a_copy_is_told_by_its_header() {
    let s3 = service("s3");
    let copies = |name: &str| name == "x-amz-copy-source";
    let found = |query| s3.route_with("PUT", "/b/k", query, &copies).unwrap().operation.name;
    assert_eq!(found(""), "CopyObject");
    assert_eq!(found("partNumber=1&uploadId=2"), "UploadPartCopy");
}

#[test]
fn keys_keep_their_slashes() {
    let s3 = service("s3");
    for (path, key) in [
        ("/b/k", "k"),
        ("/b//k", "/k"),
        ("/b/a//c/", "a//c/"),
        ("/b//", "/"),
        ("/b/%2Fk%20", "%2Fk%20"),
    ] {
        let found = s3.route("GET", path, "").unwrap();
        let labels: Vec<_> = found.labels.iter().map(|label| (label.name, label.value)).collect();
        assert_eq!(labels, [("Bucket", "b"), ("Key", key)], "{path}");
    }
    assert!(s3.route("GET", "//k", "").is_none(), "a bucket has a name");
}

#[test]
fn literals_beat_labels_and_the_method_counts() {
    let gateway = service("apigateway");
    let name =
        |method, path, query| gateway.route(method, path, query).map(|found| found.operation.name);
    assert_eq!(name("POST", "/restapis", "mode=import"), Some("ImportRestApi"));
    assert_eq!(name("POST", "/restapis", ""), Some("CreateRestApi"));
    assert_eq!(name("GET", "/restapis/abc", ""), Some("GetRestApi"));
    let lambda = service("lambda");
    let found = lambda.route("POST", "/2015-03-31/functions/f/invocations", "Qualifier=1").unwrap();
    assert_eq!((found.operation.name, found.literals), ("Invoke", 3));
    let control = service("s3control");
    let path = "/v20180820/mrap/instances/a/b/policy";
    let found = control.route("GET", path, "").unwrap();
    assert_eq!(found.operation.name, "GetMultiRegionAccessPointPolicy");
    assert_eq!(found.labels[0].value, "a/b");
}

#[test]
fn services_are_found_by_every_name_they_have() {
    let catalog = Catalog::embedded();
    let names = |signing: &str| -> Vec<&str> {
        catalog.signed_as(signing).iter().map(|id| catalog.name(*id)).collect()
    };
    assert_eq!(names("s3"), ["s3", "s3control"]);
    assert_eq!(names("s3express"), ["s3"]);
    assert_eq!(names("s3-outposts"), ["s3outposts", "s3"]);
    assert_eq!(names("dynamodb"), ["dynamodb", "dynamodbstreams"]);
    assert_eq!(names("elasticloadbalancing")[0], "elbv2");
    assert!(names("nothing").is_empty());
    for prefix in ["CloudTrail_20131101", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"]
    {
        assert_eq!(catalog.targeted(prefix), catalog.named("cloudtrail"));
    }
    assert_eq!(catalog.hosted("streams.dynamodb"), catalog.named("dynamodbstreams"));
    assert_eq!(catalog.hosted("rds"), catalog.named("rds"));
    assert_eq!(catalog.targeted("Nothing"), None);
}

#[test]
fn records_have_their_own_names() {
    for (name, operation, event) in [
        ("s3", "ListObjectsV2", "ListObjects"),
        ("s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle"),
        ("lambda", "CreateFunction", "CreateFunction20150331"),
        ("iam", "CreateUser", "CreateUser"),
    ] {
        assert_eq!(service(name).operation(operation).unwrap().event_name, event);
    }
    for (name, source) in [
        ("cloudwatch", "monitoring.amazonaws.com"),
        ("sesv2", "ses.amazonaws.com"),
        ("dynamodbstreams", "dynamodb.amazonaws.com"),
        ("stepfunctions", "states.amazonaws.com"),
        ("opensearch", "es.amazonaws.com"),
        ("bedrock-runtime", "bedrock.amazonaws.com"),
        ("s3control", "s3.amazonaws.com"),
        ("neptune", "rds.amazonaws.com"),
    ] {
        assert_eq!(service(name).event_source, source);
    }
}

#[test]
fn secrets_are_marked() {
    let secret = |name: &str, operation: &str, member: &str| {
        let service = service(name);
        let input = service.operation(operation).unwrap().input.unwrap();
        let Shape::Structure { members, .. } = service.shape(input) else { panic!("{name}") };
        members.iter().find(|found| found.name == member).unwrap().sensitive
    };
    assert!(secret("secretsmanager", "CreateSecret", "SecretString"));
    assert!(secret("iam", "CreateLoginProfile", "Password"));
    assert!(!secret("iam", "CreateLoginProfile", "UserName"));
}

#[test]
fn queries_have_ec2s_names() {
    let ec2 = service("ec2");
    let input = ec2.operation("RunInstances").unwrap().input.unwrap();
    let Shape::Structure { members, .. } = ec2.shape(input) else { panic!("a structure") };
    let query = |name: &str| {
        let member = members.iter().find(|member| member.name == name).unwrap();
        member.query.unwrap_or(member.wire_name())
    };
    assert_eq!(query("BlockDeviceMappings"), "BlockDeviceMapping");
    assert_eq!(query("ImageId"), "ImageId");
    assert_eq!(query("DisableApiTermination"), "DisableApiTermination");
}

#[test]
fn damage_is_said_and_nothing_else() {
    let whole = include_bytes!("../catalog.bin");
    for cut in [0, 7, 8, 30, 5_000, whole.len() - 1] {
        assert!(Catalog::open(&whole[..cut]).is_err(), "cut at {cut}");
    }
}
