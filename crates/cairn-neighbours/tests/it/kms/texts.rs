//! Encrypting, decrypting, data keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{REGION, Rig, admin, code, key_arn};
use crate::kit::OWN;

#[tokio::test]
async fn a_text_opens_in_the_context_it_was_sealed_in() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let blob = rig.encrypt(&id, &json!({ "b": "2", "a": "1" })).await;
    let input = |context: Value| json!({ "CiphertextBlob": blob, "EncryptionContext": context });
    let opened = rig.ok("Decrypt", input(json!({ "a": "1", "b": "2" }))).await;
    assert_eq!(opened["Plaintext"], json!("YSB0ZXh0"));
    assert_eq!(opened["KeyId"], json!(key_arn(&id)));
    assert_eq!(opened["EncryptionAlgorithm"], json!("SYMMETRIC_DEFAULT"));
    for context in [json!({}), json!({ "a": "1" }), json!({ "a": "2", "b": "1" })] {
        let refusal = rig.refused("Decrypt", input(context)).await;
        assert_eq!(refusal, ("InvalidCiphertextException".to_owned(), String::new()));
    }
    let other = rig.key().await;
    let wrong = json!({
        "CiphertextBlob": blob, "KeyId": other, "EncryptionContext": { "a": "1", "b": "2" },
    });
    assert_eq!(code(&rig.refused("Decrypt", wrong).await), "IncorrectKeyException");
}

#[tokio::test]
async fn bytes_that_are_no_sealed_text_are_refused() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let good = STANDARD.decode(rig.encrypt(&id, &json!({})).await).unwrap();
    let mut long = good.clone();
    long.push(0);
    let mut strange_material = good.clone();
    strange_material[20] ^= 1;
    for bad in [&b"x"[..], &[0; 200], &good[..good.len() - 1], &long, &strange_material] {
        let input = json!({ "CiphertextBlob": STANDARD.encode(bad) });
        let refusal = rig.refused("Decrypt", input).await;
        assert_eq!(code(&refusal), "InvalidCiphertextException", "{bad:?}");
    }
    let mut strange_key = good.clone();
    strange_key[3] ^= 1;
    let (found, text) =
        rig.refused("Decrypt", json!({ "CiphertextBlob": STANDARD.encode(strange_key) })).await;
    assert_eq!(found, "AccessDeniedException");
    assert!(text.contains("kms:Decrypt on the resource associated with this ciphertext"), "{text}");
    // Nor does a key leave its Region.
    let input = json!({ "CiphertextBlob": STANDARD.encode(good) });
    let refusal = rig.ask(&admin(OWN), "us-east-1", "Decrypt", &input).await.unwrap_err();
    assert_eq!(code(&refusal), "AccessDeniedException");
}

#[tokio::test]
async fn texts_have_their_bounds() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    for (length, allowed) in [(0, false), (1, true), (4096, true), (4097, false)] {
        let input = json!({ "KeyId": id, "Plaintext": STANDARD.encode(vec![7; length]) });
        let answer = rig.ask(&admin(OWN), REGION, "Encrypt", &input).await;
        assert_eq!(answer.is_ok(), allowed, "{length} bytes: {answer:?}");
        let Ok(answer) = answer else { continue };
        let opened = rig.ok("Decrypt", json!({ "CiphertextBlob": answer["CiphertextBlob"] })).await;
        assert_eq!(opened["Plaintext"], input["Plaintext"]);
    }
    let (_, text) = rig
        .refused("Encrypt", json!({ "KeyId": id, "Plaintext": STANDARD.encode([0; 4097]) }))
        .await;
    assert_eq!(
        text,
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member \
         must have length less than or equal to 4096"
    );
    let (found, _) = rig.refused("Encrypt", json!({ "KeyId": id, "Plaintext": "?" })).await;
    assert_eq!(found, "SerializationException");
    let (_, text) = rig.refused("Encrypt", json!({})).await;
    assert!(text.starts_with("2 validation errors detected: "), "{text}");
    let input = json!({
        "KeyId": id, "Plaintext": "YQ==", "EncryptionContext": { "a": "x".repeat(8192) },
    });
    assert_eq!(code(&rig.refused("Encrypt", input).await), "ValidationException");
}

