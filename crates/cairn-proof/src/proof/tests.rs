use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_780_000_000 + seconds)
}

fn proof() -> Proof {
    let region: Region = "eu-west-1".parse().unwrap();
    let window = KeyWindow {
        region: region.clone(),
        public: vec![1, 2, 3],
        not_before: at(-100),
        not_after: at(90_000),
    };
    Proof {
        trail: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all".to_owned(),
        account: "111122223333".parse().unwrap(),
        region,
        index: 4,
        previous: Some(Sha256::of(b"before")),
        started: Some(Started::Logging),
        ended: Some(Ended { by: Ending::StopLogging, at: at(3500) }),
        start: at(0),
        end: at(3600),
        generated: None,
        coverage: Some(Coverage { after: Seq(10), through: Seq(30) }),
        digest_bucket: "logs".to_owned(),
        digest_object: "AWSLogs/d.json.gz".to_owned(),
        digest_sha256: Sha256::of(b"digest"),
        digest_gzip_sha256: Sha256::of(b"gzip"),
        digest_signature: "ab".repeat(256),
        key: window,
        files: vec![ProofFile {
            bucket: "logs".to_owned(),
            object: "AWSLogs/l.json.gz".to_owned(),
            sha256: Sha256::of(b"l"),
            gzip_sha256: Sha256::of(b"lz"),
            bytes: 1000,
            gzip_bytes: 300,
            records: 3,
            oldest: at(1),
            newest: at(2),
            first: Seq(11),
            last: Seq(15),
        }],
        heads: vec![Head {
            account: "111122223333".parse().unwrap(),
            region: "us-west-2".parse().unwrap(),
            index: 9,
            end: at(3000),
            sha256: Sha256::of(b"head"),
        }],
    }
}

fn signer() -> ProofSigner {
    ProofSigner::new("cairn.example", &[3; 32]).unwrap()
}

#[test]
fn a_proof_is_read_back() {
    let bytes = proof().seal(&signer());
    let keys = [signer().verifier().clone()];
    assert_eq!(Proof::open(&bytes, &keys), Ok(proof()));
    assert_eq!(Proof::open_unverified(&bytes), Ok(proof()));
    assert_eq!(Proof::open(&bytes, &[]), Err(ProofError::Note(NoteError::Unsigned)));
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((lines[0], lines[2]), ("cairn.proof/1", ""));
    assert!(lines[1].starts_with("{\"trail\":\"arn:aws:cloudtrail:"), "{}", lines[1]);
    assert!(lines[3].starts_with("\u{2014} cairn.example "), "{}", lines[3]);
}

#[test]
fn a_signed_text_that_is_no_proof_is_refused() {
    let keys = [signer().verifier().clone()];
    let json = document::write(&proof());
    let changes = [
        (FORMAT, "cairn.proof/2"),
        ("\"index\":4", "\"index\":-4"),
        ("\"index\":4", "\"indeX\":4"),
        ("\"chain\":\"start-logging\"", "\"chain\":\"because\""),
        ("\"after\":10", "\"after\":31"),
        ("\"records\":3", "\"records\":6"),
        ("\"fingerprint\":\"", "\"fingerprint\":\"0"),
        ("2026-", "2026-02-"),
    ];
    for (from, to) in changes {
        let text = format!("{FORMAT}\n{json}\n");
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let note = signer().sign(&changed);
        assert!(Proof::open(note.as_bytes(), &keys).is_err(), "{to}");
    }
}
