//! What statements mean, over tables in memory.
//!
//! `tests/cases.txt` holds statements and what they give: lines after `> ` are a statement, the
//! line after it the labels, then the rows; `! ` is a refusal. `CAIRN_LAKE_CASES` names a file that
//! is written with what comes out.

mod fixture;
mod random;
mod suite;

use std::fmt::Write as _;

use serde_json::Value;

use fixture::{Stores, events, optimized, run, table, with_copies, within};

const A: &str = "5e2676f8-9fce-46ef-8142-3e36a94e6691";
const B: &str = "c0ffee00-0000-4000-8000-00000000000b";

fn stores() -> Stores {
    let records = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| {
                let mut record: Value = serde_json::from_str(line).unwrap();
                record["eventjson"] = Value::String(line.to_owned());
                record["_seq"] = Value::from(7);
                with_copies(record)
            })
            .collect()
    };
    Stores(vec![
        (A.into(), table(events(), &records(include_str!("tests/records.jsonl")))),
        (B.into(), table(events(), &records(include_str!("tests/other.jsonl")))),
    ])
}

/// The statements of the cases.
fn statements() -> Vec<String> {
    let blocks = include_str!("tests/cases.txt").split("\n\n");
    let statement = |block: &str| {
        let lines: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("> ")).collect();
        lines.join("\n").replace("$A", A).replace("$B", B)
    };
    blocks.map(statement).filter(|statement| !statement.is_empty()).collect()
}

#[tokio::test]
async fn statements_give_their_rows() {
    let cases = include_str!("tests/cases.txt");
    let stores = stores();
    let mut came_out = String::new();
    for block in cases.split("\n\n") {
        let statement: Vec<&str> =
            block.lines().filter_map(|line| line.strip_prefix("> ")).collect();
        if statement.is_empty() {
            writeln!(came_out, "{}\n", block.trim_end()).unwrap();
            continue;
        }
        let sql = statement.join("\n").replace("$A", A).replace("$B", B);
        for line in &statement {
            writeln!(came_out, "> {line}").unwrap();
        }
        match run(&sql, &stores).await {
            Err(refused) => writeln!(came_out, "! {refused}\n").unwrap(),
            Ok(answer) => {
                writeln!(came_out, "{}", answer.labels.join(" | ")).unwrap();
                answer.lines().iter().for_each(|line| writeln!(came_out, "{line}").unwrap());
                came_out.push('\n');
            }
        }
    }
    let came_out = format!("{}\n", came_out.trim_end());
    if let Ok(path) = std::env::var("CAIRN_LAKE_CASES") {
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, came_out.as_bytes()))
            .unwrap();
    }
    for (expected, came) in cases.split("\n\n").zip(came_out.split("\n\n")) {
        assert_eq!(came.trim_end(), expected.trim_end());
    }
    assert_eq!(came_out.split("\n\n").count(), cases.split("\n\n").count());
}

