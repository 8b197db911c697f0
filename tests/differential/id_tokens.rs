//! What the workspace believes the other library believes too; where only the other does, the reason is
//! listed.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::Duration;

use integrations_core::auth::{IdTokenExpectations, IdTokenVerifier, Jwks};
use integrations_differential::{CLIENT, ISSUER, Keys, NONCE, NOW, Random, token};
use jiff::Timestamp;
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{ClientId, IssuerUrl, Nonce};

const TOKENS: usize = 5000;

/// Where the workspace is stricter than `openidconnect` 4.1, by the code of its refusal, and why.
const STRICTER: [(&str, &str); 8] = [
    (
        "id_token_authorized_party",
        "azp is left to its caller: OpenID Connect Core, 3.1.3.7",
    ),
    (
        "id_token_auth_time",
        "a sign-in yet to come; its caller judges auth_time",
    ),
    ("id_token_critical", "b64 without crit: RFC 7797, section 7"),
    (
        "id_token_duplicate",
        "a name it does not know, twice: RFC 7519, section 4",
    ),
    (
        "id_token_expired",
        "an end that no calendar has: in milliseconds, beyond the year 9999",
    ),
    (
        "id_token_not_yet_valid",
        "iat and nbf are left to its caller: RFC 7519, section 4.1.5",
    ),
    (
        "id_token_subject",
        "not 1 to 255 ASCII characters: OpenID Connect Core, section 2",
    ),
    ("id_token_type", "typ JOSE"),
];

fn ours(verifier: &IdTokenVerifier, token: &str) -> Result<String, String> {
    // The other has no leeway.
    let expected = IdTokenExpectations::at(Timestamp::from_second(NOW).unwrap())
        .with_leeway(Duration::ZERO)
        .with_nonce(NONCE);
    match verifier.verify(&token.into(), &expected) {
        Ok(claims) => Ok(claims.subject),
        Err(error) => Err(error.code().unwrap_or_default().to_owned()),
    }
}

fn theirs(verifier: &CoreIdTokenVerifier<'_>, token: &str) -> Result<String, String> {
    let token = CoreIdToken::from_str(token).map_err(|error| error.to_string())?;
    let claims = token.claims(verifier, &Nonce::new(NONCE.to_owned()));
    let claims = claims.map_err(|error| error.to_string())?;
    Ok(claims.subject().as_str().to_owned())
}

#[test]
fn what_is_believed_here_is_believed_there_and_where_only_there_the_reason_is_listed() {
    let keys = Keys::new();
    let set = keys.set().to_string();
    let here = IdTokenVerifier::new(ISSUER, CLIENT, Jwks::from_json(&set).unwrap());
    let set: CoreJsonWebKeySet = serde_json::from_str(&set).unwrap();
    let issuer = IssuerUrl::new(ISSUER.to_owned()).unwrap();
    let now = chrono::DateTime::from_timestamp(NOW, 0).unwrap();
    let there =
        CoreIdTokenVerifier::new_public_client(ClientId::new(CLIENT.to_owned()), issuer, set)
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
                CoreJwsSigningAlgorithm::RsaSsaPssSha256,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            ])
            .set_time_fn(move || now);

    let mut random = Random::new(0x5EED);
    let mut looser = Vec::new();
    let mut seen = BTreeSet::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..TOKENS {
        let token = token(&mut random, &keys);
        let outcome = match (ours(&here, &token), theirs(&there, &token)) {
            (Ok(one), Ok(other)) => {
                assert_eq!(one, other, "{token}");
                "both believe"
            }
            (Err(_), Err(_)) => "both refuse",
            (Ok(_), Err(why)) => {
                looser.push(format!("{why}: {token}"));
                "only here"
            }
            (Err(code), Ok(_)) => {
                let listed = STRICTER.iter().any(|(known, _)| *known == code);
                assert!(
                    listed,
                    "refused here alone ({code}), and not listed: {token}"
                );
                seen.insert(code);
                "only there"
            }
        };
        *counts.entry(outcome).or_default() += 1;
    }
    println!("{counts:?}");
    let first: Vec<_> = looser.iter().take(5).collect();
    assert!(looser.is_empty(), "believed here and not there: {first:#?}");
    let listed: BTreeSet<String> = STRICTER
        .iter()
        .map(|(code, _)| (*code).to_owned())
        .collect();
    assert_eq!(seen, listed, "what was met is not what is listed");
    assert!(counts["both believe"] > TOKENS / 5 && counts["both refuse"] > TOKENS / 10);
}
