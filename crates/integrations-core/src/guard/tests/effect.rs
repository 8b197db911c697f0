//! The effect that the final error tells is that of the whole operation.

use super::*;

async fn effect_of(safety: Safety, answers: impl IntoIterator<Item = Error>) -> Error {
    let operation = Operation::new("op", safety);
    let script = Script::new(answers);
    script.run(&guard(), &operation).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn a_later_not_sent_does_not_unsay_a_lost_answer() {
    for safety in [Safety::Idempotent, keyed()] {
        let error = effect_of(safety, [lost(), not_sent(), not_sent()]).await;
        assert_eq!(error.effect(), Effect::Unknown);
    }
    let read = effect_of(Safety::Read, [lost(), lost(), lost()]).await;
    assert_eq!(read.effect(), Effect::NotApplied);
    let never = effect_of(Safety::Once, [not_sent(), not_sent(), not_sent()]).await;
    assert_eq!(never.effect(), Effect::NotApplied);
}

#[tokio::test(start_paused = true)]
async fn once_that_was_refused_and_then_lost_is_unknown() {
    let error = effect_of(Safety::Once, [too_many(SECOND), lost()]).await;
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(error.attempts(), Some(2));
}

#[tokio::test(start_paused = true)]
async fn what_exists_already_may_be_our_own_unless_the_attempt_settles_it() {
    let exists = || Error::new(ErrorKind::AlreadyExists, "it exists");
    let error = effect_of(Safety::Idempotent, [lost(), exists()]).await;
    assert_eq!(error.effect(), Effect::Unknown);
    let error = effect_of(Safety::Idempotent, [not_sent(), exists()]).await;
    assert_eq!(error.effect(), Effect::NotApplied);

    let operation = Operation::new("op", Safety::Idempotent).with_settled_refusals();
    let script = Script::new([lost(), exists()]);
    let error = script.run(&guard(), &operation).await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied);
}

#[tokio::test(start_paused = true)]
async fn a_decline_under_a_key_is_the_answer_to_all_attempts() {
    let declined = Error::new(ErrorKind::Declined, "insufficient funds");
    let error = effect_of(keyed(), [lost(), declined]).await;
    assert_eq!(error.effect(), Effect::NotApplied);
}

#[tokio::test(start_paused = true)]
async fn what_was_applied_is_repeated_only_where_that_is_harmless_and_stays_applied() {
    let applied = || lost().with_effect(Effect::Applied);
    let once = effect_of(Safety::Once, [applied()]).await;
    assert_eq!(once.effect(), Effect::Applied);
    assert_eq!(once.attempts(), Some(1));

    for safety in [Safety::Idempotent, keyed()] {
        let error = effect_of(safety.clone(), [applied(), not_sent(), not_sent()]).await;
        assert_eq!(error.effect(), Effect::Applied, "{safety:?}");
        // Repeating brings the answer that broke off.
        let operation = Operation::new("op", safety);
        let script = Script::new([applied()]);
        script.run(&guard(), &operation).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_says_how_to_find_out() {
    let operation = Operation::new("op", Safety::Once).with_read_back("find it by its reference");
    let error = Script::new([lost()])
        .run(&guard(), &operation)
        .await
        .unwrap_err();
    assert_eq!(error.advice(), "find it by its reference");

    let own = lost().with_read_back("ask the oracle");
    let error = Script::new([own])
        .run(&guard(), &operation)
        .await
        .unwrap_err();
    assert_eq!(error.advice(), "ask the oracle");
    assert!(error.has_advice());

    // What follows from the safety alone gives way to a handle that knows more.
    let error = effect_of(keyed(), [lost(), lost(), lost()]).await;
    assert!(error.advice().contains("same idempotency key"), "{error}");
    assert!(!error.has_advice());
}
