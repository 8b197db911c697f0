//! What Microsoft documents and the stand-in does not do.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use http::Response;
use integrations_azure_ad::{AzureAd, AzureAdConfig};
use integrations_core::auth::{
    AuthProvider, AuthorizeRequest, Scopes, SignIn, SubjectKey, TokenSet, UserQuery,
};
use integrations_core::oauth::Endpoints;
use integrations_core::testing::{Fault, FaultyTransport};
use integrations_core::{ErrorKind, ExposeSecret};
use serde_json::{Value, json};

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

fn config() -> AzureAdConfig {
    AzureAdConfig::new(TENANT, "6731de76-14a6-49ae-97bc-6eba6914391e").with_secret("s3cret")
}

fn endpoints() -> Endpoints {
    let url = |path: &str| {
        let text = format!("https://login.microsoftonline.com/{TENANT}/{path}");
        text.parse().unwrap()
    };
    let mut endpoints = Endpoints::new(url("oauth2/v2.0/authorize"), url("oauth2/v2.0/token"))
        .with_device_authorization(url("oauth2/v2.0/devicecode"));
    endpoints.keys = Some(url("discovery/v2.0/keys"));
    endpoints
}

fn azure(
    config: AzureAdConfig,
    answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static,
) -> (AzureAd, Arc<FaultyTransport>) {
    let transport = Arc::new(FaultyTransport::answering(move |request| {
        let (status, body) = answer(&request.uri().to_string());
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap()
    }));
    let made = AzureAd::with_transport(config, endpoints(), transport.clone()).unwrap();
    (made, transport)
}

fn tokens() -> TokenSet {
    let mut tokens = TokenSet::new("t");
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    tokens.subject = Some(SubjectKey::new(issuer, "o1"));
    tokens
}

fn me() -> Value {
    json!({"id": "o1", "displayName": "Ada Lovelace", "mail": "ada@contoso.example",
        "userPrincipalName": "ada@contoso.example"})
}

#[tokio::test]
async fn a_refresh_token_is_asked_for_by_a_scope() {
    let (azure, _) = azure(config(), |_| (200, json!({})));
    let request = AuthorizeRequest::new("https://app.example/cb".parse().unwrap()).offline();
    let started = azure.authorize(&request).await.unwrap();
    let mut pairs = started.url.query_pairs();
    let scope = pairs
        .find(|(name, _)| name == "scope")
        .unwrap()
        .1
        .into_owned();
    assert_eq!(scope, "openid profile email offline_access");
}

// https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens: they "replace
// themselves", and the old one is not revoked.
#[tokio::test(start_paused = true)]
async fn a_refresh_may_be_sent_again_and_takes_the_new_refresh_token() {
    let answer = json!({"token_type": "Bearer", "expires_in": "3599", "ext_expires_in": "3599",
        "access_token": "a2", "refresh_token": "r2", "scope": "User.Read"});
    let (azure, transport) = azure(config(), move |_| (200, answer.clone()));
    transport.fail(|_| true, Fault::CutAfter);
    let old = TokenSet::new("a1").with_refresh_token("r1");
    let new = SignIn::new(azure).refresh(&old).await.unwrap();
    assert_eq!(new.refresh_token.unwrap().expose_secret(), "r2");
    assert!(new.expires_at.is_some());
    assert_eq!(transport.served(), 2);
}

