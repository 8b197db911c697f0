//! Tokens that are well signed, or could be, and have no form that may be read.

use super::*;

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
fn no_error_repeats_the_token() {
    let signer = Signer::new("k1");
    let token = signer.sign(&with("aud", json!("other")));
    let error = IdTokenVerifier::new(ISSUER, CLIENT, signer.jwks())
        .verify(&token, &expected())
        .unwrap_err();
    let payload = token.expose_secret().split('.').nth(1).unwrap().to_owned();
    assert!(!format!("{error} {error:?}").contains(&payload));
}

/// Signed by the provider, of these texts.
#[track_caller]
fn refuses_texts(header: &str, payload: &str, code: &str) {
    let signer = Signer::new("k1");
    assert_refused(signer.says(&signer.sign_texts(header, payload)), code);
}

const HEADER: &str = r#"{"alg":"ES256","kid":"k1"}"#;

#[test]
fn a_critical_header_of_any_kind_is_refused() {
    let signer = Signer::new("k1");
    for critical in [json!([]), json!(["exp"]), json!("exp"), json!(null)] {
        let header = json!({"alg": "ES256", "kid": "k1", "crit": critical});
        let token = signer.sign_with(&header, &claims());
        assert_refused(signer.says(&token), "id_token_critical");
    }
}

/// RFC 7797, section 7: not for tokens, with `crit` or without.
#[test]
fn a_payload_that_is_not_encoded_is_refused() {
    let header = r#"{"alg":"ES256","kid":"k1","b64":false}"#;
    refuses_texts(header, &claims().to_string(), "id_token_critical");
}

/// RFC 7516, section 9: five parts are an encrypted token.
#[test]
fn an_encrypted_token_is_refused_as_such() {
    let header = b64(r#"{"alg":"RSA-OAEP","enc":"A128GCM","cty":"JWT"}"#);
    let token = format!("{header}.a2V5.aXY.dGV4dA.dGFn");
    assert_refused(Signer::new("k1").says(&token.into()), "id_token_encrypted");
}

/// RFC 7519, section 5.2, whether it says so or not.
#[test]
fn a_token_within_a_token_is_refused() {
    let signer = Signer::new("k1");
    let inner = signer.sign(&claims());
    refuses_texts(HEADER, inner.expose_secret(), "id_token_malformed");
    let header = r#"{"alg":"ES256","kid":"k1","cty":"JWT"}"#;
    refuses_texts(header, inner.expose_secret(), "id_token_type");
    refuses_texts(header, &claims().to_string(), "id_token_type");
}

/// RFC 7519, section 1: a token is in the compact form.
#[test]
fn a_signature_in_the_json_form_is_refused() {
    let signer = Signer::new("k1");
    let token = signer.sign(&claims());
    let parts: Vec<&str> = token.expose_secret().split('.').collect();
    let json = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    assert_refused(signer.says(&json.to_string().into()), "id_token_malformed");
}

#[test]
fn a_name_that_comes_twice_in_the_header_is_refused() {
    let claims = claims().to_string();
    for header in [
        r#"{"alg":"ES256","kid":"k1","alg":"none"}"#,
        r#"{"alg":"none","alg":"ES256","kid":"k1"}"#,
        r#"{"alg":"ES256","kid":"k1","kid":"k2"}"#,
        r#"{"alg":"ES256","kid":"k1","\u0061lg":"none"}"#,
    ] {
        refuses_texts(header, &claims, "id_token_duplicate");
    }
}

#[test]
fn a_name_that_comes_twice_in_the_claims_is_refused() {
    let claims = claims().to_string();
    let claims = claims.strip_suffix('}').unwrap();
    for more in [
        r#""sub":"admin""#,
        r#""sub":"user-1""#,
        r#""s\u0075b":"admin""#,
        r#""exp":9999999999"#,
        r#""address":{"country":"a","country":"b"}"#,
    ] {
        refuses_texts(HEADER, &format!("{claims},{more}}}"), "id_token_duplicate");
    }
}

#[test]
fn something_after_the_json_is_refused() {
    let claims = claims().to_string();
    for more in ["{}", "x", "\0", ",", "}", " {\"sub\":\"admin\"}"] {
        refuses_texts(HEADER, &format!("{claims}{more}"), "id_token_malformed");
        refuses_texts(&format!("{HEADER}{more}"), &claims, "id_token_malformed");
    }
}

#[test]
fn something_around_the_token_is_refused() {
    let signer = Signer::new("k1");
    let good = signer.sign(&claims());
    let good = good.expose_secret();
    for token in [
        format!("{good}."),
        format!(".{good}"),
        format!("{good}\n"),
        format!("{good} "),
        format!(" {good}"),
        format!("Bearer {good}"),
        format!("{good}\0"),
        format!("{good}="),
        format!("{good}.e30"),
        good.replacen('.', "..", 1),
        good.replacen('.', "", 1),
    ] {
        assert_refused(signer.says(&token.into()), "id_token_malformed");
    }
}

#[test]
fn what_is_not_utf_8_is_refused() {
    let signer = Signer::new("k1");
    for bytes in [
        &b"{\"sub\":\"\xff\"}"[..],
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
    ] {
        let token = encoded(&b64(HEADER), &b64(bytes), |text| signer.signature(text));
        assert_refused(signer.says(&token), "id_token_malformed");
    }
}

/// Encodes a payload by a rule that is not that of RFC 7515, section 2, and signs that.
#[track_caller]
fn refuses_encoding(payload: &str) {
    let signer = Signer::new("k1");
    let token = encoded(&b64(HEADER), payload, |text| signer.signature(text));
    assert_refused(signer.says(&token), "id_token_malformed");
}

#[test]
fn a_payload_with_padding_is_refused() {
    // A text that needs padding, whatever the length of the claims is.
    let mut text = claims().to_string();
    while text.len().is_multiple_of(3) {
        text.push(' ');
    }
    refuses_encoding(&base64::engine::general_purpose::URL_SAFE.encode(text));
}

#[test]
fn a_payload_in_standard_base64_is_refused() {
    let claims = with("name", json!("???>>>~~~ÿÿÿ")).to_string();
    let standard = base64::engine::general_purpose::STANDARD_NO_PAD.encode(claims);
    assert!(standard.contains(['+', '/']));
    refuses_encoding(&standard);
}

#[test]
fn a_payload_with_white_space_in_it_is_refused() {
    let payload = b64(claims().to_string());
    for at in [0, 4, payload.len()] {
        let mut spaced = payload.clone();
        spaced.insert(at, '\n');
        refuses_encoding(&spaced);
    }
}

/// The last character of what is no multiple of three bytes has bits that mean nothing: a token must
/// have one spelling only.
#[test]
fn a_signature_in_another_spelling_is_refused() {
    let signer = Signer::new("k1");
    let good = signer.sign(&claims());
    let good = good.expose_secret();
    // 64 bytes leave one, of which the last character has two bits.
    let (start, last) = good.split_at(good.len() - 1);
    let other = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        "w" => "x",
        other => panic!("{other}"),
    };
    assert_refused(
        signer.says(&format!("{start}{other}").into()),
        "id_token_malformed",
    );
}

