//! Tokens are made here with keys of the tests' own, by another signer than the one that checks
//! them; published vectors stand beside them. What is refused is what RFC 7515 to 7519, RFC 8725 and
//! OpenID Connect Core say must be, or may be.

mod claims;
mod forged;
mod form;
mod keys;
mod tenants;
mod vectors;

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};
use jiff::Timestamp;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://issuer.example";
const CLIENT: &str = "client-1";
const NOW: i64 = 1_700_000_000;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of these texts, signed by a function.
fn token(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> SecretString {
    encoded(&b64(header), &b64(payload), sign)
}

/// The same of parts that are encoded already, by whatever rule.
fn encoded(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> SecretString {
    let signed = format!("{header}.{payload}");
    let signature = b64(sign(signed.as_bytes()));
    format!("{signed}.{signature}").into()
}

/// A key of the provider on P-256.
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
        jwks(&[self.jwk()])
    }

    fn signature(&self, text: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), text);
        signature.unwrap().as_ref().to_vec()
    }

    fn header(&self) -> Value {
        json!({"alg": "ES256", "kid": self.kid, "typ": "JWT"})
    }

    fn sign_with(&self, header: &Value, claims: &Value) -> SecretString {
        self.sign_texts(&header.to_string(), &claims.to_string())
    }

    fn sign_texts(&self, header: &str, payload: &str) -> SecretString {
        token(header, payload, |text| self.signature(text))
    }

    fn sign(&self, claims: &Value) -> SecretString {
        self.sign_with(&self.header(), claims)
    }

    fn verifier(&self) -> IdTokenVerifier {
        IdTokenVerifier::new(ISSUER, CLIENT, self.jwks())
    }

    /// What the verifier says of a token, whoever signed it.
    fn says(&self, token: &SecretString) -> Result<IdClaims> {
        self.verifier().verify(token, &expected())
    }
}

/// A key of the provider of 2048 bits, made once.
static RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

fn rsa_signature(algorithm: &'static dyn RsaEncoding, text: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; RSA.public_modulus_len()];
    let signed = RSA.sign(algorithm, &SystemRandom::new(), text, &mut signature);
    signed.unwrap();
    signature
}

fn rsa_modulus() -> Vec<u8> {
    let modulus = RSA.public_key().modulus();
    modulus.big_endian_without_leading_zero().to_vec()
}

fn rsa_der() -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = RSA.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

fn rsa_jwk() -> Value {
    json!({"kty": "RSA", "kid": "r1", "use": "sig", "n": b64(rsa_modulus()), "e": "AQAB"})
}

fn rsa_verifier(jwk: Value) -> IdTokenVerifier {
    IdTokenVerifier::new(ISSUER, CLIENT, jwks(&[jwk]))
}

fn jwks(keys: &[Value]) -> Jwks {
    Jwks::from_json(&json!({ "keys": keys }).to_string()).unwrap()
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
    signer.verifier().verify(&signer.sign(claims), expected)
}

/// That these claims, well signed, are refused.
#[track_caller]
fn refuses(claims: &Value, code: &str) {
    let result = check(claims, &expected());
    assert!(result.is_err(), "{claims}");
    assert_refused(result, code);
}

#[track_caller]
fn assert_refused(result: Result<IdClaims>, code: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), Some(code));
    assert_eq!(error.kind(), ErrorKind::Untrusted);
}
