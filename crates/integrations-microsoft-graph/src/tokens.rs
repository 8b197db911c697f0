//! Tokens: of an application for itself, and for an account whose owner consented.

use integrations_core::auth::Scope;
use integrations_core::http::Transport;
use integrations_core::oauth::{ApplicationTokens, ClientConfig, Endpoints, OAuthClient};
use integrations_core::{Error, ErrorKind, Result};
use url::Url;

/// Where a tenant's tokens are issued:
/// `https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token`.
///
/// # Errors
/// `Config` for a tenant that is none.
pub fn token_url(authority: &Url, tenant: &str) -> Result<Url> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if tenant.is_empty() || !tenant.chars().all(part) || matches!(tenant, "." | "..") {
        return Err(Error::new(
            ErrorKind::Config,
            "the tenant is an id, a domain, or common, organizations, consumers",
        ));
    }
    let mut url = authority.clone();
    url.path_segments_mut()
        .map_err(|()| Error::new(ErrorKind::Config, "the authority is no https URL"))?
        .pop_if_empty()
        .extend([tenant, "oauth2", "v2.0", "token"]);
    Ok(url)
}

/// Entra's OAuth client, for consent and for tokens
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow>). Ask for
/// consent with the scope `offline_access`, or there is no refresh token.
///
/// # Errors
/// `Config` for an empty client id, or an address that is not encrypted.
pub fn oauth_client(
    name: impl Into<String>,
    config: ClientConfig,
    token_url: Url,
    transport: impl Transport + 'static,
) -> Result<OAuthClient> {
    // The two addresses are neighbours.
    let mut authorization = token_url.clone();
    authorization
        .path_segments_mut()
        .map_err(|()| Error::new(ErrorKind::Config, "the token URL is no https URL"))?
        .pop()
        .push("authorize");
    let endpoints = Endpoints::new(authorization, token_url);
    let client = OAuthClient::new(name, config, endpoints, transport)?;
    // "Refresh tokens aren't revoked when used to acquire new access tokens": one whose answer was
    // lost is sent again.
    Ok(client.with_static_refresh_tokens())
}

/// The tokens of the application itself, with the rights that an administrator granted
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>).
/// `resource` is Graph's origin, for example `https://graph.microsoft.com`.
///
/// # Errors
/// `Config` for a resource that is no scope.
pub fn application_tokens(client: OAuthClient, resource: &Url) -> Result<ApplicationTokens> {
    let scope = format!("{}/.default", resource.origin().ascii_serialization());
    let wrong = |_| Error::new(ErrorKind::Config, "the resource of the tokens is no URL");
    let scopes = [Scope::new(scope).map_err(wrong)?];
    Ok(ApplicationTokens::new(client, scopes.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Response;
    use integrations_core::oauth::{AccessTokens, ClientAuthentication, RefreshedTokens};
    use integrations_core::testing::FaultyTransport;
    use integrations_core::{ExposeSecret, SecretString};
    use serde_json::json;

    use super::*;

    fn authority() -> Url {
        "https://login.microsoftonline.com".parse().unwrap()
    }

    /// Issues tokens by number, each for so long.
    fn entra(seconds: u32) -> Arc<FaultyTransport> {
        let count = std::sync::atomic::AtomicU32::new(0);
        Arc::new(FaultyTransport::answering(move |_| {
            let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            let body = json!({"token_type": "Bearer", "expires_in": seconds,
                "access_token": format!("access-{n}"), "refresh_token": format!("refresh-{n}")});
            let answer = Response::builder().header("content-type", "application/json");
            answer.body(body.to_string().into()).unwrap()
        }))
    }

    fn client(transport: &Arc<FaultyTransport>) -> OAuthClient {
        let config = ClientConfig::new("app")
            .with_authentication(ClientAuthentication::Body)
            .with_secret("s3cret");
        let url = token_url(&authority(), "contoso.onmicrosoft.com").unwrap();
        oauth_client("outlook", config, url, transport.clone()).unwrap()
    }

    fn forms(transport: &FaultyTransport) -> Vec<String> {
        let sent = transport.exchanges().into_iter();
        sent.map(|it| String::from_utf8(it.body.to_vec()).unwrap())
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn an_application_asks_once_for_all_who_wait_and_for_what_was_granted() {
        let entra = entra(3599);
        let graph = "https://graph.microsoft.com/v1.0".parse().unwrap();
        let tokens = application_tokens(client(&entra), &graph).unwrap();
        let (one, two) = tokio::join!(tokens.access_token(), tokens.access_token());
        assert_eq!(one.unwrap().expose_secret(), two.unwrap().expose_secret());
        let sent = entra.exchanges();
        assert_eq!(sent.len(), 1);
        let url = "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token";
        assert_eq!(sent[0].uri, url);
        let form = &forms(&entra)[0];
        for part in [
            "grant_type=client_credentials",
            "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
            "client_id=app",
        ] {
            assert!(form.contains(part), "{form}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_refresh_token_is_used() {
        let entra = entra(30);
        let tokens = RefreshedTokens::new(client(&entra), SecretString::from("refresh-0"));
        for _ in 0..2 {
            tokens.access_token().await.unwrap();
        }
        let forms = forms(&entra);
        assert!(forms[0].contains("refresh_token=refresh-0"), "{forms:?}");
        assert!(forms[1].contains("refresh_token=refresh-1"), "{forms:?}");
    }

    #[test]
    fn a_tenant_that_would_lead_elsewhere_is_refused() {
        for wrong in ["", "..", ".", "a/b", "a?b", "ten ant"] {
            let refused = token_url(&authority(), wrong).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Config, "{wrong}");
        }
    }
}
