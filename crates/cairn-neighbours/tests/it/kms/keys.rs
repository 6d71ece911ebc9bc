//! Keys: made, described, listed, disabled, deleted, tagged.

use std::time::Duration;

use cairn_core::Clock;
use serde_json::json;

use super::{DAY, REGION, Rig, admin, code, key_arn};
use crate::kit::{NOW, OTHER, OWN};

#[tokio::test]
async fn a_new_key_is_described_as_aws_does() {
    let rig = Rig::open().await;
    let tags = json!([{ "TagKey": "team", "TagValue": "audit" }]);
    let made = rig.ok("CreateKey", json!({ "Description": "logs", "Tags": tags })).await;
    let id = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let described = rig.ok("DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(made, described);
    let mut shown = described["KeyMetadata"].clone();
    assert_eq!(shown["CurrentKeyMaterialId"].as_str().unwrap().len(), 64);
    shown.as_object_mut().unwrap().remove("CurrentKeyMaterialId");
    assert_eq!(
        shown,
        json!({
            "AWSAccountId": OWN, "KeyId": id, "Arn": key_arn(id),
            "CreationDate": NOW.seconds() as f64, "Enabled": true, "Description": "logs",
            "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": false,
        })
    );
    let found = rig.ok("ListResourceTags", json!({ "KeyId": id })).await;
    assert_eq!(found, json!({ "Tags": tags, "Truncated": false }));
    let policy = rig.ok("GetKeyPolicy", json!({ "KeyId": id })).await;
    let text: serde_json::Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    let root = format!("arn:aws:iam::{OWN}:root");
    assert_eq!(text["Statement"][0]["Principal"]["AWS"], json!(root));
    assert_eq!(text["Id"], json!("key-default-1"));
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    rig.ok("CreateAlias", json!({ "AliasName": "alias/logs", "TargetKeyId": id })).await;
    let blob = rig.encrypt("alias/logs", &json!({ "a": "b" })).await;
    let before = rig.ok("DescribeKey", json!({ "KeyId": id })).await;
    let rig = rig.restart().await;
    assert_eq!(rig.ok("DescribeKey", json!({ "KeyId": "alias/logs" })).await, before);
    let opened = json!({ "CiphertextBlob": blob, "EncryptionContext": { "a": "b" } });
    assert_eq!(rig.ok("Decrypt", opened).await["Plaintext"], json!("YSB0ZXh0"));
}

#[tokio::test]
async fn kinds_of_keys_that_are_not_kept_are_refused() {
    let rig = Rig::open().await;
    for (input, expected) in [
        (json!({ "KeySpec": "RSA_2048" }), "UnsupportedOperationException"),
        (json!({ "CustomerMasterKeySpec": "ECC_NIST_P256" }), "UnsupportedOperationException"),
        (json!({ "MultiRegion": true }), "UnsupportedOperationException"),
        (json!({ "Origin": "EXTERNAL" }), "UnsupportedOperationException"),
        (json!({ "CustomKeyStoreId": "cks-1" }), "UnsupportedOperationException"),
        (json!({ "KeyUsage": "SIGN_VERIFY" }), "ValidationException"),
        (json!({ "KeySpec": "AES" }), "ValidationException"),
        (json!({ "Description": "x".repeat(8193) }), "ValidationException"),
        (json!({ "Description": 7 }), "SerializationException"),
        (json!([]), "SerializationException"),
    ] {
        assert_eq!(code(&rig.refused("CreateKey", input.clone()).await), expected, "{input}");
    }
    assert_eq!(rig.ok("ListKeys", json!({})).await["Keys"], json!([]));
    for (operation, expected) in [
        ("Sign", "UnsupportedOperationException"),
        ("GenerateDataKeyPair", "UnsupportedOperationException"),
        ("Nothing", "UnknownOperationException"),
    ] {
        assert_eq!(code(&rig.refused(operation, json!({})).await), expected);
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_as_aws_does() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let missing = "00000000-0000-4000-8000-000000000000";
    let refused = async |region: &str, key: &str| {
        rig.ask(&admin(OWN), region, "DescribeKey", &json!({ "KeyId": key })).await.unwrap_err()
    };
    let not_found = |message: String| ("NotFoundException".to_owned(), message);
    let here = format!("Key '{}' does not exist", key_arn(missing));
    assert_eq!(refused(REGION, missing).await, not_found(here.clone()));
    assert_eq!(refused(REGION, &key_arn(missing)).await, not_found(here));
    let there = format!("Key 'arn:aws:kms:us-east-1:{OWN}:key/{id}' does not exist");
    assert_eq!(refused("us-east-1", &id).await, not_found(there));
    assert_eq!(
        refused("us-east-1", &key_arn(&id)).await,
        not_found(format!("Invalid arn {REGION}"))
    );
    assert_eq!(refused(REGION, "logs").await, not_found("Invalid keyId 'logs'".to_owned()));
    let alias = format!("Alias arn:aws:kms:{REGION}:{OWN}:alias/logs is not found.");
    assert_eq!(refused(REGION, "alias/logs").await, not_found(alias));
    assert_eq!(code(&refused(REGION, "arn:aws:s3:::bucket").await), "InvalidArnException");
    let message = "1 validation error detected: Value null at 'keyId' failed to satisfy \
                   constraint: Member must not be null";
    let (found, text) = rig.refused("DescribeKey", json!({})).await;
    assert_eq!((&*found, &*text), ("ValidationException", message));
    // An alias names a key only where AWS lets it.
    rig.ok("CreateAlias", json!({ "AliasName": "alias/logs", "TargetKeyId": id })).await;
    let (found, text) = rig.refused("EnableKey", json!({ "KeyId": "alias/logs" })).await;
    assert_eq!((&*found, &*text), ("NotFoundException", "Invalid keyId 'alias/logs'"));
}

#[tokio::test]
async fn keys_are_listed_in_pages_and_by_place() {
    let rig = Rig::open().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(rig.key().await);
    }
    made.sort();
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let mut input = json!({ "Limit": 2 });
        if let Some(marker) = marker {
            input["Marker"] = marker;
        }
        let page = rig.ok("ListKeys", input).await;
        let keys = page["Keys"].as_array().unwrap();
        assert!(keys.len() <= 2);
        found.extend(keys.iter().map(|key| key["KeyId"].as_str().unwrap().to_owned()));
        if page["Truncated"] == json!(false) {
            assert!(page.get("NextMarker").is_none());
            break;
        }
        marker = Some(page["NextMarker"].clone());
    }
    assert_eq!(found, made);
    let all = rig.ok("ListKeys", json!({ "Limit": 5 })).await;
    assert_eq!((all["Keys"].as_array().unwrap().len(), &all["Truncated"]), (5, &json!(false)));
    for (actor, region) in [(admin(OTHER), REGION), (admin(OWN), "us-east-1")] {
        let page = rig.ask(&actor, region, "ListKeys", &json!({})).await.unwrap();
        assert_eq!(page["Keys"], json!([]));
    }
    assert_eq!(
        code(&rig.refused("ListKeys", json!({ "Marker": "!" })).await),
        "InvalidMarkerException"
    );
    assert_eq!(code(&rig.refused("ListKeys", json!({ "Limit": 0 })).await), "ValidationException");
    assert_eq!(
        code(&rig.refused("ListKeys", json!({ "Limit": 1001 })).await),
        "ValidationException"
    );
}

