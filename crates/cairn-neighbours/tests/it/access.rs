//! Who may call which operation.

use cairn_neighbours::identities;
use serde_json::{Value, json};

use crate::kit::{House, OTHER, OWN, operator, role_session, root, user};

/// Every operation, with an input that is never reached when the caller is refused.
fn operations() -> [(&'static str, Value); 12] {
    [
        ("CreateAccount", json!({ "Name": "more" })),
        ("ListAccounts", json!({})),
        ("CreateUser", json!({ "UserName": "more" })),
        ("ListUsers", json!({})),
        ("DeleteUser", json!({ "UserName": "more" })),
        ("CreateRole", json!({ "RoleName": "more" })),
        ("ListRoles", json!({})),
        ("DeleteRole", json!({ "RoleName": "more" })),
        ("CreateAccessKey", json!({})),
        ("ListAccessKeys", json!({})),
        ("UpdateAccessKey", json!({ "AccessKeyId": "AKIA", "Status": "Active" })),
        ("DeleteAccessKey", json!({ "AccessKeyId": "AKIA" })),
    ]
}

fn for_operators(operation: &str) -> bool {
    operation.ends_with("Account") || operation.ends_with("Accounts")
}

#[tokio::test]
async fn only_administrators_pass_and_only_operators_reach_accounts() {
    let house = House::open().await;
    for (operation, input) in operations() {
        for (caller, passes) in [
            (operator(), true),
            (root(OTHER), !for_operators(operation)),
            (user(OTHER, "chief", true), !for_operators(operation)),
            (role_session(OTHER, true), !for_operators(operation)),
            (user(OWN, "reader", false), false),
            (role_session(OWN, false), false),
        ] {
            let answer = house.cairn(&caller, operation, input.clone()).await;
            let denied = answer.is_err_and(|fault| fault.code == "AccessDeniedException");
            assert_eq!(denied, !passes, "{operation} by {}", caller.arn);
        }
    }
}

#[tokio::test]
async fn a_refusal_is_recorded_under_the_service_that_it_stands_for() {
    let house = House::open().await;
    let reader = user(OWN, "reader", false);
    for (operation, input) in operations() {
        let fault = house.cairn(&reader, operation, input).await.unwrap_err();
        let service = if for_operators(operation) { "organizations" } else { "iam" };
        let expected = format!(
            "User: arn:aws:iam::{OWN}:user/reader is not authorized to perform: \
             {service}:{operation}"
        );
        assert_eq!(fault.message, expected);
        let record = house.newest();
        assert_eq!(record["eventName"], operation);
        assert_eq!(record["eventSource"], format!("{service}.amazonaws.com"));
        assert_eq!(record["awsRegion"], "us-east-1");
        assert_eq!(record["errorCode"], "AccessDeniedException");
        assert_eq!(record["errorMessage"], expected);
        assert_eq!(record["readOnly"], operation.starts_with("List"), "{operation}");
        assert_eq!(identities::changes(operation), !operation.starts_with("List"));
    }
}

#[tokio::test]
async fn an_operation_that_is_not_there_is_none_of_these() {
    let house = House::open().await;
    assert!(!identities::serves("DeleteAccount") && !identities::changes("DeleteAccount"));
    let fault = house.cairn(&operator(), "DeleteAccount", json!({})).await.unwrap_err();
    assert_eq!(fault.code, "UnknownOperationException");
}
