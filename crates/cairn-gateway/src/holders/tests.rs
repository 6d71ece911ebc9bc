use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-26T10:00:00Z").unwrap()
}

fn learn(holders: &Holders, name: &str, caller: &Identity, given: &str, gave: &str) {
    let read = |text: &str| Json::parse(text.as_bytes()).unwrap();
    let source = if name == "CreateAccessKey" { "iam" } else { "sts" };
    holders.learn(Answer {
        source: &format!("{source}.amazonaws.com"),
        name,
        at: now(),
        caller,
        parameters: Some(&read(given)),
        elements: Some(&read(gave)),
    });
}

fn alice() -> Identity {
    Identity::iam_user("111122223333".parse().unwrap(), "AIDAALICE", "/", "alice")
        .with_access_key("AKIAALICE")
}

#[test]
fn the_key_of_an_assumed_role_carries_its_session() {
    let holders = Holders::default();
    let gave = r#"{"credentials":{"accessKeyId":"ASIA1","sessionToken":"t"},"assumedRoleUser":
        {"assumedRoleId":"AROA1:ci","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci"}}"#;
    let given = r#"{"roleArn":"arn:aws:iam::111122223333:role/ops/deploy",
        "roleSessionName":"ci","serialNumber":"mfa","sourceIdentity":"alice"}"#;
    learn(&holders, "AssumeRole", &alice(), given, gave);
    let found = holders.find("ASIA1", now()).unwrap();
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(
        text,
        "{\"type\":\"AssumedRole\",\"principalId\":\"AROA1:ci\",\
         \"arn\":\"arn:aws:sts::111122223333:assumed-role/deploy/ci\",\
         \"accountId\":\"111122223333\",\"accessKeyId\":\"ASIA1\",\"sessionContext\":{\
         \"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"AROA1\",\
         \"arn\":\"arn:aws:iam::111122223333:role/ops/deploy\",\
         \"accountId\":\"111122223333\",\"userName\":\"deploy\"},\
         \"attributes\":{\"creationDate\":\"2026-11-26T10:00:00Z\",\
         \"mfaAuthenticated\":\"true\"},\"sourceIdentity\":\"alice\"}}"
    );
    let later = now().saturating_add(std::time::Duration::from_hours(37));
    assert_eq!(holders.find("ASIA1", later), None);
}

#[test]
fn new_keys_and_callers_are_known_afterwards() {
    let holders = Holders::default();
    let gave = r#"{"accessKey":{"accessKeyId":"AKIABOB","userName":"bob"}}"#;
    learn(&holders, "CreateAccessKey", &alice(), "{}", gave);
    let bob = holders.find("AKIABOB", now()).unwrap();
    assert_eq!(bob.arn.as_deref(), Some("arn:aws:iam::111122223333:user/bob"));
    let carol = Identity::iam_user("111122223333".parse().unwrap(), "AIDAC", "/", "carol");
    learn(&holders, "GetSessionToken", &carol, "{}", r#"{"credentials":{"accessKeyId":"ASIA2"}}"#);
    let session = holders.find("ASIA2", now()).unwrap();
    assert_eq!(session.user_name.as_deref(), Some("carol"));
    assert!(session.session_context.unwrap().attributes.is_some());
}

#[test]
fn a_configured_holder_is_never_replaced() {
    let holders = Holders::default();
    holders.tell("AKIABOB".to_owned(), alice());
    let gave = r#"{"accessKey":{"accessKeyId":"AKIABOB","userName":"mallory"}}"#;
    learn(&holders, "CreateAccessKey", &alice(), "{}", gave);
    assert_eq!(holders.find("AKIABOB", now()), Some(alice()));
}
