//! One request to the server, and its answer in memory.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use http::{Method, StatusCode};
use integrations_core::guard::{Guard, Operation};
use integrations_core::http::{Body, Refusal, Transport};
use integrations_core::{Effect, Error, ErrorKind, Result};
use url::Url;

use crate::auth::{Auth, Next, Shown};
use crate::dav::multistatus::{Multistatus, precondition};

/// The most that is read of an answer: a calendar of many years, with all its alarms and zones.
const MAX_ANSWER: u64 = 64 << 20;

const XML: &str = "application/xml; charset=utf-8";
const ICS: &str = "text/calendar; charset=utf-8";

/// A request that can be sent again.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Call {
    /// A request of HTTP or WebDAV.
    pub(crate) fn new(method: &'static str, url: &Url) -> Self {
        let method = match Method::from_bytes(method.as_bytes()) {
            Ok(method) => method,
            // The names of this crate's own requests are methods.
            Err(_) => Method::GET,
        };
        Self {
            method,
            url: url.clone(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds a header where there is a value.
    pub(crate) fn header_if(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    pub(crate) fn xml(mut self, body: String) -> Self {
        self.body = body.into();
        self.header("content-type", XML)
    }

    pub(crate) fn ics(mut self, body: String) -> Self {
        self.body = body.into();
        self.header("content-type", ICS)
    }

    /// For all resources below, this one alone, or these next to it (RFC 4918, section 10.2).
    pub(crate) fn depth(self, depth: &'static str) -> Self {
        self.header("depth", depth)
    }
}

/// An answer with a status of success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn multistatus(&self) -> Result<Multistatus> {
        if self.status != StatusCode::MULTI_STATUS {
            let text = format!("answered {} and no multistatus", self.status.as_u16());
            return Err(Error::new(ErrorKind::Decode, text)
                .with_status(self.status.as_u16())
                .with_advice("check that the address is that of a CalDAV server"));
        }
        Multistatus::read(&self.body, &self.url)
    }
}

/// Speaks WebDAV as one account.
#[derive(Debug, Clone)]
pub(crate) struct Dav {
    transport: Arc<dyn Transport>,
    guard: Guard,
    auth: Arc<Auth>,
    /// The hosts, with scheme and port, that may see the credentials.
    trusted: Arc<Vec<url::Origin>>,
}

impl Dav {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        auth: Auth,
        trusted: Vec<url::Origin>,
    ) -> Self {
        Self {
            transport,
            guard: Guard::default(),
            auth: Arc::new(auth),
            trusted: Arc::new(trusted),
        }
    }

    pub(crate) fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    pub(crate) fn with_auth(mut self, auth: Auth) -> Self {
        self.auth = Arc::new(auth);
        self
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Shows who the account is to a server that has not asked. False when that changes nothing.
    pub(crate) fn come_forward(&self) -> bool {
        self.auth.come_forward()
    }

    pub(crate) fn trusts(&self, url: &Url) -> bool {
        self.trusted.contains(&url.origin())
    }

    /// Runs one request under the guard.
    ///
    /// # Errors
    /// The refusal, with the name of its condition as code; what the line does.
    pub(crate) async fn run(&self, operation: &Operation, call: &Call) -> Result<Reply> {
        let attempt = |_| self.attempt(call);
        self.guard.run(operation, attempt).await
    }

    /// Sends a request once, or once more when it is asked who sends it.
    pub(crate) async fn attempt(&self, call: &Call) -> Result<Reply> {
        if !self.trusts(&call.url) {
            return Err(untrusted(&call.url));
        }
        // Twice for a server that offers more than one way, one after the other.
        for _ in 0..2 {
            let (refusal, shown) = match self.send(call).await? {
                Ok(reply) => return Ok(reply),
                Err(refused) => refused,
            };
            if refusal.status != StatusCode::UNAUTHORIZED {
                return Err(said(&refusal));
            }
            if let Next::Refused = self
                .auth
                .refused(&shown, &refusal.headers, &call.url)
                .await?
            {
                return Err(said(&refusal));
            }
        }
        match self.send(call).await? {
            Ok(reply) => Ok(reply),
            Err((refusal, _)) => Err(said(&refusal)),
        }
    }

    async fn send(&self, call: &Call) -> Result<Result<Reply, (Refusal, Shown)>> {
        let (proof, shown) = self.auth.header(call.method.as_str(), &call.url).await?;
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(call.url.as_str());
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if let Some(proof) = proof {
            request = request.header(AUTHORIZATION, proof);
        }
        let request = request
            .body(Body::from(call.body.clone()))
            .map_err(|_| Error::invalid_input("the request has a value that no header can have"))?;
        let response = self.transport.send(request).await?.with_limit(MAX_ANSWER);
        let url = Url::parse(&response.uri().to_string())
            .map_err(|_| Error::new(ErrorKind::Decode, "the answer came from nowhere"))?;
        // The transport left the credentials behind on the way to another host.
        if !self.trusts(&url) {
            return Err(untrusted(&url));
        }
        if !response.status().is_success() {
            return Ok(Err((response.into_refusal().await, shown)));
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?;
        if call.method != Method::OPTIONS && is_page(status, &headers, &body) {
            return Err(page(status));
        }
        Ok(Ok(Reply {
            status,
            headers,
            url,
            body,
        }))
    }
}

/// Whether it is a page for people. What stands before a server (a captive portal, a proxy that asks
/// for a sign-in) answers 200 with one and passes nothing on, so that it must not be taken for the
/// server's consent. 201 is left out, because Apache makes a page of what it says of a `PUT` that it
/// did, and so is an empty one, because PHP calls those HTML too.
fn is_page(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.unwrap_or_default().trim_start().to_ascii_lowercase();
    let html = kind.starts_with("text/html") || kind.contains("xhtml");
    status == StatusCode::OK && html && !body.is_empty()
}

fn page(status: StatusCode) -> Error {
    let text = "answered with a page of HTML, which no CalDAV server does";
    Error::new(ErrorKind::Decode, text)
        .with_status(status.as_u16())
        .with_effect(Effect::Unknown)
        .with_advice(
            "see what stands before the server: a proxy, or a network that asks for a sign-in",
        )
}

/// A refusal, with the condition that the body names.
fn said(refusal: &Refusal) -> Error {
    let error = refusal.error();
    let error = match precondition(&refusal.body) {
        Some(condition) => error.with_code(condition),
        None => error,
    };
    match refusal.status.as_u16() {
        401 => error.with_advice(
            "check the name and password; many services want a password made for applications",
        ),
        _ => error,
    }
}

fn untrusted(url: &Url) -> Error {
    let host = url.origin().ascii_serialization();
    Error::new(
        ErrorKind::Untrusted,
        format!("the server leads to {host}, which is not to see the credentials"),
    )
    .with_effect(Effect::NotApplied)
    .with_advice("if that host belongs to the service, add it to `hosts`")
}
