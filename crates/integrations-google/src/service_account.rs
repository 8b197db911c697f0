//! Tokens of a service account, for itself or for a user of a Workspace that delegated to it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, HeaderValue};
use integrations_core::http::{Body, Transport};
use integrations_core::oauth::AccessTokens;
use integrations_core::{Effect, Error, ErrorKind, ExposeSecret, Result, SecretString};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

use crate::tokens::SKEW;

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a key file from Google's console has; more is in it that is not needed.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: SecretString,
    private_key_id: Option<String>,
    token_uri: Option<String>,
}

/// A service account, which signs for its tokens with its own key (RFC 7523;
/// <https://developers.google.com/identity/protocols/oauth2/service-account>): one token for all
/// callers, asked for when there is none or it ends within a minute. `Debug` does not show the key.
pub struct ServiceAccount {
    email: String,
    key: EncodingKey,
    key_id: Option<String>,
    token_url: Url,
    scopes: String,
    subject: Option<String>,
    transport: Arc<dyn Transport>,
    clock: Clock,
    kept: Mutex<Option<(SecretString, Timestamp)>>,
}

impl ServiceAccount {
    /// An account by the JSON key file from Google's console. Sends nothing.
    ///
    /// # Errors
    /// `Config` for what is no such file, or a token address that is not encrypted.
    pub fn new(
        key_file: &SecretString,
        scopes: &[&str],
        transport: impl Transport + 'static,
    ) -> Result<Self> {
        // What is wrong with a secret is not repeated.
        let config = |what: &'static str| Error::new(ErrorKind::Config, what);
        let file: KeyFile = serde_json::from_str(key_file.expose_secret())
            .map_err(|_| config("the service account's key is no JSON key file of Google's"))?;
        let pem = file.private_key.expose_secret().as_bytes();
        let key = EncodingKey::from_rsa_pem(pem)
            .map_err(|_| config("the service account's private_key is no RSA key in PEM"))?;
        let url = file
            .token_uri
            .as_deref()
            .unwrap_or("https://oauth2.googleapis.com/token");
        let token_url = Url::parse(url).ok().filter(|url| url.scheme() == "https");
        Ok(Self {
            email: file.client_email,
            key,
            key_id: file.private_key_id,
            token_url: token_url
                .ok_or_else(|| config("the service account's token_uri is no https URL"))?,
            scopes: scopes.join(" "),
            subject: None,
            transport: Arc::new(transport),
            clock: Arc::new(Timestamp::now),
            kept: Mutex::default(),
        })
    }

    /// Acts for a user of a Workspace whose administrator delegated its domain to the account.
    #[must_use]
    pub fn with_subject(mut self, email: impl Into<String>) -> Self {
        self.subject = Some(email.into());
        self
    }

    /// Reads the time from elsewhere, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What is signed: an hour is the longest that Google takes.
    fn assertion(&self, now: Timestamp) -> Result<String> {
        let mut claims = json!({"iss": self.email, "scope": self.scopes,
            "aud": self.token_url.as_str(), "iat": now.as_second(), "exp": now.as_second() + 3600});
        if let Some(subject) = &self.subject {
            claims["sub"] = subject.as_str().into();
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid.clone_from(&self.key_id);
        jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|_| Error::new(ErrorKind::Config, "the service account's key cannot sign"))
    }

    async fn ask(&self, now: Timestamp) -> Result<(SecretString, Timestamp)> {
        let assertion = self.assertion(now)?;
        let body = Body::form([
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &*assertion),
        ]);
        let mut request = http::Request::post(self.token_url.as_str())
            .body(body)
            .map_err(|_| Error::new(ErrorKind::Config, "token_uri is no https URL"))?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        let response = self.transport.send(request).await?;
        if !response.status().is_success() {
            return Err(refused(&response.into_refusal().await));
        }
        let answer: Value = response.json().await?;
        let token = answer["access_token"]
            .as_str()
            .filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            // Of a token nothing is known then: another can be asked for.
            Error::new(ErrorKind::Decode, "the answer has no access_token")
                .with_effect(Effect::NotApplied)
        })?;
        let seconds = answer["expires_in"].as_i64().unwrap_or(3600).clamp(0, 3600);
        let ends = now
            .checked_add(SignedDuration::from_secs(seconds))
            .unwrap_or(now);
        Ok((SecretString::from(token), ends))
    }
}

