//! The client: one pool of connections, TLS by rustls with aws-lc-rs.

mod config;
mod redirect;

use std::error::Error as StdError;
use std::net::IpAddr;
use std::time::Duration;

use ::http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};
use ::http::{Method, Uri};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{Stream, stream};
use url::{Host, Url};

pub use config::TransportConfig;

use super::body::Kind;
use super::{Body, Request, Response, Transport, reported};
use crate::ByteStream;
use crate::error::{Effect, Error, ErrorKind, Result};

/// The transport of production: a pool of connections over HTTP/1.1 and HTTP/2, TLS by rustls.
/// Cheap to clone; clones share the pool, and one application needs only one.
///
/// Redirects of requests that only read are followed; credentials and other headers that are not
/// known to be harmless stay behind when they lead to another origin. Proxies are taken from the
/// environment (`HTTPS_PROXY`, `NO_PROXY`). Answers in gzip are decompressed.
///
/// HTTP/2 requests that the server refused before processing (`REFUSED_STREAM`, `GOAWAY`: RFC
/// 9113, section 8.7) are sent again by the connection pool, twice at most: that is not a second
/// attempt in the sense of the guard, because the first never began.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    config: TransportConfig,
}

impl HttpTransport {
    /// Makes the pool. Sends nothing.
    ///
    /// # Errors
    /// `Config` for a certificate that cannot be read, a user agent that is no header, or a
    /// platform without trusted certificates.
    pub fn new(config: TransportConfig) -> Result<Self> {
        let mut roots = Vec::new();
        for pem in &config.root_certificates {
            let read = reqwest::Certificate::from_pem_bundle(pem).ok();
            let read = read.filter(|certificates| !certificates.is_empty());
            roots.extend(read.ok_or_else(|| {
                Error::new(ErrorKind::Config, "a root certificate is not in PEM form")
            })?);
        }
        let client = reqwest::Client::builder()
            .user_agent(&config.user_agent)
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(config.pool_idle_timeout)
            .pool_max_idle_per_host(config.pool_max_idle)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tls_certs_merge(roots)
            .build()
            .map_err(|error| {
                let text = "the HTTP client cannot be set up (user agent, certificates)";
                Error::new(ErrorKind::Config, text).with_source(error)
            })?;
        Ok(Self { client, config })
    }

    /// What may be sent where, before anything is.
    fn check(&self, uri: &Uri) -> Result<Url> {
        let url = Url::parse(&uri.to_string())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| Error::invalid_input("the address is no absolute http or https URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            let text = "the address has a user name in it: credentials belong in a header";
            return Err(Error::invalid_input(text));
        }
        self.check_plain(&url)?;
        Ok(url)
    }

    fn check_plain(&self, url: &Url) -> Result<()> {
        if url.scheme() == "https" || self.config.plain_http || is_this_machine(url) {
            return Ok(());
        }
        let text = format!("{} is not encrypted", origin(url));
        let advice = "use https, or allow plain http in the transport's configuration";
        Err(Error::new(ErrorKind::Config, text).with_advice(advice))
    }

