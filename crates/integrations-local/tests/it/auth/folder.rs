//! What a provider in a folder promises beyond the suite.

use integrations_core::auth::{AuthorizeRequest, CallbackParams, SignIn};
use integrations_core::{ErrorKind, ExposeSecret};
use integrations_local::auth::LocalSignIn;

#[tokio::test]
async fn tokens_are_good_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let provider = LocalSignIn::open(folder.path()).await.unwrap();
    let sign_in = SignIn::new(provider.clone());
    let request = AuthorizeRequest::new("https://app.example/callback".parse().unwrap()).offline();
    let started = sign_in.authorize(&request).await.unwrap();
    let back = provider.approve(&started.url, "ada").await.unwrap();
    let callback = CallbackParams::from_url(&back).unwrap();
    let tokens = sign_in.exchange(&callback, started.session).await.unwrap();
    drop((provider, sign_in));

    let text = std::fs::read_to_string(folder.path().join("sign-in.json")).unwrap();
    assert!(
        !text.contains(tokens.access_token.expose_secret()),
        "the token itself is kept"
    );
    let sign_in = SignIn::new(LocalSignIn::open(folder.path()).await.unwrap());
    let profile = sign_in.user_profile(&tokens).await.unwrap();
    assert_eq!(profile.verified_email(), Some("ada@example.com"));
    let claims = sign_in
        .verify_id_token(tokens.id_token.as_ref().unwrap(), &sign_in.expect_now())
        .await;
    assert_eq!(*claims.unwrap().subject_key(), profile.subject);
    sign_in.refresh(&tokens).await.unwrap();
}

#[tokio::test]
async fn a_second_opener_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let _first = LocalSignIn::open(folder.path()).await.unwrap();
    let second = LocalSignIn::open(folder.path()).await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Conflict, "{second}");
}

#[tokio::test]
async fn a_damaged_file_is_named_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sign-in.json");
    std::fs::write(&file, "{\"users\": \"a-secret-value\"").unwrap();
    let error = LocalSignIn::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("sign-in.json") && !shown.contains("a-secret-value"),
        "{shown}"
    );
}

/// The key set is one that others can read: RFC 7517, and RFC 7518 for its members.
#[tokio::test]
async fn the_key_set_is_public() {
    let provider = LocalSignIn::in_memory().unwrap();
    provider.rotate_keys().await.unwrap();
    provider.rotate_keys().await.unwrap();
    let set = provider.jwks().await.unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"]),
            (&"EC".into(), &"P-256".into(), &"ES256".into())
        );
        assert!(key.get("d").is_none(), "the private half is published");
    }
}
