//! Sets of keys, as a provider or somebody in its place may publish them.

use super::*;

#[test]
fn a_shared_key_among_the_published_ones_is_not_used() {
    let set = json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "k1", "k": "c2VjcmV0"}]});
    assert!(Jwks::from_value(&set).unwrap().is_empty());
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

/// That a key is left out of its set, and the good one beside it is not.
#[track_caller]
fn leaves_out(key: Value) {
    let signer = Signer::new("good");
    let set = jwks(&[key.clone(), signer.jwk()]);
    assert_eq!(set.len(), 1, "{key}");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, set);
    assert!(
        verifier
            .verify(&signer.sign(&claims()), &expected())
            .is_ok()
    );
}

fn rsa_with(name: &str, value: Value) -> Value {
    let mut jwk = rsa_jwk();
    jwk[name] = value;
    jwk
}

fn ec_with(name: &str, value: Value) -> Value {
    let mut jwk = Signer::new("k1").jwk();
    jwk[name] = value;
    jwk
}

/// An odd number of this many bits.
fn odd(bits: usize) -> String {
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] >>= (8 - bits % 8) % 8;
    b64(bytes)
}

#[test]
fn sets_of_thousands_of_keys_are_refused() {
    let keys = |count: usize| {
        let keys = vec![json!({"kty": "oct", "k": "AA"}); count];
        Jwks::from_value(&json!({ "keys": keys }))
    };
    assert!(keys(Jwks::MAX_KEYS).is_ok());
    for count in [Jwks::MAX_KEYS + 1, 5000] {
        assert_eq!(keys(count).unwrap_err().kind(), ErrorKind::Decode);
    }
}

#[test]
fn a_set_of_ten_megabytes_is_refused_unread() {
    // It is not even JSON to the end.
    let long = format!(
        "{{\"keys\": [], \"more\": \"{}",
        "x".repeat(10 * 1024 * 1024)
    );
    let error = Jwks::from_json(&long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("longer"), "{error}");
}

#[test]
fn a_set_that_is_nested_deeply_is_refused() {
    let nested = format!("{{\"keys\": {}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(
        Jwks::from_json(&nested).unwrap_err().kind(),
        ErrorKind::Decode
    );
}

#[test]
fn a_set_with_a_name_twice_is_refused() {
    for set in [
        r#"{"keys": [], "keys": []}"#,
        r#"{"keys": [{"kty": "RSA", "kty": "oct"}]}"#,
    ] {
        assert_eq!(
            Jwks::from_json(set).unwrap_err().kind(),
            ErrorKind::Decode,
            "{set}"
        );
    }
}

/// RFC 7518, section 3.3.
#[test]
fn rsa_keys_below_2048_bits_are_left_out() {
    for bits in [8, 512, 1024, 2047] {
        leaves_out(rsa_with("n", json!(odd(bits))));
    }
    assert_eq!(jwks(&[rsa_with("n", json!(odd(2048)))]).len(), 1);
}

/// They would cost whoever checks a signature seconds.
#[test]
fn rsa_keys_beyond_8192_bits_are_left_out() {
    assert_eq!(jwks(&[rsa_with("n", json!(odd(8192)))]).len(), 1);
    for bits in [8193, 16384, 65536] {
        leaves_out(rsa_with("n", json!(odd(bits))));
    }
}

/// Zeros before a number are no bits of it.
#[test]
fn the_length_of_an_rsa_key_is_not_that_of_its_text() {
    let padded = |modulus: Vec<u8>| rsa_with("n", json!(b64([vec![0; 200], modulus].concat())));
    leaves_out(padded(vec![0xff; 128]));
    let verifier = rsa_verifier(padded(rsa_modulus()));
    let header = r#"{"alg":"RS256","kid":"r1"}"#;
    let token = token(header, &claims().to_string(), |text| {
        rsa_signature(&aws_lc_rs::signature::RSA_PKCS1_SHA256, text)
    });
    assert!(verifier.verify(&token, &expected()).is_ok());
}

#[test]
fn an_even_rsa_modulus_is_left_out() {
    leaves_out(rsa_with("n", json!(b64(vec![0xfe; 256]))));
}

/// With the exponent 1 every text is its own signature.
#[test]
fn rsa_exponents_of_one_or_zero_or_even_are_left_out() {
    for exponent in [&[1_u8][..], &[0, 0, 1], &[0], &[2], &[1, 0, 0], &[]] {
        leaves_out(rsa_with("e", json!(b64(exponent))));
    }
    for exponent in [&[3_u8][..], &[0, 1, 0, 1]] {
        assert_eq!(jwks(&[rsa_with("e", json!(b64(exponent)))]).len(), 1);
    }
}

#[test]
fn rsa_exponents_beyond_32_bits_are_left_out() {
    leaves_out(rsa_with("e", json!(odd(33))));
    leaves_out(rsa_with("e", json!(odd(2048))));
}

