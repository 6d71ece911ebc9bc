//! MD5, which clients compare with their own: against broken wires, not against people.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Map, Value};

pub(super) fn of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// Over the attributes in the order of their names; `None` where there are none.
pub(super) fn of_attributes(attributes: &Map<String, Value>) -> Option<String> {
    const TEXT: u8 = 1;
    const BYTES: u8 = 2;
    if attributes.is_empty() {
        return None;
    }
    let mut names: Vec<&String> = attributes.keys().collect();
    names.sort_unstable();
    let mut md5 = Md5::new();
    for name in names {
        let member = |member: &str| attributes[name].get(member).and_then(Value::as_str);
        field(&mut md5, name.as_bytes());
        field(&mut md5, member("DataType").unwrap_or_default().as_bytes());
        match member("BinaryValue") {
            Some(text) => {
                md5.update([BYTES]);
                field(&mut md5, &STANDARD.decode(text).unwrap_or_default());
            }
            None => {
                md5.update([TEXT]);
                field(&mut md5, member("StringValue").unwrap_or_default().as_bytes());
            }
        }
    }
    Some(hex::encode(md5.finalize()))
}

fn field(md5: &mut Md5, bytes: &[u8]) {
    md5.update((bytes.len() as u32).to_be_bytes());
    md5.update(bytes);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What AWS's own clients compute for the same.
    #[test]
    fn digests_are_those_that_clients_compare() {
        assert_eq!(of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
        assert_eq!(of_attributes(&Map::new()), None);
        let attributes = json!({
            "timestamp": {"StringValue": "1493147359900", "DataType": "Number"},
        });
        let found = of_attributes(attributes.as_object().unwrap()).unwrap();
        assert_eq!(found, "235c5c510d26fb653d073faed50ae77c");
    }
}
