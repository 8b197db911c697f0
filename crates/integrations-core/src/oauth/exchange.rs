//! The `oauth2` crate without an HTTP client: it says what is sent and what an answer means, and
//! the transport sends it in between, under the guard.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ErrorResponse, HttpRequest,
    HttpResponse, RequestTokenError, SyncHttpClient, TokenUrl,
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use url::Url;

use super::answer::{self, MAX_ANSWER};
use super::client::{ClientAuthentication, OAuthClient};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::guard::Operation;
use crate::http::{Body, Refusal, Request};

/// The crate's client with a token endpoint.
pub(super) type Crate =
    BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Keeps the request that would be sent.
#[derive(Default)]
pub(super) struct Take(RefCell<Option<HttpRequest>>);

/// Nothing was sent.
#[derive(Debug)]
pub(super) struct Taken;

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was taken")
    }
}

impl std::error::Error for Taken {}

impl SyncHttpClient for Take {
    type Error = Taken;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, Taken> {
        *self.0.borrow_mut() = Some(request);
        Err(Taken)
    }
}

/// Gives the answer that came.
pub(super) struct Give(Vec<u8>);

impl SyncHttpClient for Give {
    type Error = Infallible;

    fn call(&self, _: HttpRequest) -> Result<HttpResponse, Infallible> {
        Ok(HttpResponse::new(self.0.clone()))
    }
}

/// The request that a call of the crate would send.
pub(super) fn request_of<T, E>(call: impl FnOnce(&Take) -> Result<T, E>) -> Result<HttpRequest> {
    let take = Take::default();
    let _ = call(&take);
    let taken = take.0.into_inner();
    taken.ok_or_else(|| {
        Error::invalid_input("the request cannot be written").with_effect(Effect::NotApplied)
    })
}

/// What an answer means to the crate.
pub(super) fn meaning_of<T, E: ErrorResponse + 'static>(
    fields: &Map<String, Value>,
    call: impl FnOnce(&Give) -> Result<T, RequestTokenError<Infallible, E>>,
) -> Result<T> {
    // Texts, numbers and what JSON brought always serialise.
    let body = serde_json::to_vec(fields).unwrap_or_default();
    call(&Give(body)).map_err(|error| {
        let text = match error {
            RequestTokenError::Parse(error, _) => {
                format!(
                    "the answer cannot be read: `{}` is missing or wrong",
                    error.path()
                )
            }
            _ => "the answer cannot be read".to_owned(),
        };
        Error::new(ErrorKind::Decode, text).with_effect(Effect::Applied)
    })
}

/// The errors of the crate's token requests.
pub(super) type Refused = BasicErrorResponse;

impl OAuthClient {
    pub(super) fn oauth2(&self, token: &Url) -> Crate {
        let config = &self.inner.config;
        let client = BasicClient::new(ClientId::new(config.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(token.clone()))
            .set_auth_type(match config.authentication {
                ClientAuthentication::Basic => AuthType::BasicAuth,
                ClientAuthentication::Body => AuthType::RequestBody,
            });
        match &config.client_secret {
            Some(secret) => {
                client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            None => client,
        }
    }

    /// Sends a request to an endpoint under the guard, and gives the fields of its answer, put
    /// right. An empty answer of success has none.
    pub(super) async fn post(
        &self,
        operation: &Operation,
        endpoint: &Url,
        request: &HttpRequest,
    ) -> Result<Map<String, Value>> {
        let attempt = |_| self.send(endpoint, request);
        self.inner.guard.run(operation, attempt).await
    }

    /// Sends it once.
    pub(super) async fn send(
        &self,
        endpoint: &Url,
        request: &HttpRequest,
    ) -> Result<Map<String, Value>> {
        let sent = request.body();
        let request = wire(endpoint, request)?;
        let response = self.inner.transport.send(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match status.is_success() {
            true => response.with_limit(MAX_ANSWER).bytes().await?,
            false => response.into_refusal().await.body,
        };
        if status.is_success() && body.is_empty() {
            return Ok(Map::new());
        }
        let answer = Refusal {
            status,
            headers,
            body,
        };
        answer::read(&answer, sent)
    }
}

/// The crate's request as one of ours, to the address that is meant.
fn wire(endpoint: &Url, request: &HttpRequest) -> Result<Request> {
    let mut wire = ::http::Request::post(endpoint.as_str());
    for (name, value) in request.headers() {
        let mut value: HeaderValue = value.clone();
        value.set_sensitive(name == AUTHORIZATION);
        wire = wire.header(name, value);
    }
    wire.body(Body::from(request.body().clone()))
        .map_err(|_| Error::invalid_input("the endpoint is no address"))
}

/// A form that the crate does not write.
pub(super) fn form(pairs: &[(&str, &str)]) -> HttpRequest {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    let mut request = HttpRequest::new(form.finish().into_bytes());
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, kind);
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(::http::header::ACCEPT, json);
    request
}
