//! What a key makes of a plain text.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 16 | the key's id |
//! | 32 | the id of its material |
//! | 16 | salt |
//! | 12 | nonce |
//! | n + 16 | the text under AES-256-GCM, and its tag |
//!
//! The cipher's key is HMAC-SHA-256 of the material over the salt, so that a material is good for
//! any number of texts. Everything before the text and the encryption context are authenticated.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use cairn_core::Entropy;
use cairn_ports::EncryptionContext;
use cairn_store::kms_material::{MATERIAL_BYTES, MaterialBytes};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const ID: usize = 16;
const SALT: usize = 16;
const HEAD: usize = 1 + ID + MATERIAL_BYTES + SALT + NONCE_LEN;

/// What a blob says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// A UUID.
    pub(super) key_id: String,
    /// 64 digits of hexadecimal.
    pub(super) material_id: String,
}

/// Encrypts under a material of a key. `None` where `head` has no ids of this form.
pub(super) fn seal(
    head: &Head,
    material: &MaterialBytes,
    context: &EncryptionContext,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Option<Vec<u8>> {
    let mut blob = Vec::with_capacity(HEAD + plain.len() + AES_256_GCM.tag_len());
    blob.push(VERSION);
    blob.extend(decode::<ID>(&head.key_id.replace('-', ""))?);
    blob.extend(decode::<MATERIAL_BYTES>(&head.material_id)?);
    let mut random = [0u8; SALT + NONCE_LEN];
    entropy.fill(&mut random);
    blob.extend_from_slice(&random);
    let (salt, nonce) = random.split_at(SALT);
    let about = about(&blob, context);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(plain.to_vec());
    let tag = cipher(material, salt)
        .seal_in_place_separate_tag(nonce, Aad::from(about), &mut text)
        .ok()?;
    blob.extend_from_slice(&text);
    blob.extend_from_slice(tag.as_ref());
    Some(blob)
}

/// Which key and material a blob is of. `None` for what is no blob.
pub(super) fn head(blob: &[u8]) -> Option<Head> {
    let (head, rest) = blob.split_first_chunk::<HEAD>()?;
    if head[0] != VERSION || rest.len() < AES_256_GCM.tag_len() {
        return None;
    }
    let id = hex::encode(&head[1..=ID]);
    let material_id = hex::encode(&head[1 + ID..1 + ID + MATERIAL_BYTES]);
    let (a, b, c, d, e) = (&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]);
    Some(Head { key_id: format!("{a}-{b}-{c}-{d}-{e}"), material_id })
}

/// The plain text. `None` where the blob was changed, or is of another material or context.
pub(super) fn open(
    blob: &[u8],
    material: &MaterialBytes,
    context: &EncryptionContext,
) -> Option<Zeroizing<Vec<u8>>> {
    let (head, rest) = blob.split_first_chunk::<HEAD>()?;
    let (salt, nonce) = head[HEAD - SALT - NONCE_LEN..].split_at(SALT);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut plain = Zeroizing::new(rest.to_vec());
    let about = Aad::from(about(head, context));
    let length = cipher(material, salt).open_in_place(nonce, about, &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

fn cipher(material: &MaterialBytes, salt: &[u8]) -> LessSafeKey {
    let root = hmac::Key::new(hmac::HMAC_SHA256, &**material);
    let key = UnboundKey::new(&AES_256_GCM, hmac::sign(&root, salt).as_ref());
    LessSafeKey::new(key.expect("HMAC-SHA-256 gives as many bytes as the cipher takes"))
}

/// What is authenticated besides the text: each part with its length, names in their order.
fn about(head: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut about = head.to_vec();
    for part in context.iter().flat_map(|(name, value)| [name, value]) {
        about.extend((part.len() as u64).to_be_bytes());
        about.extend_from_slice(part.as_bytes());
    }
    about
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use cairn_core::SeededEntropy;

    use super::*;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn sealed(context: &EncryptionContext) -> (Head, MaterialBytes, Vec<u8>) {
        let head = Head {
            key_id: "01234567-89ab-4cde-8f01-23456789abcd".to_owned(),
            material_id: "5a".repeat(32),
        };
        let material = MaterialBytes::new([7; 32]);
        let blob = seal(&head, &material, context, b"the text", &SeededEntropy::new(1));
        (head, material, blob.unwrap())
    }

    #[test]
    fn a_text_comes_back_in_its_context_only() {
        let own = context(&[("a", "b"), ("c", "")]);
        let (head_before, material, blob) = sealed(&own);
        assert_eq!(head(&blob).unwrap(), head_before);
        assert_eq!(&**open(&blob, &material, &own).unwrap(), b"the text");
        for other in [&[][..], &[("a", "b")], &[("ab", ""), ("c", "")], &[("a", "bc"), ("", "")]] {
            assert!(open(&blob, &material, &context(other)).is_none(), "{other:?}");
        }
        assert!(open(&blob, &MaterialBytes::new([8; 32]), &own).is_none());
    }

    #[test]
    fn every_changed_bit_and_every_missing_byte_is_noticed() {
        let own = context(&[("a", "b")]);
        let (_, material, blob) = sealed(&own);
        for bit in 0..blob.len() * 8 {
            let mut changed = blob.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&changed, &material, &own).is_none(), "bit {bit}");
        }
        for length in 0..blob.len() {
            assert!(open(&blob[..length], &material, &own).is_none(), "{length} bytes");
        }
    }
}
