use proptest::prelude::*;

use super::*;
use crate::{GzipForm, gunzip};

fn write(records: &[Vec<u8>], block_bytes: usize) -> (Vec<u8>, SealedLogFile) {
    let mut deflater = Deflater::new(6);
    let mut out = Vec::new();
    let mut writer = LogFileWriter::with_block_bytes(block_bytes, &mut out);
    for record in records {
        writer.push(record, &mut deflater, &mut out);
    }
    let sealed = writer.finish(&mut deflater, &mut out);
    (out, sealed)
}

#[test]
fn files_that_share_a_compressor_do_not_mix() {
    let mut deflater = Deflater::new(6);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut one = LogFileWriter::with_block_bytes(64, &mut left);
    let mut two = LogFileWriter::with_block_bytes(64, &mut right);
    for number in 0..50 {
        one.push(format!("{{\"left\":{number}}}").as_bytes(), &mut deflater, &mut left);
        two.push(format!("{{\"right\":{number}}}").as_bytes(), &mut deflater, &mut right);
    }
    one.finish(&mut deflater, &mut left);
    two.finish(&mut deflater, &mut right);
    let text = |bytes: &[u8]| gunzip(bytes, 1 << 20, GzipForm::Cairn).unwrap();
    let expected = |name: &str| {
        let records: Vec<_> = (0..50).map(|at| format!("{{\"{name}\":{at}}}")).collect();
        format!("{{\"Records\":[{}]}}\n", records.join(",")).into_bytes()
    };
    assert_eq!(text(&left), expected("left"));
    assert_eq!(text(&right), expected("right"));
}

proptest! {
    #[test]
    fn a_file_holds_its_records_however_it_was_cut(
        records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..40),
        block_bytes in 1usize..2000,
    ) {
        let (bytes, sealed) = write(&records, block_bytes);
        let expected = [OPENING, &records.join(&b','), CLOSING].concat();
        let plain = gunzip(&bytes, 1 << 20, GzipForm::Cairn).unwrap();
        prop_assert_eq!(&plain, &expected);
        prop_assert_eq!(sealed.sha256, Sha256::of(&expected));
        prop_assert_eq!(sealed.gzip_sha256, Sha256::of(&bytes));
        prop_assert_eq!(sealed.bytes, expected.len() as u64);
        prop_assert_eq!(sealed.gzip_bytes, bytes.len() as u64);
        prop_assert_eq!(sealed.records, records.len() as u64);
        prop_assert_eq!(write(&records, block_bytes).0, bytes);
    }
}
