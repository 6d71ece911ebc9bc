//! The members of the workspace, as cargo sees them.

use std::collections::BTreeSet;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::output::Failure;
use crate::tree;

/// A member: its place in the tree, its floor, and what it depends on.
pub(super) struct Crate {
    pub(super) name: String,
    /// The manifest's path from the root.
    pub(super) manifest: String,
    /// `[package.metadata.cairn] floor`.
    pub(super) floor: Option<u64>,
    /// What the shipped code depends on.
    pub(super) normal: BTreeSet<String>,
    /// What its tests and build scripts depend on besides.
    pub(super) other: BTreeSet<String>,
    /// The roots of its library and binaries, as paths from the root of the repository.
    pub(super) roots: Vec<String>,
}

impl Crate {
    pub(super) fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.normal.union(&self.other).map(String::as_str)
    }
}

pub(super) fn read() -> Result<Vec<Crate>, Failure> {
    let failed = |reason: String| Failure::new(format!("cargo metadata: {reason}"));
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(tree::root())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
    Ok(metadata.packages.into_iter().map(member).collect())
}

/// The part of cargo's answer that the rules look at.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
    metadata: Value,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev` or `build`; absent for what the shipped code depends on.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: String,
}

fn member(package: Package) -> Crate {
    let names = |shipped: bool| {
        let wanted = package.dependencies.iter().filter(|found| found.kind.is_none() == shipped);
        wanted.map(|dependency| dependency.name.clone()).collect()
    };
    let is_root = |target: &&Target| target.kind.iter().any(|kind| kind == "lib" || kind == "bin");
    Crate {
        manifest: from_root(&package.manifest_path),
        floor: package.metadata["cairn"]["floor"].as_u64(),
        normal: names(true),
        other: names(false),
        roots: package
            .targets
            .iter()
            .filter(is_root)
            .map(|root| from_root(&root.src_path))
            .collect(),
        name: package.name,
    }
}

fn from_root(path: &str) -> String {
    let root = tree::root();
    let inside = std::path::Path::new(path).strip_prefix(&root).unwrap_or(path.as_ref());
    inside.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
impl Crate {
    /// A member for the self-tests of the rules.
    pub(super) fn invented(name: &str, floor: u64, normal: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            manifest: format!("crates/{name}/Cargo.toml"),
            floor: Some(floor),
            normal: normal.iter().map(|name| (*name).to_owned()).collect(),
            other: BTreeSet::new(),
            roots: vec![format!("crates/{name}/src/lib.rs")],
        }
    }
}
