//! Where the servers are that this project did not write: `cargo xtask test` says so.

/// The address in a variable. Says so when it is not there, and fails where it must be.
pub(crate) fn counterpart(name: &str, variable: &str) -> Option<String> {
    let endpoint = std::env::var(variable).ok().filter(|text| !text.is_empty());
    if endpoint.is_none() {
        let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
        assert!(!required, "the counterpart {name} is not running");
        eprintln!("skipped: the counterpart {name} is not running; use `cargo xtask test`");
    }
    endpoint
}
