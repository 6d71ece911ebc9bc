//! Advanced event selectors, as clients give them and get them back.

use serde::{Deserialize, Serialize};

/// `AdvancedEventSelector`: all its field selectors must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdvancedSelector {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub field_selectors: Vec<FieldSelector>,
}

/// `AdvancedFieldSelector`: what one field of an event must be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FieldSelector {
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_with: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_equals: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_starts_with: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_ends_with: Option<Vec<String>>,
}

impl FieldSelector {
    /// A field that must be one of these.
    pub fn equals<const N: usize>(field: &str, values: [&str; N]) -> Self {
        Self {
            field: field.to_owned(),
            equals: Some(values.map(str::to_owned).to_vec()),
            ..Self::default()
        }
    }

    /// The operators that are there, by name.
    pub(super) fn operators(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let all = [
            ("Equals", &self.equals),
            ("StartsWith", &self.starts_with),
            ("EndsWith", &self.ends_with),
            ("NotEquals", &self.not_equals),
            ("NotStartsWith", &self.not_starts_with),
            ("NotEndsWith", &self.not_ends_with),
        ];
        all.into_iter().filter_map(|(name, values)| Some((name, values.as_deref()?)))
    }
}
