//! TLS, with an authority of our own.

use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::*;

/// A server with a certificate for `localhost`; its address, and its authority in PEM.
async fn secure_server() -> (String, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut socket) = acceptor.accept(socket).await else {
                continue;
            };
            let mut some = [0; 4096];
            let _ = socket.read(&mut some).await;
            let text = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 6\r\n\r\nsecure";
            let _ = socket.write_all(text.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    (format!("https://localhost:{port}/"), authority.pem())
}

#[tokio::test]
async fn an_authority_is_trusted_when_it_is_configured_and_not_before() {
    let (uri, authority) = secure_server().await;
    let error = transport().send(post(&uri, "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert!(error.message().contains("certificate"), "{error}");

    let config = TransportConfig::new().with_root_certificate(authority);
    let transport = HttpTransport::new(config).unwrap();
    let response = transport.send(post(&uri, "x")).await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), "secure");

    // The same server by a name that its certificate does not have.
    let by_address = uri.replace("localhost", "127.0.0.1");
    let error = transport.send(post(&by_address, "x")).await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
}
