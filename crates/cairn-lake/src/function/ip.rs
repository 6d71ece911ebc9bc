//! Networks and the addresses inside of them.

use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use datafusion::common::Result;

use super::call::{Call, known};
use super::fault::fault;
use super::scalar::{Function, form, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function("cast_ipaddress", &[form("varchar -> varchar", checked)]),
    function("ip_prefix", &[form("varchar, bigint -> varchar", prefix)]),
    function("ip_subnet_min", &[form("varchar -> varchar", |call| edge(call, false))]),
    function("ip_subnet_max", &[form("varchar -> varchar", |call| edge(call, true))]),
    function("is_subnet_of", &[form("varchar, varchar -> boolean", contains)]),
];

/// An address as a number of its family's width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    bits: u128,
    width: u32,
}

impl Address {
    fn parse(text: &str) -> Result<Self> {
        let address: IpAddr =
            text.parse().map_err(|_| fault(format!("Cannot cast value to IPADDRESS: {text}")))?;
        Ok(match address.to_canonical() {
            IpAddr::V4(four) => Self { bits: four.to_bits().into(), width: 32 },
            IpAddr::V6(six) => Self { bits: six.to_bits(), width: 128 },
        })
    }

    /// The bits behind a prefix of that length.
    fn behind(self, length: u32) -> u128 {
        let all = if self.width == 32 { u128::from(u32::MAX) } else { u128::MAX };
        if length >= self.width { 0 } else { all >> length }
    }

    fn show(self) -> String {
        match u32::try_from(self.bits) {
            Ok(four) if self.width == 32 => std::net::Ipv4Addr::from_bits(four).to_string(),
            _ => std::net::Ipv6Addr::from_bits(self.bits).to_string(),
        }
    }
}

/// A network: an address and how many of its bits are the network's.
fn network(text: &str) -> Result<(Address, u32)> {
    let invalid = || fault(format!("Invalid CIDR: {text}"));
    let (address, length) = text.split_once('/').ok_or_else(invalid)?;
    let address = Address::parse(address).map_err(|_| invalid())?;
    let length: u32 = length.parse().map_err(|_| invalid())?;
    if length > address.width {
        return Err(invalid());
    }
    Ok((address, length))
}

/// Whether a network has an address. An address of the other family is in none.
pub(super) fn contains(call: &Call<'_>) -> Result<ArrayRef> {
    let (net, address) = (call.text(0), call.text(1));
    let same = match net.constant() {
        Some(text) => Some(network(text)?),
        None => None,
    };
    let of = |row| {
        let (net, address) = (known!(net.get(row)), known!(address.get(row)));
        let (base, length) = match same {
            Some(same) => same,
            None => network(net)?,
        };
        let (address, inner) = match address.split_once('/') {
            Some(_) => network(address)?,
            None => {
                let address = Address::parse(address)?;
                (address, address.width)
            }
        };
        let outside = !base.behind(length);
        let same_bits = (base.bits ^ address.bits) & outside;
        Ok(Some(address.width == base.width && inner >= length && same_bits == 0))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<BooleanArray>>()?))
}

/// An address in the one way to write it.
pub(super) fn checked(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| Ok(Some(Address::parse(known!(text.get(row)))?.show()));
    call.texts(of)
}

fn prefix(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, length) = (call.text(0), call.long(1));
    let of = |row| {
        let address = Address::parse(known!(text.get(row)))?;
        let length = known!(length.get(row));
        let family = if address.width == 32 { "IPv4" } else { "IPv6" };
        let wrong =
            || fault(format!("{family} subnet size must be in range [0, {}]", address.width));
        let length = u32::try_from(length).map_err(|_| wrong())?;
        if length > address.width {
            return Err(wrong());
        }
        let base = Address { bits: address.bits & !address.behind(length), ..address };
        Ok(Some(format!("{}/{length}", base.show())))
    };
    call.texts(of)
}

/// The first address of a network, or the last.
fn edge(call: &Call<'_>, last: bool) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let (base, length) = network(known!(text.get(row)))?;
        let behind = base.behind(length);
        let bits = if last { base.bits | behind } else { base.bits & !behind };
        Ok(Some(Address { bits, ..base }.show()))
    };
    call.texts(of)
}
