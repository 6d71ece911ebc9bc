//! What it costs to ask trails whether they want an event, beside reading the event at all.

use std::fmt::Write;
use std::hint::black_box;

use bytes::Bytes;
use cairn_core::{Clock, SystemClock};
use cairn_event::Event;
use cairn_event::selector::{Fields, Matcher, Quotas, Scope, Selectors};

use crate::Failure;
use crate::events::Generator;

const EVENTS: usize = 20_000;
const TRAILS: usize = 5;
const ROUNDS: usize = 30;

/// Five trails with four advanced selectors each; a third of the events are data events.
pub(crate) fn run() -> Result<(), Failure> {
    let records = records();
    let events: Vec<Event> =
        records.iter().filter_map(|record| Event::parse(record.clone()).ok()).collect();
    let trails: Vec<Matcher> = (0..TRAILS).map(trail).collect::<Result<_, _>>()?;
    let wanted = |event: &Event| trails.iter().filter(|trail| trail.matches(event)).count();
    let hits: usize = events.iter().map(wanted).sum();

    let parse = each(&records, |record| usize::from(Event::parse(record.clone()).is_ok()));
    let alone = each(&events, wanted) / TRAILS as f64;
    let together = each(&events, |event| {
        let fields = Fields::of(event);
        trails.iter().filter(|trail| trail.matches_fields(&fields)).count()
    });
    println!(
        "selectors: {:.0} ns per event and trail, {:.0} ns where {TRAILS} trails share one reading \
         (150 ns aimed at; parsing an event takes {parse:.0} ns); {:.2} trails want an event",
        alone,
        together / TRAILS as f64,
        hits as f64 / events.len() as f64,
    );
    Ok(())
}

fn records() -> Vec<Bytes> {
    let generator = Generator::new(1, SystemClock::default().now());
    let mut records = Vec::with_capacity(EVENTS);
    for at in 0..EVENTS {
        let mut record = Vec::new();
        generator.write(&mut record);
        if at % 3 == 0 {
            record = into_data_event(&record);
        }
        records.push(Bytes::from(record));
    }
    records
}

fn into_data_event(record: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(record)
        .replace("\"managementEvent\":true", "\"managementEvent\":false")
        .replace("\"eventCategory\":\"Management\"", "\"eventCategory\":\"Data\"")
        .replace("AWS::S3::Bucket", "AWS::S3::Object");
    text.into_bytes()
}

/// Each trail takes the objects of some buckets and the writes of management events.
fn trail(number: usize) -> Result<Matcher, Failure> {
    let mut buckets = String::new();
    for bucket in 0..20 {
        let comma = if bucket == 0 { "" } else { "," };
        let _ = write!(buckets, "{comma}\"arn:aws:s3:::data-lake-{:02}\"", number * 20 + bucket);
    }
    let data = "{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]}";
    let document = format!(
        r#"{{"AdvancedEventSelectors":[
            {{"FieldSelectors":[{{"Field":"eventCategory","Equals":["Management"]}},
                {{"Field":"readOnly","Equals":["false"]}},
                {{"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}}]}},
            {{"FieldSelectors":[{data},
                {{"Field":"resources.type","Equals":["AWS::S3::Object"]}},
                {{"Field":"resources.ARN","StartsWith":[{buckets}]}}]}},
            {{"FieldSelectors":[{data},
                {{"Field":"resources.type","Equals":["AWS::S3::Object"]}},
                {{"Field":"eventName","Equals":["DeleteThing{number:03}"]}}]}},
            {{"FieldSelectors":[{data},
                {{"Field":"resources.type","Equals":["AWS::DynamoDB::Table"]}},
                {{"Field":"readOnly","Equals":["false"]}}]}}]}}"#
    );
    let selectors: Selectors = serde_json::from_str(&document)?;
    selectors.validate(Scope::Trail, &Quotas::default())?;
    Ok(Matcher::compile(&selectors))
}

/// Nanoseconds for one of them, in the fastest round.
fn each<T>(list: &[T], test: impl Fn(&T) -> usize) -> f64 {
    let clock = SystemClock::default();
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = clock.elapsed();
        black_box(list.iter().map(|one| test(black_box(one))).sum::<usize>());
        best = best.min(clock.elapsed().saturating_sub(start).as_secs_f64());
    }
    best * 1e9 / list.len() as f64
}
