//! A provider in which one thing is wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::FutureExt;
use integrations_core::auth::*;
use integrations_core::{
    Cursor, Descriptor, Error, ErrorKind, ExposeSecret, Health, Integration, Page, PageRequest,
    Result, SecretString, Status,
};
use integrations_local::auth::LocalSignIn;
use url::Url;

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    TakesACodeTwice,
    TakesAnyVerifier,
    TakesAnyRedirectUri,
    TakesAnyCode,
    NamesUsersByTheDay,
    TellsOfTheFirstUser,
    ProvesEveryAddress,
    BelievesUnsignedTokens,
    BelievesChangedTokens,
    BelievesExpiredTokens,
    IgnoresTheNonce,
    IgnoresTheSubject,
    IgnoresMaxAge,
    ForgetsOldKeys,
    KnowsEveryToken,
    KeepsRefreshTokens,
    ForgivesTheft,
    ForgetsThatAGrantIsGone,
    TakesASpentCodeForALostGrant,
    RevokesNoRefreshToken,
    LosesScopes,
    WidensScopes,
    RevokesNothing,
    FailsOnTheSecondRevocation,
    CallsEverythingActive,
    GivesTheApplicationAUser,
    IgnoresTheDevicesUser,
    LetsDevicesPollAtWill,
    ListsUsersForEver,
    FindsEverybody,
    DoesWhatItDoesNotDeclare,
    SendsBeforeItRefuses,
    LooksUpItsName,
    DeclaresWhatDoesNotWork,
}

#[derive(Debug)]
pub(super) struct Faulty {
    inner: LocalSignIn,
    fault: Fault,
    capabilities: AuthCapabilities,
    spent: Mutex<Vec<(String, TokenSet)>>,
    sent: AtomicU64,
}

