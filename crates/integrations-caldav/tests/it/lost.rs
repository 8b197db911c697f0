//! Answers that are lost on the way back, and what the server has then.

use std::time::Duration;

use integrations_caldav::CalDav;
use integrations_core::calendar::{
    Calendar, CalendarId, CalendarPatch, DeleteOptions, EditScope, Event, EventPatch, EventQuery,
    NewCalendar, NewEvent, UpdateOptions,
};
use integrations_core::guard::{Backoff, Guard};
use integrations_core::testing::{Fault, FaultyServer};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{Effect, ErrorKind, IdempotencyKey, Integration};
use jiff::civil::date;

use crate::counterpart::Server;

const ALL: [Server; 3] = [Server::Radicale, Server::Xandikos, Server::Cyrus];

/// What can become of one request, without a wait.
fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("cut before", Fault::CutBefore),
        ("cut after", Fault::CutAfter),
        ("500 after", Fault::page_after(500)),
        ("503 after", Fault::status_after(503)),
        ("503 before", Fault::status(503)),
        ("429", Fault::rate_limited("0")),
        ("no length", Fault::NoLength),
        ("twice", Fault::Duplicate),
    ]
}

/// One account at a server: behind a line that fails, and directly.
struct Line {
    proxy: FaultyServer,
    faulty: Calendar,
    direct: Calendar,
    home: CalendarId,
}

impl Line {
    async fn to(server: Server, attempts: u32) -> Option<Self> {
        let proxy = FaultyServer::before(&server.endpoint()?).await.unwrap();
        let faulty = CalDav::new(server.config_at(proxy.url())).unwrap();
        let guard = Guard::builder()
            .backoff(Backoff::new(
                Duration::from_millis(1),
                Duration::from_millis(2),
            ))
            .max_attempts(attempts)
            .without_breaker()
            .build()
            .unwrap();
        let faulty = faulty.with_guard(guard);
        faulty.connect().await.unwrap();
        let direct = server.provider()?;
        direct.connect().await.unwrap();
        let direct = Calendar::new(direct);
        let new = NewCalendar::new("Lost").with_key(IdempotencyKey::random());
        let home = direct.create_calendar(new).await.unwrap().id;
        Some(Self {
            proxy,
            faulty: Calendar::new(faulty),
            direct,
            home,
        })
    }

    /// Lets the next request of a method meet a fault.
    fn fail(&self, method: &'static str, fault: Fault) {
        self.proxy
            .fail(move |head| head.method.as_str() == method, fault);
    }

    async fn all(&self) -> Vec<Event> {
        let list = self.direct.list_events(&self.home, EventQuery::default());
        list.all().await.unwrap()
    }

    async fn event(&self) -> Event {
        self.direct
            .create_event(&self.home, new("Before"))
            .await
            .unwrap()
    }
}

fn at(hour: i8) -> EventTime {
    EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin")
}

fn new(title: &str) -> NewEvent {
    NewEvent::new(title, at(9), at(10))
}

fn june() -> TimeRange {
    let instant = |text: &str| text.parse().unwrap();
    let (from, to) = (
        instant("2026-06-01T00:00:00Z"),
        instant("2026-07-01T00:00:00Z"),
    );
    TimeRange::new(from, to).unwrap()
}

/// evidence: caldav: create_event: independent server: every answer lost once, the events counted at Radicale, Xandikos and Cyrus
#[tokio::test]
async fn a_create_is_one_event_whatever_becomes_of_its_answer() {
    for server in ALL {
        let Some(line) = Line::to(server, 4).await else {
            return;
        };
        for (count, (name, fault)) in faults().into_iter().enumerate() {
            line.fail("PUT", fault);
            let made = line.faulty.create_event(&line.home, new(name)).await;
            let made = made.unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
            let all = line.all().await;
            assert_eq!(all.len(), count + 1, "{server:?}, {name}");
            assert!(
                all.iter().any(|one| one.id == made.id),
                "{server:?}, {name}"
            );
        }
    }
}

/// evidence: caldav: update_event: independent server: every answer lost once, the changes counted at Radicale, Xandikos and Cyrus
#[tokio::test]
async fn an_update_is_one_change_whatever_becomes_of_its_answer() {
    for server in ALL {
        let Some(line) = Line::to(server, 4).await else {
            return;
        };
        for (name, fault) in faults() {
            let event = line.event().await;
            line.fail("PUT", fault);
            let patch = EventPatch::default()
                .with_summary(name)
                .with_times(at(11), at(12));
            let options = UpdateOptions::default().with_if_match(event.etag.unwrap());
            let changed = line
                .faulty
                .update_event(&line.home, &event.id, patch, options);
            let changed = changed.await;
            let changed = changed.unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
            let there = line.direct.get_event(&line.home, &event.id).await.unwrap();
            assert_eq!(there.summary, name, "{server:?}");
            assert_eq!(there.start, at(11), "{server:?}, {name}");
            assert_eq!(there.sequence, Some(1), "{server:?}, {name}");
            assert_eq!(changed.etag, there.etag, "{server:?}, {name}");
        }
    }
}

