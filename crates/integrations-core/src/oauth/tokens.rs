//! Codes, refresh tokens and the application's own rights become tokens; tokens are ended and
//! looked up.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use oauth2::basic::BasicTokenResponse;
use oauth2::{
    AccessToken, AuthorizationCode, IntrospectionUrl, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RevocationUrl, Scope, StandardRevocableToken, TokenIntrospectionResponse, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::client::OAuthClient;
use super::exchange::{Refused, meaning_of, request_of};
use super::operations::{
    CLIENT_CREDENTIALS, EXCHANGE, INTROSPECT, REFRESH, REFRESH_STATIC, REVOKE,
};
use crate::auth::check::ends_the_grant;
use crate::auth::{AuthSession, Introspection, Scopes, TokenKind, TokenRef, TokenSet};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::Operation;
use crate::raw::Raw;

impl OAuthClient {
    /// Exchanges the code of a callback that was checked (RFC 6749, section 4.1.3; RFC 7636,
    /// section 4.5).
    ///
    /// # Errors
    /// `Unauthenticated` for a code that is spent or not of this session. When the answer is lost
    /// the effect is `Unknown`: the code may be used.
    pub async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet> {
        let endpoints = self.endpoints().await?;
        let oauth2 = self.oauth2(&endpoints.token);
        let redirect = RedirectUrl::from_url(session.redirect_uri().clone());
        let call = || {
            let verifier = PkceCodeVerifier::new(session.verifier().expose().to_owned());
            oauth2
                .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
                .set_pkce_verifier(verifier)
                .set_redirect_uri(Cow::Borrowed(&redirect))
        };
        let request = request_of(|http| call().request(http))?;
        self.token(
            &Operation::of(&EXCHANGE),
            &endpoints.token,
            &request,
            |fields| meaning_of::<_, Refused>(fields, |http| call().request(http)),
        )
        .await
    }

    /// Renews tokens (RFC 6749, section 6), for all that was granted when `scopes` is empty.
    ///
    /// # Errors
    /// `Unauthenticated` for a refresh token that is used, expired or revoked:
    /// [`Error::needs_reconnect`]. When the answer is lost the effect is `Unknown`, unless refresh
    /// tokens [stay the same](Self::with_static_refresh_tokens).
    pub async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        let endpoints = self.endpoints().await?;
        let oauth2 = self.oauth2(&endpoints.token);
        let refresh_token = RefreshToken::new(token.expose_secret().to_owned());
        let call = || {
            oauth2
                .exchange_refresh_token(&refresh_token)
                .add_scopes(of(scopes))
        };
        let request = request_of(|http| call().request(http))?;
        let operation = match self.inner.rotates {
            true => Operation::of(&REFRESH),
            false => Operation::of(&REFRESH_STATIC),
        };
        let renewed = self.token(&operation, &endpoints.token, &request, |fields| {
            meaning_of::<_, Refused>(fields, |http| call().request(http))
        });
        renewed.await.map_err(ends_the_grant)
    }

    /// Tokens for the application itself (RFC 6749, section 4.4).
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet> {
        let endpoints = self.endpoints().await?;
        let oauth2 = self.oauth2(&endpoints.token);
        let call = || oauth2.exchange_client_credentials().add_scopes(of(scopes));
        let request = request_of(|http| call().request(http))?;
        let operation = Operation::of(&CLIENT_CREDENTIALS);
        self.token(&operation, &endpoints.token, &request, |fields| {
            meaning_of::<_, Refused>(fields, |http| call().request(http))
        })
        .await
    }

    /// Ends a token (RFC 7009). One that is ended already is a success.
    ///
    /// # Errors
    /// `Unsupported` where the provider has no such endpoint, and what it answers.
    pub async fn revoke(&self, token: &TokenRef) -> Result<()> {
        let endpoints = self.endpoints().await?;
        let url = endpoints
            .revocation
            .as_ref()
            .ok_or_else(|| no("revocation"))?;
        let text = token.token.expose_secret().to_owned();
        let revocable = match token.kind {
            TokenKind::AccessToken => StandardRevocableToken::AccessToken(AccessToken::new(text)),
            TokenKind::RefreshToken => {
                StandardRevocableToken::RefreshToken(RefreshToken::new(text))
            }
        };
        // The crate wants https; where the request goes is ours to say, and judged already.
        let anywhere = RevocationUrl::new("https://revocation.invalid/".to_owned());
        let anywhere = anywhere.map_err(|_| Error::internal("an address of ours is wrong"))?;
        let oauth2 = self.oauth2(&endpoints.token).set_revocation_url(anywhere);
        let call = oauth2.revoke_token(revocable);
        let call = call.map_err(|_| Error::internal("an address of ours is not https"))?;
        let request = request_of(|http| call.request(http))?;
        let ended = self.post(&Operation::of(&REVOKE), url, &request).await;
        match ended {
            Ok(_) => Ok(()),
            // Some answer so instead of a success.
            Err(error) if matches!(error.code(), Some("invalid_token")) => Ok(()),
            // Of success nothing is read, so that a page of HTML is one too.
            Err(error) if error.effect() == crate::Effect::Applied => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What the provider knows of a token (RFC 7662).
    ///
    /// # Errors
    /// `Unsupported` where the provider has no such endpoint, and what it answers.
    pub async fn introspect(&self, token: &TokenRef) -> Result<Introspection> {
        let endpoints = self.endpoints().await?;
        let url = endpoints
            .introspection
            .as_ref()
            .ok_or_else(|| no("introspection"))?;
        let oauth2 = self
            .oauth2(&endpoints.token)
            .set_introspection_url(IntrospectionUrl::from_url(url.clone()));
        let text = AccessToken::new(token.token.expose_secret().to_owned());
        let call = || {
            oauth2
                .introspect(&text)
                .set_token_type_hint(token.kind.as_str())
        };
        let request = request_of(|http| call().request(http))?;
        let fields = self
            .post(&Operation::of(&INTROSPECT), url, &request)
            .await?;
        let told = meaning_of::<_, Refused>(&fields, |http| call().request(http))?;
        if !told.active() {
            return Ok(Introspection::inactive());
        }
        let at = |name: &str| Timestamp::from_second(fields.get(name)?.as_i64()?).ok();
        let mut known = Introspection::active(scopes_of(told.scopes()))
            .with_times(at("iat"), at("exp"))
            .with_raw(Raw::Json(Value::Object(fields.clone())));
        known.subject = told.sub().map(str::to_owned);
        known.username = told.username().map(str::to_owned);
        known.client_id = told.client_id().map(|id| id.to_string());
        Ok(known)
    }

    /// Sends a token request and reads the tokens.
    pub(super) async fn token(
        &self,
        operation: &Operation,
        endpoint: &Url,
        request: &oauth2::HttpRequest,
        meaning: impl Fn(&Map<String, Value>) -> Result<BasicTokenResponse>,
    ) -> Result<TokenSet> {
        // Before the request: its way must not lengthen the token's life.
        let now = self.now();
        let fields = self.post(operation, endpoint, request).await?;
        let told = meaning(&fields)?;
        Ok(set(&told, &fields, now))
    }
}

/// The tokens of an answer that came for a request of then.
pub(super) fn set(
    told: &BasicTokenResponse,
    fields: &Map<String, Value>,
    now: Timestamp,
) -> TokenSet {
    let after = |seconds: u64| {
        // What lasts longer than times go has no end.
        now.checked_add(Duration::from_secs(seconds)).ok()
    };
    let text = |name: &str| {
        let text = fields.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    let mut tokens = TokenSet::new(told.access_token().secret().clone());
    if let Some(kind) = text("token_type")
        && !kind.eq_ignore_ascii_case("bearer")
    {
        kind.clone_into(&mut tokens.token_type);
    }
    tokens.refresh_token = told
        .refresh_token()
        .map(|token| SecretString::from(token.secret().clone()))
        .filter(|token| !token.expose_secret().is_empty());
    tokens.id_token = text("id_token").map(SecretString::from);
    tokens.expires_at = told.expires_in().and_then(|life| after(life.as_secs()));
    let refresh_life = fields
        .get("refresh_token_expires_in")
        .and_then(Value::as_u64);
    tokens.refresh_expires_at = refresh_life.and_then(after);
    tokens.scopes = scopes_of(told.scopes());
    tokens
}

fn of(scopes: &Scopes) -> Vec<Scope> {
    scopes
        .iter()
        .map(|scope| Scope::new(scope.as_str().to_owned()))
        .collect()
}

fn scopes_of(scopes: Option<&Vec<Scope>>) -> Scopes {
    let scopes = scopes.into_iter().flatten();
    // An odd word must not turn a success into an error.
    scopes
        .filter_map(|scope| crate::auth::Scope::new(scope.to_string()).ok())
        .collect()
}

pub(super) fn no(endpoint: &str) -> Error {
    let text = format!("the provider has no {endpoint} endpoint");
    Error::new(ErrorKind::Unsupported, text)
}
