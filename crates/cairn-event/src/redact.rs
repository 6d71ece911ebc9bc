//! Keeps secrets out of records.

use crate::Json;

/// What a record shows in place of a secret.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Hides the secrets among parameters and response elements, by the names of members.
///
/// Names are compared without regard to case and to anything but letters and digits, so
/// `SecretAccessKey` and `secret_access_key` are the same. Session tokens are shown, as in
/// CloudTrail: they are no use without the secret key that is hidden beside them.
#[derive(Debug, Clone)]
pub struct Redactor {
    sensitive: Vec<String>,
    wary: bool,
}

impl Redactor {
    /// For a shape that is known: hides `sensitive`, the members that the shape marks, and those
    /// whose name is a secret in every service.
    pub fn known(sensitive: &[&str]) -> Self {
        Self { sensitive: sensitive.iter().map(|name| plain(name)).collect(), wary: false }
    }

    /// For a shape that nobody described: hides also texts whose name sounds like a secret.
    pub fn unknown() -> Self {
        Self { sensitive: Vec::new(), wary: true }
    }

    /// Replaces each secret by [`HIDDEN`]; gives how many there were.
    pub fn redact(&self, value: &mut Json) -> usize {
        match value {
            Json::Text(text) if holds_private_key(text) => hide(value),
            Json::List(elements) => elements.iter_mut().map(|each| self.redact(each)).sum(),
            Json::Map(members) => {
                members.iter_mut().map(|(name, value)| self.redact_member(name, value)).sum()
            }
            _ => 0,
        }
    }

    fn redact_member(&self, name: &str, value: &mut Json) -> usize {
        let name = plain(name);
        if SECRETS.contains(&name.as_str()) || self.sensitive.contains(&name) {
            return hide(value);
        }
        let secret = SECRET_ENDS.iter().any(|end| name.ends_with(end))
            || (self.wary && sounds_secret(&name));
        let by_sound = if secret { hide_texts(value) } else { 0 };
        by_sound + self.redact(value)
    }
}

/// Names that are a secret wherever they stand.
const SECRETS: &[&str] = &[
    "accesstoken",
    "adminpassword",
    "apikey",
    "apikeyvalue",
    "authenticationcode1",
    "authenticationcode2",
    "authorization",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "idtoken",
    "keymaterial",
    "masterpassword",
    "masteruserpassword",
    "newpassword",
    "oldpassword",
    "passphrase",
    "password",
    "passwords",
    "plaintext",
    "presharedkey",
    "previouspassword",
    "privatekey",
    "privatekeyplaintext",
    "proposedpassword",
    "refreshtoken",
    "samlassertion",
    "secretaccesskey",
    "secretbinary",
    "secrethash",
    "secretkey",
    "secretstring",
    "sharedsecret",
    "signingkey",
    "temporarypassword",
    "tokencode",
    "userdata",
    "webidentitytoken",
    "xamzsecuritytoken",
    "xamzsignature",
];

/// How the names of secrets end, in every service. Of texts only: a switch or a number is none.
const SECRET_ENDS: &[&str] = &[
    "activationcode",
    "apitoken",
    "authcode",
    "authkey",
    "authorizationapikeyvalue",
    "clientsecret",
    "connectiontoken",
    "credentialsecret",
    "grafanatoken",
    "hectoken",
    "jwttoken",
    "participanttoken",
    "passphrase",
    "password",
    "platformcredential",
    "secrettoken",
    "sharedsecret",
    "tokenvalue",
];

/// What names of secrets have in them.
const SUSPECT: &[&str] = &[
    "apikey",
    "assertion",
    "authorization",
    "cookie",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "token",
];

/// How names end that only speak about a secret: which one, how old, under which rules.
const HARMLESS_ENDS: &[&str] = &[
    "age",
    "arn",
    "arns",
    "count",
    "date",
    "days",
    "id",
    "identifier",
    "ids",
    "length",
    "name",
    "names",
    "policy",
    "scope",
    "status",
    "type",
    "version",
    "versionstage",
    "versionstages",
];

