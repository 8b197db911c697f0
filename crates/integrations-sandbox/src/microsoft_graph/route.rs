//! Which request is which.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, IF_MATCH};
use http::{Request, Response};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::TOKEN;
use super::query::{Prefer, Query};
use super::refusal::Refusal;
use super::reply::Reply;
use super::state::{Answer, Fields, State};

/// Whose calendar a path is about.
pub(super) struct Place {
    pub(super) mailbox: String,
    /// The calendar that it names; otherwise the default one is meant.
    pub(super) calendar: Option<String>,
    /// Whether an event has to be in that calendar.
    pub(super) names_calendar: bool,
}

impl Place {
    /// A mailbox, and no calendar of it.
    pub(super) fn of(mailbox: &str) -> Self {
        Self {
            mailbox: mailbox.to_owned(),
            calendar: None,
            names_calendar: false,
        }
    }
}

/// A request, read.
pub(super) struct Call<'r> {
    /// Where it came to, such as `http://127.0.0.1:4000`: links begin so.
    pub(super) origin: String,
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) prefer: Prefer,
    pub(super) headers: &'r HeaderMap,
    pub(super) content: &'r Bytes,
}

impl Call<'_> {
    pub(super) fn body(&self) -> Answer<Fields> {
        match serde_json::from_slice(self.content) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(Refusal::body(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and \
                 payload is of valid JSON format.",
            )),
        }
    }

    /// The body of an action all of whose parameters are optional.
    pub(super) fn optional_body(&self) -> Answer<Fields> {
        match self.content.is_empty() {
            true => Ok(Fields::new()),
            false => self.body(),
        }
    }

    /// `If-Match` (OData 4.01, section 8.2.5).
    pub(super) fn condition(&self, etag: &str) -> Answer<()> {
        let Some(wanted) = self.headers.get(IF_MATCH) else {
            return Ok(());
        };
        let wanted = wanted.to_str().unwrap_or_default();
        match wanted == "*" || wanted == etag {
            true => Ok(()),
            false => Err(Refusal::precondition()),
        }
    }

    pub(super) fn context(&self, at: &Place) -> String {
        let (origin, mailbox) = (&self.origin, at.mailbox.replace('@', "%40"));
        let what = self.path.rsplit('/').next().unwrap_or_default();
        format!("{origin}/v1.0/$metadata#users('{mailbox}')/{what}")
    }

    /// One resource, as an answer of its own.
    pub(super) fn one(&self, mut fields: Fields, at: &Place, set: &str) -> Fields {
        let (origin, mailbox) = (&self.origin, at.mailbox.replace('@', "%40"));
        let context = format!("{origin}/v1.0/$metadata#users('{mailbox}')/{set}/$entity");
        fields.insert("@odata.context".into(), context.into());
        fields
    }
}

/// Answers a request.
pub(super) fn answer(
    state: &mut State,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    state.now = now;
    let result = match request.uri().path().starts_with("/api/v2.0/") {
        // The address of an upload has its own credentials.
        true => state.uploaded(request),
        false => admitted(state, request).and_then(|()| read(state, request)),
    };
    finish(state, request, result)
}

/// The answer, with the headers that every one has.
pub(super) fn finish(
    state: &mut State,
    request: &Request<Bytes>,
    result: Answer<Reply>,
) -> Response<Bytes> {
    let id = format!("00000000-0000-4000-b000-{:012}", state.next());
    let client = request.headers().get("client-request-id");
    let client = client.and_then(|client| client.to_str().ok());
    let reply = match result {
        Ok(reply) => reply,
        Err(refusal) => {
            let date = jiff::tz::TimeZone::UTC.to_datetime(state.now);
            let date = date.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            refusal.reply(&id, client, &date)
        }
    };
    let reply = reply.with(HeaderName::from_static("request-id"), &id);
    let client = client.unwrap_or(&id);
    let reply = reply.with(HeaderName::from_static("client-request-id"), client);
    reply.response()
}

/// Whether the request may come in at all: token, planned refusals, quota.
fn admitted(state: &mut State, request: &Request<Bytes>) -> Answer<()> {
    if !has_token(request) {
        return Err(Refusal::credentials());
    }
    if let Some(refusal) = state.refusals.pop_front() {
        return Err(refusal);
    }
    let now = state.now;
    match state.quota.as_mut().map_or(Ok(()), |quota| quota.take(now)) {
        Ok(()) => Ok(()),
        Err(seconds) => Err(Refusal::throttled().with_retry_after(seconds)),
    }
}

pub(super) fn has_token(request: &Request<Bytes>) -> bool {
    let bearer = request.headers().get(http::header::AUTHORIZATION);
    let bearer = bearer.and_then(|it| it.to_str().ok());
    bearer.and_then(|it| it.strip_prefix("Bearer ")) == Some(TOKEN)
}

/// Where a request came to. One that was not sent over a socket says so by itself, or is taken to
/// have come to Microsoft's address.
pub(super) fn origin(request: &Request<Bytes>) -> String {
    let uri = request.uri();
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        return format!("{scheme}://{authority}");
    }
    let host = request.headers().get(http::header::HOST);
    match host.and_then(|host| host.to_str().ok()) {
        Some(host) => format!("http://{host}"),
        None => "https://graph.microsoft.com".to_owned(),
    }
}

