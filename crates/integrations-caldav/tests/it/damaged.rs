//! Events that cannot be read, among others that can, and servers that tell no true versions.

use std::sync::{Arc, Mutex};

use integrations_caldav::CalDavConfig;
use integrations_core::calendar::{
    Calendar, Change, EventPatch, EventQuery, FreeBusy, Subject, UpdateOptions,
};
use integrations_core::time::TimeRange;
use integrations_core::{Effect, ErrorKind};

use crate::double::{CALENDAR, SERVER, alone, answer, at, data, event, found, multistatus, work};

/// What is logged on this thread, until the guard goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    /// The warnings, and nothing below them.
    fn warnings(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.lines().filter(|line| line.contains(" WARN "));
        lines.map(str::to_owned).collect()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Ways in which an event is damaged, and one that is whole.
fn resources() -> Vec<(String, String)> {
    let whole = |name: &str| data(name, "canary");
    vec![
        ("a.ics".to_owned(), whole("a.ics")),
        (
            "open.ics".to_owned(),
            whole("open.ics").replace("END:VEVENT", ""),
        ),
        (
            "no-uid.ics".to_owned(),
            whole("no-uid.ics").replace("UID:", "X:"),
        ),
        (
            "no-time.ics".to_owned(),
            whole("no-time.ics").replace("DTSTART:2026", "DTSTART:x"),
        ),
        (
            "rule.ics".to_owned(),
            whole("rule.ics").replace("SUMMARY", "RRULE:FREQ=SOMETIMES\r\nSUMMARY"),
        ),
        (
            "twice.ics".to_owned(),
            whole("twice.ics").replace(
                "END:VCALENDAR",
                "BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20260601\r\nEND:VEVENT\r\nEND:VCALENDAR",
            ),
        ),
        (
            "html.ics".to_owned(),
            whole("html.ics").replace("BEGIN:VCALENDAR", "&lt;html&gt;"),
        ),
        ("z.ics".to_owned(), whole("z.ics")),
    ]
}

const DAMAGED: [&str; 6] = [
    "open.ics",
    "no-uid.ics",
    "no-time.ics",
    "rule.ics",
    "twice.ics",
    "html.ics",
];

fn june() -> TimeRange {
    let (from, to) = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z");
    TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

/// evidence: caldav: list_events: vendor specification: RFC 4791, section 7.8: each resource of an answer is by itself, and one that is no iCalendar takes no other with it
#[tokio::test]
async fn a_list_goes_on_without_events_that_cannot_be_read_and_tells_of_them() {
    let log = Log::default();
    let _guard = log.listen();
    let all: String = resources().into_iter().map(|(_, data)| data).collect();
    // Its zone is not known: it is read, and has no place in a span.
    let nowhere = data("nowhere.ics", "x").replace(
        "DTSTART:20260601T070000Z",
        "DTSTART;TZID=Nowhere:20260601T070000",
    );
    let all = format!("{all}{nowhere}");
    let provider = alone(move |_, _, _| multistatus(&all));
    let calendar = Calendar::new(provider);
    for query in [
        EventQuery::range(june()),
        EventQuery::occurrences(june()),
        EventQuery::default(),
    ] {
        let events = calendar.list_events(&work(), query).all().await.unwrap();
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["a.ics", "z.ics"]);
    }
    let warnings = log.warnings();
    assert_eq!(warnings.len(), 3 * (DAMAGED.len() + 1), "{warnings:#?}");
    for name in DAMAGED.iter().chain(&["nowhere.ics"]) {
        let told = warnings.iter().filter(|line| {
            line.contains(" integrations: ") && line.contains(name) && line.contains(CALENDAR)
        });
        assert_eq!(told.count(), 3, "{name}: {warnings:#?}");
    }
    // The texts of events are in no log.
    assert!(
        warnings.iter().all(|line| !line.contains("canary")),
        "{warnings:#?}"
    );
}

/// evidence: caldav: sync.sync_page: vendor specification: RFC 6578, section 3.2: each resource of an answer is by itself, and one that is no iCalendar takes no other with it
#[tokio::test]
async fn a_synchronisation_goes_on_without_events_that_cannot_be_read() {
    let log = Log::default();
    let _guard = log.listen();
    let repaired = Arc::new(Mutex::new(false));
    let now = repaired.clone();
    let provider = alone(move |_, _, body| {
        let repaired = *now.lock().unwrap();
        let etag = |name: &str| {
            found(
                &format!("{CALENDAR}/{name}"),
                "<D:getetag>\"1\"</D:getetag>",
            )
        };
        match (body.contains("multiget"), body.contains("first"), repaired) {
            (true, _, true) => multistatus(&data("open.ics", "Whole again")),
            (true, ..) => multistatus(
                &resources()
                    .into_iter()
                    .map(|(_, data)| data)
                    .collect::<String>(),
            ),
            (_, true, true) => multistatus(&format!(
                "{}<D:sync-token>second</D:sync-token>",
                etag("open.ics")
            )),
            _ => {
                let all: String = resources().iter().map(|(name, _)| etag(name)).collect();
                multistatus(&format!("{all}<D:sync-token>first</D:sync-token>"))
            }
        }
    });
    let calendar = Calendar::new(provider);
    let first = calendar.sync(&work(), None).await.unwrap();
    let ids: Vec<&str> = first.changes.iter().map(|one| one.id().as_str()).collect();
    assert_eq!(ids, ["a.ics", "z.ics"]);
    assert_eq!(log.warnings().len(), DAMAGED.len());
    // Repaired, it is a change like any other.
    *repaired.lock().unwrap() = true;
    let next = calendar.sync(&work(), Some(&first.token)).await.unwrap();
    let [Change::Upserted(event)] = &next.changes[..] else {
        panic!("{next:?}");
    };
    assert_eq!(event.summary, "Whole again");
}

/// Who asks for one event by its id is told what is wrong with it, and where.
#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_where_it_is_asked_for() {
    let broken = event("a", "x").replace("DTSTART:2026", "DTSTART:x");
    let provider = alone(move |_, _, _| answer(200, broken.clone()));
    let error = Calendar::new(provider)
        .get_event(&work(), &"a.ics".into())
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    for part in ["a.ics", "line 7", "DTSTART"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// A time that is not known is not free.
#[tokio::test]
async fn with_an_event_that_cannot_be_read_no_time_is_told_to_be_free() {
    for damaged in [
        data("b.ics", "x").replace("DTSTART:2026", "DTSTART:x"),
        data("b.ics", "x").replace(
            "DTSTART:20260601T070000Z",
            "DTSTART;TZID=Nowhere:20260601T070000",
        ),
    ] {
        let all = format!("{}{damaged}", data("a.ics", "A"));
        let provider = alone(move |_, _, _| multistatus(&all));
        let subject = Subject::Calendar(work());
        let answers = Calendar::new(provider)
            .free_busy(std::slice::from_ref(&subject), june())
            .await;
        let expected = FreeBusy::unknown(subject, "an event of the calendar cannot be read");
        assert_eq!(answers.unwrap(), [expected]);
    }
}

/// A server that has one version for all that it ever had: what is there is read back.
#[tokio::test]
async fn a_version_that_a_write_left_as_it_was_is_not_believed() {
    let stored = Arc::new(Mutex::new(event("a", "Before")));
    let (provider, seen) = at(CalDavConfig::new(SERVER), move |method, _, body| {
        let mut there = stored.lock().unwrap();
        let mut reply = match method {
            "PUT" => {
                *there = body.replace("SUMMARY:After", "SUMMARY:After by the server");
                answer(204, "")
            }
            _ => answer(200, there.clone()),
        };
        reply
            .headers_mut()
            .insert("etag", "\"always\"".parse().unwrap());
        reply
    });
    let patch = EventPatch::default().with_summary("After");
    let (work, id) = (work(), "a.ics".into());
    let calendar = Calendar::new(provider);
    let changed = calendar.update_event(&work, &id, patch, UpdateOptions::default());
    assert_eq!(changed.await.unwrap().summary, "After by the server");
    let methods: Vec<String> = seen
        .lock()
        .unwrap()
        .iter()
        .map(|one| one.0.clone())
        .collect();
    assert!(methods.ends_with(&["GET".to_owned(), "PUT".to_owned(), "GET".to_owned()]));
}

/// RFC 9110, section 13.1.1: a weak version fulfils no condition, so that a server refuses it; what
/// somebody else wrote is never overwritten for it.
#[tokio::test]
async fn a_weak_version_is_no_reason_to_write_without_a_condition() {
    let (provider, seen) = at(CalDavConfig::new(SERVER), |method, _, _| match method {
        "PUT" => answer(412, ""),
        _ => {
            let mut reply = answer(200, event("a", "Before"));
            reply
                .headers_mut()
                .insert("etag", "W/\"1\"".parse().unwrap());
            reply
        }
    });
    let patch = EventPatch::default().with_summary("After");
    let (work, id) = (work(), "a.ics".into());
    let calendar = Calendar::new(provider);
    let changed = calendar.update_event(&work, &id, patch, UpdateOptions::default());
    let error = changed.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert_eq!(error.effect(), Effect::NotApplied);
    let writes = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|one| one.0 == "PUT")
        .count();
    assert_eq!(writes, 4);
}
