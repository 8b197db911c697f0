//! Sign-in without an identity provider: a list of users, and real tokens.
//!
//! ```
//! use integrations_core::auth::{AuthorizeRequest, CallbackParams, SignIn};
//! use integrations_local::auth::LocalSignIn;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! let provider = LocalSignIn::in_memory()?;
//! let sign_in = SignIn::new(provider.clone());
//!
//! let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap());
//! let started = sign_in.authorize(&request).await?;
//! // In place of the browser: the user `ada` says yes.
//! let back = provider.approve(&started.url, "ada").await?;
//!
//! let callback = CallbackParams::from_url(&back)?;
//! let who = sign_in.sign_in(&callback, started.session).await?;
//! assert_eq!(who.profile.verified_email(), Some("ada@example.com"));
//! # Ok(()) }
//! ```
//!
//! It does what a provider does: codes are good once and for a minute, PKCE and redirect URIs are
//! checked, ID tokens are signed (ES256) with keys that rotate, refresh tokens are replaced at
//! every use, and one that is used again ends all that came from it (RFC 9700, section 4.14.2).
//! Its issuer is at `sign-in.invalid`, which RFC 2606 reserves: nobody is there.
//!
//! It is for development: its folder holds the signing keys in the clear.

mod account;
mod directory;
mod provider;
mod token;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use integrations_core::auth::{AuthCapabilities, redirect_uri_is_registered};
use integrations_core::{Category, Descriptor, Error, ErrorKind, Result, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use account::Account;

use crate::files::OneFile;
use crate::lazy::Lazy;

/// The file with everything.
const FILE: &str = "sign-in.json";
/// Who issues the tokens.
const ISSUER: &str = "https://sign-in.invalid";
/// The application's id at the issuer.
const CLIENT: &str = "local-app";

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocalUser {
    /// What the issuer calls the user, for ever.
    pub id: String,
    /// The name to sign in with.
    pub username: String,
    /// The whole name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// Whether the address is proved to be the user's.
    pub email_verified: bool,
    /// The organisation.
    pub tenant: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// Whether the user may sign in.
    pub active: bool,
}

impl LocalUser {
    /// A user by the name to sign in with.
    pub fn new(username: impl Into<String>) -> Self {
        let username = username.into();
        Self {
            id: format!("local-{username}"),
            username,
            name: None,
            email: None,
            email_verified: false,
            tenant: None,
            groups: Vec::new(),
            active: true,
        }
    }

    /// Sets the address, and whether it is proved.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>, verified: bool) -> Self {
        self.email = Some(email.into());
        self.email_verified = verified;
        self
    }

    /// Sets the whole name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the organisation.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Puts the user into a group.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }
}

/// A sign-in provider with a list of users. Clones share it.
#[derive(Clone)]
pub struct LocalSignIn {
    descriptor: Descriptor,
    capabilities: AuthCapabilities,
    redirect_uris: Vec<String>,
    shared: Arc<Shared>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

struct Shared {
    store: Arc<Lazy<Store>>,
    status: Mutex<Status>,
}

/// The account, in memory or as it is in a folder.
struct Store {
    account: Mutex<Account>,
    /// Held while a change is decided, written and made.
    commit: tokio::sync::Mutex<()>,
    file: Option<OneFile>,
}

impl Store {
    fn new(account: Account, file: Option<OneFile>) -> Self {
        Self {
            account: Mutex::new(account),
            commit: tokio::sync::Mutex::new(()),
            file,
        }
    }

    async fn open(folder: PathBuf) -> Result<Self> {
        let (file, text) = OneFile::open(folder, FILE).await?;
        let account = match text {
            Some(text) => serde_json::from_slice(&text).map_err(|_| {
                // The parser's words would repeat what is in the file, and keys are.
                let what = format!("{} is damaged", file.path().display());
                Error::new(ErrorKind::Decode, what)
            })?,
            None => {
                let account = Account::new()?;
                // The keys are there from the start on.
                file.write(written(&account)?).await?;
                account
            }
        };
        Ok(Self::new(account, Some(file)))
    }
}

fn written(account: &Account) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(account).map_err(|_| Error::internal("the account cannot be written"))
}

impl LocalSignIn {
    /// A provider that is gone with its last clone, and knows the user `ada`.
    ///
    /// # Errors
    /// `Internal` when the operating system gives no random bytes for the key.
    pub fn in_memory() -> Result<Self> {
        let store = Store::new(Account::new()?, None);
        Ok(Self::over(Lazy::memory(store)))
    }

