//! Dashboards and their refreshes.

use cairn_control::DashboardWorker;
use cairn_core::Timestamp;
use cairn_store::query;
use serde_json::{Value, json};

use crate::kit::{HOME, House, NOW, OTHER, OWN, admin, id, user};
use crate::queries::{arn as store_arn, eds, finish};

const HOUR: i64 = 60 * 60;

fn arn(name: &str) -> String {
    format!("arn:aws:cloudtrail:{HOME}:{OWN}:dashboard/{name}")
}

fn widget(statement: &str, parameters: &[&str]) -> Value {
    json!({
        "QueryStatement": statement,
        "QueryParameters": (!parameters.is_empty()).then_some(parameters),
        "ViewProperties": { "Title": "Calls", "View": "Table" },
    })
}

/// A dashboard of two widgets over a store.
async fn made(house: &House, store: &str) -> Value {
    let first = format!("SELECT a FROM {store} WHERE eventTime > '?' AND eventTime < '?'");
    let second = format!("SELECT b FROM {store}");
    let input = json!({
        "Name": "main",
        "Widgets": [widget(&first, &["$StartTime$", "$EndTime$"]), widget(&second, &[])],
        "TagsList": [{ "Key": "team", "Value": "audit" }],
    });
    house.call("CreateDashboard", input).await.unwrap()
}

/// Ends every query that waits.
async fn finish_all(house: &House) {
    for waits in query::waiting(&house.services.store).await.unwrap() {
        finish(house, &waits.id, vec![vec![("n".to_owned(), Some(waits.statement.clone()))]]).await;
    }
}