/// `invalid_grant` is a key that was withdrawn, a clock that is wrong, or a user who is not of the
/// domain; the words beside it may repeat the assertion.
fn refused(refusal: &integrations_core::http::Refusal) -> Error {
    let body: Value = refusal.json().unwrap_or_default();
    let code = match body["error"].as_str() {
        Some("invalid_grant") => "invalid_grant",
        Some("unauthorized_client") => "unauthorized_client",
        Some("invalid_scope") => "invalid_scope",
        _ => return refusal.error(),
    };
    Error::new(
        ErrorKind::Unauthenticated,
        "the service account gets no token",
    )
    .with_effect(Effect::NotApplied)
    .with_status(refusal.status.as_u16())
    .with_code(code)
    .with_advice(
        "check the key, the clock, and that the Workspace delegated its domain to the account for \
             these scopes",
    )
}

#[async_trait]
impl AccessTokens for ServiceAccount {
    async fn access_token(&self) -> Result<SecretString> {
        let mut kept = self.kept.lock().await;
        let now = (self.clock)();
        if let Some((token, ends)) = &*kept
            && ends.duration_since(now) > SignedDuration::try_from(SKEW).unwrap_or_default()
        {
            return Ok(token.clone());
        }
        let asked = self.ask(now).await?;
        let token = asked.0.clone();
        *kept = Some(asked);
        Ok(token)
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("email", &self.email)
            .field("scopes", &self.scopes)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use integrations_core::testing::{Exchange, FaultyTransport};
    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            lines.join("\n")
        )
    }

    fn account(
        answer: &'static str,
        status: u16,
    ) -> (ServiceAccount, Arc<FaultyTransport>, DecodingKey) {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
        let file = json!({"type": "service_account", "client_email": "bot@project.example",
            "private_key_id": "k1", "private_key": pem("PRIVATE KEY", private.as_ref())});
        let transport = Arc::new(FaultyTransport::answering(move |_| {
            http::Response::builder()
                .status(status)
                .body(answer.into())
                .unwrap()
        }));
        let key = SecretString::from(file.to_string());
        let account =
            ServiceAccount::new(&key, &["scope-a", "scope-b"], transport.clone()).unwrap();
        let public =
            DecodingKey::from_rsa_pem(pem("PUBLIC KEY", public.as_ref()).as_bytes()).unwrap();
        (account, transport, public)
    }

    fn claims(sent: &Exchange, key: &DecodingKey) -> Value {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&sent.body)
            .into_owned()
            .collect();
        assert_eq!(
            form[0],
            (
                "grant_type".into(),
                "urn:ietf:params:oauth:grant-type:jwt-bearer".into()
            )
        );
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&["https://oauth2.googleapis.com/token"]);
        rules.validate_exp = false;
        jsonwebtoken::decode::<Value>(&form[1].1, key, &rules)
            .unwrap()
            .claims
    }

    // https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
    #[tokio::test]
    async fn the_assertion_is_what_google_describes_and_the_token_is_kept() {
        let (account, transport, key) =
            account(r#"{"access_token": "ya29.t", "expires_in": 3599}"#, 200);
        let now = Arc::new(std::sync::Mutex::new(
            "2026-06-01T09:00:00Z".parse::<Timestamp>().unwrap(),
        ));
        let clock = now.clone();
        let account = account
            .with_subject("ada@school.example")
            .with_clock(move || *clock.lock().unwrap());
        for _ in 0..2 {
            assert_eq!(
                account.access_token().await.unwrap().expose_secret(),
                "ya29.t"
            );
        }
        assert_eq!(transport.served(), 1);
        let sent = &transport.exchanges()[0];
        assert_eq!(sent.uri, "https://oauth2.googleapis.com/token");
        assert_eq!(
            claims(sent, &key),
            json!({"iss": "bot@project.example", "scope": "scope-a scope-b", "sub": "ada@school.example",
                "aud": "https://oauth2.googleapis.com/token", "iat": 1_780_304_400, "exp": 1_780_308_000})
        );
        // Within a minute of its end it is replaced.
        *now.lock().unwrap() += SignedDuration::from_secs(3540);
        account.access_token().await.unwrap();
        assert_eq!(transport.served(), 2);
    }

    #[tokio::test]
    async fn a_refusal_says_what_to_check_and_shows_no_secret() {
        let (account, _, _) = account(
            r#"{"error": "invalid_grant", "error_description": "canary"}"#,
            400,
        );
        let error = account.access_token().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Unauthenticated, Some("invalid_grant"))
        );
        assert_eq!(error.effect(), Effect::NotApplied);
        let shown = format!("{error} {error:?} {account:?}");
        assert!(
            !shown.contains("canary") && !shown.contains("PRIVATE"),
            "{shown}"
        );
        for file in [
            "",
            "{}",
            r#"{"client_email": "a", "private_key": "canary"}"#,
        ] {
            let transport = FaultyTransport::answering(|_| http::Response::new("".into()));
            let error = ServiceAccount::new(&SecretString::from(file), &[], transport).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!error.to_string().contains("canary"));
        }
    }
}
