//! What a failed attempt proves, and whether it may be repeated.

use crate::error::{Effect, Error, ErrorKind, RetryAdvice};

use super::operation::{Operation, Safety};

/// What an attempt proves about the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It answered, if only to refuse.
    Alive,
    /// It did not answer, or said that it is broken.
    Failing,
    /// Nothing was learned: the request never left, or the failure is our own.
    NoEvidence,
}

/// What an error proves about the provider.
pub(crate) fn verdict(error: &Error) -> Verdict {
    match error.kind() {
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable => Verdict::Failing,
        ErrorKind::RateLimited
        | ErrorKind::QuotaExceeded
        | ErrorKind::Unauthenticated
        | ErrorKind::PermissionDenied
        | ErrorKind::NotFound
        | ErrorKind::AlreadyExists
        | ErrorKind::PreconditionFailed
        | ErrorKind::Conflict
        | ErrorKind::Declined => Verdict::Alive,
        _ if error.status().is_some() => Verdict::Alive,
        _ => Verdict::NoEvidence,
    }
}

/// Whether an attempt that failed like this may be repeated: the operation's safety times what is
/// known of the failure.
///
/// | the attempt | `Read`, `Idempotent`, `Keyed` | `Once` |
/// |---|---|---|
/// | passing, not applied (not sent; refused before execution) | yes | yes |
/// | passing, unknown (sent and unanswered; 5xx) | yes | no |
/// | passing, applied (a status of success, whose body broke off) | yes | no |
/// | not passing (refused for good), or said to be final | no | no |
pub(crate) fn may_repeat(safety: &Safety, error: &Error) -> bool {
    let passing = matches!(
        error.kind(),
        ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Network | ErrorKind::Unavailable
    );
    // A provider may know better than the kind, for example that the key has its answer.
    let final_answer = matches!(
        error.stated_retry(),
        Some(RetryAdvice::Never | RetryAdvice::NewKey)
    );
    passing
        && !final_answer
        && match error.effect() {
            Effect::NotApplied => true,
            // Repeating is harmless, and brings the answer that was lost.
            Effect::Unknown | Effect::Applied => *safety != Safety::Once,
        }
}

/// Whether the provider asks everybody on this connection to wait.
pub(crate) fn asks_to_wait(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::RateLimited | ErrorKind::Unavailable
    )
}

/// What is known of the whole operation, when its last attempt ended with `error` and the most that
/// an earlier one did is `before`.
pub(crate) fn overall_effect(operation: &Operation, error: &Error, before: Effect) -> Effect {
    match (&operation.safety, before, error.effect()) {
        (Safety::Read, _, _) => Effect::NotApplied,
        (_, Effect::Unknown, Effect::NotApplied) if settles(operation, error) => Effect::NotApplied,
        (_, before, last) => the_more(before, last),
    }
}

/// Which of two says that more was done.
pub(crate) fn the_more(one: Effect, other: Effect) -> Effect {
    match (one, other) {
        (Effect::Applied, _) | (_, Effect::Applied) => Effect::Applied,
        (Effect::Unknown, _) | (_, Effect::Unknown) => Effect::Unknown,
        (Effect::NotApplied, Effect::NotApplied) => Effect::NotApplied,
    }
}

/// Whether a refusal speaks for the earlier attempts too. The same request is always as wrong as
/// it is now, and a decline under a key is the key's answer. Any other refusal may be about
/// something that changed meanwhile, by the lost attempt itself for example; so may status 422,
/// whose request is right in itself (RFC 9110, section 15.5.21): PayPal answers it for an order
/// that was captured already.
fn settles(operation: &Operation, error: &Error) -> bool {
    match error.kind() {
        ErrorKind::InvalidInput if error.status() != Some(422) => true,
        ErrorKind::Declined => matches!(operation.safety, Safety::Keyed(_)),
        kind => operation.settles && !kind.is_transient(),
    }
}

