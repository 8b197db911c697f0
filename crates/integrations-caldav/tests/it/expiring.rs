//! Tokens that are too old: on the way to the server another is put in the place of ours, so that
//! the server says in its own way that it does not know it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use integrations_core::Result;
use integrations_core::calendar::CalendarId;
use integrations_core::http::{Body, Request, Response, Transport};

/// A transport that makes the next token of a calendar too old. Clones share what is to be done.
#[derive(Debug, Clone)]
pub(crate) struct Expiring<T> {
    inner: T,
    expired: Arc<Mutex<Vec<CalendarId>>>,
}

impl<T> Expiring<T> {
    pub(crate) fn over(inner: T) -> Self {
        Self {
            inner,
            expired: Arc::default(),
        }
    }

    pub(crate) fn inner(&self) -> &T {
        &self.inner
    }

    pub(crate) fn expire(&self, calendar: CalendarId) {
        self.expired.lock().unwrap().push(calendar);
    }

    /// The body with another token, when the request is a synchronisation of such a calendar.
    fn other(&self, request: &Request) -> Option<String> {
        let body = std::str::from_utf8(request.body().as_bytes()?).ok()?;
        let (before, rest) = body.split_once("<sync-token>")?;
        let (token, after) = rest.split_once("</sync-token>")?;
        if token.is_empty() {
            return None;
        }
        let path = request.uri().path().trim_end_matches('/');
        let mut expired = self.expired.lock().unwrap();
        let place = expired.iter().position(|one| one.as_str() == path)?;
        expired.swap_remove(place);
        let unknown = "data:,0000000000";
        Some(format!("{before}<sync-token>{unknown}</sync-token>{after}"))
    }
}

#[async_trait]
impl<T: Transport> Transport for Expiring<T> {
    async fn send(&self, mut request: Request) -> Result<Response> {
        if let Some(other) = self.other(&request) {
            *request.body_mut() = Body::from(other);
        }
        self.inner.send(request).await
    }
}
