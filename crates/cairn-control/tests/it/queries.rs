//! StartQuery, DescribeQuery, GetQueryResults, ListQueries and CancelQuery.

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_ports::lake::{Progress, Row};
use cairn_store::event_data_store::{self, Billing, NewStore, Schema, StoreSettings};
use cairn_store::query::{self, End, Outcome, Statistics};
use cairn_store::{QueryAlias, query_alias, resource_policy};
use serde_json::{Value, json};

use crate::kit::{HOME, House, NOW, OTHER, OWN, admin, id, user};
use crate::ports::bucket_policy;

const DAY: i64 = 24 * 60 * 60;

/// An event data store of an account, there and enabled. Its id.
pub(crate) async fn eds(house: &House, account: &str, name: &str) -> String {
    let region = HOME.parse().unwrap();
    let settings = StoreSettings {
        name: name.to_owned(),
        selectors: "{}".to_owned(),
        multi_region: true,
        organization: false,
        retention_days: 366,
        billing: Billing::Extendable,
        termination_protection: false,
        kms_key_arn: None,
    };
    let new = NewStore { home_region: &region, schema: Schema::Events, ingesting: true, settings };
    let mut txn = house.services.store.begin().await.unwrap();
    let store = event_data_store::create(&mut txn, id(account), new).await.unwrap();
    txn.commit().await.unwrap();
    store.id
}

pub(crate) fn arn(account: &str, store: &str) -> String {
    format!("arn:aws:cloudtrail:{HOME}:{account}:eventdatastore/{store}")
}

async fn delete(house: &House, store: &str) {
    let mut txn = house.services.store.begin().await.unwrap();
    let mut found = event_data_store::get_for_change(&mut txn, id(OWN), store).await.unwrap();
    found.deleted = Some(NOW);
    event_data_store::update(&mut txn, &mut found).await.unwrap();
    txn.commit().await.unwrap();
}

pub(crate) async fn policy(house: &House, resource: &str, policy: &Value) {
    let mut txn = house.services.store.begin().await.unwrap();
    resource_policy::put(&mut txn, resource, &policy.to_string()).await.unwrap();
    txn.commit().await.unwrap();
}

fn select(store: &str) -> Value {
    json!({ "QueryStatement": format!("SELECT eventName FROM {store}") })
}

pub(crate) async fn start(house: &House, input: Value) -> String {
    let started = house.call("StartQuery", input).await.unwrap();
    started["QueryId"].as_str().unwrap().to_owned()
}

pub(crate) async fn finish(house: &House, query: &str, rows: Vec<Row>) {
    let statistics =
        Statistics { rows: rows.len() as u64, matched: 7, scanned: 8, bytes: 9, millis: 10 };
    house.pond.results.lock().unwrap().insert(query.to_owned(), rows);
    let mut txn = house.services.store.begin().await.unwrap();
    let outcome = Outcome { end: End::Finished, labels: vec!["n".to_owned()], statistics };
    assert!(query::finish(&mut txn, query, &outcome).await.unwrap());
    txn.commit().await.unwrap();
}

async fn described(house: &House, query: &str) -> Value {
    house.call("DescribeQuery", json!({ "QueryId": query })).await.unwrap()
}

fn rows(count: usize) -> Vec<Row> {
    let row = |at: usize| {
        let text = at.is_multiple_of(2).then(|| at.to_string());
        vec![("n".to_owned(), text), ("n".to_owned(), Some("same".to_owned()))]
    };
    (0..count).map(row).collect()
}

