//! Tracking, and the way off the list.

use serde::{Deserialize, Serialize};
use url::Url;

use super::EmailAddress;

/// Whether opens and clicks are tracked. `None` leaves the account's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tracking {
    /// Opens, by a one-pixel image in the HTML.
    pub opens: Option<bool>,
    /// Clicks, by links that lead through the provider.
    pub clicks: Option<bool>,
}

impl Tracking {
    /// The same for opens and clicks.
    #[must_use]
    pub const fn both(on: bool) -> Self {
        Self {
            opens: Some(on),
            clicks: Some(on),
        }
    }

    /// Opens only.
    #[must_use]
    pub const fn opens(on: bool) -> Self {
        Self {
            opens: Some(on),
            clicks: None,
        }
    }

    /// Clicks only.
    #[must_use]
    pub const fn clicks(on: bool) -> Self {
        Self {
            opens: None,
            clicks: Some(on),
        }
    }
}

/// How a recipient gets off the list: the `List-Unsubscribe` header (RFC 2369), with one click
/// where asked (RFC 8058), and the provider's own unsubscribe group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unsubscribe {
    /// A page or, with `one_click`, an endpoint that takes a POST.
    pub url: Option<Url>,
    /// An address that takes unsubscribe mails.
    pub mailto: Option<EmailAddress>,
    /// Sends `List-Unsubscribe-Post: List-Unsubscribe=One-Click`. RFC 8058 requires an HTTPS URL.
    pub one_click: bool,
    /// The provider's group: whoever unsubscribed from it does not get the message.
    pub group: Option<String>,
}

impl Unsubscribe {
    /// By one click at an HTTPS endpoint, as large receivers require of bulk mail.
    #[must_use]
    pub fn one_click(url: Url) -> Self {
        Self {
            url: Some(url),
            one_click: true,
            ..Self::default()
        }
    }

    /// By a mail to an address.
    #[must_use]
    pub fn mailto(address: EmailAddress) -> Self {
        Self {
            mailto: Some(address),
            ..Self::default()
        }
    }

    /// By the provider's group.
    #[must_use]
    pub fn group(group: impl Into<String>) -> Self {
        Self {
            group: Some(group.into()),
            ..Self::default()
        }
    }

    /// Adds an address that takes unsubscribe mails.
    #[must_use]
    pub fn with_mailto(mut self, address: EmailAddress) -> Self {
        self.mailto = Some(address);
        self
    }

    /// Adds a provider's group.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The value of `List-Unsubscribe`, if there is a way that it names.
    #[must_use]
    pub fn header_value(&self) -> Option<String> {
        let url = self.url.as_ref().map(|url| format!("<{url}>"));
        let mailto = self.mailto.as_ref().map(|to| format!("<mailto:{to}>"));
        let ways: Vec<String> = url.into_iter().chain(mailto).collect();
        (!ways.is_empty()).then(|| ways.join(", "))
    }
}
