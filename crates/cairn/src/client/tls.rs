//! Whom to trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

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
    let failed = |reason: String| ClientError::Certificates { path: path.clone(), reason };
    let found = CertificateDer::pem_file_iter(&path).map_err(|error| failed(error.to_string()))?;
    let found: Result<Vec<_>, _> = found.collect();
    let found = found.map_err(|error| failed(error.to_string()))?;
    let named = if ca.is_some() { found.clone() } else { Vec::new() };
    let trust = Trust::new(found, named).map_err(failed)?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Chains are verified as everywhere. Beyond that, a server may present a certificate that the user
/// named byte for byte, although it says of itself that it is an authority: so does every
/// self-signed certificate that `openssl req -x509` makes.
#[derive(Debug)]
struct Trust {
    chains: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Trusts chains up to `authorities`, and `named` themselves.
    fn new(
        authorities: Vec<CertificateDer<'static>>,
        named: Vec<CertificateDer<'static>>,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        // A bundle may hold certificates that this library does not read; the others are trusted.
        if roots.add_parsable_certificates(authorities).0 == 0 {
            return Err("it holds no certificate that can be trusted".to_owned());
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chains = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
        let chains = chains.build().map_err(|error| error.to_string())?;
        Ok(Self { chains, named })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        presented: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.chains.verify_server_cert(presented, intermediates, name, ocsp, now);
        // Expired ones and those for another name have errors of their own: they stay refused.
        let unusual = matches!(verdict, Err(Error::InvalidCertificate(CertificateError::Other(_))));
        if !unusual || !self.named.iter().any(|named| named == presented) {
            return verdict;
        }
        verify_server_name(&ParsedCertificate::try_from(presented)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

fn system() -> PathBuf {
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        return PathBuf::from(file);
    }
    let found = SYSTEM.iter().find(|path| Path::new(path).is_file());
    PathBuf::from(found.unwrap_or(&SYSTEM[0]))
}

#[cfg(test)]
mod tests;
