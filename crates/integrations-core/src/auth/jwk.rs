//! One published key.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::Value;

use super::SigningAlgorithm;

/// What a key can verify: its form decides, before any header is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Rsa,
    P256,
    P384,
    Ed25519,
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    /// The one algorithm that the key is for, where it says so.
    algorithm: Option<SigningAlgorithm>,
    /// The issuer that it signs for, where it says so: Entra's keys do, with a place for the tenant.
    pub(super) issuer: Option<String>,
    form: Form,
    /// What it is made of.
    material: Vec<u8>,
    pub(super) key: DecodingKey,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let parts = |key: &Self| (key.algorithm, key.form);
        parts(self) == parts(other)
            && (&self.id, &self.issuer, &self.material)
                == (&other.id, &other.issuer, &other.material)
    }
}

impl Key {
    pub(super) fn verifies(&self, algorithm: SigningAlgorithm) -> bool {
        use SigningAlgorithm::{EdDsa, Es256, Es384};
        let form = match algorithm {
            Es256 => Form::P256,
            Es384 => Form::P384,
            EdDsa => Form::Ed25519,
            _ => Form::Rsa,
        };
        self.form == form && self.algorithm.is_none_or(|only| only == algorithm)
    }
}

/// The members that only a private key has (RFC 7518, sections 6.2.2 and 6.3.2), or a shared one.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The key, when it can verify ID tokens.
pub(super) fn read(value: &Value) -> Option<Key> {
    if PRIVATE.iter().any(|name| value.get(name).is_some()) || !is_for_signatures(value) {
        return None;
    }
    let text = |name: &str| optional_text(value, name);
    let algorithm = match text("alg")? {
        None => None,
        Some(name) => Some(SigningAlgorithm::from_name(name)?),
    };
    let (form, material, key) = match (text("kty")??, text("crv")?) {
        ("RSA", _) => rsa(value)?,
        ("EC", Some("P-256")) => point(value, Form::P256, 32, &ECDSA_P256_SHA256_FIXED)?,
        ("EC", Some("P-384")) => point(value, Form::P384, 48, &ECDSA_P384_SHA384_FIXED)?,
        ("OKP", Some("Ed25519")) => ed25519(value)?,
        _ => return None,
    };
    Some(Key {
        id: text("kid")?.map(str::to_owned),
        issuer: text("issuer")?.map(str::to_owned),
        algorithm,
        form,
        material,
        key,
    })
}

/// Whether the key is published to verify signatures (RFC 7517, sections 4.2 and 4.3).
fn is_for_signatures(value: &Value) -> bool {
    let used = value.get("use").is_none_or(|used| *used == "sig");
    let verifies = value.get("key_ops").is_none_or(|operations| {
        let operations = operations.as_array();
        operations.is_some_and(|all| all.iter().any(|operation| *operation == "verify"))
    });
    used && verifies
}

/// A member that is text when it is there. `None` when it is something else.
fn optional_text<'a>(value: &'a Value, name: &str) -> Option<Option<&'a str>> {
    match value.get(name) {
        None => Some(None),
        Some(member) => member.as_str().map(Some),
    }
}

fn bytes(value: &Value, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(value.get(name)?.as_str()?).ok()
}

/// A number without the zeros that some write before it.
fn number(value: &Value, name: &str) -> Option<Vec<u8>> {
    let bytes = bytes(value, name)?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes.get(first..)?.to_vec())
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte & 1 == 1)
}

/// RSA of 2048 to 8192 bits (RFC 7518, section 3.3, and what is verified in a bounded time), with an
/// odd exponent of at least 3 (RFC 8017, section 3.1): with 1 every text is its own signature.
fn rsa(value: &Value) -> Option<(Form, Vec<u8>, DecodingKey)> {
    let (modulus, exponent) = (number(value, "n")?, number(value, "e")?);
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    let sound = (2048..=8192).contains(&bits)
        && is_odd(&modulus)
        && is_odd(&exponent)
        && exponent.len() <= 4
        && exponent != [1];
    let key = sound.then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))?;
    Some((Form::Rsa, [modulus, exponent].concat(), key))
}

/// A point of a curve, both coordinates of the curve's own length (RFC 7518, section 6.2.1).
fn point(
    value: &Value,
    form: Form,
    length: usize,
    curve: &'static dyn VerificationAlgorithm,
) -> Option<(Form, Vec<u8>, DecodingKey)> {
    let (x, y) = (bytes(value, "x")?, bytes(value, "y")?);
    if x.len() != length || y.len() != length {
        return None;
    }
    let material = [vec![4], x, y].concat();
    // Parsing is what finds that it is on the curve.
    ParsedPublicKey::new(curve, &material).ok()?;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let key = DecodingKey::from_ec_components(text("x")?, text("y")?).ok()?;
    Some((form, material, key))
}

fn ed25519(value: &Value) -> Option<(Form, Vec<u8>, DecodingKey)> {
    let material = bytes(value, "x").filter(|x| x.len() == 32)?;
    ParsedPublicKey::new(&ED25519, &material).ok()?;
    let key = DecodingKey::from_ed_components(value.get("x")?.as_str()?).ok()?;
    Some((Form::Ed25519, material, key))
}