// https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
#[tokio::test]
async fn a_grant_that_is_gone_asks_for_consent_and_keeps_the_words() {
    for (code, reconnect) in [
        ("invalid_grant", true),
        ("interaction_required", true),
        ("invalid_client", false),
    ] {
        let body = json!({"error": code, "error_description":
            "AADSTS70008: The refresh token has expired due to inactivity.\r\nTrace ID: 1",
            "error_codes": [70008], "correlation_id": "c1"});
        let (azure, _) = azure(config(), move |_| (400, body.clone()));
        let old = TokenSet::new("a1").with_refresh_token("r1");
        let error = SignIn::new(azure).refresh(&old).await.unwrap_err();
        assert_eq!(error.needs_reconnect(), reconnect, "{error}");
        assert!(error.to_string().contains("AADSTS70008"), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[tokio::test]
async fn a_profile_is_the_object_in_its_tenant() {
    let (azure, _) = azure(config(), |_| (200, me()));
    let profile = azure.user_profile(&tokens()).await.unwrap();
    assert_eq!(profile.subject.subject(), "o1");
    assert_eq!(profile.tenant.as_deref(), Some(TENANT));
    assert_eq!(profile.verified_email(), None);
    assert_eq!(profile.groups, None);
    let unknown = azure.user_profile(&TokenSet::new("t")).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Unsupported);
}

// https://learn.microsoft.com/en-us/graph/api/user-list-transitivememberof
#[tokio::test]
async fn groups_are_read_to_the_last_page_and_from_graph_alone() {
    let mut asking = config();
    asking.fetch_groups = true;
    let next =
        "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group?$skiptoken=2";
    let (reading, _) = azure(asking.clone(), move |uri| match uri {
        uri if uri.contains("skiptoken") => (200, json!({"value": [{"id": "g2"}]})),
        uri if uri.contains("transitiveMemberOf") => (
            200,
            json!({"value": [{"id": "g1"}], "@odata.nextLink": next}),
        ),
        _ => (200, me()),
    });
    let profile = reading.user_profile(&tokens()).await.unwrap();
    assert_eq!(profile.groups, Some(vec!["g1".to_owned(), "g2".to_owned()]));
    let (azure, transport) = azure(asking, |uri| match uri {
        uri if uri.contains("transitiveMemberOf") => (
            200,
            json!({"value": [], "@odata.nextLink": "https://evil.example/v1.0/me"}),
        ),
        _ => (200, me()),
    });
    let error = azure.user_profile(&tokens()).await.unwrap_err();
    assert_eq!(error.code(), Some("foreign_page"));
    let hosts: Vec<_> = transport
        .exchanges()
        .iter()
        .map(|one| one.uri.host().unwrap().to_owned())
        .collect();
    assert!(
        hosts.iter().all(|host| host == "graph.microsoft.com"),
        "{hosts:?}"
    );
}

/// evidence: azure_ad: directory.list_users: vendor specification: "List users" of Microsoft Graph
/// evidence: azure_ad: directory.get_user: vendor specification: "Get a user" of Microsoft Graph
#[tokio::test]
async fn the_users_of_a_tenant_are_read_with_the_applications_own_token() {
    let mut reading = config();
    reading.directory = true;
    let (azure, transport) = azure(reading, |uri| match uri {
        uri if uri.ends_with("/token") => (
            200,
            json!({"access_token": "app", "expires_in": 3599, "token_type": "Bearer"}),
        ),
        uri if uri.contains("/users/o1") => (200, json!({"id": "o1", "accountEnabled": false})),
        _ => (
            200,
            json!({"value": [{"id": "o1", "mail": "o'hara@contoso.example"}]}),
        ),
    });
    let sign_in = SignIn::new(azure);
    let query = UserQuery::email("o'hara@contoso.example");
    let users: Vec<_> = sign_in.users(query).try_collect().await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!(
        sign_in.user(&users[0].id).await.unwrap().active,
        Some(false)
    );
    let sent = transport.exchanges();
    let [token, list, one] = &sent[..] else {
        panic!("one token for both: {}", sent.len());
    };
    let form = String::from_utf8_lossy(&token.body).into_owned();
    assert!(
        form.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"),
        "{form}"
    );
    // A quote in a text is two.
    assert!(
        list.uri.query().unwrap().contains("o%27%27hara"),
        "{}",
        list.uri
    );
    assert_eq!(list.headers["authorization"], "Bearer app");
    assert_eq!(one.uri.path(), "/v1.0/users/o1");
}

/// evidence: azure_ad: device_start: vendor specification: the answer of the device authorization endpoint
/// evidence: azure_ad: device_poll: vendor specification: the errors of "the device authorization grant flow"
#[tokio::test(start_paused = true)]
async fn a_device_signs_in_by_microsofts_words() {
    let codes = json!({"user_code": "GDNJTS7LM", "device_code": "GAQ", "expires_in": 900,
        "interval": 5, "verification_uri": "https://microsoft.com/devicelogin",
        "message": "To sign in, use a web browser."});
    let (starting, transport) = azure(config(), move |_| (200, codes.clone()));
    let device = starting.device_start(&Scopes::sign_in()).await.unwrap();
    assert_eq!(device.user_code, "GDNJTS7LM");
    assert!(
        transport.exchanges()[0]
            .uri
            .path()
            .ends_with("/oauth2/v2.0/devicecode")
    );
    for (code, expected) in [
        ("authorization_pending", "Pending"),
        ("authorization_declined", "Denied"),
        ("expired_token", "Expired"),
    ] {
        let (azure, transport) = azure(config(), move |_| (400, json!({ "error": code })));
        let poll = azure.device_poll(&device).await.unwrap();
        assert!(
            format!("{poll:?}").starts_with(expected),
            "{code}: {poll:?}"
        );
        assert_eq!(transport.served(), 1, "{code}");
    }
    let (azure, _) = azure(config(), |_| {
        (400, json!({"error": "bad_verification_code"}))
    });
    let error = azure.device_poll(&device).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn sessions_are_ended_at_graph_and_once_more_when_the_answer_is_lost() {
    let (azure, transport) = azure(config(), |_| (200, json!({"value": true})));
    transport.fail(|_| true, Fault::CutAfter);
    azure.revoke_sign_in_sessions(&"t".into()).await.unwrap();
    assert_eq!(transport.served(), 2);
    let sent = &transport.exchanges()[0];
    assert_eq!(sent.method, "POST");
    assert_eq!(
        sent.uri,
        "https://graph.microsoft.com/v1.0/me/revokeSignInSessions"
    );
}

// https://learn.microsoft.com/en-us/entra/identity-platform/v2-admin-consent
#[tokio::test]
async fn an_administrator_consents_for_all() {
    let (azure, _) = azure(config(), |_| (200, json!({})));
    let redirect = "https://app.example/consented".parse().unwrap();
    let scopes: Scopes = "https://graph.microsoft.com/Calendars.Read"
        .parse()
        .unwrap();
    let url = azure
        .admin_consent_url(&redirect, &scopes, "12345")
        .unwrap();
    let expected =
        format!("https://login.microsoftonline.com/{TENANT}/v2.0/adminconsent?client_id=");
    assert!(url.as_str().starts_with(&expected), "{url}");
    assert!(url.query().unwrap().contains("state=12345"), "{url}");
}

#[test]
fn one_error_names_everything_that_is_wrong() {
    let mut wrong = AzureAdConfig::new("contoso.example", "");
    wrong.graph = "graph".to_owned();
    wrong.directory = true;
    wrong.redirect_uri = Some("http://app.example/cb".to_owned());
    let text = wrong.validate().unwrap_err().to_string();
    for field in [
        "client_id",
        "allowed_tenants",
        "graph",
        "directory",
        "redirect_uri",
    ] {
        assert!(text.contains(field), "{field}: {text}");
    }
    let named = AzureAdConfig::new("contoso.example", "c").with_allowed_tenant(TENANT);
    named.validate().unwrap();
}

#[test]
fn debug_shows_no_secret() {
    let (azure, _) = azure(config(), |_| (200, json!({})));
    assert!(!format!("{:?} {azure:?}", config()).contains("s3cret"));
}