#[tokio::test]
async fn a_disabled_key_encrypts_nothing_until_it_is_enabled() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let blob = rig.encrypt(&id, &json!({})).await;
    rig.ok("DisableKey", json!({ "KeyId": id })).await;
    let disabled = ("DisabledException".to_owned(), format!("{} is disabled.", key_arn(&id)));
    for (operation, input) in [
        ("Encrypt", json!({ "KeyId": id, "Plaintext": "YQ==" })),
        ("Decrypt", json!({ "CiphertextBlob": blob })),
        ("GenerateDataKey", json!({ "KeyId": id, "KeySpec": "AES_256" })),
        ("ReEncrypt", json!({ "CiphertextBlob": blob, "DestinationKeyId": id })),
        ("EnableKeyRotation", json!({ "KeyId": id })),
        ("RotateKeyOnDemand", json!({ "KeyId": id })),
    ] {
        assert_eq!(rig.refused(operation, input).await, disabled, "{operation}");
    }
    let shown = rig.ok("DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(shown["KeyMetadata"]["KeyState"], json!("Disabled"));
    assert_eq!(shown["KeyMetadata"]["Enabled"], json!(false));
    rig.ok("EnableKey", json!({ "KeyId": id })).await;
    rig.ok("Decrypt", json!({ "CiphertextBlob": blob })).await;
}

