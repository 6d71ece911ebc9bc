//! GenerateDataKey, GenerateDataKeyWithoutPlaintext and GenerateRandom.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_ports::EncryptionContext;
use cairn_store::KmsKey;
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::ask::Ask;
use super::check::Check;
use super::target::{self, By};
use super::{Kms, access, encrypt, fault, state};

/// Bytes of one data key, or of one answer of random bytes.
const BYTES: usize = 1024;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    encryption_context: EncryptionContext,
    number_of_bytes: Option<i64>,
    key_spec: Option<String>,
    custom_key_store_id: Option<String>,
    grant_tokens: Vec<String>,
    recipient: Option<Value>,
    dry_run: Option<bool>,
}

pub(super) async fn generate(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let made = make(kms, ask).await?;
    let mut output = view(&made);
    output["Plaintext"] = json!(STANDARD.encode(&*made.plain));
    Ok(output)
}

pub(super) async fn without_plaintext(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    Ok(view(&make(kms, ask).await?))
}

pub(super) fn random(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    if let Some(count) = input.number_of_bytes {
        check.number("numberOfBytes", count, 1..=BYTES);
    }
    check.done()?;
    encrypt::check_recipient(input.recipient.as_ref())?;
    if input.custom_key_store_id.is_some() {
        return Err(fault::unsupported("Cairn has no custom key stores"));
    }
    let Some(count) = input.number_of_bytes else {
        return Err(Fault::validation("NumberOfBytes is required."));
    };
    access::check_admin(ask, "*")?;
    Ok(json!({ "Plaintext": STANDARD.encode(&*bytes(kms, count as usize)) }))
}

/// A data key, open and sealed.
pub(super) struct Made {
    pub(super) key: KmsKey,
    pub(super) plain: Zeroizing<Vec<u8>>,
    pub(super) sealed: Vec<u8>,
}

fn view(made: &Made) -> Value {
    json!({
        "CiphertextBlob": STANDARD.encode(&made.sealed),
        "KeyId": made.key.arn(),
        "KeyMaterialId": made.key.material,
    })
}

async fn make(kms: &Kms, ask: &Ask<'_>) -> Result<Made, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    check.grant_tokens(&input.grant_tokens);
    if let Some(count) = input.number_of_bytes {
        check.number("numberOfBytes", count, 1..=BYTES);
    }
    check.choice("keySpec", input.key_spec.as_ref(), &["AES_256", "AES_128"]);
    check.done()?;
    encrypt::check_recipient(input.recipient.as_ref())?;
    let length = match (input.number_of_bytes, input.key_spec.as_deref()) {
        (Some(count), None) => count as usize,
        (None, Some("AES_128")) => 16,
        (None, Some(_)) => 32,
        _ => {
            let message = "Please specify either number of bytes or key spec.";
            return Err(Fault::validation(message));
        }
    };
    encrypt::check_context(&input.encryption_context)?;
    let key = target::find(kms, ask, id, By::KeyOrAlias).await?;
    let context = &input.encryption_context;
    for_key(kms, ask, key, context, (length, input.dry_run)).await
}

/// A data key of `length` bytes under a key, if the actor may.
pub(super) async fn for_key(
    kms: &Kms,
    ask: &Ask<'_>,
    key: KmsKey,
    context: &EncryptionContext,
    (length, dry_run): (usize, Option<bool>),
) -> Result<Made, Fault> {
    access::check_use(kms, ask, &key, &ask.action(), context).await?;
    state::check_usable(&key)?;
    encrypt::not_dry(dry_run)?;
    let plain = bytes(kms, length);
    let sealed = encrypt::seal(kms, &key, context, &plain).await?;
    Ok(Made { key, plain, sealed })
}

fn bytes(kms: &Kms, count: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; count]);
    kms.entropy.fill(&mut bytes);
    bytes
}
