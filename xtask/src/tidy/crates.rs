//! The members of the workspace, as cargo sees them.

use std::collections::BTreeSet;

use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand, Package};

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
    let mut command = MetadataCommand::new();
    command
        .manifest_path(tree::root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .no_deps();
    let metadata =
        command.exec().map_err(|error| Failure::new(format!("cargo metadata: {error}")))?;
    Ok(metadata.packages.iter().map(member).collect())
}

fn member(package: &Package) -> Crate {
    let names = |shipped: bool| {
        let wanted =
            package.dependencies.iter().filter(|d| (d.kind == DependencyKind::Normal) == shipped);
        wanted.map(|dependency| dependency.name.clone()).collect()
    };
    let targets = package.targets.iter().filter(|target| target.is_lib() || target.is_bin());
    Crate {
        name: package.name.to_string(),
        manifest: from_root(package.manifest_path.as_str()),
        floor: package.metadata["cairn"]["floor"].as_u64(),
        normal: names(true),
        other: names(false),
        roots: targets.map(|target| from_root(target.src_path.as_str())).collect(),
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
