//! A provider in which one thing is wrong.

mod groups;

use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use futures::FutureExt;
use integrations_core::time::EventTime;
use integrations_core::video::*;
use integrations_core::{
    Cursor, Descriptor, Error, ErrorKind, Health, Integration, Page, PageRequest, Result, Status,
};
use integrations_local::video::LocalMeetings;
use jiff::tz::TimeZone;

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    DropsTheAgenda,
    DropsThePasscode,
    DropsSettings,
    AnswersInUtc,
    GivesOneLinkToAll,
    MakesAgainForAKey,
    CancelsNothing,
    CancelsAllForOne,
    FailsOnTheSecondCancel,
    CancelsWhatIsHeld,
    ListsOnlyTheFirstPage,
    ListsForEver,
    IgnoresTheRange,
    IgnoresTheState,
    SwallowsNotFound,
    IgnoresTheNewStart,
    MovesAllForOne,
    EndsNothing,
    EndsTheSeries,
    ForgetsGuests,
    AdmitsNobody,
    RemovesEverybody,
    RecordsWhatIsNotHeld,
    TruncatesDownloads,
    ListsEverybodysRecordings,
    RecoversNothing,
    KeepsDeletedRecordings,
    RegistersTwice,
    IgnoresDecisions,
    RemovesNobody,
    KeepsWhatIsTold,
    DoesWhatItDoesNotDeclare,
    SendsBeforeItRefuses,
    DeclaresWhatDoesNotWork,
    CallsTheInstantScheduled,
    RoundsDurations,
    LosesAnOccurrence,
    RepeatsInUtc,
    RegistersForAnything,
    StretchesOnPatch,
    NamesGuestsAlike,
    CleansTopics,
    LooksUpItsName,
    IgnoresChangesOfWebinars,
    KeepsCancelledWebinars,
    ListsNoWebinars,
    DropsWebinarPasscodes,
    AddsPanelistsTwice,
    KeepsPanelists,
    ListsNoListeners,
    TakesEveryKeyForOne,
}

#[derive(Debug)]
pub(super) struct Faulty {
    inner: LocalMeetings,
    fault: Fault,
    capabilities: VideoCapabilities,
    /// Counts what it numbers.
    sent: AtomicU64,
}

