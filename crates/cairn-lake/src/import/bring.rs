//! Bringing log files: folder after folder, some files at a time, each portion with its note.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use cairn_core::Timestamp;
use cairn_proof::Key;
use cairn_store::import::{self, Fault, Verdict};
use cairn_store::{StoreError, event_data_store};
use futures_util::StreamExt;
use futures_util::stream;

use super::chain::{self, Coverage};
use super::fault::{ImportError, MISSING_LOG, NO_STORE, fault, refused};
use super::list::KEYS;
use super::logfile::Named;
use super::portion::{Fetched, Portion, Waiting, fetch, unlisted};
use super::scope::{Found, digests_of};
use super::worker::{Step, Work};

/// Stored bytes that are fetched at once, and files of them; one file may be larger.
const WAVE_BYTES: u64 = 8 * 1024 * 1024;
const WAVE_FILES: usize = 32;
const AT_ONCE: usize = 8;
/// How often one file is asked for.
const ATTEMPTS: u32 = 5;
/// How long files are read before what is there is put into the table.
const READING: Duration = Duration::from_millis(500);
/// Failures of one import; with more it ends.
const FAILURES: u64 = 100_000;

/// One folder on its way.
pub(super) struct Course {
    run: u32,
    folder: String,
    /// What the table has, and what digests have said of it.
    brought: HashMap<String, Verdict>,
    /// Names of it that no digest has although digests cover their time; it is not said yet.
    unlisted: Vec<String>,
    /// What digests say there is, and whether it was met.
    named: HashMap<String, (Named, bool)>,
    coverage: Covered,
    queue: VecDeque<Waiting>,
    after: Option<String>,
    listed: bool,
    failed: bool,
    /// Whether the folder is at its end.
    done: bool,
    /// What is older is not kept by the store.
    since: Timestamp,
}

/// What the digests of one account and Region cover.
#[derive(Default)]
struct Covered {
    /// Where they lie.
    digests: String,
    /// `None` where there are none.
    whole: Option<Coverage>,
}

/// One step: a page of the folder's listing, a portion of its files, or its end.
pub(super) async fn step(
    work: &Work<'_>,
    courses: &mut HashMap<i64, Course>,
) -> Result<Step, ImportError> {
    let import = work.import;
    let number = import.number;
    if courses.get(&number).is_none_or(|course| course.done || course.run != import.run) {
        let folders = import::folders(&work.parts.store, number, 1).await?;
        let Some(folder) = folders.into_iter().next() else { return end(work).await };
        let before = courses.remove(&number).filter(|course| course.run == import.run);
        let covered = before.map(|course| course.coverage).unwrap_or_default();
        match Course::open(work, folder.prefix, covered).await? {
            Ok(course) => courses.insert(number, course),
            Err(fault) => return Ok(Step::Failed(fault)),
        };
    }
    let Some(course) = courses.get_mut(&number) else { return Ok(Step::Over) };
    if !course.queue.is_empty() {
        return course.portion(work).await;
    }
    if !course.listed {
        return course.page(work).await;
    }
    course.done = true;
    course.finish(work).await
}

async fn end(work: &Work<'_>) -> Result<Step, ImportError> {
    let mut txn = work.parts.store.begin().await?;
    let Some(status) = import::end(&mut txn, work.import, true).await? else {
        return Ok(Step::Over);
    };
    txn.commit().await?;
    let (id, status) = (work.import.id.as_str(), status.as_str());
    tracing::info!(import = id, status, "an import is at its end");
    Ok(Step::Went)
}

