//! The values that conditions compare with.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::Timestamp;

use super::operator::Test;
use crate::text::{Pattern, Syntax};
use crate::truth::Truth;
use crate::{Context, ContextValue};

/// A value of a condition, read as its operator reads it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Text(Pattern),
    Number(f64),
    Date(Timestamp),
    Bool(bool),
    Binary(Vec<u8>),
    Network {
        address: IpAddr,
        bits: u8,
    },
    /// The operator cannot read it.
    Invalid,
}

impl Operand {
    pub(super) fn parse(test: Test, text: &str, variables: bool) -> Self {
        let pattern = |wildcards: bool| {
            let parsed = Pattern::parse(text, Syntax { wildcards, variables });
            parsed.map_or(Self::Invalid, Self::Text)
        };
        let read = match test {
            Test::StringEquals | Test::StringEqualsIgnoreCase => return pattern(false),
            Test::StringLike => return pattern(true),
            Test::Arn if text == "*" || text.starts_with("arn:") => return pattern(true),
            Test::Arn => None,
            Test::Numeric(_) => number(text).map(Self::Number),
            Test::Date(_) => date(text).map(Self::Date),
            Test::Bool | Test::Null => boolean(text).map(Self::Bool),
            Test::Binary => STANDARD.decode(text).ok().map(Self::Binary),
            Test::IpAddress => network(text),
        };
        read.unwrap_or(Self::Invalid)
    }

    /// Whether the key of these values is absent, as the operand demands.
    pub(super) fn is_null(&self, values: &[ContextValue]) -> Truth {
        match self {
            Self::Bool(absent) => Truth::of(values.is_empty() == *absent),
            _ => Truth::Unknown,
        }
    }

    /// Whether the value fits. Unknown where the two cannot be compared.
    pub(super) fn fits(&self, test: Test, value: &ContextValue, context: &Context) -> Truth {
        let compared = match (self, test) {
            (Self::Text(pattern), Test::StringEqualsIgnoreCase) => {
                return pattern.fits_in_any_case(&value.as_text(), context);
            }
            (Self::Text(pattern), Test::Arn) => {
                return arn_fits(pattern, &value.as_text(), context);
            }
            (Self::Text(pattern), _) => return pattern.fits(&value.as_text(), context),
            (Self::Number(own), Test::Numeric(order)) => {
                number_of(value).map(|value| order.holds(&value, own))
            }
            (Self::Date(own), Test::Date(order)) => {
                date_of(value).map(|value| order.holds(&value, own))
            }
            (Self::Bool(own), _) => bool_of(value).map(|value| value == *own),
            (Self::Binary(own), _) => binary_of(value).map(|value| value == *own),
            (Self::Network { address, bits }, _) => {
                address_of(value).map(|value| is_within(value, *address, *bits))
            }
            (Self::Number(_) | Self::Date(_) | Self::Invalid, _) => None,
        };
        compared.map_or(Truth::Unknown, Truth::of)
    }
}

/// Each of the six parts is compared with its own pattern. A pattern with fewer parts whose last
/// ends in a star goes on to the end.
fn arn_fits(pattern: &Pattern, text: &str, context: &Context) -> Truth {
    let patterns = pattern.split(6);
    if patterns.len() < 6 && !pattern.ends_with_any() {
        return Truth::No;
    }
    if !text.starts_with("arn:") || text.splitn(6, ':').count() < 6 {
        return Truth::No;
    }
    let parts: Vec<&str> = text.splitn(patterns.len(), ':').collect();
    Truth::all(patterns.iter().zip(parts).map(|(pattern, part)| pattern.fits(part, context)))
}

/// Decimal, without the names that also read as numbers.
fn number(text: &str) -> Option<f64> {
    let first = text.bytes().find(|byte| !matches!(byte, b'+' | b'-'))?;
    let number: f64 = text.parse().ok()?;
    ((first.is_ascii_digit() || first == b'.') && number.is_finite()).then_some(number)
}

/// An instant, a minute or a day in the forms of ISO 8601, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 4 {
        let seconds: i64 = text.parse().ok()?;
        return (seconds <= Timestamp::MAX.seconds()).then(|| Timestamp::from_seconds(seconds));
    }
    let day = "T00:00:00Z";
    let whole = match text.len() {
        4 => format!("{text}-01-01{day}"),
        7 => format!("{text}-01{day}"),
        10 => format!("{text}{day}"),
        17 if text.ends_with('Z') => format!("{}:00Z", text.trim_end_matches('Z')),
        _ => text.to_owned(),
    };
    Timestamp::parse(&whole)
}

fn boolean(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|value| text.eq_ignore_ascii_case(&value.to_string()))
}

fn network(text: &str) -> Option<Operand> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
        Some(_) => return None,
        None => most,
    };
    let mapped = match address {
        IpAddr::V6(address) if (96..=128).contains(&bits) => address.to_ipv4_mapped(),
        _ => None,
    };
    match mapped {
        Some(address) => Some(Operand::Network { address: address.into(), bits: bits - 96 }),
        None => (bits <= most).then_some(Operand::Network { address, bits }),
    }
}

fn is_within(value: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (same, all) = match (value.to_canonical(), network) {
        (IpAddr::V4(value), IpAddr::V4(network)) => {
            let differing = u32::from(value) ^ u32::from(network);
            (differing.leading_zeros() as u8, 32)
        }
        (IpAddr::V6(value), IpAddr::V6(network)) => {
            let differing = u128::from(value) ^ u128::from(network);
            (differing.leading_zeros() as u8, 128)
        }
        _ => return false,
    };
    bits <= all && same >= bits
}

fn number_of(value: &ContextValue) -> Option<f64> {
    match value {
        ContextValue::Number(number) => Some(*number),
        ContextValue::Text(text) => number(text),
        _ => None,
    }
}

fn date_of(value: &ContextValue) -> Option<Timestamp> {
    match value {
        ContextValue::Date(date) => Some(*date),
        ContextValue::Number(seconds) => Some(Timestamp::from_millis((seconds * 1000.0) as i64)),
        ContextValue::Text(text) => date(text),
        _ => None,
    }
}

fn bool_of(value: &ContextValue) -> Option<bool> {
    match value {
        ContextValue::Bool(value) => Some(*value),
        ContextValue::Text(text) => boolean(text),
        _ => None,
    }
}

fn binary_of(value: &ContextValue) -> Option<Vec<u8>> {
    match value {
        ContextValue::Binary(bytes) => Some(bytes.clone()),
        ContextValue::Text(text) => STANDARD.decode(text).ok(),
        _ => None,
    }
}

fn address_of(value: &ContextValue) -> Option<IpAddr> {
    match value {
        ContextValue::Ip(address) => Some(*address),
        ContextValue::Text(text) => text.parse().ok(),
        _ => None,
    }
}
