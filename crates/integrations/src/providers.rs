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
    #[cfg(feature = "s3")]
    registry.register(integrations_s3::factory());
    registry
}
