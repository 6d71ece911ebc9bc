//! Doors for the fuzzer; not built otherwise.

use std::cell::Cell;
use std::sync::Arc;

use cairn_journal::Disk;

use crate::HistoryError;
use crate::cache::Cache;
use crate::catalogue::Selection;
use crate::lookup::{Plan, Query};
use crate::manifest::Manifest;
use crate::newest::Newest;
use crate::part::format::HEADER_BYTES;
use crate::part::scan::Scan;
use crate::part::{Header, Merge, PAGE, Part, Split, file_name};
use crate::place::{Place, Window};

/// Pages that a made-up part has at the most.
const PAGES: usize = 8;
/// Where reading stops: lists that overlap could make a small part a long read.
const RANKS: usize = 1 << 16;
/// What the made-up part is called.
const ID: u64 = 1;

/// The name and the bytes of a part with the right checksums, so that what lies behind them is
/// reached. `bytes` are a header, a tail as long as it says, and the pages without the zeros at
/// their ends, all equally long. `None` if they are too short.
pub fn part(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let (header, rest) = bytes.split_first_chunk()?;
    let mut header = Header::forged(header);
    header.id = ID;
    header.pages %= PAGES as u32 + 1;
    let pages = header.pages as usize;
    let (tail, rest) = rest.split_at((header.tail_bytes as usize).min(rest.len()));
    let mut tail = tail.to_vec();
    let mut file = vec![0; (pages + 1) * PAGE];
    let length = (rest.len() / pages.max(1)).clamp(1, PAGE);
    for (at, (page, bytes)) in file.chunks_mut(PAGE).skip(1).zip(rest.chunks(length)).enumerate() {
        page[..bytes.len()].copy_from_slice(bytes);
        if let Some(room) = tail.get_mut(pages + at * 4..pages + at * 4 + 4) {
            room.copy_from_slice(&crc32c::crc32c(page).to_le_bytes());
        }
    }
    header.tail_crc = crc32c::crc32c(&tail);
    file[..HEADER_BYTES].copy_from_slice(&header.encode());
    file.extend(tail);
    Some((file_name(ID), file))
}

/// Reads all of that part, looks things up in it and merges it with itself; gives back its rows.
pub fn read(disk: &Arc<dyn Disk>) -> Result<u32, HistoryError> {
    let mut header = [0; HEADER_BYTES];
    disk.open(&file_name(ID))?.read_exact_at(&mut header, 0)?;
    let tail_crc = Header::forged(&header).tail_crc;
    let part = Arc::new(Part::open(disk, &Arc::new(Cache::new(PAGES)), ID, tail_crc)?);
    // Each goes as far as it can, whatever the others met.
    _ = look_up(&part);
    _ = merge(disk, &part);
    scan(&part)
}

/// Decodes a manifest as it is, and with the right checksum.
pub fn manifest(bytes: &[u8]) {
    _ = Manifest::decode(bytes);
    let mended = [bytes, &crc32c::crc32c(bytes).to_le_bytes()].concat();
    if let Ok(manifest) = Manifest::decode(&mended) {
        assert_eq!(Manifest::decode(&manifest.encode()), Ok(manifest));
    }
}

fn scan(part: &Part) -> Result<u32, HistoryError> {
    let mut scan = Scan::new(part)?;
    let mut rows = 0;
    while scan.row(part, rows)?.is_some() {
        rows += 1;
    }
    let (mut at, mut ranks) = (0, 0);
    while let Some(entry) = scan.key(part, at)?.filter(|_| ranks < RANKS) {
        scan.ranks(part, entry, |rank| {
            assert!(rank < part.header.rows);
            ranks += 1;
        })?;
        at += 1;
    }
    Ok(rows)
}

fn look_up(part: &Part) -> Result<(), HistoryError> {
    let newest = Place { time: i64::MAX, seq: u64::MAX };
    for (cell, _) in part.catalogue().entries().iter().take(PAGES) {
        let account = cell.account;
        let selection = Selection { account, region: None, category: Some(cell.category) };
        let plan = Plan::new(&selection, &Query::default());
        for before in [newest, part.header.newest, part.header.oldest] {
            let window = Window { since: i64::MIN, before };
            part.search(&plan, &window, &mut Newest::new(20))?;
        }
    }
    Ok(())
}

fn merge(disk: &Arc<dyn Disk>, part: &Arc<Part>) -> Result<(), HistoryError> {
    let parts = [part.clone(), part.clone()];
    let last = part.header.newest.time.div_euclid(86_400);
    let mut merge = Merge::new(&parts, Split::ByDay { last }, part.header.oldest.time)?;
    let ids = Cell::new(ID);
    let id = || {
        ids.set(ids.get() + 1);
        ids.get()
    };
    for _ in 0..PAGES {
        if !merge.step(RANKS / PAGES, &**disk, id)? {
            break;
        }
    }
    for header in merge.finish()? {
        Part::open(disk, &Arc::new(Cache::new(PAGES)), header.id, header.tail_crc)?;
    }
    Ok(())
}
