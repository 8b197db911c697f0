//! The guard: what every call to a provider runs under.
//!
//! It knows nothing of HTTP: it runs an asynchronous attempt under the policy of its integration,
//! so that REST providers, SDK providers (with their own retries switched off) and SMTP share one
//! behaviour.
//!
//! An attempt that fails answers an [`Error`](crate::Error) that says what is known of *that*
//! attempt: [`Effect::NotApplied`] when it was not sent or was refused
//! before execution, [`Effect::Unknown`] when it was sent and no answer
//! proves anything. **The retry decision is the operation's [`Safety`] times that knowledge.**

mod operation;

use std::future::Future;

pub use operation::{Attempt, Operation, Safety};

use crate::error::{Effect, Result};

/// Runs attempts under the policy of one integration. Cheap to clone; clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Guard {}

impl Guard {
    /// What is known of the integration from the calls so far.
    #[must_use]
    pub fn status(&self) -> crate::Status {
        crate::Status::disconnected()
    }

    /// Runs an operation: repeats the attempt where that is safe, and makes the final error say
    /// what the operation as a whole did.
    ///
    /// # Errors
    /// The last attempt's error, with its effect set from the operation's safety; or the guard's
    /// own refusal (deadline, queue full, circuit open).
    pub async fn run<T, F, Fut>(&self, operation: &Operation, mut attempt: F) -> Result<T>
    where
        F: FnMut(Attempt) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        attempt(Attempt { number: 1 })
            .await
            .map_err(|error| match operation.safety {
                Safety::Read => error.with_effect(Effect::NotApplied),
                _ => error,
            })
    }
}
