use super::*;

fn load(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cairn.toml");
    std::fs::File::create_new(&path)
        .and_then(|mut out| std::io::Write::write_all(&mut out, file.as_bytes()))
        .unwrap();
    let env: Vec<_> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let flags: Vec<_> = flags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Config::load(Some(&path), &env, &flags)
}

#[test]
fn every_default_is_valid() {
    let loaded = Config::load(None, &[], &[]).unwrap();
    assert_eq!(loaded.shown.len(), SETTINGS.len());
    assert!(loaded.shown.iter().all(|shown| shown.origin == "default"));
    assert!(loaded.config.listen.ip().is_loopback());
}

#[test]
fn a_later_origin_wins_and_is_remembered() {
    let file = "region = \"eu-west-1\"\n[journal]\nsegment_mib = 8\n";
    let env = [("CAIRN_REGION", "eu-north-1"), ("HOME", "/root"), ("CAIRN_CONFIG", "x")];
    let loaded = load(file, &env, &[("listen", "127.0.0.1:1")]).unwrap();
    assert_eq!(loaded.config.region.as_str(), "eu-north-1");
    assert_eq!(loaded.config.journal.segment, 8 << 20);
    let origin = |key: &str| loaded.shown.iter().find(|s| s.key == key).unwrap().origin.clone();
    assert_eq!(origin("region"), "CAIRN_REGION");
    assert_eq!(origin("listen"), "flag");
    assert!(origin("journal.segment_mib").ends_with("cairn.toml"));
}

#[test]
fn unknown_keys_are_refused_with_a_suggestion() {
    let error = load("[journal]\nsegment_mb = 8\n", &[], &[]).unwrap_err().to_string();
    assert!(error.contains("did you mean \"journal.segment_mib\"?"), "{error}");
    let error = load("", &[("CAIRN_REGON", "x")], &[]).unwrap_err().to_string();
    assert!(error.contains("CAIRN_REGON") && error.contains("\"region\""), "{error}");
}

#[test]
fn bad_values_say_what_was_expected() {
    for (file, text) in [
        ("listen = \"here\"", "an address and port"),
        ("insecure = 1", "true or false"),
        ("[auth]\nskew_seconds = 901", "from 1 to 900"),
        ("[log]\nformat = \"xml\"", "one of text, json"),
        ("account = \"12\"", "12 decimal digits"),
        ("region = ", "not valid TOML"),
    ] {
        let error = load(file, &[], &[]).unwrap_err().to_string();
        assert!(error.contains(text), "{file}: {error}");
    }
}

#[test]
fn plain_http_stays_on_this_machine() {
    let open = load("listen = \"0.0.0.0:4586\"", &[], &[]).unwrap_err();
    assert!(matches!(open, ConfigError::PlainOffLoopback { .. }));
    assert!(load("listen = \"0.0.0.0:4586\"\ninsecure = true", &[], &[]).is_ok());
    assert!(matches!(load("[tls]\ncert = \"a\"", &[], &[]), Err(ConfigError::HalfTls)));
}
