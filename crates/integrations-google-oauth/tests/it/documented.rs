//! What Google documents and the stand-in does not do.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use integrations_core::auth::{
    AuthProvider, AuthorizeRequest, DevicePoll, Prompt, Scopes, SignIn, TokenRef, TokenSet,
    UserQuery,
};
use integrations_core::oauth::Endpoints;
use integrations_core::testing::{Fault, FaultyTransport};
use integrations_core::{ErrorKind, ExposeSecret, SecretString};
use integrations_google_oauth::{GoogleDirectory, GoogleOAuth, GoogleOAuthConfig};
use serde_json::{Value, json};

fn endpoints() -> Endpoints {
    let url = |text: &str| text.parse().unwrap();
    Endpoints::new(
        url("https://accounts.google.com/o/oauth2/v2/auth"),
        url("https://oauth2.googleapis.com/token"),
    )
    .with_issuer(
        "https://accounts.google.com",
        url("https://www.googleapis.com/oauth2/v3/certs"),
    )
    .with_userinfo(url("https://openidconnect.googleapis.com/v1/userinfo"))
    .with_revocation(url("https://oauth2.googleapis.com/revoke"))
    .with_device_authorization(url("https://oauth2.googleapis.com/device/code"))
}

fn google(
    config: GoogleOAuthConfig,
    status: u16,
    body: &Value,
) -> (GoogleOAuth, Arc<FaultyTransport>) {
    let body = Bytes::from(body.to_string());
    let transport = Arc::new(FaultyTransport::answering(move |_| {
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(body.clone())
            .unwrap()
    }));
    let made = GoogleOAuth::with_transport(config, endpoints(), transport.clone()).unwrap();
    (made, transport)
}

fn config() -> GoogleOAuthConfig {
    GoogleOAuthConfig::new("id.apps.googleusercontent.com").with_secret("GOCSPX-s3cret")
}

fn request() -> AuthorizeRequest {
    AuthorizeRequest::new("https://app.example/cb".parse().unwrap())
}

async fn asked(config: GoogleOAuthConfig, request: &AuthorizeRequest) -> Vec<(String, String)> {
    let (google, _) = google(config, 200, &json!({}));
    let started = google.authorize(request).await.unwrap();
    started.url.query_pairs().into_owned().collect()
}

fn has(pairs: &[(String, String)], name: &str, value: &str) -> bool {
    pairs
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value)
        .eq([value])
}

// https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
#[tokio::test]
async fn a_refresh_token_is_asked_for_in_googles_way() {
    let pairs = asked(config(), &request().offline()).await;
    assert!(has(&pairs, "access_type", "offline"), "{pairs:?}");
    assert!(has(&pairs, "prompt", "consent"), "{pairs:?}");
    assert!(has(&pairs, "include_granted_scopes", "true"), "{pairs:?}");
    assert!(
        has(&pairs, "scope", "openid profile email"),
        "no offline_access: {pairs:?}"
    );
    let online = asked(config(), &request()).await;
    assert!(
        !online
            .iter()
            .any(|(name, _)| name == "access_type" || name == "prompt")
    );
    // What was asked for stays.
    let chosen = request().offline().with_prompt(Prompt::SelectAccount);
    let pairs = asked(config(), &chosen).await;
    assert!(has(&pairs, "prompt", "select_account consent"), "{pairs:?}");
    let silent = asked(config(), &request().offline().with_prompt(Prompt::None)).await;
    assert!(has(&silent, "prompt", "none"), "{silent:?}");
}

#[tokio::test]
async fn a_workspace_is_asked_for_and_then_checked() {
    let ours = || config().with_hosted_domain("school.example");
    assert!(has(
        &asked(ours(), &request()).await,
        "hd",
        "school.example"
    ));
    for (hd, good) in [
        (json!("school.example"), true),
        (json!("SCHOOL.example"), true),
        (json!("evil.example"), false),
        (json!(null), false),
    ] {
        let claims = json!({"sub": "1", "hd": hd, "email": "a@school.example"});
        let (google, _) = google(ours(), 200, &claims);
        let outcome = google.user_profile(&TokenSet::new("t")).await;
        match good {
            true => drop(outcome.unwrap()),
            false => {
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{hd}");
                assert_eq!(error.code(), Some("hosted_domain"), "{hd}");
            }
        }
    }
}

