//! Prints what matching an event costs:
//! `cargo run --release -p cairn-event --example selector_speed -- PATH`.
//!
//! The argument is a file of records, one per line, or a directory of such files.

use std::ffi::OsStr;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cairn_core::{Clock, SystemClock};
use cairn_event::selector::{Fields, Matcher, Selectors};
use cairn_event::{Category, Event};

const ROUNDS: usize = 200;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let Some(path) = std::env::args_os().nth(1) else {
        return writeln!(out, "selector_speed FILE-OR-DIRECTORY");
    };
    let events = read(Path::new(&path))?;
    let data = events.iter().filter(|event| event.category() == Category::Data).count();
    writeln!(out, "{} events, {data} of them data events", events.len())?;

    let mut matchers = Vec::new();
    for (name, selectors) in typical() {
        let matcher = Matcher::compile(&selectors);
        let hits = events.iter().filter(|event| matcher.matches(event)).count();
        let each = nanoseconds(&events, |event| matcher.matches(event));
        writeln!(out, "{name:44} {each:6.1} ns/event, {hits} match")?;
        matchers.push(matcher);
    }
    let all = nanoseconds(&events, |event| {
        let fields = Fields::of(event);
        let hits = matchers.iter().filter(|matcher| matcher.matches_fields(&fields)).count();
        hits % 2 == 0
    });
    let each = all / matchers.len() as f64;
    let name = format!("all {} over one reading of the event", matchers.len());
    writeln!(out, "{name:44} {each:6.1} ns/event and trail")
}

fn read(path: &Path) -> std::io::Result<Vec<Event>> {
    let mut files: Vec<PathBuf> = vec![path.to_owned()];
    if path.is_dir() {
        files = std::fs::read_dir(path)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_, std::io::Error>>()?;
        files.retain(|file| file.extension() == Some(OsStr::new("jsonl")));
        files.sort();
    }
    let mut events = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)?;
        let lines = text.lines().map(|line| Bytes::copy_from_slice(line.as_bytes()));
        events.extend(lines.flat_map(Event::parse));
    }
    Ok(events)
}

fn typical() -> Vec<(&'static str, Selectors)> {
    let names: Vec<String> = (0..400).map(|at| format!("\"arn:aws:s3:::bucket-{at}/\"")).collect();
    let many = format!(
        r#"{{"AdvancedEventSelectors":[{{"FieldSelectors":[
            {{"Field":"eventCategory","Equals":["Data"]}},
            {{"Field":"resources.type","Equals":["AWS::S3::Object"]}},
            {{"Field":"resources.ARN","NotStartsWith":[{}]}}]}}]}}"#,
        names.join(",")
    );
    let documents = [
        ("default", r#"{"EventSelectors":[{}]}"#),
        (
            "basic: writes, without KMS",
            r#"{"EventSelectors":[{"ReadWriteType":"WriteOnly",
                "ExcludeManagementEventSources":["kms.amazonaws.com"]}]}"#,
        ),
        (
            "basic: management, two buckets, all functions",
            r#"{"EventSelectors":[{"DataResources":[
                {"Type":"AWS::S3::Object","Values":["arn:aws:s3:::logs/","arn:aws:s3:::data/x"]},
                {"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}]}]}"#,
        ),
        (
            "advanced: one bucket's objects",
            r#"{"AdvancedEventSelectors":[{"FieldSelectors":[
                {"Field":"eventCategory","Equals":["Data"]},
                {"Field":"resources.type","Equals":["AWS::S3::Object"]},
                {"Field":"resources.ARN","StartsWith":["arn:aws:s3:::sensitive/"]}]}]}"#,
        ),
        ("advanced: all but 400 buckets", &many),
        (
            "advanced: four selectors of a data store",
            r#"{"AdvancedEventSelectors":[
                {"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},
                    {"Field":"readOnly","Equals":["false"]},
                    {"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}]},
                {"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},
                    {"Field":"userIdentity.arn","EndsWith":["/admin","/root"]}]},
                {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},
                    {"Field":"resources.type","Equals":["AWS::S3::Object"]},
                    {"Field":"eventName","Equals":["DeleteObject","PutObject"]}]},
                {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},
                    {"Field":"resources.type","Equals":["AWS::DynamoDB::Table"]},
                    {"Field":"sessionCredentialFromConsole","Equals":["true"]}]}]}"#,
        ),
    ];
    let parsed = documents.map(|(name, document)| {
        (name, serde_json::from_str(document).expect("the documents above are valid"))
    });
    parsed.into()
}

/// The fastest round, for each event.
fn nanoseconds(events: &[Event], test: impl Fn(&Event) -> bool) -> f64 {
    let clock = SystemClock::default();
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = clock.elapsed();
        black_box(events.iter().filter(|event| test(black_box(event))).count());
        best = best.min(clock.elapsed().saturating_sub(start).as_secs_f64());
    }
    best * 1e9 / events.len() as f64
}
