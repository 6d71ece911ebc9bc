//! The files of a query's result, and how what was found about them is shown.

use std::path::Path;

use cairn_core::Region;
use cairn_proof::result_sign::{Checked, Found, SIGN_FILE, check};
use cairn_proof::verify::{Object, Source, Verdict};
use cairn_proof::{KeyWindow, Sha256};
use serde_json::{Value, json};

use super::{Form, VerifyError};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Everything that lies where a result is.
#[derive(Debug, Default)]
pub(crate) struct Files {
    sign: Option<Vec<u8>>,
    found: Vec<Found>,
}

impl Files {
    /// What lies in a directory. Directories in it are no part of a result.
    pub(crate) fn read(dir: &Path) -> Result<Self, VerifyError> {
        let failed = |error| VerifyError::Unreadable { path: dir.to_owned(), error };
        let mut files = Self::default();
        for entry in std::fs::read_dir(dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            files.add(name, std::fs::read(entry.path()).ok());
        }
        files.found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// The newest versions of the objects in a folder of a bucket.
    pub(crate) fn fetch(
        objects: &[Object],
        folder: &str,
        source: &impl Source,
    ) -> Result<Self, Failure> {
        let mut files = Self::default();
        for object in objects.iter().filter(|object| object.latest && !object.marker) {
            let name = object.key.strip_prefix(folder).unwrap_or(&object.key).to_owned();
            let fetched = source.fetch(&object.bucket, &object.key, None);
            files.add(name, fetched.ok().flatten().map(|fetched| fetched.bytes));
        }
        Ok(files)
    }

    /// The Region that the sign file names, true or not.
    pub(crate) fn region(&self) -> Option<Region> {
        let sign: Value = serde_json::from_slice(self.sign.as_ref()?).ok()?;
        sign["region"].as_str()?.parse().ok()
    }

    pub(crate) fn check(&self, keys: &[KeyWindow]) -> Checked {
        check(self.sign.as_deref(), &self.found, keys)
    }

    fn add(&mut self, name: String, bytes: Option<Vec<u8>>) {
        match (&*name, bytes) {
            (SIGN_FILE, Some(bytes)) => self.sign = Some(bytes),
            (SIGN_FILE, None) => {}
            (_, bytes) => {
                let sha256 = bytes.map(|bytes| Sha256::of(&bytes));
                self.found.push(Found { name, sha256 });
            }
        }
    }
}

/// Shows what was found; a verdict other than ok is the command's failure.
pub(crate) fn show_result(
    checked: &Checked,
    form: Form,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    match form {
        Form::Text => text(checked, terminal)?,
        Form::Json => {
            let document = serde_json::to_string_pretty(&document(checked));
            let document = document.expect("texts and numbers are always JSON");
            writeln!(terminal.out, "{document}")?;
        }
    }
    match checked.verdict() {
        Verdict::Ok => Ok(()),
        verdict => Err(Failure::Verdict(verdict)),
    }
}

fn text(checked: &Checked, terminal: &mut Terminal) -> Result<(), Failure> {
    let out = &mut terminal.out;
    for fault in &checked.faults {
        writeln!(out, "{}: {fault}", fault.verdict().as_str())?;
    }
    if !checked.faults.is_empty() {
        writeln!(out)?;
    }
    if let (Some(completed), Some(region)) = (checked.completed, &checked.region) {
        writeln!(out, "query:     completed {completed} in {region}")?;
    }
    if let Some(fingerprint) = &checked.fingerprint {
        writeln!(out, "key:       {fingerprint}")?;
    }
    writeln!(out, "verified:  {} files", checked.intact)?;
    let (verdict, count) = (checked.verdict().as_str(), checked.faults.len());
    match count {
        0 => writeln!(out, "verdict:   {verdict}")?,
        1 => writeln!(out, "verdict:   {verdict}, 1 finding")?,
        _ => writeln!(out, "verdict:   {verdict}, {count} findings")?,
    }
    Ok(())
}

fn document(checked: &Checked) -> Value {
    let finding = |fault: &cairn_proof::result_sign::ResultFault| {
        json!({
            "verdict": fault.verdict().as_str(),
            "code": fault.code(),
            "text": fault.to_string(),
        })
    };
    let findings: Vec<Value> = checked.faults.iter().map(finding).collect();
    json!({
        "verdict": checked.verdict().as_str(),
        "exitCode": checked.verdict().exit_code(),
        "findings": findings,
        "region": checked.region.as_ref().map(ToString::to_string),
        "completed": checked.completed.map(|time| time.to_string()),
        "key": checked.fingerprint,
        "files": checked.intact,
    })
}
