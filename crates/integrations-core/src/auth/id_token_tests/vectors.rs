//! Published vectors.

use super::*;

/// evidence: local_auth: verify_id_token: published vector: at_hash of OpenID Connect Core 1.0, appendix A
#[test]
fn the_hash_of_the_access_token_is_that_of_openid_connect_core_appendix_a() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let claims = with("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"));
    assert!(check(&claims, &expected().with_access_token(token.into())).is_ok());
    let other = expected().with_access_token("another".into());
    assert_refused(check(&claims, &other), "id_token_access_token");
}

/// The token of RFC 7515, appendix A.3, has no subject: that it is refused for this, and not for
/// its signature, shows that the signature was checked and is right.
///
/// evidence: local_auth: verify_id_token: published vector: the ES256 signature of RFC 7515, appendix A.3
#[test]
fn the_signature_of_rfc_7515_appendix_a_3_is_right() {
    let keys = Jwks::from_json(
        r#"{"keys": [{"kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#,
    )
    .unwrap();
    let token = "eyJhbGciOiJFUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let verifier = IdTokenVerifier::new("joe", CLIENT, keys);
    let at = IdTokenExpectations::at(Timestamp::from_second(1_300_819_000).unwrap());
    assert_refused(verifier.verify(&token.into(), &at), "id_token_subject");
    let broken = token.replace("DtEh", "DtEi");
    assert_refused(verifier.verify(&broken.into(), &at), "id_token_signature");
}
