//! What conditions look at.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::Timestamp;

use crate::Principal;

/// The keys of one request and their values. Names of keys are the same in any case. A key without
/// values is one that is not there.
#[derive(Debug, Clone, Default)]
pub struct Context {
    keys: HashMap<String, Vec<ContextValue>>,
}

/// One value of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum ContextValue {
    Text(String),
    Bool(bool),
    Number(f64),
    Date(Timestamp),
    Ip(IpAddr),
    Binary(Vec<u8>),
}

impl Context {
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to one value.
    pub fn with(self, key: &str, value: impl Into<ContextValue>) -> Self {
        self.with_all(key, [value])
    }

    /// Sets a key that has a list of values.
    pub fn with_all<V: Into<ContextValue>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.keys.insert(key.to_lowercase(), values);
        self
    }

    /// Sets the keys that follow from who asks.
    pub fn with_principal(self, principal: &Principal<'_>) -> Self {
        match principal {
            Principal::Anonymous => {
                self.with("aws:PrincipalType", "Anonymous").with("aws:PrincipalIsAWSService", false)
            }
            Principal::Service(name) => self
                .with("aws:PrincipalServiceName", *name)
                .with_all("aws:PrincipalServiceNamesList", [*name])
                .with("aws:PrincipalIsAWSService", true),
            Principal::Identity { account, arn, .. } => self
                .with("aws:PrincipalArn", *arn)
                .with("aws:PrincipalAccount", account.to_string())
                .with("aws:PrincipalIsAWSService", false),
        }
    }

    /// The values of a key given in lower case; empty where it is not there.
    pub(crate) fn values(&self, key: &str) -> &[ContextValue] {
        self.keys.get(key).map_or(&[], Vec::as_slice)
    }
}

impl ContextValue {
    /// The value as a text, which is what the operators for texts and ARNs compare.
    pub(crate) fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Date(date) => Cow::Owned(date.to_string()),
            Self::Ip(address) => Cow::Owned(address.to_string()),
            Self::Binary(bytes) => Cow::Owned(STANDARD.encode(bytes)),
        }
    }
}

impl From<&str> for ContextValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ContextValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for ContextValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for ContextValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for ContextValue {
    fn from(date: Timestamp) -> Self {
        Self::Date(date)
    }
}

impl From<IpAddr> for ContextValue {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}
