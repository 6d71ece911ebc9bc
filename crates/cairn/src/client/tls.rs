//! Whom to trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::ClientError;

/// Where systems keep the certificates they trust: Debian, Red Hat, SUSE, Alpine and macOS.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Trusts the certificates in `ca`, or else those of `SSL_CERT_FILE` or the system.
pub(super) fn connector(ca: Option<&Path>) -> Result<TlsConnector, ClientError> {
    let path = ca.map_or_else(system, Path::to_owned);
    let mut roots = RootCertStore::empty();
    let failed = |reason: String| ClientError::Certificates { path: path.clone(), reason };
    let found = CertificateDer::pem_file_iter(&path).map_err(|error| failed(error.to_string()))?;
    let found: Result<Vec<_>, _> = found.collect();
    // A bundle may hold certificates that this library does not read; the others are trusted.
    let (added, _) =
        roots.add_parsable_certificates(found.map_err(|error| failed(error.to_string()))?);
    if added == 0 {
        return Err(failed("it holds no certificate that can be trusted".to_owned()));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn system() -> PathBuf {
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        return PathBuf::from(file);
    }
    let found = SYSTEM.iter().find(|path| Path::new(path).is_file());
    PathBuf::from(found.unwrap_or(&SYSTEM[0]))
}