/// evidence: caldav: delete_event: independent server: every answer lost once
#[tokio::test]
async fn a_delete_succeeds_whatever_becomes_of_its_answer() {
    for server in ALL {
        let Some(line) = Line::to(server, 4).await else {
            return;
        };
        for (name, fault) in faults() {
            let event = line.event().await;
            line.fail("DELETE", fault);
            let options = DeleteOptions::default().with_if_match(event.etag.unwrap());
            let gone = line.faulty.delete_event(&line.home, &event.id, options);
            let gone = gone.await;
            gone.unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
            assert_eq!(line.all().await.len(), 0, "{server:?}, {name}");
        }
    }
}

/// evidence: caldav: move_event: independent server: every answer lost once, the event counted in both calendars
#[tokio::test]
async fn a_move_leaves_one_event_whatever_becomes_of_its_answer() {
    for server in ALL {
        let Some(line) = Line::to(server, 4).await else {
            return;
        };
        for (name, fault) in faults() {
            let to = line
                .direct
                .create_calendar(NewCalendar::new("To"))
                .await
                .unwrap();
            let event = line.event().await;
            line.fail("MOVE", fault);
            let moved = line.faulty.move_event(&line.home, &event.id, &to.id).await;
            let moved = moved.unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
            assert_eq!(line.all().await.len(), 0, "{server:?}, {name}");
            let there = line.direct.list_events(&to.id, EventQuery::default());
            let there = there.all().await.unwrap();
            assert_eq!(there.len(), 1, "{server:?}, {name}");
            assert_eq!(there[0].id, moved.id, "{server:?}, {name}");
        }
    }
}

/// evidence: caldav: create_calendar, update_calendar, delete_calendar: independent server: every answer lost once
#[tokio::test]
async fn calendars_are_made_changed_and_deleted_once() {
    for server in ALL {
        let Some(line) = Line::to(server, 4).await else {
            return;
        };
        for (name, fault) in faults() {
            line.fail("MKCALENDAR", fault.clone());
            let title = format!("{} {name}", uuid::Uuid::new_v4());
            let made = line.faulty.create_calendar(NewCalendar::new(&title)).await;
            let made = made.unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
            let all = line.direct.list_calendars().all().await.unwrap();
            let same = all.iter().filter(|one| one.name == title).count();
            assert_eq!(same, 1, "{server:?}, {name}");

            line.fail("PROPPATCH", fault.clone());
            let mut patch = CalendarPatch::default();
            patch.name = Some(format!("{title} 2"));
            let changed = line.faulty.update_calendar(&made.id, patch).await;
            let changed = changed.unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
            assert_eq!(changed.name, format!("{title} 2"), "{server:?}, {name}");

            line.fail("DELETE", fault);
            let gone = line.faulty.delete_calendar(&made.id).await;
            gone.unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
            let gone = line.direct.get_calendar(&made.id).await.unwrap_err();
            assert_eq!(gone.kind(), ErrorKind::NotFound, "{server:?}, {name}");
        }
    }
}

