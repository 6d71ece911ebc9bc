//! The index is derived: what is lost or damaged is built again, with the same answers.

use cairn_core::ErrorKind;
use cairn_history::{Attribute, HistoryError, Page, Query};

use crate::kit::{House, NOW, Spec, by, overwrite, small};

fn filled() -> House {
    let mut house = House::new(small());
    for number in 0..300 {
        let spec = Spec {
            account: 1 + number as u64 % 2,
            name: format!("Op{}", number % 7),
            ..Spec::new(number, NOW - 86_400 * (number as i64 % 4) - number as i64 % 50)
        };
        house.put(&spec);
    }
    house.settle();
    house
}

/// Every page of several questions, as bytes.
fn everything(house: &House) -> Vec<u8> {
    let mut bytes = Vec::new();
    for account in [1, 2] {
        let scope = house.scope(account, Some("us-east-1"));
        for query in [
            Query::default(),
            by(Attribute::EventName, "Op3"),
            by(Attribute::ResourceType, "AWS::S3::Object"),
            Query { text: Some("id-2".to_owned()), ..Query::default() },
        ] {
            let mut query = Query { limit: 7, ..query };
            loop {
                let Page { records, next } = scope.lookup(&query).unwrap();
                for record in records {
                    bytes.extend_from_slice(&record.seq.0.to_le_bytes());
                    bytes.extend_from_slice(&record.raw);
                }
                bytes.extend_from_slice(format!("{next:?}").as_bytes());
                match next {
                    Some(_) => query.after = next,
                    None => break,
                }
            }
        }
    }
    bytes
}

#[test]
fn a_deleted_index_comes_back_with_the_same_answers() {
    let mut house = filled();
    let before = everything(&house);
    house.restart();
    house.settle();
    assert!(everything(&house) == before);
    house.forget();
    let error = house.scope(1, None).lookup(&Query::default()).unwrap_err();
    assert!(matches!(error, HistoryError::Behind { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    house.settle();
    assert!(everything(&house) == before);
}

#[test]
fn a_restart_reads_only_what_is_not_in_parts() {
    let mut house = filled();
    let cursor = house.history().stats().cursor;
    assert!(cursor.0 > 200, "{cursor}");
    house.restart();
    let stats = house.history().stats();
    assert_eq!((stats.cursor, stats.visible.0), (cursor, cursor.0 - 1));
    assert_eq!(stats.part_rows, cursor.0 - 1);
}

#[test]
fn a_missing_or_damaged_file_starts_the_index_over() {
    let mut house = filled();
    let before = everything(&house);
    for round in 0..3 {
        house.stop();
        let victim = if round == 2 { house.manifest() } else { house.part_files()[0].clone() };
        let mut bytes = std::fs::read(&victim).unwrap();
        match round {
            0 => std::fs::remove_file(&victim).unwrap(),
            _ => {
                let last = bytes.len() - 1;
                bytes[last] ^= 0x40;
                overwrite(&victim, &bytes);
            }
        }
        house.start();
        assert_eq!(house.history().stats().cursor.0, 1, "round {round}");
        house.settle();
        assert!(everything(&house) == before, "round {round}");
    }
}

#[test]
fn damage_met_by_a_lookup_is_named_and_repaired() {
    let mut house = filled();
    let before = everything(&house);
    house.restart();
    for path in house.part_files() {
        let mut bytes = std::fs::read(&path).unwrap();
        // The first page behind the header's.
        bytes[16 * 1024 + 100] ^= 1;
        overwrite(&path, &bytes);
    }
    house.index();
    let query = Query { limit: 300, ..Query::default() };
    let error = house.scope(1, None).lookup(&query).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains(".part is damaged at page 1"), "{error}");
    house.settle();
    assert!(everything(&house) == before);
}

#[test]
fn a_file_that_goes_missing_leaves_no_others_behind() {
    let mut house = filled();
    let before = everything(&house);
    house.restart();
    house.index();
    let parts = house.part_files();
    assert!(parts.len() > 2, "{parts:?}");
    std::fs::remove_file(&parts[0]).unwrap();
    let query = Query { limit: 300, ..Query::default() };
    assert_eq!(house.scope(1, None).lookup(&query).unwrap_err().kind(), ErrorKind::Data);
    house.settle();
    assert!(everything(&house) == before);
    assert_eq!(house.part_files().len(), house.history().stats().parts);
}

#[test]
fn a_manifest_that_cannot_be_replaced_costs_no_space() {
    let mut house = House::new(small());
    for number in 0..40 {
        house.put(&Spec::new(number, NOW - number as i64));
    }
    house.index();
    let in_the_way = house.manifest().with_extension("tmp");
    std::fs::create_dir(&in_the_way).unwrap();
    for _ in 0..5 {
        assert!(house.merger().step().is_err());
        assert_eq!(house.part_files().len(), 1, "only what the last try made");
    }
    std::fs::remove_dir(&in_the_way).unwrap();
    house.settle();
    assert_eq!((house.part_files().len(), house.history().stats().parts), (1, 1));
}

#[test]
fn damage_met_by_a_merge_is_repaired() {
    let mut house = House::new(small());
    let mut number = 0;
    while house.part_files().len() < 2 {
        house.put(&Spec::new(number, NOW - number as i64));
        number += 1;
        house.settle();
    }
    let path = house.part_files()[0].clone();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[16 * 1024 + 100] ^= 1;
    overwrite(&path, &bytes);
    let error = loop {
        house.put(&Spec::new(number, NOW - number as i64));
        number += 1;
        house.index();
        if let Err(error) = house.merger().step() {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::Data);
    house.settle();
    let query = Query { limit: 1000, ..Query::default() };
    assert_eq!(house.scope(1, None).lookup(&query).unwrap().records.len(), number);
}
