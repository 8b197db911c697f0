//! What GitHub documents and the stand-in does not do.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use http::Response;
use integrations_core::auth::{
    AuthProvider, AuthorizeRequest, Scopes, SignIn, TokenRef, TokenSet, UserQuery,
};
use integrations_core::testing::{Fault, FaultyTransport};
use integrations_core::{ErrorKind, ExposeSecret, SecretString};
use integrations_github::{GitHub, GitHubConfig, Organisation};
use serde_json::{Value, json};

fn config() -> GitHubConfig {
    GitHubConfig::new("Iv1.client").with_secret("s3cret")
}

/// GitHub that answers by path.
fn github(
    config: GitHubConfig,
    answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static,
) -> (GitHub, Arc<FaultyTransport>) {
    let transport = Arc::new(FaultyTransport::answering(move |request| {
        let (status, body) = answer(request.uri().path());
        let body = match body {
            Value::Null => Bytes::new(),
            body => body.to_string().into(),
        };
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(body)
            .unwrap()
    }));
    (
        GitHub::with_transport(config, transport.clone()).unwrap(),
        transport,
    )
}

fn user() -> Value {
    json!({"login": "octocat", "id": 583_231, "name": "The Octocat", "email": "shown@x.example",
        "avatar_url": "https://avatars.githubusercontent.com/u/583231"})
}

// https://docs.github.com/en/rest/users/emails
#[tokio::test]
async fn the_primary_address_is_proved_when_it_is_verified() {
    for (verified, proved) in [(true, Some("octocat@x.example")), (false, None)] {
        let (github, transport) = github(config(), move |path| match path {
            "/user" => (200, user()),
            "/user/emails" => (
                200,
                json!([
                    {"email": "other@x.example", "primary": false, "verified": true},
                    {"email": "octocat@x.example", "primary": true, "verified": verified,
                        "visibility": "private"},
                ]),
            ),
            other => panic!("{other}"),
        });
        let tokens = TokenSet::new("t").with_scopes("read:user user:email".parse().unwrap());
        let profile = github.user_profile(&tokens).await.unwrap();
        assert_eq!(profile.verified_email(), proved);
        assert_eq!(profile.subject.to_string(), "https://github.com#583231");
        assert_eq!(profile.username.as_deref(), Some("octocat"));
        assert_eq!(profile.emails.len(), 2);
        assert_eq!(profile.groups, None);
        let sent = &transport.exchanges()[0];
        assert_eq!(sent.uri, "https://api.github.com/user");
        assert_eq!(sent.headers["x-github-api-version"], "2022-11-28");
        assert_eq!(sent.headers["accept"], "application/vnd.github+json");
        assert_eq!(sent.headers["authorization"], "Bearer t");
    }
}

#[tokio::test]
async fn without_the_permission_the_shown_address_is_given_and_not_proved() {
    for status in [403, 404] {
        let (github, _) = github(config(), move |path| match path {
            "/user" => (200, user()),
            _ => (
                status,
                json!({"message": "Resource not accessible by integration"}),
            ),
        });
        // A GitHub App's token has no scopes.
        let profile = github.user_profile(&TokenSet::new("ghu_1")).await.unwrap();
        assert_eq!(profile.email.as_deref(), Some("shown@x.example"));
        assert_eq!(profile.verified_email(), None);
    }
}

#[tokio::test]
async fn organisations_are_groups_where_they_may_be_read() {
    let (github, _) = github(config(), |path| match path {
        "/user" => (200, user()),
        "/user/orgs" => (200, json!([{"login": "github"}, {"login": "octo-org"}])),
        other => panic!("{other}"),
    });
    let tokens = TokenSet::new("t").with_scopes("read:org".parse().unwrap());
    let profile = github.user_profile(&tokens).await.unwrap();
    assert_eq!(
        profile.groups,
        Some(vec!["github".to_owned(), "octo-org".to_owned()])
    );
}

