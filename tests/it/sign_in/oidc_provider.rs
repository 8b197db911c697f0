//! npm `oidc-provider`, started by `xtask/counterparts/oidc-provider.mjs`.

use integrations_core::testing::{Browser, counterpart, sign_in_at_oidc_provider};
use serde_json::Value;

use super::*;

const SCOPE: &str = "openid email profile offline_access";

fn issuer() -> Option<String> {
    counterpart("oidc-provider", "INTEGRATIONS_TEST_OIDC")
}

async fn application(client: &str, secret: Option<&'static str>) -> Option<Application> {
    Some(Application::new(&issuer()?, client, secret).await)
}

/// Tokens of a new sign-in. `prompt=consent` is what `offline_access` needs (OpenID Connect Core,
/// section 11).
async fn tokens(app: &Application, login: &str) -> Value {
    let url = app.authorization(SCOPE, &[("prompt", "consent")]);
    let callback = sign_in_at_oidc_provider(&url, login).await.unwrap();
    good(&app.exchange(&callback).await)
}

/// evidence: local_auth: verify_id_token: independent server: npm oidc-provider
#[tokio::test]
async fn an_id_token_is_believed_for_a_public_and_for_a_confidential_application() {
    // The one signs with RS256, the other with ES256.
    for (client, secret) in [("public-app", None), ("post-app", Some("post-secret"))] {
        let Some(app) = application(client, secret).await else {
            return;
        };
        let url = app.authorization(SCOPE, &[("prompt", "consent")]);
        let callback = sign_in_at_oidc_provider(&url, "ada").await.unwrap();
        // RFC 9207.
        assert_eq!(parameter(&callback, "iss"), Some(app.text("issuer")));
        let tokens = good(&app.exchange(&callback).await);
        let claims = app.believes(&app.keys().await, &tokens).unwrap();
        assert_eq!(claims.subject, "ada");
        assert_eq!(claims.audience, [client]);
    }
}

#[tokio::test]
async fn a_code_is_worth_nothing_without_its_verifier() {
    let Some(app) = application("public-app", None).await else {
        return;
    };
    let url = app.authorization(SCOPE, &[("prompt", "consent")]);
    let callback = sign_in_at_oidc_provider(&url, "ada").await.unwrap();
    let code = parameter(&callback, "code").unwrap();
    let other = PkceVerifier::random().unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", other.expose()),
    ];
    assert_eq!(error(&app.token(&fields).await), "invalid_grant");
}

#[tokio::test]
async fn a_browser_that_is_signed_in_is_not_asked_again() {
    let Some(app) = application("post-app", Some("post-secret")).await else {
        return;
    };
    let url = app.authorization("openid", &[]);
    let mut browser = Browser::for_sign_in(&url).unwrap();
    browser
        .sign_in_at_oidc_provider(&url, "grace")
        .await
        .unwrap();
    // This login is typed in nowhere.
    let again = app.authorization("openid", &[("prompt", "none")]);
    let callback = browser
        .sign_in_at_oidc_provider(&again, "nobody")
        .await
        .unwrap();
    let tokens = good(&app.exchange(&callback).await);
    let claims = app.believes(&app.keys().await, &tokens).unwrap();
    assert_eq!(claims.subject, "grace");
}

/// How the ledger counts, and what reuse costs: the whole grant.
#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_the_grant() {
    let Some(app) = application("public-app", None).await else {
        return;
    };
    let first = tokens(&app, "ada").await;
    let second = good(&app.refresh(&first["refresh_token"]).await);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let reused = app.refresh(&first["refresh_token"]).await;
    assert_eq!(error(&reused), "invalid_grant");
    let after = app.refresh(&second["refresh_token"]).await;
    assert_eq!(error(&after), "invalid_grant");
    let ledger = get(&format!(
        "{}/control/ledger?client=public-app",
        issuer().unwrap()
    ))
    .await;
    let ledger = json(&ledger);
    // Other tests have grants of their own.
    let mut answered = ledger["refreshes"].as_object().unwrap().values();
    assert!(answered.any(|count| *count == 1), "{ledger}");
    let refused = |entry: &&Value| {
        entry["grant_type"] == "refresh_token" && entry["error"] == "invalid_grant"
    };
    let requests = ledger["requests"].as_array().unwrap();
    assert!(requests.iter().filter(refused).count() >= 2, "{ledger}");
}

#[tokio::test]
async fn keys_change_and_tokens_of_before_are_still_believed() {
    let Some(app) = application("post-app", Some("post-secret")).await else {
        return;
    };
    let (old, old_keys) = (tokens(&app, "ada").await, app.keys().await);
    let rotate = format!("{}/control/rotate", issuer().unwrap());
    good(&post(&rotate, &[]).await);
    let new = tokens(&app, "ada").await;
    let unknown = app.believes(&old_keys, &new).unwrap_err();
    assert_eq!(unknown.code(), Some("id_token_unknown_key"));
    let keys = app.keys().await;
    for tokens in [&old, &new] {
        assert_eq!(app.believes(&keys, tokens).unwrap().subject, "ada");
    }
}

/// Registration is RFC 7591; the lives are of the server's own.
#[tokio::test]
async fn an_application_of_a_test_may_have_tokens_that_end_soon() {
    let Some(mut app) = application("public-app", None).await else {
        return;
    };
    let wanted = serde_json::json!({
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [CALLBACK],
        "access_token_ttl": 7,
    });
    let address = app.text("registration_endpoint").parse().unwrap();
    let registered = good(&page(browser().post_json(&address, &wanted).await));
    app.client.0 = registered["client_id"].as_str().unwrap().to_owned();
    assert_eq!(tokens(&app, "ada").await["expires_in"], 7);
}

#[tokio::test]
async fn a_device_is_allowed_by_its_code() {
    let Some(app) = application("device-app", None).await else {
        return;
    };
    let fields = [("client_id", "device-app"), ("scope", "openid")];
    let started = post(&app.text("device_authorization_endpoint"), &fields).await;
    let started = good(&started);
    let text = |name: &str| started[name].as_str().unwrap().to_owned();
    let (device_code, user_code) = (text("device_code"), text("user_code"));
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device_code.as_str()),
    ];
    assert_eq!(error(&app.token(&poll).await), "authorization_pending");
    let page = text("verification_uri").parse().unwrap();
    let mut browser = browser();
    let done = browser
        .allow_device_at_oidc_provider(&page, &user_code, "ada")
        .await;
    assert!(done.unwrap().status.is_success());
    assert!(good(&app.token(&poll).await)["access_token"].is_string());
}

#[tokio::test]
async fn a_token_is_ended_and_no_longer_active() {
    let Some(app) = application("post-app", Some("post-secret")).await else {
        return;
    };
    let tokens = tokens(&app, "ada").await;
    let token = tokens["access_token"].as_str().unwrap();
    let fields = [
        ("client_id", "post-app"),
        ("client_secret", "post-secret"),
        ("token", token),
    ];
    let active = async || {
        let answer = post(&app.text("introspection_endpoint"), &fields).await;
        good(&answer)["active"].clone()
    };
    assert_eq!(active().await, true);
    let ended = post(&app.text("revocation_endpoint"), &fields).await;
    assert!(ended.status.is_success());
    assert_eq!(active().await, false);
}