#[tokio::test]
async fn a_query_is_started_watched_and_read() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let query = start(&house, select(&store)).await;
    assert_eq!(query.len(), 36);
    assert_eq!(house.pond.woken(), 1);
    assert_eq!(house.pond.checked.lock().unwrap()[0].id, store);
    let record = house.newest();
    assert_eq!(record["eventName"], "StartQuery");
    assert_eq!(record["responseElements"]["queryId"], json!(query));
    let statement = format!("SELECT eventName FROM {store}");
    assert_eq!(record["requestParameters"]["queryStatement"], json!(statement));

    let waits = described(&house, &query).await;
    assert_eq!(
        (&waits["QueryStatus"], &waits["QueryString"]),
        (&json!("QUEUED"), &json!(statement))
    );
    assert_eq!(waits["QueryStatistics"]["CreationTime"], json!(NOW.seconds()));
    assert_eq!(waits.get("DeliveryStatus"), None);
    let mut txn = house.services.store.begin().await.unwrap();
    assert!(query::begin(&mut txn, &query).await.unwrap());
    txn.commit().await.unwrap();
    let progress = Progress { matched: 1, scanned: 2, bytes: 3, millis: 4 };
    house.pond.running.lock().unwrap().insert(query.clone(), progress);
    let runs = described(&house, &query).await;
    assert_eq!(runs["QueryStatus"], "RUNNING");
    let expected = json!({
        "BytesScanned": 3, "CreationTime": NOW.seconds(), "EventsMatched": 1,
        "EventsScanned": 2, "ExecutionTimeInMillis": 4,
    });
    assert_eq!(runs["QueryStatistics"], expected);
    let early = house.call("GetQueryResults", json!({ "QueryId": query })).await.unwrap();
    assert_eq!((&early["QueryStatus"], &early["QueryResultRows"]), (&json!("RUNNING"), &json!([])));

    finish(&house, &query, rows(2)).await;
    let ended = described(&house, &query).await;
    assert_eq!(ended["QueryStatus"], "FINISHED");
    assert_eq!(ended["QueryStatistics"]["EventsScanned"], 8);
    let read = house.call("GetQueryResults", json!({ "QueryId": query })).await.unwrap();
    // Two columns may have one label; a null is the empty text.
    let expected = json!([[{ "n": "0" }, { "n": "same" }], [{ "n": "" }, { "n": "same" }]]);
    assert_eq!(read["QueryResultRows"], expected);
    let statistics = json!({ "BytesScanned": 9, "ResultsCount": 2, "TotalResultsCount": 2 });
    assert_eq!(read["QueryStatistics"], statistics);
    assert_eq!(read.get("NextToken"), None);
}

#[tokio::test]
async fn an_answer_waits_for_the_end_of_its_query_and_for_no_other() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    for operation in ["DescribeQuery", "GetQueryResults"] {
        let query = start(&house, select(&store)).await;
        let other = start(&house, select(&store)).await;
        let asked = house.call(operation, json!({ "QueryId": query }));
        let ends = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            finish(&house, &other, rows(1)).await;
            house.pond.end();
            tokio::time::sleep(Duration::from_millis(20)).await;
            finish(&house, &query, rows(1)).await;
            house.pond.end();
        };
        let (answer, ()) = tokio::join!(asked, ends);
        assert_eq!(answer.unwrap()["QueryStatus"], "FINISHED", "{operation}");
    }
}

#[tokio::test]
async fn a_result_comes_in_pages_that_only_its_own_tokens_turn() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let query = start(&house, select(&store)).await;
    finish(&house, &query, rows(250)).await;
    let other = start(&house, select(&store)).await;
    finish(&house, &other, rows(1)).await;
    let (mut seen, mut token, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let input = json!({ "QueryId": query, "MaxQueryResults": 120, "NextToken": token });
        let page = house.call("GetQueryResults", input).await.unwrap();
        assert_eq!(page["QueryStatistics"]["TotalResultsCount"], 250);
        seen.extend(page["QueryResultRows"].as_array().unwrap().clone());
        pages += 1;
        match page.get("NextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (250, 3));
    assert_eq!(seen[248], json!([{ "n": "248" }, { "n": "same" }]));
    for (query, token) in [(&other, &token), (&query, &json!("made-up"))] {
        let input = json!({ "QueryId": query, "NextToken": token });
        let (code, _) = house.refused("GetQueryResults", input).await;
        assert_eq!(code, "InvalidNextTokenException");
    }
    for bad in [0, 1001] {
        let input = json!({ "QueryId": query, "MaxQueryResults": bad });
        let (code, _) = house.refused("GetQueryResults", input).await;
        assert_eq!(code, "InvalidMaxResultsException");
    }
}

#[tokio::test]
async fn a_page_of_long_texts_has_fewer_rows_and_no_row_is_lost() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let query = start(&house, select(&store)).await;
    let long = "x".repeat(3 * 1024 * 1024);
    let row = |at: usize| vec![("n".to_owned(), Some(format!("{at}{long}")))];
    finish(&house, &query, (0..7).map(row).collect()).await;
    let (mut counts, mut token) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "QueryId": query, "NextToken": token });
        let page = house.call("GetQueryResults", input).await.unwrap();
        counts.push(page["QueryResultRows"].as_array().unwrap().len());
        match page.get("NextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!(counts, [3, 3, 1]);
}

