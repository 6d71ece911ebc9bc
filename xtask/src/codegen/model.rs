//! The service model as the vendored file has it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Model {
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) input: Reference,
    pub(crate) output: Reference,
    #[serde(default)]
    pub(crate) errors: Vec<Reference>,
}

#[derive(Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

#[derive(Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Reference>,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    #[serde(rename = "enum", default)]
    pub(crate) values: Vec<String>,
    pub(crate) member: Option<Reference>,
    pub(crate) key: Option<Reference>,
    pub(crate) value: Option<Reference>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Blob,
    Timestamp,
}

impl Model {
    /// The shape of this name; the model is trusted to define what it mentions.
    pub(crate) fn shape(&self, name: &str) -> &Shape {
        &self.shapes[name]
    }

    /// The names of all shapes that requests are made of.
    pub(crate) fn asked(&self) -> BTreeSet<&str> {
        self.below(self.operations.values().map(|operation| &operation.input))
    }

    /// The names of all shapes that answers are made of.
    pub(crate) fn answered(&self) -> BTreeSet<&str> {
        self.below(self.operations.values().map(|operation| &operation.output))
    }

    /// The names of the operations whose request or answer contains the shape.
    pub(crate) fn users(&self, shape: &str) -> Vec<&str> {
        let uses = |operation: &&Operation| {
            self.below([&operation.input, &operation.output].into_iter()).contains(shape)
        };
        let found = self.operations.iter().filter(|(_, operation)| uses(operation));
        found.map(|(name, _)| name.as_str()).collect()
    }

    fn below<'a>(&'a self, roots: impl Iterator<Item = &'a Reference>) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = roots.map(|root| root.shape.as_str()).collect();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                open.extend(self.shape(name).parts().map(|part| part.shape.as_str()));
            }
        }
        found
    }
}

impl Shape {
    fn parts(&self) -> impl Iterator<Item = &Reference> {
        let of_collection = [&self.member, &self.key, &self.value].into_iter().flatten();
        self.members.values().chain(of_collection)
    }

    /// What a list holds.
    pub(crate) fn element(&self) -> &str {
        &self.member.as_ref().expect("a list has a member").shape
    }

    /// What a map maps, and to what.
    pub(crate) fn entry(&self) -> (&str, &str) {
        let key = self.key.as_ref().expect("a map has a key");
        let value = self.value.as_ref().expect("a map has a value");
        (&key.shape, &value.shape)
    }
}