/// The attack on invalid curves.
#[test]
fn a_point_off_its_curve_is_left_out() {
    let y = json!(b64([7; 32]));
    leaves_out(ec_with("y", y));
    let mut zero = ec_with("x", json!(b64([0; 32])));
    zero["y"] = json!(b64([0; 32]));
    leaves_out(zero);
    // The same with the coordinates changed for each other.
    let jwk = Signer::new("k1").jwk();
    let mut swapped = ec_with("x", jwk["y"].clone());
    swapped["y"] = jwk["x"].clone();
    leaves_out(swapped);
}

/// RFC 7518, section 6.2.1.2: of the length of the curve.
#[test]
fn coordinates_of_another_length_are_left_out() {
    for length in [0, 31, 33, 48, 1000] {
        leaves_out(ec_with("x", json!(b64(vec![1; length]))));
        leaves_out(ec_with("y", json!(b64(vec![1; length]))));
    }
}

#[test]
fn a_point_of_one_curve_under_the_name_of_another_is_left_out() {
    for curve in ["P-384", "P-521", "secp256k1", "Ed25519", "p-256", ""] {
        leaves_out(ec_with("crv", json!(curve)));
    }
}

#[test]
fn ed25519_keys_of_another_length_are_left_out() {
    for length in [0, 31, 33, 57] {
        leaves_out(json!({"kty": "OKP", "crv": "Ed25519", "x": b64(vec![9; length])}));
    }
    // As it stands in a certificate.
    let pair = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    leaves_out(json!({"kty": "OKP", "crv": "Ed25519", "x": b64(der.as_ref())}));
    leaves_out(json!({"kty": "OKP", "crv": "X25519", "x": b64([9; 32])}));
}

#[test]
fn shared_keys_are_left_out_whatever_else_they_say() {
    for alg in ["HS256", "RS256", "ES256"] {
        leaves_out(json!({"kty": "oct", "alg": alg, "kid": "k1", "k": "c2VjcmV0"}));
    }
    leaves_out(rsa_with("k", json!("c2VjcmV0")));
}

/// Whoever reads such a set can sign.
#[test]
fn keys_with_their_private_half_are_left_out() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        leaves_out(rsa_with(name, json!("AQAB")));
    }
    leaves_out(ec_with("d", json!(b64([1; 32]))));
    leaves_out(ec_with("d", json!(null)));
}

/// RFC 7517, section 4.5: which one it would be is anybody's guess.
#[test]
fn two_keys_of_one_id_are_none() {
    let (one, two) = (Signer::new("k1"), Signer::new("k1"));
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, jwks(&[one.jwk(), two.jwk()]));
    for signer in [&one, &two] {
        let result = verifier.verify(&signer.sign(&claims()), &expected());
        assert_refused(result, "id_token_unknown_key");
    }
    // Of two kinds they can be told apart.
    let mut rsa = rsa_jwk();
    rsa["kid"] = json!("k1");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, jwks(&[one.jwk(), rsa]));
    assert!(verifier.verify(&one.sign(&claims()), &expected()).is_ok());
}

#[test]
fn a_key_that_is_published_twice_is_one() {
    let signer = Signer::new("k1");
    let verifier = IdTokenVerifier::new(ISSUER, CLIENT, jwks(&[signer.jwk(), signer.jwk()]));
    assert!(
        verifier
            .verify(&signer.sign(&claims()), &expected())
            .is_ok()
    );
}

#[test]
fn keys_for_something_else_than_signatures_are_left_out() {
    for used in [
        json!("enc"),
        json!("SIG"),
        json!(""),
        json!(null),
        json!(["sig"]),
    ] {
        leaves_out(rsa_with("use", used));
    }
    for operations in [
        json!(["encrypt"]),
        json!(["sign"]),
        json!([]),
        json!("verify"),
        json!(null),
    ] {
        leaves_out(rsa_with("key_ops", operations));
    }
    assert_eq!(jwks(&[rsa_with("key_ops", json!(["verify"]))]).len(), 1);
}

#[test]
fn keys_of_unknown_kinds_and_algorithms_are_left_out() {
    for kind in ["AKP", "rsa", "", "LMS"] {
        leaves_out(rsa_with("kty", json!(kind)));
    }
    for alg in [
        json!("RSA-OAEP"),
        json!("RS1"),
        json!("none"),
        json!(""),
        json!(7),
        json!(null),
    ] {
        leaves_out(rsa_with("alg", alg));
    }
}

#[test]
fn members_of_the_wrong_type_are_left_out_with_their_key() {
    for name in ["kty", "n", "e", "kid", "issuer"] {
        for wrong in [json!(7), json!(null), json!(["AQAB"]), json!({})] {
            leaves_out(rsa_with(name, wrong));
        }
    }
    leaves_out(rsa_with("n", json!("not base64!")));
    leaves_out(json!([]));
    leaves_out(json!(null));
}
