use std::io;
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Int64Array};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::WriterProperties;

use super::*;

/// Knows what it was told to read ahead.
struct Told {
    near: bool,
    ahead: Mutex<Vec<u64>>,
}

impl Told {
    fn new(near: bool) -> Self {
        Self { near, ahead: Mutex::default() }
    }

    fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.ahead.lock().unwrap())
    }
}

impl DiskFile for Told {
    fn read_exact_at(&self, _buffer: &mut [u8], _offset: u64) -> io::Result<()> {
        Ok(())
    }

    fn is_near(&self, _offset: u64) -> bool {
        self.near
    }

    fn read_ahead(&self, offset: u64, _length: u64) {
        self.ahead.lock().unwrap().push(offset);
    }

    fn write_all_at(&self, _bytes: &[u8], _offset: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(0)
    }

    fn set_len(&self, _size: u64) -> io::Result<()> {
        Ok(())
    }

    fn set_read_only(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Of a file with two columns and sixteen row groups.
fn footer() -> ParquetMetaData {
    let column = || Arc::new(Int64Array::from_iter_values(0..160)) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("a", column()), ("b", column())]).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(10)).build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(file)).unwrap()
}

fn chunk(footer: &ParquetMetaData, group: usize, leaf: usize) -> Range<u64> {
    let (start, length) = footer.row_group(group).column(leaf).byte_range();
    start..start + length
}

#[test]
fn a_column_that_is_read_on_and_on_is_read_ahead_and_each_part_once() {
    let (footer, file, course) = (footer(), Told::new(false), Course::default());
    let starts = |groups: Range<usize>| -> Vec<u64> {
        groups.map(|group| chunk(&footer, group, 0).start).collect()
    };
    let mut ahead = Ahead::default();
    assert!(!ahead.begin(&course, &footer, &file));
    let mut told = Vec::new();
    for group in 0..16 {
        let ranges = [chunk(&footer, group, 0)];
        ahead.read(&course, &footer, &ranges, &file);
        told.push(file.take());
    }
    let mut expected = [0..0, 0..0, 3..11, 11..12, 12..13, 13..14, 14..15, 15..16].to_vec();
    expected.resize(16, 0..0);
    assert_eq!(told, expected.into_iter().map(starts).collect::<Vec<_>>());
    // Of the next file it is known from the beginning, of this column only.
    let mut ahead = Ahead::default();
    assert!(ahead.begin(&course, &footer, &file));
    assert_eq!(file.take(), starts(0..8));
    let ranges = [chunk(&footer, 0, 0)];
    ahead.read(&course, &footer, &ranges, &file);
    assert_eq!(file.take(), starts(8..9));
}

#[test]
fn who_reads_here_and_there_gets_only_what_is_asked_for() {
    let (footer, file, course) = (footer(), Told::new(false), Course::default());
    let mut ahead = Ahead::default();
    for group in [0, 1, 3, 4, 6, 7] {
        let ranges = [chunk(&footer, group, 0), chunk(&footer, group, 1)];
        ahead.read(&course, &footer, &ranges, &file);
        assert_eq!(file.take(), [0; 0]);
    }
    assert_eq!(course.whole.load(Ordering::Relaxed), 0);
}

#[test]
fn who_reads_a_part_of_each_row_group_gets_nothing_more() {
    let (footer, file, course) = (footer(), Told::new(false), Course::default());
    let mut ahead = Ahead::default();
    for group in 0..8 {
        let Range { start, end } = chunk(&footer, group, 0);
        let ranges = [start..start + 1, end - 2..end];
        ahead.read(&course, &footer, &ranges, &file);
        assert_eq!(file.take(), [0; 0]);
    }
}

#[test]
fn where_nothing_has_to_be_waited_for_nothing_is_said() {
    let (footer, file, course) = (footer(), Told::new(true), Course::default());
    let mut ahead = Ahead::default();
    for group in 0..8 {
        let ranges = [chunk(&footer, group, 0), chunk(&footer, group, 1)];
        ahead.read(&course, &footer, &ranges, &file);
    }
    assert_eq!(file.take(), [0; 0]);
}
