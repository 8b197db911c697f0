//! A provider that rotates refresh tokens, and ends the grant when one is used twice.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use super::Clock;
use crate::auth::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, Scopes, TokenSet,
    UserProfile, oauth_error,
};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::integration::{
    Category, ConnectionState, Descriptor, Health, Integration, Status, unsupported,
};

/// How the provider treats one refresh.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    /// As it should, after a while.
    Takes(Duration),
    /// The request does not arrive, and the caller knows it.
    NotSent,
    /// The provider is broken before it does anything, and the caller cannot know it.
    LostBefore,
    /// The provider rotates, and the answer is lost.
    LostAfter,
    /// The provider rotates, and never answers.
    Silent,
    /// The provider refuses with this code.
    Refuses(&'static str),
    /// The same, after a while.
    RefusesAfter(Duration, &'static str),
}

#[derive(Debug)]
pub(super) struct Provider {
    clock: Clock,
    can: AuthCapabilities,
    descriptor: OnceLock<Descriptor>,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// How often the owner consented.
    pub(super) grants: u32,
    /// Refresh tokens that were given in the present grant; the last one alone is good.
    pub(super) given: u32,
    /// Refreshes that were carried out.
    pub(super) refreshes: u32,
    /// Requests that arrived.
    pub(super) requests: u32,
    /// The grants that a second use of a token ended.
    pub(super) revoked: Vec<u32>,
    /// What happens to the next requests; after that all goes well, at once.
    pub(super) lines: VecDeque<Line>,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Provider {
    /// How long an access token lives.
    pub(super) const LIFE: Duration = Duration::from_secs(600);

    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            can: AuthCapabilities {
                refresh: true,
                refresh_rotation: true,
                ..AuthCapabilities::new()
            },
            descriptor: OnceLock::new(),
            ledger: Mutex::default(),
        }
    }

    pub(super) fn not_rotating(mut self) -> Self {
        self.can.refresh_rotation = false;
        self
    }

    pub(super) fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// What happens to the next requests.
    pub(super) fn next(&self, lines: impl IntoIterator<Item = Line>) {
        self.ledger().lines.extend(lines);
    }

    /// The tokens of a new grant.
    pub(super) fn consent(&self) -> TokenSet {
        let mut ledger = self.ledger();
        ledger.grants += 1;
        ledger.given = 0;
        self.give(&mut ledger)
    }

    fn give(&self, ledger: &mut Ledger) -> TokenSet {
        let (grant, n) = (ledger.grants, ledger.given);
        ledger.given += 1;
        TokenSet::new(format!("access-{grant}-{n}"))
            .with_refresh_token(format!("refresh-{grant}-{n}"))
            .with_expiry(self.clock.now() + Self::LIFE)
    }

    fn spend(&self, token: &str) -> Result<TokenSet> {
        let mut ledger = self.ledger();
        let grant = ledger.grants;
        let last = format!("refresh-{grant}-{}", ledger.given.saturating_sub(1));
        let of_grant = token.starts_with(&format!("refresh-{grant}-"));
        if !of_grant || ledger.revoked.contains(&grant) {
            return Err(oauth_error("invalid_grant", Some("unknown or revoked")));
        }
        if self.can.refresh_rotation && token != last {
            ledger.revoked.push(grant);
            return Err(oauth_error("invalid_grant", Some("used twice")));
        }
        ledger.refreshes += 1;
        Ok(self.give(&mut ledger))
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Network, "the connection was closed").with_effect(Effect::Unknown)
}

#[async_trait]
impl Integration for Provider {
    fn descriptor(&self) -> &Descriptor {
        self.descriptor
            .get_or_init(|| Descriptor::new("rotating", Category::AUTH, "rotating"))
    }

    async fn connect(&self) -> Result<()> {
        Ok(())
    }

    async fn disconnect(&self) -> Result<()> {
        Ok(())
    }

    async fn check_health(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }

    fn status(&self) -> Status {
        Status::new(ConnectionState::Connected, None)
    }
}

#[async_trait]
impl AuthProvider for Provider {
    fn capabilities(&self) -> &AuthCapabilities {
        &self.can
    }

    async fn authorize(&self, _: &AuthorizeRequest) -> Result<Authorization> {
        Err(unsupported(self, "authorize"))
    }

    async fn exchange(&self, _: &SecretString, _: &AuthSession) -> Result<TokenSet> {
        Err(unsupported(self, "exchange"))
    }

    async fn user_profile(&self, _: &TokenSet) -> Result<UserProfile> {
        Err(unsupported(self, "user_profile"))
    }

    async fn refresh(&self, token: &SecretString, _: &Scopes) -> Result<TokenSet> {
        let line = {
            let mut ledger = self.ledger();
            let line = ledger.lines.pop_front();
            let line = line.unwrap_or(Line::Takes(Duration::ZERO));
            if !matches!(line, Line::NotSent) {
                ledger.requests += 1;
            }
            line
        };
        let token = token.expose_secret();
        match line {
            Line::Takes(time) => {
                tokio::time::sleep(time / 2).await;
                let tokens = self.spend(token);
                tokio::time::sleep(time / 2).await;
                tokens
            }
            Line::NotSent => Err(Error::new(ErrorKind::Network, "no route to the host")
                .with_effect(Effect::NotApplied)),
            Line::LostBefore => Err(lost()),
            Line::LostAfter => {
                self.spend(token)?;
                Err(lost())
            }
            Line::Silent => {
                self.spend(token)?;
                std::future::pending().await
            }
            Line::Refuses(code) => Err(oauth_error(code, None)),
            Line::RefusesAfter(time, code) => {
                tokio::time::sleep(time).await;
                Err(oauth_error(code, None))
            }
        }
    }
}
