//! Reading: what has no effect at the provider.

use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use ::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::answer::{self, MAX_ANSWER};
use super::client::{Inner, OAuthClient};
use super::operations::USERINFO;
use crate::error::{Error, ErrorKind, Result};
use crate::guard::Operation;
use crate::http::{Body, Refusal, Request, Response};

/// The longest page of a vendor's API that is read, in bytes.
const MAX_PAGE: u64 = 8 << 20;

impl Inner {
    /// Something public, from exactly there: an answer from another origin is not believed.
    pub(super) async fn get(&self, operation: &Operation, url: &Url, limit: u64) -> Result<Bytes> {
        let read = |_| async {
            let request = Request::get_json(url)?;
            let response = self.transport.send(request).await?;
            same_origin(url, &response)?;
            response.accepted().await?.with_limit(limit).bytes().await
        };
        self.guard.run(operation, read).await
    }
}

/// Requests that read JSON.
trait GetJson: Sized {
    fn get_json(url: &Url) -> Result<Self>;
}

impl GetJson for Request {
    fn get_json(url: &Url) -> Result<Self> {
        ::http::Request::get(url.as_str())
            .header(ACCEPT, "application/json")
            .body(Body::empty())
            .map_err(|_| Error::invalid_input("the address is none that can be asked"))
    }
}

fn same_origin(asked: &Url, response: &Response) -> Result<()> {
    let from = Url::parse(&response.uri().to_string()).ok();
    match from.is_some_and(|from| from.origin() == asked.origin()) {
        true => Ok(()),
        false => Err(Error::new(
            ErrorKind::Untrusted,
            "the provider sent us on to another origin for what it says of itself",
        )
        .with_code("foreign_origin")
        .with_advice("check the configured issuer; do not sign anybody in there")),
    }
}

impl OAuthClient {
    /// What the provider's userinfo endpoint says of the token's user (OpenID Connect Core, section
    /// 5.3).
    ///
    /// # Errors
    /// `Unauthenticated` for a token that is expired or revoked; `Unsupported` where there is no
    /// such endpoint or it signs its answers; `Decode` for an answer without a `sub`.
    pub async fn userinfo(&self, token: &SecretString) -> Result<Map<String, Value>> {
        let endpoints = self.endpoints().await?;
        let url = endpoints.userinfo.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                "the provider has no userinfo endpoint",
            )
        })?;
        let read = |_| async {
            let mut request = Request::get_json(url)?;
            request.headers_mut().insert(AUTHORIZATION, bearer(token)?);
            let response = self.inner.transport.send(request).await?;
            let kind = response.header("content-type").unwrap_or_default();
            if kind.starts_with("application/jwt") {
                let text = "the provider signs what it says of users, which is not read";
                return Err(Error::new(ErrorKind::Unsupported, text)
                    .with_advice("have it answer JSON: userinfo_signed_response_alg"));
            }
            let response = response.accepted().await?;
            response.with_limit(MAX_ANSWER).bytes().await
        };
        let body = self
            .inner
            .guard
            .run(&Operation::of(&USERINFO), read)
            .await?;
        let fields = answer::object(&body).map_err(|why| {
            let text = format!("what the provider says of the user cannot be read: {why}");
            Error::new(ErrorKind::Decode, text)
        })?;
        match fields.get("sub").and_then(Value::as_str) {
            Some(subject) if !subject.is_empty() => Ok(fields),
            _ => Err(Error::new(
                ErrorKind::Decode,
                "what the provider says of the user does not say whom it means: `sub` is missing",
            )),
        }
    }
}

/// What a vendor's API answered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Answered {
    /// The headers, where paging and limits are told.
    pub headers: HeaderMap,
    /// The body.
    pub json: Value,
}

/// How a call to a vendor's API is authenticated: a scheme of HTTP (RFC 9110, section 11.1) with
/// what it needs.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum AuthScheme<'a> {
    /// By an access token, as its user (RFC 6750).
    Bearer(&'a SecretString),
    /// By the application's id and secret, as the application (RFC 7617).
    Basic,
}

