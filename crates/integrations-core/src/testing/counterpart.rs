//! Servers to test against that run elsewhere.

/// The address of a server that a test goes against, from the environment variable `variable`;
/// `name` is what the server is called. Where it is not set the test says on standard error that it
/// is skipped, and ends.
///
/// ```no_run
/// # async fn send_to(_: &str) {}
/// # async fn example() {
/// use integrations_core::testing::counterpart;
///
/// let Some(address) = counterpart("a mail server", "EXAMPLE_TEST_MAIL") else {
///     return;
/// };
/// send_to(&address).await;
/// # }
/// ```
///
/// # Panics
/// When it is not set and `INTEGRATIONS_REQUIRE_COUNTERPARTS` is: then nothing may be skipped unseen.
#[allow(clippy::print_stderr)] // It is for tests, where this is how one says something.
#[must_use]
pub fn counterpart(name: &str, variable: &str) -> Option<String> {
    let address = std::env::var(variable).ok().filter(|text| !text.is_empty());
    if address.is_none() {
        let required = std::env::var_os("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_some();
        assert!(
            !required,
            "the counterpart {name} is not running: {variable} is not set"
        );
        eprintln!(
            "skipped: the counterpart {name} is not running; `cargo xtask test` starts those of this workspace"
        );
    }
    address
}
