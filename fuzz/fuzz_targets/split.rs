//! Any bytes as a body: the pieces are slices of it in its order, each accepted record is accepted
//! by itself, and the limit holds.

#![no_main]

use bytes::Bytes;
use cairn_event::{Event, Piece, Quarantine, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((limit, body)) = data.split_first() else {
        return;
    };
    let limit = usize::from(*limit);
    let body = Bytes::copy_from_slice(body);
    let mut at = 0;
    let mut count = 0;
    for piece in split(&body, limit) {
        count += 1;
        let bytes = match piece {
            Piece::Event(event) => {
                let alone = Event::parse(event.raw().clone()).expect("a record stands by itself");
                assert_eq!((alone.id(), alone.time()), (event.id(), event.time()));
                assert_eq!(alone.resources(), event.resources());
                event.raw().clone()
            }
            Piece::Flawed { bytes, flaw } => {
                assert!(flaw.at <= bytes.len());
                let kept = Quarantine::new(bytes.clone(), flaw, "fuzzer");
                let kept = kept.expect("the body is small");
                assert_eq!(Quarantine::decode(&kept.encode()), Ok(kept));
                bytes
            }
        };
        if !bytes.is_empty() {
            let start = bytes.as_ptr() as usize - body.as_ptr() as usize;
            assert!(start >= at && start + bytes.len() <= body.len());
            at = start + bytes.len();
        }
    }
    assert!(count <= limit + 1);
});