#[tokio::test]
async fn a_series_is_cut_once_whatever_becomes_of_an_answer() {
    for server in ALL {
        let Some(line) = Line::to(server, 4).await else {
            return;
        };
        for which in 0..2 {
            for (name, fault) in faults() {
                let rule: integrations_core::calendar::recurrence::RRule =
                    "FREQ=DAILY;COUNT=5".parse().unwrap();
                let series = new("Daily").with_recurrence(rule);
                let series = line.direct.create_event(&line.home, series).await.unwrap();
                let query = EventQuery::occurrences(june());
                let all = line.direct.list_events(&line.home, query.clone());
                let third = all.all().await.unwrap().remove(2);
                if which == 1 {
                    // The first half gets through.
                    line.fail("PUT", Fault::None);
                }
                line.fail("PUT", fault);
                let patch = EventPatch::default().with_summary("Later");
                let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
                let cut = line
                    .faulty
                    .update_event(&line.home, &third.id, patch, options);
                let cut = cut
                    .await
                    .unwrap_or_else(|e| panic!("{server:?}, {name}: {e}"));
                let all = line.direct.list_events(&line.home, query);
                let all = all.all().await.unwrap();
                let titles: Vec<&str> = all.iter().map(|one| one.summary.as_str()).collect();
                let expected = ["Daily", "Daily", "Later", "Later", "Later"];
                assert_eq!(titles, expected, "{server:?}, {name}");
                for id in [&series.id, &cut.id] {
                    let options = DeleteOptions::scope(EditScope::All);
                    let delete = line.direct.delete_event(&line.home, id, options);
                    delete.await.unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn one_attempt_without_an_answer_leaves_the_effect_unknown() {
    for server in ALL {
        let Some(line) = Line::to(server, 1).await else {
            return;
        };
        for (fault, there) in [(Fault::CutAfter, 1), (Fault::CutBefore, 1)] {
            line.fail("PUT", fault);
            let made = line.faulty.create_event(&line.home, new("x")).await;
            let error = made.unwrap_err();
            assert_eq!(error.effect(), Effect::Unknown, "{error}");
            assert_eq!(line.all().await.len(), there, "{server:?}");
        }
        // The connection is not even made.
        line.proxy.refuse_connections().await.unwrap();
        let error = line.faulty.create_event(&line.home, new("y")).await;
        let error = error.unwrap_err();
        assert_eq!(error.effect(), Effect::NotApplied, "{error}");
        assert_eq!(line.all().await.len(), 1, "{server:?}");
    }
}

/// Somebody else changes the event between our reading and our writing.
#[tokio::test]
async fn a_change_that_is_overtaken_is_made_on_what_is_there_then() {
    for server in ALL {
        let Some(line) = Line::to(server, 4).await else {
            return;
        };
        let event = line.event().await;
        // What the line says in the server's place: the version is another one.
        line.fail("PUT", Fault::status(412));
        let patch = EventPatch::default().with_summary("After");
        let changed = line.faulty.update_event(
            &line.home,
            &event.id,
            patch.clone(),
            UpdateOptions::default(),
        );
        assert_eq!(changed.await.unwrap().summary, "After", "{server:?}");
        // With a condition of the caller's it is for the caller to decide.
        let event = line.direct.get_event(&line.home, &event.id).await.unwrap();
        line.fail("PUT", Fault::status(412));
        let options = UpdateOptions::default().with_if_match(event.etag.unwrap());
        let refused = line
            .faulty
            .update_event(&line.home, &event.id, patch, options);
        let refused = refused.await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PreconditionFailed);
        assert_eq!(refused.effect(), Effect::NotApplied);
    }
}

/// A cut is two writes. When the second is lost for good, the series and its following part are both
/// there; the same change, made again, finds what it wrote.
#[tokio::test]
async fn a_cut_that_broke_off_is_finished_by_the_same_change() {
    for server in ALL {
        let Some(line) = Line::to(server, 1).await else {
            return;
        };
        let rule: integrations_core::calendar::recurrence::RRule =
            "FREQ=DAILY;COUNT=5".parse().unwrap();
        let series = new("Daily").with_recurrence(rule);
        line.direct.create_event(&line.home, series).await.unwrap();
        let query = EventQuery::occurrences(june());
        let titles = async || {
            let all = line.direct.list_events(&line.home, query.clone());
            let all = all.all().await.unwrap();
            all.into_iter().map(|one| one.summary).collect::<Vec<_>>()
        };
        let all = line.direct.list_events(&line.home, query.clone());
        let third = all.all().await.unwrap().remove(2);
        let following = |title: &str| {
            let patch = EventPatch::default().with_summary(title);
            let mut options = UpdateOptions::scope(EditScope::ThisAndFollowing);
            options.if_match.clone_from(&third.etag);
            line.faulty
                .update_event(&line.home, &third.id, patch, options)
        };
        // Refused for good: nothing is left of it.
        line.fail("PUT", Fault::None);
        line.fail("PUT", Fault::status(412));
        let error = following("Later").await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::PreconditionFailed,
            "{server:?}: {error}"
        );
        assert_eq!(error.effect(), Effect::NotApplied, "{server:?}: {error}");
        assert_eq!(titles().await, ["Daily"; 5], "{server:?}");
        // Lost: nothing is gone, and it says what to do.
        line.fail("PUT", Fault::None);
        line.fail("PUT", Fault::CutBefore);
        let error = following("Later").await.unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{server:?}: {error}");
        assert!(error.to_string().contains("again"), "{error}");
        assert_eq!(titles().await.len(), 8, "{server:?}");
        following("Later still").await.unwrap();
        let expected = [
            "Daily",
            "Daily",
            "Later still",
            "Later still",
            "Later still",
        ];
        assert_eq!(titles().await, expected, "{server:?}");
    }
}
