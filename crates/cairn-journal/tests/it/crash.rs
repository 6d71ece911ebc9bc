use std::path::Path;

use cairn_core::{AccountId, Seq};
use cairn_journal::{Kind, OpenError, Outcome};

use crate::kit::{Rig, overwrite, segment, small, uncached};

/// Three blocks in the newest segment, and the process gone.
fn abandoned(path: &Path) -> Vec<u8> {
    let mut rig = Rig::open(path, small()).unwrap();
    for id in ["a", "b", "c"] {
        rig.store(id);
    }
    drop(rig);
    std::fs::read(segment(path, 1)).unwrap()
}

/// Where the blocks are: every sector that begins with their magic.
fn blocks(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len()).step_by(512).filter(|at| bytes[*at..].starts_with(b"CRNB")).collect()
}

#[test]
fn a_clean_end_needs_no_cut() {
    let dir = tempfile::tempdir().unwrap();
    abandoned(dir.path());
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    assert_eq!((rig.recovery.cut, rig.recovery.durable), (None, Seq(3)));
    assert_eq!(rig.recovery.epoch, 2);
    rig.store("d");
    assert_eq!(rig.ids(), ["a", "b", "c", "d"]);
    assert!(segment(dir.path(), 2).exists(), "a start never appends to an older segment");
}

#[test]
fn a_torn_tail_is_cut_and_the_cut_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = abandoned(dir.path());
    let last = blocks(&bytes)[2];
    bytes[last + 200..].fill(0);
    overwrite(&segment(dir.path(), 1), &bytes);
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    let cut = rig.recovery.cut.expect("the tail was torn");
    assert_eq!((cut.segment, cut.offset), (1, last as u64));
    assert_eq!(rig.recovery.durable, Seq(2));
    // The process ends before it could record the cut: the next one does.
    drop(rig);
    rig = Rig::open(dir.path(), uncached()).unwrap();
    assert_eq!(rig.recovery.cut, None);
    assert_eq!(rig.append(vec![]).unwrap(), []);
    let notice = &rig.journal.read(&[Seq(3)]).unwrap()[0];
    assert_eq!((notice.kind, notice.account), (Kind::Notice, AccountId::new(0).unwrap()));
    let text = String::from_utf8(notice.raw.to_vec()).unwrap();
    assert!(text.contains(&format!(r#""segment":1,"offset":{last},"bytes""#)), "{text}");
    // What was cut was never acknowledged, so it is new when it comes again.
    assert_eq!(rig.store("c"), Seq(4));
    drop(rig);
    let rig = Rig::open(dir.path(), uncached()).unwrap();
    assert_eq!(rig.all().iter().filter(|record| record.kind == Kind::Notice).count(), 1);
}

#[test]
fn every_torn_length_of_the_last_block_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let whole = abandoned(dir.path());
    let last = blocks(&whole)[2];
    let length = whole[last..].iter().take(512).rposition(|byte| *byte != 0).unwrap() + 1;
    for kept in [0, 1, 100, 191, 192, 300, length - 1] {
        let dir = tempfile::tempdir().unwrap();
        abandoned(dir.path());
        let mut bytes = whole.clone();
        bytes[last + kept..].fill(0);
        overwrite(&segment(dir.path(), 1), &bytes);
        let mut rig = Rig::open(dir.path(), uncached()).unwrap();
        assert_eq!(rig.recovery.cut.is_some(), kept > 0, "{kept}");
        assert_eq!(rig.ids(), ["a", "b"], "{kept}");
        let again = rig.append(vec![crate::kit::draft("b"), crate::kit::draft("c")]).unwrap();
        assert_eq!(again[0], Outcome::Duplicate { seq: Seq(2) });
        assert!(matches!(again[1], Outcome::Stored { .. }));
    }
}

/// The last block was perhaps acknowledged: what shows no zeros was not torn.
#[test]
fn damage_anywhere_halts() {
    for block in 0..3 {
        for at in [8, 60, 70, 188, 200] {
            let dir = tempfile::tempdir().unwrap();
            let mut bytes = abandoned(dir.path());
            let offset = blocks(&bytes)[block];
            bytes[offset + at] ^= 0x20;
            overwrite(&segment(dir.path(), 1), &bytes);
            let error = Rig::open(dir.path(), small()).err().expect("it must not open");
            let OpenError::Damaged(damage) = &error else { panic!("{error}") };
            assert_eq!((damage.segment, damage.offset), (1, offset as u64), "{error}");
            let after = std::fs::read(segment(dir.path(), 1)).unwrap();
            assert_eq!(after, bytes, "nothing is changed");
        }
    }
}

/// A process ends between writing a footer and syncing it, the next one goes on, and the power
/// takes the footer away.
#[test]
fn a_footer_that_was_lost_is_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    for id in ["a", "b"] {
        let mut rig = Rig::open(dir.path(), uncached()).unwrap();
        rig.store(id);
        rig.store(&format!("{id}{id}"));
        rig.stop();
    }
    let path = segment(dir.path(), 1);
    let whole = std::fs::read(&path).unwrap();
    let footer = (0..whole.len()).step_by(512).find(|at| whole[*at..].starts_with(b"CRNF"));
    let mut lost = whole.clone();
    lost[footer.unwrap()..].fill(0);
    lost.resize(8192, 0);
    overwrite(&path, &lost);
    let rig = Rig::open(dir.path(), uncached()).unwrap();
    assert_eq!(
        (rig.ids(), rig.recovery.cut),
        (["a", "aa", "b", "bb"].map(String::from).into(), None)
    );
    drop(rig);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    // With the last block lost as well the next segment does not follow any more.
    lost[blocks(&whole)[1]..].fill(0);
    overwrite(&path, &lost);
    let error = Rig::open(dir.path(), uncached()).err().expect("it must not open");
    let OpenError::Damaged(damage) = &error else { panic!("{error}") };
    assert_eq!((damage.segment, damage.offset), (1, blocks(&whole)[1] as u64), "{error}");
}