#[tokio::test]
async fn statements_are_refused_before_they_run() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let foreign = eds(&house, OTHER, "theirs").await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    let statement = |text: String| json!({ "QueryStatement": text });
    let cases = [
        (statement("DROP TABLE x".to_owned()), "InvalidQueryStatementException"),
        (statement("SELECT 1".to_owned()), "InvalidQueryStatementException"),
        (statement(format!("SELECT nocolumn FROM {store}")), "InvalidQueryStatementException"),
        (statement(format!("SELECT 1 FROM {unknown}")), "EventDataStoreNotFoundException"),
        (statement(format!("SELECT 1 FROM {foreign}")), "EventDataStoreNotFoundException"),
        (
            statement(format!("SELECT 1 FROM {store} JOIN {foreign}")),
            "EventDataStoreNotFoundException",
        ),
        (statement("x".repeat(10_001)), "ValidationException"),
        (json!({}), "InvalidParameterException"),
        (json!({ "QueryAlias": "Nothing" }), "InvalidParameterException"),
        (json!({ "QueryAlias": "A", "QueryStatement": "SELECT 1" }), "InvalidParameterException"),
        (
            json!({ "QueryStatement": format!("SELECT ? FROM {store}"), "QueryParameters": ["a", "b"] }),
            "InvalidParameterException",
        ),
    ];
    for (input, code) in cases {
        assert_eq!(house.refused("StartQuery", input.clone()).await.0, code, "{input}");
    }
    let (_, text) =
        house.refused("StartQuery", statement(format!("SELECT nocolumn FROM {store}"))).await;
    assert_eq!(text, "line 1:8: Column 'nocolumn' cannot be resolved");
    let fault = house.call_in("us-east-1", "StartQuery", select(&store)).await.unwrap_err();
    assert_eq!(fault.code, "EventDataStoreNotFoundException");
    delete(&house, &store).await;
    let (code, _) = house.refused("StartQuery", select(&store)).await;
    assert_eq!(code, "InactiveEventDataStoreException");
    assert_eq!(house.pond.woken(), 0);
}

#[tokio::test]
async fn ten_queries_wait_or_run_at_once() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let first = start(&house, select(&store)).await;
    for _ in 1..10 {
        start(&house, select(&store)).await;
    }
    let (code, _) = house.refused("StartQuery", select(&store)).await;
    assert_eq!(code, "MaxConcurrentQueriesException");
    let cancelled = house.call("CancelQuery", json!({ "QueryId": first })).await.unwrap();
    assert_eq!(cancelled, json!({ "QueryId": first, "QueryStatus": "CANCELLED" }));
    start(&house, select(&store)).await;
}

#[tokio::test]
async fn a_query_is_cancelled_once() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let query = start(&house, select(&store)).await;
    // Whoever reads an account may ask it, and take the question back.
    let clerk = user(OWN, "clerk", false);
    let input = json!({ "QueryId": query });
    house.call_as(&clerk, HOME, "CancelQuery", input.clone()).await.unwrap();
    assert_eq!(*house.pond.cancelled.lock().unwrap(), std::slice::from_ref(&query));
    let record = house.newest();
    assert_eq!(record["eventName"], "CancelQuery");
    assert_eq!(record["responseElements"]["queryStatus"], "CANCELLED");
    assert_eq!(described(&house, &query).await["QueryStatus"], "CANCELLED");
    let (code, _) = house.refused("CancelQuery", input).await;
    assert_eq!(code, "InactiveQueryException");
    let nobody = json!({ "QueryId": "00000000-0000-4000-8000-000000000000" });
    assert_eq!(house.refused("CancelQuery", nobody).await.0, "QueryIdNotFoundException");
    house.call_as(&clerk, HOME, "StartQuery", select(&store)).await.unwrap();
}

#[tokio::test]
async fn another_account_finds_no_query() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let query = start(&house, select(&store)).await;
    let stranger = admin(OTHER);
    for operation in ["DescribeQuery", "GetQueryResults", "CancelQuery"] {
        let input = json!({ "QueryId": query });
        let fault = house.call_as(&stranger, HOME, operation, input).await.unwrap_err();
        assert_eq!(fault.code, "QueryIdNotFoundException", "{operation}");
        let fault = house.call_in("us-east-1", operation, json!({ "QueryId": query })).await;
        assert_eq!(fault.unwrap_err().code, "QueryIdNotFoundException", "{operation}");
    }
    let input = json!({ "EventDataStore": arn(OWN, &store) });
    let fault = house.call_as(&stranger, HOME, "ListQueries", input).await.unwrap_err();
    assert_eq!(fault.code, "EventDataStoreNotFoundException");
}