impl OAuthClient {
    /// Reads JSON from the vendor's API with a token: who somebody is beyond what the protocol says.
    ///
    /// # Errors
    /// Those of the status ([`Refusal::error`]), with the vendor's code and words where there are
    /// some; `Decode` for what is no JSON.
    pub async fn get_json(
        &self,
        operation: &Operation,
        url: &Url,
        token: &SecretString,
        headers: &[(&'static str, &str)],
    ) -> Result<Answered> {
        let method = Method::GET;
        let scheme = AuthScheme::Bearer(token);
        self.api(operation, method, url, scheme, headers, None)
            .await
    }

    /// Asks the vendor's API, with a body of JSON where there is one. An empty answer is `null`.
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json), and `Config` where the application has no secret to be
    /// asked by.
    pub async fn api(
        &self,
        operation: &Operation,
        method: Method,
        url: &Url,
        scheme: AuthScheme<'_>,
        headers: &[(&'static str, &str)],
        body: Option<&Value>,
    ) -> Result<Answered> {
        let credential = match scheme {
            AuthScheme::Bearer(token) => bearer(token)?,
            AuthScheme::Basic => self.basic()?,
        };
        let mut secrets = Vec::new();
        if let AuthScheme::Bearer(token) = scheme {
            secrets.push(token.expose_secret());
        }
        let texts = body.and_then(Value::as_object).into_iter().flatten();
        secrets.extend(texts.filter_map(|(_, value)| value.as_str()));
        let ask = |_| async {
            let mut request = Request::get_json(url)?;
            request.method_mut().clone_from(&method);
            for (name, value) in headers {
                let value = HeaderValue::from_str(value)
                    .map_err(|_| Error::invalid_input("a header has characters that none has"))?;
                request.headers_mut().insert(*name, value);
            }
            request
                .headers_mut()
                .insert(AUTHORIZATION, credential.clone());
            if let Some(body) = body {
                let kind = HeaderValue::from_static("application/json");
                request.headers_mut().insert(CONTENT_TYPE, kind);
                *request.body_mut() = Body::json(body)?;
            }
            let response = self.inner.transport.send(request).await?;
            if !response.status().is_success() {
                let refusal = response.into_refusal().await;
                return Err(refused(&refusal, &secrets));
            }
            let headers = response.headers().clone();
            let response = response.with_limit(MAX_PAGE);
            let json = match response.status() {
                StatusCode::NO_CONTENT => Value::Null,
                _ => response.json().await?,
            };
            Ok(Answered { headers, json })
        };
        self.inner.guard.run(operation, ask).await
    }

    fn basic(&self) -> Result<HeaderValue> {
        let config = &self.inner.config;
        let secret = config.client_secret.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Config, "the application has no secret")
                .with_advice("set `client_secret`: this call is made as the application")
        })?;
        let pair = format!("{}:{}", config.client_id, secret.expose_secret());
        let text = format!("Basic {}", STANDARD.encode(pair));
        let mut value =
            HeaderValue::try_from(text).map_err(|_| Error::internal("base64 is no header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// A refusal with what the vendor says: Google's and Microsoft's `error` object, GitHub's `message`.
/// Words that repeat what was sent are left out.
fn refused(refusal: &Refusal, secrets: &[&str]) -> Error {
    let error = refusal.error();
    let Some(body) = refusal.json::<Value>() else {
        return error;
    };
    let told = body
        .get("error")
        .filter(|told| told.is_object())
        .unwrap_or(&body);
    let text = |name: &str| {
        let text = told.get(name).and_then(Value::as_str);
        text.filter(|text| !answer::repeats(text, secrets))
    };
    let plain = |text: &str, max: usize| -> String {
        text.chars().filter(|c| !c.is_control()).take(max).collect()
    };
    let error = match text("code").or_else(|| text("status")) {
        Some(code) => error.with_code(plain(code, 64)),
        None => error,
    };
    match text("message") {
        Some(message) => error.with_words(&plain(message, 200)),
        None => error,
    }
}

/// The header of a token (RFC 6750, section 2.1), kept out of every log.
pub(super) fn bearer(token: &SecretString) -> Result<HeaderValue> {
    let text = format!("Bearer {}", token.expose_secret());
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Error::invalid_input("the access token has characters that none has"))?;
    value.set_sensitive(true);
    Ok(value)
}
