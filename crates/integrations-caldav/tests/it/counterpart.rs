//! The servers to test against: where they are comes from the environment, which
//! `cargo xtask test` sets.

use integrations_caldav::{CalDav, CalDavConfig};

/// A server, and where it is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Server {
    Radicale,
    Xandikos,
    Cyrus,
}

impl Server {
    fn variable(self) -> &'static str {
        match self {
            Self::Radicale => "INTEGRATIONS_RADICALE_ENDPOINT",
            Self::Xandikos => "INTEGRATIONS_XANDIKOS_ENDPOINT",
            Self::Cyrus => "INTEGRATIONS_CYRUS_ENDPOINT",
        }
    }

    /// Where it is. Says so when it is not there, and fails where it must be.
    pub(crate) fn endpoint(self) -> Option<String> {
        let endpoint = std::env::var(self.variable())
            .ok()
            .filter(|text| !text.is_empty());
        if endpoint.is_none() {
            let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
            assert!(!required, "the counterpart {self:?} is not running");
            eprintln!("skipped: the counterpart {self:?} is not running; use `cargo xtask test`");
        }
        endpoint
    }

    /// The account of the tests, at another address of the server.
    pub(crate) fn config_at(self, url: impl Into<String>) -> CalDavConfig {
        let config = CalDavConfig::new(url);
        match self {
            // It asks nobody who they are over plain HTTP.
            Self::Xandikos => config,
            Self::Radicale | Self::Cyrus => config.with_password("alice", "secret"),
        }
    }

    /// The account of the tests.
    pub(crate) fn config(self) -> Option<CalDavConfig> {
        Some(self.config_at(self.endpoint()?))
    }

    /// A provider for it.
    pub(crate) fn provider(self) -> Option<CalDav> {
        Some(CalDav::new(self.config()?).unwrap())
    }
}
