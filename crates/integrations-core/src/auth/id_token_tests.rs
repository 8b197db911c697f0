//! Tokens are made here with keys of the test's own, by another signer than the one that checks
//! them; published vectors stand beside them.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://issuer.example";
const CLIENT: &str = "client-1";
const NOW: i64 = 1_700_000_000;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

struct Signer {
    pair: EcdsaKeyPair,
    kid: &'static str,
}

impl Signer {
    fn new(kid: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { pair, kid }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid,
            "x": b64(&point[1..33]), "y": b64(&point[33..]),
        })
    }

    fn jwks(&self) -> Jwks {
        Jwks::from_value(&json!({ "keys": [self.jwk()] })).unwrap()
    }

    fn sign_with(&self, header: &Value, claims: &Value) -> SecretString {
        let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .unwrap();
        format!("{signed}.{}", b64(signature)).into()
    }

    fn sign(&self, claims: &Value) -> SecretString {
        self.sign_with(
            &json!({"alg": "ES256", "kid": self.kid, "typ": "JWT"}),
            claims,
        )
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "user-1", "aud": CLIENT, "iat": NOW - 10, "exp": NOW + 300,
        "nonce": "n-1", "auth_time": NOW - 20, "email": "a@x.example", "email_verified": true,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn expected() -> IdTokenExpectations {
    IdTokenExpectations::at(Timestamp::from_second(NOW).unwrap()).with_nonce("n-1")
}

fn check(claims: &Value, expected: &IdTokenExpectations) -> Result<IdClaims> {
    let signer = Signer::new("k1");
    IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks()).verify(&signer.sign(claims), expected)
}

#[track_caller]
fn assert_refused(result: Result<IdClaims>, code: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert_eq!(error.code(), Some(code));
}

#[test]
fn a_good_token_gives_its_claims() {
    let claims = check(&claims(), &expected()).unwrap();
    assert_eq!(
        claims.subject_key().to_string(),
        "https://issuer.example#user-1"
    );
    assert_eq!(claims.audience, [CLIENT]);
    assert_eq!(claims.expires_at.as_second(), NOW + 300);
    assert_eq!(claims.profile.verified_email(), Some("a@x.example"));
}

#[test]
fn an_unsigned_token_is_refused() {
    let signer = Signer::new("k1");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks());
    for name in ["none", "None", "NONE", "nOnE"] {
        let header = b64(json!({ "alg": name }).to_string());
        let token = format!("{header}.{}.", b64(claims().to_string()));
        assert_refused(
            verifier.verify(&token.into(), &expected()),
            "id_token_algorithm",
        );
    }
}

#[test]
fn a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() {
    let signer = Signer::new("k1");
    let header = json!({"alg": "HS256", "kid": "k1"});
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
    let public = signer.pair.public_key().as_ref();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public);
    let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    let token = format!("{signed}.{}", b64(tag));
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks());
    assert_refused(
        verifier.verify(&token.into(), &expected()),
        "id_token_algorithm",
    );
}

#[test]
fn a_shared_key_among_the_published_ones_is_not_used() {
    let set = json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "k1", "k": "c2VjcmV0"}]});
    assert!(Jwks::from_value(&set).unwrap().is_empty());
}

#[test]
fn an_algorithm_that_is_not_allowed_is_refused() {
    let signer = Signer::new("k1");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks())
        .with_algorithms([SigningAlgorithm::Rs256]);
    assert_refused(
        verifier.verify(&signer.sign(&claims()), &expected()),
        "id_token_algorithm",
    );
}

#[test]
fn a_header_that_names_another_algorithm_than_the_key_is_for_is_refused() {
    let signer = Signer::new("k1");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks());
    for alg in ["RS256", "ES384", "EdDSA", "PS256"] {
        let token = signer.sign_with(&json!({"alg": alg, "kid": "k1"}), &claims());
        assert_refused(verifier.verify(&token, &expected()), "id_token_unknown_key");
    }
}

#[test]
fn a_token_of_another_key_is_refused() {
    let (ours, theirs) = (Signer::new("k1"), Signer::new("k1"));
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, ours.jwks());
    assert_refused(
        verifier.verify(&theirs.sign(&claims()), &expected()),
        "id_token_signature",
    );
}

#[test]
fn a_token_of_an_unknown_key_id_is_refused_by_its_own_code() {
    let signer = Signer::new("k2");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, Signer::new("k1").jwks());
    assert_refused(
        verifier.verify(&signer.sign(&claims()), &expected()),
        "id_token_unknown_key",
    );
}

#[test]
fn a_changed_payload_is_refused() {
    let signer = Signer::new("k1");
    let token = signer.sign(&claims());
    let parts: Vec<&str> = token.expose_secret().split('.').collect();
    let payload = b64(with("sub", json!("admin")).to_string());
    let forged = format!("{}.{payload}.{}", parts[0], parts[2]);
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks());
    assert_refused(
        verifier.verify(&forged.into(), &expected()),
        "id_token_signature",
    );
}

