//! The parameters of a query call, from its query string and its form body.

use std::collections::BTreeMap;

use crate::Fault;
use crate::percent::{self, Plus};

/// How many parameters one call may have.
const MAX_PARAMS: usize = 1000;

/// Decoded parameters; each name occurs once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// # Errors
    /// `MalformedQueryString` for bad escapes, text that is not UTF-8, a name given twice, or more
    /// than a thousand parameters.
    pub fn parse(query: Option<&str>, body: &[u8]) -> Result<Self, Fault> {
        let body = std::str::from_utf8(body)
            .map_err(|error| malformed(format!("the body is not UTF-8: {error}")))?;
        let mut params = BTreeMap::new();
        for piece in [query.unwrap_or_default(), body].into_iter().flat_map(|part| part.split('&'))
        {
            if piece.is_empty() {
                continue;
            }
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let name = decode(name)?;
            let value = decode(value)?;
            if params.len() == MAX_PARAMS {
                return Err(malformed(format!("more than {MAX_PARAMS} parameters")));
            }
            if params.contains_key(&name) {
                return Err(malformed(format!("the parameter {name} is given twice")));
            }
            params.insert(name, value);
        }
        Ok(Self(params))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// # Errors
    /// `ValidationException` where the parameter is absent or empty.
    pub fn required(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            Fault::validation(format!("the request must contain the parameter {name}"))
        })
    }

    pub fn action(&self) -> Option<&str> {
        self.get("Action")
    }

    pub fn version(&self) -> Option<&str> {
        self.get("Version")
    }

    /// A list's members in order, from `Name.member.1` or `Name.1` on, up to the first gap.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let members = |infix: &'static str| {
            (1..=MAX_PARAMS).map_while(move |index| self.get(&format!("{name}{infix}{index}")))
        };
        let found: Vec<&str> = members(".member.").collect();
        if found.is_empty() { members(".").collect() } else { found }
    }

    /// Every name and value, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn decode(text: &str) -> Result<String, Fault> {
    percent::decode(text, Plus::Space)
        .map(std::borrow::Cow::into_owned)
        .map_err(|error| malformed(format!("a parameter is not well encoded: {error}")))
}

fn malformed(message: String) -> Fault {
    Fault::client("MalformedQueryString", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_from_both_places() {
        let body = b"Action=AssumeRole&RoleArn=arn%3Aaws&&Name=a+b%2B&Tags.member.1=x\
                     &Tags.member.2=y&Tags.member.4=z&Keys.1=k";
        let params = Params::parse(Some("Version=2011-06-15"), body).unwrap();
        assert_eq!(params.action(), Some("AssumeRole"));
        assert_eq!(params.version(), Some("2011-06-15"));
        assert_eq!(params.get("Name"), Some("a b+"));
        assert_eq!(params.list("Tags"), ["x", "y"]);
        assert_eq!(params.list("Keys"), ["k"]);
        assert_eq!(params.list("None"), Vec::<&str>::new());
        assert_eq!(params.required("Missing").unwrap_err().code, "ValidationException");
    }

    #[test]
    fn malformed_parameters_are_refused() {
        let many =
            "a=1&".to_owned() + &(0..1001).map(|n| format!("p{n}=")).collect::<Vec<_>>().join("&");
        for bad in ["a=%", "a=%zz", "%ff=1", "a=1&a=2", "a&a", &many] {
            let fault = Params::parse(None, bad.as_bytes()).unwrap_err();
            assert_eq!(fault.code, "MalformedQueryString", "{bad:.20}");
        }
        assert!(Params::parse(None, b"a=\xff").is_err());
        assert!(Params::parse(Some("a=1"), b"a=1").is_err());
    }
}
