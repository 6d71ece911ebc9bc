use bytes::Bytes;
use cairn_core::Seq;
use cairn_journal::{Draft, Outcome, Settings};

use crate::kit::{Rig, account, draft, event, files, overwrite, small, uncached};

fn duplicate(seq: u64) -> Outcome {
    Outcome::Duplicate { seq: Seq(seq) }
}

fn conflict(seq: u64) -> Outcome {
    Outcome::Conflict { seq: Seq(seq) }
}

/// Asks about everything that could be asked after `fill`.
fn check_matrix(rig: &mut Rig) {
    let quarantine = |number: u64| Draft::quarantine(account(1), blob(number));
    for number in [0, 7, 59] {
        let (id, first) = (format!("e{number}"), number * 2 + 1);
        let other_bytes = Draft::event(account(1), event(&id, "changed"));
        let asked = vec![draft(&id), other_bytes, quarantine(number)];
        let expected = [duplicate(first), conflict(first), duplicate(first + 1)];
        assert_eq!(rig.append(asked).unwrap(), expected, "{id}");
        assert_eq!(rig.journal.find(account(1), &id).unwrap(), Some(Seq(first)));
        assert_eq!(rig.journal.find(account(2), &id).unwrap(), None);
    }
    assert_eq!(rig.journal.find(account(1), "absent").unwrap(), None);
    assert_eq!(rig.journal.find(account(1), &"x".repeat(500)).unwrap(), None);
    assert_eq!(rig.journal.durable(), Seq(120), "nothing was stored");
}

fn blob(number: u64) -> Bytes {
    Bytes::from(format!("not an event: {number}"))
}

fn fill(rig: &mut Rig) {
    for number in 0..60 {
        rig.store(&format!("e{number}"));
        rig.append(vec![Draft::quarantine(account(1), blob(number))]).unwrap();
    }
}

#[test]
fn in_one_batch_the_first_wins() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    let other = Draft::event(account(1), event("a", "changed"));
    let stranger = Draft::event(account(2), event("a", "plain"));
    let outcomes = rig.append(vec![draft("a"), draft("a"), other, stranger]).unwrap();
    let stored = |seq, acct_seq| Outcome::Stored { seq: Seq(seq), acct_seq };
    assert_eq!(outcomes, [stored(1, 1), duplicate(1), conflict(1), stored(2, 1)]);
    let stats = rig.journal.stats();
    assert_eq!((stats.duplicates, stats.conflicts, stats.records), (1, 1, 2));
}

#[test]
fn two_tickets_in_one_block_get_one_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    let mut first = rig.journal.submit(vec![draft("a")]).unwrap();
    let mut second = rig.journal.submit(vec![draft("a")]).unwrap();
    assert!(second.try_take().is_none());
    rig.writer.step().unwrap();
    assert_eq!(first.try_take().unwrap().unwrap()[0].seq(), Seq(1));
    assert_eq!(second.try_take().unwrap().unwrap(), [duplicate(1)]);
}

#[test]
fn ids_are_known_across_segments() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    fill(&mut rig);
    check_matrix(&mut rig);
}

#[test]
fn ids_are_known_after_a_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), small()).unwrap();
    fill(&mut rig);
    drop(rig);
    check_matrix(&mut Rig::open(dir.path(), small()).unwrap());
}

/// Runs on disk, written and merged.
fn maintained(path: &std::path::Path, settings: &Settings) -> usize {
    let mut rig = Rig::open(path, settings.clone()).unwrap();
    fill(&mut rig);
    let mut merger = rig.writer.merger();
    let mut steps = 0;
    while merger.step().unwrap() {
        steps += 1;
    }
    check_matrix(&mut rig);
    steps
}

fn runs(path: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    files(path).into_iter().filter(|(path, _)| path.extension() == Some("run".as_ref())).collect()
}

#[test]
fn ids_are_known_from_merged_runs() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { segment_bytes: 4096, ..uncached() };
    assert!(maintained(dir.path(), &settings) > 9, "written and merged");
    let names: Vec<_> = runs(dir.path()).into_iter().map(|(path, _)| path).collect();
    assert!(names[0].ends_with("000000000001-000000000008.run"), "{names:?}");
    check_matrix(&mut Rig::open(dir.path(), settings).unwrap());
}

#[test]
fn runs_can_be_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { segment_bytes: 4096, ..uncached() };
    maintained(dir.path(), &settings);
    std::fs::remove_dir_all(dir.path().join("ids")).unwrap();
    check_matrix(&mut Rig::open(dir.path(), settings).unwrap());
}

#[test]
fn damaged_runs_are_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { segment_bytes: 4096, ..uncached() };
    maintained(dir.path(), &settings);
    let whole = runs(dir.path());
    // The header, the first page (found only when it is asked for), the tables at the end.
    for at in [20, 600, usize::MAX] {
        for (path, bytes) in &whole {
            let mut bytes = bytes.clone();
            let at = at.min(bytes.len() - 5);
            bytes[at] ^= 4;
            overwrite(path, &bytes);
        }
        let mut rig = Rig::open(dir.path(), settings.clone()).unwrap();
        check_matrix(&mut rig);
        let mut merger = rig.writer.merger();
        while merger.step().unwrap() {}
        check_matrix(&mut rig);
    }
}
