//! Tokens by the thousand: good ones, and good ones with one to three changes. Drawn from a seed, so
//! that a run can be repeated.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Who the tokens are of.
pub const ISSUER: &str = "https://issuer.example";
/// Whom they are for.
pub const CLIENT: &str = "client-1";
/// When they are judged, in seconds since 1970.
pub const NOW: i64 = 1_700_000_000;
/// The nonce of the sign-in.
pub const NONCE: &str = "n-1";

/// Numbers from a seed (xorshift64*, as G. Marsaglia and S. Vigna have it).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed that is not zero.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap_or_default() % bound
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// The provider's keys.
#[derive(Debug)]
pub struct Keys {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Keys {
    /// New ones.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "there is a source of random numbers"
    )]
    pub fn new() -> Self {
        Self {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    /// As the provider publishes them.
    #[must_use]
    pub fn set(&self) -> Value {
        let modulus = self.rsa.public_key().modulus();
        let point = self.ec.public_key().as_ref();
        json!({"keys": [
            {"kty": "RSA", "kid": "r1", "use": "sig", "e": "AQAB",
             "n": b64(modulus.big_endian_without_leading_zero())},
            {"kty": "EC", "crv": "P-256", "kid": "e1", "use": "sig",
             "x": b64(&point[1..33]), "y": b64(&point[33..])},
        ]})
    }

    fn sign(&self, algorithm: &str, text: &[u8]) -> Vec<u8> {
        let rng = SystemRandom::new();
        let rsa: &'static dyn RsaEncoding = match algorithm {
            "ES256" => return self.ec.sign(&rng, text).unwrap().as_ref().to_vec(),
            "PS256" => &RSA_PSS_SHA256,
            "RS512" => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa.sign(rsa, &rng, text, &mut signature).unwrap();
        signature
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// A token on its way to being signed.
struct Draft {
    header: Value,
    claims: Value,
    /// Put before the last brace of the claims, as text.
    more: String,
    algorithm: &'static str,
}

/// The next token: one in four is good.
pub fn token(random: &mut Random, keys: &Keys) -> String {
    let algorithm = random.pick(&["RS256", "PS256", "RS512", "ES256"]);
    let kid = if algorithm == "ES256" { "e1" } else { "r1" };
    let mut draft = Draft {
        header: json!({"alg": algorithm, "kid": kid, "typ": "JWT"}),
        claims: json!({
            "iss": ISSUER, "sub": "user-1", "aud": CLIENT, "iat": NOW - 10, "exp": NOW + 300,
            "nonce": NONCE, "auth_time": NOW - 20, "email": "a@x.example", "email_verified": true,
        }),
        more: String::new(),
        algorithm,
    };
    let changes = random.below(4);
    for _ in 0..changes {
        match random.below(10) {
            0..=5 => change_claim(random, &mut draft),
            6 => change_header(random, &mut draft),
            7 => draft.more = duplicate(random),
            _ => {}
        }
    }
    let mut payload = draft.claims.to_string();
    payload.pop();
    payload.push_str(&draft.more);
    payload.push('}');
    let payload = match random.below(60) {
        0 => URL_SAFE.encode(&payload),
        1 => STANDARD_NO_PAD.encode(&payload),
        2 => b64(format!("{payload}{{}}")),
        _ => b64(&payload),
    };
    let signed = format!("{}.{payload}", b64(draft.header.to_string()));
    let signature = keys.sign(draft.algorithm, signed.as_bytes());
    if changes == 0 {
        return format!("{signed}.{}", b64(signature));
    }
    change_text(random, &signed, signature)
}

fn change_claim(random: &mut Random, draft: &mut Draft) {
    let times = |at: i64| {
        [
            json!(at),
            json!(at as f64 + 0.5),
            json!(at.to_string()),
            json!(null),
            json!(i64::MAX),
            json!(1e300),
            json!(0),
            json!(-1),
            json!(true),
        ]
    };
    let offset = [-1000, -61, -1, 0, 1, 61, 1000, 100_000_000_000][random.below(8)];
    let (name, value) = match random.below(9) {
        0 => (
            "iss",
            random.pick(&[json!("https://issuer.example/"), json!("x"), json!(7)]),
        ),
        1 => {
            let long = json!("a".repeat(256));
            let fits = json!("a".repeat(255));
            (
                "sub",
                random.pick(&[json!(""), json!(7), json!("é"), long, fits, json!("user-2")]),
            )
        }
        2 => {
            let all = [
                json!([CLIENT]),
                json!([CLIENT, "other"]),
                json!([]),
                json!("other"),
                json!(null),
                json!([CLIENT, 7]),
                json!({}),
                json!([CLIENT, CLIENT]),
            ];
            ("aud", random.pick(&all))
        }
        3 => (
            "azp",
            random.pick(&[json!(CLIENT), json!("other"), json!(null)]),
        ),
        4 => (
            "nonce",
            random.pick(&[json!("n-2"), json!(""), json!(null), json!(1)]),
        ),
        5 => ("exp", random.pick(&times(NOW + offset))),
        6 => ("iat", random.pick(&times(NOW + offset))),
        7 => ("nbf", random.pick(&times(NOW + offset))),
        _ => ("auth_time", random.pick(&times(NOW + offset))),
    };
    draft.claims[name] = value;
    if random.below(12) == 0 {
        draft.claims.as_object_mut().unwrap().remove(name);
    }
}

fn change_header(random: &mut Random, draft: &mut Draft) {
    let (name, value) = match random.below(8) {
        0 => (
            "alg",
            random.pick(&[json!("none"), json!("HS256"), json!("rs256"), json!(null)]),
        ),
        1 => (
            "alg",
            random.pick(&[json!("RS256"), json!("PS256"), json!("ES256")]),
        ),
        2 => (
            "kid",
            random.pick(&[json!("e1"), json!("r1"), json!("other"), json!(7)]),
        ),
        3 => (
            "typ",
            random.pick(&[
                json!("at+jwt"),
                json!("jwt"),
                json!("application/jwt"),
                json!("JOSE"),
            ]),
        ),
        4 => ("crit", random.pick(&[json!(["b64"]), json!([])])),
        5 => ("b64", json!(false)),
        6 => ("jku", json!("https://evil.example/keys")),
        _ => ("cty", json!("JWT")),
    };
    draft.header[name] = value;
}

fn duplicate(random: &mut Random) -> String {
    let all = [
        ",\"sub\":\"admin\"",
        ",\"x\":1,\"x\":2",
        ",\"address\":{\"a\":1,\"a\":2}",
        ",\"x\":NaN",
    ];
    random.pick(&all).to_owned()
}

fn change_text(random: &mut Random, signed: &str, mut signature: Vec<u8>) -> String {
    match random.below(24) {
        0 => signature.clear(),
        1 => signature.truncate(random.below(signature.len())),
        2 => {
            let at = random.below(signature.len());
            signature[at] ^= 1 << random.below(8);
        }
        3 => return format!("{signed}.{}.x", b64(signature)),
        4 => return signed.to_owned(),
        5 => return format!("{signed}.{} ", b64(signature)),
        6 => return format!("{signed}.a.b.{}", b64(signature)),
        _ => {}
    }
    format!("{signed}.{}", b64(signature))
}
