use std::io::ErrorKind::StorageFull;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cairn_core::Seq;
use cairn_journal::{AppendError, Draft, FileDisk, Settings};

use crate::faulty::{Faults, FaultyDisk};
use crate::kit::{Rig, account, draft, small};

fn rig(path: &std::path::Path, settings: Settings) -> (Rig, Arc<Faults>) {
    let (disk, faults) = FaultyDisk::new(Arc::new(FileDisk::open(path).unwrap()));
    (Rig::on(disk, settings).unwrap(), faults)
}

#[test]
fn below_the_reserve_only_control_records_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (mut rig, faults) = rig(dir.path(), Settings { reserve_bytes: 100_000, ..small() });
    rig.store("a");
    faults.free.store(50_000, Ordering::Relaxed);
    rig.clock.advance(Duration::from_millis(250));
    let refused = rig.append(vec![draft("b")]);
    assert_eq!(refused, Err(AppendError::Full { free: 50_000, needed: 100_000 }));
    rig.append(vec![draft("c").control()]).unwrap();
    assert_eq!(rig.ids(), ["a", "c"], "reads go on");
    assert_eq!(rig.journal.stats().refused, 1);
    faults.free.store(200_000, Ordering::Relaxed);
    assert!(rig.append(vec![draft("d")]).is_err(), "asked again only after a while");
    rig.clock.advance(Duration::from_millis(250));
    assert_eq!(rig.store("e"), Seq(3));
}

#[test]
fn no_space_for_a_segment_is_no_catastrophe() {
    let dir = tempfile::tempdir().unwrap();
    let (mut rig, faults) = rig(dir.path(), small());
    *faults.create.lock().unwrap() = Some(StorageFull);
    let refused = rig.append(vec![draft("a")]).unwrap_err();
    assert!(matches!(refused, AppendError::Full { needed: 8192, .. }), "{refused:?}");
    assert!(matches!(rig.append(vec![draft("b").control()]), Err(AppendError::Full { .. })));
    *faults.create.lock().unwrap() = None;
    rig.clock.advance(Duration::from_millis(250));
    assert_eq!(rig.store("c"), Seq(1));
    drop(rig);
    assert_eq!(Rig::open(dir.path(), small()).unwrap().ids(), ["c"]);
}

#[test]
fn control_records_fill_the_segment_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (mut rig, faults) = rig(dir.path(), small());
    rig.store("first");
    faults.free.store(10, Ordering::Relaxed);
    let mut stored = 1;
    while rig.append(vec![draft(&format!("c{stored}")).control()]).is_ok() {
        stored += 1;
    }
    assert!(stored > 5, "{stored}");
    assert_eq!(rig.all().len(), stored);
    assert_eq!(rig.journal.durable(), Seq(stored as u64));
}

#[test]
fn no_space_while_writing_takes_the_block_back() {
    let dir = tempfile::tempdir().unwrap();
    let (mut rig, faults) = rig(dir.path(), small());
    rig.store("a");
    *faults.write.lock().unwrap() = Some(StorageFull);
    let noise: Vec<u8> =
        (0u32..3000).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let noise = Draft::quarantine(account(1), noise.into());
    let refused = rig.append(vec![draft("b"), draft("c"), draft("d"), noise]);
    assert!(matches!(refused, Err(AppendError::Full { .. })), "{refused:?}");
    *faults.write.lock().unwrap() = None;
    rig.clock.advance(Duration::from_millis(250));
    assert_eq!(rig.store("c"), Seq(2));
    // Nothing is left of the larger block: a tear of the next one would look like damage.
    let bytes = std::fs::read(crate::kit::segment(dir.path(), 1)).unwrap();
    assert!(bytes[512 * 3..].iter().all(|byte| *byte == 0));
    assert_eq!(rig.all()[1].acct_seq, 2);
    assert_eq!(rig.store("b"), Seq(3));
    drop(rig);
    assert_eq!(Rig::open(dir.path(), small()).unwrap().ids(), ["a", "c", "b"]);
}
