use super::*;
use crate::{GzipForm, gunzip, verify_signature};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn digest() -> Digest {
    Digest {
        account: "111122223333".parse().unwrap(),
        start: at("2026-03-01T14:01:31Z"),
        end: at("2026-03-01T15:01:31Z"),
        bucket: "logs".to_owned(),
        object: "AWSLogs/d.json.gz".to_owned(),
        fingerprint: "31e8b5433410dfb61a9dc45cc65b22ff".to_owned(),
        newest: Some(at("2026-03-01T14:52:27Z")),
        oldest: Some(at("2026-03-01T14:42:27Z")),
        previous: Some(Previous {
            bucket: "logs".to_owned(),
            object: "AWSLogs/c.json.gz".to_owned(),
            sha256: Sha256::of(b"c"),
            signature: "50887c".to_owned(),
        }),
        files: vec![DigestFile {
            bucket: "logs".to_owned(),
            object: "AWSLogs/l.json.gz".to_owned(),
            sha256: Sha256::of(b"l"),
            newest: Some(at("2026-03-01T14:52:27Z")),
            oldest: Some(at("2026-03-01T14:42:27Z")),
        }],
    }
}

#[test]
fn a_digest_is_written_as_aws_writes_it() {
    let (c, l) = (Sha256::of(b"c"), Sha256::of(b"l"));
    let expected = format!(
        "{{\"awsAccountId\":\"111122223333\",\"digestStartTime\":\"2026-03-01T14:01:31Z\",\
         \"digestEndTime\":\"2026-03-01T15:01:31Z\",\"digestS3Bucket\":\"logs\",\
         \"digestS3Object\":\"AWSLogs/d.json.gz\",\
         \"digestPublicKeyFingerprint\":\"31e8b5433410dfb61a9dc45cc65b22ff\",\
         \"digestSignatureAlgorithm\":\"SHA256withRSA\",\
         \"newestEventTime\":\"2026-03-01T14:52:27Z\",\
         \"oldestEventTime\":\"2026-03-01T14:42:27Z\",\"previousDigestS3Bucket\":\"logs\",\
         \"previousDigestS3Object\":\"AWSLogs/c.json.gz\",\"previousDigestHashValue\":\"{c}\",\
         \"previousDigestHashAlgorithm\":\"SHA-256\",\"previousDigestSignature\":\"50887c\",\
         \"logFiles\":[{{\"s3Bucket\":\"logs\",\"s3Object\":\"AWSLogs/l.json.gz\",\
         \"hashValue\":\"{l}\",\"hashAlgorithm\":\"SHA-256\",\
         \"newestEventTime\":\"2026-03-01T14:52:27Z\",\
         \"oldestEventTime\":\"2026-03-01T14:42:27Z\"}}]}}"
    );
    let json = digest().to_json();
    assert_eq!(String::from_utf8(json.clone()).unwrap(), expected);
    assert_eq!(Digest::parse(&json), Ok(digest()));
}

#[test]
fn the_first_digest_of_a_chain_has_nulls() {
    let first = Digest { previous: None, newest: None, oldest: None, files: vec![], ..digest() };
    let json = String::from_utf8(first.to_json()).unwrap();
    let nulls = "\"newestEventTime\":null,\"oldestEventTime\":null,\
                 \"previousDigestS3Bucket\":null,\"previousDigestS3Object\":null,\
                 \"previousDigestHashValue\":null,\"previousDigestHashAlgorithm\":null,\
                 \"previousDigestSignature\":null,\"logFiles\":[]}";
    assert!(json.ends_with(nulls), "{json}");
    assert_eq!(Digest::parse(json.as_bytes()).unwrap(), first);
    let text = first.string_to_sign(&Sha256::of(json.as_bytes()));
    assert!(text.starts_with("2026-03-01T15:01:31Z\nlogs/AWSLogs/d.json.gz\n"), "{text}");
    assert!(text.ends_with("\nnull"), "{text}");
}

#[test]
fn what_is_half_a_digest_is_none() {
    let json = String::from_utf8(digest().to_json()).unwrap();
    let changes = [
        ("\"logFiles\"", "\"logfiles\""),
        ("2026-03-01T15:01:31Z", "2026-03-01T15:01:31+00:00"),
        ("2026-03-01T15:01:31Z", "2026-02-30T15:01:31Z"),
        ("111122223333", "11112222333"),
        ("SHA256withRSA", "SHA1withRSA"),
        ("\"previousDigestSignature\":\"50887c\"", "\"previousDigestSignature\":null"),
        ("\"SHA-256\",\"previous", "\"SHA-1\",\"previous"),
        (&Sha256::of(b"l").to_string(), &Sha256::of(b"l").to_string().to_uppercase()),
    ];
    for (from, to) in changes {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from}");
        assert!(Digest::parse(changed.as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn a_sealed_digest_verifies() {
    let key = DigestKeyPair::generate().unwrap();
    let sealed = digest().seal(&key, &mut Deflater::new(6)).unwrap();
    let json = gunzip(&sealed.gzip, 1 << 20, GzipForm::Cairn).unwrap();
    assert_eq!(json, digest().to_json());
    let text = digest().string_to_sign(&Sha256::of(&json));
    assert!(verify_signature(key.public(), text.as_bytes(), &sealed.signature));
}
