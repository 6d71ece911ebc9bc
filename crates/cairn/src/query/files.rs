//! Statements over log files, in this process.

use std::path::PathBuf;

use cairn_core::{Clock, SystemClock};
use cairn_event::Piece;
use cairn_lake::{FILES, Files, FilesError};

use super::{Print, Rows};
use crate::client::{Client, Patience};
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::ingest::{Source, each_record, each_record_of};
use crate::session;
use crate::terminal::Terminal;
use crate::verify::{Bucket, encoded};

/// Threads that run a statement.
const THREADS: usize = 2;

/// Reads the places, then runs the statement, or those of standard input.
pub(crate) fn run(
    connect: &ConnectArgs,
    places: &[String],
    memory: usize,
    statement: Option<&str>,
    print: &Print,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let mut files = Files::new(memory);
    let (remote, local): (Vec<&String>, Vec<&String>) =
        places.iter().partition(|place| place.starts_with("s3://"));
    let local: Vec<PathBuf> = local.into_iter().map(PathBuf::from).collect();
    if !local.is_empty() {
        for source in Source::find(&local)? {
            let mut taking = Taking { files: &mut files, full: None };
            let read = each_record(&source, &mut |piece| taking.take(piece));
            taking.end()?;
            if let Err(error) = read {
                terminal.note(format_args!("{}: {error}", source.name()));
            }
        }
    }
    for place in remote {
        session::run(connect, terminal, async |session| {
            fetch(&mut session.client, place, &mut files).await
        })?;
    }
    if terminal.err_is_tty {
        terminal.note(format_args!("{} records", files.count()));
    }
    match statement {
        Some(statement) => ask(&mut files, statement, print, terminal),
        None => {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut std::io::stdin(), &mut text)?;
            for statement in super::shell::statements(&text) {
                ask(&mut files, &statement, print, terminal)?;
            }
            Ok(())
        }
    }
}

fn ask(
    files: &mut Files,
    statement: &str,
    print: &Print,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let statement = statement.replace("$EDS_ID", FILES);
    let now = SystemClock::default().now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Runtime)?;
    let (labels, rows) = runtime.block_on(files.query(&statement, now, THREADS)).map_err(failed)?;
    print.print(&Rows { labels, rows }, terminal)
}

struct Taking<'a> {
    files: &'a mut Files,
    full: Option<FilesError>,
}

impl Taking<'_> {
    /// What is no event is no row; `cairn ingest` would keep it aside.
    fn take(&mut self, piece: Piece) -> bool {
        let Piece::Event(event) = piece else { return true };
        match self.files.push(event.raw()) {
            Ok(_) => true,
            Err(error) => {
                self.full = Some(error);
                false
            }
        }
    }

    fn end(self) -> Result<(), Failure> {
        self.full.map_or(Ok(()), |error| Err(failed(error)))
    }
}

fn failed(error: FilesError) -> Failure {
    Failure::Query(error.to_string())
}

async fn fetch(client: &mut Client, place: &str, files: &mut Files) -> Result<(), Failure> {
    let path = place.trim_start_matches("s3://");
    let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
    let mut client = client.lane(Patience::LONG);
    let objects = Bucket { client: &mut client }.objects(bucket, prefix).await?;
    for object in objects.into_iter().filter(|object| is_log(&object.key)) {
        let path = format!("/{}/{}", encoded(bucket, false), encoded(&object.key, true));
        let (_, body) = client.get(path, None).await?;
        let mut taking = Taking { files: &mut *files, full: None };
        let read = each_record_of(body, &mut |piece| taking.take(piece));
        taking.end()?;
        read.map_err(|error| Failure::Query(format!("s3://{bucket}/{}: {error}", object.key)))?;
    }
    Ok(())
}

/// Digests and proofs lie in folders of their own.
fn is_log(key: &str) -> bool {
    let in_folder = |folder: &str| key.split('/').any(|part| part == folder);
    key.ends_with(".json.gz") && !in_folder("CloudTrail-Digest") && !in_folder("CloudTrail-Proof")
}
