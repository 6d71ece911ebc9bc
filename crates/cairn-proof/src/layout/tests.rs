use proptest::prelude::*;

use super::*;

const ROOT: &str = "p/q/AWSLogs/o-abcdefghij/111122223333";

fn place() -> Place {
    Place {
        prefix: Some("p/q".to_owned()),
        organization: Some("o-abcdefghij".to_owned()),
        account: "111122223333".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
    }
}

#[test]
fn keys_are_written_as_aws_writes_them() {
    let time = Timestamp::parse("2026-02-03T04:05:09Z").unwrap();
    let minute = Timestamp::parse("2026-02-03T04:05:00Z").unwrap();
    let log = LogKey {
        place: place(),
        kind: LogKind::Insight,
        time: minute,
        unique: "ABCDEFGHIJKLMNOP".to_owned(),
    };
    let expected = format!(
        "{ROOT}/CloudTrail-Insight/eu-west-1/2026/02/03/\
         111122223333_CloudTrail-Insight_eu-west-1_20260203T0405Z_ABCDEFGHIJKLMNOP.json.gz"
    );
    assert_eq!(log.to_string(), expected);
    assert_eq!(Key::parse(&expected), Key::Log(log));
    let digest = DigestKey {
        place: place(),
        trail: "my_trail.x".to_owned(),
        home: "us-east-1".parse().unwrap(),
        end: time,
        backfill: true,
    };
    let expected = format!(
        "{ROOT}/CloudTrail-Digest/eu-west-1/2026/02/03/111122223333_CloudTrail-Digest_eu-west-1_\
         my_trail.x_us-east-1_20260203T040509Z_backfill.json.gz"
    );
    assert_eq!(digest.to_string(), expected);
    assert_eq!(Key::parse(&expected), Key::Digest(digest.clone()));
    let proof = ProofKey(digest);
    assert_eq!(Key::parse(&proof.to_string()), Key::Proof(proof));
}

#[test]
fn what_is_not_exactly_a_key_is_none() {
    let stray = [
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/30/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/03/111122223333_CloudTrail_us-east-1_\
         20260204T0405Z_ABCDEFGHIJKLMNOP.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/03/111122223333_CloudTrail_us-west-1_\
         20260203T0405Z_ABCDEFGHIJKLMNOP.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/03/111122223333_CloudTrail_us-east-1_\
         20260203T0405Z_ABCDEFGHIJKLMNO\u{e9}.json.gz",
        "AWSLogs/111122223333/CloudTrail-Digest/x",
    ];
    for key in stray {
        assert_eq!(Key::parse(key), Key::Stray, "{key}");
    }
    let other = [
        "",
        "x",
        "AWSLogs",
        "AWSLogs/111122223333/Config/x.json.gz",
        "AWSLogs/111122223333/CloudTrail-Lake/Query/2026/02/03/x/result_1.csv.gz",
        "CloudTrail/x",
    ];
    for key in other {
        assert_eq!(Key::parse(key), Key::Other, "{key}");
    }
    assert_eq!(Key::parse("AWSLogs/111122223333/CloudTrail/"), Key::Folder);
}

#[test]
fn a_unique_part_depends_on_all_that_it_is_made_of() {
    let hash = Sha256::of(b"records");
    let first = unique(b"secret", Seq(1), Seq(2), &hash);
    assert_eq!(first.len(), 16);
    assert!(first.bytes().all(|byte| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".contains(&byte)));
    assert_eq!(first, unique(b"secret", Seq(1), Seq(2), &hash));
    assert_ne!(first, unique(b"secreT", Seq(1), Seq(2), &hash));
    assert_ne!(first, unique(b"secret", Seq(0), Seq(2), &hash));
    assert_ne!(first, unique(b"secret", Seq(1), Seq(3), &hash));
    assert_ne!(first, unique(b"secret", Seq(1), Seq(2), &Sha256::of(b"record")));
}

proptest! {
    #[test]
    fn every_key_is_read_back(
        prefix in proptest::option::of("[a-zA-Z0-9!_.*'()/-]{1,20}[a-z]"),
        organization in proptest::option::of("o-[a-z0-9]{10}"),
        account in 0u64..=999_999_999_999,
        trail in "[a-zA-Z0-9][a-zA-Z0-9._-]{2,40}",
        seconds in 0..Timestamp::MAX.seconds(),
        unique in "[A-Z2-7]{16}",
        kind in 0usize..4,
        backfill: bool,
    ) {
        let region: Region = "ap-southeast-2".parse().unwrap();
        let account = AccountId::new(account).unwrap();
        let place = Place { prefix, organization, account, region: region.clone() };
        let minute = Timestamp::from_seconds(seconds / 60 * 60);
        let kind = LogKind::ALL[kind];
        let log = LogKey { place: place.clone(), kind, time: minute, unique };
        prop_assert_eq!(Key::parse(&log.to_string()), Key::Log(log));
        let end = Timestamp::from_seconds(seconds);
        let digest = DigestKey { place, trail, home: region, end, backfill };
        prop_assert_eq!(Key::parse(&digest.to_string()), Key::Digest(digest.clone()));
        let proof = ProofKey(digest);
        prop_assert_eq!(Key::parse(&proof.to_string()), Key::Proof(proof));
    }

    #[test]
    fn no_text_is_too_strange(key in "\\PC{0,120}") {
        Key::parse(&key);
    }
}
