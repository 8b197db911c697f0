//! Changes of all that follow (`RANGE=THISANDFUTURE`, RFC 5545, section 3.2.13) at a server.

use std::sync::{Arc, Mutex};

use integrations_core::ErrorKind;
use integrations_core::calendar::{
    Calendar, DeleteOptions, EditScope, EventPatch, EventQuery, UpdateOptions,
};
use integrations_core::time::TimeRange;
use jiff::tz::TimeZone;

use crate::double::{CALENDAR, alone, answer, found, multistatus, work};

/// Daily at nine; from the 3rd on at two in the afternoon, for half an hour.
const SERIES: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:u\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART:20260601T090000Z\r\nDTEND:20260601T100000Z\r\n\
    RRULE:FREQ=DAILY;COUNT=6\r\nSUMMARY:Early\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\n\
    RECURRENCE-ID;RANGE=THISANDFUTURE:20260603T090000Z\r\nDTSTART:20260603T140000Z\r\n\
    DTEND:20260603T143000Z\r\nSUMMARY:Late\r\nX-OURS:kept\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A calendar with that series, and what it has now.
fn calendar() -> (Calendar, Arc<Mutex<String>>) {
    let stored = Arc::new(Mutex::new(SERIES.to_owned()));
    let there = stored.clone();
    let provider = alone(move |method, _, body| {
        let mut there = there.lock().unwrap();
        let etag = format!("\"{}\"", there.len());
        match method {
            "PUT" => {
                *there = body.to_owned();
                answer(204, "")
            }
            "REPORT" => multistatus(&found(
                &format!("{CALENDAR}/u.ics"),
                &format!("<D:getetag>{etag}</D:getetag><C:calendar-data>{there}</C:calendar-data>"),
            )),
            _ => {
                let mut reply = answer(200, there.clone());
                reply.headers_mut().insert("etag", etag.parse().unwrap());
                reply
            }
        }
    });
    (Calendar::new(provider), stored)
}

async fn days(calendar: &Calendar) -> Vec<(String, String, String)> {
    let june = TimeRange::new(
        "2026-06-01T00:00:00Z".parse().unwrap(),
        "2026-07-01T00:00:00Z".parse().unwrap(),
    );
    let query = EventQuery::occurrences(june.unwrap());
    let all = calendar.list_events(&work(), query).all().await.unwrap();
    let said = |event: integrations_core::calendar::Event| {
        let start = event.start.to_timestamp(&TimeZone::UTC).unwrap();
        (event.id.into_string(), event.summary, start.to_string())
    };
    all.into_iter().map(said).collect()
}

fn day(day: u8, hour: u8, summary: &str) -> (String, String, String) {
    (
        format!("u.ics#202606{day:02}T090000Z"),
        summary.to_owned(),
        format!("2026-06-{day:02}T{hour:02}:00:00Z"),
    )
}

/// evidence: caldav: list_events, update_event, delete_event: vendor specification: RFC 5545, section 3.2.13: what follows a change of all that follow is moved with it, and a change of something else leaves it
#[tokio::test]
async fn what_follows_is_as_the_change_of_all_that_follow_says() {
    let (calendar, stored) = calendar();
    let mut expected = vec![day(1, 9, "Early"), day(2, 9, "Early")];
    expected.extend([3, 4, 5, 6].map(|n| day(n, 14, "Late")));
    assert_eq!(days(&calendar).await, expected);

    // One that follows is changed by itself: it begins as what follows is.
    let this = UpdateOptions::scope(EditScope::This);
    let patch = EventPatch::default().with_summary("Fifth");
    let fifth = "u.ics#20260605T090000Z".into();
    let changed = calendar
        .update_event(&work(), &fifth, patch, this.clone())
        .await
        .unwrap();
    assert_eq!(changed.start.to_string(), "2026-06-05T14:00:00Z");
    expected[4] = day(5, 14, "Fifth");
    assert_eq!(days(&calendar).await, expected);

    // One is taken out, the series gets another title, and ends before its last.
    let fourth = "u.ics#20260604T090000Z".into();
    calendar.delete_event(&work(), &fourth, this).await.unwrap();
    expected.remove(3);
    let patch = EventPatch::default().with_summary("Earlier");
    let all = UpdateOptions::scope(EditScope::All);
    calendar
        .update_event(&work(), &"u.ics".into(), patch, all)
        .await
        .unwrap();
    (expected[0], expected[1]) = (day(1, 9, "Earlier"), day(2, 9, "Earlier"));
    let last = "u.ics#20260606T090000Z".into();
    let following = DeleteOptions::scope(EditScope::ThisAndFollowing);
    calendar
        .delete_event(&work(), &last, following)
        .await
        .unwrap();
    expected.pop();
    assert_eq!(days(&calendar).await, expected);
    let text = stored.lock().unwrap().clone();
    assert!(
        text.contains("RECURRENCE-ID;RANGE=THISANDFUTURE:20260603T090000Z\r\n"),
        "{text}"
    );
    assert_eq!(text.matches("X-OURS:kept\r\n").count(), 2, "{text}");
}

/// What would take the change apart is refused, and nothing is written.
#[tokio::test]
async fn what_would_lose_the_reach_is_refused() {
    let (calendar, stored) = calendar();
    let patch = || EventPatch::default().with_summary("x");
    let (third, fourth) = (
        "u.ics#20260603T090000Z".into(),
        "u.ics#20260604T090000Z".into(),
    );
    let this = UpdateOptions::scope(EditScope::This);
    let following = UpdateOptions::scope(EditScope::ThisAndFollowing);
    let start = "2026-06-01T11:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let other = EventPatch::default().with_times(start, start);
    for refused in [
        calendar
            .update_event(&work(), &third, patch(), this.clone())
            .await
            .map(drop),
        calendar
            .update_event(&work(), &third, patch(), following.clone())
            .await
            .map(drop),
        calendar
            .update_event(&work(), &fourth, patch(), following)
            .await
            .map(drop),
        calendar.delete_event(&work(), &third, this).await,
        calendar
            .update_event(
                &work(),
                &"u.ics".into(),
                other,
                UpdateOptions::scope(EditScope::All),
            )
            .await
            .map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("THISANDFUTURE"), "{error}");
    }
    assert_eq!(*stored.lock().unwrap(), SERIES);
}
