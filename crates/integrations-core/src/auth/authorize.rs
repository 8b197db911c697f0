//! What a sign-in asks for.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{AuthCapabilities, AuthSession, Scopes, check_redirect_uri};
use crate::error::{Effect, Error, Result};

/// What the provider should ask the user (OpenID Connect Core, section 3.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// Nothing: answer at once, or with `login_required`. Stands alone.
    None,
    /// To sign in again.
    Login,
    /// To consent again. Google gives a refresh token only then.
    Consent,
    /// Which account.
    SelectAccount,
    /// To make an account.
    Create,
    /// A value of the vendor's own.
    Other(String),
}

impl Prompt {
    /// The value on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
            Self::Other(value) => value,
        }
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Prompt {
    fn from(value: &str) -> Self {
        match value {
            "none" => Self::None,
            "login" => Self::Login,
            "consent" => Self::Consent,
            "select_account" => Self::SelectAccount,
            "create" => Self::Create,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// How to start a sign-in. PKCE, state and nonce are not options: they are always there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuthorizeRequest {
    /// Where the user's browser comes back to: registered at the provider, character by character.
    pub redirect_uri: Url,
    /// What to ask for.
    pub scopes: Scopes,
    /// Whether tokens are to be renewed without the user: a refresh token is asked for, in
    /// whichever way the provider wants to be asked.
    pub offline: bool,
    /// What the provider should ask the user; empty leaves it to the provider.
    pub prompt: Vec<Prompt>,
    /// Who is expected to sign in, as an email address or login name.
    pub login_hint: Option<String>,
    /// How long ago the user may have signed in at most, in whole seconds.
    pub max_age: Option<Duration>,
    /// A state of the application's own instead of a random one: a secret of this browser's
    /// session, 16 characters or more.
    pub state: Option<SecretString>,
    /// Where the application goes on when the user is signed in. It stays in the session and is
    /// never sent: an address that came from outside is checked by whoever goes there.
    pub return_to: Option<String>,
    /// Parameters of the vendor's own. They cannot replace those that the sign-in itself needs.
    pub extra: BTreeMap<String, String>,
}

/// The parameters that only the library sets.
const RESERVED: [&str; 14] = [
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

impl AuthorizeRequest {
    /// The fewest characters of a state that the application chooses.
    pub const MIN_STATE: usize = 16;

    /// A sign-in that asks for `openid profile email`.
    #[must_use]
    pub fn new(redirect_uri: Url) -> Self {
        Self {
            redirect_uri,
            scopes: Scopes::sign_in(),
            offline: false,
            prompt: Vec::new(),
            login_hint: None,
            max_age: None,
            state: None,
            return_to: None,
            extra: BTreeMap::new(),
        }
    }

    /// Replaces the scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Asks for a refresh token.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// Adds a prompt.
    #[must_use]
    pub fn with_prompt(mut self, prompt: Prompt) -> Self {
        self.prompt.push(prompt);
        self
    }

    /// Says who is expected.
    #[must_use]
    pub fn with_login_hint(mut self, hint: impl Into<String>) -> Self {
        self.login_hint = Some(hint.into());
        self
    }

    /// Bounds how long ago the user signed in.
    #[must_use]
    pub fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sets the state, instead of a random one.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<SecretString>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Says where the application goes on afterwards.
    #[must_use]
    pub fn with_return_to(mut self, address: impl Into<String>) -> Self {
        self.return_to = Some(address.into());
        self
    }

    /// Adds a parameter of the vendor's own.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// Whether the request can be sent at all. The handle calls it.
    ///
    /// # Errors
    /// `InvalidInput` for a redirect URI that no provider may take, an `extra` parameter that the
    /// sign-in itself sets, or prompts that contradict each other.
    pub fn check(&self) -> Result<()> {
        check_redirect_uri(&self.redirect_uri)?;
        if let Some(name) = self
            .extra
            .keys()
            .find(|name| RESERVED.contains(&name.as_str()))
        {
            return Err(Error::invalid_input(format!(
                "the parameter {name} is set by the sign-in itself and cannot be an extra one"
            )));
        }
        if self.prompt.contains(&Prompt::None) && self.prompt.len() > 1 {
            return Err(Error::invalid_input("the prompt `none` stands alone"));
        }
        if self
            .prompt
            .iter()
            .any(|p| p.as_str().is_empty() || p.as_str().contains(' '))
        {
            return Err(Error::invalid_input("a prompt is one word"));
        }
        let state = self.state.as_ref().map(ExposeSecret::expose_secret);
        if state.is_some_and(|state| state.len() < Self::MIN_STATE) {
            let text = "the state is too short to be a secret: 16 characters or more, random";
            return Err(Error::invalid_input(text));
        }
        if self.login_hint.as_deref().is_some_and(str::is_empty) {
            return Err(Error::invalid_input("the login hint is empty"));
        }
        Ok(())
    }
}

/// A sign-in that was started: where to send the browser, and what to keep until it is back.
/// `Debug` hides the address's query, which carries the state and the nonce.
#[non_exhaustive]
pub struct Authorization {
    /// Where to send the user's browser.
    pub url: Url,
    /// What to keep for [`SignIn::exchange`](super::SignIn::exchange), bound to this browser.
    pub session: AuthSession,
}

impl Authorization {
    /// A started sign-in.
    #[must_use]
    pub fn new(url: Url, session: AuthSession) -> Self {
        Self { url, session }
    }

    /// Builds the standard authorization URL at an endpoint (RFC 6749, section 4.1.1; RFC 7636;
    /// OpenID Connect Core, section 3.1.2.1). `nonce` is sent with the scope `openid` only.
    /// [`AuthorizeRequest::offline`] differs per vendor and is not read here.
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn standard(
        mut endpoint: Url,
        client_id: &str,
        request: &AuthorizeRequest,
        session: AuthSession,
    ) -> Self {
        {
            let mut query = endpoint.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", client_id)
                .append_pair("redirect_uri", session.redirect_uri().as_str())
                .append_pair("state", session.state())
                .append_pair("code_challenge", &session.verifier().challenge())
                .append_pair("code_challenge_method", "S256");
            if !session.scopes().is_empty() {
                query.append_pair("scope", &session.scopes().to_string());
            }
            if session.scopes().contains("openid") {
                query.append_pair("nonce", session.nonce());
            }
            if !request.prompt.is_empty() {
                let prompts: Vec<&str> = request.prompt.iter().map(Prompt::as_str).collect();
                query.append_pair("prompt", &prompts.join(" "));
            }
            if let Some(hint) = &request.login_hint {
                query.append_pair("login_hint", hint);
            }
            if let Some(age) = request.max_age {
                query.append_pair("max_age", &age.as_secs().to_string());
            }
            for (name, value) in &request.extra {
                query.append_pair(name, value);
            }
        }
        Self::new(endpoint, session)
    }
}

impl Authorization {
    /// Whether the URL carries what the session holds. One that does not would fail at the end of
    /// the sign-in, or not be protected at all: better to fail at its start.
    pub(super) fn check(
        &self,
        request: &AuthorizeRequest,
        provider: &str,
        can: &AuthCapabilities,
    ) -> Result<()> {
        let session = &self.session;
        let sent = |name: &str| {
            self.url
                .query_pairs()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value)
        };
        let wrong = if sent("state").as_deref() != Some(session.state()) {
            "the authorization URL does not carry the session's state"
        } else if session.redirect_uri() != &request.redirect_uri {
            "the session is for another redirect URI"
        } else if session.provider() != provider {
            "the session is for another provider"
        } else if self.url.as_str().contains(session.verifier().expose()) {
            "the authorization URL shows the PKCE verifier"
        } else if can.pkce
            && (sent("code_challenge").is_none()
                || sent("code_challenge_method").as_deref() != Some("S256"))
        {
            "the authorization URL has no PKCE challenge"
        } else if can.id_token
            && request.scopes.contains("openid")
            && sent("nonce").as_deref() != Some(session.nonce())
        {
            "the authorization URL does not carry the session's nonce"
        } else {
            return Ok(());
        };
        Err(Error::internal(wrong).with_effect(Effect::NotApplied))
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("url", &without_query(&self.url))
            .field("session", &self.session)
            .finish()
    }
}

/// An address for `Debug`, without what it may carry.
pub(super) fn without_query(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(url.query().map(|_| "REDACTED"));
    shown.set_fragment(None);
    shown.into()
}

/// How to end a user's session at the provider (OpenID Connect RP-Initiated Logout 1.0). `Debug`
/// hides the hint and the state.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct LogoutRequest {
    /// The user's last ID token, which says whose session it is. It may have expired.
    pub id_token_hint: Option<crate::SecretString>,
    /// Where the browser goes afterwards; registered at the provider.
    pub post_logout_redirect_uri: Option<Url>,
    /// A value that comes back with the browser.
    pub state: Option<String>,
}

impl fmt::Debug for LogoutRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redirect = self.post_logout_redirect_uri.as_ref().map(without_query);
        f.debug_struct("LogoutRequest")
            .field(
                "id_token_hint",
                &self.id_token_hint.as_ref().map(|_| "[REDACTED]"),
            )
            .field("post_logout_redirect_uri", &redirect)
            .field("state", &self.state.as_ref().map(|_| "[REDACTED]"))
            .finish()
    }
}