#[tokio::test]
async fn a_store_is_named_rightly_or_the_query_is_not_found() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let other = eds(&house, OWN, "other").await;
    let query = start(&house, select(&store)).await;
    let ask = |store: String| json!({ "QueryId": query, "EventDataStore": store });
    for well in [store.clone(), arn(OWN, &store)] {
        house.call("DescribeQuery", ask(well)).await.unwrap();
    }
    let cases = [
        (other.clone(), "QueryIdNotFoundException"),
        (arn(OWN, "no-such-store"), "EventDataStoreARNInvalidException"),
        (arn(OWN, "00000000-0000-4000-8000-000000000000"), "EventDataStoreNotFoundException"),
        (arn(OTHER, &store), "EventDataStoreNotFoundException"),
        ("arn:aws:s3:::bucket".to_owned(), "EventDataStoreARNInvalidException"),
        (arn(OWN, &store).replace(HOME, "us-east-1"), "EventDataStoreARNInvalidException"),
    ];
    for (store, code) in cases {
        assert_eq!(house.refused("DescribeQuery", ask(store.clone())).await.0, code, "{store}");
    }
    delete(&house, &store).await;
    for operation in ["DescribeQuery", "GetQueryResults", "CancelQuery"] {
        let (code, _) = house.refused(operation, json!({ "QueryId": query })).await;
        assert_eq!(code, "InactiveEventDataStoreException", "{operation}");
    }
}

#[tokio::test]
async fn another_account_may_what_the_policy_of_the_store_says() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let guest = user(OTHER, "guest", false);
    let input = json!({
        "QueryStatement": format!("SELECT eventName FROM {store}"),
        "EventDataStoreOwnerAccountId": OWN,
    });
    let fault = house.call_as(&guest, HOME, "StartQuery", input.clone()).await.unwrap_err();
    assert_eq!(fault.code, "EventDataStoreNotFoundException");
    let allow = |actions: Value| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "AWS": guest.arn },
            "Action": actions, "Resource": arn(OWN, &store),
        }]})
    };
    let both = allow(json!(["cloudtrail:StartQuery", "cloudtrail:GetQueryResults"]));
    policy(&house, &arn(OWN, &store), &both).await;
    let started = house.call_as(&guest, HOME, "StartQuery", input).await.unwrap();
    assert_eq!(started["EventDataStoreOwnerAccountId"], OWN);
    let ask = json!({ "QueryId": started["QueryId"], "EventDataStoreOwnerAccountId": OWN });
    house.call_as(&guest, HOME, "GetQueryResults", ask.clone()).await.unwrap();
    let fault = house.call_as(&guest, HOME, "DescribeQuery", ask).await.unwrap_err();
    assert_eq!(fault.code, "EventDataStoreNotFoundException");
    // Whose store it is does not see the other account's query.
    let (code, _) = house.refused("DescribeQuery", json!({ "QueryId": started["QueryId"] })).await;
    assert_eq!(code, "QueryIdNotFoundException");

    let deny = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "cloudtrail:StartQuery",
        "Resource": arn(OWN, &store),
    }]});
    policy(&house, &arn(OWN, &store), &deny).await;
    let (code, _) = house.refused("StartQuery", select(&store)).await;
    assert_eq!(code, "OperationNotPermittedException");
}

#[tokio::test]
async fn a_statement_runs_by_its_name_with_parameters() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let alias = QueryAlias {
        account: id(OWN),
        region: HOME.parse().unwrap(),
        alias: "Widget-1".to_owned(),
        statement: "SELECT eventName FROM $EDS_ID WHERE eventTime > '?'".to_owned(),
        store: Some(store.clone()),
        prompt: Some("what happened".to_owned()),
        dashboard: None,
    };
    let mut txn = house.services.store.begin().await.unwrap();
    query_alias::put(&mut txn, &alias).await.unwrap();
    txn.commit().await.unwrap();
    let input = json!({ "QueryAlias": "Widget-1", "QueryParameters": ["2026-11-20"] });
    let query = start(&house, input).await;
    let run = house.call("DescribeQuery", json!({ "QueryAlias": "Widget-1" })).await.unwrap();
    assert_eq!(run["QueryId"], json!(query));
    assert_eq!(run["Prompt"], "what happened");
    let statement = format!("SELECT eventName FROM {store} WHERE eventTime > '2026-11-20'");
    assert_eq!(run["QueryString"], json!(statement));
    let (code, _) = house.refused("StartQuery", json!({ "QueryAlias": "Widget-1" })).await;
    assert_eq!(code, "InvalidParameterException");
    let refresh = json!({ "QueryAlias": "Widget-1", "RefreshId": "1234567890" });
    assert_eq!(house.refused("DescribeQuery", refresh).await.0, "QueryIdNotFoundException");
    for neither in [json!({}), json!({ "QueryAlias": "Widget-1", "QueryId": query })] {
        let (code, _) = house.refused("DescribeQuery", neither).await;
        assert_eq!(code, "InvalidParameterException");
    }
}

