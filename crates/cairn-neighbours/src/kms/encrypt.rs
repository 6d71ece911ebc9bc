//! Encrypt, Decrypt and ReEncrypt.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_ports::EncryptionContext;
use cairn_store::{KmsKey, kms_key, kms_material};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::ask::Ask;
use super::blob::{self, Head};
use super::check::Check;
use super::target::{self, By};
use super::{Kms, access, fault, state};

/// Bytes of a plain text.
const PLAIN: usize = 4096;
/// Bytes of a sealed text.
const SEALED: usize = 6144;
/// Bytes of an encryption context, names and values together.
const CONTEXT: usize = 8192;

const ALGORITHMS: [&str; 4] =
    ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"];

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    plaintext: Option<String>,
    ciphertext_blob: Option<String>,
    encryption_context: EncryptionContext,
    encryption_algorithm: Option<String>,
    grant_tokens: Vec<String>,
    recipient: Option<Value>,
    dry_run: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReInput {
    ciphertext_blob: Option<String>,
    source_encryption_context: EncryptionContext,
    source_key_id: Option<String>,
    destination_key_id: Option<String>,
    destination_encryption_context: EncryptionContext,
    source_encryption_algorithm: Option<String>,
    destination_encryption_algorithm: Option<String>,
    grant_tokens: Vec<String>,
    dry_run: Option<bool>,
}

/// A text that was opened, and by what.
pub(super) struct Opened {
    pub(super) key: KmsKey,
    pub(super) material_id: String,
    pub(super) plain: Zeroizing<Vec<u8>>,
}

pub(super) async fn encrypt(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let plain = input.plaintext.as_ref().map(|text| decode(text)).transpose()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    let plain = Zeroizing::new(required(&mut check, "plaintext", plain, PLAIN));
    check_rest(&mut check, &input)?;
    let key = target::find(kms, ask, id, By::KeyOrAlias).await?;
    let context = &input.encryption_context;
    access::check_use(kms, ask, &key, "kms:Encrypt", context).await?;
    state::check_usable(&key)?;
    not_dry(input.dry_run)?;
    let sealed = seal(kms, &key, context, &plain).await?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(sealed),
        "KeyId": key.arn(),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }))
}

pub(super) async fn decrypt(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let sealed = input.ciphertext_blob.as_ref().map(|text| decode(text)).transpose()?;
    let mut check = Check::default();
    let sealed = required(&mut check, "ciphertextBlob", sealed, SEALED);
    if input.key_id.is_some() {
        check.key_id(input.key_id.as_ref());
    }
    check_rest(&mut check, &input)?;
    let wanted = wanted(kms, ask, input.key_id.as_ref()).await?;
    let context = &input.encryption_context;
    let opened = open(kms, ask, &sealed, wanted.as_ref(), ("kms:Decrypt", context)).await?;
    not_dry(input.dry_run)?;
    Ok(json!({
        "KeyId": opened.key.arn(),
        "Plaintext": STANDARD.encode(&*opened.plain),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": opened.material_id,
    }))
}

pub(super) async fn re_encrypt(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: ReInput = ask.input()?;
    let sealed = input.ciphertext_blob.as_ref().map(|text| decode(text)).transpose()?;
    let mut check = Check::default();
    let sealed = required(&mut check, "ciphertextBlob", sealed, SEALED);
    let id = check.text("destinationKeyId", input.destination_key_id.as_ref(), 1..=2048);
    check.grant_tokens(&input.grant_tokens);
    for (name, value) in [
        ("sourceEncryptionAlgorithm", &input.source_encryption_algorithm),
        ("destinationEncryptionAlgorithm", &input.destination_encryption_algorithm),
    ] {
        check.choice(name, value.as_ref(), &ALGORITHMS);
    }
    check.done()?;
    for algorithm in [&input.source_encryption_algorithm, &input.destination_encryption_algorithm] {
        check_algorithm(algorithm.as_ref())?;
    }
    let (from, to) = (&input.source_encryption_context, &input.destination_encryption_context);
    check_context(from)?;
    check_context(to)?;
    let wanted = wanted(kms, ask, input.source_key_id.as_ref()).await?;
    let key = target::find(kms, ask, id, By::KeyOrAlias).await?;
    access::check_use(kms, ask, &key, "kms:ReEncryptTo", to).await?;
    state::check_usable(&key)?;
    let opened = open(kms, ask, &sealed, wanted.as_ref(), ("kms:ReEncryptFrom", from)).await?;
    not_dry(input.dry_run)?;
    let sealed = seal(kms, &key, to, &opened.plain).await?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(sealed),
        "SourceKeyId": opened.key.arn(),
        "KeyId": key.arn(),
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": opened.material_id,
        "DestinationKeyMaterialId": key.material,
    }))
}

