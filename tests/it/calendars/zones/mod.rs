//! Times of many zones, written at each provider and read back: the same instant, and the same wall.
//!
//! `docs/zones.md` is written from the cases and from what is [expected](Outcome) of each provider;
//! the tests hold that against the providers. Set `INTEGRATIONS_WRITE_ZONES` to write the page anew.

mod cases;
mod page;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use integrations::calendar::{Calendar, CalendarId, Event, EventId, NewEvent};
use integrations::http::{Body, HttpTransport, Transport, TransportConfig};
use integrations::time::{EventTime, TzId};
use integrations::{ErrorKind, IdempotencyKey};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use self::cases::{Case, SKIPPED, Written, cases};
use super::accounts::{Account, caldav, google, outlook};

/// What becomes of a time at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The same instant and the same wall time.
    Same,
    /// The same instant, on another wall.
    Instant,
    /// It is refused before anything is sent.
    Refused,
    /// The provider has no such thing.
    Absent,
    /// Another instant, which is promised nowhere.
    Wrong,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Provider {
    CalDav,
    Google,
    Outlook,
}

impl Provider {
    const ALL: [Self; 3] = [Self::CalDav, Self::Google, Self::Outlook];

    fn name(self) -> &'static str {
        match self {
            Self::CalDav => "CalDAV",
            Self::Google => "Google Calendar",
            Self::Outlook => "Outlook",
        }
    }

    /// What is promised of a case.
    fn expected(self, case: &Case) -> Outcome {
        match (self, case.written) {
            (Self::Google | Self::Outlook, Written::Text { .. }) => Outcome::Absent,
            // Their events do not float.
            (Self::Google | Self::Outlook, Written::Floating(..)) => Outcome::Refused,
            // They answer the wall time that their clocks show then.
            (Self::Google | Self::Outlook, Written::Zoned(..)) if case.kind == SKIPPED => {
                Outcome::Instant
            }
            // Windows has no name for it, or one that it shares with a zone that was not the same.
            (
                Self::Outlook,
                Written::Zoned(_, "Antarctica/Troll")
                | Written::Zoned("2023-06-01T09:00", "Asia/Almaty"),
            ) => Outcome::Refused,
            _ => Outcome::Same,
        }
    }
}

impl Case {
    fn time(&self) -> EventTime {
        let wall = |text: &str| text.parse::<DateTime>().unwrap();
        match self.written {
            Written::Zoned(text, zone) => EventTime::zoned(wall(text), zone),
            Written::Windows(text, name) => EventTime::Zoned {
                local: wall(text),
                tz: TzId::from_windows(name, None).unwrap(),
            },
            Written::Utc(text) => EventTime::Utc(text.parse().unwrap()),
            Written::Day(text, _) => EventTime::Date(text.parse().unwrap()),
            Written::Floating(text, _) => EventTime::Floating(wall(text)),
            Written::Text {
                wall: text, zone, ..
            } => EventTime::zoned(wall(text), zone),
        }
    }

    /// Where days and floating times are read.
    fn reader(&self) -> TimeZone {
        match self.written {
            Written::Day(_, zone) | Written::Floating(_, zone) => TimeZone::get(zone).unwrap(),
            _ => TimeZone::UTC,
        }
    }

    fn instant(&self) -> Timestamp {
        self.instant.parse().unwrap()
    }

    /// Some hours later, because servers that read a wall time that occurs twice as the second one
    /// refuse an end that is not after it.
    fn end(&self) -> EventTime {
        match self.time() {
            EventTime::Date(date) => {
                EventTime::Date(date.checked_add(Span::new().days(1)).unwrap())
            }
            EventTime::Floating(wall) => EventTime::Floating(wall + Span::new().hours(3)),
            time => {
                EventTime::Utc(time.to_timestamp(&TimeZone::UTC).unwrap() + Span::new().hours(3))
            }
        }
    }
}

/// Python's own reading of the zones is that of the cases.
#[test]
fn the_instants_are_those_of_another_implementation() {
    let Some(python) = std::env::var_os("INTEGRATIONS_RECURRENCE_PYTHON") else {
        eprintln!("skipped: Python with the time zone database; use `cargo xtask test`");
        return;
    };
    let script = "import sys, datetime as d, zoneinfo as z\n\
        for line in sys.argv[1:]:\n \
        wall, zone = line.split('|')\n \
        at = d.datetime.fromisoformat(wall).replace(tzinfo=z.ZoneInfo(zone), fold=0)\n \
        print(at.astimezone(d.timezone.utc).strftime('%Y-%m-%dT%H:%MZ'))\n";
    let mut arguments = Vec::new();
    let mut expected = Vec::new();
    for case in cases() {
        let (wall, zone) = match case.written {
            Written::Zoned(wall, zone) | Written::Floating(wall, zone) => (wall, zone),
            Written::Text { wall, zone, .. } => (wall, zone),
            Written::Day(day, zone) => (day, zone),
            Written::Windows(..) | Written::Utc(_) => continue,
        };
        arguments.push(format!("{wall}|{zone}"));
        expected.push(case.instant);
    }
    let output = std::process::Command::new(python)
        .arg("-c")
        .arg(script)
        .args(&arguments)
        .output();
    let output = String::from_utf8(output.unwrap().stdout).unwrap();
    assert_eq!(output.lines().collect::<Vec<_>>(), expected);
}

