//! The client against a provider in memory that writes down what it is asked.

// A test that cannot set itself up has failed.
#![allow(clippy::unwrap_used)]

mod discovery;
mod effects;
mod flows;
mod keys;

use std::sync::{Arc, Mutex};

use ::http::{Request, Response};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ClientConfig, Discovery, Endpoints, OAuthClient};
use crate::auth::AuthSession;
use crate::auth::AuthorizeRequest;
use crate::testing::FaultyTransport;

pub(super) const ISSUER: &str = "https://id.example";

pub(super) fn endpoints() -> Endpoints {
    let url = |path: &str| format!("{ISSUER}/{path}").parse().unwrap();
    Endpoints::new(url("authorize"), url("token"))
        .with_issuer(ISSUER, url("keys"))
        .with_userinfo(url("me"))
        .with_revocation(url("revoke"))
        .with_introspection(url("introspect"))
        .with_device_authorization(url("device"))
        .with_end_session(url("logout"))
}

pub(super) fn config() -> ClientConfig {
    ClientConfig::new("client").with_secret("s3cret")
}

pub(super) fn answer(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap()
}

/// A transport that answers all the same, and can be looked at afterwards.
pub(super) fn always(status: u16, body: Value) -> Arc<FaultyTransport> {
    Arc::new(FaultyTransport::answering(move |_| answer(status, &body)))
}

pub(super) fn serving(
    serve: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
) -> Arc<FaultyTransport> {
    Arc::new(FaultyTransport::answering(move |request| serve(&request)))
}

pub(super) fn client(transport: &Arc<FaultyTransport>) -> OAuthClient {
    OAuthClient::new("acme", config(), endpoints(), transport.clone()).unwrap()
}

/// What a form says.
pub(super) fn form(body: &Bytes) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

pub(super) fn field(body: &Bytes, name: &str) -> Option<String> {
    let mut fields = form(body).into_iter();
    fields
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

pub(super) fn session() -> AuthSession {
    let request = AuthorizeRequest::new("https://app.example/cb".parse().unwrap());
    AuthSession::start("acme", &request, now()).unwrap()
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

pub(super) fn tokens() -> Value {
    json!({"access_token": "a1", "token_type": "Bearer", "expires_in": 60})
}

/// A clock that the test sets.
#[derive(Clone)]
pub(super) struct Clock(Arc<Mutex<Timestamp>>);

impl Clock {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(now())))
    }

    pub(super) fn pass(&self, seconds: i64) {
        let mut at = self.0.lock().unwrap();
        *at = Timestamp::from_second(at.as_second() + seconds).unwrap();
    }

    pub(super) fn read(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static {
        let at = self.0.clone();
        move || *at.lock().unwrap()
    }
}

pub(super) fn discovered(transport: &Arc<FaultyTransport>) -> OAuthClient {
    let discovery = Discovery::new(ISSUER).unwrap();
    OAuthClient::new("acme", config(), discovery, transport.clone()).unwrap()
}
