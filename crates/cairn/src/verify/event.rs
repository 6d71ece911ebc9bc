//! One record of one log file.

use std::path::{Path, PathBuf};

use cairn_proof::verify::{EventProven, verify_event};
use cairn_proof::{Key, LogKey, Proof, ProofKey, Sha256, VerifierKey};

use super::VerifyError;

/// Proves a record with a proof and a digest that are given, or that lie where they belong in the
/// copy of the bucket that the log file is in.
pub(crate) fn prove(
    file: &Path,
    id: &str,
    proof: Option<&Path>,
    digest: Option<&Path>,
    keys: &[VerifierKey],
) -> Result<EventProven, VerifyError> {
    let bytes = read(file)?;
    let proof = match proof {
        Some(path) => path.to_owned(),
        None => beside(file, &bytes).ok_or(VerifyError::NoProof)?,
    };
    let proof_bytes = read(&proof)?;
    let digest = match digest {
        Some(path) => Some(path.to_owned()),
        None => digest_beside(&proof),
    };
    let digest = digest.map(|path| read(&path)).transpose()?;
    Ok(verify_event(&bytes, id, &proof_bytes, digest.as_deref(), keys)?)
}

fn read(path: &Path) -> Result<Vec<u8>, VerifyError> {
    std::fs::read(path).map_err(|error| VerifyError::Unreadable { path: path.to_owned(), error })
}

/// The root of the copy, and the key that the file has in it.
fn belonging(path: &Path) -> Option<(PathBuf, Key)> {
    let path = std::path::absolute(path).ok()?;
    path.ancestors().skip(1).find_map(|root| {
        let inner = path.strip_prefix(root).ok()?;
        let key: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
        match Key::parse(&key.join("/")) {
            Key::Folder | Key::Stray | Key::Other => None,
            key => Some((root.to_owned(), key)),
        }
    })
}

/// The proof that names a log file with these bytes, from the day of the file on.
fn beside(file: &Path, bytes: &[u8]) -> Option<PathBuf> {
    let (root, Key::Log(LogKey { place, time, .. })) = belonging(file)? else { return None };
    let folder = root.join(format!("{place}/CloudTrail-Proof/{}", place.region));
    let hash = Sha256::of(bytes);
    let mut proofs = Vec::new();
    files(&folder, &mut proofs);
    proofs.sort();
    let named = |path: &PathBuf| {
        let Some((_, Key::Proof(ProofKey(key)))) = belonging(path) else { return false };
        let proof = read(path).ok().and_then(|bytes| Proof::open_unverified(&bytes).ok());
        let names = |proof: Proof| proof.files.iter().any(|named| named.gzip_sha256 == hash);
        (key.backfill || key.end >= time) && proof.is_some_and(names)
    };
    proofs.into_iter().find(named)
}

fn digest_beside(proof: &Path) -> Option<PathBuf> {
    let (root, Key::Proof(ProofKey(key))) = belonging(proof)? else { return None };
    Some(root.join(key.to_string())).filter(|path| path.is_file())
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && !path.is_symlink() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}
