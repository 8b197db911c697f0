//! The client: hyper's pool of connections, TLS by rustls with aws-lc-rs.
//!
//! What hyper does not do is here, a file for each: which origins may be asked and how their
//! addresses are written ([`origins`]), how a connection is made and proxies are gone through
//! ([`connect`]), what is trusted ([`tls`]), gzip ([`gzip`]), silence ([`lively`]), redirects
//! ([`redirect`]), and what is known when no answer came ([`unanswered`]).

mod config;
mod connect;
mod gzip;
mod line;
mod lively;
mod origins;
mod outgoing;
mod redirect;
mod tls;
mod unanswered;

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use ::http::header::{
    ACCEPT, CONTENT_LENGTH, Entry, HeaderMap, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT,
};
use ::http::uri::{PathAndQuery, Scheme};
use ::http::{Method, Uri};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper_util::client::legacy::{self, Client, ResponseFuture};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::{Host, Url};

pub use config::TransportConfig;
use connect::Connector;
use lively::lively;
use origins::{Origins, Target};
use outgoing::{Chunks, Outgoing};
use tls::Tls;
use unanswered::{never_began, not_answered, origin};

use super::body::Kind;
use super::{Body, Request, Response, Transport};
use crate::ByteStream;
use crate::error::{Error, ErrorKind, Result};

/// How often a request is sent again that a server refused before it began.
const REPEATS: u32 = 2;

/// The transport of production: a pool of connections over HTTP/1.1 and HTTP/2, TLS by rustls.
/// Cheap to clone; clones share the pool, and one application needs only one.
///
/// Redirects of requests that only read are followed; credentials and other headers that are not
/// known to be harmless stay behind when they lead to another origin. Proxies are taken from the
/// environment when it is made (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, or the same
/// in small letters; none where `REQUEST_METHOD` is set, as for a CGI program, to which anybody
/// can send a header `Proxy`). Answers in gzip are asked for and decompressed, unless the request
/// is for a part (`Range`).
///
/// Two kinds of requests are sent again that never began, which is not a second attempt in the
/// sense of the guard:
///
/// - The pool takes another connection where a kept one was closed before any byte of the request
///   was written to it, whatever the body is.
/// - A request over HTTP/2 that the server refused before processing (`REFUSED_STREAM`, or a
///   `GOAWAY` without an error that leaves it out: RFC 9113, section 8.7) is repeated twice at
///   most, where its body is bytes. A stream is used up by then.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: Client<Connector, Outgoing>,
    config: TransportConfig,
    user_agent: HeaderValue,
    origins: Arc<Origins>,
    proxies: Arc<Matcher>,
}

impl HttpTransport {
    /// Makes the pool. Sends nothing.
    ///
    /// # Errors
    /// `Config` for a certificate that cannot be read, a user agent that is no header, or a
    /// platform without trusted certificates.
    pub fn new(config: TransportConfig) -> Result<Self> {
        Self::with_proxies(config, Matcher::from_env())
    }

