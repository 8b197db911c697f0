//! What every integration is, whatever its category: it says what it is, connects, reports its
//! health and its status.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A kind of third-party service. The six built-in ones have a driver trait and a handle in this
/// crate; [`Category::custom`] opens the set to categories of your own.
///
/// ```
/// use integrations_core::Category;
/// const SMS: Category = Category::custom("sms");
/// assert_eq!(SMS.as_str(), "sms");
/// assert_eq!(Category::STORAGE.as_str(), "storage");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Category(Cow<'static, str>);

impl Category {
    /// Calendars and events.
    pub const CALENDAR: Self = Self::custom("calendar");
    /// Payments, refunds and subscriptions.
    pub const PAYMENT: Self = Self::custom("payment");
    /// Video meetings.
    pub const VIDEO: Self = Self::custom("video");
    /// Email.
    pub const EMAIL: Self = Self::custom("email");
    /// Object storage.
    pub const STORAGE: Self = Self::custom("storage");
    /// Sign-in.
    pub const AUTH: Self = Self::custom("auth");

    /// The six categories that have a trait in this crate.
    pub const BUILT_IN: [Self; 6] = [
        Self::CALENDAR,
        Self::PAYMENT,
        Self::VIDEO,
        Self::EMAIL,
        Self::STORAGE,
        Self::AUTH,
    ];

    /// A category of your own, in lower case.
    #[must_use]
    pub const fn custom(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The category as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for Category {
    fn from(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }
}

/// What an integration is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Descriptor {
    /// The integration's name, unique in an application, for example `google_calendar`.
    pub name: Cow<'static, str>,
    /// The kind of service.
    pub category: Category,
    /// Who provides it, for example `google`.
    pub provider: Cow<'static, str>,
    /// The version of the vendor's API that the integration speaks, or of the integration itself.
    pub version: Cow<'static, str>,
    /// Whether it is a sandbox, such as a vendor's test mode: no money moves, and no message
    /// reaches anybody. Whatever needs one, such as the suite of payments, refuses all others.
    pub sandbox: bool,
}

impl Descriptor {
    /// A descriptor with a name, category and provider; the version starts as `"1"`.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        category: Category,
        provider: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name: name.into(),
            category,
            provider: provider.into(),
            version: "1".into(),
            sandbox: false,
        }
    }

    /// Says whether it is a sandbox. A provider says so only where it is sure, for example because
    /// the vendor's keys for its test mode are told by their form.
    #[must_use]
    pub fn with_sandbox(mut self, sandbox: bool) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Names the version of the API.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<Cow<'static, str>>) -> Self {
        self.version = version.into();
        self
    }

    /// Gives the integration another name, for example when one provider is configured twice.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }
}

/// Whether an integration is in contact with its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionState {
    /// No call was made yet, or it was disconnected.
    #[default]
    Disconnected,
    /// The last call reached the provider.
    Connected,
    /// Calls fail in part: the circuit is half open, or some endpoints fail.
    Degraded,
    /// The last calls failed.
    Failed,
    /// The account's owner has to consent again.
    NeedsReconnect,
}

impl ConnectionState {
    /// The state as a short, stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Connected => "connected",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::NeedsReconnect => "needs_reconnect",
        }
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The state of the circuit breaker in front of an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circuit {
    /// Calls go through.
    #[default]
    Closed,
    /// One call at a time probes whether the provider is back.
    HalfOpen,
    /// Calls are refused at once.
    Open,
}

/// What an integration knows of itself without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Contact with the provider.
    pub state: ConnectionState,
    /// Whether an operator has it switched on.
    pub enabled: bool,
    /// The last failure, as one line.
    pub last_error: Option<String>,
    /// The circuit breaker.
    pub circuit: Circuit,
    /// Since when the state is what it is.
    pub since: Option<Timestamp>,
}

impl Status {
    /// An enabled integration in the given state, since `since`.
    #[must_use]
    pub fn new(state: ConnectionState, since: Option<Timestamp>) -> Self {
        Self {
            state,
            enabled: true,
            since,
            ..Self::default()
        }
    }

    /// An enabled integration that made no call yet.
    #[must_use]
    pub fn disconnected() -> Self {
        Self::new(ConnectionState::Disconnected, None)
    }

    /// Names the last failure.
    #[must_use]
    pub fn with_last_error(mut self, error: Option<String>) -> Self {
        self.last_error = error;
        self
    }
}

/// The answer to a health check, which does I/O.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether the provider can be used now.
    pub healthy: bool,
    /// How long the check took.
    pub latency: Duration,
    /// What was seen, in words.
    pub detail: Option<String>,
}

impl Health {
    /// The provider answered as it should.
    #[must_use]
    pub fn healthy(latency: Duration) -> Self {
        Self {
            healthy: true,
            latency,
            detail: None,
        }
    }

    /// The provider cannot be used, and why.
    #[must_use]
    pub fn unhealthy(latency: Duration, why: impl Into<String>) -> Self {
        Self {
            healthy: false,
            latency,
            detail: Some(why.into()),
        }
    }

    /// Health from the outcome of a cheap call.
    #[must_use]
    pub fn from_result(latency: Duration, result: &Result<()>) -> Self {
        match result {
            Ok(()) => Self::healthy(latency),
            Err(error) => Self::unhealthy(latency, error.to_string()),
        }
    }
}

/// What every integration can do, whatever its category. The driver traits of the categories
/// extend it.
#[async_trait]
pub trait Integration: Send + Sync + fmt::Debug {
    /// What this integration is. The same value for its whole life.
    fn descriptor(&self) -> &Descriptor;

    /// Proves that the configuration and credentials work, by the cheapest authenticated call.
    /// Calling it again is harmless.
    ///
    /// # Errors
    /// `Config` or `Unauthenticated` when an operator has to act, `Network` and its like when the
    /// provider cannot be reached.
    async fn connect(&self) -> Result<()>;

    /// Lets go of what the integration holds: pooled connections, watchers. It can be connected
    /// again.
    ///
    /// # Errors
    /// What the provider answers where letting go takes a call.
    async fn disconnect(&self) -> Result<()> {
        Ok(())
    }

    /// Asks the provider whether it can be used now. Does I/O; never fails, the answer says it.
    async fn check_health(&self) -> Health;

    /// What is known without asking: no I/O.
    fn status(&self) -> Status;
}

/// An `Unsupported` error for a provider's operation. Driver traits use it for the methods that a
/// provider does not implement.
pub fn unsupported<I: Integration + ?Sized>(provider: &I, operation: &'static str) -> Error {
    Error::unsupported(operation)
        .with_provider(provider.descriptor().name.clone())
        .with_operation(operation)
}
