//! What is counted of refreshes, through the `metrics` facade. They are rare, so that handles are
//! looked up each time and a recorder that is installed late is found.

use std::time::Duration;

use super::Current;
use crate::error::Result;

/// Refreshes, by their outcome.
const REFRESHES: &str = "integrations_token_refreshes_total";
/// How long they took, in seconds.
const SECONDS: &str = "integrations_token_refresh_seconds";
/// Connections that came to need their owner's consent.
const CONSENTS: &str = "integrations_consents_needed_total";

/// A refresh of a connection of `integration` is over. `None` is one that came to nothing, because
/// somebody else refreshed or made the connection anew meanwhile.
pub(super) fn refresh(integration: &str, done: &Result<Option<Current>>, took: Duration) {
    let outcome = match done {
        Ok(Some(_)) => "ok",
        Ok(None) => return,
        Err(error) => error.kind().as_str(),
    };
    let integration = || integration.to_owned();
    metrics::counter!(REFRESHES, "integration" => integration(), "outcome" => outcome).increment(1);
    metrics::histogram!(SECONDS, "integration" => integration()).record(took);
}

/// It was written down that the owner of a connection of `integration` has to consent again.
pub(super) fn consent_needed(integration: &str) {
    metrics::counter!(CONSENTS, "integration" => integration.to_owned()).increment(1);
}
