//! Parts of series, beyond the suite.

use bytes::Bytes;
use http::{Request, Response};
use integrations_core::calendar::{
    Attendee, Calendar, DeleteOptions, EditScope, EventPatch, EventQuery, NewEvent, Notify, Patch,
    UpdateOptions,
};
use integrations_core::testing::Fault;
use integrations_core::time::EventTime;
use integrations_core::{Effect, ErrorKind};
use integrations_outlook::OutlookConfig;
use integrations_sandbox::microsoft_graph::{MicrosoftGraph, OWNER, TOKEN};
use jiff::civil::date;
use serde_json::Value;

use crate::account::{Account, account, account_over, refusal, stand_in};
use crate::events::{GUEST, berlin, daily, june, occurrences, recurrence, renamed, titles, told};

fn precondition() -> Fault {
    refusal(412, r#"{"error": {"code": "ErrorIrresolvableConflict"}}"#)
}

fn following() -> UpdateOptions {
    UpdateOptions::scope(EditScope::ThisAndFollowing)
}

fn this() -> UpdateOptions {
    UpdateOptions::scope(EditScope::This)
}

fn calendar(account: &Account) -> Calendar {
    Calendar::new(account.provider.clone())
}

#[tokio::test(start_paused = true)]
async fn occurrences_that_differ_keep_their_own_on_both_sides_of_a_cut() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let (_, all) = daily(&calendar).await;
    let mut early = EventPatch::default().with_times(berlin(1, 7), berlin(1, 8));
    early.properties.insert("room".into(), Some("2".into()));
    calendar
        .update_event(primary, &all[0].id, early, this())
        .await
        .unwrap();
    let moved = EventPatch::default().with_times(berlin(4, 15), berlin(4, 16));
    calendar
        .update_event(primary, &all[3].id, moved, this())
        .await
        .unwrap();
    for gone in [&all[1], &all[4]] {
        calendar
            .delete_event(primary, &gone.id, this())
            .await
            .unwrap();
    }
    let changed = calendar
        .update_event(primary, &all[2].id, renamed("Later"), following())
        .await
        .unwrap();
    let seen = occurrences(&calendar).await;
    assert_eq!(titles(&seen), ["Daily", "Later", "Later"]);
    let starts: Vec<_> = seen.iter().map(|event| event.start.clone()).collect();
    assert_eq!(starts, [berlin(1, 7), berlin(3, 9), berlin(4, 15)]);
    assert_eq!(seen[0].properties["room"], "2");
    // The first part says so too, and so does the second.
    let series = calendar.get_event(primary, all[0].series_id()).await;
    let rule = recurrence("FREQ=DAILY;UNTIL=20260602T070000Z").with_except(berlin(2, 9));
    assert_eq!(series.unwrap().recurrence, Some(rule));
    let rule = recurrence("FREQ=DAILY;COUNT=3").with_except(berlin(5, 9));
    assert_eq!(changed.recurrence, Some(rule));
}

/// What Outlook does where more of a series changes than its end, and what no page rules out.
fn forgetful(graph: &MicrosoftGraph, request: Request<Bytes>) -> Response<Bytes> {
    let text = String::from_utf8_lossy(request.body()).into_owned();
    let sent = serde_json::from_str::<Value>(&text).unwrap_or_default();
    let alone = sent.as_object().is_some_and(|it| it.len() == 1);
    if request.method() == "PATCH" && alone && sent["recurrence"].is_object() {
        let mut other = sent.clone();
        other["recurrence"]["pattern"]["interval"] = 2.into();
        let (mut parts, body) = request.into_parts();
        for body in [other.to_string().into(), body] {
            let request = Request::from_parts(parts.clone(), body);
            let answer = graph.answer(request);
            if parts.headers.remove("if-match").is_none() {
                return answer;
            }
        }
        unreachable!("the second has no condition");
    }
    graph.answer(request)
}

#[tokio::test(start_paused = true)]
async fn what_outlook_forgets_of_the_first_part_is_made_so_again() {
    let graph = stand_in();
    let server = graph.clone();
    let config = OutlookConfig::with_token(TOKEN);
    let account = account_over(graph, config, move |request| forgetful(&server, request));
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let (_, all) = daily(&calendar).await;
    let mut early = renamed("Early").with_times(berlin(1, 7), berlin(1, 8));
    early.properties.insert("room".into(), Some("2".into()));
    calendar
        .update_event(primary, &all[0].id, early, this())
        .await
        .unwrap();
    calendar
        .delete_event(primary, &all[1].id, this())
        .await
        .unwrap();
    let check = async || {
        let seen = occurrences(&calendar).await;
        assert_eq!(seen[0].start, berlin(1, 7));
        assert_eq!(seen[0].summary, "Early");
        assert_eq!(seen[0].properties["room"], "2");
        seen.iter()
            .map(|event| event.start.clone())
            .collect::<Vec<_>>()
    };
    calendar
        .update_event(primary, &all[3].id, renamed("Later"), following())
        .await
        .unwrap();
    let starts = [berlin(1, 7), berlin(3, 9), berlin(4, 9), berlin(5, 9)];
    assert_eq!(check().await, starts);
    calendar
        .delete_event(primary, &all[2].id, following())
        .await
        .unwrap();
    assert_eq!(check().await, [berlin(1, 7), berlin(4, 9), berlin(5, 9)]);
}

