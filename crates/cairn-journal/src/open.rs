//! Opening a journal: make it, or find out where it ends. Making and opening are two ways that
//! never meet: a journal that lost files must not look like a new one.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use cairn_core::Seq;
use tokio::sync::watch;

use crate::archive::Archive;
use crate::defect::{Defect, Planted};
use crate::format::SECTOR;
use crate::format::marker::{Marker, MarkerFault};
use crate::format::segment::SegmentHeader;
use crate::ids::Ids;
use crate::queue::Queue;
use crate::ring::Ring;
use crate::segment::{self, Active, Between, Counters, Edge, Left, Sealed};
use crate::shared::{Chores, Parts, Shared};
use crate::writer::Start;
use crate::{Damage, Disk, Fault, OpenError, Settings, Stats};

const LOCK: &str = "lock";
const MARKER: &str = "journal";

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// True where there was no journal and one was made.
    pub created: bool,
    pub durable: Seq,
    /// The number of this process among those that wrote to the journal.
    pub epoch: u64,
    pub segments: usize,
    /// The torn tail that was cut by this opening.
    pub cut: Option<Cut>,
}

/// A torn tail: bytes of a group commit that never finished and was never acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub segment: u64,
    pub offset: u64,
    pub bytes: u64,
}

/// The segments as they were found.
struct Found {
    edge: Edge,
    counters: Counters,
    epoch: u64,
    next_segment: u64,
    cut: Option<Cut>,
    active: Option<Active>,
}

pub(crate) fn open(
    disk: &dyn Disk,
    parts: Parts,
    settings: Settings,
) -> Result<(Arc<Shared>, Start, Recovery), OpenError> {
    settings.check()?;
    let planted = Planted::new(&settings);
    let guard = disk.lock(LOCK)?;
    let (segments, ids_disk) = (disk.child("segments")?, disk.child("ids")?);
    // An earlier process can have ended between giving a name and making it durable. What is seen
    // here is relied on, so it must not go away with the power.
    disk.sync_dir()?;
    segments.sync_dir()?;
    let (marker, created) = match read_marker(disk)? {
        Some(marker) => (marker, false),
        None => (make(disk, &*segments, &parts, planted)?, true),
    };
    let archive = Archive::new(segments.clone(), settings.cache_bytes);
    let mut found = survey(&*segments, &*ids_disk, &archive, planted)?;
    if planted.has(Defect::AcctSeqRestarts) {
        found.counters.clear();
    }
    let ids = if planted.has(Defect::NoDedupeAfterRestart) {
        Ids::empty(ids_disk, marker.seed)
    } else {
        Ids::open(ids_disk, marker.seed, &archive)?
    };
    let recovery = Recovery {
        created,
        durable: Seq(found.edge.seq),
        epoch: found.epoch,
        segments: archive.segments(),
        cut: found.cut,
    };
    let cuts = untold(&archive);
    let shared = Arc::new(Shared {
        queue: Queue::new(settings.queue_bytes),
        ring: Ring::new(settings.recent_bytes),
        durable: watch::Sender::new(Seq(found.edge.seq)),
        written: AtomicU64::new(found.edge.seq),
        poisoned: AtomicBool::new(false),
        stats: Mutex::<Stats>::default(),
        chores: Chores::default(),
        settings,
        parts,
        planted,
        archive,
        ids,
        _lock: guard,
    });
    let Found { edge, counters, epoch, next_segment, active, .. } = found;
    let start = Start { segments, active, edge, epoch, next_segment, counters, cuts };
    Ok((shared, start, recovery))
}

fn read_marker(disk: &dyn Disk) -> Result<Option<Marker>, OpenError> {
    let file = match disk.open(MARKER) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = vec![0; SECTOR.min(file.len()? as usize)];
    file.read_exact_at(&mut bytes, 0)?;
    match Marker::decode(&bytes) {
        Ok(marker) => Ok(Some(marker)),
        Err(MarkerFault::Damaged) => Err(OpenError::MarkerDamaged),
        Err(MarkerFault::Version(found)) => Err(OpenError::UnknownFormat { found }),
    }
}