/// How to learn what happened, as far as the safety alone says it.
pub(crate) fn read_back(operation: &Operation) -> Option<&'static str> {
    match operation.safety {
        Safety::Keyed(_) => {
            Some("send it again with the same idempotency key: the answer tells what happened")
        }
        Safety::Idempotent => Some("send it again or read it back: repeating it is harmless"),
        Safety::Read | Safety::Once => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IdempotencyKey;

    fn safeties() -> [Safety; 4] {
        let key = IdempotencyKey::new("k").unwrap();
        [
            Safety::Read,
            Safety::Idempotent,
            Safety::Keyed(key),
            Safety::Once,
        ]
    }

    fn error(kind: ErrorKind, effect: Effect) -> Error {
        Error::new(kind, "x").with_effect(effect)
    }

    #[test]
    fn what_was_not_sent_or_refused_before_execution_may_be_repeated_always() {
        for safety in safeties() {
            for kind in [
                ErrorKind::Network,
                ErrorKind::Timeout,
                ErrorKind::RateLimited,
                ErrorKind::Unavailable,
            ] {
                assert!(may_repeat(&safety, &error(kind, Effect::NotApplied)));
            }
        }
    }

    #[test]
    fn once_is_never_repeated_when_it_may_have_arrived() {
        for safety in safeties() {
            for kind in [
                ErrorKind::Network,
                ErrorKind::Timeout,
                ErrorKind::Unavailable,
            ] {
                let again = may_repeat(&safety, &error(kind, Effect::Unknown));
                assert_eq!(again, safety != Safety::Once, "{safety:?} {kind}");
                let again = may_repeat(&safety, &error(kind, Effect::Applied));
                assert_eq!(again, safety != Safety::Once, "{safety:?} {kind}");
            }
        }
    }

    #[test]
    fn a_refusal_for_good_is_never_repeated() {
        for safety in safeties() {
            for kind in [
                ErrorKind::InvalidInput,
                ErrorKind::Config,
                ErrorKind::Unauthenticated,
                ErrorKind::PermissionDenied,
                ErrorKind::NotFound,
                ErrorKind::AlreadyExists,
                ErrorKind::PreconditionFailed,
                ErrorKind::Conflict,
                ErrorKind::Declined,
                ErrorKind::QuotaExceeded,
                ErrorKind::Unsupported,
                ErrorKind::CircuitOpen,
                ErrorKind::Decode,
                ErrorKind::Untrusted,
                ErrorKind::Cancelled,
                ErrorKind::Internal,
            ] {
                for effect in [Effect::NotApplied, Effect::Unknown] {
                    assert!(!may_repeat(&safety, &error(kind, effect)), "{kind}");
                }
            }
        }
    }

    #[test]
    fn what_a_provider_says_is_final_is_not_repeated() {
        for safety in safeties() {
            for retry in [RetryAdvice::Never, RetryAdvice::NewKey] {
                let kept = error(ErrorKind::Unavailable, Effect::NotApplied).with_retry(retry);
                assert!(!may_repeat(&safety, &kept), "{safety:?} {retry:?}");
            }
        }
    }

    #[test]
    fn refusals_prove_that_the_provider_lives_and_our_own_mistakes_prove_nothing() {
        let is = |kind, expected| assert_eq!(verdict(&Error::new(kind, "x")), expected, "{kind}");
        is(ErrorKind::NotFound, Verdict::Alive);
        is(ErrorKind::RateLimited, Verdict::Alive);
        is(ErrorKind::Unavailable, Verdict::Failing);
        is(ErrorKind::Timeout, Verdict::Failing);
        is(ErrorKind::InvalidInput, Verdict::NoEvidence);
        is(ErrorKind::CircuitOpen, Verdict::NoEvidence);
        let answered = Error::new(ErrorKind::InvalidInput, "x").with_status(400);
        assert_eq!(verdict(&answered), Verdict::Alive);
    }

    #[test]
    fn a_refusal_after_a_lost_answer_leaves_the_effect_unknown() {
        let [read, idempotent, keyed, _] = safeties();
        let refused = |kind| error(kind, Effect::NotApplied);
        let effect = |safety: &Safety, kind| {
            let operation = Operation::new("x", safety.clone());
            overall_effect(&operation, &refused(kind), Effect::Unknown)
        };
        assert_eq!(effect(&read, ErrorKind::Network), Effect::NotApplied);
        for safety in [&idempotent, &keyed] {
            for kind in [
                ErrorKind::NotFound,
                ErrorKind::AlreadyExists,
                ErrorKind::Unauthenticated,
                ErrorKind::RateLimited,
                ErrorKind::Network,
            ] {
                assert_eq!(effect(safety, kind), Effect::Unknown, "{kind}");
            }
            assert_eq!(effect(safety, ErrorKind::InvalidInput), Effect::NotApplied);
        }
        assert_eq!(effect(&keyed, ErrorKind::Declined), Effect::NotApplied);
        let unprocessable = refused(ErrorKind::InvalidInput).with_status(422);
        let operation = Operation::new("x", keyed.clone());
        let effect = overall_effect(&operation, &unprocessable, Effect::Unknown);
        assert_eq!(effect, Effect::Unknown);
        let settled = Operation::new("x", idempotent).with_settled_refusals();
        let known = |kind| overall_effect(&settled, &refused(kind), Effect::Unknown);
        assert_eq!(known(ErrorKind::AlreadyExists), Effect::NotApplied);
        assert_eq!(known(ErrorKind::Network), Effect::Unknown);
    }

    #[test]
    fn what_an_attempt_proved_to_be_applied_stays_applied() {
        let [read, idempotent, keyed, once] = safeties();
        let refused = error(ErrorKind::Network, Effect::NotApplied);
        for safety in [idempotent, keyed, once] {
            let operation = Operation::new("x", safety);
            let effect = overall_effect(&operation, &refused, Effect::Applied);
            assert_eq!(effect, Effect::Applied);
        }
        let read = Operation::new("x", read);
        let effect = overall_effect(&read, &refused, Effect::Applied);
        assert_eq!(effect, Effect::NotApplied);
    }
}
