//! Synchronisation, beyond the suite: pages, windows, tokens that are too old on the way, and a
//! mirror.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use integrations_core::ErrorKind;
use integrations_core::calendar::{
    Calendar, CalendarProvider, Change, DeleteOptions, EditScope, Event, EventId, EventPatch,
    EventQuery, EventStatus, NewEvent, SyncFrom, SyncPage, SyncProvider, SyncToken, UpdateOptions,
};
use integrations_core::testing::Fault;
use integrations_core::time::EventTime;
use integrations_outlook::OutlookConfig;
use integrations_sandbox::microsoft_graph::{OWNER, TOKEN};
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::json;

use crate::account::{account, account_at, now, refusal, stand_in};
use crate::events::{berlin, daily, june, lunch, recurrence, renamed};

fn too_old() -> Fault {
    refusal(410, r#"{"error": {"code": "SyncStateNotFound"}}"#)
}

/// What an application keeps.
#[derive(Default)]
struct Mirror {
    events: BTreeMap<EventId, Event>,
    token: Option<SyncToken>,
    resets: u32,
}

impl Mirror {
    async fn follow(&mut self, calendar: &Calendar) {
        let result = calendar
            .sync(&"primary".into(), self.token.as_ref())
            .await
            .unwrap();
        if result.reset {
            self.events.clear();
            self.resets += 1;
        }
        for change in result.changes {
            match change {
                Change::Upserted(event) => drop(self.events.insert(event.id.clone(), *event)),
                Change::Deleted(id) => drop(self.events.remove(&id)),
                other => panic!("{other:?}"),
            }
        }
        self.token = Some(result.token);
    }

    /// What it has, with what was taken out of each series.
    fn state(&self) -> Vec<String> {
        let alive = self.events.values();
        state(alive.filter(|event| event.status != EventStatus::Cancelled))
    }
}

fn state<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<String> {
    let lines = events.map(|event| {
        let rule = event.recurrence.as_ref().map(|rule| rule.to_lines());
        let (id, title) = (&event.id, &event.summary);
        format!(
            "{id} {title} {} {rule:?} {:?}",
            event.start, event.properties
        )
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_too_old_at_any_page_starts_over_and_loses_no_deletion() {
    // 220 events are three pages of a hundred.
    for page in 0..3 {
        let account = account();
        let calendar = Calendar::new(account.provider.clone());
        let primary = &"primary".into();
        let mut mirror = Mirror::default();
        mirror.follow(&calendar).await;
        let mut last = None;
        for n in 0..220 {
            let new = NewEvent::new(format!("Event {n}"), berlin(1, 9), berlin(1, 10));
            last = Some(calendar.create_event(primary, new).await.unwrap().id);
        }
        let counted = std::sync::atomic::AtomicU32::new(0);
        account.line.fail(
            move |head| {
                let query = head.uri.query().unwrap_or_default();
                let follows = query.contains("token");
                follows && counted.fetch_add(1, Ordering::Relaxed) == page
            },
            too_old(),
        );
        calendar
            .delete_event(primary, &last.unwrap(), DeleteOptions::default())
            .await
            .unwrap();
        mirror.follow(&calendar).await;
        assert_eq!(mirror.resets, 2, "page {page}");
        assert_eq!(mirror.events.len(), 219, "page {page}");
        // The new token is good.
        mirror.follow(&calendar).await;
        assert_eq!(mirror.resets, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn the_start_is_never_too_old_and_tokens_are_of_their_calendar() {
    let account = account();
    let primary = &"primary".into();
    // Otherwise whoever starts over would do so for ever.
    account.line.fail(|_| true, too_old());
    let start = account.provider.sync_page(primary, &SyncFrom::Start).await;
    assert_eq!(start.unwrap_err().code(), Some("SyncStateNotFound"));
    let result = Calendar::new(account.provider.clone())
        .sync(primary, None)
        .await
        .unwrap();
    let before = account.sent.sent();
    for (calendar, from) in [
        ("other", SyncFrom::Token(result.token.clone())),
        ("primary", SyncFrom::Token("token".into())),
        ("primary", SyncFrom::Cursor("https://evil.example/".into())),
    ] {
        let wrong = account.provider.sync_page(&calendar.into(), &from).await;
        assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    // A token that was tampered with leads nowhere.
    let tampered = result
        .token
        .as_str()
        .replace("graph.microsoft.com", "evil.example");
    let from = SyncFrom::Token(tampered.as_str().into());
    let foreign = account.provider.sync_page(primary, &from).await;
    assert_eq!(foreign.unwrap_err().kind(), ErrorKind::Untrusted);
    assert_eq!(account.sent.sent(), before);
}

// The answer of https://learn.microsoft.com/en-us/graph/delta-query-events, "the next round", and
// one whose event was deleted since.
/// evidence: outlook: sync.sync_page: published vector: the answer on Microsoft's page of delta queries for events
#[tokio::test(start_paused = true)]
async fn what_is_removed_is_deleted_and_links_are_followed_as_they_came() {
    let account = account();
    let primary = &"primary".into();
    let calendar = Calendar::new(account.provider.clone());
    let token = calendar.sync(primary, None).await.unwrap().token;
    let next =
        "https://graph.microsoft.com/v1.0/me/calendarView/delta?$deltatoken=R0usmcMDNGg0J1E'(%2B)";
    let answer = json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(event)",
        "@odata.deltaLink": next, "value": [
        {"@odata.type": "#microsoft.graph.event", "id": "AAMkADk0MGFkODE3LWE4MmYtNDRhOS04OGQxLTkxY2NiYWQ5ZjYzNABGAAA=",
            "@removed": {"reason": "deleted"}}]});
    let answer = answer.to_string();
    account
        .line
        .fail(|_| true, Fault::Answer(http::Response::new(answer.into())));
    let page = account
        .provider
        .sync_page(primary, &SyncFrom::Token(token))
        .await
        .unwrap();
    let SyncPage::Changes {
        changes,
        next: integrations_core::calendar::SyncNext::Done(token),
    } = page
    else {
        panic!("{page:?}");
    };
    let id = "AAMkADk0MGFkODE3LWE4MmYtNDRhOS04OGQxLTkxY2NiYWQ5ZjYzNABGAAA=";
    assert_eq!(changes, [Change::Deleted(id.into())]);
    account.line.fail(|_| true, too_old());
    let expired = account
        .provider
        .sync_page(primary, &SyncFrom::Token(token))
        .await;
    assert_eq!(expired.unwrap(), SyncPage::Expired);
    let sent = account.line.exchanges();
    assert_eq!(sent.last().unwrap().uri.to_string(), next);
}

#[tokio::test(start_paused = true)]
async fn what_lies_outside_the_window_is_not_in_the_mirror_and_the_window_moves_on() {
    let time = Arc::new(AtomicI64::new(now().as_second()));
    let clock = {
        let time = time.clone();
        move || jiff::Timestamp::from_second(time.load(Ordering::Relaxed)).unwrap()
    };
    let config = OutlookConfig::with_token(TOKEN).with_sync_window(10, 20);
    let account = account_at(stand_in().with_clock(clock.clone()), config);
    let provider = account.provider.clone().with_clock(clock);
    let calendar = Calendar::new(provider);
    let primary = &"primary".into();
    let on = |month, day| {
        let at = |hour| EventTime::zoned(date(2026, month, day).at(hour, 0, 0, 0), "Europe/Berlin");
        (at(9), at(10))
    };
    let make = |title: &'static str, month, day| {
        let (start, end) = on(month, day);
        let calendar = calendar.clone();
        async move {
            let new = NewEvent::new(title, start, end);
            calendar.create_event(primary, new).await.unwrap()
        }
    };
    make("Past", 5, 1).await;
    let inside = make("Inside", 6, 10).await;
    make("Ahead", 6, 28).await;
    let titles = |mirror: &Mirror| -> Vec<String> {
        let all = mirror.events.values();
        let mut all: Vec<_> = all.map(|event| event.summary.clone()).collect();
        all.sort();
        all
    };
    let mut mirror = Mirror::default();
    mirror.follow(&calendar).await;
    assert_eq!(titles(&mirror), ["Inside"]);
    // Who leaves the window is gone from the mirror.
    let (start, end) = on(8, 1);
    let patch = EventPatch::default().with_times(start, end);
    let options = UpdateOptions::default();
    calendar
        .update_event(primary, &inside.id, patch, options)
        .await
        .unwrap();
    mirror.follow(&calendar).await;
    assert_eq!(titles(&mirror), [""; 0]);
    assert_eq!(mirror.resets, 1);
    // When half of what was ahead has passed, it is read anew, from the new window.
    let days = |days: i64| SignedDuration::from_hours(24 * days).as_secs();
    time.fetch_add(days(9), Ordering::Relaxed);
    mirror.follow(&calendar).await;
    assert_eq!(mirror.resets, 1);
    time.fetch_add(days(1), Ordering::Relaxed);
    mirror.follow(&calendar).await;
    assert_eq!(mirror.resets, 2);
    assert_eq!(titles(&mirror), ["Ahead"]);
    let sent = account.line.exchanges();
    let first = sent.iter().find(|it| it.uri.path().ends_with("/delta"));
    let query = first.unwrap().uri.query().unwrap().to_owned();
    assert!(
        query.contains("2026%2D05%2D22") || query.contains("2026-05-22"),
        "{query}"
    );
}

/// Numbers by a rule, the same in every run (Numerical Recipes).
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % most
    }
}

#[tokio::test(start_paused = true)]
async fn a_mirror_is_the_calendar_after_every_edit_and_every_expiry() {
    for (seed, silent) in [(1, false), (2, false), (3, true), (4, true)] {
        let graph = match silent {
            // What people found, besides what the page says.
            true => stand_in().with_silent_cancellations(),
            false => stand_in(),
        };
        let account = account_at(graph, OutlookConfig::with_token(TOKEN));
        let calendar = Calendar::new(account.provider.clone());
        let primary = &"primary".into();
        let mut numbers = Numbers(seed);
        let mut mirror = Mirror::default();
        daily(&calendar).await;
        for step in 0..60 {
            let all = calendar.list_events(primary, EventQuery::occurrences(june()));
            let all = all.all().await.unwrap();
            let one = all.get(numbers.below(all.len().max(1)));
            let scopes = [EditScope::This, EditScope::All, EditScope::ThisAndFollowing];
            let options = UpdateOptions::scope(scopes[numbers.below(3)]);
            match (numbers.below(7), one) {
                (0, _) | (_, None) => {
                    drop(calendar.create_event(primary, lunch()).await.unwrap());
                }
                (1, _) if numbers.below(6) == 0 => drop(daily(&calendar).await),
                (2, Some(one)) => calendar
                    .delete_event(primary, &one.id, options)
                    .await
                    .unwrap(),
                (3, _) => account.graph.expire_sync_tokens(OWNER),
                (_, Some(one)) => {
                    let mut patch = renamed(&format!("step {step}"));
                    patch
                        .properties
                        .insert("step".into(), Some(step.to_string()));
                    calendar
                        .update_event(primary, &one.id, patch, options)
                        .await
                        .unwrap();
                }
            }
            if numbers.below(3) == 0 {
                mirror.follow(&calendar).await;
                let there = calendar.list_events(primary, EventQuery::default());
                let there = there.all().await.unwrap();
                // A series all of whose occurrences were deleted has nothing in the window.
                let all = calendar.list_events(primary, EventQuery::occurrences(june()));
                let all = all.all().await.unwrap();
                let lives = |event: &&Event| {
                    event.recurrence.is_none() || all.iter().any(|one| one.series_id() == &event.id)
                };
                let there = state(there.iter().filter(lives));
                assert_eq!(mirror.state(), there, "seed {seed}, step {step}");
            }
        }
        assert!(mirror.resets > 1, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_goes_between_the_page_and_its_reading_is_deleted() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let mut mirror = Mirror::default();
    mirror.follow(&calendar).await;
    let made = calendar.create_event(primary, lunch()).await.unwrap();
    let gone = refusal(404, r#"{"error": {"code": "ErrorItemNotFound"}}"#);
    let id = made.id.as_str().to_owned();
    account
        .line
        .fail(move |head| head.uri.path().ends_with(&id), gone);
    mirror.follow(&calendar).await;
    assert!(mirror.events.is_empty());
    let rule = recurrence("FREQ=DAILY;COUNT=2");
    let series = lunch().with_recurrence(rule);
    calendar.create_event(primary, series).await.unwrap();
    mirror.follow(&calendar).await;
    assert_eq!(mirror.events.len(), 1);
    assert!(account.provider.capabilities().sync);
}