    /// A provider in a folder, which is opened when it is connected or used first, and made then,
    /// with the user `ada`, when it is not there. Making it does no I/O; what
    /// [`open`](Self::open) fails with, the first use fails with.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::over(Lazy::folder(folder.into()))
    }

    /// A provider in a folder, opened now.
    ///
    /// # Errors
    /// `Conflict` when another process has it open; `Decode` when its file is damaged;
    /// `PermissionDenied` and its like when it cannot be used.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let this = Self::in_folder(folder.as_ref());
        this.store().await?;
        Ok(this)
    }

    fn over(store: Arc<Lazy<Store>>) -> Self {
        Self {
            descriptor: Descriptor::new("local_auth", Category::AUTH, "local"),
            capabilities: all(),
            redirect_uris: Vec::new(),
            shared: Arc::new(Shared {
                store,
                status: Mutex::new(Status::disconnected()),
            }),
            clock: Arc::new(Timestamp::now),
        }
    }

    /// Gives the integration another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.descriptor = self.descriptor.with_name(name.into());
        self
    }

    /// Takes abilities away: what `capabilities` does not declare is refused.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: AuthCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Registers a redirect URI. Without any, every one that OAuth allows is taken.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Tells the time by another clock, so that a test can let tokens expire.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Who issues the tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        ISSUER
    }

    /// Adds a user, or replaces the one with the same name.
    ///
    /// # Errors
    /// What the file system answers.
    pub async fn add_user(&self, user: LocalUser) -> Result<()> {
        self.change(|account| {
            account.users.insert(user.username.clone(), user);
            Ok(())
        })
        .await
    }

    /// In place of the browser: the user says yes to the address that a sign-in was started with.
    /// Gives the address that the browser comes back to.
    ///
    /// # Errors
    /// `InvalidInput` for an address that is not one of ours; `NotFound` for the user;
    /// `PermissionDenied` for one who may not sign in.
    pub async fn approve(&self, url: &Url, username: &str) -> Result<Url> {
        let asked = self.asked(url)?;
        let now = self.now();
        let mut back = asked.redirect_uri.clone();
        let state = asked.state.clone();
        let code = self
            .change(|account| account.grant(asked, username, now))
            .await?;
        back.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &state)
            .append_pair("iss", ISSUER);
        Ok(back)
    }

    /// In place of the browser: the user says no.
    ///
    /// # Errors
    /// `InvalidInput` for an address that is not one of ours.
    pub async fn deny(&self, url: &Url) -> Result<Url> {
        let asked = self.asked(url)?;
        let mut back = asked.redirect_uri;
        back.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("state", &asked.state)
            .append_pair("iss", ISSUER);
        Ok(back)
    }

    /// The user types a device's code and says yes.
    ///
    /// # Errors
    /// `NotFound` for the code or the user.
    pub async fn approve_device(&self, user_code: &str, username: &str) -> Result<()> {
        self.change(|account| account.decide_device(user_code, Some(username)))
            .await
    }

    /// The user types a device's code and says no.
    ///
    /// # Errors
    /// `NotFound` for the code.
    pub async fn deny_device(&self, user_code: &str) -> Result<()> {
        self.change(|account| account.decide_device(user_code, None))
            .await
    }

    /// Signs with a new key from now on. The last two keys stay published.
    ///
    /// # Errors
    /// `Internal` when the operating system gives no random bytes.
    pub async fn rotate_keys(&self) -> Result<()> {
        self.change(Account::rotate).await
    }

    /// The public keys, as a JWK Set (RFC 7517).
    ///
    /// # Errors
    /// What the opening of the folder fails with.
    pub async fn jwks(&self) -> Result<serde_json::Value> {
        Ok(self.account().await?.jwks())
    }

    fn asked(&self, url: &Url) -> Result<account::Asked> {
        let asked = account::Asked::read(url)?;
        let registered = self.redirect_uris.is_empty()
            || redirect_uri_is_registered(&self.redirect_uris, asked.redirect_uri.as_str());
        if registered {
            return Ok(asked);
        }
        Err(Error::invalid_input("the redirect URI is not registered"))
    }

    /// How often something here was read or written so far: what would be requests to a service. It
    /// is for tests, which prove with it that a call that is refused does neither. Clones count
    /// together.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.store.asked()
    }

    /// The account, opened now when it was not.
    async fn store(&self) -> Result<&Store> {
        self.shared.store.get(Store::open).await
    }

    async fn account(&self) -> Result<MutexGuard<'_, Account>> {
        Ok(lock(&self.store().await?.account))
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Decides on a change, writes it down, and then makes it. A decision that fails changes
    /// nothing, except for what a theft has to end: that is [`Account::thefts`].
    async fn change<T>(&self, decide: impl FnOnce(&mut Account) -> Result<T>) -> Result<T> {
        let store = self.store().await?;
        let _commit = store.commit.lock().await;
        let mut account = lock(&store.account).clone();
        let answer = decide(&mut account);
        if answer.is_err() {
            let thefts = std::mem::take(&mut account.thefts);
            if thefts.is_empty() {
                return answer;
            }
            account = lock(&store.account).clone();
            for family in thefts {
                account.end_family(&family);
            }
        }
        if let Some(file) = &store.file {
            file.write(written(&account)?).await?;
        }
        *lock(&store.account) = account;
        answer
    }

    async fn check(&self) -> Result<()> {
        match &self.store().await?.file {
            None => Ok(()),
            Some(file) => file.check().await,
        }
    }
}

impl std::fmt::Debug for LocalSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalSignIn")
            .field("name", &self.descriptor.name)
            .field("folder", &self.shared.store.path())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn all() -> AuthCapabilities {
    let mut all = AuthCapabilities::new();
    all.pkce = true;
    all.id_token = true;
    all.callback_issuer = true;
    all.prompt = true;
    all.login_hint = true;
    all.max_age = true;
    all.refresh = true;
    all.refresh_rotation = true;
    all.refresh_scopes = true;
    all.revoke = true;
    all.introspect = true;
    all.device = true;
    all.client_credentials = true;
    all.logout = true;
    all.verified_email = true;
    all.tenant = true;
    all.groups = true;
    all.directory = true;
    all
}