#[tokio::test]
async fn data_keys_have_the_length_that_was_asked_for() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    for (more, length) in [
        (json!({ "KeySpec": "AES_256" }), 32),
        (json!({ "KeySpec": "AES_128" }), 16),
        (json!({ "NumberOfBytes": 1024 }), 1024),
    ] {
        let mut input = json!({ "KeyId": id, "EncryptionContext": { "a": "b" } });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = rig.ok("GenerateDataKey", input.clone()).await;
        let plain = STANDARD.decode(made["Plaintext"].as_str().unwrap()).unwrap();
        assert_eq!(plain.len(), length);
        let sealed =
            json!({ "CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": { "a": "b" } });
        assert_eq!(rig.ok("Decrypt", sealed).await["Plaintext"], made["Plaintext"]);
        let hidden = rig.ok("GenerateDataKeyWithoutPlaintext", input).await;
        assert!(hidden.get("Plaintext").is_none());
        assert_ne!(hidden["CiphertextBlob"], made["CiphertextBlob"]);
    }
    for more in [json!({}), json!({ "KeySpec": "AES_256", "NumberOfBytes": 32 })] {
        let mut input = json!({ "KeyId": id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (_, text) = rig.refused("GenerateDataKey", input).await;
        assert_eq!(text, "Please specify either number of bytes or key spec.");
    }
    let input = json!({ "KeyId": id, "NumberOfBytes": 1025 });
    assert_eq!(code(&rig.refused("GenerateDataKey", input).await), "ValidationException");
    let random = rig.ok("GenerateRandom", json!({ "NumberOfBytes": 24 })).await;
    assert_eq!(STANDARD.decode(random["Plaintext"].as_str().unwrap()).unwrap().len(), 24);
}

#[tokio::test]
async fn a_text_is_sealed_again_under_another_key() {
    let rig = Rig::open().await;
    let (from, to) = (rig.key().await, rig.key().await);
    let blob = rig.encrypt(&from, &json!({ "a": "1" })).await;
    let input = json!({
        "CiphertextBlob": blob, "DestinationKeyId": to, "SourceEncryptionContext": { "a": "1" },
        "DestinationEncryptionContext": { "a": "2" },
    });
    let moved = rig.ok("ReEncrypt", input.clone()).await;
    assert_eq!(moved["SourceKeyId"], json!(key_arn(&from)));
    assert_eq!(moved["KeyId"], json!(key_arn(&to)));
    let opened = json!({
        "CiphertextBlob": moved["CiphertextBlob"], "EncryptionContext": { "a": "2" }, "KeyId": to,
    });
    assert_eq!(rig.ok("Decrypt", opened).await["Plaintext"], json!("YSB0ZXh0"));
    let mut wrong = input;
    wrong["SourceEncryptionContext"] = json!({});
    assert_eq!(code(&rig.refused("ReEncrypt", wrong).await), "InvalidCiphertextException");
}

#[tokio::test]
async fn a_dry_run_does_nothing() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let input = json!({ "KeyId": id, "Plaintext": "YQ==", "DryRun": true });
    let (found, text) = rig.refused("Encrypt", input).await;
    assert_eq!(found, "DryRunOperationException");
    assert_eq!(text, "The request would have succeeded, but the DryRun option is set.");
    let input = json!({
        "KeyId": id, "GranteePrincipal": "arn:aws:iam::111122223333:user/a",
        "Operations": ["Decrypt"], "DryRun": true,
    });
    assert_eq!(code(&rig.refused("CreateGrant", input).await), "DryRunOperationException");
    assert_eq!(rig.ok("ListGrants", json!({ "KeyId": id })).await["Grants"], json!([]));
}
