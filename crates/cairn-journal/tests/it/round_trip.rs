use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{Seq, limits};
use cairn_journal::{
    AppendError, Disk, Draft, FileDisk, Kind, LockError, OpenError, Outcome, ReadError, Settings,
    Step,
};

use crate::kit::{Rig, account, draft, event, large_event, scratch, segment, small, uncached};

#[test]
fn what_is_stored_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    assert!(rig.recovery.created);
    let quarantined = Bytes::from_static(b"\xff\x00 not JSON");
    let drafts = vec![
        draft("a"),
        Draft::event(account(2), event("a", "elsewhere")),
        Draft::quarantine(account(1), quarantined.clone()),
    ];
    let outcomes = rig.append(drafts.clone()).unwrap();
    let stored = |seq, acct_seq| Outcome::Stored { seq: Seq(seq), acct_seq };
    assert_eq!(outcomes, [stored(1, 1), stored(2, 1), stored(3, 2)]);
    let read = rig.journal.read(&[Seq(3), Seq(1), Seq(2)]).unwrap();
    assert_eq!(read[0].raw, quarantined);
    assert_eq!(read[0].kind, Kind::Quarantine);
    assert!(read[0].event().is_none());
    assert_eq!(read[1].raw, drafts[0].body.raw());
    assert_eq!(read[2].account, account(2));
    assert_eq!(read[2].event().unwrap().id(), "a");
    assert!(matches!(rig.journal.read(&[Seq(4)]), Err(ReadError::NotFound(Seq(4)))));
    assert!(matches!(rig.journal.read(&[Seq(0)]), Err(ReadError::NotFound(Seq(0)))));
}

#[test]
fn an_intent_is_no_event_and_leaves_its_id_free() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    let said = event("a", "said before");
    let intent = Draft::intent(account(1), &said);
    rig.append(vec![intent.clone()]).unwrap();
    let found = &rig.journal.read(&[Seq(1)]).unwrap()[0];
    assert_eq!((found.kind, &found.raw), (Kind::Intent, said.raw()));
    assert!(found.event().is_none());
    assert_eq!(rig.journal.find(account(1), "a").unwrap(), None);
    let outcomes = rig.append(vec![Draft::event(account(1), event("a", "how it ended"))]).unwrap();
    assert_eq!(outcomes, [Outcome::Stored { seq: Seq(2), acct_seq: 2 }]);
    assert_eq!(rig.journal.find(account(1), "a").unwrap(), Some(Seq(2)));
    rig.stop();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    assert_eq!(rig.append(vec![intent]).unwrap(), [Outcome::Duplicate { seq: Seq(1) }]);
}

#[test]
fn everything_is_there_after_many_segments_and_starts() {
    let dir = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for start in 0..4 {
        let mut rig = Rig::open(dir.path(), uncached()).unwrap();
        assert_eq!(rig.recovery.durable, Seq(expected.len() as u64));
        for number in 0..60 {
            let id = format!("{start}-{number}-{}", "x".repeat(number));
            assert_eq!(rig.store(&id).0, expected.len() as u64 + 1);
            expected.push(id);
        }
        assert_eq!(rig.ids(), expected);
        if start % 2 == 0 {
            rig.stop();
        }
    }
    let rig = Rig::open(dir.path(), small()).unwrap();
    assert!(rig.recovery.segments > 4, "{:?}", rig.recovery);
    assert_eq!(rig.ids(), expected);
    let acct_seqs: Vec<_> = rig.all().iter().map(|record| record.acct_seq).collect();
    assert_eq!(acct_seqs, (1..=240).collect::<Vec<_>>());
    let report = rig.journal.scrub().unwrap();
    assert_eq!((report.damages.len(), report.records), (0, 240));
}

