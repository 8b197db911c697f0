//! The events that tests are about.

use integrations_core::calendar::recurrence::{RRule, Recurrence};
use integrations_core::calendar::{
    Attendee, Calendar, Event, EventPatch, EventQuery, NewEvent, Notify, UpdateOptions,
};
use integrations_core::testing::FaultyTransport;
use integrations_core::time::{EventTime, TimeRange};
use integrations_outlook::{Outlook, OutlookConfig};
use integrations_sandbox::microsoft_graph::{MicrosoftGraph, OWNER, TOKEN};
use jiff::civil::date;

use crate::account::now;

pub(crate) const BOSS: &str = "boss@example.com";
pub(crate) const GUEST: &str = "guest@elsewhere.example";

pub(crate) fn berlin(day: i8, hour: i8) -> EventTime {
    EventTime::zoned(date(2026, 6, day).at(hour, 0, 0, 0), "Europe/Berlin")
}

pub(crate) fn lunch() -> NewEvent {
    NewEvent::new("Lunch", berlin(1, 12), berlin(1, 13))
}

pub(crate) fn june() -> TimeRange {
    let at = |text: &str| text.parse().unwrap();
    TimeRange::new(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")).unwrap()
}

pub(crate) fn renamed(to: &str) -> EventPatch {
    EventPatch::default().with_summary(to)
}

pub(crate) fn told() -> UpdateOptions {
    let mut options = UpdateOptions::default();
    options.notify = Notify::Everybody;
    options
}

pub(crate) fn recurrence(rule: &str) -> Recurrence {
    rule.parse::<RRule>().unwrap().into()
}

/// Five days from the first of June on.
pub(crate) async fn daily(calendar: &Calendar) -> (Event, Vec<Event>) {
    let new = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10))
        .with_recurrence(recurrence("FREQ=DAILY;COUNT=5"));
    let series = calendar.create_event(&"primary".into(), new).await.unwrap();
    (series, occurrences(calendar).await)
}

pub(crate) async fn occurrences(calendar: &Calendar) -> Vec<Event> {
    let all = calendar.list_events(&"primary".into(), EventQuery::occurrences(june()));
    all.all().await.unwrap()
}

pub(crate) fn titles(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.summary.as_str()).collect()
}

/// The calendars of another mailbox of the stand-in, over a line where nothing is lost.
pub(crate) fn calendars_of(graph: &MicrosoftGraph, user: &str) -> Calendar {
    let server = graph.clone();
    let line = FaultyTransport::answering(move |request| server.answer(request));
    let config = OutlookConfig::with_token(TOKEN).with_user(user);
    let provider = Outlook::with_transport(config, line).unwrap();
    Calendar::new(provider.with_clock(now))
}

/// An invitation of the owner by somebody else, as the owner has it.
pub(crate) async fn invited(graph: &MicrosoftGraph) -> Event {
    let party = NewEvent::new("Party", berlin(2, 20), berlin(2, 22))
        .with_attendee(Attendee::new(OWNER))
        .with_notify(Notify::Everybody);
    let boss = calendars_of(graph, BOSS);
    boss.create_event(&"primary".into(), party).await.unwrap();
    let own = calendars_of(graph, OWNER);
    let mut all = own
        .list_events(&"primary".into(), EventQuery::default())
        .all()
        .await
        .unwrap();
    all.retain(|event| event.summary == "Party");
    all.remove(0)
}
