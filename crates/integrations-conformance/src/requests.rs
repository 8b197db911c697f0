//! What a refusal sends: nothing.

use std::sync::Arc;

use crate::{Failure, Verdict, ensure_eq};

/// How many requests have left the provider so far.
pub(crate) type Requests = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Runs calls that must be refused, and proves that nothing was sent meanwhile. `sent` is a call
/// that surely sends something, made before: a count that stands still would prove nothing.
pub(crate) async fn quietly(
    requests: Option<&Requests>,
    sent: impl Future<Output = Verdict>,
    refused: impl Future<Output = Verdict>,
) -> Verdict {
    let Some(requests) = requests else {
        return Err(Failure::new("there is no hook `requests`"));
    };
    let before = requests();
    sent.await?;
    let between = requests();
    if between <= before {
        return Err(Failure::new(format!(
            "the hook `requests` counts nothing: {before} before a call that is sent, and {between} \
             after it"
        )));
    }
    refused.await?;
    ensure_eq!(requests(), between, "the requests sent");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// What comes of calls that send so many requests.
    async fn judged(sent: u64, refused: u64) -> Result<(), String> {
        let count = Arc::new(AtomicU64::new(7));
        let add = async |more| {
            count.fetch_add(more, Ordering::Relaxed);
            Ok(())
        };
        let read = count.clone();
        let requests: Requests = Arc::new(move || read.load(Ordering::Relaxed));
        let judged = quietly(Some(&requests), add(sent), add(refused)).await;
        judged.map_err(|failure| failure.to_string())
    }

    #[tokio::test]
    async fn what_is_sent_by_a_refusal_is_told() {
        assert_eq!(judged(1, 0).await, Ok(()));
        let told = judged(2, 1).await.unwrap_err();
        assert_eq!(told, "the requests sent: saw 10, expected 9");
    }

    #[tokio::test]
    async fn a_count_that_stands_still_proves_nothing() {
        let told = judged(0, 0).await.unwrap_err();
        assert!(told.contains("counts nothing"), "{told}");
        let told = quietly(None, async { Ok(()) }, async { Ok(()) }).await;
        assert!(told.is_err());
    }
}
