//! Tokens that the provider signed, and that are not for this sign-in.

use std::time::Duration;

use super::*;

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
    let at = |exp: i64| {
        let mut claims = with("exp", json!(exp));
        claims["iat"] = json!(NOW - 600);
        check(&claims, &expected())
    };
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
fn an_expiry_that_is_no_number_is_refused() {
    for exp in [
        json!("1700000300"),
        json!("NaN"),
        json!("Infinity"),
        json!(""),
        json!(true),
        json!([NOW + 300]),
        json!({"seconds": NOW + 300}),
    ] {
        refuses(&with("exp", exp), "id_token_expired");
    }
}

#[test]
fn an_expiry_that_is_zero_or_long_ago_is_refused() {
    for exp in [
        json!(0),
        json!(-0.0),
        json!(-1),
        json!(i64::MIN),
        json!(-1e300),
        json!(1e-300),
    ] {
        refuses(&with("exp", exp), "id_token_expired");
    }
}

#[test]
fn an_expiry_that_no_calendar_has_is_refused_by_its_own_code() {
    // In milliseconds too, which some write: the year 55840.
    for exp in [
        json!(i64::MAX),
        json!(1e300),
        json!(u64::MAX),
        json!((NOW + 300) * 1000),
    ] {
        refuses(&with("exp", exp), "id_token_expired");
    }
}

#[test]
fn a_time_of_issue_that_no_calendar_has_is_refused() {
    for iat in [
        json!(i64::MAX),
        json!(1e300),
        json!("1700000000"),
        json!(null),
        json!(NOW * 1000),
    ] {
        refuses(&with("iat", iat), "id_token_not_yet_valid");
    }
}

#[test]
fn a_start_that_cannot_be_read_is_refused() {
    for nbf in [json!("1700000000"), json!(null), json!(1e300), json!([])] {
        refuses(&with("nbf", nbf), "id_token_not_yet_valid");
    }
}

#[test]
fn a_token_that_ends_before_it_was_issued_is_refused() {
    let mut claims = claims();
    for (issued, expires) in [(NOW + 30, NOW + 20), (NOW + 20, NOW + 20), (NOW, NOW - 30)] {
        claims["iat"] = json!(issued);
        claims["exp"] = json!(expires);
        refuses(&claims, "id_token_times");
    }
}

#[test]
fn a_token_that_ends_before_it_begins_is_refused() {
    let mut claims = with("nbf", json!(NOW + 50));
    claims["exp"] = json!(NOW + 40);
    refuses(&claims, "id_token_times");
}

/// Each time is checked, whatever the others are.
#[test]
fn a_start_long_ago_does_not_hide_a_time_of_issue_that_is_wrong() {
    let mut claims = with("nbf", json!(NOW - 100));
    claims["iat"] = json!(NOW + 61);
    refuses(&claims, "id_token_not_yet_valid");
    claims["iat"] = json!(NOW + 30);
    claims["exp"] = json!(NOW + 20);
    refuses(&claims, "id_token_times");
}

#[test]
fn a_sign_in_that_is_yet_to_come_is_refused() {
    assert!(check(&with("auth_time", json!(NOW + 60)), &expected()).is_ok());
    refuses(&with("auth_time", json!(NOW + 61)), "id_token_auth_time");
}

#[test]
fn a_time_of_sign_in_that_cannot_be_read_is_none() {
    let recent = expected().with_max_auth_age(Duration::from_secs(300));
    for time in [json!("1700000000"), json!(null), json!(1e300), json!({})] {
        let claims = with("auth_time", time);
        assert_refused(check(&claims, &recent), "id_token_auth_time");
    }
}

/// OpenID Connect Core, section 2: a number. An application that asks for none must not see none
/// where there is one.
#[test]
fn a_time_of_sign_in_that_cannot_be_read_is_refused() {
    for time in [json!("1700000000"), json!(1e300), json!({}), json!(true)] {
        refuses(&with("auth_time", time), "id_token_auth_time");
    }
    assert!(check(&with("auth_time", json!(null)), &expected()).is_ok());
}

#[test]
fn a_time_of_sign_in_with_a_fraction_is_told() {
    let claims = check(&with("auth_time", json!(NOW as f64 - 20.5)), &expected()).unwrap();
    assert_eq!(claims.auth_time.unwrap().as_second(), NOW - 21);
}

#[test]
fn an_audience_that_is_no_text_is_refused() {
    for audience in [
        json!({}),
        json!({ CLIENT: true }),
        json!([[CLIENT]]),
        json!([{ "aud": CLIENT }]),
        json!(null),
        json!(true),
    ] {
        refuses(&with("aud", audience), "id_token_audience");
    }
}

