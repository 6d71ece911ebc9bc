//! Grants.

use serde_json::{Value, json};

use super::{REGION, Rig, admin, code, key_arn, principal, reader};
use crate::kit::{OTHER, OWN};

fn grant(key: &str, operations: &Value) -> Value {
    json!({
        "KeyId": key, "GranteePrincipal": format!("arn:aws:iam::{OWN}:user/reader"),
        "RetiringPrincipal": format!("arn:aws:iam::{OWN}:user/retirer"), "Operations": operations,
    })
}

#[tokio::test]
async fn a_grant_lets_its_grantee_do_what_it_says_until_it_is_revoked() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    let encrypt = json!({ "KeyId": key, "Plaintext": "YQ==" });
    let ask = async || rig.ask(&reader(OWN), REGION, "Encrypt", &encrypt).await;
    assert_eq!(code(&ask().await.unwrap_err()), "AccessDeniedException");
    let made = rig.ok("CreateGrant", grant(&key, &json!(["Encrypt"]))).await;
    ask().await.unwrap();
    let describe = json!({ "KeyId": key });
    let refusal = rig.ask(&reader(OWN), REGION, "DescribeKey", &describe).await.unwrap_err();
    assert_eq!(code(&refusal), "AccessDeniedException");
    let listed = rig.ok("ListGrants", json!({ "KeyId": key })).await;
    assert_eq!(listed["Grants"][0]["GrantId"], made["GrantId"]);
    assert_eq!(listed["Grants"][0]["KeyId"], json!(key_arn(&key)));
    assert_eq!(listed["Grants"][0]["Operations"], json!(["Encrypt"]));
    let input = json!({ "KeyId": key, "GrantId": made["GrantId"] });
    rig.ok("RevokeGrant", input.clone()).await;
    assert_eq!(code(&ask().await.unwrap_err()), "AccessDeniedException");
    assert_eq!(code(&rig.refused("RevokeGrant", input).await), "NotFoundException");
}

#[tokio::test]
async fn a_grant_holds_in_the_context_that_it_names() {
    let rig = Rig::open().await;
    let (subset, equal) = (rig.key().await, rig.key().await);
    for (key, constraint) in
        [(&subset, "EncryptionContextSubset"), (&equal, "EncryptionContextEquals")]
    {
        let mut input = grant(key, &json!(["Encrypt"]));
        input["Constraints"] = json!({ constraint: { "a": "1" } });
        rig.ok("CreateGrant", input).await;
        let listed = rig.ok("ListGrants", json!({ "KeyId": key })).await;
        assert_eq!(listed["Grants"][0]["Constraints"], json!({ constraint: { "a": "1" } }));
    }
    for (key, context, allowed) in [
        (&subset, json!({ "a": "1" }), true),
        (&subset, json!({ "a": "1", "b": "2" }), true),
        (&subset, json!({ "b": "2" }), false),
        (&equal, json!({ "a": "1" }), true),
        (&equal, json!({ "a": "1", "b": "2" }), false),
    ] {
        let input = json!({ "KeyId": key, "Plaintext": "YQ==", "EncryptionContext": context });
        let answer = rig.ask(&reader(OWN), REGION, "Encrypt", &input).await;
        assert_eq!(answer.is_ok(), allowed, "{context}: {answer:?}");
    }
}

#[tokio::test]
async fn a_grant_reaches_another_account_but_not_past_a_deny() {
    let rig = Rig::open().await;
    let chief = json!({ "AWS": format!("arn:aws:iam::{OTHER}:user/reader") });
    let deny = json!({
        "Effect": "Deny", "Principal": chief, "Action": "kms:Decrypt", "Resource": "*",
    });
    let key = rig.key_with(&[deny]).await;
    let mut input = grant(&key, &json!(["Encrypt", "Decrypt"]));
    input["GranteePrincipal"] = json!(format!("arn:aws:iam::{OTHER}:user/reader"));
    rig.ok("CreateGrant", input).await;
    let encrypt = json!({ "KeyId": key_arn(&key), "Plaintext": "YQ==" });
    let sealed = rig.ask(&reader(OTHER), REGION, "Encrypt", &encrypt).await.unwrap();
    let decrypt = json!({ "CiphertextBlob": sealed["CiphertextBlob"] });
    let refusal = rig.ask(&reader(OTHER), REGION, "Decrypt", &decrypt).await.unwrap_err();
    assert_eq!(code(&refusal), "AccessDeniedException");
    let refusal = rig.ask(&admin(OTHER), REGION, "Encrypt", &encrypt).await.unwrap_err();
    assert_eq!(code(&refusal), "AccessDeniedException");
}

#[tokio::test]
async fn a_grant_is_retired_by_whom_it_names() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    let retirer = principal(OWN, "user/retirer", false);
    let made = rig.ok("CreateGrant", grant(&key, &json!(["Encrypt"]))).await;
    let by_token = json!({ "GrantToken": made["GrantToken"] });
    let refusal = rig.ask(&reader(OWN), REGION, "RetireGrant", &by_token).await.unwrap_err();
    assert_eq!(code(&refusal), "AccessDeniedException");
    let retirable = json!({ "RetiringPrincipal": format!("arn:aws:iam::{OWN}:user/retirer") });
    let listed = rig.ok("ListRetirableGrants", retirable.clone()).await;
    assert_eq!(listed["Grants"][0]["KeyId"], json!(key_arn(&key)));
    rig.ask(&retirer, REGION, "RetireGrant", &by_token).await.unwrap();
    assert_eq!(rig.ok("ListRetirableGrants", retirable).await["Grants"], json!([]));
    let refusal = rig.ask(&retirer, REGION, "RetireGrant", &by_token).await.unwrap_err();
    assert_eq!(code(&refusal), "InvalidGrantTokenException");

    let made = rig.ok("CreateGrant", grant(&key, &json!(["Encrypt", "RetireGrant"]))).await;
    let by_id = json!({ "KeyId": key_arn(&key), "GrantId": made["GrantId"] });
    rig.ask(&reader(OWN), REGION, "RetireGrant", &by_id).await.unwrap();
    let refusal = rig.refused("RetireGrant", json!({ "KeyId": key })).await;
    assert_eq!(code(&refusal), "ValidationException");
}

#[tokio::test]
async fn grants_that_say_nothing_are_refused() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    for operations in [json!([]), json!(["Sign"]), json!(null)] {
        let refusal = rig.refused("CreateGrant", grant(&key, &operations)).await;
        assert_eq!(code(&refusal), "ValidationException", "{operations}");
    }
    let mut input = grant(&key, &json!(["Encrypt"]));
    input["GranteePrincipal"] = json!("not a name!");
    assert_eq!(code(&rig.refused("CreateGrant", input).await), "ValidationException");
    rig.ok("DisableKey", json!({ "KeyId": key })).await;
    let refusal = rig.refused("CreateGrant", grant(&key, &json!(["Encrypt"]))).await;
    assert_eq!(code(&refusal), "DisabledException");
}
