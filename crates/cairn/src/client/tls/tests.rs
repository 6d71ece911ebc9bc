//! The certificates were made by `openssl req -x509`: each is its own authority. `here` and `other`
//! are for 127.0.0.1, `elsewhere` is for another name. They are valid from November 2026, 10 years.

use std::time::Duration;

use super::*;

const HERE: &[u8] = include_bytes!("here.pem");
const OTHER: &[u8] = include_bytes!("other.pem");
const ELSEWHERE: &[u8] = include_bytes!("elsewhere.pem");

/// 2027-01-15T08:00:00Z.
const NOW: u64 = 1_800_000_000;
const YEAR: u64 = 365 * 86_400;

fn certificate(pem: &[u8]) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem).unwrap()
}

/// Whether a client that trusts `named` accepts `presented` from 127.0.0.1 at `at`.
fn accepts(named: &[u8], presented: &[u8], at: u64) -> bool {
    let named = vec![certificate(named)];
    let trust = Trust::new(named.clone(), named).unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at));
    trust.verify_server_cert(&certificate(presented), &[], &name, &[], at).is_ok()
}

#[test]
fn a_self_signed_certificate_is_trusted_if_it_was_named() {
    assert!(accepts(HERE, HERE, NOW));
    assert!(!accepts(OTHER, HERE, NOW));
}

#[test]
fn a_named_certificate_must_still_be_valid_and_for_this_server() {
    assert!(!accepts(ELSEWHERE, ELSEWHERE, NOW));
    assert!(!accepts(HERE, HERE, NOW + 11 * YEAR));
    assert!(!accepts(HERE, HERE, NOW - 2 * YEAR));
}

#[test]
fn a_certificate_that_was_not_named_but_is_in_the_system_is_no_server() {
    let here = vec![certificate(HERE)];
    let trust = Trust::new(here, Vec::new()).unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    assert!(trust.verify_server_cert(&certificate(HERE), &[], &name, &[], at).is_err());
}

#[test]
fn a_file_without_certificates_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(connector(Some(&dir.path().join("none.pem"))).is_err());
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src/client/tls/here.pem");
    assert!(connector(Some(Path::new(here))).is_ok());
    let empty = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(connector(Some(Path::new(empty))).is_err());
}