impl Faulty {
    pub(super) fn new(inner: LocalMeetings, fault: Fault) -> Self {
        let mut capabilities = inner.capabilities().clone();
        if matches!(
            fault,
            Fault::DoesWhatItDoesNotDeclare | Fault::SendsBeforeItRefuses
        ) {
            capabilities.end = false;
        }
        Self {
            inner,
            fault,
            capabilities,
            sent: AtomicU64::new(0),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// What is wrong with a meeting on the way out.
    fn out(&self, mut meeting: Meeting) -> Meeting {
        match self.fault {
            Fault::DropsTheAgenda => meeting.agenda = None,
            Fault::DropsThePasscode => meeting.passcode = None,
            Fault::DropsSettings => meeting.settings = MeetingSettings::default(),
            Fault::GivesOneLinkToAll => meeting.join_url = "https://meet.invalid/all".parse().ok(),
            Fault::CallsTheInstantScheduled if meeting.kind == MeetingKind::Instant => {
                meeting.kind = MeetingKind::Scheduled;
            }
            Fault::RoundsDurations => meeting.duration_minutes = Some(60),
            Fault::LosesAnOccurrence => drop(meeting.occurrences.pop()),
            // The distance to UTC of the first occurrence, for ever.
            Fault::RepeatsInUtc => {
                let zone = TimeZone::get("Europe/Berlin").unwrap();
                let at = |time: &EventTime| time.to_timestamp(&zone).unwrap();
                let first = meeting.occurrences.first().map(|one| at(&one.start));
                for one in &mut meeting.occurrences {
                    let was = zone.to_offset(first.unwrap()).seconds();
                    let is = zone.to_offset(at(&one.start)).seconds();
                    let off = jiff::SignedDuration::from_secs((is - was).into());
                    one.start = EventTime::Utc(at(&one.start) + off);
                }
            }
            Fault::AnswersInUtc => {
                if let Some(start) = &mut meeting.start {
                    *start = EventTime::Utc(start.to_timestamp(&TimeZone::UTC).unwrap());
                }
            }
            _ => {}
        }
        meeting
    }
}

#[async_trait]
impl Integration for Faulty {
    fn descriptor(&self) -> &Descriptor {
        if self.has(Fault::LooksUpItsName) {
            // In memory there is nothing to wait for.
            let (query, page) = (MeetingQuery::default(), PageRequest::default());
            let meetings = self.inner.list_meetings(&query, &page);
            meetings.now_or_never().unwrap().unwrap();
        }
        self.inner.descriptor()
    }
    async fn connect(&self) -> Result<()> {
        self.inner.connect().await
    }
    async fn check_health(&self) -> Health {
        self.inner.check_health().await
    }
    fn status(&self) -> Status {
        self.inner.status()
    }
}

#[async_trait]
impl VideoProvider for Faulty {
    fn capabilities(&self) -> &VideoCapabilities {
        &self.capabilities
    }

    async fn create_meeting(&self, new: &NewMeeting) -> Result<Meeting> {
        self.capabilities.check_new(new)?;
        let mut new = new.clone();
        if self.has(Fault::MakesAgainForAKey) {
            new.key = None;
        }
        if self.has(Fault::TakesEveryKeyForOne) && new.key.is_some() {
            new.key = "one".parse().ok();
        }
        if self.has(Fault::CleansTopics) {
            new.topic.retain(|c| c.is_ascii_alphanumeric() || c == ' ');
        }
        self.inner
            .create_meeting(&new)
            .await
            .map(|meeting| self.out(meeting))
    }

    async fn get_meeting(&self, id: &MeetingId) -> Result<Meeting> {
        match self.inner.get_meeting(id).await {
            Err(error)
                if error.kind() == ErrorKind::NotFound && self.has(Fault::SwallowsNotFound) =>
            {
                Ok(Meeting::new(id.clone(), ""))
            }
            other => other.map(|meeting| self.out(meeting)),
        }
    }

    async fn list_meetings(
        &self,
        query: &MeetingQuery,
        page: &PageRequest,
    ) -> Result<Page<Meeting>> {
        let mut query = query.clone();
        if self.has(Fault::IgnoresTheRange) {
            query.range = None;
        }
        if self.has(Fault::IgnoresTheState) {
            query.state = MeetingState::Any;
        }
        let mut page = self.inner.list_meetings(&query, page).await?;
        match self.fault {
            Fault::ListsOnlyTheFirstPage => page.next = None,
            Fault::ListsForEver if page.next.is_none() && !page.items.is_empty() => {
                page.next = Some(Cursor::new("0"));
            }
            _ => {}
        }
        Ok(page)
    }

    async fn cancel_meeting(&self, target: &MeetingTarget, options: &CancelOptions) -> Result<()> {
        match self.fault {
            Fault::CancelsNothing => return Ok(()),
            Fault::FailsOnTheSecondCancel => {
                self.inner.get_meeting(&target.meeting).await?;
            }
            Fault::CancelsWhatIsHeld => self.inner.end_meeting(&target.meeting).await?,
            Fault::CancelsAllForOne => {
                return self
                    .inner
                    .cancel_meeting(&(&target.meeting).into(), options)
                    .await;
            }
            _ => {}
        }
        if self.has(Fault::KeepsWhatIsTold) && options.notify {
            return Ok(());
        }
        self.inner.cancel_meeting(target, options).await
    }

    async fn update_meeting(
        &self,
        target: &MeetingTarget,
        patch: &MeetingPatch,
    ) -> Result<Meeting> {
        let mut patch = patch.clone();
        if self.has(Fault::IgnoresTheNewStart) {
            patch.start = None;
        }
        if self.has(Fault::StretchesOnPatch) {
            patch.duration_minutes.get_or_insert(60);
        }
        if self.has(Fault::MovesAllForOne) {
            return self
                .inner
                .update_meeting(&(&target.meeting).into(), &patch)
                .await;
        }
        self.inner
            .update_meeting(target, &patch)
            .await
            .map(|meeting| self.out(meeting))
    }

    async fn end_meeting(&self, id: &MeetingId) -> Result<()> {
        match self.fault {
            Fault::EndsNothing => Ok(()),
            Fault::SendsBeforeItRefuses => {
                self.inner.get_meeting(id).await?;
                Err(Error::unsupported("end"))
            }
            Fault::EndsTheSeries => {
                self.inner.end_meeting(id).await?;
                self.inner
                    .cancel_meeting(&id.into(), &CancelOptions::default())
                    .await
            }
            _ => self.inner.end_meeting(id).await,
        }
    }

    fn participants(&self) -> Option<&dyn ParticipantProvider> {
        Some(self)
    }
    fn live(&self) -> Option<&dyn LiveProvider> {
        Some(self)
    }
    fn recordings(&self) -> Option<&dyn RecordingProvider> {
        Some(self)
    }
    fn registrants(&self) -> Option<&dyn RegistrantProvider> {
        Some(self)
    }
    fn webinars(&self) -> Option<&dyn WebinarProvider> {
        if self.has(Fault::DeclaresWhatDoesNotWork) {
            None
        } else {
            Some(self)
        }
    }
}
