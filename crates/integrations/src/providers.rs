//! The providers whose features are on.

use integrations_core::registry::Registry;

/// A registry with the factory of every provider whose feature is on.
#[must_use]
pub fn registry() -> Registry {
    let registry = Registry::new();
    #[cfg(feature = "_local")]
    for factory in integrations_local::factories() {
        registry.register(factory);
    }
    #[cfg(feature = "azure-ad")]
    registry.register(integrations_azure_ad::factory());
    #[cfg(feature = "caldav")]
    registry.register(integrations_caldav::factory());
    #[cfg(feature = "github")]
    registry.register(integrations_github::factory());
    #[cfg(feature = "google-calendar")]
    registry.register(integrations_google_calendar::factory());
    #[cfg(feature = "google-oauth")]
    registry.register(integrations_google_oauth::factory());
    #[cfg(feature = "oidc")]
    registry.register(integrations_oidc::factory());
    #[cfg(feature = "outlook")]
    registry.register(integrations_outlook::factory());
    #[cfg(feature = "s3")]
    registry.register(integrations_s3::factory());
    registry
}
