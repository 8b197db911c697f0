//! ID tokens. The input is a token as it is, or (after a zero byte) a header, a zero byte and a payload,
//! which are signed with the key that the verifier believes, so that everything behind the signature is
//! reached too.

#![no_main]
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use integrations_core::auth::{IdClaims, IdTokenExpectations, IdTokenVerifier, Jwks};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";
const CLIENT: &str = "client-1";
const NOW: i64 = 1_700_000_000;

/// Its signatures depend on the text alone, so that a run can be repeated.
static KEY: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed is 32 bytes"));

static VERIFIER: LazyLock<IdTokenVerifier> = LazyLock::new(|| {
    let key = json!({
        "kty": "OKP", "crv": "Ed25519", "kid": "k1",
        "x": URL_SAFE_NO_PAD.encode(KEY.public_key().as_ref()),
    });
    let keys = Jwks::from_value(&json!({"keys": [key]})).expect("it is a set");
    IdTokenVerifier::new(ISSUER, CLIENT, keys)
});

fuzz_target!(|input: &[u8]| {
    let expected =
        IdTokenExpectations::at(Timestamp::from_second(NOW).expect("a time")).with_nonce("n-1");
    let signed = input.strip_prefix(&[0]).and_then(|rest| {
        let at = rest.iter().position(|byte| *byte == 0)?;
        Some((&rest[..at], &rest[at + 1..]))
    });
    let Some((header, payload)) = signed else {
        let token: SecretString = String::from_utf8_lossy(input).into_owned().into();
        // Nobody guesses a signature.
        assert!(VERIFIER.verify(&token, &expected).is_err());
        return;
    };
    let text = [header, payload]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let signature = URL_SAFE_NO_PAD.encode(KEY.sign(text.as_bytes()));
    let token: SecretString = format!("{text}.{signature}").into();
    match VERIFIER.verify(&token, &expected) {
        Ok(claims) => is_ours(header, payload, &claims),
        Err(error) => {
            let code = error.code().unwrap_or_default();
            assert!(code.starts_with("id_token_"), "{error:?}");
        }
    }
});

/// Reads a token that was believed once more, by serde_json alone.
fn is_ours(header: &[u8], payload: &[u8], claims: &IdClaims) {
    let header: Value = serde_json::from_slice(header).expect("JSON");
    let payload: Value = serde_json::from_slice(payload).expect("JSON");
    assert_eq!(header["alg"], "EdDSA");
    assert!(header.get("crit").is_none());
    assert_eq!(payload["iss"], ISSUER);
    assert_eq!(payload["nonce"], "n-1");
    assert!(payload["aud"] == CLIENT || payload["aud"] == json!([CLIENT]));
    assert_eq!(payload["sub"], claims.subject.as_str());
    assert!((1..=255).contains(&claims.subject.len()));
    let seconds = |name: &str| payload[name].as_f64().expect("a number");
    let now = NOW as f64;
    assert!(seconds("exp") > now - 60.0 && seconds("iat") < now + 61.0);
    assert!(claims.issued_at < claims.expires_at);
}
