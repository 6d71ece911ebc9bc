//! Queries that a server runs.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{Print, Rows};
use crate::failure::Failure;
use crate::session::Session;

/// What stands for the store in a statement.
const PLACEHOLDER: &str = "$EDS_ID";
/// How often the server is asked how far it is, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));
/// Rows of one page.
const PAGE: u64 = 1000;

/// The stores of an account, and the one that is meant.
pub(crate) struct Remote {
    /// Names and ids.
    pub(crate) stores: Vec<(String, String)>,
    meant: Option<String>,
}

impl Remote {
    pub(crate) async fn open(
        session: &mut Session<'_>,
        meant: Option<String>,
    ) -> Result<Self, Failure> {
        let mut stores = Vec::new();
        let mut input = json!({});
        loop {
            let page: Value = session.client.read_trails("ListEventDataStores", &input).await?;
            for store in page["EventDataStores"].as_array().into_iter().flatten() {
                let text = |member: &str| store[member].as_str().unwrap_or_default().to_owned();
                let id = id_of(&text("EventDataStoreArn"));
                stores.push((text("Name"), id));
            }
            match page["NextToken"].as_str() {
                Some(token) => input = json!({ "NextToken": token }),
                None => break,
            }
        }
        let meant = match meant {
            Some(meant) => Some(find(&stores, &meant)?),
            None => None,
        };
        Ok(Self { stores, meant })
    }

    /// Runs a statement and prints its rows. Interrupted, the query is cancelled.
    pub(crate) async fn run(
        &mut self,
        session: &mut Session<'_>,
        statement: &str,
        print: &Print,
    ) -> Result<(), Failure> {
        let statement = self.filled(statement)?;
        let started: Value = session
            .client
            .change_trails("StartQuery", &json!({ "QueryStatement": statement }))
            .await?;
        let id = started["QueryId"].as_str().unwrap_or_default().to_owned();
        let ended = tokio::select! {
            ended = wait(session, &id) => ended,
            _ = tokio::signal::ctrl_c() => {
                let cancel = json!({ "QueryId": id });
                let _: Value = session.client.change_trails("CancelQuery", &cancel).await?;
                session.terminal.note("the query is cancelled");
                return Err(Failure::Interrupted);
            }
        }?;
        let status = ended["QueryStatus"].as_str().unwrap_or_default();
        if status != "FINISHED" {
            let why = ended["ErrorMessage"].as_str().unwrap_or("no reason is known");
            return Err(Failure::Query(format!("the query {id} is {status}: {why}")));
        }
        let found = rows(session, &id).await?;
        print.print(&found, session.terminal)?;
        if session.terminal.err_is_tty {
            let said = &ended["QueryStatistics"];
            session.terminal.note(format_args!(
                "{} rows; {} events and {} bytes scanned in {} ms",
                found.rows.len(),
                said["EventsScanned"],
                said["BytesScanned"],
                said["ExecutionTimeInMillis"]
            ));
        }
        Ok(())
    }

    fn filled(&self, statement: &str) -> Result<String, Failure> {
        if !statement.contains(PLACEHOLDER) {
            return Ok(statement.to_owned());
        }
        let id = match (&self.meant, &self.stores[..]) {
            (Some(id), _) => id,
            (None, [(_, id)]) => id,
            (None, []) => return Err(Failure::Query("there is no event data store".to_owned())),
            (None, _) => {
                let names: Vec<&str> = self.stores.iter().map(|(name, _)| name.as_str()).collect();
                let text = format!("{PLACEHOLDER} may be {}: say --store NAME", names.join(", "));
                return Err(Failure::Query(text));
            }
        };
        Ok(statement.replace(PLACEHOLDER, id))
    }
}

fn find(stores: &[(String, String)], meant: &str) -> Result<String, Failure> {
    let id = id_of(meant);
    let found = stores.iter().find(|(name, known)| name == meant || *known == id);
    match found {
        Some((_, id)) => Ok(id.clone()),
        None => Err(Failure::Query(format!("there is no event data store '{meant}'"))),
    }
}

fn id_of(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}

async fn wait(session: &mut Session<'_>, id: &str) -> Result<Value, Failure> {
    let bar = if session.terminal.err_is_tty {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        ProgressBar::new_spinner().with_style(style.unwrap_or(ProgressStyle::default_spinner()))
    } else {
        ProgressBar::hidden()
    };
    let mut pause = PAUSES.0;
    loop {
        let said: Value =
            session.client.read_trails("DescribeQuery", &json!({ "QueryId": id })).await?;
        let status = said["QueryStatus"].as_str().unwrap_or_default();
        if !matches!(status, "QUEUED" | "RUNNING") {
            bar.finish_and_clear();
            return Ok(said);
        }
        let scanned = said["QueryStatistics"]["EventsScanned"].as_u64().unwrap_or_default();
        bar.set_message(format!("{status}, {scanned} events scanned"));
        bar.tick();
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn rows(session: &mut Session<'_>, id: &str) -> Result<Rows, Failure> {
    let mut found = Rows::default();
    let mut input = json!({ "QueryId": id, "MaxQueryResults": PAGE });
    loop {
        let page: Value = session.client.read_trails("GetQueryResults", &input).await?;
        for row in page["QueryResultRows"].as_array().into_iter().flatten() {
            let cells = row.as_array().into_iter().flatten().filter_map(Value::as_object);
            let cell = |(label, text): (&String, &Value)| {
                (label.clone(), text.as_str().map(str::to_owned))
            };
            found.rows.push(cells.flatten().map(cell).collect());
        }
        match page["NextToken"].as_str() {
            Some(token) => input["NextToken"] = token.into(),
            None => break,
        }
    }
    if let Some(first) = found.rows.first() {
        found.labels = first.iter().map(|(label, _)| label.clone()).collect();
    }
    Ok(found)
}