#[tokio::test(start_paused = true)]
async fn occurrences_that_were_deleted_stay_so_at_other_times() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let (_, all) = daily(&calendar).await;
    calendar
        .delete_event(primary, &all[3].id, DeleteOptions::scope(EditScope::This))
        .await
        .unwrap();
    let later = EventPatch::default().with_times(berlin(3, 18), berlin(3, 19));
    calendar
        .update_event(primary, &all[2].id, later, following())
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
async fn what_a_new_recurrence_leaves_out_is_left_out() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let rule = recurrence("FREQ=DAILY;COUNT=5").with_except(berlin(2, 9));
    let new = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10)).with_recurrence(rule.clone());
    let made = calendar.create_event(primary, new).await.unwrap();
    assert_eq!(made.recurrence, Some(rule));
    assert_eq!(occurrences(&calendar).await.len(), 4);
    // Another rule has another exception, and the one before is there again.
    let rule = recurrence("FREQ=DAILY;INTERVAL=2;COUNT=4").with_except(berlin(3, 9));
    let patch = EventPatch::default().with_recurrence(Patch::Set(rule.clone()));
    let all = UpdateOptions::scope(EditScope::All);
    let changed = calendar
        .update_event(primary, &made.id, patch, all.clone())
        .await
        .unwrap();
    assert_eq!(changed.recurrence, Some(rule));
    let starts: Vec<_> = occurrences(&calendar)
        .await
        .into_iter()
        .map(|event| event.start)
        .collect();
    assert_eq!(starts, [berlin(1, 9), berlin(5, 9), berlin(7, 9)]);
    let single = EventPatch::default().with_recurrence(Patch::Clear);
    calendar
        .update_event(primary, &made.id, single, all)
        .await
        .unwrap();
    assert_eq!(occurrences(&calendar).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_series_moves_with_its_rule_or_is_refused() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let rule = recurrence("FREQ=WEEKLY;COUNT=3");
    let new = NewEvent::new("Weekly", berlin(1, 9), berlin(1, 10)).with_recurrence(rule);
    let made = calendar.create_event(primary, new).await.unwrap();
    let all = || UpdateOptions::scope(EditScope::All);
    // On the day of its start: Tuesday then.
    let tuesday = EventPatch::default().with_times(berlin(2, 14), berlin(2, 15));
    let moved = calendar
        .update_event(primary, &made.id, tuesday, all())
        .await
        .unwrap();
    assert_eq!(moved.start, berlin(2, 14));
    let starts: Vec<_> = occurrences(&calendar)
        .await
        .into_iter()
        .map(|event| event.start)
        .collect();
    // The rule was read as one of the start's own day, which Graph has as its name.
    assert_eq!(starts, [berlin(2, 14), berlin(9, 14), berlin(16, 14)]);
    let days = recurrence("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3");
    let patch = EventPatch::default().with_recurrence(Patch::Set(days));
    calendar
        .update_event(primary, &made.id, patch, all())
        .await
        .unwrap();
    let before = account.graph.effects();
    let friday = EventPatch::default().with_times(berlin(5, 14), berlin(5, 15));
    let refused = calendar
        .update_event(primary, &made.id, friday, all())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(account.graph.effects(), before);
}