#[tokio::test]
async fn a_sign_in_asks_for_githubs_scopes() {
    let (github, _) = github(config(), |_| (200, json!({})));
    let request =
        AuthorizeRequest::new("https://app.example/cb".parse().unwrap()).with_login_hint("octocat");
    let started = github.authorize(&request).await.unwrap();
    let pairs: Vec<(String, String)> = started.url.query_pairs().into_owned().collect();
    let value = |name: &str| {
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(value("scope"), Some("read:user user:email"));
    assert_eq!(value("login"), Some("octocat"));
    assert_eq!(value("code_challenge_method"), Some("S256"));
    assert_eq!((value("nonce"), value("login_hint")), (None, None));
    assert!(!started.session.scopes().contains("openid"));
}

// https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
#[tokio::test]
async fn errors_with_status_200_are_errors() {
    for (code, kind) in [
        ("bad_verification_code", ErrorKind::Unauthenticated),
        ("incorrect_client_credentials", ErrorKind::Config),
        ("redirect_uri_mismatch", ErrorKind::InvalidInput),
        ("unverified_user_email", ErrorKind::PermissionDenied),
    ] {
        let (github, _) = github(config(), move |_| (200, json!({ "error": code })));
        let request = AuthorizeRequest::new("https://app.example/cb".parse().unwrap());
        let session = github.authorize(&request).await.unwrap().session;
        let error = github.exchange(&"c".into(), &session).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
        assert!(!error.needs_reconnect(), "{error}");
    }
}

/// evidence: github: refresh: vendor specification: the answer of "Refreshing user access tokens"
#[tokio::test]
async fn a_refresh_rotates_and_a_spent_one_asks_for_consent() {
    let answer = json!({"access_token": "ghu_2", "expires_in": 28800, "refresh_token": "ghr_2",
        "refresh_token_expires_in": 15_897_600, "scope": "", "token_type": "bearer"});
    let (renewing, _) = github(config().with_expiring_tokens(), move |_| {
        (200, answer.clone())
    });
    let old = TokenSet::new("ghu_1").with_refresh_token("ghr_1");
    let new = SignIn::new(renewing).refresh(&old).await.unwrap();
    assert_eq!(new.refresh_token.unwrap().expose_secret(), "ghr_2");
    assert!(new.refresh_expires_at.is_some());
    let (spent, _) = github(config().with_expiring_tokens(), |_| {
        (200, json!({"error": "bad_refresh_token"}))
    });
    let error = SignIn::new(spent).refresh(&old).await.unwrap_err();
    assert!(error.needs_reconnect(), "{error}");
}

// https://docs.github.com/en/rest/apps/oauth-applications
#[tokio::test]
async fn a_token_is_looked_up_and_ended_by_the_application() {
    let told = json!({"id": 1, "token": "gho_secret", "scopes": ["repo", "user"],
        "created_at": "2011-09-06T17:26:27Z", "expires_at": null,
        "user": {"login": "octocat", "id": 1}});
    let (known, transport) = github(config(), move |_| (200, told.clone()));
    let token = TokenRef::access("gho_secret");
    let introspection = known.introspect(&token).await.unwrap();
    assert!(introspection.active && introspection.scopes.contains("repo"));
    assert_eq!(introspection.username.as_deref(), Some("octocat"));
    assert!(!format!("{introspection:?}").contains("gho_secret"));
    let sent = &transport.exchanges()[0];
    assert_eq!(
        (sent.method.as_str(), sent.uri.path()),
        ("POST", "/applications/Iv1.client/token")
    );
    // base64("Iv1.client:s3cret")
    assert_eq!(
        sent.headers["authorization"],
        "Basic SXYxLmNsaWVudDpzM2NyZXQ="
    );

    let (ending, transport) = github(config(), |_| (204, Value::Null));
    ending.revoke(&token).await.unwrap();
    assert_eq!(transport.exchanges()[0].method, "DELETE");
    for status in [404, 422] {
        let (gone, _) = github(config(), move |_| (status, json!({"message": "Not Found"})));
        gone.revoke(&token).await.unwrap();
        assert!(!gone.introspect(&token).await.unwrap().active);
    }
    let (github, transport) = github(config(), |_| (204, Value::Null));
    let error = github
        .revoke(&TokenRef::refresh("ghr_1"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), transport.served()),
        (ErrorKind::Unsupported, 0)
    );
}

#[tokio::test]
async fn an_enterprise_server_has_its_own_addresses() {
    let (github, transport) = github(
        config().with_base_url("https://github.corp.example"),
        |_| (200, user()),
    );
    let request = AuthorizeRequest::new("https://app.example/cb".parse().unwrap());
    let started = github.authorize(&request).await.unwrap();
    assert!(
        started
            .url
            .as_str()
            .starts_with("https://github.corp.example/login/oauth/authorize?")
    );
    let tokens = TokenSet::new("t").with_scopes("repo".parse().unwrap());
    let profile = github.user_profile(&tokens).await.unwrap();
    assert_eq!(profile.subject.issuer(), "https://github.corp.example");
    assert_eq!(
        transport.exchanges()[0].uri,
        "https://github.corp.example/api/v3/user"
    );
}

