//! What a behaviour gets: the calendars under test.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use integrations_core::calendar::recurrence::{RRule, Recurrence};
use integrations_core::calendar::{
    Calendar, CalendarId, Event, EventQuery, NewCalendar, NewEvent, Notify, UpdateOptions, WatchId,
};
use integrations_core::time::{EventTime, TimeRange};
use integrations_core::{IdempotencyKey, Result};
use jiff::civil::{Date, date};

use crate::Failure;

/// Tells how many notices a subscription's webhook got.
pub type Notices = Arc<dyn Fn(WatchId) -> BoxFuture<'static, u64> + Send + Sync>;

/// Makes a calendar's tokens of synchronisation too old, as the provider does after a while.
pub type ExpireTokens = Arc<dyn Fn(CalendarId) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Gives the methods (RFC 5546) of the messages that an address got: `REQUEST`, `CANCEL`.
pub type Invitations = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Vec<String>>> + Send + Sync>;

/// What a behaviour of this suite gets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Harness {
    /// The calendars under test.
    pub calendar: Calendar,
    /// A calendar that can be written, for providers that cannot make one.
    pub home: CalendarId,
    /// Every title and key of the behaviour starts so; nobody else uses it.
    pub label: String,
    /// The address of the account.
    pub me: Option<String>,
    /// How many requests have left the provider so far, where that can be told. With it the suite
    /// proves that refusals send nothing; without it those behaviours are skipped.
    pub requests: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
    /// Tells how many notices came.
    pub notices: Option<Notices>,
    /// Makes tokens too old.
    pub expire_tokens: Option<ExpireTokens>,
    /// Reads what those who are invited got.
    pub invitations: Option<Invitations>,
}

impl Harness {
    /// A harness with a fresh label.
    #[must_use]
    pub fn new(calendar: Calendar, home: CalendarId) -> Self {
        let mut label = uuid::Uuid::new_v4().simple().to_string();
        label.truncate(12);
        Self {
            calendar,
            home,
            label,
            me: None,
            requests: None,
            notices: None,
            expire_tokens: None,
            invitations: None,
        }
    }

    /// Counts the requests that leave the provider.
    #[must_use]
    pub fn with_requests(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.requests = Some(Arc::new(count));
        self
    }

    /// Names the account's own address.
    #[must_use]
    pub fn with_me(mut self, email: impl Into<String>) -> Self {
        self.me = Some(email.into());
        self
    }

    /// Tells how many notices came.
    #[must_use]
    pub fn with_notices(mut self, notices: Notices) -> Self {
        self.notices = Some(notices);
        self
    }

    /// Makes tokens too old.
    #[must_use]
    pub fn with_expire_tokens(mut self, expire: ExpireTokens) -> Self {
        self.expire_tokens = Some(expire);
        self
    }

    /// Reads what those who are invited got.
    #[must_use]
    pub fn with_invitations(mut self, invitations: Invitations) -> Self {
        self.invitations = Some(invitations);
        self
    }

    /// A calendar of the behaviour's own where one can be made; the shared one otherwise.
    pub(super) async fn fresh(&self) -> Result<CalendarId, Failure> {
        if !self.calendar.capabilities().calendar_write {
            return Ok(self.home.clone());
        }
        // Some providers take a name once.
        let number = uuid::Uuid::new_v4().simple();
        let new = NewCalendar::new(self.title(&format!("calendar {number}")));
        Ok(self.calendar.create_calendar(new).await?.id)
    }

    /// Who has to be told of people, where it is the provider that decides.
    pub(super) fn notify(&self) -> Notify {
        match self.calendar.capabilities().notify_always {
            true => Notify::Everybody,
            false => Notify::Nobody,
        }
    }

    /// How to change an event with people.
    pub(super) fn options(&self) -> UpdateOptions {
        let mut options = UpdateOptions::default();
        options.notify = self.notify();
        options
    }

    pub(super) fn title(&self, name: &str) -> String {
        format!("{} {name}", self.label)
    }

    pub(super) fn key(&self, name: &str) -> Result<IdempotencyKey> {
        IdempotencyKey::new(format!("{}-{name}", self.label))
    }

    /// An event on the day of the behaviours, in Berlin.
    pub(super) fn event(&self, name: &str, from: i8, to: i8) -> NewEvent {
        NewEvent::new(self.title(name), berlin(DAY, from), berlin(DAY, to))
    }

    /// A series from that day on.
    pub(super) fn series(&self, name: &str, rule: &str) -> Result<NewEvent, Failure> {
        Ok(self.event(name, 9, 10).with_recurrence(recurrence(rule)?))
    }

    /// The behaviour's own events of a list.
    pub(super) async fn list(
        &self,
        calendar: &CalendarId,
        query: EventQuery,
    ) -> Result<Vec<Event>, Failure> {
        let all = self.calendar.list_events(calendar, query);
        // A list that has no end is a failure of the behaviour and not of the machine.
        let mut all: Vec<Event> = all.take(MOST).try_collect().await?;
        if all.len() == MOST {
            return Err(Failure::new(format!(
                "the list has {MOST} events and goes on"
            )));
        }
        all.retain(|event| event.summary.starts_with(&self.label));
        Ok(all)
    }

    /// The starts of the behaviour's occurrences in a span, in UTC.
    pub(super) async fn starts(
        &self,
        calendar: &CalendarId,
        range: TimeRange,
    ) -> Result<Vec<String>, Failure> {
        let events = self.list(calendar, EventQuery::occurrences(range)).await?;
        let starts = events.iter().map(|event| instant(&event.start));
        starts.collect()
    }
}

/// More events than any behaviour makes.
const MOST: usize = 5000;

/// A Monday in summer.
pub(super) const DAY: Date = date(2026, 6, 1);

pub(super) fn berlin(day: Date, hour: i8) -> EventTime {
    EventTime::zoned(day.at(hour, 0, 0, 0), "Europe/Berlin")
}

pub(super) fn span(from: &str, to: &str) -> Result<TimeRange, Failure> {
    let read = |text: &str| {
        text.parse()
            .map_err(|error| Failure::new(format!("{text}: {error}")))
    };
    Ok(TimeRange::new(read(from)?, read(to)?)?)
}

/// June 2026.
pub(super) fn june() -> Result<TimeRange, Failure> {
    span("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")
}

pub(super) fn recurrence(rule: &str) -> Result<Recurrence, Failure> {
    Ok(rule.parse::<RRule>()?.into())
}

pub(super) fn instant(time: &EventTime) -> Result<String, Failure> {
    Ok(time.to_timestamp(&jiff::tz::TimeZone::UTC)?.to_string())
}

/// What a title says after the label.
pub(super) fn name(event: &Event) -> &str {
    event.summary.split_once(' ').map_or("", |(_, name)| name)
}

impl std::fmt::Debug for Harness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Harness")
            .field("calendar", &self.calendar)
            .field("home", &self.home)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