/// Makes a journal: the first segment, and then the file that says so. Whoever finds the file and
/// no segment knows that something was lost.
fn make(
    disk: &dyn Disk,
    segments: &dyn Disk,
    parts: &Parts,
    planted: Planted,
) -> Result<Marker, OpenError> {
    remove_unfinished(segments)?;
    match numbers(segments)?.as_slice() {
        [] => {}
        [1] if is_blank(segments)? => {}
        _ => return Err(OpenError::NotAJournal),
    }
    let mut random = [0; 16];
    parts.entropy.fill(&mut random);
    let (seed, salt) = random.split_at(8);
    let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let created_ms = parts.clock.now().millis();
    let header = SegmentHeader {
        segment: 1,
        epoch: 1,
        first_seq: 1,
        first_block: 1,
        prev_hash: Default::default(),
        salt: number(salt),
        created_ms,
    };
    // Small: the first commit puts a segment of full size into its place.
    let file = segments.create(&segment::new_name(1), SECTOR as u64)?;
    segment::create(segments, file, header, planted)?;
    let marker = Marker { seed: number(seed), created_ms };
    disk.replace(MARKER, &marker.encode())?;
    Ok(marker)
}

/// Whether the first segment holds nothing behind its header: what a crash leaves of making.
fn is_blank(segments: &dyn Disk) -> Result<bool, OpenError> {
    let file = segments.open(&segment::name(1))?;
    let mut bytes = vec![0; file.len()? as usize];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes.iter().skip(SECTOR).all(|byte| *byte == 0))
}

/// Segment files that were being made or copied when a process ended.
fn remove_unfinished(segments: &dyn Disk) -> io::Result<()> {
    for name in segments.list()? {
        if segment::number(&name, ".new").or(segment::number(&name, ".tmp")).is_some() {
            segments.remove(&name)?;
        }
    }
    Ok(())
}