/// evidence: github: device_start: vendor specification: the answer of "Device flow"
/// evidence: github: device_poll: vendor specification: the error codes of "Device flow", with status 200
#[tokio::test(start_paused = true)]
async fn a_device_signs_in_by_githubs_words() {
    let codes = json!({"device_code": "3584d83530557fdd1f46af8289938c8ef79f9dc5",
        "user_code": "WDJB-MJHT", "verification_uri": "https://github.com/login/device",
        "expires_in": 900, "interval": 5});
    let (starting, transport) = github(config().with_device_flow(), move |_| (200, codes.clone()));
    let device = starting.device_start(&Scopes::sign_in()).await.unwrap();
    assert_eq!(device.user_code, "WDJB-MJHT");
    assert_eq!(
        transport.exchanges()[0].uri,
        "https://github.com/login/device/code"
    );
    for (code, expected) in [
        ("authorization_pending", "Pending"),
        ("slow_down", "SlowDown"),
        ("expired_token", "Expired"),
        ("access_denied", "Denied"),
    ] {
        let polled = github(config().with_device_flow(), move |_| {
            (200, json!({ "error": code }))
        });
        let poll = polled.0.device_poll(&device).await.unwrap();
        assert!(
            format!("{poll:?}").starts_with(expected),
            "{code}: {poll:?}"
        );
        assert_eq!(polled.1.served(), 1, "{code}");
    }
    let (off, transport) = github(config(), |_| (200, json!({})));
    let error = off.device_start(&Scopes::sign_in()).await.unwrap_err();
    assert_eq!(
        (error.kind(), transport.served()),
        (ErrorKind::Unsupported, 0)
    );
}

/// evidence: github: directory.get_user: vendor specification: "Get a user using their ID"
#[tokio::test]
async fn a_member_is_read_by_the_number_of_the_account() {
    let (github, transport) = github(config(), |_| (200, user()));
    let members = Organisation::new("octo-org", SecretString::from("0rg-token")).unwrap();
    let sign_in = SignIn::new(github.with_organisation(members));
    let found = sign_in.user(&"583231".into()).await.unwrap();
    assert_eq!(found.username.as_deref(), Some("octocat"));
    assert_eq!(transport.exchanges()[0].uri.path(), "/user/583231");
    let error = sign_in.user(&"octocat".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// evidence: github: directory.list_users: vendor specification: "List organization members"
#[tokio::test]
async fn the_members_of_an_organisation_are_read_to_the_last_page() {
    let transport = Arc::new(FaultyTransport::answering(
        |request: http::Request<Bytes>| {
            let second = request.uri().query().unwrap().contains("&page=2");
            let body = match second {
                false => json!([{"login": "octocat", "id": 1}]),
                true => json!([{"login": "hubot", "id": 2}]),
            };
            let mut answer = Response::builder().header("content-type", "application/json");
            if !second {
                let link = "<https://api.github.com/organizations/1/members?page=2>; rel=\"next\"";
                answer = answer.header("link", link);
            }
            answer.body(body.to_string().into()).unwrap()
        },
    ));
    let github = GitHub::with_transport(config(), transport.clone()).unwrap();
    let members = Organisation::new("octo-org", SecretString::from("0rg-token")).unwrap();
    let sign_in = SignIn::new(github.with_organisation(members));
    let users: Vec<_> = sign_in.users(UserQuery::all()).try_collect().await.unwrap();
    let logins: Vec<_> = users
        .iter()
        .filter_map(|user| user.username.as_deref())
        .collect();
    assert_eq!(logins, ["octocat", "hubot"]);
    let sent = &transport.exchanges()[0];
    assert_eq!(sent.uri.path(), "/orgs/octo-org/members");
    assert_eq!(sent.headers["authorization"], "Bearer 0rg-token");
    assert!(Organisation::new("../evil", SecretString::from("t")).is_err());
}

#[tokio::test]
async fn a_made_up_scope_set_stays_as_it_is() {
    let (github, _) = github(config(), |_| (200, json!({})));
    let mut request = AuthorizeRequest::new("https://app.example/cb".parse().unwrap());
    request.scopes = "repo gist".parse::<Scopes>().unwrap();
    let started = github.authorize(&request).await.unwrap();
    assert_eq!(started.session.scopes().to_string(), "repo gist");
}

/// The first request ends the token, and its answer is lost; the second finds nothing.
#[tokio::test(start_paused = true)]
async fn a_token_whose_end_was_not_answered_is_ended_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let (ended, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (effects, requests) = (ended.clone(), asked.clone());
    let (github, transport) = github(config(), move |_| {
        match requests.fetch_add(1, Ordering::Relaxed) {
            0 => {
                effects.fetch_add(1, Ordering::Relaxed);
                (204, Value::Null)
            }
            _ => (404, json!({"message": "Not Found"})),
        }
    });
    transport.fail(|_| true, Fault::CutAfter);
    github.revoke(&TokenRef::access("gho_1")).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(ended.load(Ordering::Relaxed), 1);
}
