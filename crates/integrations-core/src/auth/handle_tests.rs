//! What becomes of tokens when a step after their issue fails.

use super::{AuthCapabilities, IssuedTokens, MockAuthProvider, SignIn, SubjectKey, TokenSet};
use crate::error::{Effect, Error, ErrorKind, RetryAdvice};
use crate::integration::{Category, Descriptor};
use secrecy::ExposeSecret;

fn renewing(verification: ErrorKind) -> SignIn {
    let mut mock = MockAuthProvider::new();
    mock.expect_descriptor()
        .return_const(Descriptor::new("mock", Category::AUTH, "mock"));
    let mut can = AuthCapabilities::new();
    can.refresh = true;
    can.id_token = true;
    mock.expect_capabilities().return_const(can);
    mock.expect_refresh().times(1).returning(|_, _| {
        let mut new = TokenSet::new("access-2");
        new.refresh_token = Some("refresh-2".into());
        new.id_token = Some("id-2".into());
        Ok(new)
    });
    mock.expect_verify_id_token()
        .returning(move |_, _| Err(Error::new(verification, "the keys were not read")));
    SignIn::new(mock)
}

fn old() -> TokenSet {
    let mut old = TokenSet::new("access-1");
    old.refresh_token = Some("refresh-1".into());
    old.subject = Some(SubjectKey::new("https://issuer.example", "ann"));
    old
}

#[tokio::test]
async fn a_rotated_token_is_kept_when_its_id_token_cannot_be_verified_now() {
    let error = renewing(ErrorKind::Network)
        .refresh(&old())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.effect(), Effect::Applied);
    assert_eq!(error.retry(), RetryAdvice::Never);
    let kept = IssuedTokens::of(&error).unwrap();
    let refresh = kept.refresh_token.as_ref().unwrap();
    assert_eq!(refresh.expose_secret(), "refresh-2");
    assert_eq!(kept.subject, None);
}

#[tokio::test]
async fn tokens_that_are_not_genuine_are_not_kept() {
    let error = renewing(ErrorKind::Untrusted)
        .refresh(&old())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert_eq!(error.effect(), Effect::Applied);
    assert!(IssuedTokens::of(&error).is_none());
}
