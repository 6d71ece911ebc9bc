//! One period: its digest, and the proof beside it.

mod aws;
mod own;

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_core::{Seq, Timestamp};

use super::fault::{Fault, Finding, What};
use super::inventory::{Current, Fetched, Name, Source, Stored};
use super::{Settings, Trust};
use crate::digest::{
    Digest, GENERATED, SIGNATURE, SIGNATURE_ALGORITHM, SIGNED_WITH, generated_text,
};
use crate::hash::Sha256;
use crate::layout::{DigestKey, ProofKey};
use crate::proof::Proof;

/// The most of one digest, as text: a hundred thousand log files.
const DIGEST_BYTES: usize = 64 * 1024 * 1024;

/// Looks at one digest and its proof.
pub struct PeriodJob {
    key: DigestKey,
    digest: Name,
    proof: Name,
    stored_digest: Option<Stored>,
    stored_proof: Option<Stored>,
    settings: Arc<Settings>,
}

/// What one digest and its proof say, and what is wrong with them.
pub struct PeriodFound {
    pub(super) key: DigestKey,
    pub(super) digest_name: Name,
    pub(super) proof_name: Name,
    /// The digest and the hash of its JSON.
    pub(super) digest: Option<(Digest, Sha256)>,
    /// From metadata or from the proof.
    pub(super) signature: Option<String>,
    /// The proof and the hash of its bytes.
    pub(super) proof: Option<(Proof, Sha256)>,
    /// Whether what it says may be believed.
    pub(super) trusted: bool,
    pub(super) listed: Vec<Listed>,
    pub(super) findings: Vec<Finding>,
}

/// A log file, as it is named.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) name: Name,
    pub(super) sha256: Sha256,
    pub(super) oldest: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
    /// What only a proof says.
    pub(super) more: Option<ListedMore>,
}

#[derive(Debug, Clone)]
pub(super) struct ListedMore {
    pub(super) gzip_sha256: Sha256,
    pub(super) bytes: u64,
    pub(super) gzip_bytes: u64,
    pub(super) records: u64,
    pub(super) first: Seq,
    pub(super) last: Seq,
}

impl PeriodJob {
    pub(super) fn new(
        bucket: &str,
        key: DigestKey,
        stored: &BTreeMap<Name, Stored>,
        settings: Arc<Settings>,
    ) -> Self {
        let digest = (bucket.to_owned(), key.to_string());
        let proof = (bucket.to_owned(), ProofKey(key.clone()).to_string());
        let stored_digest = stored.get(&digest).cloned();
        let stored_proof = stored.get(&proof).cloned();
        Self { key, digest, proof, stored_digest, stored_proof, settings }
    }

    pub fn run(&self, source: &dyn Source) -> PeriodFound {
        let mut found = PeriodFound {
            key: self.key.clone(),
            digest_name: self.digest.clone(),
            proof_name: self.proof.clone(),
            digest: None,
            signature: None,
            proof: None,
            trusted: false,
            listed: Vec::new(),
            findings: Vec::new(),
        };
        let digest = found.take(source, &self.digest, self.stored_digest.as_ref());
        match &self.settings.trust {
            Trust::Root(keys) => {
                let proof = found.take(source, &self.proof, self.stored_proof.as_ref());
                own::check(&mut found, digest, proof, keys);
            }
            Trust::Keys(keys) => aws::check(&mut found, digest, keys),
        }
        found
    }
}

/// What became of asking for an object.
enum Taken {
    Here(Fetched),
    Absent,
    /// A finding says why.
    Unknown,
}

impl PeriodFound {
    /// The bytes of the current version; every other version has to have the same.
    fn take(&mut self, source: &dyn Source, name: &Name, stored: Option<&Stored>) -> Taken {
        let stored = stored.filter(|stored| stored.current != Current::None);
        let Some(stored) = stored else { return Taken::Absent };
        let fetched = match source.fetch(&name.0, &name.1, stored.current.version()) {
            Ok(Some(fetched)) => fetched,
            Ok(None) => return Taken::Absent,
            Err(error) => {
                self.complain(name, Fault::Fetch(error.0));
                return Taken::Unknown;
            }
        };
        let expected = Sha256::of(&fetched.bytes);
        self.findings.extend(other_versions(source, name, stored, &expected));
        Taken::Here(fetched)
    }

    fn complain(&mut self, name: &Name, fault: Fault) {
        self.findings.push(Finding::of(name, fault));
    }

    fn complain_digest(&mut self, fault: Fault) {
        self.findings.push(Finding::of(&self.digest_name, fault));
    }

    fn complain_proof(&mut self, fault: Fault) {
        self.findings.push(Finding::of(&self.proof_name, fault));
    }

    fn missing(&mut self, what: What) {
        let name = if what == What::Proof { &self.proof_name } else { &self.digest_name };
        self.findings.push(Finding::of(name, Fault::Missing { what }));
    }

    /// Whether a digest says that it is where it was found.
    fn in_its_place(&mut self, digest: &Digest) -> bool {
        let (bucket, object) = (&digest.bucket, &digest.object);
        let here = *bucket == self.digest_name.0 && *object == self.digest_name.1;
        let own = digest.account == self.key.place.account && digest.end == self.key.end;
        if !here || !own {
            let (bucket, object) = (bucket.clone(), object.clone());
            self.complain_digest(Fault::DigestMoved { bucket, object });
        }
        here && own
    }

    /// Metadata besides the signature. `generated` is what a proof says, if there is one.
    fn check_metadata(
        &mut self,
        metadata: &BTreeMap<String, String>,
        signature: &str,
        generated: Option<Timestamp>,
    ) {
        let generated = generated.map(generated_text);
        let expected = [
            (SIGNATURE, Some(signature)),
            (SIGNED_WITH, Some(SIGNATURE_ALGORITHM)),
            (GENERATED, generated.as_deref()),
        ];
        for (name, expected) in expected {
            if metadata.get(name).map(String::as_str) != expected {
                self.complain_digest(Fault::Metadata { name });
            }
        }
    }

    pub(super) fn start(&self) -> Option<Timestamp> {
        let proof = self.proof.as_ref().map(|(proof, _)| proof.start);
        proof.or_else(|| self.digest.as_ref().map(|(digest, _)| digest.start))
    }

    pub(super) fn sha256(&self) -> Option<Sha256> {
        let proof = self.proof.as_ref().map(|(proof, _)| proof.digest_sha256);
        proof.or_else(|| self.digest.as_ref().map(|(_, sha256)| *sha256))
    }
}

/// Versions of an object besides the current one that have other bytes.
pub(super) fn other_versions(
    source: &dyn Source,
    name: &Name,
    stored: &Stored,
    expected: &Sha256,
) -> Vec<Finding> {
    let check = |version: &String| match source.fetch(&name.0, &name.1, Some(version)) {
        Ok(Some(fetched)) if Sha256::of(&fetched.bytes) != *expected => {
            Some(Finding::of(name, Fault::OtherVersion { version: version.clone() }))
        }
        Ok(_) => None,
        Err(error) => Some(Finding::of(name, Fault::Fetch(error.0))),
    };
    stored.others.iter().filter_map(check).collect()
}
