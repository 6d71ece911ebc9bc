use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// A key that AWS has published in the manual of its command line.
const PUBLISHED: &str = "MIIBCgKCAQEAlSS3cl92HDycr/MTj0moOhas8habjrraXw+KzlWF0axSI2tcF+3iJ9BKQAVSKxGwxwu3m0wG3J+kUl1xboEcEPHYoIYMbgfSw7KGnuDKwkLzsQWhUJ0cIbOHASox1vv/5fNXkrHhGbDCHeVXm804c83nvHUEFYThr1PfyP/8HwrCtR3FX5OANtQCP61C1nJtSSkC8JSQUOrIP4CuwJjc+4WGDk+BGH5m9iuiAKkipEHWmUl8/P7XpfpWQuk4h8g3pXZOrNXr08lbh4d39svj7UqdhvOXoBISp9t/EXYuePGEtBdrKD9Dz+VHwyUPtBQvYr9BnkF88qBnaPNhS44rzwIDAQAB";

#[test]
fn a_fingerprint_is_what_aws_makes_of_its_key() {
    let public = STANDARD.decode(PUBLISHED).unwrap();
    assert_eq!(public.len(), 270);
    assert_eq!(fingerprint(&public), "7f3f401420072e50a65a141430817ab3");
    assert!(!verify_signature(&public, b"text", &"00".repeat(256)));
}

#[test]
fn a_key_signs_and_comes_back_from_its_bytes() {
    let pair = DigestKeyPair::generate().unwrap();
    assert_eq!(pair.public().len(), 270);
    let signature = pair.sign(b"text").unwrap();
    assert_eq!(signature.len(), 512);
    assert!(verify_signature(pair.public(), b"text", &signature));
    assert!(!verify_signature(pair.public(), b"texT", &signature));
    assert!(!verify_signature(pair.public(), b"text", &signature.to_uppercase()));
    assert!(!verify_signature(pair.public(), b"text", &signature[2..]));
    let again = DigestKeyPair::from_pkcs8(&pair.to_pkcs8().unwrap()).unwrap();
    assert_eq!(again.public(), pair.public());
    assert_eq!(again.sign(b"text").unwrap(), signature);
    assert!(DigestKeyPair::from_pkcs8(b"no key").is_err());
}

#[test]
fn a_window_has_two_ends() {
    let at = Timestamp::from_seconds;
    let region = "us-east-1".parse().unwrap();
    let window = KeyWindow { region, public: vec![], not_before: at(10), not_after: at(20) };
    assert_eq!([9, 10, 20, 21].map(|s| window.covers(at(s))), [false, true, true, false]);
}
