//! Who may assume which role, and which parameters are taken.

use cairn_neighbours::sts;
use serde_json::json;

use crate::kit::{House, OTHER, OWN, role_session, root, sts_call, tag, token_session, user};

#[tokio::test]
async fn everyone_is_told_who_they_are() {
    let house = House::open().await;
    for caller in [root(OWN), user(OWN, "alice", false), role_session(OTHER, false)] {
        let answer = house.sts(&caller, "GetCallerIdentity", &[]).await.unwrap();
        assert_eq!(tag(&answer, "Arn"), caller.arn);
        assert_eq!(tag(&answer, "UserId"), caller.user_id);
        assert_eq!(tag(&answer, "Account"), caller.account.to_string());
    }
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts_and_never_to_gain_rights() {
    let house = House::open().await;
    let own = house.role(OWN, "own", false, OWN).await;
    let own_admin = house.role(OWN, "own-admin", true, OWN).await;
    let trusting = house.role(OTHER, "trusting", false, OWN).await;
    let trusting_admin = house.role(OTHER, "trusting-admin", true, OWN).await;
    let strange = house.role(OTHER, "strange", false, OTHER).await;
    let roles = [&own, &own_admin, &trusting, &trusting_admin, &strange];
    for (caller, allowed) in [
        (root(OWN), [false; 5]),
        (user(OWN, "chief", true), [true, true, true, true, false]),
        (user(OWN, "reader", false), [true, false, true, false, false]),
        (token_session(&user(OWN, "reader", false)), [true, false, true, false, false]),
        (role_session(OWN, true), [true, true, true, true, false]),
        (role_session(OWN, false), [true, false, true, false, false]),
        (user(OTHER, "chief", true), [false, false, true, true, true]),
    ] {
        for (role, allowed) in roles.into_iter().zip(allowed) {
            let answer = house.assume(&caller, role, &[]).await;
            assert_eq!(answer.is_ok(), allowed, "{} into {}", caller.arn, role.name);
            let Ok(answer) = answer else { continue };
            let session = house.session(&answer);
            assert_eq!(session.account, role.account);
            assert_eq!(session.holder.is_admin(), role.admin);
            assert_eq!(tag(&answer, "AssumedRoleId"), format!("{}:night-shift", role.id));
        }
    }
}

#[tokio::test]
async fn a_refusal_does_not_tell_which_roles_there_are() {
    let house = House::open().await;
    let untrusting = house.role(OTHER, "untrusting", false, OTHER).await;
    let admin = house.role(OTHER, "admin", true, OWN).await;
    let mut missing = admin.clone();
    missing.name = "missing".to_owned();
    let reader = user(OWN, "reader", false);
    for role in [&untrusting, &admin, &missing] {
        let fault = house.assume(&reader, role, &[]).await.unwrap_err();
        let expected = format!(
            "User: arn:aws:iam::{OWN}:user/reader is not authorized to perform: sts:AssumeRole on \
             resource: {}",
            role.arn()
        );
        assert_eq!((&*fault.code, fault.message), ("AccessDeniedException", expected));
    }
    let fault = house.assume(&root(OWN), &admin, &[]).await.unwrap_err();
    assert_eq!(fault.message, "Roles may not be assumed by root accounts.");
}

#[tokio::test]
async fn parameters_that_would_be_ignored_are_refused() {
    let house = House::open().await;
    let role = house.role(OWN, "deploy", false, OWN).await;
    let alice = user(OWN, "alice", false);
    for (given, name) in [
        ("Policy", "Policy"),
        ("PolicyArns.member.1.arn", "PolicyArns"),
        ("Tags.member.1.Key", "Tags"),
        ("TransitiveTagKeys.member.1", "TransitiveTagKeys"),
        ("ProvidedContexts.member.1.ProviderArn", "ProvidedContexts"),
        ("SerialNumber", "SerialNumber"),
        ("TokenCode", "TokenCode"),
    ] {
        let fault = house.assume(&alice, &role, &[(given, "123456")]).await.unwrap_err();
        assert_eq!((&*fault.code, fault.status), ("ValidationException", 400));
        let expected = format!("the parameter {name} is not supported");
        assert!(fault.message.starts_with(&expected), "{}", fault.message);
    }
    for given in ["SerialNumber", "TokenCode"] {
        let answer = house.sts(&alice, "GetSessionToken", &[(given, "123456")]).await;
        assert_eq!(answer.unwrap_err().code, "ValidationException", "{given}");
    }
    let harmless = [("Tags", ""), ("PolicyArns", ""), ("ExternalId", "x-1"), ("Tagsoup", "1")];
    house.assume(&alice, &role, &harmless).await.unwrap();
}

#[tokio::test]
async fn a_failed_call_is_recorded_with_what_was_given_but_for_codes() {
    let house = House::open().await;
    let role = house.role(OWN, "deploy", false, OWN).await;
    let alice = user(OWN, "alice", false);
    let serial = "arn:aws:iam::111122223333:mfa/alice";
    let policy = "%7B%22Statement%22%3A%5B%5D%7D";
    let more = [
        ("Policy", policy),
        ("SerialNumber", serial),
        ("TokenCode", "314159"),
        ("ExternalId", "x-1"),
        ("DurationSeconds", "900"),
        ("SourceIdentity", "alice"),
    ];
    house.assume(&alice, &role, &more).await.unwrap_err();
    let record = house.newest();
    assert_eq!(record["errorCode"], "ValidationError");
    let expected = json!({
        "roleArn": role.arn(),
        "roleSessionName": "night-shift",
        "policy": "{\"Statement\":[]}",
        "durationSeconds": 900,
        "externalId": "x-1",
        "serialNumber": serial,
        "sourceIdentity": "alice",
    });
    assert_eq!(record["requestParameters"], expected);
    let more = [("SerialNumber", serial), ("TokenCode", "314159"), ("DurationSeconds", "901")];
    house.sts(&alice, "GetSessionToken", &more).await.unwrap_err();
    let expected = json!({ "durationSeconds": 901, "serialNumber": serial });
    assert_eq!(house.newest()["requestParameters"], expected);
    assert!(house.records().iter().all(|(_, text)| !text.contains("314159")));
}

#[tokio::test]
async fn what_no_one_can_mean_is_refused_in_short() {
    let house = House::open().await;
    let alice = user(OWN, "alice", false);
    let long = "x".repeat(100_000);
    let role = "arn:aws:iam::111122223333:role/deploy";
    let bad_arn = format!("arn:aws:iam::{long}:role/deploy");
    let long_role = format!("{role}{long}");
    for (arn, name, more, code) in [
        ("", "night-shift", ("Version", ""), "ValidationException"),
        (role, "", ("Version", ""), "ValidationException"),
        (role, "a", ("Version", ""), "ValidationException"),
        (role, &long, ("Version", ""), "ValidationException"),
        (role, "night-shift", ("SourceIdentity", &*long), "ValidationException"),
        (role, "night-shift", ("DurationSeconds", &*long), "ValidationException"),
        (role, "night-shift", ("DurationSeconds", "899"), "ValidationException"),
        (role, "night-shift", ("DurationSeconds", "43201"), "ValidationException"),
        (role, "night-shift", ("DurationSeconds", "-900"), "ValidationException"),
        ("arn:aws:s3:::bucket", "night-shift", ("Version", ""), "ValidationException"),
        (&bad_arn, "night-shift", ("Version", ""), "ValidationException"),
        (&long_role, "night-shift", ("Version", ""), "AccessDeniedException"),
    ] {
        let params = [("RoleArn", arn), ("RoleSessionName", name), more];
        let fault = house.sts(&alice, "AssumeRole", &params).await.unwrap_err();
        assert_eq!(fault.code, code, "{arn:.60} {name:.20} {:.20}", more.1);
        assert!(fault.message.len() < 400, "{:.500}", fault.message);
    }
}

#[tokio::test]
async fn an_unknown_action_is_named_with_its_version() {
    let house = House::open().await;
    let alice = user(OWN, "alice", false);
    for (version, shown) in [("2011-06-15", "2011-06-15"), ("", "NO_VERSION_SPECIFIED")] {
        let params = [("Version", version)];
        let fault = house.sts(&alice, "DecodeMessage", &params).await.unwrap_err();
        let expected = format!("Could not find operation DecodeMessage for version {shown}");
        assert_eq!(fault.message, expected);
        let error = house.newest()["errorCode"].clone();
        assert_eq!(error, "InvalidAction");
    }
    assert!(!sts::serves("DecodeMessage"));
}

#[tokio::test]
async fn parameters_that_cannot_be_read_leave_a_record_without_them() {
    let alice = user(OWN, "alice", false);
    let call = sts_call(&alice, "AssumeRole", &[("RoleArn", "a"), ("RoleArn", "b")]);
    assert_eq!(sts::failed(&call).request_parameters, None);
    let house = House::open().await;
    let twice = [("RoleArn", "a"), ("RoleArn", "b")];
    let fault = house.sts(&alice, "AssumeRole", &twice).await.unwrap_err();
    assert_eq!(fault.code, "MalformedQueryString");
}
