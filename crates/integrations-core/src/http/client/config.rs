//! How the transport is set up.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// How an [`HttpTransport`](super::HttpTransport) behaves. How long a call may take as a whole is
/// the guard's, not the transport's.
#[derive(Clone)]
#[non_exhaustive]
pub struct TransportConfig {
    /// How long a connection may take, with all that belongs to it: the name's address, TCP, a
    /// proxy's tunnel, and TLS. Default: 10 s.
    pub connect_timeout: Duration,
    /// How long the line may be silent within an answer's body. Default: 30 s.
    pub idle_timeout: Duration,
    /// How long an unused connection is kept. Default: 60 s, below what common load balancers
    /// keep, so that they do not close one just as it is used.
    pub pool_idle_timeout: Duration,
    /// How many unused connections are kept for each host. Default: 32.
    pub pool_max_idle: usize,
    /// How much of an answer is read into memory, in bytes after decompression, where a provider
    /// sets no limit of its own. Default: 16 MiB.
    pub max_answer: u64,
    /// How many redirects are followed. Default: 5.
    pub max_redirects: u32,
    /// What `User-Agent` says. Default: this library and its version.
    pub user_agent: String,
    /// Certificates, in PEM, of authorities that are trusted beside the platform's.
    pub root_certificates: Vec<Bytes>,
    /// Whether `http://` to another machine is allowed. Default: no; to this machine it always is.
    pub plain_http: bool,
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            pool_idle_timeout: Duration::from_secs(60),
            pool_max_idle: 32,
            max_answer: 16 << 20,
            max_redirects: 5,
            user_agent: concat!("integrations/", env!("CARGO_PKG_VERSION")).to_owned(),
            root_certificates: Vec::new(),
            plain_http: false,
        }
    }
}

impl TransportConfig {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a connection may take, a proxy's tunnel and TLS included.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long the line may be silent within an answer's body.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How much of an answer is read into memory, in bytes after decompression.
    #[must_use]
    pub fn with_max_answer(mut self, bytes: u64) -> Self {
        self.max_answer = bytes;
        self
    }

    /// What `User-Agent` says: the application's name and version, as vendors ask for.
    #[must_use]
    pub fn with_user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = agent.into();
        self
    }

    /// Trusts an authority beside the platform's: its certificate (or several) in PEM.
    #[must_use]
    pub fn with_root_certificate(mut self, pem: impl Into<Bytes>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Allows `http://` to other machines, where credentials and bodies can be read by anyone on
    /// the way.
    #[must_use]
    pub fn with_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }
}

impl fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportConfig")
            .field("connect_timeout", &self.connect_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_answer", &self.max_answer)
            .field("user_agent", &self.user_agent)
            .field("root_certificates", &self.root_certificates.len())
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}
