//! One digest with its proof.

use cairn_core::{Seq, Timestamp};
use cairn_proof::{
    Coverage, Deflater, Digest, DigestFile, DigestKey, Ended, Ending, Head, Previous, Proof,
    ProofFile, ProofKey, Sha256, Started,
};
use cairn_store::delivery::{Listing, LogFile};
use cairn_store::digest::{Before, Chain, StoredDigest};
use cairn_store::{PlanDocument, Txn, delivery, digest};

use crate::TrailError;
use crate::keys::{Keys, Signing};
use crate::shared::{Shared, parse_region, place};

/// Digests are small: the best compression costs nothing.
const LEVEL: u32 = 6;

/// What a digest is cut from.
pub(super) struct Cut {
    pub(super) chain: Chain,
    pub(super) period: (Timestamp, Timestamp),
    pub(super) files: Vec<LogFile>,
    /// Why the chain ends with it.
    pub(super) ending: Option<&'static str>,
    /// How far it answers in the order of the account; `None` for backfill.
    pub(super) through: Option<u64>,
}

impl Cut {
    /// Makes and signs the digest and its proof.
    pub(super) async fn make(
        &self,
        shared: &Shared,
        document: &PlanDocument,
        keys: &mut Keys,
    ) -> Result<StoredDigest, TrailError> {
        let cut = self;
        let Cut { chain, period, .. } = self;
        let region = parse_region(document, &chain.id.region)?;
        let now = shared.time.now();
        let at = if chain.id.backfill { now } else { period.1 };
        let signing = keys.signing(&shared.store, &region, at, now).await?;
        let before = match chain.previous {
            Some(id) => digest::get(&shared.store, id).await?,
            None => None,
        };
        let digest_key = DigestKey {
            place: place(document, chain.id.account, &chain.id.region)?,
            trail: document.name.clone(),
            home: document.home()?,
            end: period.1,
            backfill: chain.id.backfill,
        };
        let document_of_digest = describe(cut, document, &digest_key, before.as_ref(), &signing);
        let sealed = document_of_digest.seal(&signing.pair, &mut Deflater::new(LEVEL))?;
        let generated = chain.id.backfill.then_some(now);
        let proof = Proof {
            trail: document.arn.clone(),
            account: chain.id.account,
            region,
            index: chain.position,
            previous: before.as_ref().map(|before| Sha256::from_bytes(before.proof_sha256)),
            started: chain.fresh.then(|| started(&chain.reason)),
            ended: cut.ending.map(|by| Ended { by: ending(by), at: period.1 }),
            start: period.0,
            end: period.1,
            generated,
            coverage: cut
                .through
                .map(|through| Coverage { after: Seq(chain.covered), through: Seq(through) }),
            digest_bucket: document.bucket.clone(),
            digest_object: digest_key.to_string(),
            digest_sha256: sealed.sha256,
            digest_gzip_sha256: sealed.gzip_sha256,
            digest_signature: sealed.signature.clone(),
            key: signing.window.clone(),
            files: cut.files.iter().map(proof_file).collect(),
            heads: heads(shared, document, chain).await?,
        };
        let proof_key = ProofKey(digest_key.clone()).to_string();
        let proof = proof.seal(&shared.signer);
        let metadata = sealed.metadata(generated);
        Ok(StoredDigest {
            id: 0,
            chain: chain.id.clone(),
            period: *period,
            bucket: document.bucket.clone(),
            key: digest_key.to_string(),
            sha256: *sealed.sha256.as_bytes(),
            signature: sealed.signature,
            proof_key,
            proof_sha256: *Sha256::of(&proof).as_bytes(),
            metadata: metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: Some(sealed.gzip),
            proof: Some(proof),
            delivered: None,
            seen: false,
            before: Before { fresh: chain.fresh, covered: chain.covered, previous: chain.previous },
        })
    }

    /// Notes the digest, what it names, and the chain as it goes on.
    pub(super) async fn note(&self, txn: &mut Txn, made: &StoredDigest) -> Result<(), TrailError> {
        let ids: Vec<i64> = self.files.iter().map(|file| file.id).collect();
        let id = digest::put(txn, made).await?;
        delivery::list_in(txn, &ids, Listing::In(id)).await?;
        let chain = Chain {
            fresh: false,
            ended: self.ending.map(str::to_owned),
            until: self.period.1,
            position: self.chain.position + 1,
            covered: self.through.unwrap_or(self.chain.covered),
            previous: Some(id),
            ..self.chain.clone()
        };
        Ok(digest::put_chain(txn, &chain).await?)
    }
}

/// The newest proofs of the trail's other chains. They are stored in the order of their making, so
/// whoever finds this proof in the bucket finds those too.
async fn heads(
    shared: &Shared,
    document: &PlanDocument,
    chain: &Chain,
) -> Result<Vec<Head>, TrailError> {
    if chain.id.backfill {
        return Ok(Vec::new());
    }
    let mut heads = Vec::new();
    for head in digest::heads(&shared.store, &chain.id.trail).await? {
        if head.chain != chain.id {
            heads.push(Head {
                account: head.chain.account,
                region: parse_region(document, &head.chain.region)?,
                index: head.position,
                end: head.end,
                sha256: Sha256::from_bytes(head.proof_sha256),
            });
        }
    }
    Ok(heads)
}

fn describe(
    cut: &Cut,
    document: &PlanDocument,
    key: &DigestKey,
    before: Option<&StoredDigest>,
    signing: &Signing,
) -> Digest {
    let previous = before.filter(|_| !cut.chain.fresh).map(|before| Previous {
        bucket: before.bucket.clone(),
        object: before.key.clone(),
        sha256: Sha256::from_bytes(before.sha256),
        signature: before.signature.clone(),
    });
    Digest {
        account: cut.chain.id.account,
        start: cut.period.0,
        end: cut.period.1,
        bucket: document.bucket.clone(),
        object: key.to_string(),
        fingerprint: signing.pair.fingerprint(),
        newest: cut.files.iter().map(|file| file.times.1).max(),
        oldest: cut.files.iter().map(|file| file.times.0).min(),
        previous,
        files: cut.files.iter().map(digest_file).collect(),
    }
}

fn digest_file(file: &LogFile) -> DigestFile {
    DigestFile {
        bucket: file.bucket.clone(),
        object: file.key.clone(),
        sha256: Sha256::from_bytes(file.sha256),
        newest: Some(file.times.1),
        oldest: Some(file.times.0),
    }
}

fn proof_file(file: &LogFile) -> ProofFile {
    ProofFile {
        bucket: file.bucket.clone(),
        object: file.key.clone(),
        sha256: Sha256::from_bytes(file.sha256),
        gzip_sha256: Sha256::from_bytes(file.gzip_sha256),
        bytes: file.bytes,
        gzip_bytes: file.gzip_bytes,
        records: file.records,
        oldest: file.times.0,
        newest: file.times.1,
        first: Seq(file.acct_seqs.0),
        last: Seq(file.acct_seqs.1),
    }
}

fn started(reason: &str) -> Started {
    match reason {
        "validation-enabled" => Started::Validation,
        _ => Started::Logging,
    }
}

fn ending(by: &str) -> Ending {
    match by {
        "delete-trail" => Ending::DeleteTrail,
        "validation-disabled" => Ending::ValidationDisabled,
        _ => Ending::StopLogging,
    }
}
