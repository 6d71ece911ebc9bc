use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cairn_core::Seq;
use cairn_journal::{AppendError, FileDisk};

use crate::faulty::{Faults, FaultyDisk};
use crate::kit::{Rig, draft, small};

fn poisoned_by(fail: impl FnOnce(&Faults)) -> (tempfile::TempDir, u64) {
    let dir = tempfile::tempdir().unwrap();
    let (disk, faults) = FaultyDisk::new(Arc::new(FileDisk::open(dir.path()).unwrap()));
    let mut rig = Rig::on(disk, small()).unwrap();
    rig.store("a");
    let mut waiting = rig.journal.submit(vec![draft("b")]).unwrap();
    let mut behind = rig.journal.submit(vec![draft("c")]).unwrap();
    fail(&faults);
    let before = faults.syncs.load(Ordering::Relaxed);
    let failure = rig.writer.step().unwrap_err();
    assert!(failure.to_string().contains("must be restarted"), "{failure}");
    let syncs = faults.syncs.load(Ordering::Relaxed) - before;
    assert_eq!(waiting.try_take(), Some(Err(AppendError::Poisoned)));
    assert_eq!(behind.try_take(), Some(Err(AppendError::Poisoned)));
    *faults.write.lock().unwrap() = None;
    assert_eq!(rig.journal.submit(vec![draft("d")]).unwrap_err(), AppendError::Poisoned);
    assert!(rig.writer.step().is_err(), "it stays so");
    assert!(rig.journal.stats().poisoned);
    assert_eq!((rig.journal.durable(), rig.ids()), (Seq(1), vec!["a".to_owned()]));
    (dir, syncs)
}

#[test]
fn a_failed_sync_is_never_tried_again() {
    let (dir, syncs) = poisoned_by(|faults| faults.sync.store(true, Ordering::Relaxed));
    assert_eq!(syncs, 1);
    // The block reached the file, so the next process may find it; the first record is safe.
    let ids = Rig::open(dir.path(), small()).unwrap().ids();
    assert_eq!(ids[0], "a");
}

#[test]
fn a_failed_write_ends_everything() {
    let (dir, _) = poisoned_by(|faults| *faults.write.lock().unwrap() = Some(ErrorKind::Other));
    let rig = Rig::open(dir.path(), small()).unwrap();
    assert_eq!(rig.ids(), ["a"]);
    assert!(rig.recovery.cut.is_some(), "half a block was on the disk");
}

#[test]
fn a_dropped_writer_leaves_nobody_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path(), small()).unwrap();
    let mut ticket = rig.journal.submit(vec![draft("a")]).unwrap();
    drop(rig.writer);
    assert_eq!(ticket.try_take(), Some(Err(AppendError::Stopped)));
    assert_eq!(rig.journal.submit(vec![draft("b")]).unwrap_err(), AppendError::Stopped);
}