#[test]
fn a_batch_larger_than_a_block_is_stored_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    let drafts: Vec<_> = (0..200).map(|number| draft(&format!("e{number}"))).collect();
    let outcomes = rig.append(drafts).unwrap();
    let seqs: Vec<_> = outcomes.iter().map(|outcome| outcome.seq().0).collect();
    assert_eq!(seqs, (1..=200).collect::<Vec<_>>());
    assert!(rig.journal.stats().blocks > 5);
}

#[test]
fn a_batch_larger_than_a_block_is_answered_when_it_is_sent_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    let drafts: Vec<_> = (0..200).map(|number| draft(&format!("e{number}"))).collect();
    rig.append(drafts.clone()).unwrap();
    let mut ticket = rig.journal.submit(drafts).unwrap();
    // A writer that finds nothing to do sleeps until someone else submits.
    while rig.writer.step().unwrap() != Step::Idle {}
    let outcomes = ticket.try_take().expect("the writer does not sleep before it answered");
    assert_eq!(outcomes.unwrap().last(), Some(&Outcome::Duplicate { seq: Seq(200) }));
}

#[test]
fn reading_here_and_there_keeps_few_files_open() {
    let dir = scratch();
    let mut rig = Rig::open(dir.path(), Settings { recent_bytes: 0, ..small() }).unwrap();
    while rig.journal.stats().segments < 150 {
        let drafts = (0..20).map(|number| draft(&format!("{}-{number}", rig.journal.durable())));
        rig.append(drafts.collect()).unwrap();
    }
    for seq in 1..=rig.journal.durable().0 {
        rig.journal.read(&[Seq(seq)]).unwrap();
    }
    let segments = dir.path().join("segments");
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let open = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    let open = open.filter(|path| path.starts_with(&segments)).count();
    assert!(open < 60, "{open} files of {} segments", rig.journal.stats().segments);
}

#[test]
fn a_record_larger_than_block_and_segment_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    rig.store("before");
    let noise: Vec<u8> =
        (0u32..200_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let large = Bytes::from(noise);
    rig.append(vec![Draft::quarantine(account(1), large.clone())]).unwrap();
    rig.store("after");
    assert_eq!(rig.journal.read(&[Seq(2)]).unwrap()[0].raw, large);
    rig.stop();
    let rig = Rig::open(dir.path(), uncached()).unwrap();
    assert_eq!(rig.journal.read(&[Seq(2)]).unwrap()[0].raw, large);
    assert_eq!(rig.ids(), ["before", "after"]);
}

#[test]
fn a_large_event_is_an_event_when_it_is_read_from_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), uncached()).unwrap();
    let large = large_event("large", limits::LARGE_RECORD_BYTES);
    rig.append(vec![draft("before"), Draft::event(account(1), large.clone())]).unwrap();
    rig.store("after");
    assert_eq!(rig.ids(), ["before", "large", "after"]);
    let again = rig.append(vec![Draft::event(account(1), large.clone())]).unwrap();
    assert_eq!(again, [Outcome::Duplicate { seq: Seq(2) }]);
    rig.stop();
    let rig = Rig::open(dir.path(), uncached()).unwrap();
    assert_eq!(rig.ids(), ["before", "large", "after"]);
    assert_eq!(rig.all()[1].raw, large.raw());
    assert_eq!(rig.journal.find(account(1), "large").unwrap(), Some(Seq(2)));
}

#[test]
fn records_above_the_limit_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path(), small()).unwrap();
    let huge = Bytes::from(vec![b'x'; 17 * 1024 * 1024]);
    let refused = rig.journal.submit(vec![Draft::quarantine(account(1), huge)]);
    assert!(matches!(refused, Err(AppendError::TooLarge { .. })));
}

#[test]
fn the_queue_is_bounded_by_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    let blob = |tag: u8| Draft::quarantine(account(1), vec![tag; 400 * 1024].into());
    let tickets: Vec<_> = (0..2).map(|tag| rig.journal.submit(vec![blob(tag)]).unwrap()).collect();
    assert_eq!(rig.journal.submit(vec![blob(9)]).unwrap_err(), AppendError::Busy);
    while rig.writer.step().unwrap() != Step::Idle {}
    assert!(tickets.into_iter().all(|mut ticket| ticket.try_take().unwrap().is_ok()));
    assert_eq!(rig.journal.stats().queue_bytes, 0);
    rig.append(vec![blob(9)]).unwrap();
}

