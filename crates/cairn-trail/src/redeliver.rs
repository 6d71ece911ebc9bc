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
    for file in delivery::of_windows(&shared.store, trail, span).await? {
        if file.delivered.is_none() {
            continue;
        }
        let bytes = rebuild(shared, &file).await?;
        done.recompressed += u64::from(*Sha256::of(&bytes).as_bytes() != file.gzip_sha256);
        let pack = shared.spool.create_aside()?;
        let name = pack.name.clone();
        let extent = cairn_task::blocking("trail-spool", move || {
            let extent = pack.append(&bytes)?;
            pack.sync().map(|()| extent)
        });
        let extent = extent.await?;
        let mut txn = shared.store.begin().await?;
        delivery::again(&mut txn, file.id, &name, extent).await?;
        txn.commit().await?;
        done.files += 1;
    }
    let mut txn = shared.store.begin().await?;
    done.digests = digest::again(&mut txn, trail, span).await?;
    txn.commit().await?;
    shared.sealed.wake();
    Ok(done)
}

/// A file's bytes, made from the journal as the collector made them.
pub(crate) async fn rebuild(shared: &Arc<Shared>, file: &LogFile) -> Result<Bytes, TrailError> {
    let steps = trail_plan::history(&shared.store, &file.trail).await?;
    let (shared, file) = (shared.clone(), file.clone());
    cairn_task::blocking("trail-rebuild", move || again(&shared, &steps, &file)).await
}

fn again(shared: &Shared, steps: &[PlanStep], file: &LogFile) -> Result<Bytes, TrailError> {
    let gone = || TrailError::Gone { key: file.key.clone(), first: file.seqs.0, last: file.seqs.1 };
    let watches: Vec<(Seq, Watch)> = steps
        .iter()
        .filter_map(|step| Some((step.applied?, step.document.clone())))
        .map(|(seq, document)| Ok((seq, Watch::of(document, Seq::ZERO)?)))
        .collect::<Result<_, TrailError>>()?;
    let mut out = Vec::with_capacity(file.gzip_bytes as usize);
    let mut writer = LogFileWriter::with_block_bytes(file.block_bytes as usize, &mut out);
    let mut deflater = Deflater::new(shared.settings.level);
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
            let named = *event.region() == *file.region.as_str();
            let strange = event.region().parse::<cairn_core::Region>().is_err();
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
