//! KMS as trails and buckets see it.

use cairn_ports::{Actor, KeyState, Keys, PortError, PortErrorKind};
use serde_json::{Value, json};

use super::{REGION, Rig, admin, context, key_arn};
use crate::kit::{OTHER, OWN, id};

fn trail_arn(account: &str) -> String {
    format!("arn:aws:cloudtrail:{REGION}:{account}:trail/all")
}

/// What trails are told to put into the policy of their key.
fn trail_statement() -> Value {
    json!({
        "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" },
        "Action": "kms:GenerateDataKey*", "Resource": "*",
        "Condition": {
            "StringEquals": { "aws:SourceArn": trail_arn(OWN) },
            "StringLike": {
                "kms:EncryptionContext:aws:cloudtrail:arn":
                    format!("arn:aws:cloudtrail:*:{OWN}:trail/*"),
            },
        },
    })
}

fn refused(answer: Result<impl std::fmt::Debug, PortError>) -> (PortErrorKind, String) {
    let error = answer.unwrap_err();
    (error.kind, error.code)
}

#[tokio::test]
async fn a_trail_gets_data_keys_where_the_policy_says_so() {
    let rig = Rig::open().await;
    let arn = key_arn(&rig.key_with(&[trail_statement()]).await);
    let closed = key_arn(&rig.key().await);
    let keys = rig.kms.keys();
    let trail = trail_arn(OWN);
    let right = context(&[("aws:cloudtrail:arn", &trail)]);
    let actor = Actor::trail(&trail, id(OWN));
    let made = keys.generate_data_key(&actor, &arn, &right).await.unwrap();
    assert_eq!((made.plaintext.len(), &made.key_arn), (32, &arn));
    let denied = (PortErrorKind::Denied, "AccessDeniedException".to_owned());
    for (actor, arn, context) in [
        (&actor, &closed, &right),
        (&actor, &arn, &context(&[])),
        (&actor, &arn, &context(&[("aws:cloudtrail:arn", &trail_arn(OTHER))])),
        (&Actor::trail(&trail_arn(OTHER), id(OTHER)), &arn, &right),
        (&Actor::Anonymous, &arn, &right),
    ] {
        let answer = keys.generate_data_key(actor, arn, context).await;
        let found = refused(answer);
        let anonymous = *actor == Actor::Anonymous;
        let code = if anonymous { "MissingAuthenticationTokenException" } else { &*denied.1 };
        assert_eq!((found.0, &*found.1), (denied.0, code), "{actor:?} {context:?}");
    }
    // The key's owner opens it, in its context.
    assert_eq!(*keys.decrypt(&admin(OWN), &made.sealed, &right).await.unwrap(), *made.plaintext);
    let answer = keys.decrypt(&admin(OWN), &made.sealed, &context(&[])).await;
    assert_eq!(refused(answer), (PortErrorKind::Invalid, "InvalidCiphertextException".to_owned()));
    assert_eq!(refused(keys.decrypt(&admin(OTHER), &made.sealed, &right).await), denied);
    assert_eq!(refused(keys.decrypt(&actor, &made.sealed, &right).await), denied);
}

#[tokio::test]
async fn a_key_that_cannot_be_used_says_why() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    let (keys, arn, empty) = (rig.kms.keys(), key_arn(&key), context(&[]));
    rig.ok("DisableKey", json!({ "KeyId": key })).await;
    let answer = keys.generate_data_key(&admin(OWN), &arn, &empty).await;
    assert_eq!(refused(answer), (PortErrorKind::Denied, "DisabledException".to_owned()));
    assert_eq!(keys.describe(id(OWN), REGION, &key).await.unwrap().state, KeyState::Disabled);
    rig.ok("ScheduleKeyDeletion", json!({ "KeyId": key })).await;
    let answer = keys.generate_data_key(&admin(OWN), &arn, &empty).await;
    assert_eq!(refused(answer), (PortErrorKind::Denied, "KMSInvalidStateException".to_owned()));
    let found = keys.describe(id(OWN), REGION, &key).await.unwrap();
    assert_eq!(found.state, KeyState::PendingDeletion);
}