    async fn send_one(
        &self,
        method: &Method,
        url: Url,
        headers: HeaderMap,
        body: Body,
    ) -> Result<reqwest::Response> {
        let mut request = self.client.request(method.clone(), url);
        request = request.headers(headers);
        request = match body.0 {
            Kind::Bytes(bytes) if bytes.is_empty() => request,
            Kind::Bytes(bytes) => request.body(bytes),
            Kind::Stream { stream, length } => {
                if let Some(length) = length {
                    request = request.header(CONTENT_LENGTH, HeaderValue::from(length));
                }
                request.body(reqwest::Body::wrap_stream(stream))
            }
        };
        request.send().await.map_err(not_answered)
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response> {
        reported(request, |request| self.exchange(request)).await
    }
}

impl HttpTransport {
    /// Sends a request, and follows where it is sent on to.
    async fn exchange(&self, request: Request) -> Result<Response> {
        let (parts, mut body) = request.into_parts();
        let (mut method, mut headers) = (parts.method, parts.headers);
        let mut url = self.check(&parts.uri)?;
        let mut uri = parts.uri;
        let mut hops = 0;
        loop {
            // Only bytes can go along to another address; a stream is used up.
            let again = body.as_bytes().cloned();
            let answer = self.send_one(&method, url, headers.clone(), body).await?;
            let (status, from) = (answer.status(), answer.url());
            let to = match &again {
                Some(_) => redirect::target(&method, from, status, answer.headers())?,
                None => None,
            };
            let (Some(to), Some(bytes)) = (to, again) else {
                return Ok(self.response(answer, uri));
            };
            hops += 1;
            if hops > self.config.max_redirects {
                let text = format!("more than {} redirects", self.config.max_redirects);
                return Err(Error::new(ErrorKind::Config, text));
            }
            self.check_plain(&to)?;
            redirect::carry(&mut headers, &from.origin(), &to.origin());
            let next = redirect::next_method(&method, status);
            body = match next == method {
                true => bytes.into(),
                false => Body::empty(),
            };
            uri = to.as_str().parse().unwrap_or_default();
            (method, url) = (next, to);
        }
    }

    fn response(&self, mut answer: reqwest::Response, uri: Uri) -> Response {
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        let body = ByteStream::new(lively(answer, self.config.idle_timeout));
        Response::new(status, headers, uri, body).with_limit(self.config.max_answer)
    }
}

/// An answer's body that ends with an error when the line falls silent. Only the reader's waiting
/// counts: who reads slowly is not cut off.
fn lively(
    answer: reqwest::Response,
    idle: Duration,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    stream::unfold(Some(answer), move |answer| async move {
        let mut answer = answer?;
        match tokio::time::timeout(idle, answer.chunk()).await {
            Ok(Ok(Some(chunk))) => Some((Ok(chunk), Some(answer))),
            Ok(Err(error)) => {
                let text = "the answer broke off";
                let error = Error::new(ErrorKind::Network, text).with_source(error.without_url());
                Some((Err(error), None))
            }
            Ok(Ok(None)) => None,
            Err(_) => {
                let text = format!("the answer fell silent for {idle:?}");
                Some((Err(Error::new(ErrorKind::Timeout, text)), None))
            }
        }
    })
}

/// What is known when no answer came.
fn not_answered(error: reqwest::Error) -> Error {
    let host = error.url().map_or_else(|| "the server".to_owned(), origin);
    let (kind, effect, text) = if error.is_builder() {
        let text = "the request cannot be sent: a header or the address is not valid".to_owned();
        (ErrorKind::InvalidInput, Effect::NotApplied, text)
    } else if error.is_connect() {
        let (kind, why) = match error.is_timeout() {
            true => (ErrorKind::Timeout, "within the time for it".to_owned()),
            false => (ErrorKind::Network, innermost(&error)),
        };
        let text = format!("no connection to {host}: {why}; nothing was sent");
        (kind, Effect::NotApplied, text)
    } else if error.is_timeout() {
        let text = format!("{host} did not answer in time");
        (ErrorKind::Timeout, Effect::Unknown, text)
    } else {
        let text = format!("the connection to {host} broke before an answer came");
        (ErrorKind::Network, Effect::Unknown, text)
    };
    Error::new(kind, text)
        .with_effect(effect)
        .with_source(error.without_url())
}

/// The reason at the bottom of an error of connecting: the system's or the TLS library's, which
/// never has anything of the request in it.
fn innermost(error: &reqwest::Error) -> String {
    let mut deepest: &dyn StdError = error;
    while let Some(next) = deepest.source() {
        deepest = next;
    }
    super::response::printable(&deepest.to_string())
}

/// Scheme, host and port: what an error may show of an address. Paths and queries hold secrets.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        // RFC 6761, section 6.3.
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests;
