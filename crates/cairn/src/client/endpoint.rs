//! The server's URL, cut into what a connection and a signature need.

use hyper::Uri;

use super::ClientError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// As given, without a slash at the end: what messages show.
    pub(crate) url: String,
    pub(crate) tls: bool,
    /// Name or address, IPv6 without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The `Host` header: the port only where it is not the scheme's own.
    pub(crate) authority: String,
    /// What stands before every path; empty for none.
    pub(crate) base: String,
}

impl Endpoint {
    pub(crate) fn parse(text: &str) -> Result<Self, ClientError> {
        let wrong = || ClientError::Endpoint { text: text.to_owned() };
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let usual = if tls { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(usual);
        let explicit = format!("{host}:{port}");
        Ok(Self {
            url: text.trim_end_matches('/').to_owned(),
            tls,
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            authority: if port == usual { host.to_owned() } else { explicit },
            base: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_cut_into_their_parts() {
        let plain = Endpoint::parse("http://127.0.0.1:4586").unwrap();
        assert_eq!((plain.tls, plain.port, plain.base.as_str()), (false, 4586, ""));
        assert_eq!(plain.authority, "127.0.0.1:4586");
        let deep = Endpoint::parse("https://audit.example/cairn/").unwrap();
        assert_eq!((deep.tls, deep.port, deep.base.as_str()), (true, 443, "/cairn"));
        assert_eq!(deep.authority, "audit.example");
        let six = Endpoint::parse("http://[::1]:4586").unwrap();
        assert_eq!((six.host.as_str(), six.authority.as_str()), ("::1", "[::1]:4586"));
        for bad in ["", "127.0.0.1:4586", "ftp://x", "http://", "localhost"] {
            assert!(Endpoint::parse(bad).is_err(), "{bad:?}");
        }
    }
}
