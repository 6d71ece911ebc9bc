//! One digest with its proof: made, signed, and noted together with what it names.

use cairn_core::{Seq, Timestamp};
use cairn_proof::{
    Coverage, Deflater, Digest, DigestFile, DigestKey, Ended, Ending, Head, Previous, Proof,
    ProofFile, ProofKey, Sha256, Started,
};
use cairn_store::delivery::{Listing, LogFile};
use cairn_store::digest::{Chain, StoredDigest};
use cairn_store::{PlanDocument, delivery, digest};

use crate::TrailError;
use crate::keys::{Keys, Signing};
use crate::shared::{Shared, parse_region, place};

/// Digests are small: the best compression costs nothing.
const LEVEL: u32 = 6;

/// What a digest is cut from.
pub(crate) struct Cut<'a> {
    pub(crate) document: &'a PlanDocument,
    pub(crate) chain: &'a Chain,
    pub(crate) period: (Timestamp, Timestamp),
    pub(crate) files: &'a [LogFile],
    /// Why the chain ends with it.
    pub(crate) ending: Option<&'static str>,
    /// How far it answers in the order of the account; `None` for backfill.
    pub(crate) through: Option<u64>,
}

/// Stores the digest and gives the chain as it goes on.
pub(crate) async fn store(
    shared: &Shared,
    keys: &mut Keys,
    cut: Cut<'_>,
) -> Result<Chain, TrailError> {
    let Cut { document, chain, period, .. } = cut;
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
    let document_of_digest = describe(&cut, &digest_key, before.as_ref(), &signing);
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
    let stored = StoredDigest {
        id: 0,
        chain: chain.id.clone(),
        period,
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
    };
    note(shared, &cut, &stored).await
}

/// The newest proofs of the trail's other chains. They are stored in the order of their making, so
/// whoever finds this proof in the bucket finds those too.
async fn heads(
    shared: &Shared,
    document: &PlanDocument,
    chain: &Chain,
) -> Result<Vec<Head>, TrailError> {
    let mut heads = Vec::new();
    for other in digest::chains(&shared.store, &chain.id.trail).await? {
        if other.id.backfill || other.id == chain.id || chain.id.backfill {
            continue;
        }
        let Some(id) = other.previous else { continue };
        let Some(last) = digest::get(&shared.store, id).await? else { continue };
        heads.push(Head {
            account: other.id.account,
            region: parse_region(document, &other.id.region)?,
            index: other.position.saturating_sub(1),
            end: last.period.1,
            sha256: Sha256::from_bytes(last.proof_sha256),
        });
    }
    Ok(heads)
}

/// One transaction: the digest, what it names, and the chain.
async fn note(shared: &Shared, cut: &Cut<'_>, stored: &StoredDigest) -> Result<Chain, TrailError> {
    let ids: Vec<i64> = cut.files.iter().map(|file| file.id).collect();
    let mut txn = shared.store.begin().await?;
    let id = digest::put(&mut txn, stored).await?;
    delivery::list_in(&mut txn, &ids, Listing::In(id)).await?;
    let chain = Chain {
        fresh: false,
        ended: cut.ending.map(str::to_owned),
        until: cut.period.1,
        position: cut.chain.position + 1,
        covered: cut.through.unwrap_or(cut.chain.covered),
        previous: Some(id),
        ..cut.chain.clone()
    };
    digest::put_chain(&mut txn, &chain).await?;
    txn.commit().await?;
    Ok(chain)
}

fn describe(
    cut: &Cut<'_>,
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
        bucket: cut.document.bucket.clone(),
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