#[test]
fn readers_follow_and_see_whole_blocks_from_memory() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    let mut reader = rig.journal.reader(Seq(1));
    assert!(reader.next(10).unwrap().is_none());
    rig.append(vec![draft("a"), draft("b"), draft("c")]).unwrap();
    let first = reader.next(10).unwrap().unwrap();
    let again = rig.journal.reader(Seq(1)).next(10).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &again), "the block is shared, not copied");
    assert!(reader.next(10).unwrap().is_none());
    let part = rig.journal.reader(Seq(2)).next(1).unwrap().unwrap();
    assert_eq!(part.iter().map(|record| record.seq.0).collect::<Vec<_>>(), [2]);
    assert_eq!(reader.position(), Seq(4));
}

#[test]
fn a_stopped_journal_commits_what_waits_and_takes_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    let mut ticket = rig.journal.submit(vec![draft("a")]).unwrap();
    rig.journal.stop();
    assert_eq!(rig.journal.submit(vec![draft("b")]).unwrap_err(), AppendError::Stopped);
    while rig.writer.step().unwrap() != Step::Stopped {}
    assert_eq!(ticket.try_take().unwrap().unwrap()[0].seq(), Seq(1));
    drop(rig);
    let mode = std::fs::metadata(segment(dir.path(), 1)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o444);
}

#[test]
fn two_processes_cannot_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path(), small()).unwrap();
    let held = Rig::open(dir.path(), small()).err().unwrap();
    let OpenError::Locked(LockError::Held { pid }) = &held else { panic!("{held}") };
    assert_eq!(*pid, Some(std::process::id()));
    assert!(held.to_string().contains(&std::process::id().to_string()));
    drop(rig);
    assert!(Rig::open(dir.path(), small()).is_ok());
}

#[test]
fn a_file_replaced_is_the_new_one_with_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FileDisk::open(dir.path()).unwrap();
    disk.replace("thing", b"one").unwrap();
    disk.replace("thing", b"second").unwrap();
    assert_eq!(std::fs::read(dir.path().join("thing")).unwrap(), b"second");
    assert_eq!(disk.list().unwrap(), ["thing"]);
}

#[test]
fn threads_append_through_a_running_writer() {
    let dir = tempfile::tempdir().unwrap();
    let Rig { journal, mut writer, .. } = Rig::open(dir.path(), small()).unwrap();
    let (preparer, merger) = (writer.preparer(), writer.merger());
    std::thread::scope(|scope| {
        let running = scope.spawn(|| writer.run());
        scope.spawn(|| preparer.run());
        scope.spawn(|| merger.run());
        let writers: Vec<_> = (0..4)
            .map(|thread| {
                let journal = journal.clone();
                scope.spawn(move || {
                    for number in 0..100 {
                        let ticket = journal.submit(vec![draft(&format!("{thread}-{number}"))]);
                        let outcome = ticket.unwrap().wait().unwrap()[0];
                        assert!(journal.durable() >= outcome.seq());
                        assert!(journal.read(&[outcome.seq()]).is_ok());
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        journal.stop();
        running.join().unwrap().unwrap();
    });
    let leftover = files_with(dir.path(), ".new");
    drop(journal);
    let rig = Rig::open(dir.path(), small()).unwrap();
    assert_eq!(rig.all().len(), 400);
    assert!(leftover <= 1 && files_with(dir.path(), ".new") == 0);
}

fn files_with(path: &std::path::Path, suffix: &str) -> usize {
    let files = crate::kit::files(path);
    files.iter().filter(|(path, _)| path.to_string_lossy().ends_with(suffix)).count()
}
