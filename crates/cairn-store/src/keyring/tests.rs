use cairn_core::SeededEntropy;

use super::*;

#[test]
fn a_key_is_made_once_and_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("master.key");
    assert!(matches!(Keyring::open(&path), Err(KeyringError::Missing(_))));
    // What a crash in the middle of an earlier attempt has left.
    OpenOptions::new().write(true).create_new(true).open(path.with_extension("new")).unwrap();
    let entropy = SeededEntropy::new(1);
    let made = Keyring::create(&path, &entropy).unwrap();
    assert!(!path.with_extension("new").exists());
    let before = fs::read(&path).unwrap();
    assert!(matches!(Keyring::create(&path, &entropy), Err(KeyringError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), before);
    let sealed = made.seal(Purpose::Check, "x", b"text", &entropy);
    let opened = Keyring::open(&path).unwrap().open_sealed(Purpose::Check, "x", &sealed);
    assert_eq!(opened.unwrap().as_slice(), b"text");
}

#[test]
fn loose_permissions_are_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("master.key");
    Keyring::create(&path, &SeededEntropy::new(1)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = Keyring::open(&path).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{mode:o}: {error}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(31).unwrap();
    assert!(matches!(Keyring::open(&path), Err(KeyringError::WrongLength(_))));
}

#[test]
fn a_sealed_text_opens_only_for_its_purpose_id_and_key() {
    let entropy = SeededEntropy::new(3);
    let keyring = Keyring::from_bytes(&[7; KEY_BYTES]);
    let sealed = keyring.seal(Purpose::AccessKey, "AKIA1", b"secret", &entropy);
    let opens = |keyring: &Keyring, purpose, id, sealed: &[u8]| {
        keyring.open_sealed(purpose, id, sealed).is_some()
    };
    assert!(opens(&keyring, Purpose::AccessKey, "AKIA1", &sealed));
    assert!(!opens(&keyring, Purpose::AccessKey, "AKIA2", &sealed));
    assert!(!opens(&keyring, Purpose::Session, "AKIA1", &sealed));
    assert!(!opens(&Keyring::from_bytes(&[8; KEY_BYTES]), Purpose::AccessKey, "AKIA1", &sealed));
    for index in 0..sealed.len() {
        let mut forged = sealed.clone();
        forged[index] ^= 1;
        assert!(!opens(&keyring, Purpose::AccessKey, "AKIA1", &forged), "byte {index}");
        assert!(!opens(&keyring, Purpose::AccessKey, "AKIA1", &sealed[..index]), "cut at {index}");
    }
    assert_ne!(sealed, keyring.seal(Purpose::AccessKey, "AKIA1", b"secret", &entropy));
}