#[tokio::test]
async fn keys_are_found_by_every_name() {
    let rig = Rig::open().await;
    let key = rig.key().await;
    rig.ok("CreateAlias", json!({ "AliasName": "alias/logs", "TargetKeyId": key })).await;
    let keys = rig.kms.keys();
    let (arn, alias) = (key_arn(&key), format!("arn:aws:kms:{REGION}:{OWN}:alias/logs"));
    for name in [&*key, &arn, "alias/logs", &alias] {
        let found = keys.describe(id(OWN), REGION, name).await.unwrap();
        assert_eq!((&found.arn, found.account, &*found.region), (&arn, id(OWN), REGION));
        assert!(found.symmetric && found.state == KeyState::Enabled);
    }
    // An ARN says where to look, a name does not.
    for name in [&arn, &alias] {
        assert_eq!(keys.describe(id(OTHER), "us-east-1", name).await.unwrap().arn, arn);
    }
    let missing = (PortErrorKind::Missing, "NotFoundException".to_owned());
    let other_digit = if arn.ends_with('0') { '1' } else { '0' };
    for (account, region, name) in [
        (OTHER, REGION, &*key),
        (OWN, "us-east-1", "alias/logs"),
        (OWN, REGION, "alias/none"),
        (OTHER, REGION, &*format!("{}{other_digit}", &arn[..arn.len() - 1])),
        (OWN, REGION, "nothing"),
    ] {
        assert_eq!(refused(keys.describe(id(account), region, name).await), missing, "{name}");
    }
    assert!(keys.policy(&arn).await.unwrap().contains("kms:*"));
    assert_eq!(refused(keys.policy(&arn.replace(OWN, OTHER)).await), missing);
}

#[tokio::test]
async fn a_service_has_a_key_of_its_own_from_the_first_question_on() {
    let rig = Rig::open().await;
    let (s3, sns) = (rig.kms.keys_via("s3"), rig.kms.keys_via("sns"));
    let key = s3.describe(id(OWN), REGION, "alias/aws/s3").await.unwrap();
    assert_eq!(s3.describe(id(OWN), REGION, "alias/aws/s3").await.unwrap(), key);
    let other = s3.describe(id(OTHER), REGION, "alias/aws/s3").await.unwrap();
    assert_ne!(other.arn, key.arn);
    let empty = context(&[]);
    let reader = super::reader(OWN);
    let made = s3.generate_data_key(&reader, &key.arn, &empty).await.unwrap();
    assert_eq!(*s3.decrypt(&reader, &made.sealed, &empty).await.unwrap(), *made.plaintext);
    let denied = (PortErrorKind::Denied, "AccessDeniedException".to_owned());
    assert_eq!(refused(sns.generate_data_key(&reader, &key.arn, &empty).await), denied);
    assert_eq!(refused(s3.generate_data_key(&admin(OTHER), &key.arn, &empty).await), denied);
    let trail = Actor::trail(&trail_arn(OWN), id(OWN));
    assert_eq!(refused(rig.kms.keys().generate_data_key(&trail, &key.arn, &empty).await), denied);

    let shown = rig.ok("DescribeKey", json!({ "KeyId": "alias/aws/s3" })).await;
    assert_eq!(shown["KeyMetadata"]["Arn"], json!(key.arn));
    assert_eq!(shown["KeyMetadata"]["KeyManager"], json!("AWS"));
    let made = rig.ok("DescribeKey", json!({ "KeyId": "alias/aws/sqs" })).await;
    let status = rig.ok("GetKeyRotationStatus", json!({ "KeyId": key.arn })).await;
    assert_eq!(status["KeyRotationEnabled"], json!(true));
    for (operation, input) in [
        ("DisableKey", json!({ "KeyId": key.arn })),
        ("ScheduleKeyDeletion", json!({ "KeyId": key.arn })),
        ("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": super::policy(OWN, &[]) })),
        ("Encrypt", json!({ "KeyId": made["KeyMetadata"]["KeyId"], "Plaintext": "YQ==" })),
    ] {
        let (code, _) = rig.refused(operation, input).await;
        assert_eq!(code, "AccessDeniedException", "{operation}");
    }
    let (code, _) = rig.refused("DescribeKey", json!({ "KeyId": "alias/aws/none" })).await;
    assert_eq!(code, "NotFoundException");
}

#[tokio::test]
async fn a_policy_can_ask_which_service_a_caller_came_through() {
    let rig = Rig::open().await;
    let statement = json!({
        "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "kms:GenerateDataKey",
        "Resource": "*",
        "Condition": { "StringEquals": {
            "kms:ViaService": format!("s3.{REGION}.amazonaws.com"), "kms:CallerAccount": OWN,
        } },
    });
    let arn = key_arn(&rig.key_with(&[statement]).await);
    let empty = context(&[]);
    let reader = super::reader(OWN);
    rig.kms.keys_via("s3").generate_data_key(&reader, &arn, &empty).await.unwrap();
    for keys in [rig.kms.keys(), rig.kms.keys_via("sns")] {
        let found = refused(keys.generate_data_key(&reader, &arn, &empty).await);
        assert_eq!(found, (PortErrorKind::Denied, "AccessDeniedException".to_owned()));
    }
}
