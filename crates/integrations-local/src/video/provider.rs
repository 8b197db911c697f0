//! The driver trait over the account.

use std::time::Instant;

use async_trait::async_trait;
use integrations_core::time::TimeRange;
use integrations_core::video::{
    CancelOptions, LiveProvider, Meeting, MeetingId, MeetingPatch, MeetingQuery, MeetingState,
    MeetingStatus, MeetingTarget, NewMeeting, ParticipantProvider, RecordingProvider,
    RegistrantProvider, VideoCapabilities, VideoProvider, WebinarProvider,
};
use integrations_core::{
    ConnectionState, Descriptor, Error, ErrorKind, Health, Integration, Page, PageRequest, Result,
    Status, unsupported,
};
use jiff::tz::TimeZone;

use super::account::Room;
use super::{LocalMeetings, lock};

#[async_trait]
impl Integration for LocalMeetings {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        let result = self.check().await;
        let now = Some(self.now());
        *lock(&self.shared.status) = match &result {
            Ok(()) => Status::new(ConnectionState::Connected, now),
            Err(error) => {
                Status::new(ConnectionState::Failed, now).with_last_error(Some(error.to_string()))
            }
        };
        result
    }

    async fn disconnect(&self) -> Result<()> {
        *lock(&self.shared.status) = Status::new(ConnectionState::Disconnected, Some(self.now()));
        Ok(())
    }

    async fn check_health(&self) -> Health {
        let started = Instant::now();
        let result = self.check().await;
        Health::from_result(started.elapsed(), &result)
    }

    fn status(&self) -> Status {
        lock(&self.shared.status).clone()
    }
}

#[async_trait]
impl VideoProvider for LocalMeetings {
    fn capabilities(&self) -> &VideoCapabilities {
        &self.capabilities
    }

    async fn create_meeting(&self, new: &NewMeeting) -> Result<Meeting> {
        self.capabilities.check_new(new)?;
        let now = self.now();
        self.change(|account| {
            let id = match &new.key {
                // The key chooses the id, so that a second create finds the first.
                Some(key) => format!("k-{key}"),
                None => uuid::Uuid::now_v7().to_string(),
            };
            let id = MeetingId::new(id);
            if let Some(made) = account.meetings.get(&id) {
                return made.show();
            }
            let mut room = Room::new(id.clone(), new, now);
            if new.start.is_none() {
                room.begin(now)?;
            }
            let meeting = room.show()?;
            account.meetings.insert(id, room);
            Ok(meeting)
        })
        .await
    }

    async fn get_meeting(&self, id: &MeetingId) -> Result<Meeting> {
        self.account().await?.meeting(id)?.show()
    }

    async fn list_meetings(
        &self,
        query: &MeetingQuery,
        page: &PageRequest,
    ) -> Result<Page<Meeting>> {
        self.capabilities.check_query(query)?;
        let account = self.account().await?;
        let mut found = Vec::new();
        for room in account.meetings.values() {
            if room.host == query.host && fits(room, query)? {
                found.push(room.show()?);
            }
        }
        Page::slice_by(found, page, self.page_size, |one| one.id.as_str())
    }

    async fn cancel_meeting(&self, target: &MeetingTarget, options: &CancelOptions) -> Result<()> {
        self.capabilities
            .check_cancel(target.occurrence.as_ref(), options)?;
        self.change(|account| {
            let Some(room) = account.meetings.get_mut(&target.meeting) else {
                return Ok(());
            };
            if room.status == MeetingStatus::Live {
                return Err(Error::new(ErrorKind::Conflict, "the meeting is being held")
                    .with_advice("end it instead"));
            }
            let (topic, audience) = (room.topic.clone(), room.audience());
            match &target.occurrence {
                None => {
                    account.meetings.remove(&target.meeting);
                }
                Some(id) => match room.original(id) {
                    Ok(start) => {
                        room.moved.remove(id);
                        room.gone.push(start);
                    }
                    // Nothing is cancelled, and nobody is told.
                    Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                    Err(error) => return Err(error),
                },
            }
            if options.notify {
                account.tell(&topic, audience);
            }
            Ok(())
        })
        .await
    }

    async fn update_meeting(
        &self,
        target: &MeetingTarget,
        patch: &MeetingPatch,
    ) -> Result<Meeting> {
        self.capabilities
            .check_patch(patch, target.occurrence.as_ref())?;
        self.change(|account| {
            let room = account.meeting_mut(&target.meeting)?;
            match &target.occurrence {
                None => room.patch(patch)?,
                Some(id) => room.patch_occurrence(id, patch)?,
            }
            room.show()
        })
        .await
    }

    async fn end_meeting(&self, id: &MeetingId) -> Result<()> {
        if !self.capabilities.end {
            return Err(unsupported(self, "end"));
        }
        let now = self.now();
        self.change(|account| account.meeting_mut(id)?.end(now))
            .await
    }

    fn participants(&self) -> Option<&dyn ParticipantProvider> {
        self.capabilities.participants.then_some(self)
    }

    fn live(&self) -> Option<&dyn LiveProvider> {
        (!self.capabilities.live.is_empty()).then_some(self)
    }

    fn recordings(&self) -> Option<&dyn RecordingProvider> {
        self.capabilities.recordings.then_some(self)
    }

    fn registrants(&self) -> Option<&dyn RegistrantProvider> {
        let has = &self.capabilities;
        (has.registrants || has.webinar_registrants).then_some(self)
    }

    fn webinars(&self) -> Option<&dyn WebinarProvider> {
        self.capabilities.webinars.then_some(self)
    }
}

fn fits(room: &Room, query: &MeetingQuery) -> Result<bool> {
    let state = match query.state {
        MeetingState::Any => true,
        MeetingState::Upcoming => room.status == MeetingStatus::Waiting,
        MeetingState::Live => room.status == MeetingStatus::Live,
        MeetingState::Past => room.status == MeetingStatus::Ended,
        _ => return Err(Error::unsupported("this state of meetings")),
    };
    let Some(range) = query.range.filter(|_| state) else {
        return Ok(state);
    };
    starts_in(room, range)
}

fn starts_in(room: &Room, range: TimeRange) -> Result<bool> {
    if room.rule.is_some() {
        for one in room.occurrences()? {
            if range.contains(one.start.to_timestamp(&TimeZone::UTC)?) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match &room.start {
        Some(start) => Ok(range.contains(start.to_timestamp(&TimeZone::UTC)?)),
        None => Ok(range.contains(room.created)),
    }
}
