//! Which request is which.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::TOKEN;
use super::refusal::Refusal;
use super::state::{Answer, Fields, State};

/// The parameters of a query.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn all<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        let of = move |(known, _): &&(String, String)| known == name;
        self.0.iter().filter(of).map(|(_, value)| value.as_str())
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The query in one form, without some parameters: a page belongs to the list that it began.
    pub(super) fn without(&self, names: &[&str]) -> String {
        let mut pairs: Vec<_> = self
            .0
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .collect();
        pairs.sort();
        format!("{pairs:?}")
    }
}

/// A request, read.
pub(super) struct Call<'r> {
    pub(super) query: &'r Query,
    headers: &'r HeaderMap,
    content: &'r Bytes,
}

impl Call<'_> {
    pub(super) fn body(&self) -> Answer<Fields> {
        match serde_json::from_slice(self.content) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(Refusal::new(400, "parseError", "Parse Error")),
        }
    }

    /// `If-Match`, which Google takes for every resource with an entity tag
    /// (<https://developers.google.com/workspace/calendar/api/guides/version-resources>).
    pub(super) fn condition(&self, etag: Option<&Value>) -> Answer<()> {
        let Some(wanted) = self.headers.get(header::IF_MATCH) else {
            return Ok(());
        };
        let wanted = wanted.to_str().unwrap_or_default();
        match wanted == "*" || etag.and_then(Value::as_str) == Some(wanted) {
            true => Ok(()),
            false => Err(Refusal::precondition()),
        }
    }
}

/// Answers a request.
pub(super) fn answer(
    state: &mut State,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    state.now = now;
    match admitted(state, request).and_then(|()| routed(state, request)) {
        Err(refusal) => refusal.response(),
        Ok(None) => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Ok(Some(value)) => unless_known(request, value),
    }
}

/// A success; 304 where the client has it already.
fn unless_known(request: &Request<Bytes>, value: Value) -> Response<Bytes> {
    let etag = value["etag"]
        .as_str()
        .and_then(|etag| http::HeaderValue::from_str(etag).ok());
    let known = request.headers().get(header::IF_NONE_MATCH);
    let mut response = Response::new(Bytes::new());
    if request.method() == Method::GET && known.is_some() && known == etag.as_ref() {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = value.to_string().into();
        let json = http::HeaderValue::from_static("application/json; charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    if let Some(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// Whether the request may come in at all: token, planned refusals, quota.
fn admitted(state: &mut State, request: &Request<Bytes>) -> Answer<()> {
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|it| it.to_str().ok());
    if bearer.and_then(|it| it.strip_prefix("Bearer ")) != Some(TOKEN) {
        return Err(Refusal::credentials());
    }
    if let Some(refusal) = state.refusals.pop_front() {
        return Err(refusal);
    }
    let now = state.now;
    match state.quota.as_mut().is_none_or(|quota| quota.take(now)) {
        true => Ok(()),
        false => Err(Refusal::user_rate_limit()),
    }
}

fn routed(state: &mut State, request: &Request<Bytes>) -> Answer<Option<Value>> {
    let path = request.uri().path();
    let path = path
        .strip_prefix("/calendar/v3/")
        .ok_or_else(Refusal::not_found)?;
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let query = Query(url::form_urlencoded::parse(query).into_owned().collect());
    let call = Call {
        query: &query,
        headers: request.headers(),
        content: request.body(),
    };
    let verb = request.method().as_str();
    let some = |answer: Answer| answer.map(Some);
    let none = |answer: Answer<()>| answer.map(|()| None);
    match (verb, &segments[..]) {
        ("GET", ["users", "me", "calendarList"]) => some(state.calendar_list(&call)),
        ("GET", ["users", "me", "calendarList", id]) => some(state.list_entry(id)),
        ("PATCH" | "PUT", ["users", "me", "calendarList", id]) => {
            some(state.patch_entry(id, &call))
        }
        ("POST", ["calendars"]) => some(state.insert_calendar(&call)),
        ("GET", ["calendars", id]) => some(state.get_calendar(id)),
        ("PATCH" | "PUT", ["calendars", id]) => some(state.patch_calendar(id, &call)),
        ("DELETE", ["calendars", id]) => none(state.delete_calendar(id, &call)),
        ("GET", ["calendars", of, "events"]) => some(state.list(of, &call)),
        ("POST", ["calendars", of, "events"]) => some(state.insert(of, &call)),
        ("POST", ["calendars", of, "events", "import"]) => some(state.import(of, &call)),
        ("POST", ["calendars", of, "events", "quickAdd"]) => some(state.quick_add(of, &call)),
        ("POST", ["calendars", of, "events", "watch"]) => some(state.watch(of, &call)),
        ("GET", ["calendars", of, "events", id]) => some(state.get(of, id)),
        ("PATCH", ["calendars", of, "events", id]) => some(state.change(of, id, &call, false)),
        ("PUT", ["calendars", of, "events", id]) => some(state.change(of, id, &call, true)),
        ("DELETE", ["calendars", of, "events", id]) => none(state.delete(of, id, &call)),
        ("GET", ["calendars", of, "events", id, "instances"]) => {
            some(state.instances(of, id, &call))
        }
        ("POST", ["calendars", of, "events", id, "move"]) => some(state.move_to(of, id, &call)),
        ("GET", ["calendars", of, "acl"]) => some(state.list_acl(of, &call)),
        ("POST", ["calendars", of, "acl"]) => some(state.insert_acl(of, &call)),
        ("GET", ["calendars", of, "acl", id]) => some(state.get_acl(of, id)),
        ("DELETE", ["calendars", of, "acl", id]) => none(state.delete_acl(of, id)),
        ("POST", ["freeBusy"]) => some(state.free_busy(&call)),
        ("POST", ["channels", "stop"]) => none(state.stop(&call)),
        _ => Err(Refusal::not_found()),
    }
}
