//! What a behaviour gets: the meetings under test, and who plays host and guests.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use integrations_core::time::EventTime;
use integrations_core::video::{
    Meeting, MeetingId, MeetingQuery, Meetings, NewMeeting, ParticipantId,
};
use integrations_core::{IdempotencyKey, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::Failure;

/// Plays the host, who begins a meeting.
pub type Host = Arc<dyn Fn(MeetingId) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Plays a guest, who follows a meeting's link under a name.
pub type Guest =
    Arc<dyn Fn(Meeting, String) -> BoxFuture<'static, Result<ParticipantId>> + Send + Sync>;

/// Holds and records a meeting, so that it has a recording that can be had.
pub type Record = Arc<dyn Fn(MeetingId) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// What a behaviour of this suite gets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Harness {
    /// The meetings under test.
    pub meetings: Meetings,
    /// Every topic and key of the behaviour starts so; nobody else uses it.
    pub label: String,
    /// How many requests have left the provider so far, where that can be told. With it the suite
    /// proves that refusals send nothing; without it those behaviours are skipped.
    pub requests: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
    /// Plays the host.
    pub host: Option<Host>,
    /// Plays a guest.
    pub guest: Option<Guest>,
    /// Makes a recording.
    pub record: Option<Record>,
}

impl Harness {
    /// A harness with a fresh label.
    #[must_use]
    pub fn new(meetings: Meetings) -> Self {
        let mut label = uuid::Uuid::new_v4().simple().to_string();
        label.truncate(12);
        Self {
            meetings,
            label,
            requests: None,
            host: None,
            guest: None,
            record: None,
        }
    }

    /// Counts the requests that leave the provider.
    #[must_use]
    pub fn with_requests(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.requests = Some(Arc::new(count));
        self
    }

    /// Plays the host.
    #[must_use]
    pub fn with_host(mut self, host: Host) -> Self {
        self.host = Some(host);
        self
    }

    /// Plays a guest.
    #[must_use]
    pub fn with_guest(mut self, guest: Guest) -> Self {
        self.guest = Some(guest);
        self
    }

    /// Makes a recording.
    #[must_use]
    pub fn with_record(mut self, record: Record) -> Self {
        self.record = Some(record);
        self
    }

    pub(super) fn topic(&self, name: &str) -> String {
        format!("{} {name}", self.label)
    }

    pub(super) fn key(&self, name: &str) -> Result<IdempotencyKey> {
        IdempotencyKey::new(format!("{}-{name}", self.label))
    }

    /// Half an hour, so many days from now.
    pub(super) fn meeting(&self, name: &str, days: i64) -> Result<NewMeeting, Failure> {
        Ok(NewMeeting::scheduled(self.topic(name), day(days)?, 30))
    }

    pub(super) async fn create(&self, name: &str, days: i64) -> Result<Meeting, Failure> {
        Ok(self
            .meetings
            .create_meeting(self.meeting(name, days)?)
            .await?)
    }

    /// A meeting that is being held.
    pub(super) async fn held(&self, name: &str) -> Result<Meeting, Failure> {
        let meeting = self.create(name, 1).await?;
        self.begin(&meeting.id).await?;
        Ok(meeting)
    }

    pub(super) async fn begin(&self, meeting: &MeetingId) -> Result<(), Failure> {
        match &self.host {
            Some(host) => Ok(host(meeting.clone()).await?),
            None => Err(Failure::new("the harness has no host")),
        }
    }

    pub(super) async fn join(
        &self,
        meeting: &Meeting,
        name: &str,
    ) -> Result<ParticipantId, Failure> {
        match &self.guest {
            Some(guest) => Ok(guest(meeting.clone(), name.to_owned()).await?),
            None => Err(Failure::new("the harness has no guest")),
        }
    }

    pub(super) async fn record(&self, meeting: &MeetingId) -> Result<(), Failure> {
        match &self.record {
            Some(record) => Ok(record(meeting.clone()).await?),
            None => Err(Failure::new("the harness makes no recording")),
        }
    }

    /// The behaviour's own meetings of a list.
    pub(super) async fn list(&self, query: MeetingQuery) -> Result<Vec<Meeting>, Failure> {
        let all = self.meetings.list_meetings(query);
        // A list that has no end is a failure of the behaviour and not of the machine.
        let mut all: Vec<Meeting> = all.take(MOST).try_collect().await?;
        if all.len() == MOST {
            return Err(Failure::new(format!(
                "the list has {MOST} meetings and goes on"
            )));
        }
        all.retain(|meeting| meeting.topic.starts_with(&self.label));
        Ok(all)
    }
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness")
            .field("meetings", &self.meetings)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// More meetings than any behaviour makes.
const MOST: usize = 5000;

/// Nine o'clock in Berlin, so many days from now.
pub(super) fn day(days: i64) -> Result<EventTime, Failure> {
    let far = |error: jiff::Error| Failure::new(error.to_string());
    let berlin = TimeZone::get("Europe/Berlin").map_err(far)?;
    let then = Timestamp::now()
        .checked_add(SignedDuration::from_hours(24 * days))
        .map_err(far)?;
    let date = berlin.to_datetime(then).date();
    Ok(EventTime::zoned(date.at(9, 0, 0, 0), "Europe/Berlin"))
}

/// What a topic says after the label.
pub(super) fn name(meeting: &Meeting) -> &str {
    meeting.topic.split_once(' ').map_or("", |(_, name)| name)
}
