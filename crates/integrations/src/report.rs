//! The status of an integration, as operators read it.

use integrations_core::config::Entry;
use integrations_core::registry::Instance;
use integrations_core::{Category, ConnectionState};
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
    /// Who provides it: the vendor, for example `aws` for the provider `s3`.
    pub provider: String,
    /// Contact with the provider.
    pub status: ConnectionState,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The last failure, as one line.
    pub last_error: Option<String>,
}

impl StatusReport {
    /// The status of an instance.
    pub(crate) fn of(name: &str, instance: &Instance) -> Self {
        let integration = instance.integration();
        let (descriptor, status) = (integration.descriptor(), integration.status());
        Self {
            name: name.to_owned(),
            category: descriptor.category.clone(),
            provider: descriptor.provider.to_string(),
            status: status.state,
            enabled: status.enabled,
            last_error: status.last_error,
        }
    }

    /// The status of what is configured and was not made.
    pub(crate) fn without(entry: &Entry, category: Category) -> Self {
        Self {
            name: entry.name.clone(),
            category,
            provider: entry.provider.clone(),
            status: ConnectionState::Disconnected,
            enabled: entry.enabled,
            last_error: None,
        }
    }
}
