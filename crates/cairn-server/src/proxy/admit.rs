//! Who calls: one of Cairn's own, proven by the signature, or the holder of a foreign key, whom the
//! upstream has to judge.

use cairn_core::AccountId;
use cairn_event::Identity;
use cairn_gateway::{Admitted, Caller, Claimed};
use cairn_ports::Actor;
use cairn_wire::chunked::{Decoder, Resigner, Verifier, decoded_length};
use cairn_wire::sigv4::{Claim, Payload, Presented, Seed, SigningKey};
use cairn_wire::{Fault, Parts};
use http::HeaderName;

use super::Gateway;
use super::intake::Intake;
use super::uplink::Check;
use super::upstream::Upstream;
use crate::http::hashed;

/// Who calls, and what is left to check while the body passes.
pub(super) struct Who {
    /// Whose history the record goes to.
    pub(super) account: AccountId,
    pub(super) identity: Identity,
    /// `None` for a foreign key.
    pub(super) proven: Option<Proven>,
}

/// What a verified signature left to do.
pub(super) struct Proven {
    pub(super) caller: Caller,
    key: SigningKey,
    seed: Seed,
    pub(super) claim: Claim,
    /// The length of the data in chunks.
    pub(super) decoded: Option<u64>,
    /// The query without what belongs to the signature.
    pub(super) query: Option<String>,
}

impl Gateway {
    /// # Errors
    /// What is wrong with a signature that has to be verified.
    pub(super) async fn who(
        &self,
        upstream: &Upstream,
        parts: &Parts<'_>,
        claimed: Option<&Claimed<'_>>,
        intake: &mut Intake,
    ) -> Result<Who, Fault> {
        // A key of Cairn's own is never anybody else's, however badly the request is signed.
        let own_key = claimed.is_some_and(|claimed| {
            let key = &*claimed.access_key_id;
            let token = parts.header(&HeaderName::from_static("x-amz-security-token"));
            self.store.credential(key).is_some()
                || token.is_some_and(|token| self.authenticator.issued(key, token))
        });
        if upstream.is_embedded() && claimed.is_none() {
            return Ok(self.foreign(upstream, None).await);
        }
        let must_verify = upstream.resigns() || upstream.is_embedded() || own_key;
        let presented = match Presented::parse(parts) {
            Ok(presented) => Some(presented),
            Err(error) if must_verify => return Err(error.into()),
            Err(_) => None,
        };
        let ours = |presented: &Presented<'_>| {
            let issued = |token| self.authenticator.issued(presented.access_key_id(), token);
            must_verify || presented.session_token().is_some_and(issued)
        };
        match presented.filter(ours) {
            Some(presented) => self.verified(parts, &presented, intake).await,
            None => Ok(self.foreign(upstream, claimed).await),
        }
    }

    async fn verified(
        &self,
        parts: &Parts<'_>,
        presented: &Presented<'_>,
        intake: &mut Intake,
    ) -> Result<Who, Fault> {
        let payload = match presented.claim() {
            Claim::Absent => {
                let limit = self.settings.body;
                let budget = self.budget(self.authenticator.knows(presented));
                intake.read(limit, budget, self.body_timeout).await?;
                if !intake.is_whole() {
                    return Err(Fault::too_large(limit));
                }
                hashed(&intake.joined()).await
            }
            // Nothing of a body that is here already is forwarded before it is checked.
            Claim::Sha256(_) if intake.is_whole() => hashed(&intake.joined()).await,
            _ => Payload::Claimed,
        };
        let Admitted { caller, key } = self.authenticator.admit(presented, payload)?;
        let claim = match presented.claim() {
            Claim::Absent => match payload {
                Payload::Sha256(hash) => Claim::Sha256(hash),
                _ => Claim::Unsigned,
            },
            claim => claim,
        };
        let identity = caller.identity.clone();
        let (account, seed) = (caller.account, presented.seed());
        let (decoded, query) = (decoded_length(parts), presented.bare_query());
        let query = query.map(std::borrow::Cow::into_owned);
        let proven = Proven { caller, key, seed, claim, decoded, query };
        Ok(Who { account, identity, proven: Some(proven) })
    }

    async fn foreign(&self, upstream: &Upstream, claimed: Option<&Claimed<'_>>) -> Who {
        let first = self.store.first_account();
        let own = upstream.settings.account.or(first);
        let own = own.expect("bootstrap made the first account");
        let Some(claimed) = claimed else {
            return Who { account: own, identity: Identity::anonymous(), proven: None };
        };
        let key = &*claimed.access_key_id;
        let Some(identity) = self.holders.find(key, self.clock.now()) else {
            let mut identity = Identity::unknown().with_access_key(key);
            identity.principal_id = Some(key.to_owned());
            identity.account_id = Some(own);
            return Who { account: own, identity, proven: None };
        };
        let account = match identity.account_id {
            Some(account) if self.accounts.has(account).await => account,
            _ => own,
        };
        Who { account, identity, proven: None }
    }

    /// Whether one of Cairn's own may make the call.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn authorise(
        &self,
        upstream: &Upstream,
        who: &Who,
        read_only: bool,
    ) -> Result<(), Fault> {
        if upstream.is_embedded() {
            return Ok(());
        }
        let Some(Proven { caller, .. }) = &who.proven else { return Ok(()) };
        let name = &upstream.settings.name;
        if !upstream.admits(caller.account, self.store.first_account()) {
            let text = format!(
                "account {} may not call the upstream {name}: its setting accounts names others",
                caller.account
            );
            return Err(Fault::access_denied(text));
        }
        if !read_only && !caller.admin && !upstream.settings.anyone_writes {
            let text = format!(
                "{} may not change anything through the upstream {name}: its setting writers says \
                 administrators only",
                caller.arn
            );
            return Err(Fault::access_denied(text));
        }
        Ok(())
    }
}

impl Who {
    /// Who asks, as an embedded service sees it.
    pub(super) fn actor(&self) -> Actor {
        match &self.proven {
            Some(Proven { caller, .. }) => Actor::Principal {
                account: caller.account,
                arn: caller.arn.clone(),
                admin: caller.admin,
            },
            None => Actor::Anonymous,
        }
    }
}

impl Proven {
    /// What the body is held against on its way; `resigned` is the key and the seed of the head
    /// that the upstream gets; `decoded` takes the framing of chunks away.
    ///
    /// # Errors
    /// Chunks without the length of their data.
    pub(super) fn check(
        &self,
        whole: bool,
        resigned: Option<(&SigningKey, Seed)>,
        decoded: bool,
    ) -> Result<Check, Fault> {
        match self.claim {
            // It was hashed when the signature was verified.
            Claim::Sha256(_) if whole => Ok(Check::None),
            Claim::Sha256(hash) => Ok(Check::Hash(cairn_wire::sigv4::Hasher::new(), hash)),
            Claim::Streaming(form) => {
                let declared = self.decoded.ok_or_else(|| {
                    let text = "send x-amz-decoded-content-length with a body in chunks";
                    Fault::client("MissingContentLength", text).with_status(411)
                })?;
                let decoder = Decoder::new(form, declared);
                let verifier = Verifier::new(decoder, &self.key, self.seed.clone());
                Ok(match resigned {
                    Some((key, seed)) => {
                        Check::Resigned(Box::new(Resigner::new(verifier, key, seed)))
                    }
                    None if decoded => Check::Decoded(Box::new(verifier)),
                    None => Check::Chunks(Box::new(verifier)),
                })
            }
            Claim::Absent | Claim::Unsigned => Ok(Check::None),
        }
    }
}
