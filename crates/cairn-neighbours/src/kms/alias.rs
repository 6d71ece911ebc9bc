//! CreateAlias, UpdateAlias, DeleteAlias and ListAliases.

use cairn_store::{KmsAlias, KmsKey, Txn, kms_alias, kms_key};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::describe::instant;
use super::page::Page;
use super::target::{self, By};
use super::{Kms, access, fault, managed};

/// Characters of an alias.
const NAME: usize = 256;
/// Aliases of one page, where the request does not say.
const ALIASES: u32 = 50;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    alias_name: Option<String>,
    target_key_id: Option<String>,
    key_id: Option<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

pub(super) async fn create(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let (name, target) = names(&input)?;
    let mut txn = kms.begin().await?;
    let key = own_key(kms, &mut txn, ask, target).await?;
    access::check_admin(ask, &ask.arn(name))?;
    let made = kms_alias::create(&mut txn, ask.account, ask.region, name, &key.id).await;
    if !made.map_err(fault::store)? {
        let message = format!("An alias with the name {} already exists", ask.arn(name));
        return Err(Fault::client("AlreadyExistsException", message));
    }
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn update(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let (name, target) = names(&input)?;
    let mut txn = kms.begin().await?;
    let old = aliased(&mut txn, ask, name).await?;
    access::check(kms, ask, &old).await?;
    let key = own_key(kms, &mut txn, ask, target).await?;
    access::check_admin(ask, &ask.arn(name))?;
    if old.id != key.id {
        let done = kms_alias::point(&mut txn, ask.account, ask.region, name, &key.id).await;
        done.map_err(fault::store)?;
    }
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn delete(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let name = check_name(&mut check, &input);
    check.done()?;
    check_form(name)?;
    let mut txn = kms.begin().await?;
    let key = aliased(&mut txn, ask, name).await?;
    access::check(kms, ask, &key).await?;
    access::check_admin(ask, &ask.arn(name))?;
    let gone = kms_alias::delete(&mut txn, ask.account, ask.region, name).await;
    gone.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn list(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    if input.key_id.is_some() {
        check.key_id(input.key_id.as_ref());
    }
    let page = Page::read(check, input.limit, input.marker.as_ref(), ALIASES)?;
    access::check_admin(ask, "*")?;
    let key = match &input.key_id {
        Some(id) => Some(target::find(kms, ask, id, By::Key).await?),
        None => None,
    };
    let of = key.as_ref().map(|key| key.id.as_str());
    let place = (ask.account, ask.region);
    let found = kms_alias::list(&kms.store, place, of, &page.after, page.reach()).await;
    let found = found.map_err(fault::store)?;
    let mut views: Vec<(String, Value)> =
        found.iter().map(|alias| (alias.name.clone(), view(alias))).collect();
    if of.is_none() {
        add_unmade(&mut views, ask, &page);
    }
    let place = |(name, _): &(String, Value)| name.clone();
    Ok(page.answer("Aliases", views, place, |(_, view)| view.clone()))
}

/// Aliases of services whose keys are not made yet stand among the others, without a key. `views`
/// has one more than the page shows, if there are more; so it is again.
fn add_unmade(views: &mut Vec<(String, Value)>, ask: &Ask<'_>, page: &Page) {
    for name in managed::aliases().filter(|name| *name > page.after) {
        if let Err(place) = views.binary_search_by(|(other, _)| other.cmp(&name)) {
            let view = json!({ "AliasName": name, "AliasArn": ask.arn(&name) });
            views.insert(place, (name, view));
        }
    }
    views.truncate(page.reach() as usize);
}

fn view(alias: &KmsAlias) -> Value {
    json!({
        "AliasName": alias.name,
        "AliasArn": alias.arn(),
        "TargetKeyId": alias.key_id,
        "CreationDate": instant(alias.created),
        "LastUpdatedDate": instant(alias.updated),
    })
}

/// The alias and the key that it is to name.
fn names(input: &Input) -> Result<(&str, &str), Fault> {
    let mut check = Check::default();
    let name = check_name(&mut check, input);
    let target = check.text("targetKeyId", input.target_key_id.as_ref(), 1..=2048);
    check.done()?;
    check_form(name)?;
    if target.starts_with("alias/") || target.contains(":alias/") {
        return Err(Fault::validation("Aliases must refer to keys. Not aliases"));
    }
    Ok((name, target))
}

fn check_name<'a>(check: &mut Check, input: &'a Input) -> &'a str {
    let name = check.text("aliasName", input.alias_name.as_ref(), 1..=NAME);
    let legal = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    check.pattern("aliasName", name, "^[a-zA-Z0-9:/_-]+$", legal);
    name
}

fn check_form(name: &str) -> Result<(), Fault> {
    let Some(rest) = name.strip_prefix("alias/").filter(|rest| !rest.is_empty()) else {
        return Err(Fault::validation("Invalid identifier"));
    };
    if rest.contains(':') {
        return Err(Fault::validation(format!("{name} contains invalid characters for an alias")));
    }
    if rest.starts_with("aws/") {
        return Err(Fault::client("NotAuthorizedException", ""));
    }
    Ok(())
}

/// A key of the caller's that an alias may name.
async fn own_key(kms: &Kms, txn: &mut Txn, ask: &Ask<'_>, target: &str) -> Result<KmsKey, Fault> {
    let key = target::find_in(txn, ask, target).await?;
    access::check(kms, ask, &key).await?;
    match key.deletion {
        Some(_) => Err(fault::pending_deletion(&key)),
        None => Ok(key),
    }
}

/// The key that an alias of the caller's names.
async fn aliased(txn: &mut Txn, ask: &Ask<'_>, name: &str) -> Result<KmsKey, Fault> {
    let missing = || fault::no_alias(&ask.arn(name));
    let id = kms_alias::target_in(txn, ask.account, ask.region, name).await;
    let id = id.map_err(fault::store)?.ok_or_else(missing)?;
    kms_key::get_in(txn, &id).await.map_err(fault::store)?.ok_or_else(missing)
}