#[test]
fn a_valid_block_in_the_wrong_place_halts() {
    for (from, to) in [(0, 1), (1, 0), (2, 1)] {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = abandoned(dir.path());
        let starts = blocks(&bytes);
        let moved = bytes[starts[from]..starts[from] + 512].to_vec();
        bytes[starts[to]..starts[to] + 512].copy_from_slice(&moved);
        overwrite(&segment(dir.path(), 1), &bytes);
        let error = Rig::open(dir.path(), small()).err().expect("it must not open");
        assert!(matches!(error, OpenError::Damaged(_)), "{error}");
    }
}

#[test]
fn a_missing_segment_halts() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..4 {
        let mut rig = Rig::open(dir.path(), small()).unwrap();
        let id = format!("{:?}", rig.journal.durable());
        rig.store(&id);
        rig.stop();
    }
    for number in 1..=3 {
        let path = segment(dir.path(), number);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let error = Rig::open(dir.path(), small()).err().expect("it must not open");
        let OpenError::Damaged(damage) = &error else { panic!("{error}") };
        assert_eq!(damage.segment, number, "{error}");
        overwrite(&path, &bytes);
    }
    assert_eq!(Rig::open(dir.path(), small()).unwrap().all().len(), 4);
}

#[test]
fn a_journal_without_segments_is_not_a_new_journal() {
    let dir = tempfile::tempdir().unwrap();
    abandoned(dir.path());
    let bytes = std::fs::read(segment(dir.path(), 1)).unwrap();
    std::fs::remove_file(segment(dir.path(), 1)).unwrap();
    assert!(matches!(Rig::open(dir.path(), small()), Err(OpenError::Damaged(_))));
    overwrite(&segment(dir.path(), 1), &bytes);
    std::fs::remove_file(dir.path().join("journal")).unwrap();
    assert!(matches!(Rig::open(dir.path(), small()), Err(OpenError::NotAJournal)));
}

#[test]
fn a_crash_while_making_the_journal_is_no_loss() {
    let dir = tempfile::tempdir().unwrap();
    drop(Rig::open(dir.path(), small()).unwrap());
    std::fs::remove_file(dir.path().join("journal")).unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    assert!(rig.recovery.created);
    assert_eq!(rig.store("a"), Seq(1));
}

#[test]
fn starting_without_writing_makes_no_files() {
    let dir = tempfile::tempdir().unwrap();
    abandoned(dir.path());
    for _ in 0..5 {
        Rig::open(dir.path(), small()).unwrap().stop();
    }
    assert!(!segment(dir.path(), 2).exists());
}
