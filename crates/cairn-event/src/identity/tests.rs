use cairn_core::{AccountId, Timestamp};

use super::{
    Delegate, Identity, InScopeOf, OnBehalfOf, SessionAttributes, SessionContext, SessionIssuer,
};
use crate::WebIdFederationData;

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn attributes() -> SessionAttributes {
    SessionAttributes {
        creation_date: Timestamp::from_seconds(1_772_355_600),
        mfa_authenticated: true,
    }
}

fn user() -> OnBehalfOf {
    OnBehalfOf {
        user_id: "90670000-0000-4000-8000-000000000001".to_owned(),
        identity_store_arn: "arn:aws:identitystore::111122223333:identitystore/d-9067642ac7"
            .to_owned(),
    }
}

#[test]
fn every_form_has_its_members_in_order() {
    let role = || SessionIssuer::role(account(), "AROAEXAMPLEEXAMPLE2", "/team/", "ops");
    let forms = [
        Identity::root(account()).with_access_key("AKIAEXAMPLEEXAMPLE23"),
        Identity::iam_user(account(), "AIDAEXAMPLEEXAMPLE23", "/", "alice")
            .with_access_key("AKIA2"),
        Identity::assumed_role(role(), "alice", attributes()).with_access_key("ASIA2"),
        Identity::role(role()),
        Identity::federated_user(SessionIssuer::root(account()), "carol", attributes()),
        Identity::federated_user(
            SessionIssuer::iam_user(account(), "AIDA2", "/", "bob"),
            "carol",
            attributes(),
        ),
        Identity::directory(account(), "S-1-5-21-1"),
        Identity::aws_account(account(), "AIDAFOREIGN"),
        Identity::aws_service("cloudtrail.amazonaws.com"),
        Identity::service_event(account(), "AWS Internal"),
        Identity::identity_center_user(
            account(),
            user(),
            "EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR",
        ),
        Identity::saml_user("qualifier", "carol"),
        Identity::web_identity_user("accounts.google.com", "app", "1234"),
        Identity::unknown(),
    ];
    let lines: Vec<_> = forms.iter().map(|form| serde_json::to_string(form).unwrap()).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn all_members_stand_in_canonical_order() {
    let full = Identity {
        session_context: Some(SessionContext {
            session_issuer: Some(SessionIssuer::role(account(), "AROA2", "/", "ops")),
            web_id_federation_data: Some(WebIdFederationData {
                federated_provider: "cognito-identity.amazonaws.com".to_owned(),
                attributes: vec![
                    ("z".to_owned(), "1".to_owned()),
                    ("a".to_owned(), "2".to_owned()),
                ],
            }),
            attributes: Some(attributes()),
            ec2_role_delivery: Some("2.0".to_owned()),
            source_identity: Some("alice".to_owned()),
            assumed_root: Some(true),
            ec2_issued_in_vpc: Some("vpc-1".to_owned()),
        }),
        user_name: Some("alice".to_owned()),
        access_key_id: Some("ASIA2".to_owned()),
        invoked_by: Some("lambda.amazonaws.com".to_owned()),
        in_scope_of: Some(InScopeOf {
            source_arn: "arn:aws:lambda:us-east-1:111122223333:function:f".to_owned(),
            source_account: account(),
            issuer_type: "AWS::Lambda::Function".to_owned(),
            credentials_issued_to: "arn:aws:lambda:us-east-1:111122223333:function:f".to_owned(),
        }),
        on_behalf_of: Some(user()),
        credential_id: Some("c".to_owned()),
        invoked_by_delegate: Some(Delegate { account_id: account() }),
        identity_provider: Some("p".to_owned()),
        ..Identity::root(account())
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(&full).unwrap());
}
