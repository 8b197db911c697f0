//! The client: one pool of connections, TLS by rustls with aws-lc-rs.

mod config;
mod lively;
mod origins;
mod redirect;

use std::error::Error as StdError;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use ::http::header::{CONTENT_LENGTH, Entry, HeaderMap, HeaderValue, USER_AGENT};
use ::http::uri::PathAndQuery;
use ::http::{Method, Uri};
use bytes::Bytes;
use url::{Host, Url};

pub use config::TransportConfig;
use lively::lively;
use origins::Origins;

use super::body::Kind;
use super::{Body, Request, Response, Transport};
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
    // Not the client's: it would copy it along with its connector, six times for each request.
    user_agent: HeaderValue,
    origins: Arc<Origins>,
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
        let user_agent = HeaderValue::from_str(&config.user_agent).map_err(|error| {
            Error::new(ErrorKind::Config, "the user agent is not valid in a header")
                .with_source(error)
        })?;
        let client = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(config.pool_idle_timeout)
            .pool_max_idle_per_host(config.pool_max_idle)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tls_certs_merge(roots)
            .build()
            .map_err(|error| {
                let text = "the HTTP client cannot be set up (certificates)";
                Error::new(ErrorKind::Config, text).with_source(error)
            })?;
        Ok(Self {
            client,
            config,
            user_agent,
            origins: Arc::default(),
        })
    }

    /// What may be sent where, before anything is.
    fn check(&self, uri: &Uri) -> Result<Url> {
        if let Some(url) = self.origins.url(uri) {
            return Ok(url);
        }
        let url = text(uri)
            .and_then(|text| Url::parse(&text).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| Error::invalid_input("the address is no absolute http or https URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            let text = "the address has a user name in it: credentials belong in a header";
            return Err(Error::invalid_input(text));
        }
        self.check_plain(&url)?;
        self.origins.keep(uri, &url);
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

    /// A request as the client takes it.
    fn made(&self, method: Method, url: Url, headers: HeaderMap, body: Body) -> reqwest::Request {
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        let headers = request.headers_mut();
        if let Entry::Vacant(agent) = headers.entry(USER_AGENT) {
            agent.insert(self.user_agent.clone());
        }
        let body: Option<reqwest::Body> = match body.0 {
            Kind::Bytes(bytes) if bytes.is_empty() => None,
            Kind::Bytes(bytes) => Some(bytes.into()),
            Kind::Stream { stream, length } => {
                if let Some(length) = length {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
                }
                Some(reqwest::Body::wrap_stream(stream))
            }
        };
        *request.body_mut() = body;
        request
    }

    /// Sends a request, and follows where it is sent on to.
    async fn exchange(&self, request: Request) -> Result<Response> {
        #[cfg(feature = "capsule")]
        let told = {
            let reporter = crate::capsule::report(&request);
            |answer| match reporter {
                Some(reporter) => reporter.ended(answer),
                None => answer,
            }
        };
        #[cfg(not(feature = "capsule"))]
        let told = |answer| answer;

        let Sent { answer, uri, again } = match self.begin(request) {
            Ok(sent) => sent,
            Err(error) => return told(Err(error)),
        };
        let answer = match answer.await {
            Ok(answer) => answer,
            Err(error) => return told(Err(not_answered(error))),
        };
        let Some(again) = again.filter(|_| answer.status().is_redirection()) else {
            return told(Ok(self.response(answer, uri)));
        };
        // What is rare is not kept in the future of every call.
        told(Box::pin(self.follow(again, answer, uri)).await)
    }

    /// Puts a request on its way. Not within the future of its exchange, which would have room for
    /// every form of the request.
    fn begin(&self, request: Request) -> Result<Sent<impl Future<Output = Answer> + use<>>> {
        let (parts, body) = request.into_parts();
        let url = self.check(&parts.uri)?;
        // Only bytes can go along to another address; a stream is used up.
        let again = match body.as_bytes() {
            Some(bytes) if redirect::is_safe(&parts.method) => Some(Again {
                method: parts.method.clone(),
                headers: parts.headers.clone(),
                body: bytes.clone(),
            }),
            _ => None,
        };
        let request = self.made(parts.method, url, parts.headers, body);
        Ok(Sent {
            answer: self.client.execute(request),
            uri: parts.uri,
            again,
        })
    }

    /// Goes on with what was answered by a redirect.
    async fn follow(
        &self,
        mut again: Again,
        mut answer: reqwest::Response,
        mut uri: Uri,
    ) -> Result<Response> {
        let mut hops = 0;
        loop {
            let (status, from) = (answer.status(), answer.url());
            let Some(to) = redirect::target(&again.method, from, status, answer.headers())? else {
                return Ok(self.response(answer, uri));
            };
            hops += 1;
            if hops > self.config.max_redirects {
                let text = format!("more than {} redirects", self.config.max_redirects);
                return Err(Error::new(ErrorKind::Config, text));
            }
            self.check_plain(&to)?;
            redirect::carry(&mut again.headers, &from.origin(), &to.origin());
            let next = redirect::next_method(&again.method, status);
            if next != again.method {
                again.body = Bytes::new();
            }
            uri = to.as_str().parse().unwrap_or_default();
            again.method = next;
            let Again {
                method,
                headers,
                body,
            } = again.clone();
            let request = self.made(method, to, headers, body.into());
            answer = self.client.execute(request).await.map_err(not_answered)?;
        }
    }

    fn response(&self, mut answer: reqwest::Response, uri: Uri) -> Response {
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        let body = lively(answer.bytes_stream(), self.config.idle_timeout);
        Response::new(status, headers, uri, ByteStream::new(body))
            .with_limit(self.config.max_answer)
    }
}

impl Transport for HttpTransport {
    // What `async_trait` makes of it, without a future around the future.
    fn send<'a, 'exchange>(
        &'a self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'exchange>>
    where
        'a: 'exchange,
        Self: 'exchange,
    {
        Box::pin(self.exchange(request))
    }
}

type Answer = reqwest::Result<reqwest::Response>;

/// A request on its way.
struct Sent<F> {
    answer: F,
    uri: Uri,
    again: Option<Again>,
}

/// What can be sent once more, to another address.
#[derive(Clone)]
struct Again {
    method: Method,
    headers: HeaderMap,
    body: Bytes,
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

/// An absolute address as a text, in one piece.
fn text(uri: &Uri) -> Option<String> {
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let parts = [scheme, "://", authority, path];
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| text.push_str(part));
    Some(text)
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