#[tokio::test]
async fn a_key_is_deleted_when_its_time_has_come_and_not_before() {
    let rig = Rig::open().await;
    let (id, kept) = (rig.key().await, rig.key().await);
    let blob = rig.encrypt(&id, &json!({})).await;
    rig.ok("CreateAlias", json!({ "AliasName": "alias/logs", "TargetKeyId": id })).await;
    for days in [0, 6, 31] {
        let input = json!({ "KeyId": id, "PendingWindowInDays": days });
        assert_eq!(code(&rig.refused("ScheduleKeyDeletion", input).await), "ValidationException");
    }
    let input = json!({ "KeyId": id, "PendingWindowInDays": 7 });
    let answer = rig.ok("ScheduleKeyDeletion", input.clone()).await;
    let date = NOW.saturating_add(DAY * 7);
    assert_eq!(
        answer,
        json!({
            "KeyId": key_arn(&id), "DeletionDate": date.seconds() as f64,
            "KeyState": "PendingDeletion", "PendingWindowInDays": 7,
        })
    );
    let text = format!("{} is pending deletion.", key_arn(&id));
    for (operation, input) in [
        ("ScheduleKeyDeletion", input),
        ("EnableKey", json!({ "KeyId": id })),
        ("DisableKey", json!({ "KeyId": id })),
        ("Decrypt", json!({ "CiphertextBlob": blob })),
        ("GenerateDataKey", json!({ "KeyId": id, "KeySpec": "AES_256" })),
        ("UpdateKeyDescription", json!({ "KeyId": id, "Description": "" })),
        ("TagResource", json!({ "KeyId": id, "Tags": [] })),
        ("CreateAlias", json!({ "AliasName": "alias/more", "TargetKeyId": id })),
        ("EnableKeyRotation", json!({ "KeyId": id })),
    ] {
        let refusal = rig.refused(operation, input).await;
        assert_eq!(refusal, ("KMSInvalidStateException".to_owned(), text.clone()), "{operation}");
    }
    rig.clock.advance(Duration::from_secs(7 * 86_400 - 1));
    assert_eq!(rig.kms.delete_due(rig.clock.now()).await.unwrap(), []);
    rig.clock.advance(Duration::from_secs(1));
    let gone = rig.kms.delete_due(rig.clock.now()).await.unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!((&*gone[0].key_arn, gone[0].account.to_string()), (&*key_arn(&id), OWN.to_owned()));
    assert_eq!(
        code(&rig.refused("DescribeKey", json!({ "KeyId": id })).await),
        "NotFoundException"
    );
    let aliases = rig.ok("ListAliases", json!({})).await;
    let named = aliases["Aliases"].as_array().unwrap().iter();
    assert_eq!(named.filter(|alias| alias["TargetKeyId"] == json!(id)).count(), 0);
    assert_eq!(
        code(&rig.refused("Decrypt", json!({ "CiphertextBlob": blob })).await),
        "AccessDeniedException"
    );
    rig.ok("DescribeKey", json!({ "KeyId": kept })).await;
}

#[tokio::test]
async fn a_deletion_that_is_cancelled_leaves_a_disabled_key() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let (found, text) = rig.refused("CancelKeyDeletion", json!({ "KeyId": id })).await;
    assert_eq!(found, "KMSInvalidStateException");
    assert_eq!(text, format!("{} is not pending deletion.", key_arn(&id)));
    rig.ok("ScheduleKeyDeletion", json!({ "KeyId": id })).await;
    rig.ok("CancelKeyDeletion", json!({ "KeyId": id })).await;
    let shown = rig.ok("DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(shown["KeyMetadata"]["KeyState"], json!("Disabled"));
    assert!(shown["KeyMetadata"].get("DeletionDate").is_none());
    rig.clock.advance(DAY * 31);
    assert_eq!(rig.kms.delete_due(rig.clock.now()).await.unwrap(), []);
}

#[tokio::test]
async fn descriptions_and_tags_change() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    rig.ok("UpdateKeyDescription", json!({ "KeyId": id, "Description": "new" })).await;
    let shown = rig.ok("DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(shown["KeyMetadata"]["Description"], json!("new"));
    let tag = |name: &str, value: &str| json!({ "TagKey": name, "TagValue": value });
    rig.ok("TagResource", json!({ "KeyId": id, "Tags": [tag("a", "1"), tag("b", "2")] })).await;
    rig.ok("TagResource", json!({ "KeyId": id, "Tags": [tag("a", "3")] })).await;
    rig.ok("UntagResource", json!({ "KeyId": id, "TagKeys": ["b", "none"] })).await;
    let found = rig.ok("ListResourceTags", json!({ "KeyId": id })).await;
    assert_eq!(found["Tags"], json!([tag("a", "3")]));
    let many: Vec<_> = (0..50).map(|index| tag(&format!("t{index}"), "")).collect();
    for tags in [json!([tag("aws:x", "")]), json!([tag("x", ""), tag("x", "")]), json!(many)] {
        let refusal = rig.refused("TagResource", json!({ "KeyId": id, "Tags": tags })).await;
        assert_eq!(code(&refusal), "TagException", "{tags}");
    }
    let (_, text) = rig.refused("TagResource", json!({ "KeyId": id, "Tags": [tag("", "")] })).await;
    assert!(text.contains("Value '' at 'tags.1.member.tagKey'"), "{text}");
    assert_eq!(
        rig.ok("ListResourceTags", json!({ "KeyId": id })).await["Tags"],
        json!([tag("a", "3")])
    );
}
