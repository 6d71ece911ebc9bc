//! The public service models, as far as the catalog needs them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::output::Failure;

/// A model's file in each folder of a version.
const FILE: &str = "service-2.json.gz";

/// The most bytes that a model takes unpacked; EC2's takes a tenth of that.
const MODEL_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
pub(super) struct Model {
    pub(super) metadata: Metadata,
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) api_version: String,
    pub(super) endpoint_prefix: String,
    pub(super) protocol: String,
    pub(super) signing_name: Option<String>,
    pub(super) target_prefix: Option<String>,
    /// The service also takes the query protocol, which the rest of its model does not describe.
    pub(super) aws_query_compatible: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Operation {
    pub(super) http: Http,
    pub(super) input: Option<Reference>,
    pub(super) output: Option<Output>,
    #[serde(default)]
    pub(super) deprecated: bool,
    /// The model says that it changes nothing; most reads do not say so.
    #[serde(default)]
    pub(super) readonly: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Http {
    pub(super) method: String,
    pub(super) request_uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    pub(super) shape: String,
    pub(super) result_wrapper: Option<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) members: Ordered<Reference>,
    pub(super) required: Vec<String>,
    pub(super) payload: Option<String>,
    pub(super) member: Option<Reference>,
    pub(super) key: Option<Reference>,
    pub(super) value: Option<Reference>,
    pub(super) flattened: bool,
    pub(super) sensitive: bool,
    pub(super) streaming: bool,
    pub(super) eventstream: bool,
    pub(super) document: bool,
    pub(super) timestamp_format: Option<String>,
}

/// A use of a shape: a member, an element, a key, a value, an input.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reference {
    pub(super) shape: String,
    pub(super) location: Option<String>,
    pub(super) location_name: Option<String>,
    pub(super) query_name: Option<String>,
    pub(super) flattened: bool,
    pub(super) sensitive: bool,
    pub(super) streaming: bool,
    pub(super) xml_attribute: bool,
    pub(super) jsonvalue: bool,
    pub(super) timestamp_format: Option<String>,
}

/// An object in the order of its members.
#[derive(Clone)]
pub(super) struct Ordered<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

struct InOrder<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
    type Value = Ordered<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered(entries))
    }
}

impl Shape {
    /// Every use of another shape.
    pub(super) fn parts(&mut self) -> impl Iterator<Item = &mut Reference> {
        let of_collection = [&mut self.member, &mut self.key, &mut self.value].into_iter();
        self.members.0.iter_mut().map(|(_, part)| part).chain(of_collection.flatten())
    }
}

impl Model {
    /// The shape of this name; the model is trusted to define what it mentions.
    pub(super) fn shape(&self, name: &str) -> &Shape {
        &self.shapes[name]
    }

    pub(super) fn signing_name(&self) -> &str {
        self.metadata.signing_name.as_deref().unwrap_or(&self.metadata.endpoint_prefix)
    }
}

/// The newest model of every service, sorted by the name of its folder.
pub(super) fn read_all(folder: &Path) -> Result<Vec<(String, Model)>, Failure> {
    let mut models = Vec::new();
    for service in names(folder)? {
        let versions = folder.join(&service);
        if !versions.is_dir() {
            continue;
        }
        let with_model = |version: &String| versions.join(version).join(FILE).is_file();
        if let Some(newest) = names(&versions)?.into_iter().rfind(with_model) {
            let model = read(&versions.join(newest).join(FILE))?;
            models.push((service, model));
        }
    }
    if models.is_empty() {
        let text = format!("{}: no SERVICE/VERSION/{FILE} below", folder.display());
        return Err(Failure::new(text));
    }
    Ok(models)
}

/// The version of the package whose `data` folder this is, as its source says.
pub(super) fn version(folder: &Path) -> Result<String, Failure> {
    let source: PathBuf = folder.join("../__init__.py");
    let failed = |reason: String| Failure::new(format!("{}: {reason}", source.display()));
    let text = std::fs::read_to_string(&source).map_err(|error| failed(error.to_string()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "));
    let version = line.map(|quoted| quoted.trim_matches(['\'', '"']).to_owned());
    version.ok_or_else(|| failed("no __version__: give --version".into()))
}

fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        found.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<Model, Failure> {
    let failed = |reason: String| Failure::new(format!("{}: {reason}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut text = Vec::new();
    let mut unpacked = flate2::read::GzDecoder::new(file).take(MODEL_BYTES);
    unpacked.read_to_end(&mut text).map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))
}
