//! A request of the API, before it has an address and a token.

use std::fmt;

use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
};
use http::{Method, Uri};
use integrations_core::http::{Body, Request};
use integrations_core::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use url::Url;

/// What a query may have as it is (RFC 3986, section 2.3). A space must not become a plus, which not
/// every part of Graph reads as a space.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const PREFER: HeaderName = HeaderName::from_static("prefer");

#[derive(Clone)]
enum Target {
    Path {
        segments: Vec<String>,
        query: Vec<(&'static str, String)>,
    },
    /// Where an answer said that it goes on.
    Link(String),
}

/// A request of the API: method, path, parameters, preferences, condition and body.
#[derive(Clone)]
pub struct Call {
    method: Method,
    target: Target,
    prefer: Vec<String>,
    if_match: Option<String>,
    body: Option<Value>,
}

impl Call {
    fn new(method: Method, segments: &[&str]) -> Self {
        Self {
            method,
            target: Target::Path {
                segments: segments.iter().map(|it| (*it).to_owned()).collect(),
                query: Vec::new(),
            },
            prefer: Vec::new(),
            if_match: None,
            body: None,
        }
    }

    /// Reads. The segments of the path are encoded, whatever is in them.
    #[must_use]
    pub fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, segments)
    }

    /// Makes something, or calls an action or a function with a body.
    #[must_use]
    pub fn post(segments: &[&str]) -> Self {
        Self::new(Method::POST, segments)
    }

    /// Changes the fields that are sent.
    #[must_use]
    pub fn patch(segments: &[&str]) -> Self {
        Self::new(Method::PATCH, segments)
    }

    /// Deletes.
    #[must_use]
    pub fn delete(segments: &[&str]) -> Self {
        Self::new(Method::DELETE, segments)
    }

    /// Reads on where an answer said so, by an `@odata.nextLink` or an `@odata.deltaLink`. The link
    /// is sent as it came (<https://learn.microsoft.com/en-us/graph/paging>), and only when it leads
    /// to the API itself: the token goes with it.
    pub fn follow(link: impl Into<String>) -> Self {
        let mut call = Self::new(Method::GET, &[]);
        call.target = Target::Link(link.into());
        call
    }

    /// Adds a parameter. A link takes none, for it has its own.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        if let Target::Path { query, .. } = &mut self.target {
            query.push((name, value.to_string()));
        }
        self
    }

    /// Adds a parameter where there is a value.
    #[must_use]
    pub fn with_if(self, name: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a preference (RFC 7240), for example `odata.maxpagesize=50`.
    #[must_use]
    pub fn prefer(mut self, preference: impl Into<String>) -> Self {
        self.prefer.push(preference.into());
        self
    }

    /// Only when the resource has this entity tag.
    #[must_use]
    pub fn if_match(mut self, etag: Option<&str>) -> Self {
        self.if_match = etag.map(str::to_owned);
        self
    }

    /// Sends a body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The path and query below the base, for a batch.
    fn relative(&self) -> Result<String> {
        let Target::Path { segments, query } = &self.target else {
            return Err(Error::internal("a link is not part of a batch"));
        };
        check(segments)?;
        let mut text = String::new();
        for segment in segments {
            text.push('/');
            text.extend(utf8_percent_encode(segment, QUERY));
        }
        append(&mut text, query);
        Ok(text)
    }

    /// As a part of a batch.
    pub(crate) fn part(&self, id: &str) -> Result<Value> {
        let mut part = json!({"id": id, "method": self.method.as_str(), "url": self.relative()?});
        let mut headers = Map::new();
        if !self.prefer.is_empty() {
            headers.insert("Prefer".into(), self.prefer.join(", ").into());
        }
        if let Some(etag) = &self.if_match {
            headers.insert("If-Match".into(), etag.as_str().into());
        }
        if let Some(body) = &self.body {
            headers.insert("Content-Type".into(), "application/json".into());
            part["body"] = body.clone();
        }
        if !headers.is_empty() {
            part["headers"] = Value::Object(headers);
        }
        Ok(part)
    }

    /// Where it goes.
    fn uri(&self, base: &Url) -> Result<Uri> {
        let (segments, query) = match &self.target {
            Target::Link(link) => return own(base, link),
            Target::Path { segments, query } => (segments, query),
        };
        check(segments)?;
        let mut url = base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::new(ErrorKind::Config, "the base URL is no https URL"))?
            .pop_if_empty()
            .extend(segments);
        let mut text = String::from(url);
        append(&mut text, query);
        text.parse()
            .map_err(|_| Error::invalid_input("an id or a parameter is no part of a URL"))
    }

    /// The request, with the token of the account.
    pub(crate) fn request(&self, base: &Url, token: &str) -> Result<Request> {
        let body = match &self.body {
            Some(body) => Body::json(body)?,
            None => Body::empty(),
        };
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri(base)?;
        self.headers(request.headers_mut(), token)?;
        Ok(request)
    }

    fn headers(&self, headers: &mut HeaderMap, token: &str) -> Result<()> {
        let json = HeaderValue::from_static("application/json");
        headers.insert(ACCEPT, json.clone());
        if self.body.is_some() {
            headers.insert(CONTENT_TYPE, json);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
            let text = "the access token has signs that no header takes";
            Error::new(ErrorKind::Config, text)
        })?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        // Microsoft's support finds a request by it, also one that was never answered.
        let id = uuid::Uuid::new_v4().to_string();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(CLIENT_REQUEST_ID, id);
        }
        if !self.prefer.is_empty() {
            let prefer = HeaderValue::from_str(&self.prefer.join(", "))
                .map_err(|_| Error::invalid_input("a preference has signs that no header takes"))?;
            headers.insert(PREFER, prefer);
        }
        if let Some(etag) = &self.if_match {
            let etag = HeaderValue::from_str(etag)
                .map_err(|_| Error::invalid_input("the version is no entity tag"))?;
            headers.insert(IF_MATCH, etag);
        }
        Ok(())
    }
}