fn outcome(case: &Case, event: &Event) -> Outcome {
    let zone = case.reader();
    if event.start.to_timestamp(&zone).unwrap() != case.instant() {
        return Outcome::Wrong;
    }
    let form = std::mem::discriminant(&event.start) == std::mem::discriminant(&case.time());
    match form && event.start.wall() == case.time().wall() {
        true => Outcome::Same,
        false => Outcome::Instant,
    }
}

async fn made(calendar: &Calendar, home: &CalendarId, case: &Case) -> Outcome {
    let new = NewEvent::new("Zone", case.time(), case.end());
    let made = match calendar.create_event(home, new).await {
        Err(error) if error.kind() == ErrorKind::Unsupported => return Outcome::Refused,
        made => made.unwrap_or_else(|error| panic!("{case:?}: {error}")),
    };
    let read = calendar.get_event(home, &made.id).await.unwrap();
    outcome(case, &read)
}

async fn at_stand_in(account: Account, provider: Provider) {
    let mut wrong = Vec::new();
    for case in cases() {
        let is = match case.written {
            Written::Text { .. } => Outcome::Absent,
            _ => made(&account.direct, &account.home, &case).await,
        };
        if is != provider.expected(&case) {
            wrong.push((case, is));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn at_google_calendar() {
    at_stand_in(google::account().await, Provider::Google).await;
}

#[tokio::test]
async fn at_outlook() {
    at_stand_in(outlook::account().await, Provider::Outlook).await;
}

/// Writes an event as another program does.
async fn put(server: caldav::Server, home: &CalendarId, case: &Case) -> EventId {
    let Written::Text {
        wall, tzid, rules, ..
    } = case.written
    else {
        unreachable!("{case:?}");
    };
    let id = format!("{}.ics", IdempotencyKey::random().as_str());
    let local = wall
        .parse::<DateTime>()
        .unwrap()
        .strftime("%Y%m%dT%H%M%S")
        .to_string();
    // A parameter has quotes where the value has a comma, and a property's value a backslash.
    let named = tzid.replace('\\', "");
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another//EN\r\nBEGIN:VTIMEZONE\r\nTZID:{tzid}\r\n\
         {rules}END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:{id}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART;TZID=\"{named}\":{local}\r\nDURATION:PT1H\r\nSUMMARY:Zone\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n"
    );
    let endpoint = server.endpoint().unwrap();
    let url = format!("{}{home}/{id}", endpoint.trim_end_matches('/'));
    let request = http::Request::put(url)
        .header("content-type", "text/calendar; charset=utf-8")
        .header(
            "authorization",
            format!("Basic {}", STANDARD.encode("alice:secret")),
        )
        .body(Body::from(text))
        .unwrap();
    let transport = HttpTransport::new(TransportConfig::default()).unwrap();
    let answer = transport.send(request).await.unwrap();
    assert!(
        answer.status().is_success(),
        "{case:?}: {}",
        answer.status()
    );
    id.as_str().into()
}

async fn at_caldav(server: caldav::Server) {
    let Some(account) = caldav::account(server).await else {
        return;
    };
    for case in cases() {
        let is = match case.written {
            Written::Text { .. } => {
                let id = put(server, &account.home, &case).await;
                outcome(
                    &case,
                    &account.direct.get_event(&account.home, &id).await.unwrap(),
                )
            }
            _ => made(&account.direct, &account.home, &case).await,
        };
        assert_eq!(
            is,
            Provider::CalDav.expected(&case),
            "{case:?} at {server:?}"
        );
    }
    account.direct.delete_calendar(&account.home).await.unwrap();
    account
        .direct
        .delete_calendar(&account.other)
        .await
        .unwrap();
}

#[tokio::test]
async fn at_radicale() {
    at_caldav(caldav::RADICALE).await;
}

#[tokio::test]
async fn at_xandikos() {
    at_caldav(caldav::XANDIKOS).await;
}

#[tokio::test]
async fn at_cyrus() {
    at_caldav(caldav::CYRUS).await;
}