fn read(state: &mut State, request: &Request<Bytes>) -> Answer<Reply> {
    let path = request.uri().path();
    let bare = path
        .strip_prefix("/v1.0/")
        .ok_or_else(|| Refusal::segment(path.split('/').nth(1).unwrap_or_default()))?;
    let segments: Vec<String> = bare
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let call = Call {
        origin: origin(request),
        path: path.to_owned(),
        query: Query::read(request.uri().query().unwrap_or_default()),
        prefer: Prefer::read(request.headers())?,
        headers: request.headers(),
        content: request.body(),
    };
    let verb = request.method().as_str();
    let reply = match &segments[..] {
        ["subscriptions", rest @ ..] => subscriptions(state, verb, rest, &call),
        ["me", rest @ ..] => of_mailbox(state, state.owner.clone(), verb, rest, &call),
        ["users", named, rest @ ..] => {
            let mailbox = state.address(named)?;
            of_mailbox(state, mailbox, verb, rest, &call)
        }
        _ => Err(Refusal::segment(segments[0])),
    }?;
    Ok(match call.prefer.applied() {
        Some(applied) => reply.with(HeaderName::from_static("preference-applied"), &applied),
        None => reply,
    })
}

fn subscriptions(state: &mut State, verb: &str, rest: &[&str], call: &Call<'_>) -> Answer<Reply> {
    match (verb, rest) {
        ("GET", []) => state.list_subscriptions(call),
        ("POST", []) => state.create_subscription(call),
        ("GET", [id]) => state.get_subscription(id, call),
        ("PATCH", [id]) => state.patch_subscription(id, call),
        ("DELETE", [id]) => state.delete_subscription(id, call),
        ("POST", [id, "reauthorize"]) => state.reauthorize(id, call),
        _ => Err(unrouted(rest)),
    }
}

fn unrouted(rest: &[&str]) -> Refusal {
    Refusal::segment(rest.last().copied().unwrap_or_default())
}

fn of_mailbox(
    state: &mut State,
    mailbox: String,
    verb: &str,
    rest: &[&str],
    call: &Call<'_>,
) -> Answer<Reply> {
    let mut at = Place::of(&mailbox);
    let rest = match rest {
        ["calendars"] if verb == "GET" => return state.list_calendars(&at, call),
        ["calendars"] if verb == "POST" => return state.create_calendar(&at, call),
        ["findMeetingTimes"] if verb == "POST" => return state.find_meeting_times(&at, call),
        ["calendars", id, rest @ ..] => {
            at.calendar = Some((*id).to_owned());
            at.names_calendar = true;
            state.calendar_id(&at)?;
            rest
        }
        ["calendar", rest @ ..] => rest,
        // Without a calendar, what is its own has no meaning.
        [name, ..] if matches!(*name, "events" | "calendarView") => rest,
        _ => return Err(unrouted(rest)),
    };
    match (verb, rest) {
        ("GET", []) => state.get_calendar(&at, call),
        ("PATCH", []) => state.patch_calendar(&at, call),
        ("DELETE", []) => state.delete_calendar(&at, call),
        ("POST", ["getSchedule" | "getschedule"]) => state.schedules(&at, call),
        ("GET", ["calendarPermissions"]) => state.list_permissions(&at, call),
        ("POST", ["calendarPermissions"]) => state.create_permission(&at, call),
        ("GET", ["calendarPermissions", id]) => state.get_permission(&at, id, call),
        ("PATCH", ["calendarPermissions", id]) => state.patch_permission(&at, id, call),
        ("DELETE", ["calendarPermissions", id]) => state.delete_permission(&at, id, call),
        ("GET", ["calendarView"]) => state.view(&at, call),
        (
            "GET",
            [
                "calendarView",
                "delta" | "delta()" | "microsoft.graph.delta()",
            ],
        ) => state.delta(&at, call),
        ("GET", ["events"]) => state.list(&at, call),
        ("POST", ["events"]) => state.create(&at, call),
        (_, ["events", id, rest @ ..]) => of_event(state, &at, id, verb, rest, call),
        _ => Err(unrouted(rest)),
    }
}

fn of_event(
    state: &mut State,
    at: &Place,
    id: &str,
    verb: &str,
    rest: &[&str],
    call: &Call<'_>,
) -> Answer<Reply> {
    match (verb, rest) {
        ("GET", []) => state.get(at, id, call),
        ("PATCH", []) => state.patch(at, id, call),
        ("DELETE", []) => state.delete(at, id, call),
        ("GET", ["instances"]) => state.list_instances(at, id, call),
        ("GET", ["calendar"]) => state.calendar_of(at, id, call),
        ("POST", ["accept"]) => state.respond(at, id, call, "accepted"),
        ("POST", ["tentativelyAccept"]) => state.respond(at, id, call, "tentativelyAccepted"),
        ("POST", ["decline"]) => state.respond(at, id, call, "declined"),
        ("POST", ["cancel"]) => state.cancel(at, id, call),
        ("POST", ["forward"]) => state.forward(at, id, call),
        ("GET", ["attachments"]) => state.list_attachments(at, id, call),
        ("POST", ["attachments"]) => state.add_attachment(at, id, call),
        ("POST", ["attachments", "createUploadSession"]) => state.begin_upload(at, id, call),
        ("GET", ["attachments", one]) => state.get_attachment(at, id, one, call),
        ("GET", ["attachments", one, "$value"]) => state.attachment_value(at, id, one, call),
        ("DELETE", ["attachments", one]) => state.delete_attachment(at, id, one, call),
        _ => Err(unrouted(rest)),
    }
}
