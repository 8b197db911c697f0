//! What is counted of refreshes.

use super::provider::Line;
use super::*;
use crate::measured::Measured;

const REFRESHES: &str = "integrations_token_refreshes_total integration=zoom outcome=";
const SECONDS: &str = "integrations_token_refresh_seconds integration=zoom";
const CONSENTS: &str = "integrations_consents_needed_total integration=zoom";

#[tokio::test(start_paused = true)]
async fn each_refresh_is_counted_once_by_what_came_of_it_and_how_long_it_took() {
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    let of = |outcome: &str| measured.of(&format!("{REFRESHES}{outcome}"));
    let stage = Stage::new().await;
    let (source, other) = (stage.source(), stage.source());
    source.access_token().await.unwrap();
    assert_eq!(of("ok"), None, "a token that is good needs no refresh");

    // Many callers of two sources, and one refresh.
    pass(700).await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let tokens = [&source, &other, &source, &other].map(TokenSource::access_token);
    for token in futures::future::join_all(tokens).await {
        token.unwrap();
    }
    assert_eq!(of("ok"), Some(1.0));
    assert_eq!(measured.of(SECONDS), Some(4.0));

    // One that fails for a cause that passes, and goes well the next time.
    pass(700).await;
    stage.provider.next([Line::NotSent]);
    source.access_token().await.unwrap_err();
    pass(2).await;
    source.access_token().await.unwrap();
    assert_eq!((of("ok"), of("network")), (Some(2.0), Some(1.0)));
    assert_eq!(measured.of(CONSENTS), None);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_somebody_else_made_needless_is_not_counted() {
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    let stage = Stage::new().await;
    let source = stage.source();
    pass(700).await;
    stage.provider.next([Line::Takes(Duration::from_secs(4))]);
    let asked = tokio::spawn(async move { source.access_token().await });
    pass(3).await;
    let tokens = stage.provider.consent();
    stage.connect(tokens).await;
    let token = asked.await.unwrap().unwrap();
    assert_eq!(text(&token), "access-2-0", "the new grant stays");
    assert_eq!(measured.of(SECONDS), None);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_needs_consent_is_counted_once_however_many_find_it_out() {
    let measured = Measured::default();
    let _recording = metrics::set_default_local_recorder(&measured);
    let stage = Stage::new().await;
    stage.provider.next([Line::Refuses("invalid_grant")]);
    let (source, other) = (stage.source(), stage.source());
    pass(700).await;
    for _ in 0..3 {
        source.access_token().await.unwrap_err();
        other.access_token().await.unwrap_err();
        pass(5).await;
    }
    assert_eq!(measured.of(CONSENTS), Some(1.0));
    let refused = format!("{REFRESHES}unauthenticated");
    assert_eq!(measured.of(&refused), Some(1.0));

    // The same for one whose refresh token has ended: nothing is asked, and nothing refreshed.
    let ended = stage.provider.consent();
    let end = stage.clock.now();
    stage.connect(ended.with_refresh_expiry(end)).await;
    pass(700).await;
    source.access_token().await.unwrap_err();
    assert_eq!(measured.of(CONSENTS), Some(2.0));
    assert_eq!(measured.of(&refused), Some(1.0));
}
