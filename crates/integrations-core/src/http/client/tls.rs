//! What is trusted, and how TLS is spoken.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use super::TransportConfig;
use crate::error::{Error, ErrorKind, Result};

/// TLS to origins and to proxies.
#[derive(Clone)]
pub(super) struct Tls {
    /// HTTP/2 where the origin speaks it, else HTTP/1.1.
    pub(super) origin: Arc<ClientConfig>,
    /// HTTP/1.1: tunnels and requests with the whole address are defined in it.
    pub(super) proxy: Arc<ClientConfig>,
}

impl Tls {
    /// Trusts what the platform trusts, and the authorities of the configuration beside it.
    pub(super) fn new(config: &TransportConfig) -> Result<Self> {
        let roots = roots(config)?;
        // An application may have chosen one for its whole process.
        let provider = CryptoProvider::get_default()
            .cloned()
            .unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
        let verifier = match roots.is_empty() {
            true => Verifier::new(provider.clone()),
            false => Verifier::new_with_extra_roots(roots, provider.clone()),
        };
        let verifier = verifier.map_err(not_set_up)?;
        let mut proxy = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(not_set_up)?
            // Dangerous is what a verifier can be; this one is the platform's.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        proxy.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut origin = proxy.clone();
        origin.alpn_protocols.insert(0, b"h2".to_vec());
        Ok(Self {
            origin: Arc::new(origin),
            proxy: Arc::new(proxy),
        })
    }
}

fn roots(config: &TransportConfig) -> Result<Vec<CertificateDer<'static>>> {
    let mut roots = Vec::new();
    for pem in &config.root_certificates {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let read = read.ok().filter(|certificates| !certificates.is_empty());
        roots.extend(read.ok_or_else(|| {
            Error::new(ErrorKind::Config, "a root certificate is not in PEM form")
        })?);
    }
    Ok(roots)
}

fn not_set_up(error: rustls::Error) -> Error {
    let text = "the HTTP client cannot be set up (certificates)";
    Error::new(ErrorKind::Config, text).with_source(error)
}