#[tokio::test]
async fn a_list_is_of_one_store_and_of_the_last_seven_days() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let other = eds(&house, OWN, "other").await;
    let old = start(&house, select(&store)).await;
    house.clock.set(Timestamp::from_seconds(NOW.seconds() + 5 * DAY));
    let mut started = Vec::new();
    for second in 0..5 {
        house.clock.set(Timestamp::from_seconds(NOW.seconds() + 5 * DAY + second));
        started.push(start(&house, select(&store)).await);
    }
    start(&house, select(&other)).await;
    let list = async |input: Value| {
        let mut input = input;
        input["EventDataStore"] = json!(arn(OWN, &store));
        house.call("ListQueries", input).await.unwrap()
    };
    let ids = |page: &Value| -> Vec<String> {
        let queries = page["Queries"].as_array().unwrap().iter();
        queries.map(|query| query["QueryId"].as_str().unwrap().to_owned()).collect()
    };
    let first = list(json!({ "MaxResults": 4 })).await;
    let token = first["NextToken"].clone();
    let second = list(json!({ "MaxResults": 4, "NextToken": token })).await;
    assert_eq!(second.get("NextToken"), None);
    let newest_first: Vec<String> = started.iter().rev().chain([&old]).cloned().collect();
    assert_eq!([ids(&first), ids(&second)].concat(), newest_first);
    assert_eq!(ids(&list(json!({ "QueryStatus": "FINISHED" })).await), Vec::<String>::new());
    let since = (NOW.seconds() + 5 * DAY) as f64 + 0.5;
    assert_eq!(ids(&list(json!({ "StartTime": since })).await).len(), 4);

    house.clock.set(Timestamp::from_seconds(NOW.seconds() + 7 * DAY + 1));
    assert_eq!(ids(&list(json!({})).await).len(), 5);
    for operation in ["DescribeQuery", "GetQueryResults"] {
        let (code, _) = house.refused(operation, json!({ "QueryId": old })).await;
        assert_eq!(code, "QueryIdNotFoundException");
    }
    let ask = |more: Value| {
        let mut input = more;
        input["EventDataStore"] = json!(store);
        input
    };
    let cases = [
        (json!({ "StartTime": 20, "EndTime": 10 }), "InvalidDateRangeException"),
        (json!({ "StartTime": 20, "EndTime": 20 }), "InvalidDateRangeException"),
        (json!({ "QueryStatus": "DONE" }), "InvalidQueryStatusException"),
        (json!({ "NextToken": token, "QueryStatus": "QUEUED" }), "InvalidNextTokenException"),
        (json!({ "MaxResults": 0 }), "InvalidMaxResultsException"),
    ];
    for (input, code) in cases {
        assert_eq!(house.refused("ListQueries", ask(input.clone())).await.0, code, "{input}");
    }
}

#[tokio::test]
async fn a_bucket_for_results_is_looked_at_first() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let deliver = |uri: &str| {
        let mut input = select(&store);
        input["DeliveryS3Uri"] = json!(uri);
        input
    };
    let (code, text) = house.refused("StartQuery", deliver("s3://nowhere")).await;
    assert_eq!(code, "S3BucketDoesNotExistException");
    assert_eq!(text, "S3 bucket nowhere does not exist!");
    // The policy that trails are content with.
    let query = start(&house, deliver("s3://audit")).await;
    let described = described(&house, &query).await;
    assert_eq!(described["DeliveryS3Uri"], "s3://audit");
    assert_eq!(described["DeliveryStatus"], "PENDING");
    let (code, text) = house.refused("StartQuery", deliver("s3://audit/deep/er/")).await;
    assert_eq!(code, "InsufficientS3BucketPolicyException");
    assert_eq!(text, "Incorrect S3 bucket policy is detected for bucket: audit");
    house.world.change("audit", |bucket| {
        bucket.policy = Ok(Some(bucket_policy("audit", "deep/er/").to_string()));
    });
    start(&house, deliver("s3://audit/deep/er/")).await;
    let long = format!("s3://audit/{}", "x".repeat(201));
    assert_eq!(house.refused("StartQuery", deliver(&long)).await.0, "InvalidS3PrefixException");
    assert_eq!(house.pond.woken(), 2);
}