#[test]
fn plans_read_what_they_need() {
    let stores = stores();
    let cases = [
        (
            "SELECT userIdentity.arn, eventName FROM $A WHERE responseElements.ConsoleLogin = \
             'Failure' AND eventTime > '2026-04-18T00:00:00Z' ORDER BY eventTime DESC LIMIT 100",
            &[
                "projection=[eventtime, eventname, _useridentity_arn, \
                 _responseelements_consolelogin]",
                "eventtime > TimestampMicrosecond(1776470400000000, None)",
            ][..],
        ),
        (
            "SELECT count(*) FROM $A WHERE userIdentity.arn IN ('x', 'y') AND eventTime BETWEEN \
             '2026-04-18' AND current_timestamp - INTERVAL '1' DAY",
            &[
                "projection=[eventtime, _useridentity_arn]",
                "_useridentity_arn = Utf8(\"x\")",
                "eventtime <= TimestampMicrosecond(1776600000000000, None)",
            ],
        ),
        (
            "SELECT eventID, r.arn FROM $A CROSS JOIN UNNEST(resources) AS t(r) WHERE eventTime > \
             from_iso8601_timestamp('2026-04-19T00:00:00Z')",
            &[
                "projection=[eventtime, eventid, resources]",
                "Filter: 5e2676f8-9fce-46ef-8142-3e36a94e6691.eventtime > TimestampMicrosecond(",
            ],
        ),
        (
            "SELECT r.arn, count(*) FROM $A CROSS JOIN UNNEST(resources) AS t(r) WHERE \
             userIdentity.arn = 'x' GROUP BY r.arn",
            &["projection=[resources, _useridentity_arn]"],
        ),
        (
            "WITH x AS (SELECT eventID, userIdentity FROM $A) SELECT eventID FROM x WHERE \
             userIdentity.arn = 'x'",
            &["_useridentity_arn = Utf8(\"x\")", "projection=[eventid, _useridentity_arn]"],
        ),
        (
            "SELECT u.arn, count(*) FROM (SELECT userIdentity AS u FROM $A WHERE eventName = 'x') \
             GROUP BY u.arn",
            &["eventname = Utf8(\"x\")", "projection=[eventname, _useridentity_arn]"],
        ),
        (
            "SELECT s.u.arn FROM (SELECT eventName AS u FROM $A) t JOIN (SELECT userIdentity AS u \
             FROM $A) s ON t.u = s.u.arn WHERE s.u.arn = 'x'",
            &["projection=[eventname]", "projection=[_useridentity_arn]"],
        ),
        (
            "SELECT a.eventID FROM $A a JOIN $B b ON a.userIdentity.arn = b.userIdentity.arn",
            &["Inner Join: a._useridentity_arn = b._useridentity_arn"],
        ),
        (
            "SELECT userIdentity.arn, count(*) FROM $A GROUP BY userIdentity.arn ORDER BY 2",
            &["projection=[_useridentity_arn]"],
        ),
        (
            "SELECT eventID FROM $A WHERE responseElements.ConsoleLogin = 'Failure' AND \
             TRY(element_at(responseElements, 'ConsoleLogin')) IS NOT NULL",
            &["projection=[eventid, _responseelements_consolelogin]"],
        ),
        (
            "SELECT a.eventID FROM $A a WHERE a.responseElements['ConsoleLogin'] = 'Failure' OR \
             element_at(a.responseElements, 'consoleLogin') = 'Failure'",
            &["projection=[responseelements, eventid]"],
        ),
        (
            "SELECT count(*) FROM $A WHERE readOnly = 'true' AND sessionCredentialFromConsole = \
             true",
            &["readonly AND", "sessioncredentialfromconsole = Utf8(\"true\")"],
        ),
        // What files are pruned by stays beside what may fail, and around nothing.
        (
            "SELECT eventID FROM $A WHERE eventTime > '2026-04-18T00:00:00Z' AND \
             CAST(apiVersion AS date) > date '2026-01-01' AND userIdentity.arn = 'x' AND \
             eventTime < from_iso8601_timestamp('2026-04-19T00:00:00Z')",
            &[
                "Filter: 5e2676f8-9fce-46ef-8142-3e36a94e6691.eventtime > ",
                "TimestampMicrosecond(1776470400000000, None) AND CAST(",
                "AND 5e2676f8-9fce-46ef-8142-3e36a94e6691._useridentity_arn = Utf8(\"x\") AND",
            ],
        ),
        (
            "SELECT eventID FROM $A WHERE CAST(eventTime AS date) = date '2026-04-18' AND \
             lower(eventName) = 'x' AND element_at(requestParameters, 'a') = 'b'",
            &["AND lake_lower("],
        ),
    ];
    for (sql, parts) in cases {
        let plan = optimized(&sql.replace("$A", A).replace("$B", B), &stores);
        for part in parts {
            assert!(plan.contains(part), "{part} is not in\n{plan}");
        }
    }
}

/// Each of these would take gigabytes before anyone looked at what came out.
#[tokio::test]
async fn what_is_too_much_is_not_made_first() {
    let stores = stores();
    let big = "(SELECT lpad(eventID, 1000000, 'xy') AS big FROM $A LIMIT 1)";
    let cases = [
        "SELECT length(array_join(sequence(1, 10000), big)) FROM {big}",
        "SELECT cardinality(transform(sequence(1, 10000), x -> big)) FROM {big}",
        "SELECT cardinality(filter(sequence(1, 10000), x -> length(big) > x)) FROM {big}",
        "SELECT length(regexp_replace(big, 'x', big)) FROM {big}",
        "SELECT length(regexp_replace(big, 'x', x -> big)) FROM {big}",
        "SELECT length(replace(big, 'x', big)) FROM {big}",
        "SELECT cardinality(repeat(big, 10000)) FROM {big}",
        "SELECT cardinality(split(big, 'x')) FROM {big}",
        "SELECT cardinality(regexp_split(big, 'x')) FROM {big}",
        "SELECT cardinality(regexp_extract_all(big, 'x')) FROM {big}",
    ];
    for sql in cases {
        let sql = sql.replace("{big}", big).replace("$A", A);
        let refused = within(2_000_000, &sql, &stores).await.err();
        let said = refused.unwrap_or_else(|| panic!("{sql} was not refused"));
        assert!(said.contains("Query exhausted resources at this scale factor"), "{sql}: {said}");
    }
}
