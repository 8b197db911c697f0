//! An answer before it is bytes.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::Value;

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) content: Content,
}

/// What an answer carries.
pub(super) enum Content {
    Nothing,
    Json(Value),
    /// The bytes of a file, with their type.
    Raw(String, Bytes),
}

impl Reply {
    pub(super) fn json(status: u16, value: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Json(value),
        }
    }

    pub(super) fn nothing(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Nothing,
        }
    }

    pub(super) fn raw(kind: String, content: Bytes) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content: Content::Raw(kind, content),
        }
    }

    /// Adds a header whose value is visible ASCII; one that is not is left out.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let (kind, content) = match self.content {
            Content::Nothing => (None, Bytes::new()),
            Content::Json(value) => {
                let kind = "application/json;odata.metadata=minimal;odata.streaming=true;\
                            IEEE754Compatible=false;charset=utf-8";
                (Some(kind.to_owned()), value.to_string().into())
            }
            Content::Raw(kind, content) => (Some(kind), content),
        };
        let mut response = Response::new(content);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(kind) = kind.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
            headers.insert(CONTENT_TYPE, kind);
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}