/// Encrypts with the newest material of a key.
pub(super) async fn seal(
    kms: &Kms,
    key: &KmsKey,
    context: &EncryptionContext,
    plain: &[u8],
) -> Result<Vec<u8>, Fault> {
    let material = kms_material::open(&kms.store, &key.id, &key.material).await;
    let broken = || Fault::internal(format!("{} cannot encrypt", key.arn()));
    // A key that was deleted since has no material.
    let material = material.map_err(fault::store)?.ok_or_else(|| fault::no_key(&key.arn()))?;
    let head = Head { key_id: key.id.clone(), material_id: key.material.clone() };
    blob::seal(&head, &material, context, plain, &*kms.entropy).ok_or_else(broken)
}

/// Opens a sealed text with the key that it names, if the actor may.
pub(super) async fn open(
    kms: &Kms,
    ask: &Ask<'_>,
    sealed: &[u8],
    wanted: Option<&KmsKey>,
    (action, context): (&str, &EncryptionContext),
) -> Result<Opened, Fault> {
    let head = blob::head(sealed).ok_or_else(fault::invalid_ciphertext)?;
    if wanted.is_some_and(|key| key.id != head.key_id) {
        return Err(fault::incorrect_key());
    }
    let unseen = || fault::unseen_by_text(ask, action);
    let key = kms_key::get(&kms.store, &head.key_id).await.map_err(fault::store)?;
    let key = key.filter(|key| key.region == ask.region).ok_or_else(unseen)?;
    access::check_use(kms, ask, &key, action, context).await?;
    state::check_usable(&key)?;
    let material = kms_material::open(&kms.store, &key.id, &head.material_id).await;
    let material = material.map_err(fault::store)?.ok_or_else(fault::invalid_ciphertext)?;
    let plain = blob::open(sealed, &material, context).ok_or_else(fault::invalid_ciphertext)?;
    Ok(Opened { key, material_id: head.material_id, plain })
}

async fn wanted(kms: &Kms, ask: &Ask<'_>, id: Option<&String>) -> Result<Option<KmsKey>, Fault> {
    match id {
        Some(id) => target::find(kms, ask, id, By::KeyOrAlias).await.map(Some),
        None => Ok(None),
    }
}

/// What Encrypt and Decrypt have in common; ends the check.
fn check_rest(check: &mut Check, input: &Input) -> Result<(), Fault> {
    check.grant_tokens(&input.grant_tokens);
    check.choice("encryptionAlgorithm", input.encryption_algorithm.as_ref(), &ALGORITHMS);
    std::mem::take(check).done()?;
    check_algorithm(input.encryption_algorithm.as_ref())?;
    check_context(&input.encryption_context)?;
    check_recipient(input.recipient.as_ref())
}

/// The keys here are symmetric.
fn check_algorithm(algorithm: Option<&String>) -> Result<(), Fault> {
    match algorithm {
        Some(name) if name != "SYMMETRIC_DEFAULT" => {
            let message = format!(
                "You cannot specify {name} as the EncryptionAlgorithm of a key with KeySpec \
                 SYMMETRIC_DEFAULT"
            );
            Err(Fault::client("InvalidKeyUsageException", message))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_context(context: &EncryptionContext) -> Result<(), Fault> {
    let bytes: usize = context.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > CONTEXT {
        let message = format!("The encryption context may have at most {CONTEXT} bytes");
        return Err(Fault::validation(message));
    }
    Ok(())
}

/// Answers for an enclave would have to be encrypted for it.
pub(super) fn check_recipient(recipient: Option<&Value>) -> Result<(), Fault> {
    match recipient {
        Some(value) if !value.is_null() => {
            Err(fault::unsupported("Cairn does not support Recipient"))
        }
        _ => Ok(()),
    }
}

pub(super) fn not_dry(dry_run: Option<bool>) -> Result<(), Fault> {
    if dry_run == Some(true) { Err(fault::dry_run()) } else { Ok(()) }
}

fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    STANDARD.decode(text).map_err(|error| Fault::serialization(format!("base64: {error}")))
}

fn required(check: &mut Check, name: &str, bytes: Option<Vec<u8>>, max: usize) -> Vec<u8> {
    match bytes {
        Some(bytes) => {
            check.bytes(name, &bytes, 1..=max);
            bytes
        }
        None => {
            check.text(name, None, 1..=max);
            Vec::new()
        }
    }
}
