use super::*;

fn find(args: &ConnectArgs, env: &[(&str, &str)]) -> Result<Target, CredentialsError> {
    Target::find(args, |name| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

const KEY: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "secret")];

fn data_dir() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        use std::io::Write;
        let path = dir.path().join(name);
        let mut file = std::fs::OpenOptions::new();
        let mut file = file.create_new(true).write(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    put("server.json", r#"{"endpoint":"http://127.0.0.1:4586","region":"eu-west-1"}"#);
    put(
        "bootstrap.json",
        r#"{"access_key_id":"AKIADIR","secret_access_key":"s","account_id":"111122223333"}"#,
    );
    dir
}

#[test]
fn variables_name_server_and_key() {
    let mut env = KEY.to_vec();
    env.extend([
        ("AWS_ENDPOINT_URL", "http://cairn:1"),
        ("AWS_DEFAULT_REGION", "eu-north-1"),
        ("AWS_SESSION_TOKEN", ""),
    ]);
    let target = find(&ConnectArgs::default(), &env).unwrap();
    assert_eq!(target.endpoint, "http://cairn:1");
    assert_eq!(target.region, "eu-north-1");
    assert_eq!(target.key.id, "AKIAENV");
    assert_eq!(target.key.session_token, None);
}

#[test]
fn a_data_directory_that_was_asked_for_wins_over_variables() {
    let dir = data_dir();
    let args = ConnectArgs { data: Some(dir.path().to_owned()), ..ConnectArgs::default() };
    let mut env = KEY.to_vec();
    env.push(("AWS_ENDPOINT_URL", "http://cairn:1"));
    let target = find(&args, &env).unwrap();
    assert_eq!(target.key.id, "AKIADIR");
    assert_eq!(target.region, "eu-west-1");
}

#[test]
fn a_key_without_an_endpoint_is_not_sent_anywhere() {
    let mut env = KEY.to_vec();
    env.push(("CAIRN_DATA", "/nonexistent"));
    let refused = find(&ConnectArgs::default(), &env);
    assert!(matches!(refused, Err(CredentialsError::NoEndpoint)));
    let dir = data_dir();
    let usual = dir.path().display().to_string();
    env.pop();
    env.push(("CAIRN_DATA", &usual));
    let target = find(&ConnectArgs::default(), &env).unwrap();
    assert_eq!(target.key.id, "AKIADIR");
}

#[test]
fn an_endpoint_without_a_key_is_an_authentication_failure() {
    let env = [("AWS_ENDPOINT_URL", "http://cairn:1"), ("HOME", "/nonexistent")];
    let refused = find(&ConnectArgs::default(), &env);
    assert!(matches!(refused, Err(CredentialsError::NoKey)));
}

#[test]
fn a_profile_without_a_key_is_named() {
    let args = ConnectArgs { profile: Some("ops".to_owned()), ..ConnectArgs::default() };
    let mut env = KEY.to_vec();
    env.extend([("AWS_ENDPOINT_URL", "http://cairn:1"), ("HOME", "/nonexistent")]);
    let refused = find(&args, &env);
    assert!(matches!(refused, Err(CredentialsError::NoProfileKey { name }) if name == "ops"));
}

#[test]
fn a_data_directory_whose_first_key_was_taken_away_is_still_one() {
    let dir = data_dir();
    std::fs::remove_file(dir.path().join("bootstrap.json")).unwrap();
    let args = ConnectArgs { data: Some(dir.path().to_owned()), ..ConnectArgs::default() };
    let refused = find(&args, &[]);
    assert!(matches!(refused, Err(CredentialsError::DataDir(DataDirError::NoKey { .. }))));
}
