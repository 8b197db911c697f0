//! Tokens of the application itself, and of an account, kept until they end.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::client::OAuthClient;
use crate::auth::{Scopes, TokenSet};
use crate::error::Result;

/// How long before its end a token is replaced: longer than a request takes.
const SKEW: Duration = Duration::from_secs(60);

/// Where calls get the access token that they carry.
#[async_trait]
pub trait AccessTokens: Send + Sync + fmt::Debug {
    /// A token that is good now.
    ///
    /// # Errors
    /// What getting one answers.
    async fn access_token(&self) -> Result<SecretString>;
}

/// A token that never changes, for example one from a vendor's console.
#[async_trait]
impl AccessTokens for SecretString {
    async fn access_token(&self) -> Result<SecretString> {
        Ok(self.clone())
    }
}

/// A connection's, refreshed once for each expiry.
#[cfg(feature = "credentials")]
#[async_trait]
impl AccessTokens for crate::credential::TokenSource {
    async fn access_token(&self) -> Result<SecretString> {
        let token = Self::access_token(self).await?;
        Ok(token.secret().clone())
    }
}

/// The application's own tokens (RFC 6749, section 4.4): one for all callers, asked for when there
/// is none or it ends within a minute, once for all who wait.
#[derive(Debug)]
pub struct ApplicationTokens {
    client: OAuthClient,
    scopes: Scopes,
    kept: Mutex<Option<TokenSet>>,
}

impl ApplicationTokens {
    /// Tokens with these scopes. Sends nothing.
    #[must_use]
    pub fn new(client: OAuthClient, scopes: Scopes) -> Self {
        Self {
            client,
            scopes,
            kept: Mutex::default(),
        }
    }
}

#[async_trait]
impl AccessTokens for ApplicationTokens {
    async fn access_token(&self) -> Result<SecretString> {
        let mut kept = self.kept.lock().await;
        let now = self.client.now();
        if let Some(tokens) = &*kept
            && !tokens.expires_within(SKEW, now)
        {
            return Ok(tokens.access_token.clone());
        }
        let tokens = self.client.client_credentials(&self.scopes).await?;
        let token = tokens.access_token.clone();
        *kept = Some(tokens);
        Ok(token)
    }
}

/// Access tokens from a refresh token: one for all callers, asked for when there is none or it ends
/// within a minute, once for all who wait. A refresh token that the provider gives anew takes the
/// place of the one before for as long as this lives, and no longer: it is for providers whose first
/// one stays good ([`OAuthClient::with_static_refresh_tokens`]). Where connections are kept, a
/// `credential::TokenSource` (feature `credentials`) is the better one: it stores them.
#[derive(Debug)]
pub struct RefreshedTokens {
    client: OAuthClient,
    first: SecretString,
    kept: Mutex<Option<TokenSet>>,
}

impl RefreshedTokens {
    /// Tokens from a refresh token. Sends nothing.
    #[must_use]
    pub fn new(client: OAuthClient, refresh_token: SecretString) -> Self {
        Self {
            client,
            first: refresh_token,
            kept: Mutex::default(),
        }
    }
}

#[async_trait]
impl AccessTokens for RefreshedTokens {
    async fn access_token(&self) -> Result<SecretString> {
        let mut kept = self.kept.lock().await;
        if let Some(tokens) = &*kept
            && !tokens.expires_within(SKEW, self.client.now())
        {
            return Ok(tokens.access_token.clone());
        }
        let newest = kept.as_ref().and_then(|it| it.refresh_token.clone());
        let newest = newest.unwrap_or_else(|| self.first.clone());
        let mut tokens = self.client.refresh(&newest, &Scopes::none()).await?;
        // One that is not given anew stays.
        tokens.refresh_token.get_or_insert(newest);
        let token = tokens.access_token.clone();
        *kept = Some(tokens);
        Ok(token)
    }
}
