//! Parts of series, beyond the suite.

use bytes::Bytes;
use http::Response;
use integrations_core::calendar::{
    Calendar, DeleteOptions, EditScope, EventPatch, EventQuery, NewEvent, UpdateOptions,
};
use integrations_core::testing::Fault;
use integrations_core::{Effect, ErrorKind};
use integrations_sandbox::google_calendar::OWNER;
use jiff::civil::date;

use crate::account::account;
use crate::lost::{berlin, daily, june, occurrences, renamed, titles};

fn precondition() -> Fault {
    let body = r#"{"error": {"code": 412, "errors": [{"reason": "conditionNotMet"}]}}"#;
    let answer = Response::builder().status(412);
    Fault::Answer(answer.body(Bytes::from_static(body.as_bytes())).unwrap())
}

#[tokio::test(start_paused = true)]
async fn occurrences_that_differ_keep_their_own_after_a_cut() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let (_, all) = daily(&calendar).await;
    let this = || UpdateOptions::scope(EditScope::This);
    let moved = EventPatch::default().with_times(berlin(4, 15), berlin(4, 16));
    calendar
        .update_event(&"primary".into(), &all[3].id, moved, this())
        .await
        .unwrap();
    calendar
        .delete_event(&"primary".into(), &all[4].id, this())
        .await
        .unwrap();
    calendar
        .delete_event(&"primary".into(), &all[0].id, this())
        .await
        .unwrap();

    let following = UpdateOptions::scope(EditScope::ThisAndFollowing);
    calendar
        .update_event(&"primary".into(), &all[2].id, renamed("Later"), following)
        .await
        .unwrap();
    let seen = occurrences(&calendar).await;
    assert_eq!(titles(&seen), ["Daily", "Later", "Later"]);
    assert_eq!(seen[2].start, berlin(4, 15));
}

#[tokio::test(start_paused = true)]
async fn occurrences_that_were_deleted_stay_so_at_other_times() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let (_, all) = daily(&calendar).await;
    let this = DeleteOptions::scope(EditScope::This);
    calendar
        .delete_event(&"primary".into(), &all[3].id, this)
        .await
        .unwrap();
    let following = UpdateOptions::scope(EditScope::ThisAndFollowing);
    let later = EventPatch::default().with_times(berlin(3, 18), berlin(3, 19));
    calendar
        .update_event(&"primary".into(), &all[2].id, later, following)
        .await
        .unwrap();
    let seen = occurrences(&calendar).await;
    let starts: Vec<_> = seen.into_iter().map(|event| event.start).collect();
    assert_eq!(
        starts,
        [berlin(1, 9), berlin(2, 9), berlin(3, 18), berlin(5, 18)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_series_that_somebody_else_changed_is_not_cut_and_nothing_is_left() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let (_, all) = daily(&calendar).await;
    account
        .line
        .fail(|head| head.method == "PATCH", precondition());
    let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
    let changed = calendar
        .update_event(&"primary".into(), &all[2].id, renamed("Later"), options)
        .await;
    let error = changed.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Conflict, Effect::NotApplied)
    );
    assert_eq!(titles(&occurrences(&calendar).await), ["Daily"; 5]);
    assert_eq!(account.google.events(OWNER), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_broke_off_goes_on_when_it_is_repeated() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let (_, all) = daily(&calendar).await;
    let cut = |title: &'static str| {
        let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
        let (calendar, id) = (calendar.clone(), all[2].id.clone());
        async move {
            calendar
                .update_event(&"primary".into(), &id, renamed(title), options)
                .await
        }
    };
    for _ in 0..3 {
        account
            .line
            .fail(|head| head.method == "PATCH", Fault::status(503));
    }
    let error = cut("Later").await.unwrap_err();
    assert!(error.advice().contains("repeat the call"), "{error}");
    // The rest is there already, beside the whole.
    assert_eq!(occurrences(&calendar).await.len(), 8);
    cut("Other").await.unwrap();
    assert_eq!(
        titles(&occurrences(&calendar).await),
        ["Daily", "Daily", "Other", "Other", "Other"]
    );
}