impl Faulty {
    pub(super) fn new(inner: LocalSignIn, fault: Fault) -> Self {
        let mut capabilities = *inner.capabilities();
        if matches!(
            fault,
            Fault::DoesWhatItDoesNotDeclare | Fault::SendsBeforeItRefuses
        ) {
            capabilities.introspect = false;
        }
        Self {
            inner,
            fault,
            capabilities,
            spent: Mutex::default(),
            sent: AtomicU64::new(0),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn send(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Integration for Faulty {
    fn descriptor(&self) -> &Descriptor {
        if self.has(Fault::LooksUpItsName) {
            // In memory there is nothing to wait for.
            self.inner.jwks().now_or_never().unwrap().unwrap();
        }
        self.inner.descriptor()
    }
    async fn connect(&self) -> Result<()> {
        self.inner.connect().await
    }
    async fn check_health(&self) -> Health {
        self.inner.check_health().await
    }
    fn status(&self) -> Status {
        self.inner.status()
    }
}

#[async_trait]
impl AuthProvider for Faulty {
    fn capabilities(&self) -> &AuthCapabilities {
        &self.capabilities
    }

    async fn authorize(&self, request: &AuthorizeRequest) -> Result<Authorization> {
        self.inner.authorize(request).await
    }

    async fn exchange(&self, code: &SecretString, session: &AuthSession) -> Result<TokenSet> {
        self.send();
        let text = code.expose_secret().to_owned();
        let spent = self
            .spent
            .lock()
            .unwrap()
            .iter()
            .find(|(known, _)| *known == text)
            .map(|(_, tokens)| tokens.clone());
        let again = matches!(
            self.fault,
            Fault::TakesACodeTwice | Fault::TakesAnyVerifier | Fault::TakesAnyRedirectUri
        );
        if let Some(tokens) = spent.filter(|_| again) {
            return Ok(tokens);
        }
        let answer = self.inner.exchange(code, session).await;
        match self.fault {
            Fault::TakesACodeTwice => {
                let tokens = answer?;
                self.spent.lock().unwrap().push((text, tokens.clone()));
                Ok(tokens)
            }
            Fault::TakesAnyVerifier | Fault::TakesAnyRedirectUri | Fault::TakesAnyCode
                if answer.is_err() =>
            {
                Ok(TokenSet::new("taken").with_id_token("a.b.c"))
            }
            Fault::LosesScopes => answer.map(|tokens| tokens.with_scopes(Scopes::none())),
            Fault::TakesASpentCodeForALostGrant => answer.map_err(Error::with_reconnect),
            _ => answer,
        }
    }

    async fn user_profile(&self, tokens: &TokenSet) -> Result<UserProfile> {
        self.send();
        let answer = self.inner.user_profile(tokens).await;
        match (self.fault, answer) {
            (Fault::KnowsEveryToken, Err(_)) | (Fault::GivesTheApplicationAUser, Err(_)) => Ok(
                UserProfile::new(SubjectKey::new("https://sign-in.invalid", "somebody")),
            ),
            (Fault::ProvesEveryAddress, Ok(mut profile)) => {
                profile.email_verified = Some(true);
                Ok(profile)
            }
            (Fault::NamesUsersByTheDay, Ok(mut profile)) => {
                let day = self.sent.load(Ordering::Relaxed).to_string();
                profile.subject = SubjectKey::new(profile.subject.issuer(), day);
                Ok(profile)
            }
            (Fault::TellsOfTheFirstUser, Ok(mut profile)) => {
                profile.subject = SubjectKey::new(profile.subject.issuer(), "local-ada");
                Ok(profile)
            }
            (_, answer) => answer,
        }
    }

    async fn verify_id_token(
        &self,
        token: &SecretString,
        expected: &IdTokenExpectations,
    ) -> Result<IdClaims> {
        let mut looser = expected.clone();
        match self.fault {
            Fault::IgnoresTheNonce => looser.nonce = None,
            Fault::IgnoresTheSubject => looser.subject = None,
            Fault::IgnoresMaxAge => looser.max_auth_age = None,
            Fault::BelievesExpiredTokens => looser.now = jiff::Timestamp::now(),
            Fault::ForgetsOldKeys => {
                let mut set = self.inner.jwks().await?;
                let keys = set["keys"].as_array_mut().unwrap();
                let last = keys.pop().unwrap();
                *keys = vec![last];
                let verifier =
                    IdTokenVerifier::new(self.inner.issuer(), "local-app", Jwks::from_value(&set)?);
                return verifier.verify(token, expected);
            }
            _ => {}
        }
        let answer = self.inner.verify_id_token(token, &looser).await;
        let believes = match self.fault {
            Fault::BelievesUnsignedTokens => token.expose_secret().ends_with('.'),
            Fault::BelievesChangedTokens => !token.expose_secret().ends_with('.'),
            _ => false,
        };
        match answer {
            Err(_) if believes => {
                let subject = SubjectKey::new("https://sign-in.invalid", "local-ada");
                let (from, to) = (expected.now, jiff::Timestamp::MAX);
                Ok(IdClaims::new(
                    subject.issuer(),
                    subject.subject(),
                    vec![],
                    from,
                    to,
                    serde_json::json!({}),
                ))
            }
            other => other.map(|mut claims| {
                if self.has(Fault::ProvesEveryAddress) {
                    claims.profile.email_verified = Some(true);
                }
                claims
            }),
        }
    }

    async fn refresh(&self, token: &SecretString, scopes: &Scopes) -> Result<TokenSet> {
        self.send();
        match self.fault {
            Fault::WidensScopes if self.inner.refresh(token, scopes).await.is_err() => {
                Ok(TokenSet::new("wide").with_scopes(scopes.clone()))
            }
            Fault::ForgetsThatAGrantIsGone => {
                let answer = self.inner.refresh(token, scopes).await;
                answer.map_err(|_| Error::new(ErrorKind::Unauthenticated, "no"))
            }
            Fault::KeepsRefreshTokens => {
                let kept = token.clone();
                let known = self
                    .inner
                    .introspect(&TokenRef::refresh(kept.clone()))
                    .await?;
                if !known.active {
                    return Err(oauth_error("invalid_grant", None));
                }
                // The provider's own answer without its rotation.
                let asked = if scopes.is_empty() {
                    known.scopes
                } else {
                    scopes.clone()
                };
                let tokens = self.inner.client_credentials(&Scopes::none()).await?;
                Ok(tokens.with_scopes(asked).with_refresh_token(kept))
            }
            Fault::ForgivesTheft => {
                let known = self
                    .inner
                    .introspect(&TokenRef::refresh(token.clone()))
                    .await?;
                if !known.active {
                    return Err(oauth_error("invalid_grant", None));
                }
                self.inner.refresh(token, scopes).await
            }
            Fault::LosesScopes => {
                let tokens = self.inner.refresh(token, scopes).await?;
                let mut lost = Scopes::none();
                lost.insert(Scope::new("openid")?);
                Ok(tokens.with_scopes(lost))
            }
            _ => self.inner.refresh(token, scopes).await,
        }
    }

    async fn revoke(&self, token: &TokenRef) -> Result<()> {
        self.send();
        match self.fault {
            Fault::RevokesNothing => Ok(()),
            Fault::RevokesNoRefreshToken if token.kind == TokenKind::RefreshToken => Ok(()),
            Fault::FailsOnTheSecondRevocation if !self.inner.introspect(token).await?.active => {
                Err(Error::not_found("the token"))
            }
            _ => self.inner.revoke(token).await,
        }
    }

    async fn introspect(&self, token: &TokenRef) -> Result<Introspection> {
        self.send();
        match self.fault {
            Fault::CallsEverythingActive => Ok(Introspection::active(Scopes::none())),
            Fault::SendsBeforeItRefuses => {
                self.inner.introspect(token).await?;
                Err(Error::unsupported("introspect"))
            }
            _ => self.inner.introspect(token).await,
        }
    }

    async fn client_credentials(&self, scopes: &Scopes) -> Result<TokenSet> {
        self.send();
        self.inner.client_credentials(scopes).await
    }

    async fn device_start(&self, scopes: &Scopes) -> Result<DeviceAuth> {
        self.send();
        self.inner.device_start(scopes).await
    }

    async fn device_poll(&self, device: &DeviceAuth) -> Result<DevicePoll> {
        self.send();
        let poll = self.inner.device_poll(device).await?;
        Ok(match (self.fault, poll) {
            (Fault::IgnoresTheDevicesUser, DevicePoll::Denied) => DevicePoll::Pending,
            (Fault::LetsDevicesPollAtWill, DevicePoll::SlowDown) => DevicePoll::Pending,
            (_, poll) => poll,
        })
    }

    fn logout_url(&self, request: &LogoutRequest) -> Result<Url> {
        if self.has(Fault::DeclaresWhatDoesNotWork) {
            return Err(Error::new(ErrorKind::Unavailable, "no such address"));
        }
        self.inner.logout_url(request)
    }

    fn directory(&self) -> Option<&dyn UserDirectory> {
        Some(self)
    }
}

#[async_trait]
impl UserDirectory for Faulty {
    async fn list_users(
        &self,
        query: &UserQuery,
        page: &PageRequest,
    ) -> Result<Page<DirectoryUser>> {
        let query = if self.has(Fault::FindsEverybody) {
            UserQuery::all()
        } else {
            query.clone()
        };
        let mut page = self
            .inner
            .directory()
            .unwrap()
            .list_users(&query, page)
            .await?;
        if self.has(Fault::ListsUsersForEver) && !page.items.is_empty() {
            page.next = Some(Cursor::new("0"));
        }
        Ok(page)
    }

    async fn get_user(&self, id: &UserId) -> Result<DirectoryUser> {
        self.inner.directory().unwrap().get_user(id).await
    }
}
