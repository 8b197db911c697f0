//! The cookies of one browser (RFC 6265), as far as a sign-in on the own machine needs them.

use std::time::SystemTime;

use url::Url;

#[derive(Default)]
pub(super) struct Cookies(Vec<Cookie>);

struct Cookie {
    /// Cookies do not tell ports apart (RFC 6265, section 8.5).
    host: String,
    path: String,
    name: String,
    value: String,
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The names alone: a value is a session.
        f.debug_set()
            .entries(self.0.iter().map(|cookie| &cookie.name))
            .finish()
    }
}

impl Cookies {
    /// What a server at `url` set.
    pub(super) fn set(&mut self, url: &Url, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut path = default_path(url);
        let mut ended = false;
        let mut has_age = false;
        for attribute in parts {
            let (attribute, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match attribute.to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut path),
                // The age counts more than the date (section 5.3).
                "max-age" => {
                    has_age = true;
                    ended = value.parse().is_ok_and(|seconds: i64| seconds <= 0);
                }
                "expires" if !has_age => {
                    ended = httpdate::parse_http_date(value)
                        .is_ok_and(|date| date <= SystemTime::now());
                }
                _ => {}
            }
        }
        let host = url.host_str().unwrap_or_default();
        self.0
            .retain(|old| (&*old.host, &*old.path, &*old.name) != (host, &*path, name));
        if !ended {
            self.0.push(Cookie {
                host: host.to_owned(),
                path,
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
    }

    /// The header for a request to `url`.
    pub(super) fn for_url(&self, url: &Url) -> Option<String> {
        let mut fitting: Vec<&Cookie> = self
            .0
            .iter()
            .filter(|cookie| {
                url.host_str() == Some(&cookie.host) && covers(&cookie.path, url.path())
            })
            .collect();
        // The longer path first (section 5.4).
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = fitting
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// The folder of the address (section 5.1.4).
fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder.to_owned(),
        _ => "/".to_owned(),
    }
}

/// Whether a cookie for `path` is sent with a request for `asked` (section 5.1.4).
fn covers(path: &str, asked: &str) -> bool {
    asked
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    /// The examples of RFC 6265, sections 5.1.4 and 8.5.
    #[test]
    fn a_cookie_goes_to_its_host_on_any_port_and_below_its_path() {
        let mut cookies = Cookies::default();
        cookies.set(&url("http://127.0.0.1:1/a/b?x=1"), "s=1; path=/a; HttpOnly");
        let sent = |at: &str| cookies.for_url(&url(at));
        assert_eq!(sent("http://127.0.0.1:2/a"), Some("s=1".into()));
        assert_eq!(sent("http://127.0.0.1:1/a/c"), Some("s=1".into()));
        assert_eq!(sent("http://127.0.0.1:1/ab"), None);
        assert_eq!(sent("http://127.0.0.1:1/"), None);
        assert_eq!(sent("http://localhost:1/a"), None);
    }

    #[test]
    fn a_cookie_that_is_set_again_is_replaced_and_one_that_ended_is_gone() {
        let at = url("http://127.0.0.1:1/a/b");
        let mut cookies = Cookies::default();
        cookies.set(&at, "s=1");
        cookies.set(&at, "s=2");
        assert_eq!(cookies.for_url(&at), Some("s=2".into()));
        cookies.set(&at, "s=; expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(cookies.for_url(&at), None);
        cookies.set(&at, "s=3");
        cookies.set(&at, "s=; Max-Age=0");
        assert_eq!(cookies.for_url(&at), None);
    }

    #[test]
    fn the_longer_path_comes_first() {
        let at = url("http://127.0.0.1:1/a/b/c");
        let mut cookies = Cookies::default();
        cookies.set(&at, "s=outer; path=/a");
        cookies.set(&at, "s=inner; path=/a/b");
        assert_eq!(cookies.for_url(&at), Some("s=inner; s=outer".into()));
    }
}
