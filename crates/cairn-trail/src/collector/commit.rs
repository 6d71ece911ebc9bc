//! Sealing: the bytes are synced into the spool, then the store takes note of them together with
//! the cursor.

use cairn_core::{Seq, Timestamp};
use cairn_store::delivery::{Listing, LogFile, Notice};
use cairn_store::digest::{Chain, ChainId};
use cairn_store::{PlanStep, Txn, cursor, delivery, digest, trail_plan};

use super::{CURSOR, Collector, Open};
use crate::TrailError;
use crate::lane::Lane;
use crate::plan::Watch;
use crate::shared::{Named, Shared, name_time};
use crate::stream::Finished;

impl Collector {
    /// Seals the window.
    pub(super) async fn close(&self, open: &mut Open) -> Result<(), TrailError> {
        let shared = &self.shared;
        let window = &mut open.window;
        let streams = window.streams();
        let files = finish(window, |_| true).await?;
        let at = cursor::get(&shared.store, CURSOR).await?;
        if window.last() > at {
            let files = self.files(open, files)?;
            let mut txn = shared.store.begin().await?;
            for file in &files {
                delivery::put(&mut txn, file).await?;
            }
            for (account, acct_seq) in &open.window.covered {
                delivery::cover(&mut txn, *account, *acct_seq).await?;
            }
            cursor::advance(&mut txn, CURSOR, open.window.last()).await?;
            txn.commit().await?;
            if !files.is_empty() {
                tracing::debug!(files = files.len(), last = %open.window.last(), "a window is sealed");
                shared.sealed.wake();
            }
        }
        open.window.renew(shared, streams);
        Ok(())
    }

    /// Seals what one trail has, and notes its change.
    pub(super) async fn switch(
        &self,
        open: &mut Open,
        step: &PlanStep,
        seq: Seq,
        before: Option<&Watch>,
        watch: &Watch,
        (after, acct_after): (Seq, u64),
    ) -> Result<(), TrailError> {
        let trail = watch.document.trail.clone();
        let files = finish(&mut open.window, move |watch| watch.document.trail == trail).await?;
        let files = self.files(open, files)?;
        let _turn = self.shared.turn.lock().await;
        let mut txn = self.shared.store.begin().await?;
        for file in &files {
            delivery::put(&mut txn, file).await?;
        }
        trail_plan::apply(&mut txn, step.id, seq).await?;
        delivery::advance(&mut txn, &watch.document.trail, after, acct_after).await?;
        if watch.is_digested() && !before.is_some_and(Watch::is_digested) {
            let logged = before.is_some_and(|watch| watch.document.logging);
            begin_chain(&self.shared, &mut txn, watch, logged, acct_after).await?;
        }
        txn.commit().await?;
        self.shared.note_change();
        Ok(())
    }

    fn files(&self, open: &Open, finished: Vec<Finished>) -> Result<Vec<LogFile>, TrailError> {
        let window = &open.window;
        let (first, end, now) = (window.first(), window.end(), self.shared.time.now());
        let pack = window.pack.as_ref().map(|pack| pack.name.clone()).unwrap_or_default();
        let one = |finished| file(&self.shared, finished, first, (end, now), &pack);
        finished.into_iter().map(one).collect()
    }
}

/// Ends the streams that are asked for; their bytes are durable afterwards.
async fn finish(
    window: &mut super::window::Window,
    wanted: impl Fn(&Watch) -> bool + Clone + Send + 'static,
) -> Result<Vec<Finished>, TrailError> {
    let Some(pack) = window.pack.clone() else { return Ok(Vec::new()) };
    let lanes = std::mem::take(&mut window.lanes);
    let work = lanes.into_iter().map(|mut lane| {
        let (pack, wanted) = (pack.clone(), wanted.clone());
        let work = move || lane.finish(&pack, wanted).map(|done| (lane, done));
        cairn_task::blocking("trail-lane", work)
    });
    let done: std::io::Result<Vec<(Lane, Vec<Finished>)>> =
        futures_util::future::join_all(work).await.into_iter().collect();
    let mut files = Vec::new();
    for (lane, finished) in done? {
        window.lanes.push(lane);
        files.extend(finished);
    }
    if !files.is_empty() {
        cairn_task::blocking("trail-spool", move || pack.sync()).await?;
    }
    Ok(files)
}

fn file(
    shared: &Shared,
    finished: Finished,
    first: Seq,
    (end, now): (Timestamp, Timestamp),
    pack: &str,
) -> Result<LogFile, TrailError> {
    let document = &finished.watch.document;
    let seqs = (first, Seq(finished.last_seq));
    let named = Named {
        document,
        account: finished.watch.account,
        region: &finished.region,
        folder: finished.folder,
        time: name_time(end),
        seqs,
        sha256: &finished.sealed.sha256,
    };
    Ok(LogFile {
        id: 0,
        key: shared.log_key(&named, 0)?,
        trail: document.trail.clone(),
        account: finished.watch.account,
        region: finished.region.to_string(),
        folder: finished.folder.to_owned(),
        bucket: document.bucket.clone(),
        seqs,
        acct_seqs: finished.acct_seqs,
        records: finished.sealed.records,
        bytes: finished.sealed.bytes,
        sha256: *finished.sealed.sha256.as_bytes(),
        gzip_bytes: finished.sealed.gzip_bytes,
        gzip_sha256: *finished.sealed.gzip_sha256.as_bytes(),
        times: finished.times,
        closed: now,
        pack: pack.to_owned(),
        extents: finished.extents,
        block_bytes: finished.block as u64,
        level: shared.settings.level,
        delivered: None,
        etag: None,
        version: None,
        notice: match document.sns_topic_arn {
            Some(_) => Notice::Due,
            None => Notice::Nobody,
        },
        listing: if finished.watch.is_digested() { Listing::Due } else { Listing::Never },
    })
}

/// The chain of the home Region begins with the record of the change; those of other Regions begin
/// with their first file.
async fn begin_chain(
    shared: &Shared,
    txn: &mut Txn,
    watch: &Watch,
    logged: bool,
    acct_after: u64,
) -> Result<(), TrailError> {
    let document = &watch.document;
    let chains = digest::chains(&shared.store, &document.trail).await?;
    let now = Timestamp::from_seconds(shared.time.now().seconds());
    let mut begun = false;
    let home = |chain: &Chain| chain.id.region == document.home_region && !chain.id.backfill;
    for chain in chains.iter().filter(|chain| home(chain)) {
        begun = true;
        // One that was not ended yet goes on.
        if chain.ended.is_some() {
            let started = now.max(chain.until);
            let chain = Chain {
                reason: reason(logged),
                started,
                ended: None,
                fresh: true,
                until: started,
                covered: acct_after,
                ..chain.clone()
            };
            digest::put_chain(txn, &chain).await?;
        }
    }
    if !begun {
        let id = ChainId {
            trail: document.trail.clone(),
            account: watch.account,
            region: document.home_region.clone(),
            backfill: false,
        };
        let chain = Chain {
            id,
            reason: reason(logged),
            started: now,
            ended: None,
            fresh: true,
            until: now,
            position: 0,
            covered: acct_after,
            previous: None,
        };
        digest::put_chain(txn, &chain).await?;
    }
    Ok(())
}

/// Why a chain starts: validation was turned on while the trail logged, or logging began.
fn reason(logged: bool) -> String {
    if logged { "validation-enabled" } else { "start-logging" }.to_owned()
}
