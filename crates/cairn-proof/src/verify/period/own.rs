//! A digest with a proof, judged by a pinned root key.

use cairn_core::Arn;

use super::{DIGEST_BYTES, Listed, ListedMore, PeriodFound, Taken};
use crate::digest::{Digest, DigestFile};
use crate::gzip::{GzipForm, gunzip};
use crate::hash::Sha256;
use crate::key::verify_signature;
use crate::note::VerifierKey;
use crate::proof::{Proof, ProofFile};
use crate::verify::fault::{Fault, What};
use crate::verify::inventory::Fetched;

pub(super) fn check(found: &mut PeriodFound, digest: Taken, proof: Taken, keys: &[VerifierKey]) {
    let proof = match proof {
        Taken::Here(fetched) => open(found, &fetched, keys),
        Taken::Absent => {
            found.missing(What::Proof);
            None
        }
        Taken::Unknown => None,
    };
    let fetched = match digest {
        Taken::Here(fetched) => Some(fetched),
        Taken::Absent => {
            found.missing(What::Digest);
            None
        }
        Taken::Unknown => None,
    };
    let read = fetched.and_then(|fetched| read(found, fetched, proof.as_ref()));
    if let (Some(proof), Some((digest, sha256))) = (&proof, &read) {
        compare(found, digest, sha256, proof);
    }
    // The files of a digest without a proof are remembered, so that they are not called planted:
    // the digest itself is complained of.
    found.listed = match (&proof, &read) {
        (Some(proof), _) => proof.files.iter().map(listed).collect(),
        (None, Some((digest, _))) => digest.files.iter().map(super::aws::listed).collect(),
        (None, None) => Vec::new(),
    };
    found.digest = read;
    found.signature = proof.as_ref().map(|proof| proof.digest_signature.clone());
}

/// The proof, if its signature is good and it belongs here.
fn open(found: &mut PeriodFound, fetched: &Fetched, keys: &[VerifierKey]) -> Option<Proof> {
    let proof = match Proof::open(&fetched.bytes, keys) {
        Ok(proof) => proof,
        Err(error) => {
            found.complain_proof(Fault::Proof(error));
            return None;
        }
    };
    if !belongs(found, &proof) {
        let (bucket, object) = (proof.digest_bucket, proof.digest_object);
        found.complain_proof(Fault::ProofMoved { bucket, object });
        return None;
    }
    let at = proof.generated.unwrap_or(proof.end);
    let fingerprint = proof.key.fingerprint();
    if !proof.key.covers(at) {
        found.complain_proof(Fault::KeyWindow { fingerprint, at });
    }
    if proof.key.region != proof.region {
        found.complain_proof(Fault::KeyRegion { region: proof.key.region.clone() });
    }
    found.trusted = true;
    found.proof = Some((proof.clone(), Sha256::of(&fetched.bytes)));
    Some(proof)
}

fn belongs(found: &PeriodFound, proof: &Proof) -> bool {
    let key = &found.key;
    let trail = Arn::parse(&proof.trail).is_some_and(|arn| {
        arn.region == key.home.as_str() && arn.resource == format!("trail/{}", key.trail)
    });
    trail
        && proof.digest_bucket == found.digest_name.0
        && proof.digest_object == found.digest_name.1
        && (proof.account, &proof.region) == (key.place.account, &key.place.region)
        && proof.end == key.end
        && proof.generated.is_some() == key.backfill
        && proof.coverage.is_none() == key.backfill
}

/// The digest and the hash of its text.
fn read(
    found: &mut PeriodFound,
    fetched: Fetched,
    proof: Option<&Proof>,
) -> Option<(Digest, Sha256)> {
    if let (Some(metadata), Some(proof)) = (&fetched.metadata, proof) {
        found.check_metadata(metadata, &proof.digest_signature, proof.generated);
    }
    let json = match gunzip(&fetched.bytes, DIGEST_BYTES, GzipForm::Cairn) {
        Ok(json) => json,
        Err(error) => {
            found.complain_digest(Fault::Gzip(error));
            return None;
        }
    };
    let sha256 = Sha256::of(&json);
    let same_text = proof.is_some_and(|proof| proof.digest_sha256 == sha256);
    let same_bytes =
        proof.is_some_and(|proof| proof.digest_gzip_sha256 == Sha256::of(&fetched.bytes));
    if same_text && !same_bytes {
        found.complain_digest(Fault::DigestBytes);
    }
    match Digest::parse(&json) {
        Ok(digest) => Some((digest, sha256)),
        Err(error) => {
            found.complain_digest(Fault::DigestShape(error));
            None
        }
    }
}

fn compare(found: &mut PeriodFound, digest: &Digest, sha256: &Sha256, proof: &Proof) {
    if !found.in_its_place(digest) {
        return;
    }
    if let Some(member) = difference(digest, proof) {
        found.complain_digest(Fault::DigestDiffers { member });
    } else if *sha256 != proof.digest_sha256 {
        found.complain_digest(Fault::DigestDiffers { member: "its text" });
    } else {
        let text = digest.string_to_sign(sha256);
        let signature = &proof.digest_signature;
        if !verify_signature(&proof.key.public, text.as_bytes(), signature) {
            let fingerprint = digest.fingerprint.clone();
            found.complain_digest(Fault::DigestSignature { fingerprint });
        }
    }
}

/// The first member in which the two differ.
fn difference(digest: &Digest, proof: &Proof) -> Option<&'static str> {
    let same = |(named, proven): (&DigestFile, &ProofFile)| {
        (&named.bucket, &named.object, named.sha256, named.oldest, named.newest)
            == (
                &proven.bucket,
                &proven.object,
                proven.sha256,
                Some(proven.oldest),
                Some(proven.newest),
            )
    };
    let files =
        digest.files.len() == proof.files.len() && digest.files.iter().zip(&proof.files).all(same);
    let oldest = proof.files.iter().map(|file| file.oldest).min();
    let newest = proof.files.iter().map(|file| file.newest).max();
    let members = [
        ("digestStartTime", digest.start == proof.start),
        ("digestPublicKeyFingerprint", digest.fingerprint == proof.key.fingerprint()),
        ("logFiles", files),
        ("oldestEventTime", digest.oldest == oldest),
        ("newestEventTime", digest.newest == newest),
    ];
    members.into_iter().find(|(_, same)| !same).map(|(member, _)| member)
}

fn listed(file: &ProofFile) -> Listed {
    Listed {
        name: (file.bucket.clone(), file.object.clone()),
        sha256: file.sha256,
        oldest: Some(file.oldest),
        newest: Some(file.newest),
        more: Some(ListedMore {
            gzip_sha256: file.gzip_sha256,
            bytes: file.bytes,
            gzip_bytes: file.gzip_bytes,
            records: file.records,
            first: file.first,
            last: file.last,
        }),
    }
}
