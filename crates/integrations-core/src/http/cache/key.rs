//! Under what an answer is kept.

use std::fmt;
use std::sync::Arc;

use ::http::{Method, Request, Uri};

use crate::error::{Error, Result};
use crate::guard::Guard;

/// Whose answers they are. It can only be made from a guard, which knows the connection, so that no
/// read can leave it out.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Tenant {
    integration: Arc<str>,
    connection: Arc<str>,
}

impl Tenant {
    pub(super) fn of(guard: &Guard) -> Self {
        let (integration, connection) = guard.names();
        Self {
            integration,
            connection,
        }
    }

    /// Whether it is the guard of a whole integration, behind which there may be several accounts.
    pub(super) fn is_unnamed(&self) -> bool {
        self.connection.is_empty()
    }
}

/// The methods whose answers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Read {
    Get,
    Head,
}

/// Under what an answer is kept: whose it is, and the primary key of RFC 9111, section 2.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) tenant: Tenant,
    pub(super) method: Read,
    url: Arc<str>,
}

impl Key {
    /// # Errors
    /// `InvalidInput` when it is no `GET` or `HEAD` of an absolute `http` or `https` URL without a
    /// user name.
    pub(super) fn of<B>(guard: &Guard, request: &Request<B>) -> Result<Self> {
        let method = match *request.method() {
            Method::GET => Read::Get,
            Method::HEAD => Read::Head,
            _ => {
                let text = "only GET and HEAD are read through a cache";
                return Err(Error::invalid_input(text));
            }
        };
        let url = url(request.uri())
            .ok_or_else(|| Error::invalid_input("the request has no absolute URL"))?;
        Ok(Self {
            tenant: Tenant::of(guard),
            method,
            url,
        })
    }

    /// The keys of all that is kept of a URL. None when the URL cannot have been read.
    pub(super) fn all_of(guard: &Guard, uri: &Uri) -> Vec<Self> {
        let Some(url) = url(uri) else {
            return Vec::new();
        };
        let key = |method| Self {
            tenant: Tenant::of(guard),
            method,
            url: url.clone(),
        };
        vec![key(Read::Get), key(Read::Head)]
    }

    /// How many bytes its texts take.
    pub(super) fn len(&self) -> usize {
        self.tenant.integration.len() + self.tenant.connection.len() + self.url.len()
    }
}

/// The URL as a text. Only what RFC 9110, section 4.2.3, calls insensitive to case is made the same:
/// whether two paths are the same is for the server to say.
fn url(uri: &Uri) -> Option<Arc<str>> {
    let scheme = uri
        .scheme_str()
        .filter(|it| matches!(*it, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    if authority.contains('@') {
        return None;
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = authority.to_ascii_lowercase();
    Some(format!("{scheme}://{authority}{path}").into())
}

/// Without the query, which may hold secrets.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("Key")
            .field("integration", &self.tenant.integration)
            .field("connection", &self.tenant.connection)
            .field("method", &self.method)
            .field("url", &url)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(guard: &Guard, url: &str) -> Key {
        Key::of(guard, &Request::get(url).body(()).unwrap()).unwrap()
    }

    #[test]
    fn connection_method_and_whole_url_tell_keys_apart() {
        let guard = Guard::default();
        let one = key(&guard, "https://api.example/a?b=1");
        assert_eq!(one, key(&guard, "https://API.example/a?b=1"));
        assert_ne!(
            one,
            key(&guard.for_connection("x"), "https://api.example/a?b=1")
        );
        for other in [
            "https://api.example/a?b=2",
            "https://api.example/A?b=1",
            "http://api.example/a?b=1",
            "https://api.example:8443/a?b=1",
        ] {
            assert_ne!(one, key(&guard, other), "{other}");
        }
        let head = Request::head("https://api.example/a?b=1").body(()).unwrap();
        assert_ne!(one, Key::of(&guard, &head).unwrap());
    }

    #[test]
    fn what_is_no_read_is_refused() {
        for request in [
            Request::post("https://api.example/").body(()).unwrap(),
            Request::get("/relative").body(()).unwrap(),
            Request::get("https://user@api.example/").body(()).unwrap(),
        ] {
            let error = Key::of(&Guard::default(), &request).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidInput, "{request:?}");
        }
    }
}