#[test]
fn a_token_of_a_megabyte_is_refused() {
    let long = with("more", json!("x".repeat(1024 * 1024)));
    assert_refused(check(&long, &expected()), "id_token_malformed");
    let dots = ".".repeat(1024 * 1024);
    assert_refused(Signer::new("k1").says(&dots.into()), "id_token_malformed");
}

#[test]
fn claims_that_are_nested_deeply_are_refused() {
    for depth in [20, 100, 8_000] {
        let nested = format!(r#"{{"a":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
        refuses_texts(HEADER, &nested, "id_token_malformed");
        let header = format!(
            r#"{{"alg":"ES256","kid":"k1","a":{}1{}}}"#,
            r#"{"a":"#.repeat(depth),
            "}".repeat(depth)
        );
        refuses_texts(&header, &claims().to_string(), "id_token_malformed");
    }
}

#[test]
fn parts_that_are_no_objects_are_refused() {
    for part in ["[]", "null", "\"text\"", "7", "", "[{}]"] {
        refuses_texts(HEADER, part, "id_token_malformed");
        refuses_texts(part, &claims().to_string(), "id_token_malformed");
    }
}

#[test]
fn a_number_that_no_machine_holds_is_refused() {
    let claims = claims().to_string();
    let claims = claims.strip_suffix('}').unwrap();
    for number in ["1e999", "-1e999", "NaN", "Infinity", "0x10", "01", "1."] {
        let text = format!("{claims},\"more\":{number}}}");
        refuses_texts(HEADER, &text, "id_token_malformed");
    }
}

#[test]
fn a_key_id_that_is_no_text_is_refused() {
    for kid in ["7", "null", "[\"k1\"]", "{}"] {
        let header = format!(r#"{{"alg":"ES256","kid":{kid}}}"#);
        refuses_texts(&header, &claims().to_string(), "id_token_malformed");
    }
}

/// RFC 8725, section 3.11: the kinds that are registered or in use, in every spelling.
#[test]
fn a_token_of_any_other_kind_is_refused() {
    let signer = Signer::new("k1");
    for kind in [
        json!("AT+JWT"),
        json!("application/at+jwt"),
        json!("secevent+jwt"),
        json!("entity-statement+jwt"),
        json!("oauth-authz-req+jwt"),
        json!("JOSE"),
        json!("JWT "),
        json!(""),
        json!(null),
        json!(["JWT"]),
    ] {
        let header = json!({"alg": "ES256", "kid": "k1", "typ": kind});
        let token = signer.sign_with(&header, &claims());
        assert_refused(signer.says(&token), "id_token_type");
    }
    for kind in ["jwt", "JWT", "application/jwt"] {
        let header = json!({"alg": "ES256", "kid": "k1", "typ": kind});
        assert!(signer.says(&signer.sign_with(&header, &claims())).is_ok());
    }
}
