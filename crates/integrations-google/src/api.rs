//! Requests and answers in JSON.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, HeaderValue, IF_MATCH};
use http::{Method, Uri};
use integrations_core::guard::{Guard, Operation};
use integrations_core::http::{Body, Request, Transport};
use integrations_core::oauth::AccessTokens;
use integrations_core::{Effect, Error, ErrorKind, ExposeSecret, Result};
use serde_json::Value;
use url::Url;

use crate::error;

/// A request of the API: method, path, parameters, condition and body.
#[derive(Clone)]
pub struct Call {
    method: Method,
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
    if_match: Option<String>,
    body: Option<Value>,
}

impl Call {
    fn new(method: Method, segments: &[&str]) -> Self {
        Self {
            method,
            segments: segments.iter().map(|it| (*it).to_owned()).collect(),
            query: Vec::new(),
            if_match: None,
            body: None,
        }
    }

    /// Reads. The segments of the path are encoded, whatever is in them.
    #[must_use]
    pub fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, segments)
    }

    /// Makes something, or asks with a body.
    #[must_use]
    pub fn post(segments: &[&str]) -> Self {
        Self::new(Method::POST, segments)
    }

    /// Changes the fields that are sent.
    #[must_use]
    pub fn patch(segments: &[&str]) -> Self {
        Self::new(Method::PATCH, segments)
    }

    /// Writes the whole.
    #[must_use]
    pub fn put(segments: &[&str]) -> Self {
        Self::new(Method::PUT, segments)
    }

    /// Deletes.
    #[must_use]
    pub fn delete(segments: &[&str]) -> Self {
        Self::new(Method::DELETE, segments)
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.query.push((name, value.to_string()));
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
}

/// Method and path: queries and bodies may carry what is not to be shown.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

/// One of Google's APIs, for one account. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    base: Url,
    transport: Arc<dyn Transport>,
    tokens: Arc<dyn AccessTokens>,
    guard: Guard,
}

impl Api {
    /// The API at an address such as `https://www.googleapis.com/calendar/v3/`. Sends nothing.
    pub fn new(
        base: Url,
        transport: impl Transport + 'static,
        tokens: Arc<dyn AccessTokens>,
        guard: Guard,
    ) -> Self {
        Self {
            base,
            transport: Arc::new(transport),
            tokens,
            guard,
        }
    }

    /// Runs every request under this guard.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Takes tokens from elsewhere, for example a connection's
    /// `credential::TokenSource` (core's feature `credentials`).
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<dyn AccessTokens>) -> Self {
        self.tokens = tokens;
        self
    }

    /// The guard that every request runs under.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Sends a request under the guard. An answer without a body is `null`.
    ///
    /// # Errors
    /// What Google answers, with its reason as the [code](Error::code) and a
    /// [`GoogleError`](crate::GoogleError) as the detail; what the guard and the tokens answer.
    pub async fn send(&self, operation: &Operation, call: &Call) -> Result<Value> {
        self.guard
            .run(operation, |_| async { self.attempt(call).await })
            .await
    }

    /// Sends a request once, within an attempt of the guard: for operations of more than one
    /// request.
    ///
    /// # Errors
    /// As [`send`](Self::send), without the guard's.
    pub async fn attempt(&self, call: &Call) -> Result<Value> {
        // Without a token nothing is sent, whatever became of the request for one.
        let token = self.tokens.access_token().await;
        let token = token.map_err(|error| error.with_effect(Effect::NotApplied))?;
        let request = self.request(call, token.expose_secret())?;
        let response = self.transport.send(request).await?;
        if !response.status().is_success() {
            return Err(error::read(&response.into_refusal().await));
        }
        Ok(response.json_if_any().await?.unwrap_or_default())
    }

    fn request(&self, call: &Call, token: &str) -> Result<Request> {
        // In a path they would name something else.
        if let Some(wrong) = call
            .segments
            .iter()
            .find(|it| matches!(&***it, "" | "." | ".."))
        {
            return Err(Error::invalid_input(format!("{wrong:?} is no id")));
        }
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::new(ErrorKind::Config, "the base URL is no https URL"))?
            .pop_if_empty()
            .extend(&call.segments);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let uri: Uri = url
            .as_str()
            .parse()
            .map_err(|_| Error::invalid_input("an id or a parameter is no part of a URL"))?;
        let body = match &call.body {
            Some(body) => Body::json(body)?,
            None => Body::empty(),
        };
        let mut request = http::Request::new(body);
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if call.body.is_some() {
            let json = HeaderValue::from_static("application/json");
            headers.insert(http::header::CONTENT_TYPE, json);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
            Error::new(
                ErrorKind::Config,
                "the access token has signs that no header takes",
            )
        })?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        if let Some(etag) = &call.if_match {
            let etag = HeaderValue::from_str(etag)
                .map_err(|_| Error::invalid_input("the version is no entity tag"))?;
            headers.insert(IF_MATCH, etag);
        }
        Ok(request)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base.as_str())
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use integrations_core::SecretString;
    use integrations_core::testing::FaultyTransport;

    use super::*;

    #[derive(Debug)]
    struct Token;

    #[async_trait]
    impl AccessTokens for Token {
        async fn access_token(&self) -> Result<SecretString> {
            Ok("token".into())
        }
    }

    #[test]
    fn an_id_that_would_lead_elsewhere_is_refused_and_others_are_encoded() {
        let transport = FaultyTransport::answering(|_| http::Response::new(Default::default()));
        let base = Url::parse("https://www.googleapis.com/calendar/v3/").unwrap();
        let tokens = Arc::new(Token);
        let api = Api::new(base, transport, tokens, Guard::default());
        for wrong in ["", ".", ".."] {
            let call = Call::delete(&["calendars", "primary", "events", wrong]);
            let error = api.request(&call, "token").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong:?}");
        }
        let call = Call::get(&["calendars", "a/../b?c", "events"]);
        let request = api.request(&call, "token").unwrap();
        assert_eq!(
            request.uri().path(),
            "/calendar/v3/calendars/a%2F..%2Fb%3Fc/events"
        );
    }
}
