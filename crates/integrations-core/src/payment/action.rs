//! What has to happen before a payment goes on.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{ExposeSecret, SecretString};

/// What has to happen next, mostly by the buyer. Afterwards call
/// [`continue_payment`](super::Payments::continue_payment).
///
/// `Debug` hides a redirect's query and the client secret: whoever has them can act as the buyer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextAction {
    /// Send the buyer's browser there: 3-D Secure, approval at a wallet or bank. They come back
    /// to the request's return URL.
    Redirect {
        /// Where to.
        url: Url,
    },
    /// Let the provider's own script or app SDK finish in the buyer's browser.
    ConfirmOnClient {
        /// What the script needs. Give it to this buyer's browser only. It is not serialised.
        #[serde(skip_serializing, default)]
        client_secret: SecretString,
    },
    /// Show the buyer how to pay: a bank transfer's reference, a voucher's number.
    ShowInstructions(Instructions),
    /// Nothing to do but wait: the bank takes its time.
    Wait,
    /// Something that this library does not know, in the provider's words.
    Other(String),
}

impl NextAction {
    /// Where to send the buyer's browser, if that is the action.
    #[must_use]
    pub fn redirect_url(&self) -> Option<&Url> {
        match self {
            Self::Redirect { url } => Some(url),
            _ => None,
        }
    }
}

impl PartialEq for NextAction {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Redirect { url: a }, Self::Redirect { url: b }) => a == b,
            (
                Self::ConfirmOnClient { client_secret: a },
                Self::ConfirmOnClient { client_secret: b },
            ) => a.expose_secret() == b.expose_secret(),
            (Self::ShowInstructions(a), Self::ShowInstructions(b)) => a == b,
            (Self::Wait, Self::Wait) => true,
            (Self::Other(a), Self::Other(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for NextAction {}

impl fmt::Debug for NextAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect { url } => {
                let mut shown = url.clone();
                shown.set_query(url.query().map(|_| "REDACTED"));
                f.debug_struct("Redirect")
                    .field("url", &shown.as_str())
                    .finish()
            }
            Self::ConfirmOnClient { .. } => {
                f.debug_struct("ConfirmOnClient").finish_non_exhaustive()
            }
            Self::ShowInstructions(instructions) => f
                .debug_tuple("ShowInstructions")
                .field(instructions)
                .finish(),
            Self::Wait => f.write_str("Wait"),
            Self::Other(what) => f.debug_tuple("Other").field(what).finish(),
        }
    }
}

/// How a buyer pays outside of the browser.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Instructions {
    /// Names and values to show, for example `iban`, `reference`, `voucher`.
    pub fields: BTreeMap<String, String>,
    /// A page of the provider that shows them.
    pub url: Option<Url>,
    /// Until when the buyer can pay.
    pub expires_at: Option<Timestamp>,
}

impl Instructions {
    /// Instructions with nothing in them yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name and value.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }

    /// Names the provider's page.
    #[must_use]
    pub fn with_url(mut self, url: Url) -> Self {
        self.url = Some(url);
        self
    }

    /// Sets until when the buyer can pay.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = Some(expires_at);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_json_hide_what_acts_as_the_buyer() {
        let url = "https://bank.invalid/3ds?token=canary".parse().unwrap();
        let redirect = NextAction::Redirect { url };
        assert!(!format!("{redirect:?}").contains("canary"));
        let client = NextAction::ConfirmOnClient {
            client_secret: SecretString::from("canary"),
        };
        assert!(!format!("{client:?}").contains("canary"));
        assert!(!serde_json::to_string(&client).unwrap().contains("canary"));
    }
}
