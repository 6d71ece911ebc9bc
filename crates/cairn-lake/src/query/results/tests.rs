use cairn_journal::FileDisk;

use super::*;

fn disk() -> (tempfile::TempDir, Arc<dyn Disk>) {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FileDisk::open(dir.path()).unwrap());
    (dir, disk)
}

fn row(at: u64) -> Cells {
    vec![Some(format!("row {at}")), (!at.is_multiple_of(3)).then(|| "x".repeat(at as usize % 7))]
}

#[test]
fn rows_come_back_from_any_place_on() {
    let (_dir, disk) = disk();
    let labels = ["a".to_owned(), "a".to_owned()];
    for rows in [0, 1, 999, 1000, 1001, 3210] {
        let mut writer = Writer::create(disk.clone(), "q", &labels).unwrap();
        (0..rows).for_each(|at| writer.push(row(at)).unwrap());
        assert!(Reader::open(&*disk, "q").unwrap().is_none_or(|old| old.rows < rows));
        writer.finish("q").unwrap();
        let reader = Reader::open(&*disk, "q").unwrap().unwrap();
        assert_eq!((reader.rows, &reader.labels[..]), (rows, &labels[..]));
        for (from, limit) in [(0, 1), (0, 1000), (990, 20), (1999, 1000), (rows, 5), (9999, 1)] {
            let end = rows.min(from + limit);
            let wanted: Vec<Cells> = (from..end).map(row).collect();
            assert_eq!(
                reader.rows(from, limit as usize, usize::MAX).unwrap(),
                wanted,
                "{from} {limit}"
            );
        }
    }
}

#[test]
fn a_page_ends_with_the_row_that_fills_it() {
    let (_dir, disk) = disk();
    let mut writer = Writer::create(disk.clone(), "q", &["a".to_owned()]).unwrap();
    (0..1500).for_each(|_| writer.push(vec![Some("x".repeat(10)), None]).unwrap());
    writer.finish("q").unwrap();
    let reader = Reader::open(&*disk, "q").unwrap().unwrap();
    for (from, bytes, rows) in [(0, 1, 1), (0, 22, 2), (995, 100, 10), (1499, 0, 1), (0, 110, 10)] {
        assert_eq!(reader.rows(from, 1500, bytes).unwrap().len(), rows, "{from} {bytes}");
    }
}

#[test]
fn long_rows_are_in_blocks_of_few() {
    let (_dir, disk) = disk();
    let long = |at: u64| vec![Some(format!("{at}").repeat(1 << 20)), Some(format!("{at}"))];
    let mut writer = Writer::create(disk.clone(), "q", &["a".to_owned()]).unwrap();
    let rows: Vec<Cells> =
        (0..2100).map(|at| if at % 200 < 10 { long(at % 7) } else { row(at) }).collect();
    for row in &rows {
        writer.push(row.clone()).unwrap();
    }
    writer.finish("q").unwrap();
    let reader = Reader::open(&*disk, "q").unwrap().unwrap();
    for block in 1..reader.index.len() - 1 {
        let rows = reader.block(block).unwrap();
        let bytes: usize = rows.iter().map(size).sum();
        assert!(bytes < BLOCK_BYTES + (2 << 20), "{bytes} bytes in block {block}");
        assert!(rows.len() as u64 <= BLOCK_ROWS);
    }
    assert!(reader.index.len() > 10);
    for from in [0, 7, 8, 9, 199, 1000, 2095] {
        let found = reader.rows(from as u64, 20, usize::MAX).unwrap();
        assert_eq!(found, rows[from..rows.len().min(from + 20)], "{from}");
    }
}

#[test]
fn results_of_earlier_versions_are_read() {
    let (_dir, disk) = disk();
    let rows: Vec<Cells> = (0..2500).map(row).collect();
    let labels: Cells = vec![Some("a".to_owned()), Some("b".to_owned())];
    let (mut file, mut tail, mut blocks) = (Vec::new(), Vec::new(), 0_u64);
    for block in std::iter::once(&[labels][..]).chain(rows.chunks(1000)) {
        tail.extend((file.len() as u64).to_le_bytes());
        let text = serde_json::to_vec(block).unwrap();
        file.extend(zstd::bulk::compress(&text, LEVEL).unwrap());
        blocks += 1;
    }
    for number in [file.len() as u64, blocks, rows.len() as u64] {
        tail.extend(number.to_le_bytes());
    }
    tail.extend(crc32c::crc32c(&tail).to_le_bytes());
    tail.extend(*b"CAIRNQR1");
    file.extend(tail);
    disk.replace("q.rows", &file).unwrap();
    let reader = Reader::open(&*disk, "q").unwrap().unwrap();
    assert_eq!((reader.rows, reader.labels.len()), (2500, 2));
    for (from, end) in [(0, 5), (995, 1005), (1999, 2500), (2499, 2500), (0, 2500)] {
        let found = reader.rows(from, (end - from) as usize, usize::MAX).unwrap();
        assert_eq!(found, rows[from as usize..end as usize]);
    }
}

#[test]
fn a_changed_index_is_told() {
    let (dir, disk) = disk();
    let mut writer = Writer::create(disk.clone(), "q", &["a".to_owned()]).unwrap();
    writer.push(row(1)).unwrap();
    writer.finish("q").unwrap();
    let path = dir.path().join("q.rows");
    let whole = std::fs::read(&path).unwrap();
    for at in whole.len() - 40..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        disk.replace("q.rows", &bytes).unwrap();
        assert!(Reader::open(&*disk, "q").is_err(), "{at}");
    }
    remove(&*disk, "q").unwrap();
    assert!(Reader::open(&*disk, "q").unwrap().is_none());
}