/// What cannot be read could be another application.
#[test]
fn an_audience_that_can_be_read_in_part_is_refused() {
    for other in [json!(7), json!(null), json!([]), json!({})] {
        let mut claims = with("aud", json!([CLIENT, other]));
        claims["azp"] = json!(CLIENT);
        refuses(&claims, "id_token_audience");
    }
}

#[test]
fn an_audience_that_only_looks_like_ours_is_refused() {
    for audience in [
        "",
        "client-1 ",
        " client-1",
        "client-1\0",
        "client-10",
        "client",
        "Client-1",
    ] {
        refuses(&with("aud", json!(audience)), "id_token_audience");
        refuses(&with("aud", json!([audience])), "id_token_audience");
    }
}

#[test]
fn an_authorized_party_that_is_no_text_is_refused() {
    for party in [
        json!(null),
        json!([CLIENT]),
        json!(7),
        json!(""),
        json!("CLIENT-1"),
    ] {
        refuses(&with("azp", party), "id_token_authorized_party");
    }
}

/// OpenID Connect Core, section 3.1.3.7: exactly, and RFC 3986 (section 6.2.1) says what that is.
#[test]
fn an_issuer_that_only_looks_like_ours_is_refused() {
    for issuer in [
        "https://issuer.example/",
        "https://ISSUER.example",
        "HTTPS://issuer.example",
        "http://issuer.example",
        "https://issuer.example:443",
        "https://issuer.example#",
        "https://issuer.example?",
        "https://issuer.example/..",
        "https://issuer.example.evil.example",
        "https://issuer%2eexample",
        "https://ıssuer.example",
        "https://issuer.example ",
        "issuer.example",
        "",
    ] {
        refuses(&with("iss", json!(issuer)), "id_token_issuer");
    }
}

#[test]
fn a_nonce_that_is_no_text_or_only_looks_like_ours_is_refused() {
    for nonce in [
        json!(null),
        json!(["n-1"]),
        json!(1),
        json!("N-1"),
        json!("n-1 "),
        json!("n-1\0"),
        json!("n-"),
    ] {
        refuses(&with("nonce", nonce), "id_token_nonce");
    }
}

/// The whole digest, its hex, with padding, of another algorithm: OpenID Connect Core, section
/// 3.1.3.6, has the left half in base64url alone.
#[test]
fn a_hash_of_the_access_token_by_any_other_rule_is_refused() {
    use aws_lc_rs::digest::{SHA256, SHA512, digest};
    let access = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let expected = expected().with_access_token(access.into());
    let sha256 = digest(&SHA256, access.as_bytes());
    let sha256 = sha256.as_ref();
    let sha512 = digest(&SHA512, access.as_bytes());
    let hex: String = sha256[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for hash in [
        json!(b64(sha256)),
        json!(b64(&sha256[16..])),
        json!(b64(&sha256[..15])),
        json!(b64(&sha512.as_ref()[..32])),
        json!(hex),
        json!("77QmUPtjPfzWtF2AnpK9RQ=="),
        json!("77qmUPtjPfzWtF2AnpK9RQ"),
        json!(""),
        json!(["77QmUPtjPfzWtF2AnpK9RQ"]),
        json!(true),
    ] {
        let claims = with("at_hash", hash);
        assert_refused(check(&claims, &expected), "id_token_access_token");
    }
    let good = with("at_hash", json!(b64(&sha256[..16])));
    assert!(check(&good, &expected).is_ok());
}

/// OpenID Connect Core, section 2.
#[test]
fn a_subject_longer_than_255_characters_is_refused() {
    assert!(check(&with("sub", json!("a".repeat(255))), &expected()).is_ok());
    refuses(&with("sub", json!("a".repeat(256))), "id_token_subject");
}

#[test]
fn a_subject_that_is_not_plain_ascii_is_refused() {
    for subject in [
        "é",
        "user-1\0",
        "user-1\n",
        "\u{202e}1-resu",
        "ｕser-1",
        "\u{7f}",
    ] {
        refuses(&with("sub", json!(subject)), "id_token_subject");
    }
}

#[test]
fn a_subject_that_is_no_text_is_refused() {
    for subject in [
        json!(null),
        json!(["user-1"]),
        json!({"id": "user-1"}),
        json!(true),
        json!(1.0),
    ] {
        refuses(&with("sub", subject), "id_token_subject");
    }
}
