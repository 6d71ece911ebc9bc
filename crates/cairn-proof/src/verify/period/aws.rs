//! A digest without a proof, judged by given RSA keys. This is what AWS's own trails have.

use std::time::Duration;

use super::{DIGEST_BYTES, Listed, PeriodFound, Taken};
use crate::digest::{Digest, DigestFile, SIGNATURE, SIGNATURE_ALGORITHM, SIGNED_WITH};
use crate::gzip::{GzipForm, gunzip};
use crate::hash::Sha256;
use crate::key::{KeyWindow, verify_signature};
use crate::verify::fault::{Fault, What};
use crate::verify::inventory::Fetched;

/// A digest is signed some time after its period; by then the next key may be in use.
const SIGNING: Duration = Duration::from_hours(2);

pub(super) fn check(found: &mut PeriodFound, digest: Taken, keys: &[KeyWindow]) {
    let fetched = match digest {
        Taken::Here(fetched) => fetched,
        Taken::Absent => return found.missing(What::Digest),
        Taken::Unknown => return,
    };
    let json = match gunzip(&fetched.bytes, DIGEST_BYTES, GzipForm::Any) {
        Ok(json) => json,
        Err(error) => return found.complain_digest(Fault::Gzip(error)),
    };
    let digest = match Digest::parse(&json) {
        Ok(digest) => digest,
        Err(error) => return found.complain_digest(Fault::DigestShape(error)),
    };
    let sha256 = Sha256::of(&json);
    let signature = signature(found, &fetched);
    found.trusted = found.in_its_place(&digest)
        && signature
            .as_ref()
            .is_some_and(|signature| signed(found, &digest, &sha256, signature, keys));
    found.listed = digest.files.iter().map(listed).collect();
    found.digest = Some((digest, sha256));
    found.signature = signature;
}

fn signature(found: &mut PeriodFound, fetched: &Fetched) -> Option<String> {
    let Some(metadata) = &fetched.metadata else {
        found.complain_digest(Fault::NoSignature);
        return None;
    };
    if metadata.get(SIGNED_WITH).map(String::as_str) != Some(SIGNATURE_ALGORITHM) {
        found.complain_digest(Fault::Metadata { name: SIGNED_WITH });
    }
    let signature = metadata.get(SIGNATURE).cloned();
    if signature.is_none() {
        found.complain_digest(Fault::Metadata { name: SIGNATURE });
    }
    signature
}

fn signed(
    found: &mut PeriodFound,
    digest: &Digest,
    sha256: &Sha256,
    signature: &str,
    keys: &[KeyWindow],
) -> bool {
    let fingerprint = digest.fingerprint.clone();
    let Some(key) = keys.iter().find(|key| key.fingerprint() == fingerprint) else {
        found.complain_digest(Fault::KeyUnknown { fingerprint });
        return false;
    };
    let text = digest.string_to_sign(sha256);
    if !verify_signature(&key.public, text.as_bytes(), signature) {
        found.complain_digest(Fault::DigestSignature { fingerprint });
        return false;
    }
    let in_use = key.covers(digest.end) || key.covers(digest.end.saturating_add(SIGNING));
    if !in_use && !found.key.backfill {
        found.complain_digest(Fault::KeyWindow { fingerprint, at: digest.end });
    }
    true
}

pub(super) fn listed(file: &DigestFile) -> Listed {
    Listed {
        name: (file.bucket.clone(), file.object.clone()),
        sha256: file.sha256,
        oldest: file.oldest,
        newest: file.newest,
        more: None,
    }
}
