//! Tokens whose signature is not the provider's.

use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256};

use super::*;

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

fn hs256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
    aws_lc_rs::hmac::sign(&key, text).as_ref().to_vec()
}

/// The confusion of CVE-2015-9235: the public key, in a form that somebody may have, as the secret.
#[track_caller]
fn refuses_as_secret(key: &[u8]) {
    let header = r#"{"alg":"HS256","kid":"r1"}"#;
    let forged = token(header, &claims().to_string(), |text| hs256(key, text));
    let result = rsa_verifier(rsa_jwk()).verify(&forged, &expected());
    assert_refused(result, "id_token_algorithm");
}

#[test]
fn the_rsa_key_in_pem_is_no_shared_secret() {
    let body = base64::engine::general_purpose::STANDARD.encode(rsa_der());
    let lines: Vec<&str> = (0..body.len())
        .step_by(64)
        .map(|at| &body[at..body.len().min(at + 64)])
        .collect();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        lines.join("\n")
    );
    refuses_as_secret(pem.as_bytes());
    refuses_as_secret(format!("{pem}\n").as_bytes());
}

#[test]
fn the_rsa_key_in_der_is_no_shared_secret() {
    refuses_as_secret(&rsa_der());
}

#[test]
fn the_rsa_modulus_is_no_shared_secret() {
    refuses_as_secret(&rsa_modulus());
    refuses_as_secret(b64(rsa_modulus()).as_bytes());
}

#[test]
fn the_published_key_as_text_is_no_shared_secret() {
    refuses_as_secret(rsa_jwk().to_string().as_bytes());
    refuses_as_secret(b"");
}

#[test]
fn every_other_name_of_an_algorithm_is_refused() {
    let signer = Signer::new("k1");
    for name in [
        "",
        "none ",
        "nONE",
        "es256",
        "ES256 ",
        "ES256\0",
        "ES256K",
        "ES512",
        "RS1",
        "HS384",
        "HS512",
        "Ed448",
        "PBES2-HS256+A128KW",
        "dir",
    ] {
        let token = signer.sign_with(&json!({"alg": name, "kid": "k1"}), &claims());
        assert_refused(signer.says(&token), "id_token_algorithm");
    }
    for header in [
        json!({"kid": "k1"}),
        json!({"alg": null, "kid": "k1"}),
        json!({"alg": ["ES256"], "kid": "k1"}),
        json!({"alg": {"name": "ES256"}, "kid": "k1"}),
        // Names of headers differ by case (RFC 7515, section 4).
        json!({"ALG": "ES256", "kid": "k1"}),
    ] {
        let token = signer.sign_with(&header, &claims());
        assert_refused(signer.says(&token), "id_token_algorithm");
    }
}

/// A token whose header says one algorithm of RSA and whose signature is of another.
fn rsa_token(says: &str, signs: &'static dyn RsaEncoding) -> SecretString {
    let header = json!({"alg": says, "kid": "r1"}).to_string();
    token(&header, &claims().to_string(), |text| {
        rsa_signature(signs, text)
    })
}

#[test]
fn a_token_signed_with_rsa_is_checked_by_each_of_its_algorithms() {
    let verifier = rsa_verifier(rsa_jwk());
    for token in [
        rsa_token("RS256", &RSA_PKCS1_SHA256),
        rsa_token("RS512", &RSA_PKCS1_SHA512),
        rsa_token("PS256", &RSA_PSS_SHA256),
    ] {
        assert!(verifier.verify(&token, &expected()).is_ok());
    }
}

#[test]
fn a_signature_of_rs256_is_none_of_ps256_and_the_other_way_round() {
    let verifier = rsa_verifier(rsa_jwk());
    for token in [
        rsa_token("PS256", &RSA_PKCS1_SHA256),
        rsa_token("RS256", &RSA_PSS_SHA256),
    ] {
        assert_refused(verifier.verify(&token, &expected()), "id_token_signature");
    }
}

#[test]
fn a_signature_of_rs512_is_none_of_rs256() {
    let token = rsa_token("RS256", &RSA_PKCS1_SHA512);
    let result = rsa_verifier(rsa_jwk()).verify(&token, &expected());
    assert_refused(result, "id_token_signature");
}

/// RFC 8725, section 3.1: a key is for one algorithm, where it says which.
#[test]
fn a_good_signature_of_an_algorithm_that_the_key_is_not_for_is_refused() {
    let mut jwk = rsa_jwk();
    jwk["alg"] = json!("RS256");
    let verifier = rsa_verifier(jwk);
    assert!(
        verifier
            .verify(&rsa_token("RS256", &RSA_PKCS1_SHA256), &expected())
            .is_ok()
    );
    for token in [
        rsa_token("PS256", &RSA_PSS_SHA256),
        rsa_token("RS512", &RSA_PKCS1_SHA512),
    ] {
        assert_refused(verifier.verify(&token, &expected()), "id_token_unknown_key");
    }
}

#[test]
fn an_elliptic_signature_is_not_looked_for_under_an_rsa_key() {
    let signer = Signer::new("r1");
    let result = rsa_verifier(rsa_jwk()).verify(&signer.sign(&claims()), &expected());
    assert_refused(result, "id_token_unknown_key");
}

#[test]
fn a_token_that_names_another_published_key_than_signed_it_is_refused() {
    let (one, two) = (Signer::new("k1"), Signer::new("k2"));
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, jwks(&[one.jwk(), two.jwk()]));
    assert!(verifier.verify(&one.sign(&claims()), &expected()).is_ok());
    let token = one.sign_with(&two.header(), &claims());
    assert_refused(verifier.verify(&token, &expected()), "id_token_signature");
}