/// Tokens that open nothing: they page, they make a call idempotent, or they are shown on purpose.
const SHOWN_TOKENS: &[&str] = &[
    "clientrequesttoken",
    "clienttoken",
    "continuationtoken",
    "idempotencytoken",
    "nextcontinuationtoken",
    "nexttoken",
    "paginationtoken",
    "sessiontoken",
    "starttoken",
];

/// The letters and digits of a name, in lower case.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars() {
        // Almost every name is ASCII, and every name of every record passes here.
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() && c.is_alphanumeric() {
            plain.extend(c.to_lowercase());
        }
    }
    plain
}

fn sounds_secret(name: &str) -> bool {
    SUSPECT.iter().any(|part| name.contains(part))
        && !HARMLESS_ENDS.iter().any(|end| name.ends_with(end))
        && !SHOWN_TOKENS.contains(&name)
}

/// Whether a text has a private key in it, under whatever name.
fn holds_private_key(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

fn hide(value: &mut Json) -> usize {
    if matches!(value, Json::Null) || value.as_str() == Some(HIDDEN) {
        return 0;
    }
    *value = HIDDEN.into();
    1
}

/// Hides a text, or the texts of a list. The members of a map have names of their own to go by.
fn hide_texts(value: &mut Json) -> usize {
    match value {
        Json::Text(_) => hide(value),
        Json::List(elements) => elements.iter_mut().map(hide_texts).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(redactor: &Redactor, text: &str) -> (String, usize) {
        let mut json = Json::parse(text.as_bytes()).unwrap();
        let hidden = redactor.redact(&mut json);
        (serde_json::to_string(&json).unwrap(), hidden)
    }

    #[test]
    fn names_are_compared_by_their_letters_and_digits() {
        assert_eq!(plain("x-amz-Security_Token 2"), "xamzsecuritytoken2");
        assert_eq!(plain("Schl\u{dc}ssel-1"), "schl\u{fc}ssel1");
        assert!(SECRETS.iter().all(|name| plain(name) == *name));
    }

    #[test]
    fn secrets_of_every_service_are_hidden_wherever_they_stand() {
        let text = r#"{"credentials":
            {"accessKeyId":"ASIA1","secret_access_key":"s","SessionToken":"t"},
            "list":[[{"Plaintext":{"a":"b"}}]],"password":null,"MasterUserPassword":7}"#;
        let expected = format!(
            "{{\"credentials\":{{\"accessKeyId\":\"ASIA1\",\"secret_access_key\":\"{HIDDEN}\",\
             \"SessionToken\":\"t\"}},\"list\":[[{{\"Plaintext\":\"{HIDDEN}\"}}]],\
             \"password\":null,\"MasterUserPassword\":\"{HIDDEN}\"}}"
        );
        assert_eq!(redacted(&Redactor::known(&[]), text), (expected.clone(), 3));
        assert_eq!(redacted(&Redactor::unknown(), text), (expected, 3));
    }

    #[test]
    fn a_known_shape_adds_its_own_names() {
        let text = r#"{"PinCode":"1234","note":"x"}"#;
        assert_eq!(redacted(&Redactor::known(&["pinCode"]), text).1, 1);
        assert_eq!(redacted(&Redactor::known(&[]), text).1, 0);
    }

    #[test]
    fn an_unknown_shape_hides_what_sounds_secret() {
        for name in ["dbPassword2", "X-Api-Key", "githubToken", "app_secret", "Set-Cookie"] {
            let text = format!(r#"{{"{name}":["v",{{"w":"shown"}}]}}"#);
            let (json, hidden) = redacted(&Redactor::unknown(), &text);
            assert!(hidden == 1 && json.contains(HIDDEN) && json.contains("shown"), "{json}");
        }
        for name in ["secretId", "passwordResetRequired", "nextToken", "credentialId", "userName"] {
            let value = if name.ends_with("Required") { "true" } else { "\"v\"" };
            let text = format!(r#"{{"{name}":{value}}}"#);
            assert_eq!(redacted(&Redactor::unknown(), &text), (text.clone(), 0));
        }
    }

    #[test]
    fn a_private_key_is_hidden_under_any_name() {
        let text = r#"{"note":"-----BEGIN EC PRIVATE KEY-----\nMHc"}"#;
        assert_eq!(redacted(&Redactor::known(&[]), text).1, 1);
    }
}