#[tokio::test(start_paused = true)]
async fn from_the_first_occurrence_on_it_is_the_whole_series() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let (series, all) = daily(&calendar).await;
    let options = || UpdateOptions::scope(EditScope::ThisAndFollowing);
    let changed = calendar
        .update_event(&"primary".into(), &all[0].id, renamed("All"), options())
        .await;
    assert_eq!(changed.unwrap().id, series.id);
    assert_eq!(titles(&occurrences(&calendar).await), ["All"; 5]);
    calendar
        .delete_event(&"primary".into(), &all[0].id, options())
        .await
        .unwrap();
    assert_eq!(account.google.events(OWNER), 0);
}

#[tokio::test(start_paused = true)]
async fn a_series_of_days_is_cut_by_days() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let rule: integrations_core::calendar::recurrence::RRule =
        "FREQ=DAILY;COUNT=4".parse().unwrap();
    let days = NewEvent::new("Days", date(2026, 6, 1), date(2026, 6, 2)).with_recurrence(rule);
    calendar
        .create_event(&"primary".into(), days)
        .await
        .unwrap();
    let all = occurrences(&calendar).await;
    let options = UpdateOptions::scope(EditScope::ThisAndFollowing);
    calendar
        .update_event(&"primary".into(), &all[2].id, renamed("Rest"), options)
        .await
        .unwrap();
    let seen = occurrences(&calendar).await;
    assert_eq!(titles(&seen), ["Days", "Days", "Rest", "Rest"]);
    assert!(seen.iter().all(|event| event.start.is_date()));
}

#[tokio::test(start_paused = true)]
async fn an_old_version_of_an_occurrence_changes_no_series() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let (series, all) = daily(&calendar).await;
    for scope in [EditScope::This, EditScope::ThisAndFollowing, EditScope::All] {
        let options = || UpdateOptions::scope(scope).with_if_match("\"old\"".into());
        let changed = calendar
            .update_event(&"primary".into(), &all[2].id, renamed("x"), options())
            .await;
        assert_eq!(
            changed.unwrap_err().kind(),
            ErrorKind::PreconditionFailed,
            "{scope:?}"
        );
        let deleted = calendar
            .delete_event(&"primary".into(), &all[2].id, options())
            .await;
        assert_eq!(
            deleted.unwrap_err().kind(),
            ErrorKind::PreconditionFailed,
            "{scope:?}"
        );
    }
    assert_eq!(titles(&occurrences(&calendar).await), ["Daily"; 5]);
    let current = UpdateOptions::scope(EditScope::All).with_if_match(all[2].etag.clone().unwrap());
    let changed = calendar
        .update_event(&"primary".into(), &all[2].id, renamed("New"), current)
        .await;
    assert_eq!(changed.unwrap().id, series.id);
}

#[tokio::test(start_paused = true)]
async fn a_series_is_listed_where_an_occurrence_is_although_google_lists_it_by_its_whole_time() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    daily(&calendar).await;
    let weekly: integrations_core::calendar::recurrence::RRule =
        "FREQ=WEEKLY;COUNT=3".parse().unwrap();
    let weekly = NewEvent::new("Weekly", berlin(1, 9), berlin(1, 10)).with_recurrence(weekly);
    calendar
        .create_event(&"primary".into(), weekly)
        .await
        .unwrap();
    let mut range = june();
    range.start = "2026-06-03T00:00:00Z".parse().unwrap();
    range.end = "2026-06-04T00:00:00Z".parse().unwrap();
    let listed = calendar
        .list_events(&"primary".into(), EventQuery::range(range))
        .all()
        .await
        .unwrap();
    assert_eq!(titles(&listed), ["Daily"]);
}
