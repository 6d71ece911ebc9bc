//! A copy of a bucket on a disk, as `aws s3 sync` makes it. Metadata and versions are lost there.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use cairn_proof::verify::{FetchError, Fetched, Object, Source};
use cairn_proof::{Digest, GzipForm, Key, Proof, gunzip};

use super::VerifyError;

/// How many proofs or digests are asked which bucket they were written to.
const WITNESSES: usize = 20;
const DIGEST_BYTES: usize = 64 * 1024 * 1024;

/// Where each object's bytes lie.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    bucket: String,
    paths: BTreeMap<String, PathBuf>,
}

impl Copy {
    /// `dir` is the bucket, or what lies under `prefix` in it. Without a name for the bucket, the
    /// files themselves are asked; what they say is verified like everything else.
    pub(crate) fn open(
        dir: &Path,
        bucket: Option<&str>,
        prefix: Option<&str>,
    ) -> Result<Self, VerifyError> {
        let mut paths = BTreeMap::new();
        walk(dir, dir, &mut paths)?;
        if let Some(prefix) = prefix.map(|prefix| format!("{}/", prefix.trim_end_matches('/')))
            && !paths.keys().any(|key: &String| key.starts_with(&prefix))
        {
            paths = paths.into_iter().map(|(key, path)| (format!("{prefix}{key}"), path)).collect();
        }
        let named = bucket.map(str::to_owned).or_else(|| claimed(&paths));
        Ok(Self { bucket: named.unwrap_or_else(|| "copy".to_owned()), paths })
    }

    pub(crate) fn objects(&self) -> Result<Vec<Object>, VerifyError> {
        let object = |(key, path): (&String, &PathBuf)| {
            let about = std::fs::metadata(path)
                .map_err(|error| VerifyError::Unreadable { path: path.clone(), error })?;
            Ok(Object {
                bucket: self.bucket.clone(),
                key: key.clone(),
                version: None,
                latest: true,
                marker: false,
                bytes: about.len(),
                // Whoever can change a copy can change its times.
                modified: None,
            })
        };
        self.paths.iter().map(object).collect()
    }
}

impl Source for Copy {
    fn fetch(
        &self,
        bucket: &str,
        key: &str,
        _version: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError> {
        let path = self.paths.get(key).filter(|_| bucket == self.bucket);
        let Some(path) = path else { return Ok(None) };
        match std::fs::read(path) {
            Ok(bytes) => Ok(Some(Fetched { bytes, metadata: None })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FetchError(error.to_string())),
        }
    }
}

/// The copies of all the buckets that a trail ever had.
#[derive(Debug, Clone)]
pub(crate) struct Copies(pub(crate) Vec<Copy>);

impl Copies {
    pub(crate) fn objects(&self) -> Result<Vec<Object>, VerifyError> {
        let mut all = Vec::new();
        for copy in &self.0 {
            all.extend(copy.objects()?);
        }
        Ok(all)
    }
}

impl Source for Copies {
    fn fetch(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError> {
        for copy in self.0.iter().filter(|copy| copy.bucket == bucket) {
            if let Some(found) = copy.fetch(bucket, key, version)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

fn walk(root: &Path, dir: &Path, found: &mut BTreeMap<String, PathBuf>) -> Result<(), VerifyError> {
    let failed = |error| VerifyError::Unreadable { path: dir.to_owned(), error };
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // A link to a directory may lead in a circle.
        if path.is_dir() && !path.is_symlink() {
            walk(root, &path, found)?;
        } else if path.is_file() {
            found.insert(key_of(root, &path), path);
        }
    }
    Ok(())
}

fn key_of(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The bucket that most of the newest files name.
fn claimed(paths: &BTreeMap<String, PathBuf>) -> Option<String> {
    let mut votes: BTreeMap<String, usize> = BTreeMap::new();
    let named = paths.iter().rev().filter_map(|(key, path)| bucket_of(key, path));
    for bucket in named.take(WITNESSES) {
        *votes.entry(bucket).or_default() += 1;
    }
    votes.into_iter().max_by_key(|(_, count)| *count).map(|(bucket, _)| bucket)
}

fn bucket_of(key: &str, path: &Path) -> Option<String> {
    match Key::parse(key) {
        Key::Proof(_) => {
            let bytes = std::fs::read(path).ok()?;
            Proof::open_unverified(&bytes).ok().map(|proof| proof.digest_bucket)
        }
        Key::Digest(_) => {
            let bytes = std::fs::read(path).ok()?;
            let json = gunzip(&bytes, DIGEST_BYTES, GzipForm::Any).ok()?;
            Digest::parse(&json).ok().map(|digest| digest.bucket)
        }
        Key::Log(_) | Key::Folder | Key::Stray | Key::Other => None,
    }
}
