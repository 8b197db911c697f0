//! Sets of keys. Whatever is published, a set is bounded, and every key in it can be asked.

#![no_main]
#![forbid(unsafe_code)]

use integrations_core::auth::{IdTokenExpectations, IdTokenVerifier, Jwks};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

/// `{"alg":…}.{}.AAAA` for each kind of key, and for none in particular.
const TOKENS: [&str; 4] = [
    "eyJhbGciOiJSUzI1NiJ9.e30.AAAA",
    "eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
    "eyJhbGciOiJFUzM4NCJ9.e30.AAAA",
    "eyJhbGciOiJFZERTQSJ9.e30.AAAA",
];

fuzz_target!(|input: &[u8]| {
    let Ok(keys) = Jwks::from_json(&String::from_utf8_lossy(input)) else {
        return;
    };
    assert!(keys.len() <= Jwks::MAX_KEYS);
    let verifier = IdTokenVerifier::new("https://issuer.example", "client-1", keys);
    let expected = IdTokenExpectations::at(Timestamp::UNIX_EPOCH);
    for token in TOKENS {
        assert!(verifier.verify(&token.into(), &expected).is_err());
    }
});
