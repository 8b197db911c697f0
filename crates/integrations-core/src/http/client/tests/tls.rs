//! TLS, with an authority of our own.

use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::*;

/// Serves each connection to a certificate for `localhost`, offering these protocols by ALPN. Its
/// address, and its authority in PEM.
pub(super) async fn secured<F>(
    protocols: &[&str],
    serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
) -> (String, String)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            if let Ok(socket) = acceptor.accept(socket).await {
                tokio::spawn(serve(socket));
            }
        }
    });
    (format!("https://localhost:{port}/"), authority.pem())
}

/// What a server over TLS has read.
pub(super) type Seen = Arc<Mutex<Vec<String>>>;

/// A server that answers each request on a connection of its own; its address, its authority, and
/// what it read.
pub(super) async fn secure_server() -> (String, String, Seen) {
    let seen = Seen::default();
    let into = seen.clone();
    let (uri, authority) = secured(&[], move |mut socket| {
        let into = into.clone();
        async move {
            let mut some = [0; 4096];
            let read = socket.read(&mut some).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&some[..read]).into_owned();
            into.lock().unwrap().push(text);
            let text = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 6\r\n\r\nsecure";
            let _ = socket.write_all(text.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    })
    .await;
    (uri, authority, seen)
}

#[tokio::test]
async fn an_authority_is_trusted_when_it_is_configured_and_not_before() {
    let (uri, authority, _) = secure_server().await;
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

/// A server that reads one piece and never says a word; its port, and when it has read.
async fn silent() -> (u16, oneshot::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut some = vec![0; 4096];
        let read = socket.read(&mut some).await.unwrap();
        some.truncate(read);
        tell.send(some).unwrap();
        std::future::pending::<()>().await;
    });
    (port, told)
}

/// The error of a request whose connection came as far as `read` and no further.
async fn unfinished(
    transport: HttpTransport,
    uri: String,
    read: oneshot::Receiver<Vec<u8>>,
) -> (Error, Vec<u8>) {
    let sending = tokio::spawn(async move { transport.send(post(&uri, "x")).await });
    let read = read.await.unwrap();
    // From here on time passes only where nothing else is left to do.
    tokio::time::pause();
    let limit = TransportConfig::new().connect_timeout * 2;
    let answer = tokio::time::timeout(limit, sending).await;
    (answer.unwrap().unwrap().unwrap_err(), read)
}

#[tokio::test]
async fn the_time_of_a_connection_covers_tls() {
    let (port, read) = silent().await;
    let uri = format!("https://localhost:{port}/");
    let (error, read) = unfinished(transport(), uri, read).await;
    // RFC 8446, section 5.1: a record of the handshake, so TCP was through.
    assert_eq!(read.first(), Some(&22));
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert!(error.message().contains("nothing was sent"), "{error}");
}

#[tokio::test]
async fn the_time_of_a_connection_covers_the_tunnel_of_a_proxy() {
    let (port, read) = silent().await;
    let proxies = Matcher::builder()
        .all(format!("http://127.0.0.1:{port}"))
        .build();
    let transport = HttpTransport::with_proxies(TransportConfig::new(), proxies).unwrap();
    let uri = "https://api.example.com/".to_owned();
    let (error, read) = unfinished(transport, uri, read).await;
    assert!(read.starts_with(b"CONNECT api.example.com:443 HTTP/1.1\r\n"));
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
}
