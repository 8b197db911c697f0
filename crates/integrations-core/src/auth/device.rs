//! Signing in on a device without a browser (RFC 8628).

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::authorize::without_query;
use super::{Scopes, TokenSet};

/// A device's sign-in under way: what to show to the user, and how to ask for the outcome. `Debug`
/// hides both codes: whoever types the user's code decides who signs in on the device.
#[derive(Clone)]
#[non_exhaustive]
pub struct DeviceAuth {
    /// What the device asks with. A secret.
    pub device_code: SecretString,
    /// What the user types.
    pub user_code: String,
    /// Where the user types it.
    pub verification_uri: Url,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: Option<Url>,
    /// When the codes end.
    pub expires_at: Timestamp,
    /// How long to wait between two polls.
    pub interval: Duration,
    /// What was asked for.
    pub scopes: Scopes,
}

impl DeviceAuth {
    /// The wait between polls where the provider names none: 5 seconds (RFC 8628, section 3.2).
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

    /// A sign-in with the default interval.
    pub fn new(
        device_code: impl Into<SecretString>,
        user_code: impl Into<String>,
        verification_uri: Url,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            device_code: device_code.into(),
            user_code: user_code.into(),
            verification_uri,
            verification_uri_complete: None,
            expires_at,
            interval: Self::DEFAULT_INTERVAL,
            scopes: Scopes::none(),
        }
    }

    /// Adds the address with the code in it.
    #[must_use]
    pub fn with_complete_uri(mut self, uri: Url) -> Self {
        self.verification_uri_complete = Some(uri);
        self
    }

    /// Sets the wait between polls.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Says what was asked for.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Waits 5 seconds longer between polls from now on, as [`DevicePoll::SlowDown`] asks
    /// (RFC 8628, section 3.5).
    pub fn slow_down(&mut self) {
        self.interval = self.interval.saturating_add(Duration::from_secs(5));
    }
}

impl fmt::Debug for DeviceAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuth")
            .field("verification_uri", &without_query(&self.verification_uri))
            .field("expires_at", &self.expires_at)
            .field("interval", &self.interval)
            .field("scopes", &self.scopes.to_string())
            .finish_non_exhaustive()
    }
}

/// What a poll for a device's sign-in says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DevicePoll {
    /// The user has not decided yet: poll again after the interval.
    Pending,
    /// As `Pending`, and the polls come too fast: see [`DeviceAuth::slow_down`].
    SlowDown,
    /// The codes have ended: start again.
    Expired,
    /// The user said no.
    Denied,
    /// The user said yes.
    Tokens(Box<TokenSet>),
}
