//! Keys of somebody else's KMS. A store that encrypts with them asks for data keys itself, so all
//! that Cairn asks is whether a key is there and may be used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use cairn_core::AccountId;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::client::{Ask, Client};
use crate::{
    Actor, Answer, DataKey, EncryptionContext, KeyInfo, KeyState, Keys, PortError, PortErrorKind,
};

/// Somebody else's KMS.
#[derive(Clone)]
pub struct RemoteKeys {
    client: Client,
}

impl RemoteKeys {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn call(&self, operation: &str, input: &Value) -> Result<Value, PortError> {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/x-amz-json-1.1");
        headers.insert(CONTENT_TYPE, json);
        let target = format!("TrentService.{operation}");
        let target = HeaderValue::from_str(&target).expect("operations are letters");
        headers.insert("x-amz-target", target);
        let body = Bytes::from(input.to_string());
        let ask = Ask { method: Method::POST, path: "/", query: "", headers, body };
        let answer = self.client.send(ask).await?;
        let output: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let status = answer.status().as_u16();
        if status == 200 {
            return Ok(output);
        }
        let code = output["__type"].as_str().unwrap_or("KMSInternalException");
        let code = code.rsplit('#').next().unwrap_or(code);
        let message = output["message"].as_str().or_else(|| output["Message"].as_str());
        let kind = match code {
            "NotFoundException" => PortErrorKind::Missing,
            "AccessDeniedException" | "DisabledException" | "KMSInvalidStateException" => {
                PortErrorKind::Denied
            }
            _ if status >= 500 || code.contains("Throttl") => PortErrorKind::Unavailable,
            _ => PortErrorKind::Invalid,
        };
        Err(PortError::new(kind, code, message.unwrap_or_default()))
    }
}

impl Keys for RemoteKeys {
    fn describe<'a>(&'a self, _: AccountId, region: &'a str, id: &'a str) -> Answer<'a, KeyInfo> {
        Box::pin(async move {
            let found = self.call("DescribeKey", &json!({ "KeyId": id })).await?;
            let found = &found["KeyMetadata"];
            let text = |name: &str| found[name].as_str().unwrap_or_default();
            let strange = || PortError::unavailable("KMS described a key without an ARN");
            let arn = text("Arn").to_owned();
            let mut parts = arn.split(':').skip(3);
            let (in_region, account) = (parts.next(), parts.next());
            Ok(KeyInfo {
                account: account.and_then(|id| id.parse().ok()).ok_or_else(strange)?,
                region: in_region.unwrap_or(region).to_owned(),
                state: match text("KeyState") {
                    "Enabled" => KeyState::Enabled,
                    "PendingDeletion" => KeyState::PendingDeletion,
                    _ => KeyState::Disabled,
                },
                symmetric: matches!(text("KeySpec"), "SYMMETRIC_DEFAULT" | ""),
                arn,
            })
        })
    }

    fn policy<'a>(&'a self, key_arn: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            let input = json!({ "KeyId": key_arn, "PolicyName": "default" });
            let found = self.call("GetKeyPolicy", &input).await?;
            Ok(found["Policy"].as_str().unwrap_or_default().to_owned())
        })
    }

    fn generate_data_key<'a>(
        &'a self,
        _: &'a Actor,
        key_arn: &'a str,
        context: &'a EncryptionContext,
    ) -> Answer<'a, DataKey> {
        Box::pin(async move {
            let input = json!({
                "KeyId": key_arn,
                "KeySpec": "AES_256",
                "EncryptionContext": context,
            });
            let made = self.call("GenerateDataKey", &input).await?;
            let bytes = |name: &str| BASE64.decode(made[name].as_str().unwrap_or_default());
            let strange = |_| PortError::unavailable("KMS gave a key that is no base64");
            Ok(DataKey {
                key_arn: made["KeyId"].as_str().unwrap_or(key_arn).to_owned(),
                plaintext: Zeroizing::new(bytes("Plaintext").map_err(strange)?),
                sealed: bytes("CiphertextBlob").map_err(strange)?,
            })
        })
    }

    fn decrypt<'a>(
        &'a self,
        _: &'a Actor,
        sealed: &'a [u8],
        context: &'a EncryptionContext,
    ) -> Answer<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            let input =
                json!({ "CiphertextBlob": BASE64.encode(sealed), "EncryptionContext": context });
            let opened = self.call("Decrypt", &input).await?;
            let bytes = BASE64.decode(opened["Plaintext"].as_str().unwrap_or_default());
            let strange = |_| PortError::unavailable("KMS gave a text that is no base64");
            Ok(Zeroizing::new(bytes.map_err(strange)?))
        })
    }
}
