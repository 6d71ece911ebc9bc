//! An event data store, and queries of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::client::{Ask, Client};

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

pub(crate) async fn call(
    client: &mut Client,
    target: &'static str,
    body: Value,
) -> Result<Value, Failure> {
    let answer = client.send(Ask::json("cloudtrail", target, body.to_string())).await?;
    Ok(serde_json::from_slice(&answer)?)
}

/// The id of a new store that takes events.
pub(crate) async fn create(client: &mut Client) -> Result<String, Failure> {
    let body = json!({ "Name": "visible", "TerminationProtectionEnabled": false });
    let made = call(client, "CloudTrail_20131101.CreateEventDataStore", body).await?;
    let arn = made["EventDataStoreArn"].clone();
    for _ in 0..300 {
        let body = json!({ "EventDataStore": arn });
        let found = call(client, "CloudTrail_20131101.GetEventDataStore", body).await?;
        if found["Status"] == "ENABLED" {
            let arn = arn.as_str().unwrap_or_default();
            return Ok(arn.rsplit('/').next().unwrap_or_default().to_owned());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Failure("the event data store was not enabled within 30 s".to_owned()))
}

/// The first column of at most 1,000 rows.
pub(crate) async fn ask(client: &mut Client, statement: &str) -> Result<Vec<String>, Failure> {
    let body = json!({ "QueryStatement": statement });
    let started = call(client, "CloudTrail_20131101.StartQuery", body).await?;
    let mut pause = FIRST_PAUSE;
    loop {
        let body = json!({ "QueryId": started["QueryId"], "MaxQueryResults": 1000 });
        let page = call(client, "CloudTrail_20131101.GetQueryResults", body).await?;
        match page["QueryStatus"].as_str() {
            Some("FINISHED") => return Ok(column(&page)),
            Some("QUEUED" | "RUNNING") => {}
            _ => return Err(Failure(format!("{statement}: {page}"))),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 5 / 4).min(LONGEST_PAUSE);
    }
}

fn column(page: &Value) -> Vec<String> {
    let rows = page["QueryResultRows"].as_array().into_iter().flatten();
    let cells = rows.filter_map(|row| row[0].as_object()?.values().next()?.as_str());
    cells.map(str::to_owned).collect()
}
