//! LookupEvents over a large history: every attribute, rare and frequent values, first and tenth
//! page; and how many lookups a second two cores answer.

use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client::{Ask, Client};
use crate::events::{access_key, operation_name, user_name};
use crate::figures::Figures;
use crate::server::Server;

const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
const CONNECTIONS: usize = 16;
/// Lookups of each kind.
const ROUNDS: usize = 200;

/// A question: its name for the report, the attribute and the value.
type Question = (&'static str, &'static str, String);

pub(crate) async fn run(server: &Server, ids: &[String], span: Duration) -> Result<(), Failure> {
    let mut client = Client::connect(&server.address, &server.key).await?;
    let mut all = Vec::new();
    for (name, key, value) in questions(ids) {
        for page in [1, 10] {
            let (times, found) = pages(&mut client, key, &value, page).await?;
            if page == 10 && times.is_empty() {
                continue;
            }
            all.extend(&times);
            println!("lookup: {name:24} page {page:2}: {}, {found} events", Figures::new(times));
        }
    }
    println!("lookup: all together            {} (p99 below 20 ms aimed at)", Figures::new(all));
    let rate = throughput(server, ids, span).await?;
    println!("lookup: {rate:.0} lookups/s from {CONNECTIONS} connections (1,000 aimed at)");
    Ok(())
}

fn questions(ids: &[String]) -> Vec<Question> {
    let id = ids.first().cloned().unwrap_or_default();
    vec![
        ("none", "", String::new()),
        ("EventId", "EventId", id),
        ("EventName, frequent", "EventName", operation_name(0)),
        ("EventName, rare", "EventName", operation_name(299)),
        ("ReadOnly, false", "ReadOnly", "false".to_owned()),
        ("Username, frequent", "Username", user_name(0)),
        ("Username, rare", "Username", user_name(499)),
        ("ResourceType, frequent", "ResourceType", "AWS::S3::Bucket".to_owned()),
        ("ResourceName, rare", "ResourceName", "arn:aws:s3:::data-lake-00042".to_owned()),
        ("EventSource, frequent", "EventSource", "service00.amazonaws.com".to_owned()),
        ("AccessKeyId, frequent", "AccessKeyId", access_key(0)),
        ("AccessKeyId, rare", "AccessKeyId", access_key(499)),
        ("EventName, absent", "EventName", "NoSuchEvent".to_owned()),
    ]
}

/// Times of the `page`-th page, reached by its token; empty where there are not that many pages.
async fn pages(
    client: &mut Client,
    key: &str,
    value: &str,
    page: usize,
) -> Result<(Vec<Duration>, usize), Failure> {
    let clock = SystemClock::default();
    let mut token = Value::Null;
    for _ in 1..page {
        let answer = ask(client, key, value, &token).await?;
        token = answer["NextToken"].clone();
        if token.is_null() {
            return Ok((Vec::new(), 0));
        }
    }
    let (mut times, mut found) = (Vec::with_capacity(ROUNDS), 0);
    for _ in 0..ROUNDS {
        let began = clock.elapsed();
        let answer = ask(client, key, value, &token).await?;
        times.push(clock.elapsed().saturating_sub(began));
        found = answer["Events"].as_array().map_or(0, Vec::len);
    }
    Ok((times, found))
}

async fn ask(client: &mut Client, key: &str, value: &str, token: &Value) -> Result<Value, Failure> {
    let mut body = json!({});
    if !key.is_empty() {
        body["LookupAttributes"] = json!([{ "AttributeKey": key, "AttributeValue": value }]);
    }
    if !token.is_null() {
        body["NextToken"] = token.clone();
    }
    let answer = client.send(Ask::json("cloudtrail", TARGET, body.to_string())).await?;
    Ok(serde_json::from_slice(&answer)?)
}

async fn throughput(server: &Server, ids: &[String], span: Duration) -> Result<f64, Failure> {
    let clock = Arc::new(SystemClock::default());
    let questions = Arc::new(questions(ids));
    let mut tasks = JoinSet::new();
    for index in 0..CONNECTIONS {
        let mut client = Client::connect(&server.address, &server.key).await?;
        let (clock, questions) = (clock.clone(), questions.clone());
        tasks.spawn(async move {
            let end = clock.elapsed() + span;
            let mut count = 0;
            while clock.elapsed() < end {
                let (_, key, value) = &questions[(index + count) % questions.len()];
                let mut body = json!({});
                if !key.is_empty() {
                    body["LookupAttributes"] =
                        json!([{ "AttributeKey": key, "AttributeValue": value }]);
                }
                client.send(Ask::json("cloudtrail", TARGET, body.to_string())).await?;
                count += 1;
            }
            Ok::<_, Failure>(count)
        });
    }
    let mut total = 0;
    while let Some(count) = tasks.join_next().await {
        total += count??;
    }
    Ok(total as f64 / span.as_secs_f64())
}
