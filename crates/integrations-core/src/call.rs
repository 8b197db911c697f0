//! What every handle does around a provider's call: the span, and the names on the error.

use std::future::Future;

use tracing::Instrument;

use crate::error::Result;
use crate::integration::{Descriptor, Integration};

/// Runs one operation of a handle: opens its span, and names the provider and operation on an
/// error that does not yet. Handles of your own categories can use it too.
///
/// The span is `integration_call` with target `integrations` and the fields `category`,
/// `integration`, `provider`, `operation` and, at the end, `outcome` (`ok` or the error's kind).
///
/// # Errors
/// What the call answers.
pub async fn run<T, I, F>(integration: &I, operation: &'static str, call: F) -> Result<T>
where
    I: Integration + ?Sized,
    F: Future<Output = Result<T>>,
{
    let Descriptor {
        name,
        category,
        provider,
        ..
    } = integration.descriptor();
    let span = tracing::debug_span!(
        target: "integrations",
        "integration_call",
        %category,
        integration = %name,
        %provider,
        operation,
        outcome = tracing::field::Empty,
    );
    let result = call.instrument(span.clone()).await;
    match result {
        Ok(value) => {
            span.record("outcome", "ok");
            Ok(value)
        }
        Err(error) => {
            span.record("outcome", error.kind().as_str());
            Err(error.in_call(name, operation))
        }
    }
}
