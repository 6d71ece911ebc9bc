use cairn_journal::DiskFile;

use super::{Class, Fault, SECTOR, SimDisk};

const MIB: u64 = 1024 * 1024;

fn bytes(file: &dyn DiskFile) -> Vec<u8> {
    let mut bytes = vec![0; file.len().unwrap() as usize];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

/// A disk with the durable file `a` of four sectors of ones, which the process then overwrites
/// with twos.
fn overwritten(seed: u64) -> (SimDisk, Box<dyn DiskFile>) {
    let disk = SimDisk::new(seed, MIB);
    let dir = disk.mount();
    let file = dir.create("a", 4 * SECTOR as u64).unwrap();
    dir.sync_dir().unwrap();
    file.write_all_at(&[1; 4 * SECTOR], 0).unwrap();
    file.sync().unwrap();
    file.write_all_at(&[2; 4 * SECTOR], 0).unwrap();
    (disk, file)
}

fn after(disk: &SimDisk) -> Vec<u8> {
    bytes(&*disk.mount().open("a").unwrap())
}

#[test]
fn a_power_cut_keeps_any_of_the_unsynced_sectors_and_all_of_the_synced_ones() {
    let mut patterns = std::collections::BTreeSet::new();
    for seed in 0..300 {
        let (disk, _file) = overwritten(seed);
        disk.cut_power();
        let found = after(&disk);
        let sectors: Vec<u8> = found.chunks(SECTOR).map(|sector| sector[0]).collect();
        assert!(found.chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        patterns.insert(sectors);

        let (disk, file) = overwritten(seed);
        file.sync().unwrap();
        disk.cut_power();
        assert_eq!(after(&disk), [2; 4 * SECTOR]);
    }
    assert_eq!(patterns.len(), 16, "every subset of four sectors comes up: {patterns:?}");
}

#[test]
fn after_a_failed_sync_the_cache_is_new_the_platter_is_old_and_the_next_sync_lies() {
    let mut lost = 0;
    for seed in 0..50 {
        let (disk, file) = overwritten(seed);
        disk.fail(Fault { class: Class::Sync, nth: 0 });
        assert_eq!(file.sync().unwrap_err().raw_os_error(), Some(5));
        file.sync().unwrap();
        disk.kill();
        assert_eq!(after(&disk), [2; 4 * SECTOR], "the page cache outlives the process");
        disk.cut_power();
        lost += usize::from(after(&disk) != [2; 4 * SECTOR]);
    }
    assert!(lost > 25, "{lost} of 50");
}

#[test]
fn a_name_is_durable_after_its_directory_was_synced() {
    let mut found = [0; 3];
    for seed in 0..200 {
        let disk = SimDisk::new(seed, MIB);
        let dir = disk.mount();
        dir.create("a", 1).unwrap();
        dir.sync_dir().unwrap();
        dir.create("b", 2).unwrap();
        dir.rename("b", "a").unwrap();
        disk.cut_power();
        let names = disk.mount().list().unwrap();
        let size = disk.mount().open("a").unwrap().len().unwrap();
        match (names.join(" ").as_str(), size) {
            ("a", 1) => found[0] += 1,
            ("a b", 1) => found[1] += 1,
            ("a", 2) => found[2] += 1,
            other => panic!("{other:?} was never there"),
        }
    }
    assert!(found.iter().all(|count| *count > 10), "{found:?}");
}

#[test]
fn a_file_that_does_not_fit_is_refused_and_leaves_nothing() {
    let disk = SimDisk::new(1, MIB);
    let dir = disk.mount();
    disk.set_free(1000);
    let error = dir.create("a", 1001).err().unwrap();
    assert!(cairn_journal::is_full(&error));
    assert_eq!(dir.list().unwrap(), Vec::<String>::new());
    dir.create("a", 1000).unwrap();
    assert_eq!(disk.free(), 0);
    dir.remove("a").unwrap();
    assert_eq!(disk.free(), 1000);
}

#[test]
fn handles_and_locks_end_with_their_process() {
    let disk = SimDisk::new(1, MIB);
    let dir = disk.mount();
    let file = dir.create("a", 1).unwrap();
    let _guard = dir.lock("lock").unwrap();
    assert!(dir.lock("lock").is_err());
    disk.kill();
    assert!(file.sync().is_err());
    assert!(dir.list().is_err());
    let _again = disk.mount().lock("lock").unwrap();
}

#[test]
fn a_process_dies_within_the_operation_it_was_told_to() {
    let (disk, file) = overwritten(1);
    disk.die_in(1);
    assert!(file.len().is_ok());
    assert!(file.sync().is_err());
    assert!(disk.is_dead());
    assert!(file.len().is_err());
}

#[test]
fn rot_is_put_back_where_it_was_and_forgotten_where_it_was_written_over() {
    let (disk, file) = overwritten(3);
    assert_eq!(disk.rot("a"), None, "what is going to be written out does not rot");
    file.sync().unwrap();
    assert!((0..9).filter_map(|_| disk.rot("a")).count() > 1);
    assert_ne!(after(&disk), [2; 4 * SECTOR]);
    disk.mend();
    assert_eq!(after(&disk), [2; 4 * SECTOR]);
    disk.rot("a").unwrap();
    file.write_all_at(&[3; 4 * SECTOR], 0).unwrap();
    assert_eq!(disk.rots(), []);
    assert_eq!(after(&disk), [3; 4 * SECTOR]);
}
