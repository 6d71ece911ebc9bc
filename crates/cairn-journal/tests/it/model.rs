use std::collections::HashMap;

use cairn_core::Seq;
use cairn_journal::{Draft, Outcome, Settings};
use proptest::prelude::*;

use crate::kit::{Rig, account, event, small, uncached};

/// What can be done to a journal.
#[derive(Debug, Clone)]
enum Op {
    /// (account, id, bytes) each.
    Append(Vec<(u64, u8, u8)>),
    Reopen {
        in_order: bool,
    },
    Maintain,
}

fn op() -> impl Strategy<Value = Op> {
    let draft = (0..3u64, 0..40u8, 0..2u8);
    prop_oneof![
        8 => proptest::collection::vec(draft, 1..20).prop_map(Op::Append),
        2 => any::<bool>().prop_map(|in_order| Op::Reopen { in_order }),
        1 => Just(Op::Maintain),
    ]
}

/// The journal as a list.
#[derive(Default)]
struct Model {
    records: Vec<(u64, Vec<u8>)>,
    ids: HashMap<(u64, u8), usize>,
}

impl Model {
    fn append(&mut self, number: u64, id: u8, raw: &[u8]) -> Outcome {
        if let Some(at) = self.ids.get(&(number, id)) {
            let seq = Seq(*at as u64 + 1);
            let same = self.records[*at].1 == raw;
            return if same { Outcome::Duplicate { seq } } else { Outcome::Conflict { seq } };
        }
        self.ids.insert((number, id), self.records.len());
        self.records.push((number, raw.to_vec()));
        let acct_seq = self.records.iter().filter(|(other, _)| *other == number).count() as u64;
        Outcome::Stored { seq: Seq(self.records.len() as u64), acct_seq }
    }
}

fn run(ops: Vec<Op>, settings: &Settings) {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = Rig::open(dir.path(), settings.clone()).unwrap();
    let mut model = Model::default();
    for op in ops {
        match op {
            Op::Append(drafts) => {
                let make = |(number, id, bytes): &(u64, u8, u8)| {
                    event(&format!("id-{id}"), &format!("{number}-{bytes}").repeat(9))
                };
                let events: Vec<_> = drafts.iter().map(make).collect();
                let expected: Vec<_> = drafts
                    .iter()
                    .zip(&events)
                    .map(|((number, id, _), event)| model.append(*number, *id, event.raw()))
                    .collect();
                let drafts = drafts.iter().zip(events);
                let drafts =
                    drafts.map(|((number, ..), event)| Draft::event(account(*number), event));
                assert_eq!(rig.append(drafts.collect()).unwrap(), expected);
            }
            Op::Reopen { in_order } => {
                if in_order {
                    rig.stop();
                } else {
                    drop(rig);
                }
                rig = Rig::open(dir.path(), settings.clone()).unwrap();
            }
            Op::Maintain => while rig.writer.merger().step().unwrap() {},
        }
    }
    let all = rig.all();
    assert_eq!(all.len(), model.records.len());
    for (index, (record, (number, raw))) in all.iter().zip(&model.records).enumerate() {
        assert_eq!(record.seq.0, index as u64 + 1);
        assert_eq!((record.account, &record.raw[..]), (account(*number), &raw[..]));
    }
    for ((number, id), at) in &model.ids {
        let found = rig.journal.find(account(*number), &format!("id-{id}")).unwrap();
        assert_eq!(found, Some(Seq(*at as u64 + 1)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn a_journal_is_a_list(ops in proptest::collection::vec(op(), 1..30), cached: bool) {
        let base = if cached { small() } else { uncached() };
        run(ops, &Settings { segment_bytes: 4096, block_bytes: 1024, ..base });
    }
}