#[test]
fn a_token_without_its_signature_is_refused() {
    let signer = Signer::new("k1");
    let token = signer.sign(&claims());
    let (signed, _) = token.expose_secret().rsplit_once('.').unwrap();
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks());
    assert_refused(
        verifier.verify(&format!("{signed}.").into(), &expected()),
        "id_token_signature",
    );
    assert_refused(
        verifier.verify(&signed.into(), &expected()),
        "id_token_malformed",
    );
}

#[test]
fn what_is_no_token_is_refused() {
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, Signer::new("k1").jwks());
    let long = format!("e30.{}.e30", "a".repeat(IdTokenVerifier::MAX_LEN));
    for token in [
        "",
        "a",
        "..",
        "a.b.c",
        "e30.e30.e30.e30.e30",
        "W10.W10.W10",
        &long,
    ] {
        let error = verifier.verify(&token.into(), &expected()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Untrusted, "{token}");
    }
}

#[test]
fn a_critical_header_that_is_not_understood_is_refused() {
    let signer = Signer::new("k1");
    let header = json!({"alg": "ES256", "kid": "k1", "crit": ["b64"], "b64": false});
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks());
    let token = signer.sign_with(&header, &claims());
    assert_refused(verifier.verify(&token, &expected()), "id_token_critical");
}

#[test]
fn an_access_token_or_a_logout_token_is_no_id_token() {
    let signer = Signer::new("k1");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks());
    for kind in ["at+jwt", "logout+jwt", "dpop+jwt"] {
        let header = json!({"alg": "ES256", "kid": "k1", "typ": kind});
        let token = signer.sign_with(&header, &claims());
        assert_refused(verifier.verify(&token, &expected()), "id_token_type");
    }
}

#[test]
fn a_token_of_another_issuer_is_refused() {
    for issuer in [
        json!("https://evil.example"),
        json!("https://issuer.example/"),
        json!([ISSUER]),
    ] {
        assert_refused(check(&with("iss", issuer), &expected()), "id_token_issuer");
    }
    assert_refused(check(&without("iss"), &expected()), "id_token_issuer");
}

#[test]
fn a_token_for_another_application_is_refused() {
    for audience in [
        json!("client-2"),
        json!([]),
        json!(["client-2"]),
        json!(7),
        json!("CLIENT-1"),
    ] {
        assert_refused(
            check(&with("aud", audience), &expected()),
            "id_token_audience",
        );
    }
    assert_refused(check(&without("aud"), &expected()), "id_token_audience");
}

#[test]
fn a_token_that_is_also_for_an_application_we_do_not_trust_is_refused() {
    let mut claims = with("aud", json!([CLIENT, "client-2"]));
    claims["azp"] = json!(CLIENT);
    assert_refused(check(&claims, &expected()), "id_token_audience");
    let signer = Signer::new("k1");
    let verifier =
        IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks()).with_trusted_audience("client-2");
    assert!(verifier.verify(&signer.sign(&claims), &expected()).is_ok());
    claims.as_object_mut().unwrap().remove("azp");
    let result = verifier.verify(&signer.sign(&claims), &expected());
    assert_refused(result, "id_token_authorized_party");
}

#[test]
fn a_token_that_was_given_to_another_application_is_refused() {
    assert!(check(&with("azp", json!(CLIENT)), &expected()).is_ok());
    let result = check(&with("azp", json!("client-2")), &expected());
    assert_refused(result, "id_token_authorized_party");
}

#[test]
fn an_expired_token_is_refused_after_the_leeway() {
    let at = |exp: i64| check(&with("exp", json!(exp)), &expected());
    assert!(at(NOW - 59).is_ok());
    assert_refused(at(NOW - 60), "id_token_expired");
    let strict = expected().with_leeway(Duration::ZERO);
    assert_refused(check(&with("exp", json!(NOW)), &strict), "id_token_expired");
}

#[test]
fn a_token_that_does_not_say_when_it_ends_is_refused() {
    assert_refused(check(&without("exp"), &expected()), "id_token_expired");
    for exp in [json!("1700000300"), json!(null), json!(-1)] {
        assert_refused(check(&with("exp", exp), &expected()), "id_token_expired");
    }
}

#[test]
fn an_expiry_beyond_all_calendars_is_refused_without_a_panic() {
    for exp in [json!(i64::MAX), json!(1e300), json!(u64::MAX)] {
        assert!(check(&with("exp", exp), &expected()).is_err());
    }
}

#[test]
fn a_time_with_a_fraction_is_read() {
    assert!(check(&with("exp", json!(NOW as f64 + 10.5)), &expected()).is_ok());
}

