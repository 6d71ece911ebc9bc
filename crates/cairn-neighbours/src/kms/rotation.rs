//! Rotation: new material for a key, by the calendar or on demand. What older material has
//! encrypted still opens.

use cairn_store::kms_key::{self, Rotation};
use cairn_store::kms_material::{self, Cause};
use cairn_store::{KmsKey, KmsMaterial, Txn};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::describe::instant;
use super::page::Page;
use super::state::{self, DAY};
use super::target::{self, By};
use super::{Kms, access, fault};

/// Days between two automatic rotations, where the request does not say.
const DAYS: u16 = 365;
/// Rotations of one key on demand.
const ON_DEMAND: usize = 25;
/// Rotations of one page, where the request does not say.
const ROTATIONS: u32 = 100;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    rotation_period_in_days: Option<i64>,
    include_key_material: Option<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

pub(super) async fn enable(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let (mut txn, mut key) = begin(kms, ask, &input).await?;
    let given = input.rotation_period_in_days.map(|days| days as u16);
    let days = given.or(key.rotation.map(|rotation| rotation.days)).unwrap_or(DAYS);
    // The same period again does not put the next rotation off.
    if key.rotation.is_none_or(|rotation| rotation.days != days) {
        key.rotation = Some(Rotation { days, next: kms.now().saturating_add(DAY * days.into()) });
    }
    kms_key::save(&mut txn, &key).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn disable(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let (mut txn, mut key) = begin(kms, ask, &input).await?;
    key.rotation = None;
    kms_key::save(&mut txn, &key).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn status(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    check.done()?;
    let key = target::find(kms, ask, id, By::Key).await?;
    access::check(kms, ask, &key).await?;
    let mut output = json!({ "KeyId": key.arn(), "KeyRotationEnabled": key.rotation.is_some() });
    if let Some(Rotation { days, next }) = key.rotation {
        output["RotationPeriodInDays"] = json!(days);
        // A key that is to be deleted is not rotated.
        if key.deletion.is_none() {
            output["NextRotationDate"] = instant(next);
        }
    }
    Ok(output)
}

pub(super) async fn on_demand(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let (mut txn, key) = begin(kms, ask, &input).await?;
    let done = kms_material::on_demand(&mut txn, &key.id).await.map_err(fault::store)?;
    if done >= ON_DEMAND {
        let message = format!("{} was rotated on demand {ON_DEMAND} times.", key.arn());
        return Err(Fault::client("LimitExceededException", message));
    }
    kms_material::add(&mut txn, &key.id, Cause::OnDemand).await.map_err(fault::store)?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({ "KeyId": key.arn() }))
}

pub(super) async fn list(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    let kinds = ["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"];
    check.choice("includeKeyMaterial", input.include_key_material.as_ref(), &kinds);
    let page = Page::read(check, input.limit, input.marker.as_ref(), ROTATIONS)?;
    let key = target::find(kms, ask, id, By::Key).await?;
    access::check(kms, ask, &key).await?;
    // The first material is no rotation.
    let first = match input.include_key_material.as_deref() {
        Some("ALL_KEY_MATERIAL") => 0,
        _ => 1,
    };
    let after = page.after.parse::<u32>().unwrap_or(first);
    let found = kms_material::list(&kms.store, &key.id, after, page.reach()).await;
    let found = found.map_err(fault::store)?;
    let place = |material: &KmsMaterial| material.number.to_string();
    Ok(page.answer("Rotations", found, place, |material| view(&key, material)))
}

fn view(key: &KmsKey, material: &KmsMaterial) -> Value {
    let current = material.id == key.material;
    let mut view = json!({
        "KeyId": key.arn(),
        "KeyMaterialId": material.id,
        "KeyMaterialState": if current { "CURRENT" } else { "NON_CURRENT" },
    });
    let kind = match material.cause {
        Cause::Created => return view,
        Cause::Automatic => "AUTOMATIC",
        Cause::OnDemand => "ON_DEMAND",
    };
    view["RotationDate"] = instant(material.created);
    view["RotationType"] = json!(kind);
    view
}

/// A key that may be rotated now.
async fn begin(kms: &Kms, ask: &Ask<'_>, input: &Input) -> Result<(Txn, KmsKey), Fault> {
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    if let Some(days) = input.rotation_period_in_days {
        check.number("rotationPeriodInDays", days, 90..=2560);
    }
    check.done()?;
    let mut txn = kms.begin().await?;
    let key = target::find_in(&mut txn, ask, id).await?;
    access::check(kms, ask, &key).await?;
    state::check_usable(&key)?;
    Ok((txn, key))
}
