//! The families of answers: who reads a fault, and in whose words.

use std::borrow::Cow;

use super::Fault;
use super::spelling::{self, Spelling};
use crate::Protocol;
use crate::aws_json::Version;

/// How faults are told. Every protocol has its family; S3 is one of its own among those that speak
/// REST-XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Json(Version),
    Query,
    Ec2,
    RestJson,
    RestXml,
    /// S3's data plane: buckets and objects. S3 Control has [`Family::RestXml`].
    S3,
    Cbor,
}

impl From<Protocol> for Family {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Json(version) => Self::Json(version),
            Protocol::Query => Self::Query,
            Protocol::Ec2 => Self::Ec2,
            Protocol::RestJson => Self::RestJson,
            Protocol::RestXml => Self::RestXml,
            Protocol::Cbor => Self::Cbor,
        }
    }
}

impl Family {
    /// The fault's code as the family spells it: `SlowDown` for `ThrottlingException` in S3.
    pub fn code(self, fault: &Fault) -> Cow<'_, str> {
        self.spell(fault).0
    }

    /// The code and the status.
    pub(crate) fn spell(self, fault: &Fault) -> (Cow<'_, str>, u16) {
        let as_it_is = (Cow::Borrowed(&*fault.code), fault.status);
        let Some(row) = spelling::of(fault) else {
            return as_it_is;
        };
        let Spelling { query, ec2, s3, rest_status, .. } = *row;
        let (code, status) = match self {
            Self::Json(_) | Self::Cbor => return as_it_is,
            Self::RestJson => return (as_it_is.0, rest_status),
            Self::Query | Self::RestXml => query,
            Self::Ec2 => ec2,
            Self::S3 => s3,
        };
        (Cow::Borrowed(code), status)
    }
}