impl Course {
    /// `covered` is of the folder before. `Err` where the store takes no events any more.
    async fn open(
        work: &Work<'_>,
        folder: String,
        covered: Covered,
    ) -> Result<Result<Self, Fault>, ImportError> {
        let (store, import) = (&work.parts.store, work.import);
        let gone = || {
            let text = "the event data store is there no more, or is pending deletion";
            Ok(Err(fault(import.store_arn.clone(), NO_STORE, text)))
        };
        let destination = match event_data_store::by_id(store, &import.store).await {
            Ok(destination) if destination.deleted.is_none() => destination,
            Ok(_) | Err(StoreError::NotFound { .. }) => return gone(),
            Err(error) => return Err(error.into()),
        };
        let kept = u64::from(destination.settings.retention_days) * 24;
        let since = work.parts.clock.now().saturating_sub(Duration::from_hours(kept));
        let brought = import::brought(store, import.number, &folder).await?;
        let named = import::listed_under(store, import.number, &folder).await?;
        let named = named.into_iter().map(|file| {
            let name = file.key[folder.len()..].to_owned();
            (name, (Named { sha256: file.sha256, signed: file.signed }, false))
        });
        let named = named.collect();
        let coverage = coverage(work, &folder, covered).await?;
        Ok(Ok(Self {
            run: import.run,
            folder,
            brought,
            unlisted: Vec::new(),
            named,
            coverage,
            queue: VecDeque::new(),
            after: None,
            listed: false,
            failed: false,
            done: false,
            since,
        }))
    }

    /// Takes up a page of the folder's listing.
    async fn page(&mut self, work: &Work<'_>) -> Result<Step, ImportError> {
        let bucket = &work.import.source.bucket;
        let after = self.after.as_deref();
        let list = work.parts.buckets.list(&work.actor, bucket, &self.folder, after, KEYS);
        let page = match list.await {
            Ok(page) => page,
            Err(error) => return Ok(work.stopped_by(&self.folder, error)),
        };
        self.listed = !page.more || page.objects.is_empty();
        self.after = page.objects.last().map(|object| object.key.clone());
        for object in page.objects {
            let Found::Log { folder, name } = work.scope.find(&object.key) else { continue };
            if folder != self.folder {
                continue;
            }
            let named = self.named.get_mut(name).map(|(_, met)| *met = true).is_some();
            let (name, known) = (name.to_owned(), self.brought.get(name).copied());
            match known {
                Some(Verdict::Compared) => {}
                Some(Verdict::Nothing) if !named && self.ought_to_be_named(&object.key) => {
                    self.unlisted.push(name);
                }
                Some(_) if !named => {}
                _ => self.queue.push_back(Waiting::new(object, name, known.is_some())),
            }
        }
        Ok(Step::Went)
    }

    /// Reads some files, and puts their events into the table.
    async fn portion(&mut self, work: &Work<'_>) -> Result<Step, ImportError> {
        let mut portion = Portion::of(work.import, &self.folder);
        let started = work.parts.clock.elapsed();
        while portion.has_room() && work.parts.clock.elapsed().saturating_sub(started) < READING {
            let wave = self.wave();
            if wave.is_empty() {
                break;
            }
            let (fetches, since) = (wave.into_iter(), self.since);
            let named = |waiting: &Waiting| self.named.get(&waiting.name).map(|(named, _)| *named);
            let fetches = fetches.map(|waiting| (named(&waiting), waiting));
            let fetches = stream::iter(fetches).map(|(named, waiting)| async move {
                (fetch(work, &waiting, named, since).await, waiting)
            });
            let fetched: Vec<(Fetched, Waiting)> = fetches.buffered(AT_ONCE).collect().await;
            for (fetched, waiting) in fetched {
                self.take(work, &mut portion, fetched, waiting);
            }
            if portion.later.is_some() {
                break;
            }
        }
        self.commit(work, portion).await
    }

    /// The next files to fetch.
    fn wave(&mut self) -> Vec<Waiting> {
        let (mut wave, mut bytes) = (Vec::new(), 0);
        while wave.len() < WAVE_FILES
            && let Some(next) = self.queue.front()
        {
            bytes += next.object.size;
            if bytes > WAVE_BYTES && !wave.is_empty() {
                break;
            }
            wave.extend(self.queue.pop_front());
        }
        wave
    }

