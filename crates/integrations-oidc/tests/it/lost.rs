//! Answers that are lost on the way from a real server: what was done there is counted there.

use async_trait::async_trait;
use http::Uri;
use http::header::HOST;
use integrations_conformance::auth::Decision;
use integrations_core::auth::{AuthorizeRequest, CallbackParams, SignIn};
use integrations_core::http::{HttpTransport, Request, Response, Transport, TransportConfig};
use integrations_core::testing::{Fault, FaultyServer};
use integrations_core::{Effect, Integration, Result};
use integrations_oidc::Oidc;

use crate::counterpart::{self, CALLBACK, browse, ledger};

/// Sends everything over the line, to a server that knows itself by its own address.
#[derive(Debug)]
struct Detour(HttpTransport, Uri);

#[async_trait]
impl Transport for Detour {
    async fn send(&self, mut request: Request) -> Result<Response> {
        let meant = request.uri().clone();
        let mut parts = meant.clone().into_parts();
        parts.authority = self.1.authority().cloned();
        *request.uri_mut() = Uri::from_parts(parts).unwrap();
        // The server tells its addresses by it.
        let host = meant.authority().unwrap().as_str().parse().unwrap();
        request.headers_mut().insert(HOST, host);
        let answer = self.0.send(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Response::new(status, headers, meant, answer.into_stream()))
    }
}

/// A provider behind a line that can be cut, and its application's id.
async fn behind_a_line(issuer: &str) -> (SignIn, FaultyServer, String) {
    let config = counterpart::application(issuer).await;
    let id = config.client_id.clone();
    let line = FaultyServer::before(issuer).await.unwrap();
    let transport = HttpTransport::new(TransportConfig::new()).unwrap();
    let detour = Detour(transport, line.url().parse().unwrap());
    let provider = Oidc::with_transport(config, detour).unwrap();
    provider.connect().await.unwrap();
    (SignIn::new(provider), line, id)
}

/// How many requests of a kind the server answered without an error.
async fn granted(issuer: &str, client: &str, grant: &str) -> usize {
    let ledger = ledger(issuer, client).await;
    let requests = ledger["requests"].as_array().unwrap();
    let of =
        |request: &&serde_json::Value| request["grant_type"] == grant && request["error"].is_null();
    requests.iter().filter(of).count()
}

async fn signed_in(
    sign_in: &SignIn,
) -> Result<(CallbackParams, integrations_core::auth::AuthSession)> {
    let request = AuthorizeRequest::new(CALLBACK.parse().unwrap()).offline();
    let started = sign_in.authorize(&request).await?;
    let back = browse(started.url, Decision::Approve).await?;
    Ok((CallbackParams::from_url(&back)?, started.session))
}

#[tokio::test]
async fn a_code_whose_answer_is_lost_is_not_sent_again() {
    let Some(issuer) = counterpart::issuer() else {
        return;
    };
    let (sign_in, line, client) = behind_a_line(&issuer).await;
    let (callback, session) = signed_in(&sign_in).await.unwrap();
    line.fail(|head| head.uri.path() == "/token", Fault::CutAfter);
    let error = sign_in.exchange(&callback, session).await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    assert_eq!(granted(&issuer, &client, "authorization_code").await, 1);
}

#[tokio::test]
async fn a_refresh_whose_answer_is_lost_is_not_sent_again() {
    let Some(issuer) = counterpart::issuer() else {
        return;
    };
    let (sign_in, line, client) = behind_a_line(&issuer).await;
    let (callback, session) = signed_in(&sign_in).await.unwrap();
    let tokens = sign_in.exchange(&callback, session).await.unwrap();
    line.fail(|head| head.uri.path() == "/token", Fault::CutAfter);
    let error = sign_in.refresh(&tokens).await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    assert!(!error.needs_reconnect(), "{error}");
    assert_eq!(granted(&issuer, &client, "refresh_token").await, 1);
}

#[tokio::test]
async fn a_revocation_whose_answer_is_lost_is_sent_again() {
    let Some(issuer) = counterpart::issuer() else {
        return;
    };
    let (sign_in, line, _) = behind_a_line(&issuer).await;
    let (callback, session) = signed_in(&sign_in).await.unwrap();
    let tokens = sign_in.exchange(&callback, session).await.unwrap();
    line.fail(
        |head| head.uri.path() == "/token/revocation",
        Fault::CutAfter,
    );
    sign_in.revoke(&tokens.access_ref()).await.unwrap();
    assert!(
        !sign_in
            .introspect(&tokens.access_ref())
            .await
            .unwrap()
            .active
    );
}
