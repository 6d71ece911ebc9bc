//! Who may do what.

use cairn_ports::Actor;
use serde_json::{Value, json};

use super::{REGION, Rig, admin, code, key_arn, policy, principal, reader};
use crate::kit::{OTHER, OWN, id};

fn allow(principal: &Value, actions: &Value) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*" })
}

fn deny(principal: &Value, actions: &Value) -> Value {
    json!({ "Effect": "Deny", "Principal": principal, "Action": actions, "Resource": "*" })
}

#[tokio::test]
async fn the_usual_policy_leaves_the_decision_to_the_account() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    let input = json!({ "KeyId": key });
    for (actor, allowed) in
        [(admin(OWN), true), (principal(OWN, "root", true), true), (reader(OWN), false)]
    {
        let answer = rig.ask(&actor, REGION, "DescribeKey", &input).await;
        assert_eq!(answer.is_ok(), allowed, "{actor:?}: {answer:?}");
    }
    let refusal = rig.ask(&reader(OWN), REGION, "DescribeKey", &input).await.unwrap_err();
    let message = format!(
        "User: arn:aws:iam::{OWN}:user/reader is not authorized to perform: kms:DescribeKey on \
         resource: {} because no resource-based policy allows the kms:DescribeKey action",
        key_arn(&key)
    );
    assert_eq!(refusal, ("AccessDeniedException".to_owned(), message));
    for (operation, input) in [
        ("CreateKey", json!({})),
        ("ListKeys", json!({})),
        ("ListAliases", json!({})),
        ("GenerateRandom", json!({ "NumberOfBytes": 1 })),
    ] {
        let refusal = rig.ask(&reader(OWN), REGION, operation, &input).await.unwrap_err();
        let message = format!(
            "User: arn:aws:iam::{OWN}:user/reader is not authorized to perform: kms:{operation} \
             on resource: * because no identity-based policy allows the kms:{operation} action"
        );
        assert_eq!(refusal, ("AccessDeniedException".to_owned(), message));
    }
    let refusal = rig.ask(&Actor::Anonymous, REGION, "ListKeys", &json!({})).await.unwrap_err();
    assert_eq!(code(&refusal), "MissingAuthenticationTokenException");
}

#[tokio::test]
async fn another_account_needs_the_policys_word_and_learns_nothing_without_it() {
    let rig = Rig::open().await;
    let closed = rig.key().await;
    let root = json!({ "AWS": format!("arn:aws:iam::{OTHER}:root") });
    let named = json!({ "AWS": format!("arn:aws:iam::{OTHER}:user/reader") });
    let open = rig.key_with(&[allow(&root, &json!("kms:*")), allow(&named, &json!("kms:*"))]).await;
    let missing = "00000000-0000-4000-8000-000000000000";
    let ask = async |actor: &Actor, operation: &str, key: &str| {
        rig.ask(actor, REGION, operation, &json!({ "KeyId": key_arn(key) })).await
    };
    ask(&admin(OTHER), "DescribeKey", &open).await.unwrap();
    let refusals = [
        ask(&admin(OTHER), "DescribeKey", &closed).await.unwrap_err(),
        ask(&admin(OTHER), "DescribeKey", missing).await.unwrap_err(),
    ];
    assert_eq!(code(&refusals[0]), "AccessDeniedException");
    assert_eq!(refusals[0], refusals[1]);
    // The account decides for itself who of it may, even where the policy names one.
    assert_eq!(
        code(&ask(&reader(OTHER), "DescribeKey", &open).await.unwrap_err()),
        "AccessDeniedException"
    );
    // What changes a key is for its own account.
    assert_eq!(
        code(&ask(&admin(OTHER), "DisableKey", &open).await.unwrap_err()),
        "AccessDeniedException"
    );
    let refusal = ask(&admin(OTHER), "ScheduleKeyDeletion", &open).await.unwrap_err();
    assert_eq!(code(&refusal), "AccessDeniedException");
    // A bare id is looked for at home.
    let refusal = rig.ask(&admin(OTHER), REGION, "DescribeKey", &json!({ "KeyId": open })).await;
    assert_eq!(code(&refusal.unwrap_err()), "NotFoundException");
}

