//! Each operation does what its name says.

use cairn_store::account;
use serde_json::{Value, json};

use crate::kit::{House, OTHER, OWN, id, operator, root, user};

fn names(list: &Value, kind: &str, name: &str) -> Vec<String> {
    let elements = list[kind].as_array().unwrap();
    elements.iter().map(|element| element[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn users_are_made_listed_and_deleted() {
    let house = House::open().await;
    let chief = user(OWN, "chief", true);
    let input = json!({ "UserName": "alice", "Admin": true });
    let made = house.cairn(&chief, "CreateUser", input).await.unwrap();
    let made = &made["User"];
    assert_eq!(made["Arn"], format!("arn:aws:iam::{OWN}:user/alice"));
    assert_eq!((&made["Admin"], &made["CreateDate"]), (&json!(true), &json!(1_700_000_000)));
    house.cairn(&chief, "CreateUser", json!({ "UserName": "bob" })).await.unwrap();
    let fault = house.cairn(&chief, "CreateUser", json!({ "UserName": "bob" })).await.unwrap_err();
    assert_eq!((&*fault.code, fault.status), ("EntityAlreadyExistsException", 400));

    let list = house.cairn(&chief, "ListUsers", json!({})).await.unwrap();
    assert_eq!(names(&list, "Users", "UserName"), ["alice", "bob"]);
    let others = house.cairn(&root(OTHER), "ListUsers", json!({})).await.unwrap();
    assert_eq!(others, json!({ "Users": [] }));
    let theirs = house.cairn(&root(OTHER), "DeleteUser", json!({ "UserName": "bob" })).await;
    assert_eq!(theirs.unwrap_err().code, "NoSuchEntityException");

    house.cairn(&chief, "DeleteUser", json!({ "UserName": "bob" })).await.unwrap();
    let list = house.cairn(&chief, "ListUsers", json!({})).await.unwrap();
    assert_eq!(names(&list, "Users", "UserName"), ["alice"]);
}

#[tokio::test]
async fn roles_are_made_listed_and_deleted() {
    let house = House::open().await;
    let chief = user(OWN, "chief", true);
    let input = json!({ "RoleName": "audit", "TrustedAccounts": [OTHER] });
    let made = house.cairn(&chief, "CreateRole", input).await.unwrap();
    let made = &made["Role"];
    assert_eq!(made["Arn"], format!("arn:aws:iam::{OWN}:role/audit"));
    assert_eq!((&made["Admin"], &made["TrustedAccounts"]), (&json!(false), &json!([OTHER])));
    let wrong = json!({ "RoleName": "wrong", "TrustedAccounts": ["everyone"] });
    let fault = house.cairn(&chief, "CreateRole", wrong).await.unwrap_err();
    assert_eq!(fault.code, "ValidationException");

    let list = house.cairn(&chief, "ListRoles", json!({})).await.unwrap();
    assert_eq!(names(&list, "Roles", "RoleName"), ["audit"]);
    house.cairn(&chief, "DeleteRole", json!({ "RoleName": "audit" })).await.unwrap();
    let list = house.cairn(&chief, "ListRoles", json!({})).await.unwrap();
    assert_eq!(list, json!({ "Roles": [] }));
}

#[tokio::test]
async fn an_account_comes_with_a_key_of_its_root() {
    let house = House::open().await;
    let input = json!({ "Name": "third", "AccountId": "777788889999" });
    let made = house.cairn(&operator(), "CreateAccount", input).await.unwrap();
    assert_eq!(made["Account"]["AccountId"], "777788889999");
    let key = made["AccessKey"]["AccessKeyId"].as_str().unwrap();
    let credential = house.services.store.credential(key).unwrap();
    assert_eq!(credential.account, id("777788889999"));
    assert_eq!(made["AccessKey"]["SecretAccessKey"], credential.secret.reveal());

    let free = house.cairn(&operator(), "CreateAccount", json!({ "Name": "fourth" })).await;
    let free = free.unwrap()["Account"]["AccountId"].as_str().unwrap().to_owned();
    let list = house.cairn(&operator(), "ListAccounts", json!({})).await.unwrap();
    let mut expected = vec![OWN.to_owned(), OTHER.to_owned(), "777788889999".to_owned(), free];
    expected.sort();
    assert_eq!(names(&list, "Accounts", "AccountId"), expected);
    assert_eq!(account::list(&house.services.store).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_key_lives_from_create_to_delete() {
    let house = House::open().await;
    let (chief, store) = (user(OWN, "chief", true), &house.services.store);
    house.cairn(&chief, "CreateUser", json!({ "UserName": "alice" })).await.unwrap();
    let made = house.cairn(&chief, "CreateAccessKey", json!({ "UserName": "alice" })).await;
    let made = made.unwrap();
    let key = made["AccessKey"]["AccessKeyId"].as_str().unwrap();
    assert_eq!(made["AccessKey"]["UserName"], "alice");
    let credential = store.credential(key).unwrap();
    assert!(credential.active);
    assert_eq!(made["AccessKey"]["SecretAccessKey"], credential.secret.reveal());

    let of_alice = json!({ "UserName": "alice" });
    for (status, active) in [("Inactive", false), ("Active", true), ("Inactive", false)] {
        let input = json!({ "AccessKeyId": key, "Status": status });
        let foreign = house.cairn(&root(OTHER), "UpdateAccessKey", input.clone()).await;
        assert_eq!(foreign.unwrap_err().code, "NoSuchEntityException");
        house.cairn(&chief, "UpdateAccessKey", input).await.unwrap();
        assert_eq!(store.credential(key).unwrap().active, active);
        let list = house.cairn(&chief, "ListAccessKeys", of_alice.clone()).await.unwrap();
        let shown = &list["AccessKeys"][0];
        assert_eq!((&shown["AccessKeyId"], &shown["Status"]), (&json!(key), &json!(status)));
        assert_eq!(shown.get("SecretAccessKey"), None);
    }
    house.cairn(&chief, "DeleteAccessKey", json!({ "AccessKeyId": key })).await.unwrap();
    assert!(store.credential(key).is_none());
    let list = house.cairn(&chief, "ListAccessKeys", of_alice).await.unwrap();
    assert_eq!(list, json!({ "AccessKeys": [] }));
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let house = House::open().await;
    let chief = user(OWN, "chief", true);
    for (operation, input, code) in [
        (
            "UpdateAccessKey",
            json!({ "AccessKeyId": "AKIA", "Status": "Of" }),
            "ValidationException",
        ),
        ("UpdateAccessKey", json!({ "Status": "Active" }), "ValidationException"),
        ("DeleteAccessKey", json!({}), "ValidationException"),
        ("DeleteAccessKey", json!({ "AccessKeyId": "AKIA" }), "NoSuchEntityException"),
        ("CreateAccessKey", json!({ "UserName": "nobody" }), "NoSuchEntityException"),
        ("CreateUser", json!({ "UserName": "a b" }), "ValidationException"),
        ("CreateUser", json!({}), "SerializationException"),
    ] {
        let fault = house.cairn(&chief, operation, input.clone()).await.unwrap_err();
        assert_eq!((&*fault.code, fault.status), (code, 400), "{operation} {input}");
    }
}

#[tokio::test]
async fn a_message_repeats_only_the_beginning_of_a_name() {
    let house = House::open().await;
    let name = "x".repeat(100_000);
    for (operation, member) in [
        ("CreateUser", "UserName"),
        ("DeleteUser", "UserName"),
        ("DeleteRole", "RoleName"),
        ("DeleteAccessKey", "AccessKeyId"),
    ] {
        let fault = house.cairn(&root(OWN), operation, json!({ member: name })).await.unwrap_err();
        assert!(fault.message.contains(&"x".repeat(128)), "{operation}");
        assert!(fault.message.len() < 300, "{operation}");
    }
}
