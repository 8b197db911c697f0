//! What the provider knows: users, keys, codes and tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use integrations_core::auth::{
    PkceVerifier, Scopes, TokenKind, TokenSet, oauth_error, oauth_refresh_error, pkce_challenge,
    random_token, secrets_equal,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::token::{SigningKey, access_token_hash, hash};
use super::{CLIENT, ISSUER, LocalUser};

/// How long a code is good (RFC 6749, section 4.1.2: short).
const CODE: SignedDuration = SignedDuration::from_secs(60);
/// How long an access token is good.
const ACCESS: SignedDuration = SignedDuration::from_hours(1);
/// How long a device's codes are good.
const DEVICE: SignedDuration = SignedDuration::from_mins(10);
/// How many keys are published.
const KEYS: usize = 2;
/// What can be asked for.
const SCOPES: [&str; 6] = [
    "openid",
    "profile",
    "email",
    "groups",
    "offline_access",
    "api",
];

/// What an authorization URL asks for.
pub(super) struct Asked {
    pub(super) redirect_uri: Url,
    pub(super) state: String,
    scopes: Scopes,
    challenge: String,
    nonce: Option<String>,
    offline: bool,
}

impl Asked {
    pub(super) fn read(url: &Url) -> Result<Self> {
        let wrong = |what: &'static str| Error::invalid_input(what);
        let field = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
        };
        if !url.as_str().starts_with(ISSUER) || field("client_id").as_deref() != Some(CLIENT) {
            return Err(wrong(
                "the address is not one that a sign-in was started with",
            ));
        }
        let redirect_uri = field("redirect_uri").and_then(|uri| Url::parse(&uri).ok());
        let scopes = Scopes::parse_lenient(&field("scope").unwrap_or_default());
        Ok(Self {
            redirect_uri: redirect_uri.ok_or_else(|| wrong("the address has no redirect URI"))?,
            state: field("state").ok_or_else(|| wrong("the address has no state"))?,
            challenge: field("code_challenge")
                .filter(|_| field("code_challenge_method").as_deref() == Some("S256"))
                .ok_or_else(|| wrong("the address has no PKCE challenge"))?,
            nonce: field("nonce"),
            offline: field("access_type").as_deref() == Some("offline")
                || scopes.contains("offline_access"),
            scopes,
        })
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Code {
    family: String,
    redirect_uri: Url,
    challenge: String,
    nonce: Option<String>,
    scopes: Scopes,
    username: String,
    offline: bool,
    given: Timestamp,
    used: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Access {
    family: String,
    /// Nobody for the application's own.
    username: Option<String>,
    scopes: Scopes,
    given: Timestamp,
    expires: Timestamp,
}

#[derive(Clone, Serialize, Deserialize)]
struct Refresh {
    family: String,
    username: String,
    scopes: Scopes,
    given: Timestamp,
    used: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Device {
    user_code: String,
    scopes: Scopes,
    expires: Timestamp,
    polled: Option<Timestamp>,
    /// `None` until the user decides; then who said yes, or nobody.
    decided: Option<Option<String>>,
    spent: bool,
}

/// What a poll of a device finds.
pub(super) enum Polled {
    Pending,
    SlowDown,
    Expired,
    Denied,
    Tokens(Box<TokenSet>),
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Account {
    /// By the name to sign in with.
    pub(super) users: BTreeMap<String, LocalUser>,
    /// The last one signs.
    keys: Vec<SigningKey>,
    /// What follows is by the hash of the code or token.
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    devices: BTreeMap<String, Device>,
    /// Families of tokens that a theft has to end, although the call fails.
    #[serde(skip)]
    pub(super) thefts: BTreeSet<String>,
}

/// A code that is not good: the connections that there are stay as they are.
fn invalid_grant(why: &'static str) -> Error {
    oauth_error("invalid_grant", Some(why))
}

/// A refresh token that is not good: the user has to sign in again.
fn grant_is_gone(why: &'static str) -> Error {
    oauth_refresh_error("invalid_grant", Some(why))
}

impl Account {
    pub(super) fn new() -> Result<Self> {
        let ada = LocalUser::new("ada")
            .with_name("Ada Lovelace")
            .with_email("ada@example.com", true)
            .with_tenant("example.com")
            .with_group("engineers");
        Ok(Self {
            users: BTreeMap::from([(ada.username.clone(), ada)]),
            keys: vec![SigningKey::generate()?],
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            devices: BTreeMap::new(),
            thefts: BTreeSet::new(),
        })
    }

    pub(super) fn rotate(&mut self) -> Result<()> {
        self.keys.push(SigningKey::generate()?);
        let old = self.keys.len().saturating_sub(KEYS);
        self.keys.drain(..old);
        Ok(())
    }

    pub(super) fn jwks(&self) -> Value {
        let keys: Vec<Value> = self.keys.iter().filter_map(SigningKey::jwk).collect();
        json!({ "keys": keys })
    }

    /// Somebody who may sign in.
    fn user(&self, username: &str) -> Result<&LocalUser> {
        let user = self.users.get(username);
        let user = user.ok_or_else(|| Error::not_found(format_args!("the user {username:?}")))?;
        if user.active {
            return Ok(user);
        }
        Err(Error::new(
            ErrorKind::PermissionDenied,
            format!("{username} may not sign in"),
        ))
    }

    /// The user says yes: a code.
    pub(super) fn grant(&mut self, asked: Asked, username: &str, now: Timestamp) -> Result<String> {
        self.user(username)?;
        let code = random_token()?;
        let grant = Code {
            family: random_token()?,
            redirect_uri: asked.redirect_uri,
            challenge: asked.challenge,
            nonce: asked.nonce,
            scopes: asked.scopes,
            username: username.to_owned(),
            offline: asked.offline,
            given: now,
            used: false,
        };
        self.codes.insert(hash(&code), grant);
        Ok(code)
    }

    /// A code, once, with what proves that it was this application that asked for it.
    pub(super) fn spend(
        &mut self,
        code: &str,
        verifier: &PkceVerifier,
        redirect_uri: &Url,
        now: Timestamp,
    ) -> Result<TokenSet> {
        let grant = self
            .codes
            .get_mut(&hash(code))
            .ok_or_else(|| invalid_grant("the code is not known"))?;
        if grant.used {
            // RFC 6749, section 4.1.2: all tokens that came from it end.
            self.thefts.insert(grant.family.clone());
            return Err(invalid_grant("the code was used already"));
        }
        if now.duration_since(grant.given) > CODE {
            return Err(invalid_grant("the code has expired"));
        }
        if grant.redirect_uri != *redirect_uri {
            return Err(invalid_grant("the code was given for another redirect URI"));
        }
        if !secrets_equal(&pkce_challenge(verifier.expose()), &grant.challenge) {
            return Err(invalid_grant(
                "the PKCE verifier is not the one of the code",
            ));
        }
        grant.used = true;
        let grant = grant.clone();
        let mut tokens = self.issue(
            &grant.family,
            &grant.username,
            &grant.scopes,
            grant.nonce.as_deref(),
            now,
        )?;
        if grant.offline {
            let refresh = self.new_refresh(&grant.family, &grant.username, &grant.scopes, now)?;
            tokens = tokens.with_refresh_token(refresh);
        }
        Ok(tokens)
    }

    fn new_refresh(
        &mut self,
        family: &str,
        username: &str,
        scopes: &Scopes,
        now: Timestamp,
    ) -> Result<String> {
        let token = random_token()?;
        let refresh = Refresh {
            family: family.to_owned(),
            username: username.to_owned(),
            scopes: scopes.clone(),
            given: now,
            used: false,
        };
        self.refresh.insert(hash(&token), refresh);
        Ok(token)
    }

    /// An access token and, where it was asked for, an ID token.
    fn issue(
        &mut self,
        family: &str,
        username: &str,
        scopes: &Scopes,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<TokenSet> {
        let user = self.user(username)?.clone();
        let (token, expires) = self.new_access(family, Some(username), scopes, now)?;
        let mut tokens = TokenSet::new(token.as_str())
            .with_expiry(expires)
            .with_scopes(scopes.clone());
        if scopes.contains("openid") {
            let mut claims = json!({
                "iss": ISSUER, "aud": CLIENT, "azp": CLIENT, "sub": user.id,
                "iat": now.as_second(), "exp": expires.as_second(), "auth_time": now.as_second(),
                "at_hash": access_token_hash(&token), "preferred_username": user.username,
            });
            let mut set = |name: &str, value: Value| {
                if let Some(claims) = claims.as_object_mut() {
                    claims.insert(name.to_owned(), value);
                }
            };
            if let Some(nonce) = nonce {
                set("nonce", nonce.into());
            }
            if let Some(name) = &user.name {
                set("name", name.as_str().into());
            }
            if let Some(email) = &user.email {
                set("email", email.as_str().into());
                set("email_verified", user.email_verified.into());
            }
            if let Some(tenant) = &user.tenant {
                set("tid", tenant.as_str().into());
            }
            set("groups", json!(user.groups));
            let key = self
                .keys
                .last()
                .ok_or_else(|| Error::internal("there is no signing key"))?;
            tokens = tokens.with_id_token(key.sign(&claims)?);
        }
        Ok(tokens)
    }

    fn new_access(
        &mut self,
        family: &str,
        username: Option<&str>,
        scopes: &Scopes,
        now: Timestamp,
    ) -> Result<(String, Timestamp)> {
        let far = |_| Error::internal("the clock is at the end of time");
        let expires = now.checked_add(ACCESS).map_err(far)?;
        let token = random_token()?;
        let access = Access {
            family: family.to_owned(),
            username: username.map(str::to_owned),
            scopes: scopes.clone(),
            given: now,
            expires,
        };
        self.access.insert(hash(&token), access);
        Ok((token, expires))
    }

    /// A refresh token, once: new tokens with another one.
    pub(super) fn renew(
        &mut self,
        token: &str,
        scopes: &Scopes,
        now: Timestamp,
    ) -> Result<TokenSet> {
        let known = self.refresh.get_mut(&hash(token));
        let known =
            known.ok_or_else(|| grant_is_gone("the refresh token is not known or was revoked"))?;
        if known.used {
            self.thefts.insert(known.family.clone());
            return Err(grant_is_gone(
                "the refresh token was used already: all that came from it has ended",
            ));
        }
        if !known.scopes.covers(scopes) {
            return Err(oauth_error("invalid_scope", Some("more than was granted")));
        }
        known.used = true;
        let known = known.clone();
        let narrowed = if scopes.is_empty() {
            &known.scopes
        } else {
            scopes
        };
        let tokens = self.issue(&known.family, &known.username, narrowed, None, now)?;
        // What was granted stays with the refresh token (RFC 6749, section 6).
        let refresh = self.new_refresh(&known.family, &known.username, &known.scopes, now)?;
        Ok(tokens.with_refresh_token(refresh))
    }

    /// Ends a token. A refresh token takes its family with it.
    pub(super) fn revoke(&mut self, token: &str, kind: TokenKind) {
        let hash = hash(token);
        match kind {
            TokenKind::AccessToken => {
                self.access.remove(&hash);
            }
            TokenKind::RefreshToken => {
                if let Some(known) = self.refresh.get(&hash) {
                    let family = known.family.clone();
                    self.end_family(&family);
                }
            }
        }
    }

    pub(super) fn end_family(&mut self, family: &str) {
        self.access.retain(|_, access| access.family != family);
        self.refresh.retain(|_, refresh| refresh.family != family);
    }

    /// What an access token is good for now.
    pub(super) fn good(&self, token: &str, now: Timestamp) -> Option<Good<'_>> {
        let access = self
            .access
            .get(&hash(token))
            .filter(|access| access.expires > now)?;
        let user = match &access.username {
            Some(username) => Some(self.users.get(username).filter(|user| user.active)?),
            None => None,
        };
        Some(Good {
            user,
            scopes: &access.scopes,
            given: access.given,
            expires: Some(access.expires),
        })
    }

    /// What a refresh token is good for now.
    pub(super) fn good_refresh(&self, token: &str) -> Option<Good<'_>> {
        let refresh = self
            .refresh
            .get(&hash(token))
            .filter(|refresh| !refresh.used)?;
        let user = self
            .users
            .get(&refresh.username)
            .filter(|user| user.active)?;
        Some(Good {
            user: Some(user),
            scopes: &refresh.scopes,
            given: refresh.given,
            expires: None,
        })
    }

    /// Tokens for the application itself.
    pub(super) fn for_itself(&mut self, scopes: &Scopes, now: Timestamp) -> Result<TokenSet> {
        check_scopes(scopes)?;
        let family = random_token()?;
        let (token, expires) = self.new_access(&family, None, scopes, now)?;
        Ok(TokenSet::new(token)
            .with_expiry(expires)
            .with_scopes(scopes.clone()))
    }

    /// Codes for a device: the secret one, the one to type, and their end.
    pub(super) fn start_device(
        &mut self,
        scopes: &Scopes,
        now: Timestamp,
    ) -> Result<(String, String, Timestamp)> {
        check_scopes(scopes)?;
        let far = |_| Error::internal("the clock is at the end of time");
        let code = random_token()?;
        // Letters that are not mistaken for each other (RFC 8628, section 6.1).
        const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
        let random = uuid::Uuid::new_v4();
        let mut user_code: String = random
            .as_bytes()
            .iter()
            .take(8)
            .filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()))
            .map(|letter| char::from(*letter))
            .collect();
        user_code.insert(4, '-');
        let expires = now.checked_add(DEVICE).map_err(far)?;
        let device = Device {
            user_code: user_code.clone(),
            scopes: scopes.clone(),
            expires,
            polled: None,
            decided: None,
            spent: false,
        };
        self.devices.insert(hash(&code), device);
        Ok((code, user_code, expires))
    }

    pub(super) fn decide_device(&mut self, user_code: &str, username: Option<&str>) -> Result<()> {
        if let Some(username) = username {
            self.user(username)?;
        }
        let device = self
            .devices
            .values_mut()
            .find(|device| device.user_code.eq_ignore_ascii_case(user_code));
        let device =
            device.ok_or_else(|| Error::not_found(format_args!("the code {user_code:?}")))?;
        device.decided = Some(username.map(str::to_owned));
        Ok(())
    }

    pub(super) fn poll_device(
        &mut self,
        code: &str,
        interval: Duration,
        now: Timestamp,
    ) -> Result<Polled> {
        let device = self.devices.get_mut(&hash(code));
        let device = device.ok_or_else(|| invalid_grant("the device code is not known"))?;
        if device.spent {
            return Err(invalid_grant("the device code was used already"));
        }
        if device.expires <= now {
            return Ok(Polled::Expired);
        }
        let decided = device.decided.clone();
        match decided {
            None => {
                let before = device.polled.replace(now);
                let early = before
                    .is_some_and(|before| now.duration_since(before).unsigned_abs() < interval);
                Ok(if early {
                    Polled::SlowDown
                } else {
                    Polled::Pending
                })
            }
            Some(None) => Ok(Polled::Denied),
            Some(Some(username)) => {
                device.spent = true;
                let scopes = device.scopes.clone();
                let family = random_token()?;
                let mut tokens = self.issue(&family, &username, &scopes, None, now)?;
                if scopes.contains("offline_access") {
                    let refresh = self.new_refresh(&family, &username, &scopes, now)?;
                    tokens = tokens.with_refresh_token(refresh);
                }
                Ok(Polled::Tokens(Box::new(tokens)))
            }
        }
    }
}

/// What a token is good for.
pub(super) struct Good<'a> {
    pub(super) user: Option<&'a LocalUser>,
    pub(super) scopes: &'a Scopes,
    pub(super) given: Timestamp,
    pub(super) expires: Option<Timestamp>,
}

/// Refuses what cannot be asked for.
pub(super) fn check_scopes(scopes: &Scopes) -> Result<()> {
    match scopes
        .iter()
        .find(|scope| !SCOPES.contains(&scope.as_str()))
    {
        None => Ok(()),
        Some(_) => Err(oauth_error("invalid_scope", Some("the scope is not known"))),
    }
}
