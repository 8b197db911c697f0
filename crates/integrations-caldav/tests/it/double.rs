//! A server with one account whose answers a test writes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use integrations_caldav::{CalDav, CalDavConfig};
use integrations_core::calendar::CalendarId;
use integrations_core::guard::Guard;
use integrations_core::testing::FaultyTransport;

pub(crate) const SERVER: &str = "https://dav.example.com";
pub(crate) const CALENDAR: &str = "/home/alice/work";

pub(crate) type Answer = Response<Bytes>;

pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

pub(crate) fn multistatus(inner: &str) -> Answer {
    let text = format!(
        "<D:multistatus xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:S=\"http://calendarserver.org/ns/\">{inner}</D:multistatus>"
    );
    answer(207, text)
}

/// One resource with properties.
pub(crate) fn found(href: &str, props: &str) -> String {
    format!(
        "<D:response><D:href>{href}</D:href><D:propstat><D:prop>{props}</D:prop>\
         <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )
}

pub(crate) fn status(href: &str, status: &str) -> String {
    format!(
        "<D:response><D:href>{href}</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"
    )
}

pub(crate) fn event(uid: &str, title: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:20260601T070000Z\r\nDTEND:20260601T080000Z\r\n\
         SUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

pub(crate) fn data(name: &str, title: &str) -> String {
    let text = event(name, title);
    found(
        &format!("{CALENDAR}/{name}"),
        &format!("<D:getetag>\"{title}\"</D:getetag><C:calendar-data>{text}</C:calendar-data>"),
    )
}

/// The answers of a server that has one account, before those of the test.
pub(crate) fn account(request: &Request<Bytes>) -> Option<Answer> {
    let path = request.uri().path();
    let body = String::from_utf8_lossy(request.body()).into_owned();
    match (request.method().as_str(), path) {
        ("PROPFIND", "/.well-known/caldav") => {
            let mut moved = answer(301, "");
            moved
                .headers_mut()
                .insert("location", "/dav/".parse().unwrap());
            Some(moved)
        }
        ("PROPFIND", "/dav/" | "/") => Some(multistatus(&found(
            path,
            "<D:current-user-principal><D:href>/principals/alice/</D:href>\
             </D:current-user-principal>",
        ))),
        ("PROPFIND", "/principals/alice/") => Some(multistatus(&found(
            path,
            "<C:calendar-home-set><D:href>/home/alice/</D:href></C:calendar-home-set>",
        ))),
        ("OPTIONS", _) => {
            let mut options = answer(200, "");
            let classes = "1, 3, calendar-access".parse().unwrap();
            options.headers_mut().insert("dav", classes);
            Some(options)
        }
        ("PROPFIND", _) if body.contains("calendar-color") => Some(multistatus(&found(
            path,
            "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>",
        ))),
        _ => None,
    }
}

pub(crate) type Seen = Arc<Mutex<Vec<(String, String, String)>>>;

/// A provider at such a server, and what it was asked: method, path and body.
pub(crate) fn at(
    config: CalDavConfig,
    server: impl Fn(&str, &str, &str) -> Answer + Send + Sync + 'static,
) -> (CalDav, Seen) {
    let seen = Seen::default();
    let heard = seen.clone();
    let transport = FaultyTransport::answering(move |request| {
        let method = request.method().as_str().to_owned();
        let path = request.uri().path().to_owned();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        heard
            .lock()
            .unwrap()
            .push((method.clone(), path.clone(), body.clone()));
        account(&request).unwrap_or_else(|| server(&method, &path, &body))
    });
    let provider = CalDav::with_transport(config, transport).unwrap();
    let once = Guard::builder().max_attempts(1).without_breaker().build();
    (provider.with_guard(once.unwrap()), seen)
}

pub(crate) fn alone(server: impl Fn(&str, &str, &str) -> Answer + Send + Sync + 'static) -> CalDav {
    at(CalDavConfig::new(SERVER), server).0
}

pub(crate) fn work() -> CalendarId {
    CalendarId::new(CALENDAR)
}

pub(crate) fn token_in(body: &str) -> &str {
    let rest = body.split_once("<sync-token>").map_or("", |(_, rest)| rest);
    rest.split_once("</sync-token>")
        .map_or("", |(token, _)| token)
}
