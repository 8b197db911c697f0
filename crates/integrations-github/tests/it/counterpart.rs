//! The server to test against.

pub(crate) const CALLBACK: &str = "https://app.example/callback";

/// Where it is. Says so when it is not there, and fails where it must be.
pub(crate) fn server() -> Option<String> {
    let server = std::env::var("INTEGRATIONS_TEST_GITHUB").ok();
    let server = server.filter(|text| !text.is_empty());
    if server.is_none() {
        let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
        assert!(!required, "the counterpart emulate is not running");
        eprintln!("skipped: the counterpart emulate is not running; use `cargo xtask test`");
    }
    server
}
