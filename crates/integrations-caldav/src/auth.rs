//! Who the account is: nobody, a name with a password, or a token.
//!
//! A password is shown when the server asks for it, so that the first request goes without it. Over
//! a line that nobody reads along on (TLS, or this machine) that is by Basic where it is offered:
//! Digest would add nothing, and Cyrus offers one that neither this nor other clients can complete.
//! Over an open line it is by Digest, with the strongest hash, where that is offered.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use integrations_core::credential::{AccessToken, TokenSource};
use integrations_core::{Error, ErrorKind, ExposeSecret, Result, SecretString};
use url::{Host, Url};

use crate::digest::{Challenge, challenges};

/// How the account proves who it is. `Debug` shows the form only.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// Not at all.
    None,
    /// By name and password: Digest or Basic, as the server asks.
    Password {
        /// The name.
        username: String,
        /// The password, or a password for applications.
        password: SecretString,
    },
    /// By a bearer token (RFC 6750) that does not change.
    Token(SecretString),
    /// By the access tokens of a connection, which are renewed when they end.
    Source(TokenSource),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Password { .. } => "Password",
            Self::Token(_) => "Token",
            Self::Source(_) => "Source",
        })
    }
}

/// What the server asked for, as far as is known.
#[derive(Debug, Default)]
enum Scheme {
    #[default]
    Unknown,
    Basic,
    Digest {
        challenge: Challenge,
        count: u32,
    },
}

/// The proof on each request.
#[derive(Debug)]
pub(crate) struct Auth {
    credentials: Credentials,
    scheme: Mutex<Scheme>,
}

/// What went along with a request, so that its refusal can be understood.
pub(crate) enum Shown {
    Nothing,
    Password,
    Token(Option<AccessToken>),
}

/// What to do about a refusal.
pub(crate) enum Next {
    /// Send it again: there is another proof now.
    Again,
    /// Give up.
    Refused,
}