impl LogoutRequest {
    /// Ends the session that the tokens came from.
    #[must_use]
    pub fn of(tokens: &super::TokenSet) -> Self {
        Self {
            id_token_hint: tokens.id_token.clone(),
            ..Self::default()
        }
    }

    /// Sends the browser on afterwards.
    #[must_use]
    pub fn with_redirect(mut self, uri: Url) -> Self {
        self.post_logout_redirect_uri = Some(uri);
        self
    }

    /// Adds a value that comes back with the browser.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Builds the standard logout URL at an endpoint.
    #[must_use]
    pub fn standard_url(&self, mut endpoint: Url, client_id: &str) -> Url {
        use secrecy::ExposeSecret;
        {
            let mut query = endpoint.query_pairs_mut();
            query.append_pair("client_id", client_id);
            if let Some(token) = &self.id_token_hint {
                query.append_pair("id_token_hint", token.expose_secret());
            }
            if let Some(uri) = &self.post_logout_redirect_uri {
                query.append_pair("post_logout_redirect_uri", uri.as_str());
            }
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        endpoint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthorizeRequest {
        AuthorizeRequest::new("https://app.example/cb".parse().unwrap())
    }

    #[test]
    fn an_extra_parameter_cannot_replace_the_state_or_the_challenge() {
        assert!(request().with_extra("hd", "example.org").check().is_ok());
        for name in RESERVED {
            assert!(request().with_extra(name, "x").check().is_err(), "{name}");
        }
    }

    #[test]
    fn the_prompt_none_stands_alone() {
        assert!(request().with_prompt(Prompt::None).check().is_ok());
        let both = request()
            .with_prompt(Prompt::None)
            .with_prompt(Prompt::Login);
        assert!(both.check().is_err());
    }
}