#[tokio::test(start_paused = true)]
async fn a_series_that_somebody_else_changed_is_not_cut_and_nothing_is_left() {
    let account = account();
    let calendar = calendar(&account);
    let (_, all) = daily(&calendar).await;
    account
        .line
        .fail(|head| head.method == "PATCH", precondition());
    let changed = calendar
        .update_event(&"primary".into(), &all[2].id, renamed("Later"), following())
        .await;
    let error = changed.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Conflict, Effect::NotApplied)
    );
    assert_eq!(titles(&occurrences(&calendar).await), ["Daily"; 5]);
    assert_eq!(account.graph.events(OWNER), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_broke_off_goes_on_when_it_is_repeated_also_with_other_words() {
    let account = account();
    let calendar = calendar(&account);
    let (_, all) = daily(&calendar).await;
    let cut = |title: &'static str| {
        let (calendar, id) = (calendar.clone(), all[2].id.clone());
        async move {
            let patch = renamed(title);
            calendar
                .update_event(&"primary".into(), &id, patch, following())
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
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let (series, all) = daily(&calendar).await;
    let changed = calendar
        .update_event(primary, &all[0].id, renamed("All"), following())
        .await;
    assert_eq!(changed.unwrap().id, series.id);
    assert_eq!(titles(&occurrences(&calendar).await), ["All"; 5]);
    calendar
        .delete_event(primary, &all[0].id, following())
        .await
        .unwrap();
    assert_eq!(account.graph.events(OWNER), 0);
}

#[tokio::test(start_paused = true)]
async fn a_series_of_days_is_cut_by_days() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let days = NewEvent::new("Days", date(2026, 6, 1), date(2026, 6, 2))
        .with_recurrence(recurrence("FREQ=DAILY;COUNT=4"));
    calendar.create_event(primary, days).await.unwrap();
    let all = occurrences(&calendar).await;
    calendar
        .update_event(primary, &all[2].id, renamed("Rest"), following())
        .await
        .unwrap();
    let seen = occurrences(&calendar).await;
    assert_eq!(titles(&seen), ["Days", "Days", "Rest", "Rest"]);
    let days: Vec<EventTime> = (1..=4).map(|day| date(2026, 6, day).into()).collect();
    let starts: Vec<_> = seen.iter().map(|event| event.start.clone()).collect();
    assert_eq!(starts, days);
    calendar
        .delete_event(primary, &seen[3].id, following())
        .await
        .unwrap();
    assert_eq!(
        titles(&occurrences(&calendar).await),
        ["Days", "Days", "Rest"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_old_version_of_an_occurrence_changes_no_series() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let (series, all) = daily(&calendar).await;
    for scope in [EditScope::This, EditScope::ThisAndFollowing, EditScope::All] {
        let options = || UpdateOptions::scope(scope).with_if_match("W/\"old\"".into());
        let changed = calendar
            .update_event(primary, &all[2].id, renamed("x"), options())
            .await;
        let kind = changed.unwrap_err().kind();
        assert_eq!(kind, ErrorKind::PreconditionFailed, "{scope:?}");
        let deleted = calendar.delete_event(primary, &all[2].id, options()).await;
        let kind = deleted.unwrap_err().kind();
        assert_eq!(kind, ErrorKind::PreconditionFailed, "{scope:?}");
    }
    assert_eq!(titles(&occurrences(&calendar).await), ["Daily"; 5]);
    let current = UpdateOptions::scope(EditScope::All).with_if_match(all[2].etag.clone().unwrap());
    let changed = calendar
        .update_event(primary, &all[2].id, renamed("New"), current)
        .await;
    assert_eq!(changed.unwrap().id, series.id);
}

#[tokio::test(start_paused = true)]
async fn what_a_cut_would_lose_is_not_cut() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let online = NewEvent::new("Online", berlin(1, 9), berlin(1, 10))
        .with_recurrence(recurrence("FREQ=DAILY;COUNT=3"))
        .with_conference(integrations_core::calendar::ConferenceRequest::Create);
    calendar.create_event(primary, online).await.unwrap();
    let all = occurrences(&calendar).await;
    let before = account.graph.effects();
    let refused = calendar
        .update_event(primary, &all[1].id, renamed("x"), following())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(account.graph.effects(), before);
    // To end it loses nothing.
    calendar
        .delete_event(primary, &all[1].id, following())
        .await
        .unwrap();
    assert_eq!(occurrences(&calendar).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn those_invited_to_a_series_are_told_of_its_parts_or_it_is_not_cut() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let new = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10))
        .with_recurrence(recurrence("FREQ=DAILY;COUNT=5"))
        .with_attendee(Attendee::new(GUEST).with_name("Guest"))
        .with_notify(Notify::Everybody);
    calendar.create_event(primary, new).await.unwrap();
    let all = occurrences(&calendar).await;
    let before = account.graph.effects();
    let quiet = calendar
        .update_event(primary, &all[2].id, renamed("x"), following())
        .await;
    assert_eq!(quiet.unwrap_err().kind(), ErrorKind::Unsupported);
    let quiet = calendar
        .delete_event(primary, &all[2].id, following())
        .await;
    assert_eq!(quiet.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(account.graph.effects(), before);
    let mut loud = told();
    loud.scope = EditScope::ThisAndFollowing;
    let rest = calendar
        .update_event(primary, &all[2].id, renamed("Later"), loud)
        .await
        .unwrap();
    assert_eq!(rest.attendees[0].person.name.as_deref(), Some("Guest"));
    // Of the first, of the rest, and of the end of the first.
    assert_eq!(account.graph.messages(GUEST).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_a_range_has_each_series_once_over_all_pages() {
    let account = account();
    let calendar = calendar(&account);
    let primary = &"primary".into();
    let (series, all) = daily(&calendar).await;
    let moved = EventPatch::default().with_times(berlin(2, 15), berlin(2, 16));
    calendar
        .update_event(primary, &all[1].id, moved, this())
        .await
        .unwrap();
    for n in 0..3 {
        let new = NewEvent::new(format!("Single {n}"), berlin(3, 12), berlin(3, 13));
        calendar.create_event(primary, new).await.unwrap();
    }
    let page = integrations_core::PageRequest::with_limit(2.try_into().unwrap());
    let query = EventQuery::range(june());
    let listed = calendar.list_events_from(primary, query, page).all().await;
    let listed = listed.unwrap();
    let of_series = listed
        .iter()
        .filter(|event| event.series_id() == &series.id);
    // The series, and the occurrence that differs.
    assert_eq!(of_series.count(), 2);
    assert_eq!(listed.len(), 5);
}
