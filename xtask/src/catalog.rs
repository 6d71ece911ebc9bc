//! The catalog of AWS operations: made from the public service models, shown, compared.

mod changes;
mod data_events;
mod draft;
mod earlier;
mod encode;
mod event_names;
mod extra;
mod gather;
mod model;
mod queries;
mod reads;
mod resources;
mod routes;
mod services;
mod show;
#[cfg(test)]
mod tests;

use std::path::Path;

use cairn_catalog::Catalog;

use crate::output::{self, Failure};
use crate::tree;

const FILE: &str = "crates/cairn-catalog/catalog.bin";

const USAGE: &str = "\
usage: cargo xtask catalog --models DIR [--earlier DIR] [--version TEXT]
       cargo xtask catalog --show [SERVICE | FILE]
DIR is the data folder of botocore; the version is that of the package around it; from an earlier
one come the services, operations and routes that are gone";

/// Makes the file, or shows what is in it.
pub(crate) fn run(arguments: &[&str]) -> Result<String, Failure> {
    match arguments {
        ["--models", folder, rest @ ..] => {
            let option =
                |name: &str| rest.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1]);
            let known = ["--earlier", "--version"];
            if rest.len() % 2 != 0 || rest.chunks(2).any(|pair| !known.contains(&pair[0])) {
                return Err(Failure::new(USAGE));
            }
            let folder = Path::new(folder);
            let version = match option("--version") {
                Some(version) => version.to_owned(),
                None => model::version(folder)?,
            };
            make(folder, option("--earlier").map(Path::new), &version)
        }
        ["--show"] => show(None),
        ["--show", what] => show(Some(what)),
        _ => Err(Failure::new(USAGE)),
    }
}

fn make(folder: &Path, earlier: Option<&Path>, version: &str) -> Result<String, Failure> {
    let mut models = model::read_all(folder)?;
    if let Some(folder) = earlier {
        earlier::keep(&mut models, model::read_all(folder)?);
    }
    let mut services = Vec::new();
    for (name, model) in &mut models {
        extra::add(name, model);
        services.push(gather::service(name, model)?);
    }
    let knows = |service: &str, operation: &str| {
        let model = models.iter().find(|(name, _)| name == service);
        model.is_some_and(|(_, model)| model.operations.contains_key(operation))
    };
    let unknown = data_events::unknown(knows);
    if !unknown.is_empty() {
        let text = format!("data events that no model has: {}", unknown.join(", "));
        return Err(Failure::new(text));
    }
    let file = encode::file(version, &services)?;
    let new = open(file.clone())?;
    let old = std::fs::read(tree::root().join(FILE)).ok().and_then(|old| open(old).ok());
    let changes = changes::text(old.as_ref(), &new);
    output::write_bytes(tree::root().join(FILE), &file)?;
    Ok(format!("{changes}\n{FILE}: {} bytes", file.len()))
}

/// What is shown may be another version of the file, as git hands it to a textconv.
fn show(what: Option<&str>) -> Result<String, Failure> {
    let file = what.filter(|what| Path::new(what).is_file());
    let path = file.map_or_else(|| tree::root().join(FILE), |file| Path::new(file).to_owned());
    let bytes = std::fs::read(&path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    show::text(&open(bytes)?, what.filter(|_| file.is_none()))
}

/// The command ends soon, so that the bytes may stay.
fn open(file: Vec<u8>) -> Result<Catalog, Failure> {
    Catalog::open(Vec::leak(file)).map_err(|damaged| Failure::new(damaged.to_string()))
}
