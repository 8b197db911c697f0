//! Pulls and writes.

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::super::{MemoryMirror, Mirror, MirrorStore, Revision, Source, Step};
use super::remote::Remote;
use crate::calendar::groups::Change;
use crate::calendar::model::{Event, EventKind, EventStatus};
use crate::calendar::recurrence::{RRule, Recurrence};
use crate::calendar::request::{DeleteOptions, EventPatch, NewEvent, UpdateOptions};
use crate::error::ErrorKind;
use crate::time::{EventTime, TimeRange, TzId};

fn mirror(remote: &Remote) -> Mirror {
    Mirror::new(remote.calendar(), "c".into(), MemoryMirror::new()).unwrap()
}

async fn names(mirror: &Mirror) -> Vec<String> {
    let all = mirror.events().all().await.unwrap();
    let name = |event: &Event| format!("{}={}", event.id, event.summary);
    all.iter().map(name).collect()
}

async fn told(mirror: &Mirror, after: Revision) -> Vec<String> {
    let changes = mirror.changes(after, 100).await.unwrap();
    let tell = |change: &Change| match change {
        Change::Upserted(event) => format!("{}={}", event.id, event.summary),
        Change::Deleted(id) => format!("-{id}"),
    };
    changes.iter().map(|one| tell(&one.change)).collect()
}

#[tokio::test]
async fn changes_and_deletions_are_followed() {
    let remote = Remote::new();
    for id in ["a", "b", "c"] {
        remote.put(id, "One");
    }
    let mirror = mirror(&remote);
    assert!(mirror.pull().await.unwrap().whole);
    assert_eq!(names(&mirror).await, ["a=One", "b=One", "c=One"]);
    remote.put("b", "Two");
    remote.delete("a");
    remote.put("d", "One");
    let pulled = mirror.pull().await.unwrap();
    assert!(!pulled.whole);
    assert_eq!(names(&mirror).await, ["b=Two", "c=One", "d=One"]);
    let changes = told(&mirror, pulled.before).await;
    assert_eq!(changes, ["-a", "b=Two", "d=One"]);
    let again = mirror.pull().await.unwrap();
    assert_eq!(again.before, again.revision);
}

#[tokio::test]
async fn a_token_that_is_too_old_gives_only_what_differs() {
    let remote = Remote::new();
    for id in ["a", "b", "c", "d", "e"] {
        remote.put(id, "One");
    }
    let mirror = mirror(&remote);
    mirror.pull().await.unwrap();
    remote.delete("b");
    remote.put("d", "Two");
    remote.forget();
    let pulled = mirror.pull().await.unwrap();
    assert!(pulled.whole);
    assert_eq!(names(&mirror).await, ["a=One", "c=One", "d=Two", "e=One"]);
    assert_eq!(told(&mirror, pulled.before).await, ["d=Two", "-b"]);
}

