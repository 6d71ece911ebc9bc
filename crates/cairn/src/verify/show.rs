//! How a report is shown.

use cairn_proof::verify::{Finding, Report, Verdict};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// One line a finding, then a summary
    Text,
    /// One JSON document
    Json,
}

/// Shows the report; a verdict other than ok is the command's failure.
pub(crate) fn show(report: &Report, form: Form, terminal: &mut Terminal) -> Result<(), Failure> {
    match form {
        Form::Text => text(report, terminal)?,
        Form::Json => {
            let document = serde_json::to_string_pretty(&document(report));
            let document = document.expect("texts and numbers are always JSON");
            writeln!(terminal.out, "{document}")?;
        }
    }
    match report.verdict() {
        Verdict::Ok => Ok(()),
        verdict => Err(Failure::Verdict(verdict)),
    }
}

fn text(report: &Report, terminal: &mut Terminal) -> Result<(), Failure> {
    let out = &mut terminal.out;
    for finding in &report.findings {
        writeln!(out, "{}: {finding}", finding.fault.verdict().as_str())?;
    }
    if !report.findings.is_empty() {
        writeln!(out)?;
    }
    let counts = &report.counts;
    if let Some((start, end)) = report.found {
        writeln!(out, "period:    {start} to {end}")?;
    }
    writeln!(
        out,
        "verified:  {} digests and {} proofs in {} chains; {} log files, {} records",
        counts.digests, counts.proofs, counts.chains, counts.files, counts.records
    )?;
    if counts.pending > 0 {
        writeln!(out, "pending:   {} log files that no digest names yet", counts.pending)?;
    }
    if counts.uncovered > 0 {
        let text = "log files from times without validation";
        writeln!(out, "uncovered: {} {text}", counts.uncovered)?;
    }
    for line in report.not_covered {
        writeln!(out, "not said:  {line}")?;
    }
    let (verdict, count) = (report.verdict().as_str(), report.findings.len());
    match count {
        0 => writeln!(out, "verdict:   {verdict}")?,
        1 => writeln!(out, "verdict:   {verdict}, 1 finding")?,
        _ => writeln!(out, "verdict:   {verdict}, {count} findings")?,
    }
    Ok(())
}

fn document(report: &Report) -> Value {
    let counts = &report.counts;
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let found = report
        .found
        .map(|(start, end)| json!({"start": start.to_string(), "end": end.to_string()}));
    json!({
        "verdict": report.verdict().as_str(),
        "exitCode": report.exit_code(),
        "findings": findings,
        "period": found,
        "counts": {
            "chains": counts.chains,
            "digests": counts.digests,
            "proofs": counts.proofs,
            "logFiles": counts.files,
            "records": counts.records,
            "textBytes": counts.text_bytes,
            "storedBytes": counts.stored_bytes,
            "pending": counts.pending,
            "uncovered": counts.uncovered,
        },
        "notCovered": report.not_covered,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "verdict": finding.fault.verdict().as_str(),
        "code": finding.fault.code(),
        "bucket": finding.bucket,
        "key": finding.object,
        "offset": finding.offset,
        "text": finding.fault.to_string(),
    })
}