/// In a path these would name something else.
fn check(segments: &[String]) -> Result<()> {
    match segments.iter().find(|it| matches!(&***it, "" | "." | "..")) {
        Some(wrong) => Err(Error::invalid_input(format!("{wrong:?} is no id"))),
        None => Ok(()),
    }
}

fn append(text: &mut String, query: &[(&str, String)]) {
    for (n, (name, value)) in query.iter().enumerate() {
        text.push(if n == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.extend(utf8_percent_encode(value, QUERY));
    }
}

/// A link as it came, which must lead to the API: below its origin and its path.
fn own(base: &Url, link: &str) -> Result<Uri> {
    let foreign = || {
        Error::new(
            ErrorKind::Untrusted,
            "the link of an answer does not lead to the API, and was not followed",
        )
        .with_code("foreign_link")
    };
    let url = Url::parse(link).map_err(|_| foreign())?;
    let uri: Uri = link.parse().map_err(|_| foreign())?;
    let path = base.path().trim_end_matches('/');
    let below = |text: &str| {
        text.strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    // The second judges what dots make of the path, whoever resolves them.
    let plain = url.username().is_empty() && url.password().is_none();
    if url.origin() == base.origin() && plain && below(uri.path()) && below(url.path()) {
        return Ok(uri);
    }
    Err(foreign())
}

/// Method alone: paths, queries and bodies may carry what is not to be shown.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://graph.microsoft.com/v1.0").unwrap()
    }

    #[test]
    fn an_id_that_would_lead_elsewhere_is_refused_and_others_are_encoded() {
        for wrong in ["", ".", ".."] {
            let call = Call::delete(&["me", "events", wrong]);
            let error = call.request(&base(), "token").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong:?}");
            assert!(call.part("1").is_err());
        }
        let call = Call::get(&["me", "events", "a/../b?c="])
            .with("$filter", "subject eq 'a & b'")
            .with_if("$top", None::<u32>);
        let request = call.request(&base(), "token").unwrap();
        assert_eq!(request.uri().path(), "/v1.0/me/events/a%2F..%2Fb%3Fc=");
        let query = request.uri().query().unwrap();
        assert_eq!(query, "$filter=subject%20eq%20%27a%20%26%20b%27");
        let part = call.part("1").unwrap();
        assert_eq!(
            part["url"],
            format!("/me/events/a%2F%2E%2E%2Fb%3Fc%3D?{query}").replace("%2E", ".")
        );
    }

    #[test]
    fn a_link_is_followed_as_it_came_and_only_to_the_api() {
        let link = "https://graph.microsoft.com/v1.0/me/calendarView/delta?$deltatoken=a%2Bb('c')";
        let request = Call::follow(link).with("x", 1).request(&base(), "token");
        assert_eq!(request.unwrap().uri().to_string(), link);
        for foreign in [
            "https://graph.example.com/v1.0/me/events",
            "http://graph.microsoft.com/v1.0/me/events",
            "https://graph.microsoft.com:444/v1.0/me/events",
            "https://graph.microsoft.com/v1.0evil/me",
            "https://graph.microsoft.com/beta/me/events",
            "https://graph.microsoft.com/v1.0/../beta/me",
            "https://graph.microsoft.com/v1.0/%2e%2e/beta/me",
            "https://user:pass@graph.microsoft.com/v1.0/me",
            "/v1.0/me/events",
            "",
        ] {
            let refused = Call::follow(foreign).request(&base(), "token").unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Untrusted, "{foreign}");
        }
    }

    #[test]
    fn headers_say_what_is_preferred_and_never_show_the_token() {
        let call = Call::patch(&["me", "events", "1"])
            .prefer("IdType=\"ImmutableId\"")
            .prefer("outlook.timezone=\"UTC\"")
            .if_match(Some("W/\"1\""))
            .json(json!({"subject": "x"}));
        let request = call.request(&base(), "canary").unwrap();
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            header("prefer"),
            "IdType=\"ImmutableId\", outlook.timezone=\"UTC\""
        );
        assert_eq!(header("if-match"), "W/\"1\"");
        assert_eq!(header("client-request-id").len(), 36);
        assert_eq!(header("authorization"), "Bearer canary");
        assert!(!format!("{request:?} {call:?}").contains("canary"));
        let part = call.part("7").unwrap();
        assert_eq!(part["headers"]["If-Match"], "W/\"1\"");
        assert_eq!(part["headers"]["Content-Type"], "application/json");
        assert_eq!(part["body"]["subject"], "x");
    }
}
