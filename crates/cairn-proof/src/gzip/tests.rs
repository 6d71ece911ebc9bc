use proptest::prelude::*;

use super::*;

const LIMIT: usize = 1 << 20;

fn member(plain: &[u8]) -> Vec<u8> {
    Deflater::new(6).gzip(plain)
}

#[test]
fn what_was_compressed_is_read_back() {
    for plain in [vec![], vec![b'x'], vec![b'a'; 300_000]] {
        let bytes = member(&plain);
        assert_eq!(gunzip(&bytes, LIMIT, GzipForm::Cairn).unwrap(), plain);
    }
}

#[test]
fn nothing_may_stand_around_the_member() {
    let one = member(b"{}");
    let with = |more: &[u8]| gunzip(&[&one[..], more].concat(), LIMIT, GzipForm::Any);
    assert_eq!(with(&member(b"{}")), Err(GzipError::SecondMember));
    assert_eq!(with(b"\0"), Err(GzipError::Trailing { bytes: 1 }));
    assert_eq!(with(b""), Ok(b"{}".to_vec()));
    for length in 0..one.len() {
        let found = gunzip(&one[..length], LIMIT, GzipForm::Any);
        assert_eq!(found, Err(GzipError::Truncated), "{length}");
    }
    assert_eq!(gunzip(b"plain text", LIMIT, GzipForm::Any), Err(GzipError::NotGzip));
}

#[test]
fn headers_of_others_are_read_only_when_asked_for() {
    let one = member(b"text");
    let mut named = HEADER[..3].to_vec();
    named.extend([NAME | EXTRA, 1, 2, 3, 4, 0, 3, 2, 0, 9, 9]);
    named.extend(b"name\0");
    named.extend(&one[HEADER.len()..]);
    assert_eq!(gunzip(&named, LIMIT, GzipForm::Any).unwrap(), b"text");
    assert_eq!(gunzip(&named, LIMIT, GzipForm::Cairn), Err(GzipError::Header));
    let mut reserved = one.clone();
    reserved[3] = 0x40;
    assert_eq!(gunzip(&reserved, LIMIT, GzipForm::Any), Err(GzipError::Reserved));
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let bytes = member(&vec![0; 50_000]);
    assert_eq!(gunzip(&bytes, 49_999, GzipForm::Any), Err(GzipError::TooLong { limit: 49_999 }));
    assert!(gunzip(&bytes, 50_000, GzipForm::Any).is_ok());
    let mut lying = bytes.clone();
    let end = lying.len();
    lying[end - 4..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(gunzip(&lying, LIMIT, GzipForm::Any), Err(GzipError::Checksum));
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let with_magic = [&HEADER[..], &bytes].concat();
        let _ = gunzip(&bytes, LIMIT, GzipForm::Any);
        let _ = gunzip(&with_magic, LIMIT, GzipForm::Any);
    }
}
