//! GetImportReport: all that an import counted, and what digests vouch for of it.

use cairn_api::EpochSeconds;
use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_store::Import;
use cairn_store::import::{self, Figures};
use cairn_wire::Fault;
use serde::{Deserialize, Serialize};

use super::decode;
use crate::Services;
use crate::fault::store_fault;
use crate::import::find;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    import_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    import_id: String,
    import_status: &'static str,
    destination: String,
    s3_location_uri: String,
    created: EpochSeconds,
    updated: EpochSeconds,
    /// Starts and retries.
    runs: u32,
    prefixes: Prefixes,
    files: Files,
    events: Events,
    digests: Digests,
    /// Entries that stand, by their types; then those that are no failures or no longer ones.
    failures: Vec<Entries>,
    remarks: Vec<Entries>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Prefixes {
    found: u64,
    completed: u64,
}

/// Log files.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Files {
    found: u64,
    imported: u64,
    /// With the hash of a digest whose signature was checked.
    proven: u64,
    /// With the hash of a digest whose key nobody here knows.
    matched: u64,
    /// That no digest names although digests cover their time.
    unlisted: u64,
    /// Text.
    bytes: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Events {
    imported: u64,
    /// Left out: older than the store keeps.
    expired: u64,
    /// Left out: of categories that the store does not have.
    other: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Digests {
    signed: u64,
    unsigned: u64,
    refused: u64,
    unread: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<EpochSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<EpochSeconds>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entries {
    error_type: String,
    count: u64,
}

pub(crate) async fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(&call.body)?;
    let found = find(&services.store, call, &input.import_id).await;
    let import = found
        .map_err(|refusal| Fault::client(format!("{:?}Exception", refusal.why), refusal.text))?;
    let figures = import::figures(&services.store, import.number).await;
    let output = output(&import, figures.map_err(|error| store_fault(&error))?);
    let trace = Trace {
        request_parameters: request_parameters(&call.body, &[]),
        read_only: true,
        ..Trace::default()
    };
    Ok(Done::json(call, &output, trace))
}

fn output(import: &Import, figures: Figures) -> Output {
    let Figures { statistics, files_found, counts, digests, covered, failures, remarks } = figures;
    let [unread, signed, unsigned, refused] = digests;
    let entries = |found: Vec<(String, u64)>| {
        found.into_iter().map(|(error_type, count)| Entries { error_type, count }).collect()
    };
    Output {
        import_id: import.id.clone(),
        import_status: import.status.as_str(),
        destination: import.store_arn.clone(),
        s3_location_uri: import.source.uri.clone(),
        created: import.created.into(),
        updated: import.updated.into(),
        runs: import.run,
        prefixes: Prefixes {
            found: statistics.prefixes_found,
            completed: statistics.prefixes_completed,
        },
        files: Files {
            found: files_found,
            imported: counts.files,
            proven: counts.proven,
            matched: counts.matched,
            unlisted: counts.unlisted,
            bytes: counts.bytes,
        },
        events: Events { imported: counts.events, expired: counts.expired, other: counts.other },
        digests: Digests {
            signed,
            unsigned,
            refused,
            unread,
            start: covered.map(|(start, _)| start.into()),
            end: covered.map(|(_, end)| end.into()),
        },
        failures: entries(failures),
        remarks: entries(remarks),
    }
}
