use std::path::{Path, PathBuf};

use bytes::Bytes;
use cairn_journal::Draft;

use crate::kit::{Rig, account, draft, files, overwrite, scratch, uncached};

/// Two sealed segments and one that its process left open.
fn build(path: &Path) -> Vec<(u64, Bytes)> {
    for start in 0..3 {
        let mut rig = Rig::open(path, uncached()).unwrap();
        for number in 0..3 {
            let blob = Draft::quarantine(account(2), format!("blob {start} {number}").into());
            rig.append(vec![draft(&format!("{start}-{number}")), blob]).unwrap();
        }
        if start < 2 {
            rig.stop();
        }
    }
    let rig = Rig::open(path, uncached()).unwrap();
    rig.all().into_iter().map(|record| (record.seq.0, record.raw)).collect()
}

/// What a damaged journal serves: `None` where it does not open.
enum Found {
    Refused,
    Served { records: Vec<(u64, Bytes)>, failed: bool, scrubbed: bool },
}

fn look(path: &Path) -> Found {
    let Ok(rig) = Rig::open(path, uncached()) else { return Found::Refused };
    let (mut records, mut failed) = (Vec::new(), false);
    for seq in 1..=rig.journal.durable().0 {
        match rig.journal.read(&[cairn_core::Seq(seq)]) {
            Ok(read) => records.push((seq, read[0].raw.clone())),
            Err(_) => failed = true,
        }
    }
    let scrubbed = !rig.journal.scrub().unwrap().damages.is_empty();
    Found::Served { records, failed, scrubbed }
}

fn restore(path: &Path, whole: &[(PathBuf, Vec<u8>)]) {
    for (file, _) in files(path) {
        std::fs::remove_file(file).unwrap();
    }
    for (file, bytes) in whole {
        overwrite(file, bytes);
    }
}

/// Every byte of a small journal, one bit each: damage is reported, and never are bytes served
/// that were not written.
#[test]
fn every_flipped_bit_is_found() {
    let dir = scratch();
    let written = build(dir.path());
    let whole = files(dir.path());
    let segments = |path: &Path| path.extension() == Some("seg".as_ref());
    let (mut flips, mut refused) = (0, 0);
    for (path, bytes) in whole.iter().filter(|(path, _)| segments(path)) {
        for at in 0..bytes.len() {
            restore(dir.path(), &whole);
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            overwrite(path, &damaged);
            flips += 1;
            match look(dir.path()) {
                Found::Refused => refused += 1,
                Found::Served { records, failed, scrubbed } => {
                    let wrong = records.iter().find(|record| !written.contains(record));
                    assert!(wrong.is_none(), "{path:?} byte {at}: {wrong:?}");
                    // The footer of a process's last segment is written anew from its blocks.
                    let healed = records == written && std::fs::read(path).unwrap() != damaged;
                    assert!(failed || scrubbed || healed, "{path:?} byte {at}");
                    assert!(failed || records == written, "{path:?} byte {at} lost records");
                }
            }
        }
    }
    assert!(flips > 4000 && refused > 500, "{flips} flips, {refused} refused");
}

/// The same where the newest segment has no footer: every flip halts or changes nothing that is
/// read, also in the last block, which was acknowledged.
#[test]
fn every_flipped_bit_of_an_open_segment_is_found() {
    let dir = scratch();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    for id in ["a", "b", "c"] {
        rig.store(id);
    }
    let written: Vec<_> = rig.all().into_iter().map(|r| (r.seq.0, r.raw)).collect();
    drop(rig);
    let whole = files(dir.path());
    let path = crate::kit::segment(dir.path(), 1);
    let bytes = std::fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for at in (0..bytes.len()).step_by(3).filter(|at| at % 96 < 3 || *at < used) {
        restore(dir.path(), &whole);
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        overwrite(&path, &damaged);
        match look(dir.path()) {
            Found::Refused => {}
            Found::Served { records, failed, .. } => {
                assert!(!failed && records == written, "byte {at}");
            }
        }
    }
}
