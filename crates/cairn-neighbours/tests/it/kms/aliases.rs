//! Aliases.

use serde_json::json;

use super::{REGION, Rig, admin, code};
use crate::kit::{OTHER, OWN};

#[tokio::test]
async fn an_alias_names_its_key_until_it_names_another() {
    let rig = Rig::open().await;
    let (first, second) = (rig.key().await, rig.key().await);
    let name = "alias/logs";
    rig.ok("CreateAlias", json!({ "AliasName": name, "TargetKeyId": first })).await;
    let (found, text) =
        rig.refused("CreateAlias", json!({ "AliasName": name, "TargetKeyId": second })).await;
    assert_eq!(found, "AlreadyExistsException");
    let arn = format!("arn:aws:kms:{REGION}:{OWN}:{name}");
    assert_eq!(text, format!("An alias with the name {arn} already exists"));
    for id in [name, &arn] {
        let shown = rig.ok("DescribeKey", json!({ "KeyId": id })).await;
        assert_eq!(shown["KeyMetadata"]["KeyId"], json!(first));
    }
    rig.ok("UpdateAlias", json!({ "AliasName": name, "TargetKeyId": second })).await;
    let shown = rig.ok("DescribeKey", json!({ "KeyId": name })).await;
    assert_eq!(shown["KeyMetadata"]["KeyId"], json!(second));
    let listed = rig.ok("ListAliases", json!({ "KeyId": second })).await;
    assert_eq!(listed["Aliases"][0]["AliasArn"], json!(arn));
    assert_eq!(listed["Aliases"][0]["TargetKeyId"], json!(second));
    assert_eq!(rig.ok("ListAliases", json!({ "KeyId": first })).await["Aliases"], json!([]));
    rig.ok("DeleteAlias", json!({ "AliasName": name })).await;
    let (found, text) = rig.refused("DeleteAlias", json!({ "AliasName": name })).await;
    assert_eq!(
        (found, text),
        ("NotFoundException".to_owned(), format!("Alias {arn} is not found."))
    );
}

#[tokio::test]
async fn names_that_are_no_aliases_are_refused() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    for (name, expected) in [
        ("logs", "ValidationException"),
        ("alias/", "ValidationException"),
        ("alias/a b", "ValidationException"),
        ("alias/a:b", "ValidationException"),
        ("alias/aws/s3", "NotAuthorizedException"),
        (&*format!("alias/{}", "x".repeat(251)), "ValidationException"),
    ] {
        let refusal =
            rig.refused("CreateAlias", json!({ "AliasName": name, "TargetKeyId": id })).await;
        assert_eq!(code(&refusal), expected, "{name}: {refusal:?}");
    }
    let input = json!({ "AliasName": "alias/a", "TargetKeyId": "alias/b" });
    let (_, text) = rig.refused("CreateAlias", input).await;
    assert_eq!(text, "Aliases must refer to keys. Not aliases");
}

#[tokio::test]
async fn each_account_and_region_has_its_own_aliases() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    rig.ok("CreateAlias", json!({ "AliasName": "alias/logs", "TargetKeyId": id })).await;
    for (actor, region) in [(admin(OTHER), REGION), (admin(OWN), "us-east-1")] {
        let input = json!({ "KeyId": "alias/logs" });
        let refusal = rig.ask(&actor, region, "DescribeKey", &input).await.unwrap_err();
        assert_eq!(code(&refusal), "NotFoundException");
        let input = json!({ "AliasName": "alias/logs", "TargetKeyId": id });
        let refusal = rig.ask(&actor, region, "CreateAlias", &input).await.unwrap_err();
        assert_eq!(code(&refusal), "NotFoundException");
    }
}

#[tokio::test]
async fn a_key_has_at_most_fifty_aliases_and_they_come_in_pages() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    for index in 0..50 {
        let name = format!("alias/a{index:02}");
        rig.ok("CreateAlias", json!({ "AliasName": name, "TargetKeyId": id })).await;
    }
    let input = json!({ "AliasName": "alias/more", "TargetKeyId": id });
    assert_eq!(code(&rig.refused("CreateAlias", input).await), "LimitExceededException");
    let first = rig.ok("ListAliases", json!({ "Limit": 30 })).await;
    let second = rig.ok("ListAliases", json!({ "Limit": 30, "Marker": first["NextMarker"] })).await;
    assert_eq!(first["Aliases"].as_array().unwrap().len(), 30);
    // Behind them are those of the services.
    assert_eq!(second["Aliases"].as_array().unwrap().len(), 23);
    assert_eq!(second["Aliases"][0]["AliasName"], json!("alias/a30"));
    assert_eq!(second["Truncated"], json!(false));
}

#[tokio::test]
async fn aliases_of_services_are_listed_before_they_have_keys() {
    let rig = Rig::open().await;
    let id = rig.key().await;
    for name in ["alias/aaa", "alias/logs"] {
        rig.ok("CreateAlias", json!({ "AliasName": name, "TargetKeyId": id })).await;
    }
    let made = rig.ok("DescribeKey", json!({ "KeyId": "alias/aws/sns" })).await;
    let made = &made["KeyMetadata"]["KeyId"];
    let expected = [
        ("alias/aaa", Some(json!(id))),
        ("alias/aws/s3", None),
        ("alias/aws/sns", Some(made.clone())),
        ("alias/aws/sqs", None),
        ("alias/logs", Some(json!(id))),
    ];
    for limit in [1, 2, 3, 4, 5, 50] {
        let mut found = Vec::new();
        let mut input = json!({ "Limit": limit });
        loop {
            let page = rig.ok("ListAliases", input.clone()).await;
            let aliases = page["Aliases"].as_array().unwrap().clone();
            assert!(aliases.len() <= limit);
            for alias in aliases {
                let name = alias["AliasName"].as_str().unwrap().to_owned();
                let arn = format!("arn:aws:kms:{REGION}:{OWN}:{name}");
                assert_eq!(alias["AliasArn"], json!(arn));
                found.push((name, alias.get("TargetKeyId").cloned()));
            }
            if page["Truncated"] == json!(false) {
                break;
            }
            input["Marker"] = page["NextMarker"].clone();
        }
        let expected = expected.clone().map(|(name, id)| (name.to_owned(), id));
        assert_eq!(found, expected, "{limit} at a time");
    }
}
