use super::*;

#[test]
fn path_query_headers_and_body_are_one() {
    let create = Sample::new("lambda", "CreateFunction", Protocol::RestJson)
        .line("POST /2015-03-31/functions")
        .body(
            r#"{"FunctionName":"f","Runtime":"python3.14","Code":{"ZipFile":"UEsDBA=="},
                "Environment":{"Variables":{"DB":"secret"}},"Timeout":3}"#,
        )
        .answered(
            201,
            r#"{"FunctionName":"f","CodeSize":289,
                "Environment":{"Variables":{"DB":"secret"}}}"#,
        );
    same(
        &create.parameters(),
        r#"{"functionName":"f","runtime":"python3.14","code":{},"environment":{},"timeout":3}"#,
    );
    same(&create.elements(), r#"{"functionName":"f","codeSize":289,"environment":{}}"#);
    same(
        &Sample::new("lambda", "Invoke", Protocol::RestJson)
            .line("POST /2015-03-31/functions/my%3Af/invocations?Qualifier=1")
            .header("x-amz-invocation-type", "Event")
            .body(r#"{"password":"payload"}"#)
            .parameters(),
        r#"{"functionName":"my:f","invocationType":"Event","qualifier":"1"}"#,
    );
    same(
        &Sample::new("lambda", "ListFunctions", Protocol::RestJson)
            .line("GET /2015-03-31/functions?MaxItems=25&FunctionVersion=ALL&Moon=1")
            .parameters(),
        r#"{"functionVersion":"ALL","maxItems":25,"moon":"1"}"#,
    );
}

#[test]
fn documents_of_xml_are_shown_by_shape() {
    let change = Sample::new("route53", "ChangeResourceRecordSets", Protocol::RestXml)
        .line("POST /2013-04-01/hostedzone/Z1/rrset")
        .body(
            "<ChangeResourceRecordSetsRequest xmlns=\"u\"><ChangeBatch><Comment>c</Comment>\
             <Changes><Change><Action>CREATE</Action><ResourceRecordSet><Name>a.example.com.</Name>\
             <Type>A</Type><TTL>300</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value>\
             </ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes>\
             </ChangeBatch></ChangeResourceRecordSetsRequest>",
        )
        .answered(
            200,
            "<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id>\
             <SubmittedAt>2018-01-16T00:41:36Z</SubmittedAt></ChangeInfo>\
             </ChangeResourceRecordSetsResponse>",
        );
    same(
        &change.parameters(),
        r#"{"hostedZoneId":"Z1","changeBatch":{"comment":"c","changes":[{"action":"CREATE",
            "resourceRecordSet":{"name":"a.example.com.","type":"A","tTL":300,
            "resourceRecords":[{"value":"192.0.2.1"}]}}]}}"#,
    );
    same(
        &change.elements(),
        r#"{"changeInfo":{"id":"/change/C1","submittedAt":"Jan 16, 2018, 12:41:36 AM"}}"#,
    );
}

#[test]
fn a_payload_has_its_members_name() {
    let invalidate = Sample::new("cloudfront", "CreateInvalidation", Protocol::RestXml)
        .line("POST /2020-05-31/distribution/E1/invalidation")
        .body(
            "<InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths>\
             <CallerReference>r</CallerReference></InvalidationBatch>",
        )
        .answer_header("location", "https://example.com/I1")
        .answered(201, "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>");
    same(
        &invalidate.parameters(),
        r#"{"distributionId":"E1","invalidationBatch":{"paths":{"quantity":1,"items":["/*"]},
            "callerReference":"r"}}"#,
    );
    same(
        &invalidate.elements(),
        r#"{"location":"https://example.com/I1","invalidation":{"id":"I1",
            "status":"InProgress"}}"#,
    );
}

#[test]
fn an_opaque_body_that_nothing_describes_is_not_shown() {
    let opaque = |body| {
        Sample::new("moonbase", "X", Protocol::RestJson).line("PUT /x").body(body).parameters()
    };
    assert_eq!(opaque(&b"\x00\x01secret"[..]), "null");
    assert_eq!(opaque(b"secret"), "null");
    same(
        &Sample::new("moonbase", "X", Protocol::RestJson)
            .line("GET /x?Size=1&AuthToken2=s&X-Amz-Signature=s")
            .parameters(),
        r#"{"size":"1","authToken2":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
    );
    same(
        &opaque(br#"{"Name":"n","DbSecret":"s"}"#),
        r#"{"name":"n","dbSecret":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
    );
    same(
        &Sample::new("moonbase", "X", Protocol::RestXml)
            .body("<Base xmlns=\"u\"><Name>n</Name><DbSecret>s</DbSecret></Base>")
            .parameters(),
        r#"{"base":{"xmlns":"u","name":"n","dbSecret":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#,
    );
}

#[test]
fn some_services_keep_the_names_of_the_wire() {
    same(
        &Sample::new("ce", "GetCostAndUsage", JSON)
            .body(r#"{"TimePeriod":{"Start":"2026-01-01"},"Granularity":"DAILY"}"#)
            .parameters(),
        r#"{"TimePeriod":{"Start":"2026-01-01"},"Granularity":"DAILY"}"#,
    );
}

#[test]
fn the_value_of_an_api_key_is_hidden() {
    let create = Sample::new("apigateway", "CreateApiKey", Protocol::RestJson)
        .line("POST /apikeys")
        .body(r#"{"name":"k","value":"secret","enabled":true}"#)
        .answered(201, r#"{"id":"i","value":"secret"}"#);
    same(
        &create.parameters(),
        r#"{"name":"k","value":"HIDDEN_DUE_TO_SECURITY_REASONS","enabled":true}"#,
    );
    same(&create.elements(), r#"{"id":"i","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#);
}

#[test]
fn what_a_service_ignores_cannot_pass_for_what_it_reads() {
    same(
        &Sample::new("lambda", "UpdateFunctionConfiguration", Protocol::RestJson)
            .line("PUT /2015-03-31/functions/real/configuration?functionName=false")
            .body(r#"{"FunctionName":"false","functionName":"false","timeout":1,"Timeout":3}"#)
            .parameters(),
        r#"{"functionName":"real","timeout":3}"#,
    );
    same(
        &Sample::new("iam", "GetUser", Protocol::Query).body("userName=f&UserName=u").parameters(),
        r#"{"userName":"u"}"#,
    );
}
