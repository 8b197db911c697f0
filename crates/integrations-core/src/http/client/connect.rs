//! How a connection is made: straight to the origin, or through a proxy of the environment.
//!
//! | to | through a proxy |
//! |---|---|
//! | `http` | requests with the whole address and `Proxy-Authorization` (RFC 9112, section 3.2.2) |
//! | `https` | a tunnel by `CONNECT` (RFC 9110, section 9.3.6), and TLS with the origin within it |
//!
//! The credentials of a proxy are in `CONNECT`, or beside each request over `http`; what goes
//! through a tunnel never has them. All of a connection, the name's address, TCP, the tunnel and
//! TLS, has one time limit.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Uri;
use ::http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::line::{Kind, Line};
use super::tls::Tls;

type Fault = Box<dyn StdError + Send + Sync>;

/// How often the system asks whether the other end of a silent connection is still there, and
/// after how many questions without an answer it is not.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_PROBES: u32 = 3;

/// How long what was sent may stay unacknowledged, where the system can be told (RFC 5482).
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Makes connections for the pool. Cheap to clone, which the pool does for each request.
#[derive(Clone)]
pub(super) struct Connector(Arc<Inner>);

struct Inner {
    tcp: HttpConnector,
    tls: Tls,
    proxies: Arc<Matcher>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(tls: Tls, proxies: Arc<Matcher>, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(KEEPALIVE_PROBES));
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Self(Arc::new(Inner {
            tcp,
            tls,
            proxies,
            limit,
        }))
    }

    async fn within_the_limit(self, to: Uri) -> Result<Line, Fault> {
        match tokio::time::timeout(self.0.limit, self.connect(to)).await {
            Ok(made) => made,
            Err(_) => Err(TimedOut.into()),
        }
    }

    async fn connect(&self, to: Uri) -> Result<Line, Fault> {
        let secure = to.scheme() == Some(&Scheme::HTTPS);
        match (self.0.proxies.intercept(&to), secure) {
            (None, _) => self.straight(to, &self.0.tls.origin, Kind::Plain).await,
            (Some(proxy), false) => self.to_proxy(proxy.uri().clone(), Kind::Proxy).await,
            (Some(proxy), true) => self.tunnelled(to, proxy).await,
        }
    }

    /// TCP, and TLS over it where the address is `https`.
    async fn straight(&self, to: Uri, tls: &Arc<ClientConfig>, kind: Kind) -> Result<Line, Fault> {
        let name = match to.scheme() == Some(&Scheme::HTTPS) {
            true => Some(server_name(&to)?),
            false => None,
        };
        let socket = self.0.tcp.clone().call(to).await?;
        match name {
            Some(name) => encrypted(socket.into_inner(), tls, name, kind).await,
            None => Ok(Line::new(socket, kind)),
        }
    }

    async fn to_proxy(&self, proxy: Uri, kind: Kind) -> Result<Line, Fault> {
        if !matches!(proxy.scheme_str(), Some("http" | "https")) {
            return Err("the proxy's address in the environment is not http or https".into());
        }
        self.straight(proxy, &self.0.tls.proxy, kind).await
    }

    async fn tunnelled(&self, to: Uri, proxy: Intercept) -> Result<Line, Fault> {
        let name = server_name(&to)?;
        let mut tunnel = Tunnel::new(proxy.uri().clone(), ToProxy(self.clone()));
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let through = TokioIo::new(tunnel.call(to).await?);
        encrypted(through, &self.0.tls.origin, name, Kind::Plain).await
    }
}

/// TLS over what connects. `kind` is what it is where ALPN does not find HTTP/2.
async fn encrypted<S>(
    socket: S,
    tls: &Arc<ClientConfig>,
    name: ServerName<'static>,
    kind: Kind,
) -> Result<Line, Fault>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let stream = TlsConnector::from(tls.clone())
        .connect(name, socket)
        .await?;
    let kind = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Kind::H2,
        _ => kind,
    };
    Ok(Line::new(TokioIo::new(stream), kind))
}

/// Whom the certificate has to be for.
fn server_name(to: &Uri) -> Result<ServerName<'static>, Fault> {
    let host = to.host().unwrap_or_default();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    Ok(ServerName::try_from(bare.unwrap_or(host).to_owned())?)
}

type Connecting = Pin<Box<dyn Future<Output = Result<Line, Fault>> + Send>>;

impl Service<Uri> for Connector {
    type Response = Line;
    type Error = Fault;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Connecting {
        Box::pin(self.clone().within_the_limit(to))
    }
}

/// What a tunnel goes over. Its time is within that of the whole connection.
struct ToProxy(Connector);

impl Service<Uri> for ToProxy {
    type Response = Line;
    type Error = Fault;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, proxy: Uri) -> Connecting {
        let connector = self.0.clone();
        Box::pin(async move { connector.to_proxy(proxy, Kind::Plain).await })
    }
}

/// A connection took longer than it may.
#[derive(Debug)]
pub(super) struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection within the time for it")
    }
}

impl StdError for TimedOut {}
