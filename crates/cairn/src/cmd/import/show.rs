//! What an import came to, for a person or for a program.

use std::io;

use cairn_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::Operation;
use crate::failure::Failure;
use crate::output::{Format, List, OutputArgs, print_list};
use crate::session::Session;

const COLUMNS: &[&str] = &["Status", "ErrorType", "Location", "ErrorMessage"];

/// What GetImportReport answers.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    import_id: String,
    import_status: String,
    destination: String,
    s3_location_uri: String,
    created: f64,
    updated: f64,
    runs: u32,
    prefixes: Prefixes,
    files: Files,
    events: Events,
    digests: Digests,
    failures: Vec<Entries>,
    remarks: Vec<Entries>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Prefixes {
    found: u64,
    completed: u64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Files {
    found: u64,
    imported: u64,
    proven: u64,
    matched: u64,
    unlisted: u64,
    bytes: u64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Events {
    imported: u64,
    expired: u64,
    other: u64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Digests {
    signed: u64,
    unsigned: u64,
    refused: u64,
    unread: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<f64>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entries {
    error_type: String,
    count: u64,
}

pub(super) async fn show(
    session: &mut Session<'_>,
    id: &str,
    output: OutputArgs,
) -> Result<(), Failure> {
    let input = json!({ "ImportId": id });
    let report: Report = session.client.call(Operation::GetImportReport, &input).await?;
    let failures = failures(session, id).await?;
    let format = output.format(session.terminal);
    let list = List { name: "Failures", columns: COLUMNS, items: &failures };
    match format {
        Format::Json => {
            let whole = json!({ "Report": report, "Failures": failures });
            writeln!(session.terminal.out, "{whole:#}")?;
        }
        Format::Jsonl | Format::Csv => print_list(&list, format, session.terminal)?,
        Format::Table => {
            write(&report, &mut session.terminal.out)?;
            if !failures.is_empty() {
                writeln!(session.terminal.out)?;
                print_list(&list, format, session.terminal)?;
            }
        }
    }
    Ok(())
}

async fn failures(session: &mut Session<'_>, id: &str) -> Result<Vec<Value>, Failure> {
    let mut failures = Vec::new();
    let mut input = Map::from_iter([("ImportId".to_owned(), Value::from(id))]);
    loop {
        let request = Value::from(input.clone());
        let mut page: Value = session.client.read_trails("ListImportFailures", &request).await?;
        failures.extend(page["Failures"].as_array_mut().map(std::mem::take).unwrap_or_default());
        match page["NextToken"].as_str() {
            Some(token) => input.insert("NextToken".to_owned(), token.into()),
            None => return Ok(failures),
        };
    }
}

/// The counts as lines of words.
fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let Report { import_id, import_status, destination, s3_location_uri, .. } = report;
    let (files, events, digests) = (&report.files, &report.events, &report.digests);
    writeln!(out, "import:     {import_id}")?;
    writeln!(out, "status:     {import_status}")?;
    writeln!(out, "from:       {s3_location_uri}")?;
    writeln!(out, "into:       {destination}")?;
    let Prefixes { found, completed } = report.prefixes;
    writeln!(out, "folders:    {completed} of {found}")?;
    writeln!(out, "log files:  {} of {} imported", files.imported, files.found)?;
    write!(out, "events:     {} imported", events.imported)?;
    if events.expired > 0 {
        write!(out, ", {} older than the store keeps", events.expired)?;
    }
    if events.other > 0 {
        write!(out, ", {} of other categories", events.other)?;
    }
    writeln!(out)?;
    writeln!(out, "digests:    {}", digested(digests))?;
    writeln!(out, "proven:     {}", proven(files, digests))?;
    for (label, entries) in [("failures:", &report.failures), ("remarks:", &report.remarks)] {
        if !entries.is_empty() {
            let entries =
                entries.iter().map(|Entries { error_type, count }| format!("{count} {error_type}"));
            writeln!(out, "{label:12}{}", entries.collect::<Vec<_>>().join(", "))?;
        }
    }
    Ok(())
}

fn digested(digests: &Digests) -> String {
    let Digests { signed, unsigned, refused, unread, start, end } = digests;
    if signed + unsigned + refused + unread == 0 {
        return "none: nobody can say whether files are gone or were changed".to_owned();
    }
    let mut parts = Vec::new();
    for (count, what) in [
        (signed, "with a checked signature"),
        (unsigned, "with the signature of a key that is not known here"),
        (refused, "not believed"),
        (unread, "not read yet"),
    ] {
        if *count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let mut text = parts.join(", ");
    if let Some((start, end)) = start.zip(*end) {
        text += &format!("; from {} to {}", time(start), time(end));
    }
    text
}

fn proven(files: &Files, digests: &Digests) -> String {
    let Files { imported, proven, matched, unlisted, .. } = files;
    let rest = imported.saturating_sub(proven + matched + unlisted);
    let mut parts = vec![format!("{proven} log files are as a signed digest says")];
    if *matched > 0 {
        parts.push(format!("{matched} as a digest says whose signature was not checked"));
    }
    if *unlisted > 0 {
        parts.push(format!("{unlisted} that digests ought to name and do not"));
    }
    if rest > 0 && digests.signed + digests.unsigned > 0 {
        parts.push(format!("{rest} from times that no digest covers"));
    }
    parts.join(", ")
}

fn time(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1000.0) as i64)
}