#[tokio::test]
async fn a_policy_names_users_and_roles_and_an_explicit_deny_wins() {
    let rig = Rig::open().await;
    let user = json!({ "AWS": format!("arn:aws:iam::{OWN}:user/reader") });
    let role = json!({ "AWS": [format!("arn:aws:iam::{OWN}:role/worker")] });
    let chief = json!({ "AWS": format!("arn:aws:iam::{OWN}:user/chief") });
    let key = rig
        .key_with(&[
            allow(&user, &json!(["kms:Describe*", "kms:encrypt"])),
            allow(&role, &json!("kms:GenerateDataKey*")),
            deny(&chief, &json!("kms:Encrypt")),
        ])
        .await;
    let worker = Actor::Principal {
        account: id(OWN),
        arn: format!("arn:aws:sts::{OWN}:assumed-role/worker/night-shift"),
        admin: false,
    };
    let data_key = json!({ "KeyId": key, "KeySpec": "AES_256" });
    let encrypt = json!({ "KeyId": key, "Plaintext": "YQ==" });
    let describe = json!({ "KeyId": key });
    for (actor, operation, input, allowed) in [
        (reader(OWN), "DescribeKey", &describe, true),
        (reader(OWN), "Encrypt", &encrypt, true),
        (reader(OWN), "GenerateDataKey", &data_key, false),
        (worker.clone(), "GenerateDataKey", &data_key, true),
        (worker.clone(), "GenerateDataKeyWithoutPlaintext", &data_key, true),
        (worker, "Encrypt", &encrypt, false),
        (admin(OWN), "GenerateDataKey", &data_key, true),
        (admin(OWN), "Encrypt", &encrypt, false),
        (principal(OWN, "root", true), "Encrypt", &encrypt, true),
    ] {
        let answer = rig.ask(&actor, REGION, operation, input).await;
        assert_eq!(answer.is_ok(), allowed, "{actor:?} {operation}: {answer:?}");
    }
    let (_, text) = rig.refused("Encrypt", encrypt).await;
    assert!(text.ends_with("with an explicit deny in a resource-based policy"), "{text}");
}

#[tokio::test]
async fn a_policy_without_the_account_shuts_its_administrators_out() {
    let rig = Rig::open().await;
    let statement = allow(
        &json!({ "AWS": format!("arn:aws:iam::{OWN}:user/chief") }),
        &json!(["kms:PutKeyPolicy", "kms:GetKeyPolicy"]),
    );
    let text = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let made = rig.ok("CreateKey", json!({ "Policy": text })).await;
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let input = json!({ "KeyId": key });
    assert_eq!(rig.ok("GetKeyPolicy", input.clone()).await["Policy"], json!(text));
    assert_eq!(code(&rig.refused("DescribeKey", input.clone()).await), "AccessDeniedException");
    let boss = principal(OWN, "user/boss", true);
    let refusal = rig.ask(&boss, REGION, "GetKeyPolicy", &input).await.unwrap_err();
    assert_eq!(code(&refusal), "AccessDeniedException");
}

#[tokio::test]
async fn nobody_locks_himself_out() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    let only_describe = json!({ "Version": "2012-10-17", "Statement": [
        allow(&json!({ "AWS": format!("arn:aws:iam::{OWN}:root") }), &json!("kms:DescribeKey")),
    ] })
    .to_string();
    let lockout = (
        "MalformedPolicyDocumentException".to_owned(),
        "The new key policy will not allow you to update the key policy in the future.".to_owned(),
    );
    let input = json!({ "KeyId": key, "PolicyName": "default", "Policy": only_describe });
    assert_eq!(rig.refused("PutKeyPolicy", input).await, lockout);
    assert_eq!(rig.refused("CreateKey", json!({ "Policy": only_describe })).await, lockout);
    assert_eq!(rig.ok("ListKeys", json!({})).await["Keys"].as_array().unwrap().len(), 1);
    let input = json!({
        "KeyId": key, "Policy": only_describe, "BypassPolicyLockoutSafetyCheck": true,
    });
    rig.ok("PutKeyPolicy", input).await;
    rig.ok("DescribeKey", json!({ "KeyId": key })).await;
    let input = json!({ "KeyId": key, "Policy": policy(OWN, &[]) });
    assert_eq!(code(&rig.refused("PutKeyPolicy", input).await), "AccessDeniedException");
}

#[tokio::test]
async fn policies_that_say_nothing_are_refused() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    let no_effect = json!({ "Version": "2012-10-17", "Statement": [{ "Action": "kms:*" }] });
    for text in ["{", "[]", "{}", &no_effect.to_string()] {
        let refusal = rig.refused("PutKeyPolicy", json!({ "KeyId": key, "Policy": text })).await;
        assert_eq!(code(&refusal), "MalformedPolicyDocumentException", "{text}: {refusal:?}");
    }
    for text in ["", "\u{100}"] {
        let refusal = rig.refused("PutKeyPolicy", json!({ "KeyId": key, "Policy": text })).await;
        assert_eq!(code(&refusal), "ValidationException", "{text:?}");
    }
    let long = policy(OWN, &[]) + &" ".repeat(32 * 1024);
    let refusal = rig.refused("PutKeyPolicy", json!({ "KeyId": key, "Policy": long })).await;
    assert_eq!(code(&refusal), "LimitExceededException");
    let other = json!({ "KeyId": key, "PolicyName": "other" });
    assert_eq!(
        rig.refused("GetKeyPolicy", other).await,
        ("NotFoundException".to_owned(), "No such policy exists".to_owned())
    );
    let names = rig.ok("ListKeyPolicies", json!({ "KeyId": key })).await;
    assert_eq!(names, json!({ "PolicyNames": ["default"], "Truncated": false }));
}
