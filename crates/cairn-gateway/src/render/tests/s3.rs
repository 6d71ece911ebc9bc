use super::*;

const HOST: &str = "invoices.s3.eu-west-1.amazonaws.com";

fn call<'a>(operation: &'a str, line: &'a str) -> Sample<'a> {
    Sample::new("s3", operation, Protocol::RestXml).line(line).bucket("invoices", HOST)
}

#[test]
fn bucket_host_subresource_and_key_are_shown() {
    same(
        &call("GetBucketAcl", "GET /?acl").parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com","acl":""}"#,
    );
    same(
        &Sample::new("s3", "GetObject", Protocol::RestXml)
            .line("GET /invoices/2026/march%20%2B1.pdf?versionId=v1")
            .host("s3.eu-west-1.amazonaws.com")
            .parameters(),
        r#"{"bucketName":"invoices","Host":"s3.eu-west-1.amazonaws.com","key":"2026/march +1.pdf",
            "versionId":"v1"}"#,
    );
    same(
        &call("ListObjectsV2", "GET /?list-type=2&prefix=&max-keys=1").parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com","list-type":"2",
            "prefix":"","max-keys":"1"}"#,
    );
}

#[test]
fn headers_that_are_parameters_are_shown_and_credentials_are_not() {
    let put = call("PutObject", "PUT /a.txt?x-id=PutObject")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=AKIA")
        .header("x-amz-date", "20261126T002551Z")
        .header("x-amz-security-token", "token")
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header("x-amz-acl", "private")
        .header("x-amz-server-side-encryption", "AES256")
        .header("x-amz-server-side-encryption-customer-key", "c2VjcmV0")
        .header("x-amz-meta-owner", "me")
        .header("x-amz-checksum-crc32", "AAAAAA==")
        .header("content-type", "text/plain")
        .body("{\"password\":\"in the object\"}")
        .answer_header("x-amz-server-side-encryption", "AES256")
        .answer_header("x-amz-request-id", "R")
        .answer_header("x-amz-id-2", "I");
    same(
        &put.parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com",
            "key":"a.txt","x-amz-acl":"private","x-amz-server-side-encryption":"AES256",
            "x-amz-server-side-encryption-customer-key":"HIDDEN_DUE_TO_SECURITY_REASONS",
            "x-id":"PutObject"}"#,
    );
    same(&put.elements(), r#"{"x-amz-server-side-encryption":"AES256"}"#);
    let traffic =
        Traffic { bytes_in: 243, bytes_out: 0, cipher_suite: Some("TLS_AES_128_GCM_SHA256") };
    let data = put.with(|asked, answered| additional_event_data(asked, answered, &traffic));
    same(
        &written(data),
        r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn":243.0,"SSEApplied":"SSE_S3","AuthenticationMethod":"AuthHeader",
            "x-amz-id-2":"I","bytesTransferredOut":0.0}"#,
    );
}

#[test]
fn presigned_queries_lose_what_signs() {
    let get = call(
        "GetObject",
        "GET /a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F2026&X-Amz-Date=20261126T\
         002551Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t&x-amz-\
         signature=s",
    );
    same(
        &get.parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com",
            "key":"a","X-Amz-Algorithm":"AWS4-HMAC-SHA256","X-Amz-Date":"20261126T002551Z",
            "X-Amz-Expires":"60","X-Amz-SignedHeaders":"host"}"#,
    );
    let data = get.with(|asked, answered| {
        additional_event_data(asked, answered, &Traffic { bytes_out: 7, ..Traffic::default() })
    });
    same(
        &written(data),
        r#"{"SignatureVersion":"SigV4","bytesTransferredIn":0.0,
            "AuthenticationMethod":"QueryString","bytesTransferredOut":7.0}"#,
    );
}

#[test]
fn documents_are_shown_as_their_elements_spell_themselves() {
    let body = r#"<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag>
        <Key>a</Key><Value>true</Value></Tag><Tag><Key>b</Key><Value>007</Value></Tag></TagSet>
        </Tagging>"#;
    same(
        &call("PutBucketTagging", "PUT /?tagging").body(body).parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com",
            "Tagging":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/","TagSet":{"Tag":[
            {"Key":"a","Value":true},{"Key":"b","Value":"007"}]}},"tagging":""}"#,
    );
    let body = r#"<LifecycleConfiguration xmlns="u"><Rule><Expiration><Days>1</Days></Expiration>
        <Status>Enabled</Status></Rule></LifecycleConfiguration>"#;
    same(
        &call("PutBucketLifecycleConfiguration", "PUT /?lifecycle").body(body).parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com",
            "LifecycleConfiguration":{"xmlns":"u","Rule":{"Expiration":{"Days":1},
            "Status":"Enabled"}},"lifecycle":""}"#,
    );
    let body = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}"#;
    same(
        &call("PutBucketPolicy", "PUT /?policy").body(body).parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com",
            "bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]},
            "policy":""}"#,
    );
}

#[test]
fn objects_and_buckets_are_resources() {
    assert_eq!(
        call("GetObject", "GET /a/b").resources(),
        [
            "111122223333 AWS::S3::Object arn:aws:s3:::invoices/a/b",
            "111122223333 AWS::S3::Bucket arn:aws:s3:::invoices",
        ]
    );
}

#[test]
fn a_cut_document_leaves_the_rest() {
    same(
        &call("PutBucketTagging", "PUT /?tagging").body("<Tagging><TagSet>").cut().parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com","tagging":""}"#,
    );
}

#[test]
fn a_query_cannot_pass_for_bucket_key_or_document() {
    same(
        &call("GetObject", "GET /real?key=false&bucketName=false&Host=false").parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com","key":"real"}"#,
    );
    same(
        &call("PutBucketPolicy", "PUT /?policy&bucketPolicy=false").body("{}").parameters(),
        r#"{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com",
            "bucketPolicy":{},"policy":""}"#,
    );
}

#[test]
fn each_object_of_one_deletion_is_told() {
    let deletion = call("DeleteObjects", "POST /?delete")
        .body(
            "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>kept</Key></Object>\
             <Object><Key>c</Key><VersionId>v1</VersionId></Object></Delete>",
        )
        .answered(
            200,
            "<DeleteResult><Deleted><Key>c</Key></Deleted><Error><Key>kept</Key>\
             <Code>AccessDenied</Code></Error></DeleteResult>",
        );
    let each = deletion.with(|asked, answered| Json::List(deleted(asked, answered)));
    same(
        &written(Some(each)),
        r#"[{"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com","key":"a&b"},
            {"bucketName":"invoices","Host":"invoices.s3.eu-west-1.amazonaws.com","key":"c",
             "versionId":"v1"}]"#,
    );
    let other = call("PutObject", "PUT /a").body("<Delete><Object><Key>a</Key></Object></Delete>");
    assert!(other.with(deleted).is_empty());
}