/// A token that brings its own key in a header.
#[track_caller]
fn refuses_with_header(name: &str, value: Value) {
    let (ours, theirs) = (Signer::new("k1"), Signer::new("k1"));
    let mut header = theirs.header();
    header[name] = value;
    assert_refused(
        ours.says(&theirs.sign_with(&header, &claims())),
        "id_token_signature",
    );
    // Nor is it looked at in a good token, whatever it says.
    assert!(ours.says(&ours.sign_with(&header, &claims())).is_ok());
}

#[test]
fn a_key_within_the_header_is_not_used() {
    refuses_with_header("jwk", Signer::new("k1").jwk());
}

#[test]
fn an_address_of_keys_in_the_header_is_not_followed() {
    refuses_with_header("jku", json!("http://169.254.169.254/keys"));
}

#[test]
fn an_address_of_a_certificate_in_the_header_is_not_followed() {
    refuses_with_header("x5u", json!("file:///etc/passwd"));
}

#[test]
fn a_certificate_within_the_header_is_not_used() {
    refuses_with_header("x5c", json!(["MIIB"]));
}

#[test]
fn a_key_id_that_is_a_path_or_a_statement_is_only_compared() {
    let signer = Signer::new("k1");
    for kid in [
        "../../dev/null",
        "k1' OR '1'='1",
        "k1\0",
        "K1",
        " k1",
        "",
        "*",
    ] {
        let token = signer.sign_with(&json!({"alg": "ES256", "kid": kid}), &claims());
        assert_refused(signer.says(&token), "id_token_unknown_key");
    }
}

/// A good token, and what becomes of it when its signature is another.
fn with_signature(change: impl FnOnce(&Signer, &str, Vec<u8>) -> Vec<u8>) -> Result<IdClaims> {
    let signer = Signer::new("k1");
    let good = signer.sign(&claims());
    assert!(signer.says(&good).is_ok());
    let (signed, signature) = good.expose_secret().rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let forged = format!("{signed}.{}", b64(change(&signer, signed, signature)));
    signer.says(&forged.into())
}

#[test]
fn a_signature_that_is_cut_off_anywhere_is_refused() {
    for length in 0..64 {
        let result = with_signature(|_, _, signature| signature[..length].to_vec());
        assert_refused(result, "id_token_signature");
    }
}

#[test]
fn a_signature_with_more_behind_it_is_refused() {
    for more in [1, 64, 4096] {
        let result = with_signature(|_, _, signature| [signature, vec![0; more]].concat());
        assert_refused(result, "id_token_signature");
    }
}

#[test]
fn a_signature_with_any_bit_flipped_is_refused() {
    let signer = Signer::new("k1");
    let good = signer.sign(&claims());
    let (signed, signature) = good.expose_secret().rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    for bit in 0..signature.len() * 8 {
        let mut flipped = signature.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let forged = format!("{signed}.{}", b64(flipped));
        assert_refused(signer.says(&forged.into()), "id_token_signature");
    }
}

#[test]
fn a_header_or_payload_with_any_byte_changed_is_refused() {
    let signer = Signer::new("k1");
    let good = signer.sign(&claims());
    let good = good.expose_secret();
    for at in 0..good.rfind('.').unwrap() {
        let mut forged = good.as_bytes().to_vec();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert!(signer.says(&forged.into()).is_err(), "{at}");
    }
}

#[test]
fn the_signature_of_another_token_is_refused() {
    let result = with_signature(|signer, _, _| signer.signature(b"another"));
    assert_refused(result, "id_token_signature");
    let result = with_signature(|signer, signed, _| {
        signer.signature(signed.split('.').next().unwrap().as_bytes())
    });
    assert_refused(result, "id_token_signature");
}

/// RFC 7518, section 3.4: the two numbers beside each other, and not ASN.1.
#[test]
fn a_signature_in_der_is_refused() {
    use aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    let result = with_signature(|signer, signed, _| {
        let pkcs8 = signer.pair.to_pkcs8v1().unwrap();
        let der = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref());
        let signature = der.unwrap().sign(&SystemRandom::new(), signed.as_bytes());
        signature.unwrap().as_ref().to_vec()
    });
    assert_refused(result, "id_token_signature");
}

/// CVE-2022-21449: a signature of zeros was good for every text.
#[test]
fn a_signature_of_zeros_is_refused() {
    let result = with_signature(|_, _, _| vec![0; 64]);
    assert_refused(result, "id_token_signature");
    // And of the order of the curve, which is zero to who reduces it.
    let order = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    let order: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let result = with_signature(|_, _, _| order.repeat(2));
    assert_refused(result, "id_token_signature");
}

#[test]
fn an_rsa_signature_of_zero_or_one_is_refused() {
    for last in [0, 1] {
        let mut signature = vec![0; RSA.public_modulus_len()];
        *signature.last_mut().unwrap() = last;
        let header = r#"{"alg":"RS256","kid":"r1"}"#;
        let forged = token(header, &claims().to_string(), |_| signature);
        let result = rsa_verifier(rsa_jwk()).verify(&forged, &expected());
        assert_refused(result, "id_token_signature");
    }
}

#[test]
fn a_signature_of_ed25519_by_another_key_is_refused() {
    let (ours, theirs) = (
        Ed25519KeyPair::generate().unwrap(),
        Ed25519KeyPair::generate().unwrap(),
    );
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": b64(ours.public_key().as_ref())});
    let forged = token(r#"{"alg":"EdDSA"}"#, &claims().to_string(), |text| {
        theirs.sign(text).as_ref().to_vec()
    });
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, jwks(&[key]));
    assert_refused(verifier.verify(&forged, &expected()), "id_token_signature");
}