    fn take(
        &mut self,
        work: &Work<'_>,
        portion: &mut Portion,
        fetched: Fetched,
        mut waiting: Waiting,
    ) {
        let location = work.location(&waiting.object.key);
        match fetched {
            Fetched::Held(holding) => {
                let (named, _) = self.named.get(&waiting.name).copied().unzip();
                let unlisted = named.is_none() && self.ought_to_be_named(&waiting.object.key);
                if waiting.known {
                    portion.confirm(waiting, named);
                } else {
                    portion.add(waiting, holding, named, unlisted.then_some(&location));
                }
                if work.import.run > 1 {
                    portion.note.mended.push(location);
                }
            }
            Fetched::Bad(fault) if waiting.known => portion.deny(waiting, fault),
            Fetched::Bad(fault) => portion.complain(fault),
            Fetched::Later(error) => {
                waiting.attempts += 1;
                if waiting.attempts < ATTEMPTS {
                    self.queue.push_back(waiting);
                } else {
                    portion.complain(refused(location.clone(), &error));
                }
                portion.later = Some((location, error));
            }
        }
    }

    /// Whether digests would name a file if a trail had delivered it.
    fn ought_to_be_named(&self, key: &str) -> bool {
        let Some(coverage) = &self.coverage.whole else { return false };
        match Key::parse(key) {
            Key::Log(log) => coverage.is_whole_at(log.time),
            _ => true,
        }
    }

    async fn commit(&mut self, work: &Work<'_>, portion: Portion) -> Result<Step, ImportError> {
        let Portion { events, note, failed, later } = portion;
        self.failed |= failed;
        let empty = note.files.is_empty() && note.judged.is_empty() && note.faults.is_empty();
        if !empty && !work.parts.sink.bring(&work.import.store, events, &note).await? {
            return Ok(Step::Over);
        }
        match later {
            // What was brought in between says that the source is there.
            Some((location, error)) if empty => Ok(Step::Later { location, error }),
            _ => Ok(Step::Went),
        }
    }

    /// What digests name and nobody met is gone; what was brought and they do not name is told.
    async fn finish(&mut self, work: &Work<'_>) -> Result<Step, ImportError> {
        let import = work.import;
        let mut portion = Portion::of(import, &self.folder);
        for name in self.unlisted.drain(..) {
            portion.note.faults.push(unlisted(work.location(&format!("{}{name}", self.folder))));
            portion.note.counts.unlisted += 1;
            portion.note.judged.push((name, Verdict::Unlisted));
        }
        let gone = self.named.iter().filter(|(_, (_, met))| !met);
        let mut gone: Vec<&String> = gone.map(|(name, _)| name).collect();
        gone.sort_unstable();
        let missing = |name: &String| {
            let location = work.location(&format!("{}{name}", self.folder));
            fault(location, MISSING_LOG, "a digest names this log file, and it is not there")
        };
        let failed = self.failed || !gone.is_empty();
        portion.note.faults.extend(gone.into_iter().map(missing));
        let mut txn = work.parts.store.begin().await?;
        if !import::note(&mut txn, &portion.note).await?
            || !import::finish_folder(&mut txn, import, &self.folder, failed).await?
        {
            return Ok(Step::Over);
        }
        txn.commit().await?;
        if failed {
            let statistics = import::statistics(&work.parts.store, import.number).await?;
            if statistics.failed_entries > FAILURES {
                let text = format!("there are more than {FAILURES} failures");
                let location = work.location(&import.source.prefix);
                return Ok(Step::Failed(fault(location, "TooManyFailures", text)));
            }
        }
        Ok(Step::Went)
    }
}

/// What digests cover of the account and Region that a folder is of.
async fn coverage(work: &Work<'_>, folder: &str, before: Covered) -> Result<Covered, StoreError> {
    let Some(digests) = digests_of(folder) else { return Ok(Covered::default()) };
    if digests == before.digests {
        return Ok(before);
    }
    let found = import::digests(&work.parts.store, work.import.number, &digests).await?;
    let whole = (!found.is_empty()).then(|| chain::judge(&found).coverage);
    Ok(Covered { digests, whole })
}
