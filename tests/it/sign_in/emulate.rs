//! npm `emulate`, started by `xtask/counterparts/emulate.mjs`.

use integrations_core::ErrorKind;
use integrations_core::auth::{AllowedTenants, UserProfile};
use integrations_core::testing::{counterpart, sign_in_at_emulate};

use super::*;

const SECRET: Option<&str> = Some("test-secret");

async fn tokens(app: &Application, user: &str) -> Value {
    let url = app.authorization("openid email profile", &[]);
    let callback = sign_in_at_emulate(&url, user).await.unwrap();
    good(&app.exchange(&callback).await)
}

/// evidence: local_auth: verify_id_token: independent server: npm emulate (Google)
#[tokio::test]
async fn an_id_token_of_google_is_believed_and_tells_the_domain() {
    let Some(base) = counterpart("emulate", "INTEGRATIONS_TEST_GOOGLE") else {
        return;
    };
    let app = Application::new(&base, "test-app", SECRET).await;
    let tokens = tokens(&app, "grace@school.example").await;
    let claims = app.believes(&app.keys().await, &tokens).unwrap();
    let profile: &UserProfile = &claims.profile;
    assert_eq!(profile.verified_email(), Some("grace@school.example"));
    assert_eq!(profile.tenant.as_deref(), Some("school.example"));
}

#[tokio::test]
async fn an_id_token_of_microsoft_is_of_the_users_tenant() {
    let Some(base) = counterpart("emulate", "INTEGRATIONS_TEST_MICROSOFT") else {
        return;
    };
    let tenant = "11111111-1111-1111-1111-111111111111";
    let app = Application::new(&format!("{base}/{tenant}/v2.0"), "test-app", SECRET).await;
    let keys = app.keys().await;
    let ada = app.believes(&keys, &tokens(&app, "ada@people.example").await);
    assert_eq!(ada.unwrap().profile.tenant.as_deref(), Some(tenant));
    let grace = app.believes(&keys, &tokens(&app, "grace@school.example").await);
    assert_eq!(grace.unwrap_err().code(), Some("id_token_issuer"));
}

/// As `common` has it: one application for the users of every tenant that it takes.
///
/// evidence: local_auth: verify_id_token: independent server: npm emulate (Microsoft)
#[tokio::test]
async fn an_application_for_many_tenants_takes_those_that_it_allows() {
    let Some(base) = counterpart("emulate", "INTEGRATIONS_TEST_MICROSOFT") else {
        return;
    };
    let app = Application::new(&format!("{base}/common/v2.0"), "test-app", SECRET).await;
    let keys = app.keys().await;
    let verifier = |tenants| {
        let issuer = format!("{base}/{{tenantid}}/v2.0");
        IdTokenVerifier::new(issuer, "test-app", keys.clone()).with_tenants(tenants)
    };
    let school = "22222222-2222-2222-2222-222222222222";
    let ours = AllowedTenants::these([school]).unwrap();
    let grace = tokens(&app, "grace@school.example").await;
    let ada = tokens(&app, "ada@people.example").await;
    for tenants in [ours.clone(), AllowedTenants::Any] {
        let claims = verifier(tenants).verify(&id_token(&grace), &expected(&grace));
        assert_eq!(claims.unwrap().issuer, format!("{base}/{school}/v2.0"));
    }
    let refused = verifier(ours)
        .verify(&id_token(&ada), &expected(&ada))
        .unwrap_err();
    assert_eq!(refused.code(), Some("id_token_tenant_not_allowed"));
}

/// GitHub has no discovery and no ID tokens.
#[tokio::test]
async fn somebody_signs_in_at_github() {
    let Some(base) = counterpart("emulate", "INTEGRATIONS_TEST_GITHUB") else {
        return;
    };
    let authorization = format!(
        "{base}/login/oauth/authorize?client_id=test-app&state=s&scope=read%3Auser\
         &redirect_uri=https%3A%2F%2Fapp.example%2Fcallback"
    );
    let url = authorization.parse().unwrap();
    let callback = sign_in_at_emulate(&url, "ada").await.unwrap();
    let code = parameter(&callback, "code").unwrap();
    let fields = [
        ("client_id", "test-app"),
        ("client_secret", "test-secret"),
        ("code", code.as_str()),
    ];
    let answer = post(&format!("{base}/login/oauth/access_token"), &fields).await;
    assert!(
        answer.status.is_success() && answer.body.contains("access_token"),
        "{}",
        answer.body
    );
    let nobody = sign_in_at_emulate(&url, "nobody").await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::NotFound);
}
