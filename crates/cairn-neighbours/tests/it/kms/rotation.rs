//! Rotation.

use cairn_core::Clock;
use serde_json::{Value, json};

use super::{DAY, Rig, code, key_arn};
use crate::kit::NOW;

async fn material(rig: &Rig, id: &str) -> Value {
    let shown = rig.ok("DescribeKey", json!({ "KeyId": id })).await;
    shown["KeyMetadata"]["CurrentKeyMaterialId"].clone()
}

#[tokio::test]
async fn a_rotated_key_opens_what_its_older_material_sealed() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let (first, old) = (material(&rig, &id).await, rig.encrypt(&id, &json!({})).await);
    assert_eq!(
        rig.ok("RotateKeyOnDemand", json!({ "KeyId": id })).await,
        json!({ "KeyId": key_arn(&id) })
    );
    let (second, new) = (material(&rig, &id).await, rig.encrypt(&id, &json!({})).await);
    assert_ne!(first, second);
    for (blob, material) in [(old, &first), (new, &second)] {
        let opened = rig.ok("Decrypt", json!({ "CiphertextBlob": blob })).await;
        assert_eq!(opened["Plaintext"], json!("YSB0ZXh0"));
        assert_eq!(&opened["KeyMaterialId"], material);
    }
    let listed = rig.ok("ListKeyRotations", json!({ "KeyId": id })).await;
    let rotation = json!({
        "KeyId": key_arn(&id), "KeyMaterialId": second, "KeyMaterialState": "CURRENT",
        "RotationDate": NOW.seconds() as f64, "RotationType": "ON_DEMAND",
    });
    assert_eq!(listed, json!({ "Rotations": [rotation], "Truncated": false }));
    let all = json!({ "KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" });
    let listed = rig.ok("ListKeyRotations", all).await;
    assert_eq!(listed["Rotations"].as_array().unwrap().len(), 2);
    assert_eq!(listed["Rotations"][0]["KeyMaterialState"], json!("NON_CURRENT"));
}

#[tokio::test]
async fn keys_are_rotated_by_the_calendar() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    let off = rig.ok("GetKeyRotationStatus", json!({ "KeyId": id })).await;
    assert_eq!(off, json!({ "KeyId": key_arn(&id), "KeyRotationEnabled": false }));
    for days in [89, 2561] {
        let input = json!({ "KeyId": id, "RotationPeriodInDays": days });
        assert_eq!(code(&rig.refused("EnableKeyRotation", input).await), "ValidationException");
    }
    rig.ok("EnableKeyRotation", json!({ "KeyId": id })).await;
    let on = rig.ok("GetKeyRotationStatus", json!({ "KeyId": id })).await;
    assert_eq!(on["RotationPeriodInDays"], json!(365));
    rig.ok("EnableKeyRotation", json!({ "KeyId": id, "RotationPeriodInDays": 90 })).await;
    let on = rig.ok("GetKeyRotationStatus", json!({ "KeyId": id })).await;
    let next = NOW.saturating_add(DAY * 90);
    assert_eq!(
        on,
        json!({
            "KeyId": key_arn(&id), "KeyRotationEnabled": true, "RotationPeriodInDays": 90,
            "NextRotationDate": next.seconds() as f64,
        })
    );
    let before = material(&rig, &id).await;
    rig.clock.advance(DAY * 89);
    assert_eq!(rig.kms.rotate_due(rig.clock.now()).await.unwrap(), []);
    rig.clock.advance(DAY);
    let rotated = rig.kms.rotate_due(rig.clock.now()).await.unwrap();
    assert_eq!(rotated.iter().map(|due| &*due.key_id).collect::<Vec<_>>(), [&*id]);
    assert_eq!(rig.kms.rotate_due(rig.clock.now()).await.unwrap(), [], "once is enough");
    assert_ne!(material(&rig, &id).await, before);
    let listed = rig.ok("ListKeyRotations", json!({ "KeyId": id })).await;
    assert_eq!(listed["Rotations"][0]["RotationType"], json!("AUTOMATIC"));
    // Years without a server are one rotation.
    rig.clock.advance(DAY * 1000);
    assert_eq!(rig.kms.rotate_due(rig.clock.now()).await.unwrap().len(), 1);
    assert_eq!(rig.kms.rotate_due(rig.clock.now()).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_disabled_or_switched_off_is_not_rotated() {
    let rig = Rig::open().await;
    let (disabled, switched, doomed) = (rig.key().await, rig.key().await, rig.key().await);
    for id in [&disabled, &switched, &doomed] {
        rig.ok("EnableKeyRotation", json!({ "KeyId": id, "RotationPeriodInDays": 90 })).await;
    }
    rig.ok("DisableKey", json!({ "KeyId": disabled })).await;
    rig.ok("DisableKeyRotation", json!({ "KeyId": switched })).await;
    rig.ok("ScheduleKeyDeletion", json!({ "KeyId": doomed })).await;
    rig.clock.advance(DAY * 100);
    assert_eq!(rig.kms.rotate_due(rig.clock.now()).await.unwrap(), []);
    rig.ok("EnableKey", json!({ "KeyId": disabled })).await;
    let rotated = rig.kms.rotate_due(rig.clock.now()).await.unwrap();
    assert_eq!(rotated.iter().map(|due| &*due.key_id).collect::<Vec<_>>(), [&*disabled]);
}

#[tokio::test]
async fn a_key_is_rotated_on_demand_twenty_five_times() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    for _ in 0..25 {
        rig.ok("RotateKeyOnDemand", json!({ "KeyId": id })).await;
    }
    let refusal = rig.refused("RotateKeyOnDemand", json!({ "KeyId": id })).await;
    assert_eq!(code(&refusal), "LimitExceededException");
    let first = rig.ok("ListKeyRotations", json!({ "KeyId": id, "Limit": 20 })).await;
    let input = json!({ "KeyId": id, "Limit": 20, "Marker": first["NextMarker"] });
    let second = rig.ok("ListKeyRotations", input).await;
    let count = |page: &Value| page["Rotations"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second)), (20, 5));
}