#[test]
fn a_token_from_the_future_is_refused() {
    assert!(check(&with("iat", json!(NOW + 60)), &expected()).is_ok());
    assert_refused(
        check(&with("iat", json!(NOW + 61)), &expected()),
        "id_token_not_yet_valid",
    );
    assert_refused(
        check(&with("nbf", json!(NOW + 61)), &expected()),
        "id_token_not_yet_valid",
    );
    assert_refused(
        check(&without("iat"), &expected()),
        "id_token_not_yet_valid",
    );
}

#[test]
fn a_token_with_another_nonce_or_none_is_refused() {
    for claims in [
        with("nonce", json!("n-2")),
        without("nonce"),
        with("nonce", json!("")),
    ] {
        assert_refused(check(&claims, &expected()), "id_token_nonce");
    }
}

#[test]
fn a_token_without_a_subject_is_refused() {
    for claims in [
        without("sub"),
        with("sub", json!("")),
        with("sub", json!(7)),
    ] {
        assert_refused(check(&claims, &expected()), "id_token_subject");
    }
}

#[test]
fn a_token_of_another_user_than_expected_is_refused() {
    assert!(check(&claims(), &expected().with_subject("user-1")).is_ok());
    let result = check(&claims(), &expected().with_subject("user-2"));
    assert_refused(result, "id_token_subject");
}

/// evidence: local_auth: verify_id_token: published vector: at_hash of OpenID Connect Core 1.0, appendix A
#[test]
fn the_hash_of_the_access_token_is_that_of_openid_connect_core_appendix_a() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let claims = with("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"));
    assert!(check(&claims, &expected().with_access_token(token.into())).is_ok());
    let other = expected().with_access_token("another".into());
    assert_refused(check(&claims, &other), "id_token_access_token");
}

#[test]
fn a_hash_that_is_no_text_is_refused() {
    let expected = expected().with_access_token("token".into());
    assert_refused(
        check(&with("at_hash", json!(null)), &expected),
        "id_token_access_token",
    );
}

#[test]
fn a_sign_in_too_long_ago_is_refused() {
    let within = |age| {
        check(
            &claims(),
            &expected().with_max_auth_age(Duration::from_secs(age)),
        )
    };
    assert!(within(20).is_ok());
    let old = with("auth_time", json!(NOW - 500));
    let recent = expected().with_max_auth_age(Duration::from_secs(300));
    assert_refused(check(&old, &recent), "id_token_auth_time");
    assert_refused(check(&without("auth_time"), &recent), "id_token_auth_time");
}

#[test]
fn without_a_key_id_there_must_be_one_fitting_key() {
    let (one, two) = (Signer::new("k1"), Signer::new("k2"));
    let token = one.sign_with(&json!({"alg": "ES256"}), &claims());
    let alone = IdTokenVerifier::new(ISSUER, CLIENT, one.jwks());
    assert!(alone.verify(&token, &expected()).is_ok());
    let both = Jwks::from_value(&json!({"keys": [one.jwk(), two.jwk()]})).unwrap();
    assert_eq!(both.len(), 2);
    let both = IdTokenVerifier::new(ISSUER, CLIENT, both);
    assert_refused(both.verify(&token, &expected()), "id_token_unknown_key");
}

#[test]
fn keys_that_are_not_for_signatures_or_not_known_are_left_out() {
    let mut encryption = Signer::new("k1").jwk();
    encryption["use"] = json!("enc");
    let mut other_algorithm = Signer::new("k2").jwk();
    other_algorithm["alg"] = json!("ECDH-ES");
    let unknown = json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"});
    let curve = json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"});
    let set = json!({"keys": [encryption, other_algorithm, unknown, curve, 7]});
    assert!(Jwks::from_value(&set).unwrap().is_empty());
    for wrong in ["", "[]", "{}", "{\"keys\": 1}"] {
        assert_eq!(
            Jwks::from_json(wrong).unwrap_err().kind(),
            ErrorKind::Decode,
            "{wrong}"
        );
    }
}

#[test]
fn a_token_signed_with_ed25519_is_checked() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key().as_ref())});
    let header = json!({"alg": "EdDSA"});
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
    let token: SecretString = format!("{signed}.{}", b64(pair.sign(signed.as_bytes()))).into();
    let keys = Jwks::from_value(&json!({"keys": [key]})).unwrap();
    assert!(
        IdTokenVerifier::new(ISSUER, CLIENT, keys)
            .verify(&token, &expected())
            .is_ok()
    );
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

#[test]
fn no_error_repeats_the_token() {
    let signer = Signer::new("k1");
    let token = signer.sign(&with("aud", json!("other")));
    let error = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks())
        .verify(&token, &expected())
        .unwrap_err();
    let payload = token.expose_secret().split('.').nth(1).unwrap().to_owned();
    assert!(!format!("{error} {error:?}").contains(&payload));
}
