//! Which key a request means.

use cairn_core::AccountId;
use cairn_store::{KmsKey, Txn, kms_alias, kms_key};
use cairn_wire::Fault;

use super::ask::Ask;
use super::{Kms, fault};
use crate::services::ECHO;

/// How an operation lets a key be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Key id or key ARN.
    Key,
    /// Also alias name or alias ARN.
    KeyOrAlias,
}

/// A name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name<'a> {
    Key { account: AccountId, id: &'a str },
    Alias { account: AccountId, name: &'a str },
}

/// The key that `text` names.
pub(super) async fn find(kms: &Kms, ask: &Ask<'_>, text: &str, by: By) -> Result<KmsKey, Fault> {
    let (account, id) = match parse(ask, text, by)? {
        Name::Key { account, id } => (account, id.to_owned()),
        Name::Alias { account, name } => {
            let id = kms_alias::target(&kms.store, account, ask.region, name).await;
            let id = id.map_err(fault::store)?;
            (account, id.ok_or_else(|| missing_alias(ask, account, name))?)
        }
    };
    let key = kms_key::get(&kms.store, &id).await.map_err(fault::store)?;
    placed(ask, key, account, &id)
}

/// As [`find`], by key id or ARN and within a change.
pub(super) async fn find_in(txn: &mut Txn, ask: &Ask<'_>, text: &str) -> Result<KmsKey, Fault> {
    let (account, id) = match parse(ask, text, By::Key)? {
        Name::Key { account, id } | Name::Alias { account, name: id } => (account, id),
    };
    let key = kms_key::get_in(txn, id).await.map_err(fault::store)?;
    placed(ask, key, account, id)
}

/// The key if it is where it is said to be.
fn placed(
    ask: &Ask<'_>,
    key: Option<KmsKey>,
    account: AccountId,
    id: &str,
) -> Result<KmsKey, Fault> {
    match key.filter(|key| key.account == account && key.region == ask.region) {
        Some(key) => Ok(key),
        None if account == ask.account => Err(fault::no_key(&ask.arn(&format!("key/{id}")))),
        None => Err(fault::unseen(ask, &ask.action())),
    }
}

fn missing_alias(ask: &Ask<'_>, account: AccountId, name: &str) -> Fault {
    if account == ask.account {
        fault::no_alias(&ask.arn(name))
    } else {
        fault::unseen(ask, &ask.action())
    }
}

fn parse<'a>(ask: &Ask<'_>, text: &'a str, by: By) -> Result<Name<'a>, Fault> {
    let unknown = || fault::not_found(format!("Invalid keyId '{text:.ECHO$}'"));
    let (account, resource) = match text.strip_prefix("arn:") {
        None => (ask.account, text),
        Some(rest) => {
            let (account, resource) = parse_arn(ask, text, rest)?;
            (account, resource.strip_prefix("key/").unwrap_or(resource))
        }
    };
    if is_uuid(resource) {
        return Ok(Name::Key { account, id: resource });
    }
    if by == By::KeyOrAlias && resource.starts_with("alias/") {
        return Ok(Name::Alias { account, name: resource });
    }
    Err(unknown())
}

/// Account and resource of an ARN of this Region.
fn parse_arn<'a>(ask: &Ask<'_>, text: &str, rest: &'a str) -> Result<(AccountId, &'a str), Fault> {
    let invalid = || Fault::client("InvalidArnException", format!("Invalid arn {text:.ECHO$}"));
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let [_partition, "kms", region, account, resource] = parts[..] else {
        return Err(invalid());
    };
    let account = account.parse().map_err(|_| invalid())?;
    if region != ask.region {
        return Err(fault::not_found(format!("Invalid arn {region:.ECHO$}")));
    }
    Ok((account, resource))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}