    fn with_proxies(config: TransportConfig, proxies: Matcher) -> Result<Self> {
        let tls = Tls::new(&config)?;
        let user_agent = HeaderValue::from_str(&config.user_agent).map_err(|error| {
            Error::new(ErrorKind::Config, "the user agent is not valid in a header")
                .with_source(error)
        })?;
        let proxies = Arc::new(proxies);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.pool_idle_timeout)
            .pool_max_idle_per_host(config.pool_max_idle)
            .build(Connector::new(tls, proxies.clone(), config.connect_timeout));
        Ok(Self {
            client,
            config,
            user_agent,
            origins: Arc::default(),
            proxies,
        })
    }

    /// What may be sent where, before anything is: the address as it is sent.
    fn check(&self, uri: &Uri) -> Result<Target> {
        if let Some(target) = self.origins.target(uri) {
            return Ok(target);
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
        let target = self.target(&url)?;
        self.origins.keep(uri, &target);
        Ok(target)
    }

    fn check_plain(&self, url: &Url) -> Result<()> {
        if url.scheme() == "https" || self.config.plain_http || is_this_machine(url) {
            return Ok(());
        }
        let text = format!("{} is not encrypted", origin(url));
        let advice = "use https, or allow plain http in the transport's configuration";
        Err(Error::new(ErrorKind::Config, text).with_advice(advice))
    }

    /// An address that was read whole, as it is sent.
    fn target(&self, url: &Url) -> Result<Target> {
        let uri: Uri = url.as_str().parse().map_err(|_| {
            let text = "the request cannot be sent: a header or the address is not valid";
            Error::invalid_input(text)
        })?;
        let credentials = match uri.scheme() == Some(&Scheme::HTTP) {
            true => self.proxies.intercept(&uri),
            // They are for the tunnel, and not for what goes through it.
            false => None,
        };
        let credentials = credentials.and_then(|proxy| proxy.basic_auth().cloned());
        Ok(Target { uri, credentials })
    }

    /// A request as the client takes it.
    fn made(
        &self,
        method: Method,
        target: Target,
        mut headers: HeaderMap,
        body: Body,
    ) -> ::http::Request<Outgoing> {
        if let Entry::Vacant(agent) = headers.entry(USER_AGENT) {
            agent.insert(self.user_agent.clone());
        }
        if let Entry::Vacant(accept) = headers.entry(ACCEPT) {
            accept.insert(HeaderValue::from_static("*/*"));
        }
        gzip::ask(&mut headers);
        if let Some(credentials) = target.credentials {
            headers.entry(PROXY_AUTHORIZATION).or_insert(credentials);
        }
        if let Kind::Stream { length, .. } = body.0
            && let Some(length) = length
        {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        let mut request = ::http::Request::new(Outgoing::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = target.uri;
        *request.headers_mut() = headers;
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
        let mut answer = answer.await;
        // What is rare is not kept in the future of every call.
        if let (Err(error), Some(again)) = (&answer, &again)
            && never_began(error)
        {
            answer = match self.check(&uri) {
                Ok(target) => Box::pin(self.repeat(again, target)).await,
                Err(error) => return told(Err(error)),
            };
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return told(Err(not_answered(error, &uri))),
        };
        let Some(again) = again.filter(|_| answer.status().is_redirection()) else {
            return told(Ok(self.response(answer, uri)));
        };
        told(Box::pin(self.follow(again, answer, uri)).await)
    }

    /// Puts a request on its way. Not within the future of its exchange, which would have room for
    /// every form of the request.
    fn begin(&self, request: Request) -> Result<Sent> {
        let (parts, body) = request.into_parts();
        let target = self.check(&parts.uri)?;
        // Only bytes can be sent once more; a stream is used up. Over `http` there is no HTTP/2,
        // whose servers refuse streams.
        let again = match body.as_bytes() {
            Some(bytes)
                if redirect::is_safe(&parts.method)
                    || target.uri.scheme() == Some(&Scheme::HTTPS) =>
            {
                Some(Again {
                    method: parts.method.clone(),
                    headers: parts.headers.clone(),
                    body: bytes.clone(),
                })
            }
            _ => None,
        };
        let request = self.made(parts.method, target, parts.headers, body);
        Ok(Sent {
            answer: self.client.request(request),
            uri: parts.uri,
            again,
        })
    }

    /// Sends a request once more that never began.
    async fn repeat(&self, again: &Again, target: Target) -> Answer {
        let mut repeats = 1;
        loop {
            let answer = self.client.request(self.once_more(again, target.clone()));
            match answer.await {
                Err(error) if repeats < REPEATS && never_began(&error) => repeats += 1,
                answer => return answer,
            }
        }
    }

    fn once_more(&self, again: &Again, target: Target) -> ::http::Request<Outgoing> {
        let Again {
            method,
            headers,
            body,
        } = again.clone();
        self.made(method, target, headers, body.into())
    }

    /// Goes on with what was answered by a redirect.
    async fn follow(
        &self,
        mut again: Again,
        mut answer: ::http::Response<Incoming>,
        mut uri: Uri,
    ) -> Result<Response> {
        let mut hops = 0;
        loop {
            let status = answer.status();
            let Some((from, to)) = self.next(&again.method, &uri, &answer)? else {
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
            again.method = next;
            let target = self.target(&to)?;
            uri = target.uri.clone();
            let request = self.once_more(&again, target.clone());
            let mut next = self.client.request(request).await;
            if next.as_ref().is_err_and(never_began) {
                next = self.repeat(&again, target).await;
            }
            answer = next.map_err(|error| not_answered(error, &uri))?;
        }
    }

    /// From where to where an answer sends the request, if it does.
    fn next(
        &self,
        method: &Method,
        uri: &Uri,
        answer: &::http::Response<Incoming>,
    ) -> Result<Option<(Url, Url)>> {
        let from = text(uri).and_then(|text| Url::parse(&text).ok());
        // It was sent there.
        let Some(from) = from else {
            return Ok(None);
        };
        let to = redirect::target(method, &from, answer.status(), answer.headers())?;
        Ok(to.map(|to| (from, to)))
    }

    fn response(&self, answer: ::http::Response<Incoming>, uri: Uri) -> Response {
        let (mut parts, body) = answer.into_parts();
        let body = lively(Chunks(body), self.config.idle_timeout);
        let body = match gzip::is_coded(parts.status, &mut parts.headers) {
            true => gzip::decoded(body),
            false => ByteStream::new(body),
        };
        Response::new(parts.status, parts.headers, uri, body).with_limit(self.config.max_answer)
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

type Answer = Result<::http::Response<Incoming>, legacy::Error>;

/// A request on its way.
struct Sent {
    answer: ResponseFuture,
    uri: Uri,
    again: Option<Again>,
}

/// What can be sent once more: where it is sent on to, or to where it never began.
#[derive(Clone)]
struct Again {
    method: Method,
    headers: HeaderMap,
    body: Bytes,
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
