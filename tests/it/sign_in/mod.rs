//! Sign-in at servers that this project did not write, by plain HTTP: what the servers and the way
//! through their pages are worth to the tests that stand on them, and that ID tokens that others
//! signed are believed.

mod emulate;
mod oidc_provider;

use integrations_core::auth::{IdClaims, IdTokenExpectations, IdTokenVerifier, Jwks, PkceVerifier};
use integrations_core::testing::{Browser, Visit, WebPage};
use integrations_core::{Result, SecretString};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

const CALLBACK: &str = "https://app.example/callback";
const NONCE: &str = "nonce-of-the-test";

/// A server and an application there.
struct Application {
    discovery: Value,
    client: (String, Option<&'static str>),
    verifier: PkceVerifier,
}

impl Application {
    /// Reads the discovery document below an address.
    async fn new(base: &str, client: &str, secret: Option<&'static str>) -> Self {
        let address = format!("{base}/.well-known/openid-configuration");
        Self {
            discovery: json(&get(&address).await),
            client: (client.to_owned(), secret),
            verifier: PkceVerifier::random().unwrap(),
        }
    }

    fn text(&self, name: &str) -> String {
        self.discovery[name].as_str().unwrap().to_owned()
    }

    fn authorization(&self, scope: &str, more: &[(&str, &str)]) -> Url {
        let mut url: Url = self.text("authorization_endpoint").parse().unwrap();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.0)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("scope", scope)
            .append_pair("state", "state of the test")
            .append_pair("nonce", NONCE)
            .append_pair("code_challenge", &self.verifier.challenge())
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(more);
        url
    }

    /// Asks the token endpoint, the client's name and secret in the body.
    async fn token(&self, fields: &[(&str, &str)]) -> WebPage {
        let mut all = vec![("client_id", self.client.0.as_str())];
        all.extend(self.client.1.map(|secret| ("client_secret", secret)));
        all.extend(fields);
        post(&self.text("token_endpoint"), &all).await
    }

    /// Exchanges the code of a callback.
    async fn exchange(&self, callback: &Url) -> WebPage {
        assert_eq!(
            parameter(callback, "state").as_deref(),
            Some("state of the test")
        );
        let code = parameter(callback, "code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", self.verifier.expose()),
        ];
        self.token(&fields).await
    }

    async fn refresh(&self, token: &Value) -> WebPage {
        let token = token.as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(&fields).await
    }

    async fn keys(&self) -> Jwks {
        Jwks::from_json(&get(&self.text("jwks_uri")).await.body).unwrap()
    }

    /// Checks the ID token of an answer.
    fn believes(&self, keys: &Jwks, tokens: &Value) -> Result<IdClaims> {
        let verifier = IdTokenVerifier::new(self.text("issuer"), &self.client.0, keys.clone());
        verifier.verify(&id_token(tokens), &expected(tokens))
    }
}

fn id_token(tokens: &Value) -> SecretString {
    tokens["id_token"].as_str().unwrap().into()
}

fn expected(tokens: &Value) -> IdTokenExpectations {
    IdTokenExpectations::at(Timestamp::now())
        .with_nonce(NONCE)
        .with_access_token(tokens["access_token"].as_str().unwrap().into())
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut query = url.query_pairs();
    query.find_map(|(n, value)| (n == name).then(|| value.into_owned()))
}

fn json(page: &WebPage) -> Value {
    serde_json::from_str(&page.body).unwrap_or_else(|_| panic!("{} {}", page.status, page.body))
}

/// What an answer that went well says.
#[track_caller]
fn good(page: &WebPage) -> Value {
    assert!(page.status.is_success(), "{} {}", page.status, page.body);
    json(page)
}

/// The code of an answer that did not.
#[track_caller]
fn error(page: &WebPage) -> String {
    assert!(page.status.is_client_error(), "{}", page.status);
    json(page)["error"].as_str().unwrap().to_owned()
}

async fn get(address: &str) -> WebPage {
    page(browser().open(&address.parse().unwrap()).await)
}

async fn post(address: &str, fields: &[(&str, &str)]) -> WebPage {
    page(browser().post(&address.parse().unwrap(), fields).await)
}

fn browser() -> Browser {
    Browser::new(CALLBACK.parse().unwrap())
}

fn page(visit: Result<Visit>) -> WebPage {
    match visit.unwrap() {
        Visit::Page(page) => page,
        Visit::Application(url) => panic!("the application was called back at {url}"),
    }
}