#[tokio::test]
async fn a_run_that_breaks_off_at_any_page_loses_nothing() {
    for page in 0..5 {
        for whole in [false, true] {
            let remote = Remote::new();
            for n in 0..8 {
                remote.put(&format!("e{n}"), "One");
            }
            let mirror = mirror(&remote);
            mirror.pull().await.unwrap();
            for n in 0..8 {
                match n % 2 {
                    0 => remote.delete(&format!("e{n}")),
                    _ => remote.put(&format!("e{n}"), "Two"),
                }
            }
            if whole {
                remote.forget();
            }
            remote.fail_at(page);
            let failed = mirror.pull().await.is_err();
            // Four pages of changes; or one that says that the token is too old, and two.
            let pages = if whole { 3 } else { 4 };
            assert_eq!(failed, page < pages, "{page} {whole}");
            // Nothing is taken out on the way that is still there.
            for n in [1, 3, 5, 7] {
                let id = format!("e{n}").as_str().into();
                assert!(mirror.get(&id).await.unwrap().is_some());
            }
            // What came meanwhile is not lost either.
            remote.put("new", "Late");
            while mirror.pull().await.is_err() {}
            while mirror.pull().await.is_err() {}
            let expected = ["e1=Two", "e3=Two", "e5=Two", "e7=Two", "new=Late"];
            assert_eq!(names(&mirror).await, expected, "{page} {whole}");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_is_too_old_starts_over_with_what_was_there_kept() {
    let remote = Remote::new();
    for n in 0..6 {
        remote.put(&format!("e{n}"), "One");
    }
    let mirror = mirror(&remote);
    remote.fail_at(2);
    mirror.pull().await.unwrap_err();
    remote.delete("e0");
    remote.drop_runs();
    let pulled = mirror.pull().await.unwrap();
    assert!(pulled.whole);
    let left = ["e1=One", "e2=One", "e3=One", "e4=One", "e5=One"];
    assert_eq!(names(&mirror).await, left);
}

#[tokio::test]
async fn a_provider_that_always_starts_over_is_given_up() {
    let remote = Remote::new();
    for n in 0..6 {
        remote.put(&format!("e{n}"), "One");
    }
    remote.always_forget();
    let error = mirror(&remote).pull().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(remote.pages() < 20, "{}", remote.pages());
}

#[tokio::test]
async fn what_is_written_is_read_at_once_also_during_a_run_over_everything() {
    let remote = Remote::new();
    for n in 0..6 {
        remote.put(&format!("e{n}"), "One");
    }
    let mirror = mirror(&remote);
    remote.fail_at(2);
    mirror.pull().await.unwrap_err();
    // Before the place of the run, which does not come there again.
    let time = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
    let new = NewEvent::new("a", time(9), time(10));
    mirror.create_event(new).await.unwrap();
    let patch = EventPatch::default().with_summary("Two");
    let options = UpdateOptions::default();
    mirror
        .update_event(&"e1".into(), patch, options)
        .await
        .unwrap();
    mirror
        .delete_event(&"e0".into(), DeleteOptions::default())
        .await
        .unwrap();
    let now = ["a=a", "e1=Two", "e2=One", "e3=One"];
    assert_eq!(names(&mirror).await, now);
    // The end of the run does not take the new one out.
    mirror.pull().await.unwrap();
    let later = ["a=a", "e1=Two", "e2=One", "e3=One", "e4=One", "e5=One"];
    assert_eq!(names(&mirror).await, later);
    let quiet = mirror.pull().await.unwrap();
    assert_eq!(quiet.before, quiet.revision);
}

/// Some servers say nothing of what came and went between two runs (RFC 6578, section 3.5.2, asks
/// for what was removed "since the last synchronization" only).
#[tokio::test]
async fn what_was_written_here_and_deleted_there_before_a_pull_is_gone() {
    let remote = Remote::new();
    let mirror = mirror(&remote);
    mirror.pull().await.unwrap();
    let time = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
    let new = NewEvent::new("a", time(9), time(10));
    mirror.create_event(new).await.unwrap();
    remote.erase("a");
    mirror.pull().await.unwrap();
    assert!(names(&mirror).await.is_empty());
}

#[tokio::test]
async fn a_store_is_of_one_calendar_of_one_integration() {
    let remote = Remote::new();
    let store = MemoryMirror::new();
    let mirror = Mirror::new(remote.calendar(), "c".into(), store.clone()).unwrap();
    mirror.pull().await.unwrap();
    let other = Mirror::new(remote.calendar(), "d".into(), store.clone()).unwrap();
    assert_eq!(
        other.pull().await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let other = Mirror::new(remote.named("other").calendar(), "c".into(), store).unwrap();
    assert_eq!(
        other.pull().await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[tokio::test]
async fn a_reader_that_missed_forgotten_deletions_is_told() {
    let remote = Remote::new();
    remote.put("a", "One");
    let mirror = mirror(&remote);
    let first = mirror.pull().await.unwrap().revision;
    remote.delete("a");
    let second = mirror.pull().await.unwrap().revision;
    mirror.forget(second).await.unwrap();
    let error = mirror.changes(first, 10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(mirror.changes(second, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_agenda_has_series_with_their_changes_and_says_what_is_unclear() {
    let store = MemoryMirror::new();
    let time = |day, hour| EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "Europe/Berlin");
    let occurrence = |id: &str, day, hour| {
        let mut event = Event::new(id, "c", "Moved", time(day, hour), time(day, hour + 1));
        event.kind = EventKind::Occurrence {
            series: "s".into(),
            original_start: time(day, 9),
            changed: true,
        };
        event
    };
    let mut series = Event::new("s", "c", "Daily", time(1, 9), time(1, 10));
    series.kind = EventKind::Series;
    let daily: RRule = "FREQ=DAILY;COUNT=5".parse().unwrap();
    series.recurrence = Some(Recurrence::from(daily).with_except(time(2, 9)));
    let moved = occurrence("s_3", 3, 15);
    let mut cancelled = occurrence("s_4", 4, 9);
    cancelled.status = EventStatus::Cancelled;
    let day = |day| EventTime::Date(date(2026, 6, day));
    let whole = Event::new("w", "c", "Holiday", day(3), day(4));
    let mut unknown = Event::new("u", "c", "Unknown", time(3, 9), time(3, 10));
    unknown.start = EventTime::Zoned {
        local: date(2026, 6, 3).at(9, 0, 0, 0),
        tz: TzId::unknown("Customized Time Zone"),
    };
    let all = [series, moved, cancelled, whole, unknown];
    let changes = all.map(|event| Change::Upserted(Box::new(event))).to_vec();
    store
        .apply(Step::new(changes, Source::Page, Default::default()))
        .await
        .unwrap();
    let mirror = Mirror::new(Remote::new().calendar(), "c".into(), store).unwrap();
    let june = TimeRange::new(
        "2026-06-01T00:00:00Z".parse().unwrap(),
        "2026-07-01T00:00:00Z".parse().unwrap(),
    );
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let agenda = mirror.agenda(june.unwrap(), &berlin).await.unwrap();
    let told: Vec<(&str, String)> = agenda
        .items
        .iter()
        .map(|item| (item.event.summary.as_str(), item.starts_at.to_string()))
        .collect();
    let expected = [
        ("Daily", "2026-06-01T07:00:00Z"),
        // The day begins in Berlin.
        ("Holiday", "2026-06-02T22:00:00Z"),
        ("Moved", "2026-06-03T13:00:00Z"),
        ("Daily", "2026-06-05T07:00:00Z"),
    ];
    assert_eq!(told, expected.map(|(name, at)| (name, at.to_owned())));
    assert_eq!(agenda.unclear.len(), 1);
    assert_eq!(agenda.unclear[0].0.as_str(), "u");
}

/// RFC 5545, section 3.2.13.
#[tokio::test]
async fn an_agenda_follows_a_change_of_all_that_follow() {
    let store = MemoryMirror::new();
    let time = |day, hour| EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "Europe/Berlin");
    let mut series = Event::new("s", "c", "Early", time(1, 9), time(1, 10));
    series.kind = EventKind::Series;
    let daily: RRule = "FREQ=DAILY;COUNT=5".parse().unwrap();
    series.recurrence = Some(Recurrence::from(daily).with_except(time(4, 9)));
    let mut late = Event::new("s_3", "c", "Late", time(3, 14), time(3, 15));
    late.kind = EventKind::Occurrence {
        series: "s".into(),
        original_start: time(3, 9),
        changed: true,
    };
    late.and_future = true;
    let changes = [series, late]
        .map(|event| Change::Upserted(Box::new(event)))
        .to_vec();
    store
        .apply(Step::new(changes, Source::Page, Default::default()))
        .await
        .unwrap();
    let mirror = Mirror::new(Remote::new().calendar(), "c".into(), store).unwrap();
    let june = TimeRange::new(
        "2026-06-01T00:00:00Z".parse().unwrap(),
        "2026-07-01T00:00:00Z".parse().unwrap(),
    );
    let agenda = mirror.agenda(june.unwrap(), &TimeZone::UTC).await.unwrap();
    let told: Vec<(&str, String)> = agenda
        .items
        .iter()
        .map(|item| (item.event.summary.as_str(), item.starts_at.to_string()))
        .collect();
    let expected = [
        ("Early", "2026-06-01T07:00:00Z"),
        ("Early", "2026-06-02T07:00:00Z"),
        ("Late", "2026-06-03T12:00:00Z"),
        ("Late", "2026-06-05T12:00:00Z"),
    ];
    assert_eq!(told, expected.map(|(name, at)| (name, at.to_owned())));
}