fn numbers(segments: &dyn Disk) -> io::Result<Vec<u64>> {
    let names = segments.list()?;
    let mut numbers: Vec<u64> =
        names.iter().filter_map(|name| segment::number(name, ".seg")).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Goes through all segments, light: headers, footers and how they follow each other. Only the
/// last of a process may be without a footer, and is scanned.
fn survey(
    segments: &dyn Disk,
    ids: &dyn Disk,
    archive: &Archive,
    planted: Planted,
) -> Result<Found, OpenError> {
    remove_unfinished(segments)?;
    let numbers = numbers(segments)?;
    let last = numbers.last().copied().unwrap_or(0).max(Ids::last_run_segment(ids)?).max(1);
    let gap = (1..=last).zip(numbers.iter().map(Some).chain(std::iter::repeat(None)));
    if let Some((segment, _)) = gap.into_iter().find(|(want, have)| Some(want) != *have) {
        return Err(Damage { segment, offset: 0, what: Fault::Missing }.into());
    }
    let mut edge = Edge::default();
    let mut header = header_of(segments, 1)?;
    for number in 1..last {
        header = follow(header, &edge, planted)?;
        let next = header_of(segments, number + 1)?;
        let sealed = inner(segments, archive, header, Between { before: edge, after: Some(next) })?;
        edge = sealed.edge();
        archive.add_sealed(sealed);
        header = next;
    }
    newest(segments, archive, follow(header, &edge, planted)?, edge, planted)
}

fn header_of(segments: &dyn Disk, number: u64) -> Result<SegmentHeader, OpenError> {
    let file = segments.open(&segment::name(number))?;
    Ok(segment::read_header(&*file, number)?)
}

/// Takes a segment that others follow.
///
/// A process can end between writing a footer and syncing it; the next one sees the footer in the
/// page cache and goes on, and a power cut then takes it away. The blocks are all there, which the
/// header of the next segment confirms, so the footer is made anew.
fn inner(
    segments: &dyn Disk,
    archive: &Archive,
    header: SegmentHeader,
    between: Between,
) -> Result<Sealed, OpenError> {
    let file = segments.open(&segment::name(header.segment))?;
    if between.after.is_some_and(|next| next.epoch == header.epoch) {
        let damage = Damage { segment: header.segment, offset: file.len()?, what: Fault::Footer };
        return Ok(segment::load(&*file, header)?.ok_or(damage)?);
    }
    if let Some((sealed, _)) = segment::load_whole(&*file, header)? {
        return Ok(sealed);
    }
    drop(file);
    let mut counters = counters_before(segments, archive)?;
    let recovered = segment::recover(segments, header, between, &mut counters, Planted::default())?;
    match recovered.segment {
        Left::Sealed(sealed) => Ok(sealed),
        Left::Empty | Left::Active(_) => {
            let offset = SECTOR as u64;
            Err(Damage { segment: header.segment, offset, what: Fault::Footer }.into())
        }
    }
}

/// Takes the last segment, sealed or not.
fn newest(
    segments: &dyn Disk,
    archive: &Archive,
    header: SegmentHeader,
    edge: Edge,
    planted: Planted,
) -> Result<Found, OpenError> {
    let file = segments.open(&segment::name(header.segment))?;
    let (epoch, next_segment) = (header.epoch + 1, header.segment + 1);
    if let Some((sealed, counters)) = segment::load_whole(&*file, header)? {
        let edge = sealed.edge();
        archive.add_sealed(sealed);
        return Ok(Found { edge, counters, epoch, next_segment, cut: None, active: None });
    }
    drop(file);
    let mut counters = counters_before(segments, archive)?;
    let between = Between { before: edge, after: None };
    let recovered = segment::recover(segments, header, between, &mut counters, planted)?;
    let mut found = Found {
        edge: recovered.edge,
        counters,
        epoch,
        next_segment,
        cut: recovered.cut,
        active: None,
    };
    match recovered.segment {
        Left::Empty => {
            // Its place is taken by the next one, and so is its process's.
            found.next_segment = header.segment;
            found.epoch = edge.epoch + 1;
        }
        Left::Sealed(sealed) => archive.add_sealed(sealed),
        Left::Active(active) => {
            archive.add_active(&active);
            active.entries().iter().for_each(|entry| archive.add_block(*entry));
            found.active = Some(active);
        }
    }
    Ok(found)
}

/// The counters at the end of the segments that were taken so far.
fn counters_before(segments: &dyn Disk, archive: &Archive) -> Result<Counters, OpenError> {
    let Some(before) = archive.sealed().pop() else { return Ok(Counters::default()) };
    let file = segments.open(&segment::name(before.head.segment))?;
    let (_, counters) = before.read_index(&*file)?;
    Ok(counters)
}

/// A header that follows what was before it.
fn follow(
    header: SegmentHeader,
    edge: &Edge,
    planted: Planted,
) -> Result<SegmentHeader, OpenError> {
    let damage = |what| Damage { segment: header.segment, offset: 0, what };
    let expected = (edge.seq + 1, edge.block + 1);
    if (header.first_seq, header.first_block) != expected || header.epoch < edge.epoch {
        return Err(damage(Fault::Misplaced).into());
    }
    if header.prev_hash != edge.hash && !planted.has(Defect::SkipPrevHash) {
        return Err(damage(Fault::Chain).into());
    }
    Ok(header)
}

/// The cuts that no record tells of yet: a process may have ended between cutting and recording.
fn untold(archive: &Archive) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for sealed in archive.sealed().iter().rev() {
        cuts.extend(sealed.cut());
        if sealed.head.blocks > 0 {
            break;
        }
    }
    cuts.reverse();
    cuts
}
