//! Whether the text of a setting is what the setting takes.

use std::net::SocketAddr;

use cairn_core::{AccountId, Region};
use cairn_gateway::{DataEvents, parse_rules};

use super::{ConfigError, Kind, Setting, upstream};

/// Whether a text is what its setting takes.
pub(super) fn check(
    setting: &Setting,
    key: &str,
    value: &str,
    origin: &str,
) -> Result<(), ConfigError> {
    if value.is_empty() && setting.default.is_empty() {
        return Ok(());
    }
    let expected = match setting.kind {
        Kind::Text | Kind::Secret => return Ok(()),
        Kind::Url => upstream::parse_url(value).is_none().then(|| {
            "an address such as http://127.0.0.1:9000 or https://s3.example.com, without a path"
                .to_owned()
        }),
        Kind::DataEvents => value.parse::<DataEvents>().err().map(|error| error.to_string()),
        Kind::Rules => parse_rules(value).err().map(|error| error.to_string()),
        Kind::Hidden => upstream::parse_hidden(value)
            .is_none()
            .then(|| "members such as dynamodb:PutItem:item, *:*:comment".to_owned()),
        Kind::Path => {
            (value.is_empty() && !setting.default.is_empty()).then(|| "a path".to_owned())
        }
        Kind::Address => value
            .parse::<SocketAddr>()
            .is_err()
            .then(|| "an address and port such as 127.0.0.1:4586".to_owned()),
        Kind::Region => value.parse::<Region>().err().map(|error| error.to_string()),
        Kind::Regions => value
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .find_map(|name| name.parse::<Region>().err())
            .map(|error| error.to_string()),
        Kind::Account => value.parse::<AccountId>().err().map(|error| error.to_string()),
        Kind::Bool => (!matches!(value, "true" | "false")).then(|| "true or false".to_owned()),
        Kind::Number { min, max } => value
            .parse::<u64>()
            .map_or(true, |number| number < min || number > max)
            .then(|| format!("a whole number from {min} to {max}")),
        Kind::Word(words) => {
            (!words.contains(&value)).then(|| format!("one of {}", words.join(", ")))
        }
    };
    match expected {
        None => Ok(()),
        Some(expected) => Err(ConfigError::BadValue {
            key: key.to_owned(),
            value: value.to_owned(),
            origin: origin.to_owned(),
            expected,
        }),
    }
}
