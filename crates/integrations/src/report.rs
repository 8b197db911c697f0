//! The status of an integration, as operators read it.

use integrations_core::{Category, ConnectionState, Descriptor, Status};
use serde::Serialize;

/// The status of one integration, in one flat record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StatusReport {
    /// The integration's name.
    pub name: String,
    /// Its category.
    #[serde(rename = "type")]
    pub category: Category,
    /// Who provides it.
    pub provider: String,
    /// Contact with the provider.
    pub status: ConnectionState,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The last failure, as one line.
    pub last_error: Option<String>,
}

impl StatusReport {
    pub(crate) fn new(name: &str, descriptor: &Descriptor, status: Status) -> Self {
        Self {
            name: name.to_owned(),
            category: descriptor.category.clone(),
            provider: descriptor.provider.to_string(),
            status: status.state,
            enabled: status.enabled,
            last_error: status.last_error,
        }
    }

    pub(crate) fn disabled(name: &str, category: Category, provider: &str) -> Self {
        Self {
            name: name.to_owned(),
            category,
            provider: provider.to_owned(),
            status: ConnectionState::Disconnected,
            enabled: false,
            last_error: None,
        }
    }
}
