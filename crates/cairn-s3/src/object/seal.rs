//! How an object is encrypted: what a request or the bucket asks for, and what answers say of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::AccountId;
use cairn_ports::{Actor, EncryptionContext};
use cairn_store::objects::Bucket;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ask::Ask;
use crate::data::{SECRET_BYTES, Secret};
use crate::fault::Fault;
use crate::s3::{S3, put_header};
use crate::setting::{KMS, default_encryption};

/// The key that S3 uses where a request names KMS and no key.
const OWN_KEY: &str = "alias/aws/s3";

/// What opens an object's secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Seal {
    /// The service's own key and a salt.
    Own { salt: String },
    Kms {
        key_arn: String,
        /// The data key as KMS sealed it, in base64.
        sealed: String,
        /// With `aws:s3:arn`.
        context: EncryptionContext,
        bucket_key: bool,
    },
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// What the bucket has for objects that say nothing.
    Bucket,
    Own,
    Kms {
        key: Option<String>,
        context: EncryptionContext,
        bucket_key: Option<bool>,
    },
}

impl Wish {
    pub(crate) fn of(ask: &Ask) -> Result<Self, Fault> {
        if ask.header("x-amz-server-side-encryption-customer-algorithm").is_some() {
            return Err(Fault::not_implemented("x-amz-server-side-encryption-customer-algorithm"));
        }
        let key = ask.header("x-amz-server-side-encryption-aws-kms-key-id").map(str::to_owned);
        match ask.header("x-amz-server-side-encryption") {
            Some(KMS) => {}
            other if key.is_some() => {
                let name = "x-amz-server-side-encryption";
                let text = "Server Side Encryption with AWS KMS managed key requires HTTP header \
                            x-amz-server-side-encryption : aws:kms";
                return Err(Fault::invalid_argument(text, name, other.unwrap_or("null")));
            }
            None => return Ok(Self::Bucket),
            Some("AES256") => return Ok(Self::Own),
            Some(other) => {
                let text = "The encryption method specified is not supported";
                let fault = Fault::new(400, "InvalidEncryptionAlgorithmError", text);
                return Err(fault.fact("EncryptionAlgorithm", other));
            }
        }
        let context = ask.header("x-amz-server-side-encryption-context");
        let context = context.map(parse_context).transpose()?.unwrap_or_default();
        let bucket_key = ask.header("x-amz-server-side-encryption-bucket-key-enabled");
        let bucket_key = bucket_key.map(|text| text.eq_ignore_ascii_case("true"));
        Ok(Self::Kms { key, context, bucket_key })
    }
}

fn parse_context(text: &str) -> Result<EncryptionContext, Fault> {
    let decoded = STANDARD.decode(text).ok();
    decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        let name = "x-amz-server-side-encryption-context";
        let text = "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded \
                    UTF-8 string holding JSON which represents a string-string map";
        Fault::invalid_argument(text, name, "null")
    })
}

/// A new secret, and what opens it.
pub(crate) async fn choose(
    s3: &S3,
    actor: &Actor,
    bucket: &Bucket,
    object: &str,
    wish: Wish,
) -> Result<(Seal, Secret), Fault> {
    let default = default_encryption(bucket);
    let (key, context, bucket_key) = match wish {
        Wish::Own => return Ok(own(s3)),
        Wish::Bucket if default.algorithm != KMS => return Ok(own(s3)),
        Wish::Bucket => (default.key, EncryptionContext::new(), default.bucket_key),
        Wish::Kms { key, context, bucket_key } => {
            let named = key.is_some();
            let inherited = default.algorithm == KMS && !named;
            let key = key.or(default.key.filter(|_| inherited));
            (key, context, bucket_key.unwrap_or(inherited && default.bucket_key))
        }
    };
    let key = key.unwrap_or_else(|| OWN_KEY.to_owned());
    let key_arn = find_key(s3, actor.account().unwrap_or(bucket.owner), &key).await?;
    let mut context = context;
    let arn = format!("arn:aws:s3:::{}", bucket.name);
    let arn = if bucket_key { arn } else { format!("{arn}/{object}") };
    context.insert("aws:s3:arn".to_owned(), arn);
    let data_key = s3.parts().keys.generate_data_key(actor, &key_arn, &context).await;
    let data_key = data_key.map_err(|error| Fault::of_keys(&error))?;
    let secret = secret(&data_key.plaintext)?;
    let sealed = STANDARD.encode(&data_key.sealed);
    Ok((Seal::Kms { key_arn: data_key.key_arn, sealed, context, bucket_key }, secret))
}

fn own(s3: &S3) -> (Seal, Secret) {
    let salt = s3.unique();
    let secret = s3.own_secret(&salt);
    (Seal::Own { salt }, secret)
}

async fn find_key(s3: &S3, account: AccountId, key: &str) -> Result<String, Fault> {
    if key.starts_with("arn:") && key.contains(":key/") {
        return Ok(key.to_owned());
    }
    let found = s3.parts().keys.describe(account, &s3.parts().region, key).await;
    found.map(|found| found.arn).map_err(|error| Fault::of_keys(&error))
}

fn secret(plaintext: &[u8]) -> Result<Secret, Fault> {
    let bytes: [u8; SECRET_BYTES] = plaintext.try_into().map_err(|_| {
        tracing::error!(
            bytes = plaintext.len(),
            "a data key has another length than was asked for"
        );
        Fault::internal()
    })?;
    Ok(Zeroizing::new(bytes))
}

/// The secret of an object, if the actor may have it.
pub(crate) async fn open_secret(s3: &S3, actor: &Actor, seal: &Seal) -> Result<Secret, Fault> {
    match seal {
        Seal::Own { salt } => Ok(s3.own_secret(salt)),
        Seal::Kms { sealed, context, .. } => {
            let sealed = STANDARD.decode(sealed).map_err(|_| Fault::internal())?;
            let plaintext = s3.parts().keys.decrypt(actor, &sealed, context).await;
            secret(&plaintext.map_err(|error| Fault::of_keys(&error))?)
        }
    }
}

/// The headers of an answer; only those to writes tell the context.
pub(crate) fn tell_seal(headers: &mut HeaderMap, seal: &Seal, wrote: bool) {
    let Seal::Kms { key_arn, context, bucket_key, .. } = seal else {
        put_header(headers, "x-amz-server-side-encryption", "AES256");
        return;
    };
    put_header(headers, "x-amz-server-side-encryption", KMS);
    put_header(headers, "x-amz-server-side-encryption-aws-kms-key-id", key_arn);
    if *bucket_key {
        put_header(headers, "x-amz-server-side-encryption-bucket-key-enabled", "true");
    }
    if wrote && let Ok(text) = serde_json::to_vec(context) {
        let text = STANDARD.encode(text);
        put_header(headers, "x-amz-server-side-encryption-context", &text);
    }
}
