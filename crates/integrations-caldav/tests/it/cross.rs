//! What we write is read by another client, and the other way round: PyPI `caldav`, on every server.

use std::process::Stdio;

use integrations_core::calendar::recurrence::{RRule, Recurrence};
use integrations_core::calendar::{
    Attendee, AttendeeRole, Calendar, CalendarId, EventKind, EventPatch, EventQuery, NewCalendar,
    NewEvent, Patch, Reminder, Reminders, ShowAs, UpdateOptions, Visibility,
};
use integrations_core::time::EventTime;
use integrations_core::{IdempotencyKey, Integration};
use jiff::civil::date;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::counterpart::Server;

const ALL: [Server; 3] = [Server::Radicale, Server::Xandikos, Server::Cyrus];

/// The Python that has the other client. Says so when it is not there, and fails where it must be.
fn python() -> Option<String> {
    let python = std::env::var("INTEGRATIONS_PYTHON_CALDAV").ok();
    if python.is_none() {
        let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
        assert!(!required, "the counterpart python-caldav is not there");
        eprintln!("skipped: python-caldav is not there; use `cargo xtask test`");
    }
    python
}

struct Other {
    python: String,
    server: Server,
    calendar: String,
}

impl Other {
    async fn ask(&self, what: &str, objects: &[&str]) -> Value {
        let url = self.server.endpoint().unwrap();
        let mut asked = json!({
            "do": what, "url": url, "calendar": self.calendar, "objects": objects,
        });
        if !matches!(self.server, Server::Xandikos) {
            asked["username"] = "alice".into();
            asked["password"] = "secret".into();
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/other_client.py");
        let mut child = tokio::process::Command::new(&self.python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(asked.to_string().as_bytes()).await.unwrap();
        drop(input);
        let done = child.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{:?}: {said}", self.server);
        serde_json::from_slice(&done.stdout).unwrap()
    }

    /// The only resource's components.
    async fn read_one(&self) -> Vec<Value> {
        let read = self.ask("read", &[]).await;
        let [one] = &read.as_array().unwrap()[..] else {
            panic!("{:?}: {read}", self.server)
        };
        one["events"].as_array().unwrap().clone()
    }
}

async fn both(server: Server) -> Option<(Calendar, CalendarId, Other)> {
    let python = python()?;
    let provider = server.provider()?;
    provider.connect().await.unwrap();
    let calendar = Calendar::new(provider);
    let new = NewCalendar::new("Cross").with_key(IdempotencyKey::random());
    let id = calendar.create_calendar(new).await.unwrap().id;
    let url = format!("{}{}/", server.endpoint()?, id.as_str());
    let other = Other {
        python,
        server,
        calendar: url,
    };
    Some((calendar, id, other))
}

/// The values of a property, with their parameters.
fn all<'a>(event: &'a Value, name: &str) -> Vec<(&'a Value, &'a str)> {
    let properties = event["properties"].as_array().unwrap();
    let named = properties.iter().filter(|one| one[0] == name);
    named
        .map(|one| (&one[1], one[2].as_str().unwrap_or_default()))
        .collect()
}

fn one<'a>(event: &'a Value, name: &str) -> &'a str {
    let found = all(event, name);
    let [(_, value)] = &found[..] else {
        panic!("{name}: {event}")
    };
    value
}

/// evidence: caldav: create_event: independent server: PyPI caldav 3.6.0 reads what was written
#[tokio::test]
async fn what_we_write_another_client_reads() {
    for server in ALL {
        let Some((calendar, id, other)) = both(server).await else {
            return;
        };
        let at =
            |day, hour| EventTime::zoned(date(2026, 3, day).at(hour, 30, 0, 0), "Europe/Berlin");
        let rule: RRule = "FREQ=WEEKLY;COUNT=4;BYDAY=MO".parse().unwrap();
        let recurrence = Recurrence::from(rule).with_except(at(16, 9));
        let mut new = NewEvent::new("Caf\u{e9}; a, b\\c", at(9, 9), at(9, 10))
            .with_description("one\ntwo: \"three\"")
            .with_location("Hall 1, \u{6771}\u{4eac}")
            .with_recurrence(recurrence)
            .with_show_as(ShowAs::Free)
            .with_reminders(Reminders::Only(vec![Reminder::popup(15)]))
            .with_attendee(
                Attendee::new("ada@example.com")
                    .with_name("Ada, \"L\"")
                    .with_role(AttendeeRole::Optional),
            );
        new.visibility = Visibility::Private;
        let made = calendar.create_event(&id, new).await.unwrap();

        let events = other.read_one().await;
        let [event] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            one(event, "UID"),
            made.ical_uid.as_deref().unwrap(),
            "{server:?}"
        );
        assert_eq!(one(event, "SUMMARY"), "Caf\u{e9}; a, b\\c", "{server:?}");
        assert_eq!(
            one(event, "DESCRIPTION"),
            "one\ntwo: \"three\"",
            "{server:?}"
        );
        assert_eq!(
            one(event, "LOCATION"),
            "Hall 1, \u{6771}\u{4eac}",
            "{server:?}"
        );
        assert_eq!(one(event, "CLASS"), "PRIVATE", "{server:?}");
        assert_eq!(one(event, "TRANSP"), "TRANSPARENT", "{server:?}");
        // Before summer time begins in Berlin.
        assert_eq!(
            one(event, "DTSTART"),
            "2026-03-09T09:30:00+01:00[Europe/Berlin]",
            "{server:?}"
        );
        assert_eq!(
            one(event, "DTEND"),
            "2026-03-09T10:30:00+01:00[Europe/Berlin]",
            "{server:?}"
        );
        let rule: RRule = one(event, "RRULE").parse().unwrap();
        assert_eq!(
            rule.to_string(),
            "FREQ=WEEKLY;COUNT=4;BYDAY=MO",
            "{server:?}"
        );
        let properties = event["properties"].as_array().unwrap();
        let except = properties.iter().find(|one| one[0] == "EXDATE").unwrap();
        assert_eq!(
            except[2],
            json!(["2026-03-16T09:30:00+01:00"]),
            "{server:?}"
        );
        let [(params, ada)] = &all(event, "ATTENDEE")[..] else {
            panic!("{event}")
        };
        assert_eq!(ada.to_lowercase(), "mailto:ada@example.com", "{server:?}");
        assert_eq!(params["ROLE"], "OPT-PARTICIPANT", "{server:?}");
        assert_eq!(event["parts"][0]["name"], "VALARM", "{server:?}");
        let trigger = one(&event["parts"][0], "TRIGGER");
        assert_eq!(trigger.parse::<f64>().unwrap(), -900.0, "{server:?}");
    }
}

