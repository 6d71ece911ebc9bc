//! Files again, from the journal: what a bucket lost is put back under its old key.

use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{Seq, Timestamp};
use cairn_event::selector::folder;
use cairn_proof::{Deflater, LogFileWriter, Sha256};
use cairn_store::delivery::LogFile;
use cairn_store::{PlanStep, delivery, digest, trail_plan};

use crate::TrailError;
use crate::plan::Watch;
use crate::shared::Shared;

/// Records read at a time.
const BATCH: usize = 2048;
/// Files that are looked at at a time.
const FILES: usize = 256;

/// What is on its way again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redelivered {
    pub files: u64,
    pub digests: u64,
    /// Files whose bytes are not the ones that digests name, because the version of Cairn that made
    /// them compressed in another way: their records are the same.
    pub recompressed: u64,
}

pub(crate) async fn redeliver(
    shared: &Arc<Shared>,
    trail: &str,
    span: (Timestamp, Timestamp),
) -> Result<Redelivered, TrailError> {
    let mut done = Redelivered::default();
    let mut after = 0;
    loop {
        let files = delivery::of_windows(&shared.store, trail, span, after, FILES).await?;
        let Some(last) = files.last() else { break };
        after = last.id;
        for file in files.iter().filter(|file| file.delivered.is_some()) {
            done.recompressed += u64::from(put_back(shared, file).await?);
            done.files += 1;
        }
    }
    let mut txn = shared.store.begin().await?;
    done.digests = digest::again(&mut txn, trail, span).await?;
    txn.commit().await?;
    shared.sealed.wake();
    Ok(done)
}

/// Brings one file on its way; whether its bytes had to be others.
async fn put_back(shared: &Arc<Shared>, file: &LogFile) -> Result<bool, TrailError> {
    let bytes = rebuild(shared, file).await?;
    let recompressed = *Sha256::of(&bytes).as_bytes() != file.gzip_sha256;
    let spool = shared.spool.clone();
    let written = cairn_task::blocking("trail-spool", move || {
        let pack = spool.create()?;
        let extent = pack.append(&bytes)?;
        pack.sync().map(|()| (pack, extent))
    });
    let (pack, extent) = written.await?;
    let mut txn = shared.store.begin().await?;
    delivery::again(&mut txn, file.id, &pack.name, extent).await?;
    txn.commit().await?;
    Ok(recompressed)
}

/// A file's bytes, made from the journal as the collector made them.
pub(crate) async fn rebuild(shared: &Arc<Shared>, file: &LogFile) -> Result<Bytes, TrailError> {
    let steps = trail_plan::history(&shared.store, &file.trail).await?;
    let (shared, file) = (shared.clone(), file.clone());
    cairn_task::blocking("trail-rebuild", move || again(&shared, &steps, &file)).await
}

fn again(shared: &Shared, steps: &[PlanStep], file: &LogFile) -> Result<Bytes, TrailError> {
    let gone = || TrailError::Gone { key: file.key.clone(), first: file.seqs.0, last: file.seqs.1 };
    let mut watches: Vec<(Seq, Watch)> = Vec::new();
    let mut newest = None;
    for step in steps {
        let Some(applied) = step.applied else { continue };
        // What was met after a later change had no effect.
        if newest.is_none_or(|newest| newest < step.id) {
            newest = Some(step.id);
            watches.push((applied, Watch::of(step.document.clone(), Seq::ZERO)?));
        }
    }
    // What names no Region was put where the trail is at home.
    let home = watches.first().map(|(_, watch)| &watch.document.home_region);
    let at_home = home.is_some_and(|home| *home == file.region);
    let mut out = Vec::with_capacity(file.gzip_bytes as usize);
    let mut writer = LogFileWriter::with_block_bytes(file.block_bytes as usize, &mut out);
    let mut deflater = Deflater::new(file.level);
    let mut reader = shared.journal.reader(file.seqs.0);
    'all: while let Some(records) = reader.next(BATCH)? {
        for record in &*records {
            if record.seq > file.seqs.1 {
                break 'all;
            }
            if record.account != file.account
                || !(file.acct_seqs.0..=file.acct_seqs.1).contains(&record.acct_seq)
            {
                continue;
            }
            let Some(event) = record.event() else { continue };
            // A step's own record belongs to whichever side selects it.
            let before = watches.iter().rev().find(|(applied, _)| *applied < record.seq);
            let own = watches.iter().find(|(applied, _)| *applied == record.seq);
            let selected =
                [before, own].into_iter().flatten().any(|(_, watch)| watch.selects(&event));
            let region = event.region();
            let named = *region == *file.region.as_str();
            let strange = at_home && region.parse::<cairn_core::Region>().is_err();
            if selected
                && folder(event.category()) == Some(file.folder.as_str())
                && (named || strange)
            {
                writer.push(&record.raw, &mut deflater, &mut out);
            }
        }
    }
    let sealed = writer.finish(&mut deflater, &mut out);
    if *sealed.sha256.as_bytes() != file.sha256 {
        return Err(gone());
    }
    Ok(out.into())
}