fn secret_header(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        let text = "the credentials have a character that no header can have";
        Error::new(ErrorKind::Config, text)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether nobody on the way can read along.
fn is_private(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    here || url.scheme() == "https"
}

impl Auth {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            scheme: Mutex::default(),
        }
    }

    fn scheme(&self) -> MutexGuard<'_, Scheme> {
        self.scheme.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The header for one request.
    ///
    /// # Errors
    /// What renewing a token answers; `Config` for credentials that cannot be sent.
    pub(crate) async fn header(
        &self,
        method: &str,
        url: &Url,
    ) -> Result<(Option<HeaderValue>, Shown)> {
        let token = match &self.credentials {
            Credentials::None => return Ok((None, Shown::Nothing)),
            Credentials::Password { username, password } => {
                return self.password(username, password, method, url);
            }
            Credentials::Token(token) => {
                let text = format!("Bearer {}", token.expose_secret());
                return Ok((Some(secret_header(&text)?), Shown::Token(None)));
            }
            Credentials::Source(source) => source.access_token().await?,
        };
        let text = format!("Bearer {}", token.secret().expose_secret());
        Ok((Some(secret_header(&text)?), Shown::Token(Some(token))))
    }

    /// Shows the password by Basic from now on, to a server that answers strangers too and so never
    /// asks. False when there is none, or it is shown already.
    pub(crate) fn come_forward(&self) -> bool {
        let mut scheme = self.scheme();
        let stranger = matches!(&*scheme, Scheme::Unknown);
        let known = stranger && matches!(self.credentials, Credentials::Password { .. });
        if known {
            *scheme = Scheme::Basic;
        }
        known
    }

    fn password(
        &self,
        username: &str,
        password: &SecretString,
        method: &str,
        url: &Url,
    ) -> Result<(Option<HeaderValue>, Shown)> {
        let text = match &mut *self.scheme() {
            Scheme::Unknown => return Ok((None, Shown::Nothing)),
            Scheme::Basic => {
                let pair = format!("{username}:{}", password.expose_secret());
                format!("Basic {}", STANDARD.encode(pair))
            }
            Scheme::Digest { challenge, count } => {
                *count = count.saturating_add(1);
                let uri = match url.query() {
                    Some(query) => format!("{}?{query}", url.path()),
                    None => url.path().to_owned(),
                };
                let cnonce = uuid::Uuid::new_v4().simple().to_string();
                challenge.answer(username, password, method, &uri, &cnonce, *count)?
            }
        };
        Ok((Some(secret_header(&text)?), Shown::Password))
    }

    /// Reads a refusal with the status 401.
    ///
    /// # Errors
    /// What renewing a token answers.
    pub(crate) async fn refused(
        &self,
        shown: &Shown,
        headers: &HeaderMap,
        url: &Url,
    ) -> Result<Next> {
        match (&self.credentials, shown) {
            (Credentials::Password { .. }, _) => {
                Ok(self.challenged(shown, headers, is_private(url)))
            }
            (Credentials::Source(source), Shown::Token(Some(token))) => {
                source.rejected(token).await.map(|_| Next::Again)
            }
            _ => Ok(Next::Refused),
        }
    }

    fn challenged(&self, shown: &Shown, headers: &HeaderMap, private: bool) -> Next {
        let all = headers.get_all(WWW_AUTHENTICATE);
        let all = challenges(all.iter().filter_map(|value| value.to_str().ok()));
        let digest = all
            .iter()
            .filter(|(scheme, _)| scheme == "digest")
            .filter_map(|(_, params)| Challenge::read(params))
            .max_by_key(|challenge| challenge.hash);
        let basic = all.iter().any(|(scheme, _)| scheme == "basic");
        let digest = digest.filter(|_| !(private && basic));
        let mut scheme = self.scheme();
        // A proof that was shown and refused is wrong, unless only its nonce was too old.
        let wrong = matches!(shown, Shown::Password);
        *scheme = match (digest, &*scheme) {
            (Some(challenge), _) if !wrong || challenge.stale => Scheme::Digest {
                challenge,
                count: 0,
            },
            // One who showed nothing may find that another call has heard of Digest meanwhile: who
            // asks for Basic then is not who asked for Digest.
            (None, Scheme::Unknown | Scheme::Basic) if basic && !wrong => Scheme::Basic,
            _ => return Next::Refused,
        };
        Next::Again
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn auth() -> Auth {
        Auth::new(Credentials::Password {
            username: "alice".to_owned(),
            password: "canary".into(),
        })
    }

    fn asked(challenges: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for one in challenges {
            headers.append(WWW_AUTHENTICATE, one.parse().unwrap());
        }
        headers
    }

    fn sent(auth: &Auth) -> Option<String> {
        let url = "https://dav.example.com/a?b".parse().unwrap();
        let (header, _) = block_on(auth.header("PUT", &url)).unwrap();
        header.map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn nothing_is_shown_before_it_is_asked_for() {
        let auth = auth();
        assert_eq!(sent(&auth), None);
        let next = auth.challenged(&Shown::Nothing, &asked(&["Basic realm=\"a\""]), false);
        assert!(matches!(next, Next::Again));
        // RFC 7617: base64 of `alice:canary`.
        assert_eq!(sent(&auth).as_deref(), Some("Basic YWxpY2U6Y2FuYXJ5"));
        assert!(!format!("{auth:?}").contains("canary"));
    }

    #[test]
    fn over_an_open_line_the_strongest_that_is_offered_is_taken() {
        let auth = auth();
        let offered = asked(&[
            "Basic realm=\"a\"",
            "Digest realm=\"a\", nonce=\"n\", qop=\"auth\", algorithm=MD5",
            "Digest realm=\"a\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256",
        ]);
        assert!(matches!(
            auth.challenged(&Shown::Nothing, &offered, false),
            Next::Again
        ));
        let first = sent(&auth).unwrap();
        assert!(
            first.contains("algorithm=SHA-256") && first.contains("nc=00000001"),
            "{first}"
        );
        assert!(first.contains("uri=\"/a?b\""), "{first}");
        assert!(sent(&auth).unwrap().contains("nc=00000002"));
        // Refused with the same proof: it is wrong, and Basic is no way out.
        let next = auth.challenged(&Shown::Password, &asked(&["Basic realm=\"a\""]), false);
        assert!(matches!(next, Next::Refused));
        let next = auth.challenged(&Shown::Nothing, &asked(&["Basic realm=\"a\""]), false);
        assert!(matches!(next, Next::Refused));
        // Only too old: another nonce.
        let stale = asked(&["Digest realm=\"a\", nonce=\"m\", qop=\"auth\", stale=TRUE"]);
        assert!(matches!(
            auth.challenged(&Shown::Password, &stale, false),
            Next::Again
        ));
        assert!(sent(&auth).unwrap().contains("nonce=\"m\""));
    }

    #[test]
    fn over_tls_basic_is_enough() {
        let auth = auth();
        let offered = asked(&[
            "Digest realm=\"a\", nonce=\"n\", qop=\"auth\", algorithm=md5-sess",
            "Basic realm=\"a\"",
        ]);
        auth.challenged(&Shown::Nothing, &offered, true);
        assert!(sent(&auth).unwrap().starts_with("Basic "));
        for (url, private) in [
            ("https://dav.example.com/", true),
            ("http://[::1]:80/", true),
            ("http://127.0.0.1/", true),
            ("http://dav.example.com/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_private(&url.parse().unwrap()), private, "{url}");
        }
    }
}