/// A series with a moved occurrence, as another program would write it: a zone by a name of its
/// own, parameters and properties that nobody here knows, an alarm after the start.
const FOREIGN: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//Client//EN\r\n\
    BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
    RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZNAME:CET\r\nEND:STANDARD\r\n\
    BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
    RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nUID:foreign-UNIQUE\r\nDTSTAMP:20260101T000000Z\r\n\
    DTSTART;TZID=Mine:20260601T090000\r\nDTEND;TZID=Mine:20260601T100000\r\n\
    RRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY:Foreign\r\nPRIORITY:5\r\nCATEGORIES:A,B\r\n\
    X-OTHER;X-P=\"a:b\":some\\, value\r\n\
    ATTENDEE;CN=Bea;X-NUM=7;RSVP=TRUE:mailto:bea@example.com\r\n\
    BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;RELATED=END:PT5M\r\nDESCRIPTION:after\r\n\
    X-ALARM:kept\r\nEND:VALARM\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:foreign-UNIQUE\r\nDTSTAMP:20260101T000000Z\r\n\
    RECURRENCE-ID;TZID=Mine:20260602T090000\r\n\
    DTSTART;TZID=Mine:20260602T150000\r\nDTEND;TZID=Mine:20260602T160000\r\n\
    SUMMARY:Moved\r\nX-OTHER:of the occurrence\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// evidence: caldav: get_event, list_events, update_event: independent server: PyPI caldav 3.6.0 writes, and reads what a change left
#[tokio::test]
async fn what_another_client_writes_we_read_and_leave_whole() {
    for server in ALL {
        let Some((calendar, id, other)) = both(server).await else {
            return;
        };
        let unique = uuid::Uuid::new_v4().to_string();
        let text = FOREIGN.replace("UNIQUE", &unique);
        other.ask("write", &[&text]).await;
        let before = other.read_one().await;

        let events = calendar.list_events(&id, EventQuery::default());
        let events = events.all().await.unwrap();
        let titles: Vec<&str> = events.iter().map(|one| one.summary.as_str()).collect();
        assert_eq!(titles, ["Foreign", "Moved"], "{server:?}");
        let series = &events[0];
        assert_eq!(
            series.ical_uid.as_deref(),
            Some(&*format!("foreign-{unique}"))
        );
        assert_eq!(series.kind, EventKind::Series, "{server:?}");
        // 9 o'clock in Berlin in summer, whatever the zone is called.
        let instant = |time: &EventTime| {
            let utc = time.to_timestamp(&jiff::tz::TimeZone::UTC);
            utc.unwrap().to_string()
        };
        assert_eq!(instant(&series.start), "2026-06-01T07:00:00Z", "{server:?}");
        assert_eq!(
            instant(&events[1].start),
            "2026-06-02T13:00:00Z",
            "{server:?}"
        );
        assert_eq!(series.attendees[0].person.email, "bea@example.com");

        let patch = EventPatch::default()
            .with_summary("Changed")
            .with_location(Patch::Set("Here".to_owned()));
        let options = UpdateOptions::scope(integrations_core::calendar::EditScope::All);
        // Cyrus says that an event with people is told of when it changes; nobody organizes this one.
        let changed = calendar.update_event(&id, &series.id, patch, options);
        changed.await.unwrap_or_else(|e| panic!("{server:?}: {e}"));

        let after = other.read_one().await;
        assert_eq!(after.len(), before.len(), "{server:?}");
        for (before, after) in before.iter().zip(&after) {
            let is_series = before["properties"]
                .as_array()
                .unwrap()
                .iter()
                .all(|one| one[0] != "RECURRENCE-ID");
            let ours = [
                "SUMMARY",
                "LOCATION",
                "DTSTAMP",
                "LAST-MODIFIED",
                "SEQUENCE",
            ];
            let rest = |event: &Value| {
                let mut rest = event.clone();
                let properties = rest["properties"].as_array_mut().unwrap();
                properties.retain(|one| !is_series || !ours.contains(&one[0].as_str().unwrap()));
                rest
            };
            assert_eq!(rest(before), rest(after), "{server:?}");
        }
        let titles: Vec<&str> = after.iter().map(|one| self::one(one, "SUMMARY")).collect();
        assert!(
            titles.contains(&"Changed") && titles.contains(&"Moved"),
            "{titles:?}"
        );
    }
}
