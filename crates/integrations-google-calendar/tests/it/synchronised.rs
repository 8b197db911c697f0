//! Synchronisation, beyond the suite: pages, tokens that are too old on the way, and a mirror.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;
use integrations_core::ErrorKind;
use integrations_core::calendar::{
    Calendar, Change, DeleteOptions, EditScope, Event, EventId, EventQuery, EventStatus, NewEvent,
    SyncFrom, SyncPage, SyncProvider, SyncToken, UpdateOptions,
};
use integrations_core::testing::Fault;

use crate::account::account;
use crate::lost::{berlin, daily, june, lunch, renamed};

fn refusal(status: u16, body: &'static str) -> Fault {
    let answer = Response::builder().status(status);
    Fault::Answer(answer.body(Bytes::from_static(body.as_bytes())).unwrap())
}

fn too_old() -> Fault {
    refusal(
        410,
        r#"{"error": {"code": 410, "errors": [{"domain": "calendar", "reason": "fullSyncRequired",
        "locationType": "parameter", "location": "syncToken"}]}}"#,
    )
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

    fn alive(&self) -> Vec<(&str, &str)> {
        let alive = self
            .events
            .values()
            .filter(|event| event.status != EventStatus::Cancelled);
        alive
            .map(|event| (event.id.as_str(), event.summary.as_str()))
            .collect()
    }
}

// https://developers.google.com/workspace/calendar/api/guides/sync
#[tokio::test(start_paused = true)]
async fn a_token_that_is_too_old_at_any_page_starts_over_and_loses_no_deletion() {
    // 600 events are three pages of 250.
    for page in 0..3 {
        let account = account();
        let calendar = Calendar::new(account.provider.clone());
        let mut last = None;
        let mut mirror = Mirror::default();
        mirror.follow(&calendar).await;
        for n in 0..600 {
            let new = NewEvent::new(format!("Event {n}"), berlin(1, 9), berlin(1, 10));
            last = Some(
                calendar
                    .create_event(&"primary".into(), new)
                    .await
                    .unwrap()
                    .id,
            );
        }
        // The first request has the token alone, the later ones their page too.
        let at = page;
        let counted = std::sync::atomic::AtomicU32::new(0);
        account.line.fail(
            move |head| {
                let follows = head
                    .uri
                    .query()
                    .is_some_and(|query| query.contains("syncToken"));
                follows && counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == at
            },
            too_old(),
        );
        calendar
            .delete_event(&"primary".into(), &last.unwrap(), DeleteOptions::default())
            .await
            .unwrap();
        mirror.follow(&calendar).await;
        assert_eq!(mirror.resets, 2, "page {page}");
        assert_eq!(mirror.alive().len(), 599, "page {page}");
        // The new token is good.
        mirror.follow(&calendar).await;
        assert_eq!(mirror.resets, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_no_longer_given_starts_over_and_the_start_never_does() {
    let account = account();
    let page = refusal(
        400,
        r#"{"error": {"code": 400, "errors": [{"reason": "invalid",
        "locationType": "parameter", "location": "pageToken"}]}}"#,
    );
    account.line.fail(
        |head| {
            head.uri
                .query()
                .is_some_and(|query| query.contains("pageToken"))
        },
        page,
    );
    let from = SyncFrom::Cursor(r#"[null,"page-1"]"#.into());
    assert_eq!(
        account
            .provider
            .sync_page(&"primary".into(), &from)
            .await
            .unwrap(),
        SyncPage::Expired
    );
    let wrong = account
        .provider
        .sync_page(&"primary".into(), &SyncFrom::Cursor("page-1".into()))
        .await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidInput);
    // Otherwise whoever starts over would do so for ever.
    account.line.fail(|_| true, too_old());
    let start = account
        .provider
        .sync_page(&"primary".into(), &SyncFrom::Start)
        .await;
    assert_eq!(start.unwrap_err().code(), Some("fullSyncRequired"));
}

// "Deleted events are only guaranteed to have the id field populated" (`Event.status`).
#[tokio::test(start_paused = true)]
async fn a_deleted_event_may_have_its_id_alone_and_a_cancelled_occurrence_stays() {
    let account = account();
    let answer = r#"{"items": [{"id": "gone1", "status": "cancelled"},
        {"id": "s_20260602T070000Z", "status": "cancelled", "recurringEventId": "s",
            "originalStartTime": {"dateTime": "2026-06-02T09:00:00+02:00", "timeZone": "Europe/Berlin"}}],
        "nextSyncToken": "t"}"#;
    account.line.fail(|_| true, refusal(200, answer));
    let page = account
        .provider
        .sync_page(&"primary".into(), &SyncFrom::Token("t0".into()))
        .await
        .unwrap();
    let SyncPage::Changes { changes, .. } = page else {
        panic!("{page:?}");
    };
    assert_eq!(changes[0], Change::Deleted("gone1".into()));
    let Change::Upserted(event) = &changes[1] else {
        panic!("{changes:?}");
    };
    assert_eq!(
        (&event.status, &event.start),
        (&EventStatus::Cancelled, &berlin(2, 9))
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
    for seed in 1..=4 {
        let account = account();
        let calendar = Calendar::new(account.provider.clone());
        let mut numbers = Numbers(seed);
        let mut mirror = Mirror::default();
        daily(&calendar).await;
        for step in 0..60 {
            let primary = || "primary".into();
            let all = calendar
                .list_events(&primary(), EventQuery::occurrences(june()))
                .all()
                .await
                .unwrap();
            let one = all.get(numbers.below(all.len().max(1)));
            let scope =
                [EditScope::This, EditScope::All, EditScope::ThisAndFollowing][numbers.below(3)];
            let options = UpdateOptions::scope(scope);
            match (numbers.below(6), one) {
                (0, _) | (_, None) => {
                    drop(calendar.create_event(&primary(), lunch()).await.unwrap())
                }
                (1, _) if numbers.below(6) == 0 => drop(daily(&calendar).await),
                (2, Some(one)) => calendar
                    .delete_event(&primary(), &one.id, options)
                    .await
                    .unwrap(),
                (3, _) => account.google.expire_sync_tokens("primary"),
                (_, Some(one)) => {
                    let patch = renamed(&format!("step {step}"));
                    calendar
                        .update_event(&primary(), &one.id, patch, options)
                        .await
                        .unwrap();
                }
            }
            if numbers.below(3) == 0 {
                mirror.follow(&calendar).await;
                let there = calendar
                    .list_events(&primary(), EventQuery::default())
                    .all()
                    .await
                    .unwrap();
                let mut there: Vec<_> = there
                    .iter()
                    .map(|event| (event.id.as_str(), event.summary.as_str()))
                    .collect();
                there.sort_unstable();
                assert_eq!(mirror.alive(), there, "seed {seed}, step {step}");
            }
        }
        assert!(mirror.resets > 1, "seed {seed}");
    }
}