// https://developers.google.com/identity/protocols/oauth2/web-server#offline: no refresh token in
// the answer to a refresh.
#[tokio::test(start_paused = true)]
async fn a_refresh_keeps_the_refresh_token_and_may_be_sent_again() {
    let answer = json!({"access_token": "a2", "expires_in": 3920, "token_type": "Bearer",
        "scope": "https://www.googleapis.com/auth/drive.metadata.readonly"});
    let (google, transport) = google(config(), 200, &answer);
    transport.fail(|_| true, Fault::CutAfter);
    let old = TokenSet::new("a1").with_refresh_token("r1");
    let new = SignIn::new(google).refresh(&old).await.unwrap();
    assert_eq!(new.refresh_token.unwrap().expose_secret(), "r1");
    assert_eq!(transport.served(), 2);
}

/// evidence: google_oauth: device_start: vendor specification: the answers of "OAuth 2.0 for TV and limited-input devices"
/// evidence: google_oauth: device_poll: vendor specification: the error codes and statuses of the same page
#[tokio::test(start_paused = true)]
async fn a_device_signs_in_by_googles_words() {
    let codes = json!({"device_code": "4/4-GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8",
        "user_code": "GQVQ-JKEC", "verification_url": "https://www.google.com/device",
        "expires_in": 1800, "interval": 5});
    let (started, _) = google(config(), 200, &codes);
    let device = started.device_start(&Scopes::sign_in()).await.unwrap();
    assert_eq!(
        device.verification_uri.as_str(),
        "https://www.google.com/device"
    );
    for (status, code, expected) in [
        (428, "authorization_pending", "Pending"),
        (403, "slow_down", "SlowDown"),
        (403, "access_denied", "Denied"),
        (400, "expired_token", "Expired"),
    ] {
        let (google, transport) = google(config(), status, &json!({"error": code}));
        let poll: DevicePoll = google.device_poll(&device).await.unwrap();
        assert!(
            format!("{poll:?}").starts_with(expected),
            "{code}: {poll:?}"
        );
        assert_eq!(transport.served(), 1);
    }
}

// https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
#[tokio::test]
async fn a_token_that_has_ended_is_ended() {
    let (google, _) = google(config(), 400, &json!({"error": "invalid_token"}));
    google.revoke(&TokenRef::access("gone")).await.unwrap();
}

/// evidence: google_oauth: directory.list_users: vendor specification: the parameters of `users.list` in the Directory API
#[tokio::test]
async fn the_users_of_a_workspace_are_read() {
    use futures::TryStreamExt;
    let page = json!({"kind": "admin#directory#users", "users": [
        {"id": "101", "primaryEmail": "grace@school.example", "customerId": "C01",
            "name": {"fullName": "Grace Hopper"}, "suspended": false, "archived": false},
        {"id": "102", "primaryEmail": "gone@school.example", "suspended": true},
    ]});
    let (google, transport) = google(config(), 200, &page);
    let directory = GoogleDirectory::new(SecretString::from("adm1n-token")).unwrap();
    let sign_in = SignIn::new(google.with_directory(directory));
    let query = UserQuery::email("grace@school.example");
    let users: Vec<_> = sign_in.users(query).try_collect().await.unwrap();
    assert_eq!(users[0].name.as_deref(), Some("Grace Hopper"));
    assert_eq!(
        (users[0].active, users[1].active),
        (Some(true), Some(false))
    );
    let sent = &transport.exchanges()[0];
    assert_eq!(sent.uri.host(), Some("admin.googleapis.com"));
    assert_eq!(sent.uri.path(), "/admin/directory/v1/users");
    let query = sent.uri.query().unwrap();
    assert!(query.contains("customer=my_customer"), "{query}");
    assert!(
        query.contains("query=email%3D%27grace%40school.example%27"),
        "{query}"
    );
    assert_eq!(sent.headers["authorization"], "Bearer adm1n-token");
    let quote = UserQuery::email("o'hara@school.example");
    let refused: Result<Vec<_>, _> = sign_in.users(quote).try_collect().await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// evidence: google_oauth: directory.get_user: vendor specification: the error object of the Directory API
#[tokio::test]
async fn an_error_of_the_directory_keeps_googles_words() {
    let refusal = json!({"error": {"code": 403, "status": "PERMISSION_DENIED",
        "message": "Not Authorized to access this resource/api"}});
    let (google, _) = google(config(), 403, &refusal);
    let directory = GoogleDirectory::new(SecretString::from("adm1n-token")).unwrap();
    let sign_in = SignIn::new(google.with_directory(directory));
    let error = sign_in.user(&"101".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.code(), Some("PERMISSION_DENIED"));
    assert!(error.to_string().contains("Not Authorized"), "{error}");
}