#[tokio::test]
async fn a_dashboard_is_made_shown_changed_and_deleted() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let made = made(&house, &store).await;
    assert_eq!((&made["DashboardArn"], &made["Type"]), (&json!(arn("main")), &json!("CUSTOM")));
    let alias = made["Widgets"][0]["QueryAlias"].as_str().unwrap();
    assert!(alias.starts_with("Widget-"), "{alias}");
    let record = house.newest();
    let shown = &record["requestParameters"]["widgets"][0]["viewProperties"];
    assert_eq!(*shown, json!({ "Title": "Calls", "View": "Table" }));
    assert_eq!(record["responseElements"]["dashboardArn"], json!(arn("main")));

    let got = house.call("GetDashboard", json!({ "DashboardId": "main" })).await.unwrap();
    assert_eq!(got["Widgets"], made["Widgets"]);
    assert_eq!(
        (&got["Status"], &got["CreatedTimestamp"]),
        (&json!("CREATED"), &json!(NOW.seconds()))
    );
    let tags = house.call("ListTags", json!({ "ResourceIdList": [arn("main")] })).await.unwrap();
    let expected = json!([{ "Key": "team", "Value": "audit" }]);
    assert_eq!(tags["ResourceTagList"][0]["TagsList"], expected);

    let input = json!({
        "DashboardId": arn("main"),
        "Widgets": [widget(&format!("SELECT c FROM {store}"), &[])],
        "TerminationProtectionEnabled": true,
        "RefreshSchedule": { "Frequency": { "Unit": "DAYS", "Value": 1 }, "Status": "ENABLED" },
    });
    let updated = house.call("UpdateDashboard", input).await.unwrap();
    assert_eq!(updated["Widgets"].as_array().unwrap().len(), 1);
    assert_eq!(updated["RefreshSchedule"]["TimeOfDay"], "00:00");
    let gone = house.refused("StartQuery", json!({ "QueryAlias": alias })).await;
    assert_eq!(gone.0, "InvalidParameterException");

    let delete = json!({ "DashboardId": "main" });
    assert_eq!(house.refused("DeleteDashboard", delete.clone()).await.0, "ConflictException");
    let free = json!({ "DashboardId": "main", "TerminationProtectionEnabled": false });
    house.call("UpdateDashboard", free).await.unwrap();
    assert_eq!(house.call("DeleteDashboard", delete.clone()).await.unwrap(), json!({}));
    assert_eq!(house.refused("DeleteDashboard", delete).await.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn what_is_wrong_with_a_dashboard_is_told() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    made(&house, &store).await;
    let with = |widgets: Vec<Value>| json!({ "Name": "other", "Widgets": widgets });
    let plain = format!("SELECT a FROM {store}");
    let scheduled = |unit: &str, value: i32| {
        json!({ "Name": "other", "RefreshSchedule":
            { "Frequency": { "Unit": unit, "Value": value }, "Status": "ENABLED" } })
    };
    let unknown = "SELECT a FROM 00000000-0000-4000-8000-000000000000";
    let cases = [
        (json!({ "Name": "main" }), "ConflictException"),
        (json!({ "Name": "AWSCloudTrail-Overview" }), "ConflictException"),
        (with(vec![widget(&plain, &[]); 11]), "ServiceQuotaExceededException"),
        (with(vec![widget("DROP TABLE x", &[])]), "InvalidQueryStatementException"),
        (with(vec![widget(&plain, &["$StartTime$"])]), "InvalidQueryStatementException"),
        (
            with(vec![widget(&format!("{plain} WHERE ?"), &["$Nobody$"])]),
            "InvalidQueryStatementException",
        ),
        (with(vec![widget(unknown, &[])]), "EventDataStoreNotFoundException"),
        (scheduled("HOURS", 5), "ValidationException"),
        (scheduled("WEEKS", 1), "ValidationException"),
        (json!({ "Name": "AWSCloudTrail-Highlights" }), "ValidationException"),
        (
            json!({ "Name": "other", "TagsList": [{ "Key": "aws:x", "Value": "y" }] }),
            "InvalidTagParameterException",
        ),
    ];
    for (input, code) in cases {
        assert_eq!(house.refused("CreateDashboard", input.clone()).await.0, code, "{input}");
    }
    for operation in ["UpdateDashboard", "DeleteDashboard"] {
        let managed = json!({ "DashboardId": "AWSCloudTrail-Overview" });
        let (code, _) = house.refused(operation, managed).await;
        assert_eq!(code, "UnsupportedOperationException", "{operation}");
    }
    let clerk = user(OWN, "clerk", false);
    let denied = house.call_as(&clerk, HOME, "CreateDashboard", json!({ "Name": "own" })).await;
    assert_eq!(denied.unwrap_err().code, "AccessDeniedException");
    let stranger = admin(OTHER);
    for name in ["main".to_owned(), arn("main")] {
        let input = json!({ "DashboardId": name });
        let fault = house.call_as(&stranger, HOME, "GetDashboard", input).await.unwrap_err();
        assert_eq!(fault.code, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn a_list_has_built_in_dashboards_and_custom_ones() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    made(&house, &store).await;
    let list = async |input: Value| {
        let page = house.call("ListDashboards", input).await.unwrap();
        (page["Dashboards"].as_array().unwrap().clone(), page.get("NextToken").cloned())
    };
    let (custom, _) = list(json!({ "Type": "CUSTOM" })).await;
    assert_eq!(custom, [json!({ "DashboardArn": arn("main"), "Type": "CUSTOM" })]);
    let (managed, _) = list(json!({ "Type": "MANAGED" })).await;
    assert!(managed.len() >= 14, "{}", managed.len());
    let (first, token) = list(json!({ "MaxResults": 10 })).await;
    let (second, end) = list(json!({ "MaxResults": 10, "NextToken": token })).await;
    assert_eq!((first.len() + second.len(), end), (managed.len() + 1, None));
    let (_, token) = list(json!({ "MaxResults": 10, "Type": "MANAGED" })).await;
    let other = json!({ "MaxResults": 10, "NamePrefix": "AWSCloudTrail", "NextToken": token });
    assert_eq!(house.refused("ListDashboards", other).await.0, "UnsupportedOperationException");
    let told = house.refused("ListDashboards", json!({ "Type": "MINE" })).await;
    assert_eq!(told.0, "ValidationException");
    assert!(told.1.contains("[MANAGED, CUSTOM]"), "{}", told.1);
    let (some, _) = list(json!({ "NamePrefix": "AWSCloudTrail-S" })).await;
    assert_eq!(some.len(), 2);
    for entry in managed {
        let input = json!({ "DashboardId": entry["DashboardArn"] });
        let got = house.call("GetDashboard", input).await.unwrap();
        assert_eq!(got["Type"], "MANAGED");
        assert!(!got["Widgets"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_refresh_runs_a_query_for_every_widget() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let made = made(&house, &store).await;
    let input = json!({
        "DashboardId": "main",
        "QueryParameterValues": { "$StartTime$": "2024-11-05T10:45:24.00Z" },
    });
    let started = house.call("StartDashboardRefresh", input).await.unwrap();
    let refresh = started["RefreshId"].as_str().unwrap();
    assert!((10..=20).contains(&refresh.len()) && refresh.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(house.pond.woken(), 1);
    let got = house.call("GetDashboard", json!({ "DashboardId": "main" })).await.unwrap();
    assert_eq!(got["LastRefreshId"], json!(refresh));
    assert_eq!(got.get("LastRefreshFailureReason"), None);
    let again = json!({ "DashboardId": "main" });
    let (code, _) = house.refused("StartDashboardRefresh", again.clone()).await;
    assert_eq!(code, "ServiceQuotaExceededException");

    finish_all(&house).await;
    let alias = &made["Widgets"][0]["QueryAlias"];
    let ask = json!({ "QueryAlias": alias, "RefreshId": refresh });
    let run = house.call("DescribeQuery", ask).await.unwrap();
    assert_eq!(run["QueryStatus"], "FINISHED");
    let expected = format!(
        "SELECT a FROM {store} WHERE eventTime > '2024-11-05T10:45:24.00Z' \
         AND eventTime < '2023-11-14T22:13:20Z'"
    );
    assert_eq!(run["QueryString"], json!(expected));
    let rows = house.call("GetQueryResults", json!({ "QueryId": run["QueryId"] })).await.unwrap();
    assert_eq!(rows["QueryResultRows"].as_array().unwrap().len(), 1);
    house.call("StartDashboardRefresh", again).await.unwrap();
    let unknown = json!({ "DashboardId": "main", "QueryParameterValues": { "$Other$": "x" } });
    let (code, _) = house.refused("StartDashboardRefresh", unknown).await;
    assert_eq!(code, "ValidationException");
}

#[tokio::test]
async fn a_built_in_dashboard_is_refreshed_about_one_store() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let name = "AWSCloudTrail-IAMActivity";
    let (code, _) = house.refused("StartDashboardRefresh", json!({ "DashboardId": name })).await;
    assert_eq!(code, "ValidationException");
    let about = |store: &str| json!({ "DashboardId": name, "QueryParameterValues": { "$EventDataStoreId$": store } });
    let nobody = "00000000-0000-4000-8000-000000000000";
    let (code, _) = house.refused("StartDashboardRefresh", about(nobody)).await;
    assert_eq!(code, "EventDataStoreNotFoundException");
    let started = house.call("StartDashboardRefresh", about(&store_arn(OWN, &store))).await;
    let refresh = started.unwrap()["RefreshId"].as_str().unwrap().to_owned();
    let ask = json!({ "QueryAlias": format!("{name}-2"), "RefreshId": refresh });
    let run = house.call("DescribeQuery", ask).await.unwrap();
    let statement = run["QueryString"].as_str().unwrap();
    assert!(statement.contains(&format!("FROM {store}")), "{statement}");
    assert!(statement.contains("eventTime >= '2023-11-07T22:13:20Z'"), "{statement}");
    assert!(!statement.contains(['?', '$']), "{statement}");
    // There is no room for two of them.
    let other = json!({
        "DashboardId": "AWSCloudTrail-Overview",
        "QueryParameterValues": { "$EventDataStoreId$": store },
    });
    let (code, _) = house.refused("StartDashboardRefresh", other).await;
    assert_eq!(code, "ServiceQuotaExceededException");
    // A widget runs by itself, too.
    finish_all(&house).await;
    let input = json!({
        "QueryAlias": format!("{name}-2"),
        "QueryParameters": [store, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
    });
    house.call("StartQuery", input).await.unwrap();
}

#[tokio::test]
async fn schedules_are_kept_and_highlights_cover_every_store() {
    let house = House::open().await;
    let (one, two) = (eds(&house, OWN, "one").await, eds(&house, OWN, "two").await);
    eds(&house, OTHER, "theirs").await;
    let schedule = |value: i32| json!({ "Frequency": { "Unit": "HOURS", "Value": value }, "Status": "ENABLED" });
    let input = json!({
        "Name": "hourly",
        "Widgets": [widget(&format!("SELECT a FROM {one}"), &[])],
        "RefreshSchedule": schedule(1),
    });
    house.call("CreateDashboard", input).await.unwrap();
    let highlights = json!({ "Name": "AWSCloudTrail-Highlights", "RefreshSchedule": schedule(6) });
    house.call("CreateDashboard", highlights).await.unwrap();
    let often =
        json!({ "DashboardId": "AWSCloudTrail-Highlights", "RefreshSchedule": schedule(1) });
    let never = json!({ "DashboardId": "AWSCloudTrail-Highlights", "RefreshSchedule": { "TimeOfDay": "03:00" } });
    for other in [often, never] {
        assert_eq!(house.refused("UpdateDashboard", other).await.0, "ConflictException");
    }
    let House { services, pond, clock, .. } = &house;
    let (_, worker) = DashboardWorker::new(services.clone());
    let woken = pond.woken();
    assert_eq!(worker.round().await.unwrap(), 1);
    assert_eq!(worker.round().await.unwrap(), 0);
    assert_eq!(pond.woken(), woken + 1);
    let waiting = query::waiting(&services.store).await.unwrap();
    assert!(waiting.len() > 3 && waiting.iter().all(|query| query.account == id(OWN)));
    for query in &waiting {
        let union = format!("FROM {one} UNION ALL SELECT");
        assert!(query.statement.contains(&union), "{}", query.statement);
        assert_eq!(query.stores.len(), 2, "{two}");
    }
    finish_all(&house).await;
    clock.set(Timestamp::from_seconds(NOW.seconds() + HOUR));
    assert_eq!(worker.round().await.unwrap(), 1);
    let got = house.call("GetDashboard", json!({ "DashboardId": "hourly" })).await.unwrap();
    assert!(got["LastRefreshId"].is_string());
    finish_all(&house).await;
    clock.set(Timestamp::from_seconds(NOW.seconds() + 6 * HOUR));
    assert_eq!(worker.round().await.unwrap(), 2);
}

#[tokio::test]
async fn a_widget_that_cannot_run_does_not_keep_the_others() {
    let house = House::open().await;
    let (one, two) = (eds(&house, OWN, "one").await, eds(&house, OWN, "two").await);
    let widgets = [&one, &two].map(|store| widget(&format!("SELECT a FROM {store}"), &[]));
    let input = json!({ "Name": "main", "Widgets": widgets });
    house.call("CreateDashboard", input).await.unwrap();
    let deny = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "cloudtrail:StartQuery",
        "Resource": store_arn(OWN, &one),
    }]});
    crate::queries::policy(&house, &store_arn(OWN, &one), &deny).await;
    let input = json!({ "DashboardId": "main" });
    house.call("StartDashboardRefresh", input.clone()).await.unwrap();
    let got = house.call("GetDashboard", input).await.unwrap();
    let reason = got["LastRefreshFailureReason"].as_str().unwrap();
    assert!(reason.contains("explicitly denies cloudtrail:StartQuery"), "{reason}");
    let waiting = query::waiting(&house.services.store).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].stores, [two]);
    // Nobody makes another dashboard about it.
    let input =
        json!({ "Name": "next", "Widgets": [widget(&format!("SELECT a FROM {one}"), &[])] });
    let told = house.refused("CreateDashboard", input).await;
    assert_eq!(told.0, "InvalidQueryStatementException");
    assert!(told.1.contains("explicitly denies cloudtrail:StartQuery"), "{}", told.1);
}

#[tokio::test]
async fn a_refresh_by_schedule_heeds_what_the_dashboards_policy_denies() {
    let house = House::open().await;
    let store = eds(&house, OWN, "main").await;
    let input = json!({
        "Name": "hourly",
        "Widgets": [widget(&format!("SELECT a FROM {store}"), &[])],
        "RefreshSchedule": { "Frequency": { "Unit": "HOURS", "Value": 1 }, "Status": "ENABLED" },
    });
    house.call("CreateDashboard", input).await.unwrap();
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": { "Service": "cloudtrail.amazonaws.com" },
        "Action": "cloudtrail:StartDashboardRefresh",
    }]});
    let put = json!({ "ResourceArn": arn("hourly"), "ResourcePolicy": policy.to_string() });
    house.call("PutResourcePolicy", put).await.unwrap();
    let (_, worker) = DashboardWorker::new(house.services.clone());
    house.clock.set(Timestamp::from_seconds(NOW.seconds() + HOUR));
    assert_eq!(worker.round().await.unwrap(), 0);
    let named = json!({ "ResourceArn": arn("hourly") });
    house.call("DeleteResourcePolicy", named).await.unwrap();
    assert_eq!(worker.round().await.unwrap(), 1);
}
