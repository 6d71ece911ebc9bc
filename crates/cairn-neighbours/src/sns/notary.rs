//! The key that messages are signed with, so that their readers know who sent them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::{Clock, Entropy};
use cairn_store::notice_key::{self, NoticeKey};
use cairn_store::{Store, StoreError};
use zeroize::Zeroizing;

use super::certificate::{self, Subject};

/// Whom the certificate names.
const NAME: &str = "Cairn notifications";

pub(super) struct Notary {
    key: RsaKeyPair,
    certificate: String,
}

impl Notary {
    /// The key is made once, and stays.
    pub(super) async fn open(
        store: &Store,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<Self, StoreError> {
        let found = match notice_key::get(store).await? {
            Some(found) => found,
            None => {
                let mut serial = [0u8; 16];
                entropy.fill(&mut serial);
                let from = clock.now();
                let made = cairn_task::blocking("sns-key", move || make(serial, from)).await;
                let mut txn = store.begin().await?;
                notice_key::put(&mut txn, &made.map_err(broken)?).await?;
                txn.commit().await?;
                // What is stored counts: somebody else may have been first.
                notice_key::get(store).await?.ok_or_else(|| broken(Unspecified))?
            }
        };
        let key = RsaKeyPair::from_pkcs8(&found.private).map_err(|_| broken(Unspecified))?;
        Ok(Self { key, certificate: certificate::pem(&found.certificate) })
    }

    pub(super) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// `SHA256withRSA` in base64: SNS's signature version 2.
    pub(super) fn sign(&self, text: &str) -> String {
        STANDARD.encode(sign(&self.key, text.as_bytes()))
    }
}

fn make(serial: [u8; 16], from: cairn_core::Timestamp) -> Result<NoticeKey, Unspecified> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let private: Pkcs8V1Der<'_> = key.as_der()?;
    let public: PublicKeyX509Der<'_> = key.public_key().as_der()?;
    let subject = Subject { name: NAME, serial, from, key: public.as_ref() };
    let to_be_signed = certificate::to_be_signed(&subject);
    let signature = sign(&key, &to_be_signed);
    Ok(NoticeKey {
        private: Zeroizing::new(private.as_ref().to_vec()),
        certificate: certificate::signed(to_be_signed, &signature),
    })
}

fn sign(key: &RsaKeyPair, bytes: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature)
        .expect("the signature has the length of the modulus");
    signature
}

fn broken(_: Unspecified) -> StoreError {
    StoreError::Corrupt { detail: "the key for notifications cannot be used".to_owned() }
}
